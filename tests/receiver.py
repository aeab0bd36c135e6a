"""Another system that webhooks are posted to: a real HTTP server that does as it is told, and checks signatures as the
Standard Webhooks specification has it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

BIG = 8 * 1024 * 1024


@dataclass(frozen=True)
class Heard:
    """A request. trusted: it is signed with the secret the receiver knows."""

    id: str
    body: Any
    trusted: bool
    type: str
    agent: str
    signatures: int
    timestamp: int


class Receiver:
    """acts: what it does with each request in turn, the last of them with all that follow. `200`, `500`, …: answer so;
    `429:7`: and ask for 7 seconds; `redirect`: to itself; `big`, `drip`: 200 with a body that is large, or never ends;
    `cut`: no answer; `hang`: the answer is held until `let_go`."""

    def __init__(self, *acts: str, secret: str = "") -> None:
        self.acts = list(acts) or ["200"]
        self.secret = secret
        self.heard: list[Heard] = []
        self.written = 0
        self._held = asyncio.Event()
        self._arrived = asyncio.Event()
        self._server = HTTPServer(Application([(r"/hook|/elsewhere", _Hook, {"receiver": self})]))
        sockets = bind_sockets(0, "127.0.0.1")
        self._server.add_sockets(sockets)
        self.port = sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [heard.id for heard in self.heard]

    def of(self, type: str) -> Heard:
        """The one request of this type."""
        (found,) = (heard for heard in self.heard if heard.body["type"] == type)
        return found

    async def arrival(self, count: int = 1, within: float = 15.0) -> None:
        """Returns once so many requests have come."""
        async with asyncio.timeout(within):
            while len(self.heard) < count:
                self._arrived.clear()
                await self._arrived.wait()

    def let_go(self) -> None:
        self._held.set()

    def note(self, heard: Heard) -> str:
        self.heard.append(heard)
        self._arrived.set()
        return self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]

    async def held(self) -> None:
        await self._held.wait()

    async def close(self) -> None:
        self.let_go()
        self._server.stop()
        await self._server.close_all_connections()


def trusted(secret: str, id: str, timestamp: str, body: bytes, signatures: Iterable[str]) -> bool:
    key = base64.b64decode(secret.split("_", 1)[1])
    mac = hmac.new(key, b".".join((id.encode(), timestamp.encode(), body)), hashlib.sha256)
    return any(
        hmac.compare_digest(base64.b64decode(signature.split(",")[1]), mac.digest())
        for signature in signatures
        if signature.startswith("v1,")
    )


class _Hook(RequestHandler):
    def initialize(self, receiver: Receiver) -> None:
        self.receiver = receiver

    async def post(self) -> None:
        headers, body = self.request.headers, self.request.body
        id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        signatures = headers["webhook-signature"].split(" ")
        secret = self.receiver.secret
        act = self.receiver.note(
            Heard(
                id,
                json.loads(body),
                bool(secret) and trusted(secret, id, timestamp, body, signatures),
                headers["Content-Type"],
                headers["User-Agent"],
                len(signatures),
                int(timestamp),
            )
        )
        match act.split(":"):
            case ["hang"]:
                await self.receiver.held()
            case ["cut"]:
                self.request.connection.stream.close()  # type: ignore[union-attr]
            case ["redirect"]:
                self.redirect("/elsewhere", status=307)
            case ["big"]:
                for _ in range(BIG // 65536):
                    self.write(b"x" * 65536)
                    await self.flush()
                    self.receiver.written += 65536
            case ["drip"]:
                self.write(b"x")
                await self.flush()
                await self.receiver.held()
            case [status, *wait]:
                self.set_status(int(status))
                for seconds in wait:
                    self.set_header("Retry-After", seconds)

    def log_exception(self, *_: Any) -> None:
        """Who hangs up is not an error here."""
