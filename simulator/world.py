"""What all rooms of the simulator share, and how a call goes wrong on purpose."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import orjson
from aiohttp import web

from simulator.accounts import Account
from simulator.courier import Courier
from simulator.faults import TWILIO_MIX, WECHAT_MIX, FaultPlan, FaultSettings, Outcome
from simulator.journal import Accepted, Api, Journal
from simulator.media import Media
from simulator.settings import Behaviour

_MIXES = {"wechat": WECHAT_MIX, "twilio": TWILIO_MIX}


class World:
    """The account, the behaviour and the records. clock: seconds since the epoch, for the platforms' rules."""

    def __init__(
        self, account: Account, behaviour: Behaviour | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.account = account
        self.initial = behaviour or Behaviour()
        self.behaviour = self.initial
        self.journal = Journal()
        self.courier = Courier(self.journal.counts)
        self.media = Media()
        self.own_url = ""
        self.ahead = 0.0
        self._clock = clock
        self.faults: dict[Api, FaultPlan] = {}
        for api in ("wechat", "twilio"):
            self.plan(api, FaultSettings())

    def now(self) -> float:
        """The time WeChat's windows and tokens are measured by; may have been put ahead."""
        return self._clock() + self.ahead

    def plan(self, api: Api, settings: FaultSettings) -> None:
        """Faults from here on, beginning at their seed."""
        self.faults[api] = FaultPlan(settings, _MIXES[api])

    async def reset(self) -> None:
        """As just started, with the same account."""
        await self.courier.abandon()
        self.behaviour = self.initial
        self.ahead = 0.0
        self.journal.reset()
        self.courier.recount(self.journal.counts)
        self.media.clear()
        for api in ("wechat", "twilio"):
            self.plan(api, FaultSettings())


class Said(NamedTuple):
    """What a platform says to a call. entry: the message it took with it."""

    response: web.Response
    entry: Accepted | None = None


def json_response(content: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(content), status=status, content_type="application/json")


async def exchange(
    request: web.Request,
    world: World,
    outcome: Outcome,
    refuse: Callable[[Outcome], web.Response],
    act: Callable[[], Said | Awaitable[Said]],
) -> web.Response:
    """Answer a call as `outcome` has it: refuse it, break the connection, or `act` and perhaps lose the answer."""
    if outcome.kind == "drop":
        return _break(request)
    if outcome.kind in ("http", "code"):
        return refuse(outcome)
    result = act()
    said = result if isinstance(result, Said) else await result
    if outcome.kind == "answer":
        if outcome.delay:
            await _linger(request, outcome.delay)
        if said.entry is not None and _gone(request):
            world.journal.lose(said.entry)
        return said.response
    if said.entry is not None:
        world.journal.lose(said.entry)
    if outcome.kind == "accepted_hang":
        await _linger(request, outcome.hang)
    return _break(request)


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _linger(request: web.Request, seconds: float) -> None:
    """Until then, or until the caller hung up."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while not _gone(request) and (left := until - loop.time()) > 0:  # noqa: ASYNC110
        await asyncio.sleep(min(left, 0.25))  # nothing tells that the caller hung up


def _break(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


class Problem(Exception):
    """A request to the simulator's own interface that cannot be met."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
