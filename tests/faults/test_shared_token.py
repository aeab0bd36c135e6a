"""Two gateways and two workers of one official account share one access token."""

from __future__ import annotations

import asyncio
import re
import time
import urllib.request
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
AT_ONCE = 8  # so many people are answered every fifth of a second


class Four(Stage):
    """A second gateway, on the stores of the first, and a second worker."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.second = RunningGateway(folder / "second")

    def start(self) -> None:
        super().start()
        self.start_worker()
        mongo_url, redis_url = self.gateway.stores()
        self.second.settings = {
            **self.settings,
            "HOTLINE_MONGO_URL": mongo_url,
            "HOTLINE_REDIS_URL": redis_url,
        }
        self.second.start()

    def stop(self) -> None:
        self.second.stop()
        super().stop()

    def sent_by_gateways(self) -> list[int]:
        """By each of the two."""
        return [_sent(gateway.url) for gateway in (self.gateway, self.second)]


def _sent(url: str) -> int:
    with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:
        figures = answer.read().decode()
    found = re.search(r'^hotline_deliveries_total\{channel="wechat",outcome="sent"\} (\S+)', figures, re.MULTILINE)
    return int(float(found.group(1))) if found else 0


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Four]:
    made = Four(tmp_path)
    try:
        made.simulator.ask("/control/settings", {"token_lifetime": LIFETIME, "token_overlap": 1})
        made.start()
        yield made
    finally:
        made.stop()


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=120)
@pytest.mark.parametrize("redis_dies", [False, True], ids=["undisturbed", "redis is killed"])
async def test_one_refresh_for_each_token_that_ends(stage: Four, redis_dies: bool) -> None:
    mongo_url, redis_url = stage.gateway.stores()
    store = MongoStore(mongo_url, "hotline", timeout=10.0)
    redis = RedisConnection(redis_url, "hotline:")
    bus = RedisBus(redis)
    try:
        deadline = time.monotonic() + 30
        while len(at_work := await redis.execute("ZRANGE", "hotline:at-work:delivery:wechat", 0, -1)) != 4:
            assert time.monotonic() < deadline, at_work
            await asyncio.sleep(0.2)
        outbox = Outbox(store)
        begun, count = time.monotonic(), 0
        # somebody is answered all the time, by whichever of the four
        while time.monotonic() - begun < SECONDS:
            await outbox.fill(people(stage.simulator.account, AT_ONCE, "wechat", count), 1)
            bus.post("delivery", {})
            count += AT_ONCE
            if redis_dies and count == 40 * AT_ONCE:
                await asyncio.to_thread(stage.kill, "redis")
            await asyncio.sleep(0.2)
        await outbox.through(60, "wechat")
        passed = time.monotonic() - begun
        state = stage.simulator.state()
        counts = verdict(await outbox.messages(), outbox, stage.simulator.accepted())
        by_gateways = stage.sent_by_gateways()
    finally:
        await redis.close()
        await store.close()
    check(counts, 0, count)
    assert counts == {**counts, "state sent": count, "with doubts": 0, "twice": 0}
    assert min(*by_gateways, count - sum(by_gateways)) > count // 10, (by_gateways, count)
    refreshes, calls = state["token_refreshes"], state["counts"]["token_calls"]
    assert passed / (LIFETIME + 2) <= refreshes <= passed / LIFETIME + 2, (refreshes, passed)
    # one process asks for all: shortly before the end, when the platform has no other yet, and at the end.
    # Redis takes the token, and who was asking, along when it dies
    assert calls <= 2 * refreshes + (4 if redis_dies else 0), (calls, refreshes)
