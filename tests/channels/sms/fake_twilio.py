"""Twilio's interface as a real HTTP server on this machine, scripted by the tests."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from channels.sms.fields import form


@dataclass
class Call:
    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    user: str | None


@dataclass
class FakeTwilio:
    """Takes every message unless scripted. `answers` is what to answer to the next calls: (status, JSON or bytes,
    headers…), or "hang up"; `pages` what lists of messages give."""

    answers: list[Any] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = HTTPServer(Application([(r"(/.*)", _Handler, {"platform": self})]))
        socket, self.port = bind_unused_port()
        self.server.add_socket(socket)
        self.url = f"http://127.0.0.1:{self.port}"

    async def close(self) -> None:
        self.server.stop()
        await self.server.close_all_connections()


class _Handler(RequestHandler):
    def initialize(self, platform: FakeTwilio) -> None:
        self.platform = platform

    def get(self, path: str) -> None:
        self._answer(path)

    def post(self, path: str) -> None:
        self._answer(path)

    def _answer(self, path: str) -> None:
        platform = self.platform
        scheme, _, value = self.request.headers.get("Authorization", "").partition(" ")
        user = base64.b64decode(value).decode() if scheme == "Basic" else None
        call = Call(
            self.request.method or "",
            path,
            dict(form(self.request.query.encode())),
            dict(form(self.request.body)),
            user,
        )
        platform.calls.append(call)
        if platform.answers:
            answer = platform.answers.pop(0)
        elif call.method == "POST":
            answer = (201, {"sid": f"SM{len(platform.calls):032x}", "status": "queued"})
        else:
            answer = (200, platform.pages[int(call.query.get("Page", "0"))])
        if answer == "hang up":
            connection: Any = self.request.connection
            connection.stream.close()
            return
        status, body, *headers = answer
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        for name, value in headers:
            self.set_header(name, value)
        self.finish(body if isinstance(body, bytes) else json.dumps(body))
