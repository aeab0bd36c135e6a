"""Workers, gateways and stores are killed while messages go out to a platform that loses answers.

The stores are the gateway's: they die with it, and are back when it is. Afterwards each message has ended, sent or
failed with a reason; none was taken twice but where the record says that its outcome was in doubt; and everybody got
theirs in order. The platform's own record is the witness.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
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
API = {"sms": "twilio", "wechat": "wechat"}
# refused for now or for good, cut off before it was taken, taken and never answered
LOST = {"drop": 0.2, "accepted_drop": 0.3, "accepted_hang": 0.1}
MIX = {
    "sms": {"http:503": 0.1, "code:20429": 0.15, "code:21614": 0.15, **LOST},
    "wechat": {"http:503": 0.1, "code:-1": 0.15, "code:45047": 0.15, **LOST},
}
RATES = {"sms": 0.02, "wechat": 0.06}  # of sends that go wrong
MARKS = {"redis": "redis-server", "documents": "nx_27017"}
VICTIMS = ("worker", "gateway", *MARKS)


class Stage:
    """A simulated platform, a gateway with its stores, and workers beside it; each can be killed, and comes back."""

    def __init__(self, folder: Path) -> None:
        self.gateway = RunningGateway(folder / "data")
        # what the platform does not let pass (windows, budgets) is no fault of delivery
        self.simulator = RunningSimulator(fresh_account(gateway_url=self.gateway.url), rules=False)
        self.simulator.start()
        self.settings = {**self.simulator.settings, **SETTINGS}
        self.gateway.settings = self.settings
        self._log = (folder / "worker.log").open("ab")
        self._workers: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
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
        """SIGKILL, and what an operator's supervisor would do then. Stores are the gateway's to start again."""
        if which == "worker":
            worker = self._workers.pop()
            worker.kill()
            worker.wait()
            self.start_worker()
        elif which == "gateway":
            self.gateway.kill()
            self.gateway.start()
        else:
            os.kill(self._pid_of(which), signal.SIGKILL)

    def _pid_of(self, store: str) -> int:
        """Waits for one that is just being started again."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for pid, line in descendants(self.gateway.pid).items():
                if MARKS[store] in line and "child" not in line:
                    return pid
            time.sleep(0.05)
        raise AssertionError(f"{store} did not come back")

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
        self._log.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    try:
        yield made
    finally:
        made.stop()


async def fill(stage: Stage, channel: str, count: int, each: int) -> Outbox:
    """Queue messages before anybody is there to send them."""
    with EmbeddedStores(stage.gateway.data_dir) as stores:
        apply(stores.mongo_url, "hotline")
        store = MongoStore(stores.mongo_url, "hotline", timeout=10.0)
        try:
            outbox = Outbox(store)
            await outbox.fill(people(stage.simulator.account, count // each, channel), each)
        finally:
            await store.close()
    return outbox


async def kill_while_sending(stage: Stage, victims: Sequence[str], count: int, chance: random.Random) -> None:
    """Each when the platform has taken so many messages, the last before nine tenths of them."""
    for victim, moment in zip(victims, sorted(chance.sample(range(count * 9 // 10), len(victims))), strict=True):
        while (await asyncio.to_thread(stage.simulator.state))["last"] < moment:
            await asyncio.sleep(0.05)
        await asyncio.to_thread(stage.kill, victim)


async def deliver_under_kills(
    stage: Stage, channel: str, count: int, each: int, victims: Sequence[str], seed: int
) -> dict[str, int]:
    """Queue messages, kill at random while they go out, and wait for the end; what is wrong, as counts."""
    chance = random.Random(seed)
    # the delay is a platform's, and has a kill find many messages on their way
    delay = {"median": 0.15, "sigma": 0.5}
    faults = {"rate": RATES[channel], "mix": MIX[channel], "delay": delay, "hang": 11, "seed": seed}
    stage.simulator.ask("/control/faults", {API[channel]: faults})
    outbox = await fill(stage, channel, count, each)
    await asyncio.to_thread(stage.start)
    outbox.store = MongoStore(stage.gateway.stores()[0], "hotline", timeout=10.0)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(kill_while_sending(stage, chance.sample(victims, len(victims)), count, chance))
            group.create_task(outbox.through(200, channel))
        return verdict(await outbox.messages(), outbox, stage.simulator.accepted())
    finally:
        await outbox.store.close()


def check(counts: dict[str, int], seed: int, count: int) -> None:
    assert not {name: counts[name] for name in WRONG if counts.get(name)}, (seed, counts)
    ended = sum(counts.get(f"state {state}", 0) for state in ("sent", "delivered", "failed", "uncertain"))
    assert ended == count, (seed, counts)
    assert counts["twice"] <= counts["with doubts"], (seed, counts)


@pytest.mark.timeout(280)
@pytest.mark.gen_test(timeout=250)
async def test_ten_thousand_short_messages(stage: Stage) -> None:
    seed = int(time.time())
    counts = await deliver_under_kills(stage, "sms", 10_000, each=10, victims=VICTIMS * 2, seed=seed)
    check(counts, seed, 10_000)
    assert stage.simulator.state()["answers_lost"] > 30, (seed, counts)
    assert counts["state failed"] > 10, (seed, counts)
    # the carrier keeps a record that can be asked, so that hardly any doubt is left open
    assert counts["twice"] < 20, (seed, counts)


@pytest.mark.timeout(280)
@pytest.mark.gen_test(timeout=250)
async def test_a_platform_that_keeps_no_record(stage: Stage) -> None:
    seed = int(time.time())
    counts = await deliver_under_kills(stage, "wechat", 1_500, each=1, victims=VICTIMS, seed=seed)
    check(counts, seed, 1_500)
    # what was lost was sent once more, and says so
    assert counts["twice"] > 0, (seed, counts)
    assert counts["state failed"] > 0, (seed, counts)
