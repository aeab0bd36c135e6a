"""Messages from the outbox to the simulated platform: how many a second, how long from queued to sent, at what faults.

    python -m bench.delivery [--messages N] [--people N] [--quick]

The stores, the simulator and the workers are processes of their own. Afterwards the platform's record of what it took
is compared with what the store says: each message ended, none twice without a doubt on record, order kept.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.outbox import WRONG, Outbox, people, verdict
from bench.process import ROOT, cpu_seconds, descendants
from bench.report import figure, percentile, say
from gateway.storage.embedded import EmbeddedStores
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection
from gateway.storage.schemas import apply
from simulator.running import RunningSimulator

BENCH = "delivery"
# shorter than in service, so that a bench with faults ends
SETTINGS = {
    "HOTLINE_DELIVERY__FIRST_RETRY": "0.5s",
    "HOTLINE_DELIVERY__DOUBT_AFTER": "2s",
    "HOTLINE_DELIVERY__LEASE": "15s",
    "HOTLINE_LOG__LEVEL": "error",
}


class Stage:
    """Stores and platform; workers come and go."""

    def __init__(self, data: Path, simulator: RunningSimulator) -> None:
        self._data = data
        self.simulator = simulator
        self.stores = EmbeddedStores(data)
        self.mongo_url, self.redis_url = "", ""
        self.names: dict[int, str] = {}

    def start(self) -> None:
        self.mongo_url, self.redis_url = self.stores.start()

    @contextlib.contextmanager
    def workers(self, count: int, database: str) -> Iterator[list[int]]:
        keep = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
        environment = {
            **keep,
            **self.simulator.settings,
            **SETTINGS,
            "HOTLINE_MONGO_URL": self.mongo_url,
            "HOTLINE_REDIS_URL": self.redis_url,
            "HOTLINE_MONGO_DATABASE": database,
            "HOTLINE_REDIS_PREFIX": database,
            "HOTLINE_SECRET_KEY": "k" * 32,
            "HOTLINE_DATA_DIR": str(self._data),
        }
        started = [
            subprocess.Popen([sys.executable, "run.py", "worker"], cwd=ROOT, env=environment) for _ in range(count)
        ]
        try:
            yield [process.pid for process in started]
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _cpu(pids: dict[str, int]) -> dict[str, float]:
    return {name: cpu_seconds(pid) for name, pid in pids.items()}


async def one(stage: Stage, channel: str, workers: int, faults: float, given: argparse.Namespace) -> float:
    """Fill the outbox, start the workers, wait; messages a second."""
    case = f"{channel}, {workers} worker{'s' if workers > 1 else ''}, {faults:.0%} faults"
    database = f"bench_{channel}_{workers}_{int(faults * 100)}"
    apply(stage.mongo_url, database)
    stage.simulator.ask("/control/reset", {})
    stage.simulator.ask("/control/faults", {_api(channel): {"rate": faults, "hang": 12}})
    store = MongoStore(stage.mongo_url, database, timeout=30.0)
    try:
        outbox = Outbox(store)
        count = given.messages if faults < 0.5 else given.messages // 4
        # on WeChat what waits for one person travels as one message, and there is a budget: one each
        each = max(1, count // given.people) if channel == "sms" else 1
        await outbox.fill(people(stage.simulator.account, count // each, channel), each)
        say(f"{case}: {len(outbox.queued)} messages …")
        servers = {_name(line): pid for pid, line in descendants(os.getpid()).items()}
        before = _cpu(servers)
        with stage.workers(workers, database) as pids:
            await outbox.through(300, channel)
            after = _cpu({**servers, **{f"worker {index + 1}": pid for index, pid in enumerate(pids)}})
        accepted = stage.simulator.accepted()
        wrong = verdict(await outbox.messages(), outbox, accepted)
    finally:
        await store.close()
    # the tail of retries says how long a platform was away, not how fast we are: nine tenths are counted
    times = sorted(entry["at"] for entry in accepted)
    most = times[: max(2, int(len(times) * 0.9))]
    rate = (len(most) - 1) / max(0.001, most[-1] - most[0])
    figure(BENCH, case, "messages per second", rate, "1/s")
    if not faults:
        for name, seconds in after.items():
            spent = (seconds - before.get(name, 0.0)) / len(outbox.queued) * 1000
            figure(BENCH, case, f"CPU a message, {name}", spent, "ms")
    figure(BENCH, case, "in doubt on record", wrong.get("with doubts", 0), "messages")
    figure(BENCH, case, "taken twice", wrong.get("twice", 0), "messages")
    figure(BENCH, case, "wrong", sum(wrong.get(name, 0) for name in WRONG), "messages")
    for name, number in sorted(wrong.items()):
        if number:
            say(f"  {name}: {number}")
    return rate


async def steady(stage: Stage, channel: str, rate: float, given: argparse.Namespace) -> None:
    """Queue messages at a steady rate and see how long each takes to be sent."""
    case = f"{channel}, 1 worker, steady {rate:.0f}/s"
    database = f"bench_steady_{channel}"
    apply(stage.mongo_url, database)
    stage.simulator.ask("/control/reset", {})
    store = MongoStore(stage.mongo_url, database, timeout=30.0)
    redis = RedisConnection(stage.redis_url, f"{database}:")
    bus = RedisBus(redis)
    try:
        outbox = Outbox(store)
        addresses = people(stage.simulator.account, 500, channel)
        await outbox.fill(addresses, 1)
        say(f"{case} …")
        with stage.workers(1, database):
            await outbox.through(60, channel)
            outbox.queued.clear()
            seconds = 3.0 if given.quick else 12.0
            await _feed(outbox, bus, addresses, rate, seconds)
            await outbox.through(60, channel)
        waits = [
            (message.delivery.at - message.accepted_at).total_seconds()
            for message in await outbox.messages()
            if message.delivery is not None and message.delivery.at is not None
        ]
    finally:
        await redis.close()
        await store.close()
    figure(BENCH, case, "queued to sent, p50", percentile(waits, 0.5) * 1000, "ms")
    figure(BENCH, case, "queued to sent, p99", percentile(waits, 0.99) * 1000, "ms")


async def _feed(outbox: Outbox, bus: RedisBus, addresses: list[Any], rate: float, seconds: float) -> None:
    step, at, begun = 0.05, 0, time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        due = int(passed * rate) - at
        some = [addresses[(at + index) % len(addresses)] for index in range(due)]
        if some:
            await outbox.fill(some, 1)
            bus.post("delivery", {})
        at += due
        await asyncio.sleep(max(0.0, step - (time.monotonic() - begun - passed)))


def _api(channel: str) -> str:
    return {"sms": "twilio", "wechat": "wechat"}[channel]


def _name(command_line: str) -> str:
    for mark, name in (
        ("nx_27017", "document store"),
        ("mongod", "document store"),
        ("redis-server", "redis"),
        ("simulator", "simulator"),
    ):
        if mark in command_line:
            return name
    return "other"


async def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.delivery", description=__doc__)
    parser.add_argument("--messages", type=int, default=6000)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="one worker, no faults, few messages")
    given = parser.parse_args(arguments)
    if given.quick:
        given.messages, given.people = min(given.messages, 2000), min(given.people, 500)
    with tempfile.TemporaryDirectory() as data, RunningSimulator(rules=False, callbacks=False) as simulator:
        stage = Stage(Path(data), simulator)
        stage.start()
        try:
            full = await one(stage, "sms", 1, 0.0, given)
            if not given.quick:
                await one(stage, "sms", 2, 0.0, given)
            await one(stage, "wechat", 1, 0.0, given)
            if not given.quick:
                for workers, faults in ((1, 0.1), (2, 0.1), (1, 0.5), (2, 0.5)):
                    await one(stage, "sms", workers, faults, given)
            stage.simulator.ask("/control/faults", {"twilio": {"rate": 0}})
            await steady(stage, "sms", full / 2, given)
        finally:
            stage.stores.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
