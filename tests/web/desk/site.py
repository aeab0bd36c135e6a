"""The desk's addresses over real HTTP and real stores, and two ways to use them: as a program and as a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.routing import URLSpec

from channels.web.schemas import Error
from gateway.core.delivery import DeadLetters
from gateway.core.people import Role
from gateway.storage.redis import RedisBus
from gateway.web.desk import deliveries, session
from gateway.web.desk import people as people_api
from gateway.web.desk.access import COOKIE, CSRF_HEADER, Access
from gateway.web.edge import Edge, Nowhere
from tests.core.people.conftest import PASSWORD, People

DESK = "/api/v1/desk"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: CIMultiDictProxy[str]

    @property
    def code(self) -> str:
        return str(Error.model_validate(self.body).error.code)


class Site:
    """One gateway process's desk."""

    def __init__(
        self,
        people: People,
        bus: RedisBus,
        *,
        public_url: str = "",
        trusted: frozenset[str] = frozenset(),
        also: Callable[[Access], list[URLSpec]] = lambda _: [],
    ) -> None:
        self.people = people
        access = Access(people.entrance, public_url, trusted)
        self.letters = DeadLetters(people.store, bus, ["wechat", "sms"], people.now)
        routes = also(access) + session.routes(access)
        routes += people_api.routes(access, people.accounts)
        routes += deliveries.routes(access, self.letters)
        self.application = Edge(routes, default_handler_class=Nowhere)
        self._server = HTTPServer(self.application)
        sockets = bind_sockets(0, "127.0.0.1")
        self._server.add_sockets(sockets)
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
        self._server.stop()
        await self._server.close_all_connections()

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """headers: with `_` for `-`."""
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=10)
            self._http = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._http.request(method, self.url + DESK + path, json=body, headers=named) as response:
            found = await response.json(content_type=None) if response.status != 204 else None
            answer = Answer(response.status, found, response.headers)
        if answer.status >= 400:
            assert answer.code
        for name in ("X-Content-Type-Options", "Content-Security-Policy", "X-Request-Id"):
            assert name in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        return answer

    async def program(self, *roles: Role, username: str = "", unit: str | None = None) -> Program:
        """Somebody new with these roles, signed in."""
        name = username or f"{roles[0].replace('_', '-')}.x"
        await self.people.add(name, *roles, unit=unit)
        return Program(self, name, await self.people.sign_in(name))


@dataclass(frozen=True)
class Program:
    """Shows its token."""

    site: Site
    username: str
    token: str

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return await self.site.call(method, path, body, Authorization=f"Bearer {self.token}", **headers)


class Browser:
    """Has a cookie, names its page's origin, and says the session's token beside it."""

    def __init__(self, site: Site, origin: str = "") -> None:
        self.site = site
        self.origin = origin or site.url
        self.cookie = ""
        self.csrf = ""
        self.set_cookie = ""

    async def sign_in(self, username: str, password: str = PASSWORD, code: str = "") -> Answer:
        given = {"username": username, "password": password, **({"code": code} if code else {})}
        return await self.call("POST", "/session", given)

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        given = {} if method == "GET" else {"Origin": self.origin, CSRF_HEADER: self.csrf}
        if self.cookie:
            given["Cookie"] = f"{COOKIE}={self.cookie}"
        answer = await self.site.call(method, path, body, **{**given, **headers})
        self.set_cookie = answer.headers.get("Set-Cookie", self.set_cookie)
        if f"{COOKIE}=" in answer.headers.get("Set-Cookie", ""):
            self.cookie = answer.headers["Set-Cookie"].partition(f"{COOKIE}=")[2].partition(";")[0].strip('"')
        if answer.body and "csrf_token" in answer.body:
            self.csrf = answer.body["csrf_token"]
        return answer
