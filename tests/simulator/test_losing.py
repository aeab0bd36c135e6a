"""Faults over HTTP: what the caller sees, and what the ground truth says."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from simulator.faults import FaultSettings
from simulator.server import Simulator
from tests.simulator.conftest import Caller


def _always(simulator: Simulator, fault: str, **rest: Any) -> None:
    for api in ("wechat", "twilio"):
        simulator.world.plan(api, FaultSettings(rate=1.0, mix={fault: 1}, **rest))  # type: ignore[arg-type]


@pytest.fixture
def lenient(simulator: Simulator) -> Simulator:
    simulator.world.behaviour = simulator.world.behaviour.model_copy(update={"rules": False})
    return simulator


@pytest.mark.gen_test
async def test_refused_before_acceptance(caller: Caller, lenient: Simulator) -> None:
    _always(lenient, "http:503")
    await caller.fetch_token()
    url = f"/cgi-bin/message/custom/send?access_token={caller.token}"
    assert (await caller.ask("POST", url, json={}))[0] == 503
    status, error = await caller.sms()
    assert (status, error["status"]) == (503, 503)
    _always(lenient, "code:45009")
    assert await caller.say("x") == 45009
    _always(lenient, "code:20429")
    assert (await caller.sms())[0] == 429
    _always(lenient, "code:-1")
    assert await caller.say("x") == -1
    assert lenient.world.journal.last == 0
    assert lenient.world.journal.refused["wechat"] == {"http:503": 1, "45009": 1, "-1": 1}


@pytest.mark.gen_test
@pytest.mark.parametrize(("fault", "accepted"), [("drop", 0), ("accepted_drop", 1)])
async def test_a_broken_connection(caller: Caller, lenient: Simulator, fault: str, accepted: int) -> None:
    await caller.fetch_token()
    _always(lenient, fault)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await caller.say("x")
    with pytest.raises((aiohttp.ClientError, OSError)):
        await caller.sms()
    entries = lenient.world.journal.after(0, 10)[0]
    assert [entry.answer_lost for entry in entries] == [True] * accepted * 2
    assert lenient.world.journal.answers_lost == accepted * 2


@pytest.mark.gen_test
async def test_an_accepted_message_whose_answer_hangs(caller: Caller, lenient: Simulator) -> None:
    await caller.fetch_token()
    _always(lenient, "accepted_hang", hang=0.4)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(caller.sms(), 0.1)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await caller.say("x")
    assert [entry.answer_lost for entry in lenient.world.journal.after(0, 10)[0]] == [True, True]


@pytest.mark.gen_test
async def test_a_caller_who_does_not_wait_for_a_late_answer_has_lost_it(caller: Caller, lenient: Simulator) -> None:
    await caller.fetch_token()
    lenient.world.plan("wechat", FaultSettings.model_validate({"delay": {"low": 0.3, "high": 0.3}}))
    assert await caller.say("patient") == 0
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(caller.say("hasty"), 0.1)
    await asyncio.sleep(0.4)
    entries = lenient.world.journal.after(0, 10)[0]
    assert [(entry.to, entry.answer_lost) for entry in entries] == [("patient", False), ("hasty", True)]


@pytest.mark.gen_test
async def test_other_calls_fail_only_when_asked_to(caller: Caller, lenient: Simulator) -> None:
    _always(lenient, "http:503")
    assert "access_token" in await caller.fetch_token()
    assert (await caller.twilio(f"{caller.messages}.json"))[0] == 200
    _always(lenient, "http:503", everything=True)
    assert (await caller.twilio(f"{caller.messages}.json"))[0] == 503
    wechat = caller.account.wechat
    body = {"grant_type": "client_credential", "appid": wechat.app_id, "secret": wechat.app_secret}
    assert (await caller.ask("POST", "/cgi-bin/stable_token", json=body))[0] == 503


@pytest.mark.gen_test
async def test_ten_in_a_hundred_go_wrong_and_the_truth_adds_up(caller: Caller, lenient: Simulator) -> None:
    lenient.world.plan("wechat", FaultSettings(rate=0.1, hang=0.0, seed=5))
    await caller.fetch_token()
    told, silent, sent = 0, 0, 600
    for n in range(sent):
        try:
            body = {"touser": "x", "msgtype": "text", "text": {"content": str(n)}}
            url = f"/cgi-bin/message/custom/send?access_token={caller.token}"
            status, answer = await caller.ask("POST", url, json=body)
            told += status == 200 and answer["errcode"] == 0
        except (aiohttp.ClientError, OSError):
            silent += 1
    entries = lenient.world.journal.after(0, 1000)[0]
    lost = [entry for entry in entries if entry.answer_lost]
    assert len(entries) - len(lost) == told
    assert 0 < len(lost) < silent
    assert (sent - told) / sent == pytest.approx(0.1, abs=0.04)
