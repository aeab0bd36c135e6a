"""A test account whose callbacks are signed as Twilio signs them, and the gateway's ports that record."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.routing import PathMatches, Rule
from tornado.testing import bind_unused_port
from tornado.web import Application

from channels.contract import Accepted, InboundMessage, IntakeUnavailable, Reply, Report
from channels.sms.config import SmsConfig
from channels.sms.twilio.provider import TwilioProvider
from channels.sms.webhook import routes

NOW = 1_760_000_000
ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "a-token"
PUBLIC = "https://hotline.example.cn"
CITIZEN = "+8613800138000"
OURS = "+12025550100"
SID = "SM" + "a" * 32


def config(**changes: Any) -> SmsConfig:
    given = {"account_sid": ACCOUNT, "auth_token": TOKEN, "public_url": PUBLIC, "from_number": OURS}
    return SmsConfig(**{**given, **changes})


def message(body: str | None = "居住证怎么办", **changes: str) -> list[tuple[str, str]]:
    """The fields of an inbound message."""
    fields = {"MessageSid": SID, "AccountSid": ACCOUNT, "From": CITIZEN, "To": OURS, "NumMedia": "0"}
    if body is not None:
        fields["Body"] = body
    return list({**fields, **changes}.items())


def sign(url: str, pairs: Sequence[tuple[str, str]] = (), token: str = TOKEN) -> str:
    """Written from Twilio's description, without its library."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), sha1).digest()).decode()


@dataclass
class RecordingIntake:
    """open: what comes waits until it is."""

    down: bool = False
    open: asyncio.Event = field(default_factory=asyncio.Event)
    accepted: list[InboundMessage] = field(default_factory=list)
    calls: int = 0

    async def accept(self, message: InboundMessage) -> Accepted:
        self.calls += 1
        await self.open.wait()
        if self.down:
            raise IntakeUnavailable
        fresh = all(known.id != message.id for known in self.accepted)
        if fresh:
            self.accepted.append(message)
        return Accepted(message_id=message.id, fresh=fresh)

    async def replies(self, accepted: Accepted, within: float) -> Sequence[Reply] | None:
        raise AssertionError("replies never travel in the response")

    def handed_over(self, accepted: Accepted, message_ids: Sequence[str]) -> None:
        raise AssertionError("replies never travel in the response")


@dataclass
class RecordingReports:
    down: bool = False
    kept: list[Report] = field(default_factory=list)

    async def report(self, report: Report) -> bool:
        if self.down:
            raise IntakeUnavailable
        self.kept.append(report)
        return True


class Site:
    """One gateway's callback addresses and what is behind them. anywhere: the inbound handler at every path, for
    recorded requests to other addresses."""

    def __init__(self, anywhere: bool = False, **settings: Any) -> None:
        self.config = config(**settings)
        self.intake = RecordingIntake()
        self.intake.open.set()
        self.reports = RecordingReports()
        self.now: float = NOW
        handlers: list[Any] = list(routes(TwilioProvider(self.config), self.intake, self.reports, lambda: self.now))
        if anywhere:
            handlers = [Rule(PathMatches(r"/.*"), handlers[0].handler_class, handlers[0].kwargs)]
        self.server = HTTPServer(Application(handlers))
        socket, self.port = bind_unused_port()
        self.server.add_socket(socket)
        self.client = AsyncHTTPClient(force_instance=True)

    async def call(
        self, target: str, body: bytes | str | None = None, signature: str | None = None, **options: Any
    ) -> HTTPResponse:
        options.setdefault("method", "GET" if body is None else "POST")
        headers = dict(options.pop("headers", {}))
        if body is not None:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
        if signature is not None:
            headers["X-Twilio-Signature"] = signature
        return await self.client.fetch(
            f"http://127.0.0.1:{self.port}{target}",
            body=body,
            headers=headers,
            raise_error=False,
            allow_nonstandard_methods=True,
            **options,
        )

    async def post(
        self, pairs: Sequence[tuple[str, str]], target: str = "/sms/inbound", **options: Any
    ) -> HTTPResponse:
        """A form as Twilio sends it."""
        signature = sign(self.config.public_url + target, pairs, self.config.auth_token)
        return await self.call(target, urlencode(pairs), signature, **options)

    async def close(self) -> None:
        self.client.close()
        self.server.stop()
        await self.server.close_all_connections()


def refused(response: HTTPResponse, status: int, code: str) -> None:
    assert response.code == status, response.body
    error = json.loads(response.body)["error"]
    assert set(error) == {"code", "message", "details"}
    assert error["code"] == code
    assert "Traceback" not in response.body.decode()


def data_folder() -> Path:
    """The folder of the test data; skips where it is absent."""
    root = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("HOTLINE_TEST_DATA") or root.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}; name the folder in HOTLINE_TEST_DATA", allow_module_level=True)
    return folder


def conformance(name: str) -> Any:
    """A file of the test data's `conformance` folder; skips where the folder is absent."""
    return json.loads((data_folder() / "conformance" / name).read_text(encoding="utf-8"))
