"""Processes and stores are killed under load; the platform repeats what was not acknowledged.

Afterwards each acknowledged message is in the store and answered, exactly once.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from bench.process import descendants
from bench.verdict import verdict_of
from bot import emergency
from tests.follower import SETTINGS, Callback, Follower
from tests.running import ROOT, RunningGateway

CITIZENS = 15
MESSAGES = 240
# questions the sample base answers; what the bot is unsure of ends in the queue, where it rightly says little
QUESTIONS = [
    row["question"]
    for row in map(json.loads, (ROOT / "config/seed/knowledge.jsonl").read_text(encoding="utf-8").splitlines())
    if emergency.find(row["question"]) is None
]


@pytest.fixture(params=[1, 2], ids=["one process", "two processes"])
def workers(request: pytest.FixtureRequest) -> int:
    count: int = request.param
    return count


@pytest.fixture
def gateway(tmp_path: Path, workers: int) -> Iterator[RunningGateway]:
    running = RunningGateway(tmp_path / "data", SETTINGS, workers=workers)
    running.start()
    yield running
    running.stop()


async def deliver(http: aiohttp.ClientSession, follower: Follower, callback: Callback, deadline: float) -> None:
    """As the platform does: three calls at once stand for its retries, repeated until one is acknowledged."""
    while True:
        results = await asyncio.gather(*(follower.post(http, callback) for _ in range(3)), return_exceptions=True)
        statuses = {result.status for result in results if not isinstance(result, BaseException)}
        assert statuses <= {200, 503}, statuses
        if 200 in statuses:
            return
        assert time.monotonic() < deadline, "the gateway did not come back"
        await asyncio.sleep(0.3)


async def under_load(gateway: RunningGateway, faults: Callable[[], Awaitable[None]], seed: int) -> list[str]:
    """Deliver all messages, out of order, while the faults happen; the acknowledged ids."""
    chance = random.Random(seed)
    followers = [Follower(gateway.url) for _ in range(CITIZENS)]
    work = [(follower, follower.text(chance.choice(QUESTIONS))) for follower in followers * (MESSAGES // CITIZENS)]
    chance.shuffle(work)
    waiting = iter(work)
    deadline = time.monotonic() + 80
    timeout = aiohttp.ClientTimeout(total=10)

    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as http:

        async def sender() -> None:
            for follower, callback in waiting:
                await deliver(http, follower, callback, deadline)
                await asyncio.sleep(chance.uniform(0, 0.2))

        await asyncio.gather(faults(), *(sender() for _ in range(12)))
    return [callback.msg_id for _, callback in work]


async def exactly_once(gateway: RunningGateway, sent: list[str]) -> None:
    deadline = time.monotonic() + 40
    while True:
        verdict = await verdict_of(gateway.stores()[0], sent)
        if not any(verdict.values()):
            return
        assert time.monotonic() < deadline, str(verdict)
        await asyncio.sleep(1)


def pid_of(gateway: RunningGateway, mark: str) -> int:
    return next(pid for pid, line in descendants(gateway.pid).items() if mark in line and "child" not in line)


@pytest.mark.gen_test(timeout=110)
async def test_the_gateway_is_killed(gateway: RunningGateway) -> None:
    async def faults() -> None:
        for pause in (0.7, 1.5):
            await asyncio.sleep(pause)
            gateway.kill()
            await asyncio.sleep(0.2)
            await asyncio.to_thread(gateway.start)

    await exactly_once(gateway, await under_load(gateway, faults, seed=1))


@pytest.mark.parametrize("workers", [2], indirect=True, ids=["two processes"])
@pytest.mark.gen_test(timeout=110)
async def test_one_of_two_processes_is_killed(gateway: RunningGateway) -> None:
    async def faults() -> None:
        for pause in (0.7, 2.5):
            await asyncio.sleep(pause)
            os.kill(pid_of(gateway, "--on"), signal.SIGKILL)

    await exactly_once(gateway, await under_load(gateway, faults, seed=2))


@pytest.mark.parametrize("mark", ["nx_27017", "redis-server"])
@pytest.mark.gen_test(timeout=110)
async def test_a_store_is_killed(gateway: RunningGateway, mark: str) -> None:
    async def faults() -> None:
        for pause in (0.7, 2.5):
            await asyncio.sleep(pause)
            os.kill(pid_of(gateway, mark), signal.SIGKILL)

    await exactly_once(gateway, await under_load(gateway, faults, seed=3))
    await asyncio.to_thread(gateway.wait_ready)


@pytest.mark.parametrize("workers", [1], indirect=True, ids=["one process"])
@pytest.mark.parametrize("mark", ["nx_27017", "redis-server"])
@pytest.mark.gen_test(timeout=90)
async def test_while_a_store_is_away_callbacks_are_refused_and_it_comes_back(
    gateway: RunningGateway, mark: str
) -> None:
    """The store hangs, as a machine under pressure does: connected, and silent."""
    follower = Follower(gateway.url)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
        assert await follower.say(http, QUESTIONS[0])
        pid = pid_of(gateway, mark)
        os.kill(pid, signal.SIGSTOP)
        try:
            deadline = time.monotonic() + 15
            while gateway.ready():
                assert time.monotonic() < deadline, "readyz still says ready"
                await asyncio.sleep(0.2)
            since = time.monotonic()
            refused = follower.text(QUESTIONS[1])
            assert (await follower.post(http, refused)).status == 503
            assert time.monotonic() - since < 2
            async with http.get(gateway.url + "/healthz") as alive:
                assert alive.status == 200
        finally:
            os.kill(pid, signal.SIGCONT)
        await asyncio.to_thread(gateway.wait_ready, 20)
        assert (await follower.post(http, refused)).text
    await exactly_once(gateway, [refused.msg_id])
