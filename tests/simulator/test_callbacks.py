"""Twilio's status callbacks: signed, in every order, tried again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from simulator.server import Simulator
from tests.simulator.conftest import PUBLIC_URL, Callback, Caller, ScriptedGateway

STATUS_URL = f"{PUBLIC_URL}/sms/status?of=a%20b"


def _set(simulator: Simulator, **changes: Any) -> None:
    simulator.world.behaviour = simulator.world.behaviour.model_copy(update=changes)


def _statuses(seen: list[Callback]) -> list[str]:
    return [one.form["MessageStatus"] for one in seen]


@pytest.mark.gen_test
async def test_statuses_come_signed_and_in_order(caller: Caller, gateway: ScriptedGateway) -> None:
    _, made = await caller.sms(StatusCallback=STATUS_URL)
    seen = await gateway.wait_for(3)
    assert _statuses(seen) == ["sending", "sent", "delivered"]
    validator = RequestValidator(caller.account.twilio.auth_token)
    for one in seen:
        assert (one.path, one.query) == ("/sms/status", {"of": "a b"})
        assert one.form["MessageSid"] == made["sid"]
        assert validator.validate(STATUS_URL, one.form, one.headers["X-Twilio-Signature"])


@pytest.mark.gen_test
async def test_an_unreachable_handset_ends_undelivered(
    caller: Caller, simulator: Simulator, gateway: ScriptedGateway
) -> None:
    simulator.twilio.handset("+8613800000001").reachable = False
    await caller.sms(StatusCallback=STATUS_URL)
    last = (await gateway.wait_for(3))[-1].form
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30003")


@pytest.mark.gen_test
async def test_repeated(caller: Caller, simulator: Simulator, gateway: ScriptedGateway) -> None:
    _set(simulator, callbacks="repeated")
    await caller.sms(StatusCallback=STATUS_URL)
    assert _statuses(await gateway.wait_for(6)) == [s for s in ("sending", "sent", "delivered") for _ in range(2)]


@pytest.mark.gen_test
async def test_shuffled(caller: Caller, simulator: Simulator, gateway: ScriptedGateway) -> None:
    _set(simulator, callbacks="shuffled", step=0.0)
    for n in range(8):
        await caller.sms(StatusCallback=f"{STATUS_URL}&n={n}")
    seen = await gateway.wait_for(24)
    orders = {tuple(_statuses([one for one in seen if one.query["n"] == str(n)])) for n in range(8)}
    assert {tuple(sorted(order)) for order in orders} == {("delivered", "sending", "sent")}
    assert len(orders) > 2


@pytest.mark.gen_test
async def test_late(caller: Caller, simulator: Simulator, gateway: ScriptedGateway) -> None:
    _set(simulator, callbacks="late", late_by=0.3)
    await caller.sms(StatusCallback=STATUS_URL)
    await asyncio.sleep(0.2)
    assert gateway.seen == []
    await gateway.wait_for(3)


@pytest.mark.gen_test
async def test_early_ones_come_before_the_call_returned(
    caller: Caller, simulator: Simulator, gateway: ScriptedGateway
) -> None:
    _set(simulator, callbacks="early+repeated")
    _, made = await caller.sms(StatusCallback=STATUS_URL)
    assert made["status"] == "queued"
    assert len(gateway.seen) == 6


@pytest.mark.gen_test
async def test_off(caller: Caller, simulator: Simulator, gateway: ScriptedGateway) -> None:
    _set(simulator, callbacks="off")
    await caller.sms(StatusCallback=STATUS_URL)
    assert simulator.world.courier.under_way == 0
    await asyncio.sleep(0.1)
    assert gateway.seen == []


@pytest.mark.gen_test
async def test_a_failed_callback_is_tried_three_times(
    caller: Caller, simulator: Simulator, gateway: ScriptedGateway
) -> None:
    answers = iter([503, 503, 204, 503, 503, 503, 403])

    async def answer(callback: Callback) -> web.Response:
        return web.Response(status=next(answers))

    gateway.answer = answer
    await caller.sms(StatusCallback=STATUS_URL)
    seen = await gateway.wait_for(7)
    assert _statuses(seen) == ["sending"] * 3 + ["sent"] * 3 + ["delivered"]
    tokens = [one.headers["I-Twilio-Idempotency-Token"] for one in seen]
    assert [len(set(tokens[:3])), len(set(tokens[3:6])), len(set(tokens))] == [1, 1, 3]
    await asyncio.sleep(0.05)
    counts = simulator.world.journal.counts
    assert (counts["twilio_status"], counts["twilio_status_retries"], counts["twilio_status_broken"]) == (7, 4, 2)


@pytest.mark.gen_test
async def test_what_is_too_much_is_given_up_and_counted(
    caller: Caller, simulator: Simulator, gateway: ScriptedGateway
) -> None:
    simulator.world.courier._limit = 2
    _set(simulator, callbacks="late", late_by=30.0)
    for _ in range(5):
        assert (await caller.sms(StatusCallback=STATUS_URL))[0] == 201
    assert simulator.world.journal.counts["callbacks_given_up"] == 3
