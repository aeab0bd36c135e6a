"""A message sent again has another name at the platform: what is told of the last attempt counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from channels.contract import Address, Report
from gateway.core.delivery import DeadLetters
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisLimits
from tests.core.conftest import Now
from tests.core.delivering import Platform, Process

PHONE = Address(channel="sms", account="AC1", external_id="+8613800000000")


@pytest.fixture
def process(
    open_store: Callable[..., MongoStore], redis_connection: RedisConnection, bus: RedisBus, now: Now
) -> Process:
    return Process(open_store(), bus, RedisLimits(redis_connection), now, {"sms": Platform()})


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
