"""Messages from the outbox to the simulated platform: how many a second, how long from queued to sent, at what faults.

    python -m bench.delivery [--messages N] [--people N] [--rounds N] [--quick]

The stores, the simulator and the workers are processes of their own. Neither the first tenth counts, while workers
start, nor the last, whose retries say how long a platform was away. Afterwards the platform's record of what it took is
compared with what the store says: each message ended, none twice without a doubt on record, order kept.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.outbox import WRONG, Outbox, people, verdict
from bench.process import ROOT, cpu_seconds, descendants
from bench.report import figure, percentile, say
from gateway.core.model import new_id
from gateway.storage.embedded import EmbeddedStores
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection
from gateway.storage.schemas import apply
from simulator.running import RunningSimulator

BENCH = "delivery"
HANG = 12.0  # seconds that a platform that does not answer holds the connection: longer than we wait
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


@dataclass(frozen=True, slots=True)
class Case:
    """faults: share of sends that go wrong."""

    channel: str
    workers: int
    faults: float

    @property
    def name(self) -> str:
        return f"{self.channel}, {self.workers} worker{'s' if self.workers > 1 else ''}, {self.faults:.0%} faults"

    @property
    def settings(self) -> dict[str, Any]:
        """The platform's, for the simulator."""
        return {{"sms": "twilio", "wechat": "wechat"}[self.channel]: {"rate": self.faults, "hang": HANG}}


@dataclass(slots=True)
class Rounds:
    """What came of the rounds of one case. cpu: seconds by process; counts: of the verdict."""

    rates: list[float] = field(default_factory=list)
    cpu: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    messages: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return median(self.rates)

    def report(self, case: str) -> None:
        figure(BENCH, case, "messages per second, median of the rounds", self.per_second, "1/s")
        figure(BENCH, case, "messages per second, lowest round", min(self.rates), "1/s")
        figure(BENCH, case, "messages per second, highest round", max(self.rates), "1/s")
        for name, seconds in sorted(self.cpu.items()):
            figure(BENCH, case, f"CPU a message, {name}", seconds / self.messages * 1000, "ms")
        figure(BENCH, case, "in doubt on record", self.counts["with doubts"], "messages")
        figure(BENCH, case, "taken twice", self.counts["twice"], "messages")
        figure(BENCH, case, "wrong", sum(self.counts[name] for name in WRONG), "messages")
        for name, number in sorted(self.counts.items()):
            if number:
                say(f"  {name}: {number}")


async def one(stage: Stage, case: Case, given: argparse.Namespace, into: Rounds) -> None:
    """Fill the outbox, start the workers, wait until it is empty."""
    database = f"bench_{new_id()}"
    apply(stage.mongo_url, database)
    stage.simulator.ask("/control/reset", {})
    stage.simulator.ask("/control/faults", case.settings)
    store = MongoStore(stage.mongo_url, database, timeout=30.0)
    try:
        outbox = Outbox(store)
        count = given.messages if case.faults < 0.5 else given.messages // 4
        # on WeChat what waits for one person travels as one message, and there is a budget: one each
        each = max(1, count // given.people) if case.channel == "sms" else 1
        await outbox.fill(people(stage.simulator.account, count // each, case.channel), each)
        say(f"{case.name}: {len(outbox.queued)} messages …")
        named = {pid: _name(line) for pid, line in descendants(os.getpid()).items()}
        with stage.workers(case.workers, database) as pids:
            named |= {pid: f"worker {index + 1}" for index, pid in enumerate(pids)}
            begun = await _taken(stage, len(outbox.queued) // 10)
            before = {pid: cpu_seconds(pid) for pid in named}
            ended = await _taken(stage, len(outbox.queued) * 9 // 10)
            for pid, name in named.items():
                into.cpu[name] += cpu_seconds(pid) - before[pid]
            await outbox.through(300, case.channel)
        accepted = stage.simulator.accepted()
        into.counts.update(verdict(await outbox.messages(), outbox, accepted))
    finally:
        await store.close()
    into.messages += ended - begun
    times = sorted(entry["at"] for entry in accepted)
    counted = times[len(times) // 10 : len(times) * 9 // 10]
    into.rates.append((len(counted) - 1) / (counted[-1] - counted[0]))


async def _taken(stage: Stage, count: int) -> int:
    """How many the platform has taken, once it has taken so many."""
    deadline = time.monotonic() + 300
    while (taken := stage.simulator.state()["last"]) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the platform took {taken} messages")
        await asyncio.sleep(0.05)
    return int(taken)


async def steady(stage: Stage, case: Case, rate: float, given: argparse.Namespace) -> None:
    """Queue messages at a steady rate and see how long each takes to be sent."""
    database = f"bench_{new_id()}"
    apply(stage.mongo_url, database)
    stage.simulator.ask("/control/reset", {})
    store = MongoStore(stage.mongo_url, database, timeout=30.0)
    redis = RedisConnection(stage.redis_url, f"{database}:")
    bus = RedisBus(redis)
    try:
        outbox = Outbox(store)
        addresses = people(stage.simulator.account, 2000, case.channel)  # within WeChat's budget for each
        await outbox.fill(addresses, 1)
        say(f"{case.name}, steady {rate:.0f}/s …")
        with stage.workers(case.workers, database):
            await outbox.through(60, case.channel)
            outbox.queued.clear()
            stage.simulator.ask("/control/faults", case.settings)
            await _feed(outbox, bus, addresses, rate, 3.0 if given.quick else 12.0)
            await outbox.through(120, case.channel)
        waits = [
            (message.delivery.at - message.accepted_at).total_seconds()
            for message in await outbox.messages()
            if message.delivery is not None and message.delivery.state == "sent" and message.delivery.at is not None
        ]
    finally:
        await redis.close()
        await store.close()
    name = f"{case.name}, steady"
    figure(BENCH, name, "queued", rate, "1/s")
    figure(BENCH, name, "sent", len(waits) / len(outbox.queued), "ratio")
    figure(BENCH, name, "queued to sent, p50", percentile(waits, 0.5) * 1000, "ms")
    figure(BENCH, name, "queued to sent, p99", percentile(waits, 0.99) * 1000, "ms")


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
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one worker, no faults, few messages, one round")
    given = parser.parse_args(arguments)
    cases = [Case("sms", 1, 0.0), Case("wechat", 1, 0.0)]
    if given.quick:
        given.messages, given.people, given.rounds = min(given.messages, 2000), min(given.people, 500), 1
    else:
        cases += [Case("sms", 2, 0.0), *(Case("sms", workers, faults) for faults in (0.1, 0.5) for workers in (1, 2))]
    with tempfile.TemporaryDirectory() as data, RunningSimulator(rules=False, callbacks=False) as simulator:
        stage = Stage(Path(data), simulator)
        stage.start()
        try:
            measured = {case: Rounds() for case in cases}
            # one after the other, so that a machine whose speed drifts slows all of them
            for _, case in itertools.product(range(given.rounds), cases):
                await one(stage, case, given, measured[case])
            for case, rounds in measured.items():
                rounds.report(case.name)
            for case, rounds in measured.items():
                if case.workers == 1:
                    await steady(stage, case, rounds.per_second / 2, given)
        finally:
            stage.stores.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
