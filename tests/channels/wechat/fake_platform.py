"""WeChat's interface as a real HTTP server on this machine, scripted by the tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler


@dataclass
class Call:
    method: str
    path: str
    query: dict[str, str]
    raw: bytes
    headers: dict[str, str]

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass
class FakePlatform:
    """Gives tokens `token-1`, `token-2`, … and refuses all but the newest. `answers[path]` is a list of what to answer
    to the next calls: a dict as JSON, (type, bytes), or an int for a status; afterwards errcode 0."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    issued: int = 0
    lifetime: int = 7200

    def __post_init__(self) -> None:
        self.server = HTTPServer(Application([(r"(/.*)", _Handler, {"platform": self})]))
        socket, self.port = bind_unused_port()
        self.server.add_socket(socket)
        self.url = f"http://127.0.0.1:{self.port}"

    def expire(self) -> None:
        """The token given last is good no more."""
        self.issued += 1

    def called(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    async def close(self) -> None:
        self.server.stop()
        await self.server.close_all_connections()


class _Handler(RequestHandler):
    def initialize(self, platform: FakePlatform) -> None:
        self.platform = platform

    def get(self, path: str) -> None:
        self._answer(path)

    def post(self, path: str) -> None:
        self._answer(path)

    def _answer(self, path: str) -> None:
        platform = self.platform
        query = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        call = Call(self.request.method or "", path, query, self.request.body, dict(self.request.headers))
        platform.calls.append(call)
        script = platform.answers.get(path)
        answer: Any = script.pop(0) if script else None
        if answer is None and path == "/cgi-bin/stable_token":
            if platform.issued == 0 or call.body["force_refresh"]:
                platform.issued += 1
            answer = {"access_token": f"token-{platform.issued}", "expires_in": platform.lifetime}
        elif (
            answer is None and path.startswith("/cgi-bin/") and query.get("access_token") != f"token-{platform.issued}"
        ):
            answer = {"errcode": 42001, "errmsg": "access_token expired rid: 1"}
        elif answer is None:
            answer = {"errcode": 0, "errmsg": "ok"}
        match answer:
            case int():
                self.set_status(answer)
            case "hang up":
                self.request.connection.stream.close()
            case {"redirect": where}:
                self.redirect(where)
            case dict():
                # the platform calls its JSON text/plain
                self.set_header("Content-Type", "text/plain")
                self.finish(json.dumps(answer))
            case (content_type, body):
                self.set_header("Content-Type", content_type)
                self.finish(body)
