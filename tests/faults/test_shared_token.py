"""Two gateways and two workers of one official account share one access token."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.outbox import Outbox, people, verdict
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection
from tests.faults.test_delivery_kills import Stage, check
from tests.running import RunningGateway

LIFETIME = 6.0
SECONDS = 25.0


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    second = RunningGateway(tmp_path / "second", made.settings)
    try:
        made.simulator.ask("/control/settings", {"token_lifetime": LIFETIME, "token_overlap": 1})
        made.start()
        made.start_worker()
        second.start()
        yield made
    finally:
        second.stop()
        made.stop()


@pytest.mark.timeout(150)
@pytest.mark.gen_test(timeout=120)
@pytest.mark.parametrize("redis_dies", [False, True], ids=["undisturbed", "redis is killed"])
async def test_one_refresh_for_each_token_that_ends(stage: Stage, redis_dies: bool) -> None:
    store = MongoStore(stage.mongo_url, "hotline", timeout=10.0)
    redis = RedisConnection(stage.settings["HOTLINE_REDIS_URL"], "hotline:")
    bus = RedisBus(redis)
    try:
        outbox = Outbox(store)
        begun, first = time.monotonic(), 0
        # somebody is answered all the time, by whichever of the four
        while time.monotonic() - begun < SECONDS:
            await outbox.fill(people(stage.simulator.account, 8, "wechat", first), 1)
            bus.post("delivery", {})
            first += 8
            await asyncio.sleep(0.2)
            if redis_dies and first == 8 * 40:
                stage.kill("redis")
        await outbox.through(60, "wechat")
        passed = time.monotonic() - begun
        refreshes = stage.simulator.state()["token_refreshes"]
        counts = verdict(await outbox.messages(), outbox, stage.simulator.accepted())
    finally:
        await redis.close()
        await store.close()
    check(counts, 0, first)
    assert counts.get("state sent", 0) + counts.get("state delivered", 0) == first, counts
    # never more than one a token; what Redis forgot with its death is asked for once more
    assert 2 <= refreshes <= math.ceil(passed / LIFETIME) + 1 + redis_dies, (refreshes, passed)
