"""Workers, gateways and stores are killed while messages go out to a platform that loses answers.

Afterwards each message has ended, sent or failed with a reason; none was taken twice but where the record says that its
outcome was in doubt; and everybody got theirs in order. The platform's own record is the witness.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.outbox import WRONG, Outbox, people, verdict
from bench.process import descendants
from gateway.storage.embedded import EmbeddedStores
from gateway.storage.mongo import MongoStore
from gateway.storage.schemas import apply
from simulator.accounts import fresh_account
from simulator.running import RunningSimulator
from tests.running import ROOT, RunningGateway

SETTINGS = {
    "HOTLINE_SECRET_KEY": "k" * 32,
    "HOTLINE_DEMO": "false",
    # shorter than in service, so that what a killed process left is soon looked into; longer than a call to a platform
    "HOTLINE_DELIVERY__LEASE": "15s",
    "HOTLINE_DELIVERY__FIRST_RETRY": "0.5s",
    "HOTLINE_DELIVERY__DOUBT_AFTER": "2s",
}
FAULTS = {"rate": 0.02, "hang": 11}


class Stage:
    """The stores, a simulated platform, a gateway and workers; each can be killed, and comes back."""

    def __init__(self, folder: Path) -> None:
        self.stores = EmbeddedStores(folder / "stores")
        urls = self.stores.start()
        self.mongo_url = urls[0]
        self.gateway = RunningGateway(folder / "gateway", {})
        # what the platform does not let pass (windows, budgets) is no fault of delivery
        self.simulator = RunningSimulator(fresh_account(gateway_url=self.gateway.url), rules=False)
        self.simulator.start()
        self.settings = {
            **self.simulator.settings,
            **SETTINGS,
            "HOTLINE_MONGO_URL": urls[0],
            "HOTLINE_REDIS_URL": urls[1],
        }
        self.gateway.settings = self.settings
        self._log = (folder / "worker.log").open("ab")
        self._workers: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        apply(self.mongo_url, "hotline")
        self.gateway.start()
        self.start_worker()

    def start_worker(self) -> None:
        keep = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
        environment = {**keep, **self.settings, "HOTLINE_DATA_DIR": str(self.gateway.data_dir)}
        self._workers.append(
            subprocess.Popen(
                [sys.executable, "run.py", "worker"], cwd=ROOT, env=environment, stdout=self._log, stderr=self._log
            )
        )

    def kill(self, which: str) -> None:
        """SIGKILL, and what an operator's supervisor would do then."""
        if which == "worker":
            worker = self._workers.pop()
            worker.kill()
            worker.wait()
            self.start_worker()
        elif which == "gateway":
            self.gateway.kill()
            self.gateway.start()
        else:
            mark = {"redis": "redis-server", "documents": "nx_27017"}[which]
            lines = descendants(os.getpid()).items()
            os.kill(next(pid for pid, line in lines if mark in line and "child" not in line), signal.SIGKILL)

    def stop(self) -> None:
        for worker in self._workers:
            worker.send_signal(signal.SIGTERM)
        for worker in self._workers:
            try:
                worker.wait(20)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        self.gateway.stop()
        self.simulator.stop()
        self.stores.stop()
        self._log.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    try:
        yield made
    finally:
        made.stop()


async def deliver_under_kills(
    stage: Stage, channel: str, count: int, each: int, kills: int, seed: int
) -> dict[str, int]:
    """Queue messages, kill at random while they go out, and wait for the end; what is wrong, as counts."""
    chance = random.Random(seed)
    api = {"sms": "twilio", "wechat": "wechat"}[channel]
    stage.simulator.ask("/control/faults", {api: {**FAULTS, "seed": seed}})
    store = MongoStore(stage.mongo_url, "hotline", timeout=10.0)
    try:
        outbox = Outbox(store)
        await outbox.fill(people(stage.simulator.account, count // each, channel), each)
        await asyncio.to_thread(stage.start)

        async def killing() -> None:
            for victim in chance.sample(["worker", "gateway", "redis", "documents"] * 2, kills):
                await asyncio.sleep(chance.uniform(0.5, 2.0))
                await asyncio.to_thread(stage.kill, victim)

        await asyncio.gather(killing(), outbox.through(150, channel))
        return verdict(await outbox.messages(), outbox, stage.simulator.accepted())
    finally:
        await store.close()


def check(counts: dict[str, int], seed: int, count: int) -> None:
    assert not {name: counts[name] for name in WRONG if counts.get(name)}, (seed, counts)
    ended = sum(counts.get(f"state {state}", 0) for state in ("sent", "delivered", "failed", "uncertain"))
    assert ended == count, (seed, counts)
    assert counts["twice"] <= counts["with doubts"], (seed, counts)


@pytest.mark.timeout(240)
@pytest.mark.gen_test(timeout=220)
async def test_ten_thousand_short_messages(stage: Stage) -> None:
    seed = int(time.time())
    counts = await deliver_under_kills(stage, "sms", 10_000, each=10, kills=6, seed=seed)
    check(counts, seed, 10_000)
    # the carrier keeps a record that can be asked, so that hardly any doubt is left open
    assert counts["twice"] < 20, (seed, counts)


@pytest.mark.timeout(200)
@pytest.mark.gen_test(timeout=180)
async def test_a_platform_that_keeps_no_record(stage: Stage) -> None:
    seed = int(time.time())
    counts = await deliver_under_kills(stage, "wechat", 1_500, each=1, kills=4, seed=seed)
    check(counts, seed, 1_500)
