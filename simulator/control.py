"""What tests and benchmarks ask of the simulator and tell it, over HTTP, from this machine alone."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from simulator import journal
from simulator.faults import FaultSettings
from simulator.phone_api import given, guarded, number
from simulator.phones import Phones
from simulator.settings import Behaviour
from simulator.twilio import Twilio
from simulator.wechat import WeChat
from simulator.world import Problem, World, json_response

_PAGE = 10_000


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Faults(_Given):
    wechat: FaultSettings | None = None
    twilio: FaultSettings | None = None


class _Followers(_Given):
    """wrote, acted: how many seconds ago they last did."""

    openids: list[str] = Field(min_length=1, max_length=100_000)
    following: bool = True
    wrote: float | None = Field(None, ge=0)
    acted: float | None = Field(None, ge=0)
    refuses: bool = False
    reachable: bool = True


class _Handsets(_Given):
    numbers: list[str] = Field(min_length=1, max_length=100_000)
    reachable: bool = True
    landline: bool = False
    opted_out: bool = False
    fails_with: int | None = Field(None, ge=30001, le=30999)


class _Clock(_Given):
    """advance: seconds that the rules' clock is put ahead, added to what it is ahead already."""

    advance: float = Field(ge=0, le=10 * 365 * 86400)


class Control:
    def __init__(self, world: World, wechat: WeChat, twilio: Twilio, phones: Phones) -> None:
        self._world = world
        self._wechat = wechat
        self._twilio = twilio
        self._phones = phones

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/state", guarded(self._state)),
            web.get("/control/accepted", guarded(self._accepted)),
            web.post("/control/faults", guarded(self._faults)),
            web.post("/control/settings", guarded(self._settings)),
            web.post("/control/followers", guarded(self._followers)),
            web.post("/control/handsets", guarded(self._handsets)),
            web.post("/control/tokens/end", guarded(self._end_tokens)),
            web.post("/control/clock", guarded(self._clock)),
            web.post("/control/reset", guarded(self._reset)),
        ]

    def _now(self) -> dict[str, Any]:
        return {
            **self._world.journal.state(),
            "token_refreshes": self._wechat.token_refreshes,
            "callbacks_under_way": self._world.courier.under_way,
            "phones": len(self._phones),
            "settings": self._world.behaviour.model_dump(),
            "faults": {api: plan.settings.model_dump() for api, plan in self._world.faults.items()},
            "ahead": self._world.ahead,
        }

    async def _state(self, request: web.Request) -> web.Response:
        return json_response(self._now())

    async def _accepted(self, request: web.Request) -> web.Response:
        api = request.query.get("api")
        if api not in (None, "wechat", "twilio"):
            raise Problem(422, "invalid", "api is wechat or twilio")
        limit = max(number(request, "limit", 1000, _PAGE), 1)
        entries, going_on = self._world.journal.after(number(request, "after", 0, 2**53), limit, api)
        return json_response(
            {
                "accepted": [journal.as_json(entry) for entry in entries],
                "next": going_on,
                "last": self._world.journal.last,
                "oldest": self._world.journal.oldest,
            }
        )

    async def _faults(self, request: web.Request) -> web.Response:
        wanted = _Faults.model_validate(await given(request))
        if wanted.wechat is not None:
            self._world.plan("wechat", wanted.wechat)
        if wanted.twilio is not None:
            self._world.plan("twilio", wanted.twilio)
        return json_response(self._now()["faults"])

    async def _settings(self, request: web.Request) -> web.Response:
        changes = await given(request)
        if not isinstance(changes, dict):
            raise Problem(422, "invalid", "an object of settings")
        self._world.behaviour = Behaviour.model_validate(self._world.behaviour.model_dump() | changes)
        return json_response(self._world.behaviour.model_dump())

    async def _followers(self, request: web.Request) -> web.Response:
        wanted = _Followers.model_validate(await given(request))
        now = self._world.now()
        for openid in wanted.openids:
            follower = self._wechat.followers.add(openid)
            follower.following, follower.refuses = wanted.following, wanted.refuses
            follower.reachable = wanted.reachable
            if wanted.wrote is not None:
                follower.wrote(now - wanted.wrote)
            if wanted.acted is not None:
                follower.acted(now - wanted.acted)
        return json_response({"followers": len(self._wechat.followers)})

    async def _handsets(self, request: web.Request) -> web.Response:
        wanted = _Handsets.model_validate(await given(request))
        for number_ in wanted.numbers:
            handset = self._twilio.handset(number_)
            handset.reachable, handset.landline = wanted.reachable, wanted.landline
            handset.opted_out, handset.fails_with = wanted.opted_out, wanted.fails_with
        return json_response({"handsets": len(wanted.numbers)})

    async def _end_tokens(self, request: web.Request) -> web.Response:
        """As when somebody else refreshed: no token given so far works any longer."""
        self._wechat.stable.end()
        self._wechat.older.end()
        return json_response({})

    async def _clock(self, request: web.Request) -> web.Response:
        self._world.ahead += _Clock.model_validate(await given(request)).advance
        return json_response({"ahead": self._world.ahead})

    async def _reset(self, request: web.Request) -> web.Response:
        self._phones.reset()
        self._wechat.reset()
        self._twilio.reset()
        await self._world.reset()
        return json_response(self._now())
