"""A message sent again has another name at the platform: what is told of the last attempt counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from channels.contract import Address, Report, TemporaryChannelError
from gateway.core.delivery import DeadLetters
from gateway.core.model import Message
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisLimits
from tests.core.conftest import Now
from tests.core.delivering import POLICY, Platform, Process

PHONE = Address(channel="sms", account="AC1", external_id="+8613800000000")


@pytest.fixture
def process(
    open_store: Callable[..., MongoStore], redis_connection: RedisConnection, bus: RedisBus, now: Now, sms: Platform
) -> Process:
    return Process(open_store(), bus, RedisLimits(redis_connection), now, {"sms": sms})


@pytest.mark.gen_test
async def test_a_phone_that_stays_off_is_not_called_reached(process: Process, now: Now) -> None:
    (message,) = await process.post(PHONE, "甲")
    for attempt in range(1, 4):
        await process.deliver()
        assert (await process.message(message.id)).provider_id == f"SM{attempt}"
        assert await process.reports.report(Report(message.id, f"SM{attempt}", "failed", "30003", "off", True))
        stored = await process.message(message.id)
        assert stored.delivery is not None
        assert (stored.delivery.state, stored.delivery.attempts) == ("queued", attempt)
        now.move(60)


async def stays_off(process: Process, message: Message, now: Now, until: datetime) -> list[float]:
    """The phone does, until then; after how many minutes each it was tried."""
    began, tried = now(), []
    while now() < until:
        await process.deliver(2)
        stored = await process.message(message.id)
        assert stored.delivery is not None
        if stored.delivery.state == "failed":
            break
        tried.append((now() - began).total_seconds() / 60)
        off = Report(message.id, stored.provider_id or "", "failed", "30003", "off", True, 300.0)
        assert await process.reports.report(off)
        stored = await process.message(message.id)
        assert stored.delivery is not None
        if stored.delivery.due is not None:
            now.move(stored.delivery.due / 1000 - now().timestamp())
    return tried


@pytest.mark.gen_test
async def test_a_phone_that_is_off_all_night_is_reached_in_the_morning(process: Process, now: Now) -> None:
    (message,) = await process.post(PHONE, "甲")
    tried = await stays_off(process, message, now, now() + timedelta(hours=10))
    assert tried == [0, 5, 15, 35, 75, 155, 275, 395, 515]
    await process.deliver()
    stored = await process.message(message.id)
    assert stored.delivery is not None
    assert (stored.delivery.state, stored.delivery.attempts, stored.delivery.bounces) == ("sent", 10, 9)


@pytest.mark.gen_test
async def test_a_phone_that_stays_off_is_given_up_when_patience_ends(process: Process, bus: RedisBus, now: Now) -> None:
    (message,) = await process.post(PHONE, "甲")
    for _ in range(2):
        tried = await stays_off(process, message, now, now() + timedelta(days=5))
        assert POLICY.patience / 60 < tried[-1] <= (POLICY.patience + POLICY.longest_away) / 60
        stored = await process.message(message.id)
        assert stored.delivery is not None
        assert (stored.delivery.state, stored.delivery.code) == ("failed", "30003")
        assert stored.delivery.attempts == len(tried) == 29
        # who has it tried again has their own patience
        await DeadLetters(process.store, bus, ["sms"], now).retry(message.id, by="wang")


@pytest.mark.gen_test
async def test_other_refusals_are_counted_apart_from_a_phone_that_is_off(
    process: Process, sms: Platform, now: Now
) -> None:
    (message,) = await process.post(PHONE, "甲")
    await stays_off(process, message, now, now() + timedelta(hours=3))
    sms.script["甲"] = [TemporaryChannelError("busy", code="429")] * POLICY.attempts
    for waited in (2, 4, 8):
        await process.deliver()
        stored = await process.message(message.id)
        assert stored.delivery is not None
        assert (stored.delivery.state, stored.delivery.due) == ("queued", process.due(waited))
        now.move(waited)
    await process.deliver()
    stored = await process.message(message.id)
    assert stored.delivery is not None
    assert (stored.delivery.state, stored.delivery.code, stored.delivery.bounces) == ("failed", "429", 6)


@pytest.mark.gen_test
async def test_what_an_operator_sends_again_may_fail_again(process: Process, bus: RedisBus, now: Now) -> None:
    letters = DeadLetters(process.store, bus, ["sms"], now)
    (message,) = await process.post(PHONE, "甲")
    await process.deliver()
    assert await process.reports.report(Report(message.id, "SM1", "failed", "30007", "filtered"))
    await letters.retry(message.id, by="wang")
    await process.deliver()
    assert not await process.reports.report(Report(message.id, "SM1", "failed", "30007", "filtered"))
    assert await process.reports.report(Report(message.id, "SM2", "failed", "30007", "filtered"))
    stored = await process.message(message.id)
    assert stored.delivery is not None
    assert stored.delivery.state == "failed"
