"""What the simulator's tests stand on.

gateway     the other end of the callbacks: records them, answers as told
clock       the platforms' clock, set by hand
simulator   a simulator on a free port, in this test's own loop
caller      speaks to it over HTTP
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web
from tornado.ioloop import IOLoop

from simulator.accounts import Account, fresh_account
from simulator.server import Simulator
from simulator.settings import Behaviour

PUBLIC_URL = "https://hotline.example:8443"


@dataclass(frozen=True)
class Callback:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class ScriptedGateway:
    """Answers 200 and nothing, unless `answer` is set."""

    def __init__(self) -> None:
        self.seen: list[Callback] = []
        self.answer: Callable[[Callback], Awaitable[web.Response]] = self._nothing
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def _nothing(self, callback: Callback) -> web.Response:
        return web.Response()

    async def _handle(self, request: web.Request) -> web.Response:
        callback = Callback(request.path, dict(request.query), dict(request.headers), await request.read())
        self.seen.append(callback)
        return await self.answer(callback)

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def wait_for(self, count: int, within: float = 4.0) -> list[Callback]:
        """Once so many came."""
        async with asyncio.timeout(within):
            while len(self.seen) < count:
                await asyncio.sleep(0.005)
        return self.seen


class Clock:
    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


class Caller:
    """Calls one simulator's interfaces with its account's credentials."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        self.account: Account = simulator.account
        self.simulator = simulator
        self._session = session
        self.token = ""

    async def ask(self, method: str, path: str, **rest: Any) -> tuple[int, Any]:
        url = self.simulator.url + path
        async with self._session.request(method, url, **{"allow_redirects": False, **rest}) as response:
            body = await response.read()
            known = response.content_type == "application/json"
            return response.status, (await response.json() if known else body)

    async def get(self, path: str, **rest: Any) -> Any:
        return (await self.ask("GET", path, **rest))[1]

    async def post(self, path: str, body: Any) -> Any:
        return (await self.ask("POST", path, json=body))[1]

    async def fetch_token(self, **changes: Any) -> Any:
        wechat = self.account.wechat
        grant = {"grant_type": "client_credential", "appid": wechat.app_id, "secret": wechat.app_secret}
        answer = await self.post("/cgi-bin/stable_token", {**grant, **changes})
        self.token = answer.get("access_token", self.token)
        return answer

    async def wechat(self, path: str, body: Any) -> Any:
        if not self.token:
            await self.fetch_token()
        return await self.post(f"/cgi-bin/{path}?access_token={self.token}", body)

    async def say(self, openid: str, text: str = "您好") -> int:
        """A customer-service message; the code it was answered with."""
        body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        code: int = (await self.wechat("message/custom/send", body))["errcode"]
        return code

    def basic(self, sid: str = "", secret: str = "") -> dict[str, str]:
        twilio = self.account.twilio
        return {"Authorization": aiohttp.encode_basic_auth(sid or twilio.account_sid, secret or twilio.auth_token)}

    @property
    def messages(self) -> str:
        return f"/2010-04-01/Accounts/{self.account.twilio.account_sid}/Messages"

    async def sms(self, to: str = "+8613800000001", body: str = "您好", **rest: Any) -> tuple[int, Any]:
        form = {"To": to, "From": self.account.twilio.from_number, "Body": body} | rest
        form = {name: value for name, value in form.items() if value is not None}
        return await self.ask("POST", f"{self.messages}.json", data=form, headers=self.basic())

    async def twilio(self, path: str) -> tuple[int, Any]:
        return await self.ask("GET", path, headers=self.basic())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gateway(io_loop: IOLoop) -> Iterator[ScriptedGateway]:
    loop: asyncio.AbstractEventLoop = io_loop.asyncio_loop  # type: ignore[attr-defined]
    scripted = ScriptedGateway()
    loop.run_until_complete(scripted.start())
    yield scripted
    loop.run_until_complete(scripted.stop())


@pytest.fixture
def account(gateway: ScriptedGateway) -> Account:
    return fresh_account(1, gateway_url=gateway.url, public_url=PUBLIC_URL)


@pytest.fixture
def simulator(io_loop: IOLoop, account: Account, clock: Clock) -> Iterator[Simulator]:
    loop: asyncio.AbstractEventLoop = io_loop.asyncio_loop  # type: ignore[attr-defined]
    simulated = Simulator(account, Behaviour(step=0.01, retry_pause=0.01), clock)
    loop.run_until_complete(simulated.start())
    yield simulated
    loop.run_until_complete(simulated.stop())


@pytest.fixture
def caller(io_loop: IOLoop, simulator: Simulator) -> Iterator[Caller]:
    loop: asyncio.AbstractEventLoop = io_loop.asyncio_loop  # type: ignore[attr-defined]

    async def open_() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    session = loop.run_until_complete(open_())
    yield Caller(simulator, session)
    loop.run_until_complete(session.close())
