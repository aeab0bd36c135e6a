"""What may have arrived: the platform is asked, else it is sent again, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from channels.contract import Address, Receipt, Report, TemporaryChannelError, UncertainChannelError
from gateway.core.delivery import rules
from gateway.core.model import Delivery
from gateway.storage.mongo import MongoStore
from tests.core.conftest import Now
from tests.core.delivering import POLICY, Platform
from tests.core.delivery.conftest import New, delivery_of, wired

LOST = ("lost", UncertainChannelError("no answer"))


@pytest.mark.gen_test
async def test_the_platform_is_asked(new: New, phone: Address, sms: Platform, now: Now) -> None:
    process = new()
    (message,) = await process.post(phone, "甲")
    sms.script["甲"], sms.known = [LOST], {"甲": Receipt("SM7")}
    await process.deliver()
    delivery = await delivery_of(process, message)
    assert (delivery.state, delivery.doubts) == ("uncertain", 1)
    await process.settle_doubts()
    assert (await delivery_of(process, message)).state == "uncertain"
    now.move(10)
    await process.settle_doubts()
    stored = await process.message(message.id)
    assert stored.delivery is not None
    assert (stored.delivery.state, stored.delivery.doubts, stored.provider_id) == ("sent", None, "SM7")
    assert len(sms.taken) == 1


@pytest.mark.gen_test
async def test_what_the_platform_does_not_know_is_sent_again_without_doubt(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new()
    (message,) = await process.post(phone, "甲")
    sms.script["甲"], sms.known = [UncertainChannelError("no answer")], {}
    await process.deliver()
    now.move(10)
    await process.settle_doubts()
    delivery = await delivery_of(process, message)
    assert (delivery.state, delivery.doubts) == ("sent", None)
    assert len(sms.taken) == 1


@pytest.mark.gen_test
async def test_where_nobody_can_be_asked_it_is_sent_again_and_stays_marked(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new()
    (message,) = await process.post(phone, "甲")
    sms.script["甲"] = [LOST]
    await process.deliver()
    now.move(10)
    await process.settle_doubts()
    delivery = await delivery_of(process, message)
    assert (delivery.state, delivery.doubts) == ("sent", 1)
    assert len(sms.taken) == 2


@pytest.mark.gen_test
async def test_it_is_not_sent_for_ever(new: New, phone: Address, sms: Platform, now: Now) -> None:
    process = new()
    first, _ = await process.post(phone, "甲", "乙")
    sms.script["甲"] = [LOST] * 9
    for _ in range(9):
        await process.deliver()
        now.move(31)
        await process.settle_doubts()
    delivery = await delivery_of(process, first)
    assert (delivery.state, delivery.doubts, delivery.is_open) == ("uncertain", 3, False)
    assert [text for _, text in sms.taken] == ["甲", "甲", "甲", "乙"]


@pytest.mark.gen_test
async def test_a_claim_whose_holder_died_ends_in_doubt(new: New, phone: Address, sms: Platform, now: Now) -> None:
    process = new()
    first, _ = await process.post(phone, "甲", "乙")
    await process.put(first, state="sending", due=process.due(30), attempts=1, holder="dead")
    await process.settle_doubts()
    assert sms.taken == []
    now.move(30)
    await process.settle_doubts()
    delivery = await delivery_of(process, first)
    assert (delivery.state, delivery.code, delivery.doubts) == ("uncertain", "sender_lost", 1)
    now.move(10)
    await process.settle_doubts()
    assert [text for _, text in sms.taken] == ["甲", "乙"]


@pytest.mark.gen_test
async def test_of_two_doubts_an_answer_settles_one(new: New, phone: Address, sms: Platform, now: Now) -> None:
    """The platform could not be asked after the first; what it says of the second leaves the first in doubt."""
    process = new()
    found, told = [*await process.post(phone, "甲"), *await process.post(phone, "乙")]
    sms.script["甲"], sms.script["乙"] = [LOST] * 2, [LOST] * 2
    for message in (found, told):
        await process.deliver()
        now.move(10)
        await process.settle_doubts()
        assert (await delivery_of(process, message)).doubts == 2
        if message is found:
            sms.known = {"甲": Receipt("SM1")}
            now.move(10)
            await process.settle_doubts()
            sms.known = None
        else:
            assert await process.reports.report(Report(told.id, "SM2", "delivered"))
    for message, state in ((found, "sent"), (told, "delivered")):
        delivery = await delivery_of(process, message)
        assert (delivery.state, delivery.doubts) == (state, 1)
    assert [text for _, text in sms.taken] == ["甲", "甲", "乙", "乙"]


@pytest.mark.gen_test
async def test_the_word_of_one_thought_dead_settles_the_doubt(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    """It was only slow: another found its claim at an end while its call was under way."""
    process, other = new(), new()
    (message,) = await process.post(phone, "甲")
    sms.script["甲"] = [0.5]
    work = asyncio.ensure_future(process.deliver())
    while not sms.taken:
        await asyncio.sleep(0.01)
    now.move(31)
    await other.courier.doubts.look_into()
    assert (await delivery_of(other, message)).code == "sender_lost"
    await work
    delivery = await delivery_of(process, message)
    assert (delivery.state, delivery.doubts) == ("sent", None)
    assert len(sms.taken) == 1


def test_an_attempt_is_doubted_once_and_any_outcome_settles_that(now: Now) -> None:
    moment, error = now(), TemporaryChannelError("busy", code="429")
    second = Delivery(state="uncertain", attempts=2, doubts=2)
    outcomes = [
        rules.sent(second, Receipt("SM2"), moment, spent=1),
        rules.later(second, error, POLICY, moment, since=moment, chance=lambda: 1.0),
        rules.later(second, error, replace(POLICY, attempts=2), moment, since=moment, chance=lambda: 1.0),
        rules.failed(second, error, moment),
        rules.not_now(second, 0, moment),
        rules.rerouted(second, error, moment, before="a", to="b", channel="sms"),
    ]
    assert [(outcome.state, outcome.doubts) for outcome in outcomes] == [
        ("sent", 1),
        ("queued", 1),
        ("uncertain", 1),
        ("uncertain", 1),
        ("queued", 1),
        ("queued", 1),
    ]
    assert rules.doubtful(second, error, POLICY, moment).doubts == 2


@pytest.mark.gen_test
async def test_what_could_not_leave_in_time_does_not_leave(
    new: New, open_store: Callable[..., MongoStore], mongo_url: str, phone: Address, sms: Platform, now: Now
) -> None:
    """Half of the claim passes before the store has confirmed it: another may soon take the message up."""
    async with wired(mongo_url, open_store().database.name) as (wire, store):
        process = new(store)
        (message,) = await process.post(phone, "甲")
        wire.change = lambda command, _: now.move(16) if command == "update" else None
        await process.deliver(1)
        wire.change = None
        assert sms.taken == []
        delivery = await delivery_of(process, message)
        assert (delivery.state, delivery.code, delivery.doubts) == ("queued", "late", None)
        now.move(10)
        await process.deliver()
        assert (await delivery_of(process, message)).state == "sent"
    assert len(sms.taken) == 1


@pytest.mark.gen_test
async def test_a_call_ends_before_its_claim(new: New, phone: Address, sms: Platform) -> None:
    process = new(policy=replace(POLICY, lease=0.5))
    (message,) = await process.post(phone, "甲")
    sms.script["甲"] = [5.0]
    await process.deliver(1)
    delivery = await delivery_of(process, message)
    assert (delivery.state, delivery.code, delivery.doubts) == ("uncertain", "no_answer", 1)


@pytest.mark.gen_test
async def test_a_store_that_goes_away_before_the_platform_is_asked_leaves_no_doubt(
    new: New,
    open_store: Callable[..., MongoStore],
    mongo_url: str,
    follower: Address,
    wechat: Platform,
    now: Now,
) -> None:
    async with wired(mongo_url, open_store().database.name) as (wire, store):
        process = new(store)
        await process.hear(follower, now())
        now.move(1)
        await process.post(follower, "甲")
        await process.deliver()
        (message,) = await process.post(follower, "乙")
        claimed = False

        def fail(command: str, reply: dict[str, Any]) -> None:
            nonlocal claimed
            if claimed and command == "find":
                wire.change = None
                reply.clear()
                reply.update(ok=0.0, code=13, codeName="Unauthorized", errmsg="not authorized")
            claimed = claimed or command == "update"

        wire.change = fail
        await process.deliver(1)
        delivery = await delivery_of(process, message)
        assert (delivery.state, delivery.code, delivery.doubts) == ("queued", "store_unavailable", None)
        now.move(10)
        await process.deliver()
    assert [text for _, text in wechat.taken] == ["甲", "乙"]
