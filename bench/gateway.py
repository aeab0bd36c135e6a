"""WeChat text turns in safe mode beside a bare Tornado handler that echoes the same bodies, on the same machine.

    python -m bench.gateway [--turns N] [--citizens N] [--connections N]

A turn: an encrypted callback comes in, is verified, decrypted, stored, answered from the sample knowledge base, and the
encrypted reply leaves. Afterwards the store is asked: every message there, numbered and answered exactly once.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from bench.client import Check, Outcome, Request, load
from bench.process import cpu_seconds, descendants, free_port, running
from bench.report import figure, percentile, say
from bench.verdict import verdict_of
from bot import emergency
from channels.wechat.crypto import Cipher, sign

BENCH = "gateway"
APP_ID = "wx0123456789abcdef"
TOKEN = "benchtoken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT = "gh_0123456789ab"
OPENINGS = ("请问", "你好，", "想问一下，", "麻烦问下", "我想了解", "老人家想问", "急，", "帮我看看")
CLOSINGS = tuple(
    f"，我在{town}，{end}"
    for town in ("南城", "虎门", "长安", "厚街", "塘厦")
    for end in ("谢谢", "急用", "周末能办吗")
)
SEED = Path(__file__).resolve().parent.parent / "config" / "seed" / "knowledge.jsonl"


class Traffic:
    """Callbacks, made before they are needed. Each asks a question of the sample base."""

    def __init__(self, citizens: int, seed: int = 12345, *, in_other_words: bool = False) -> None:
        self._other_words = in_other_words
        self._random = random.Random(seed)
        self._cipher = Cipher(AES_KEY, APP_ID)
        rows = [json.loads(line) for line in SEED.read_text(encoding="utf-8").splitlines() if line.strip()]
        # questions that sound like danger are answered with a number to call first, which is not what is measured
        self._questions = [(row["question"], row["answer"]) for row in rows if emergency.find(row["question"]) is None]
        self._openids = [f"oBench{seed:05d}{index:017d}" for index in range(citizens)]
        self._ids = itertools.count(24_000_000_000_000_000)
        self.expected: dict[str, str] = {}

    def make(self, count: int) -> list[Request]:
        return [self._one(self._openids[index % len(self._openids)]) for index in range(count)]

    def _one(self, openid: str) -> Request:
        question, answer = self._random.choice(self._questions)
        msg_id, now, nonce = str(next(self._ids)), str(int(time.time())), str(self._random.randrange(10**9))
        self.expected[msg_id] = answer
        if self._other_words:
            question = self._random.choice(OPENINGS) + question.rstrip("？") + self._random.choice(CLOSINGS)
        plain = (
            f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content><![CDATA[{question}]]></Content><MsgId>{msg_id}</MsgId></xml>"
        )
        encrypted = self._cipher.seal(plain.encode())
        proof = sign(TOKEN, now, nonce, encrypted)
        body = f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        query = {
            "signature": sign(TOKEN, now, nonce),
            "timestamp": now,
            "nonce": nonce,
            "openid": openid,
            "encrypt_type": "aes",
            "msg_signature": proof,
        }
        return f"/wechat?{urlencode(query)}", body.encode()


def settings(port: int, data: str) -> dict[str, str]:
    return {
        "HOTLINE_PORT": str(port),
        "HOTLINE_DATA_DIR": data,
        "HOTLINE_WECHAT__APP_ID": APP_ID,
        "HOTLINE_WECHAT__TOKEN": TOKEN,
        "HOTLINE_WECHAT__AES_KEY": AES_KEY,
        "HOTLINE_DEMO": "true",
        "HOTLINE_LOG__LEVEL": "warning",
    }


class Right:
    """Counts answers that carry the expected text; decrypts a sample, since decrypting all would load the machine."""

    def __init__(self, every: int = 20) -> None:
        self._kept: list[bytes] = []
        self._every = every
        self.empty = 0
        self._cipher = Cipher(AES_KEY, APP_ID)

    def check(self, number: int, status: int, body: bytes) -> None:
        if status != 200 or b"<Encrypt>" not in body:
            self.empty += 1
        elif number % self._every == 0:
            self._kept.append(body)

    def wrong(self, traffic: Traffic) -> int:
        """Of the sample: replies without any of the expected answers in them."""
        expected = {answer[:20] for answer in traffic.expected.values()}
        count = 0
        for body in self._kept:
            sealed = body.partition(b"<Encrypt><![CDATA[")[2].partition(b"]]>")[0].decode()
            text = self._cipher.open(sealed).decode()
            count += not any(answer in text for answer in expected)
        return count


@dataclass(slots=True)
class Rounds:
    """Outcomes of the rounds of one kind of load, each beside the yardstick's in the same seconds."""

    outcomes: list[Outcome] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    def add(self, outcome: Outcome, yardstick: Outcome) -> None:
        self.outcomes.append(outcome)
        self.shares.append(outcome.per_second / yardstick.per_second)

    @property
    def latencies(self) -> list[float]:
        return [latency for outcome in self.outcomes for latency in outcome.latencies]

    @property
    def failed(self) -> int:
        return sum(outcome.failed for outcome in self.outcomes)

    @property
    def per_second(self) -> float:
        return median(outcome.per_second for outcome in self.outcomes)

    def report(self, case: str) -> None:
        figure(BENCH, case, "turns per second", self.per_second, "1/s")
        figure(BENCH, case, "p50", percentile(self.latencies, 0.5) * 1000, "ms")
        figure(BENCH, case, "p99", percentile(self.latencies, 0.99) * 1000, "ms")
        figure(BENCH, case, "share of echo, median of the rounds", median(self.shares), "ratio")
        figure(BENCH, case, "share of echo, lowest round", min(self.shares), "ratio")
        figure(BENCH, case, "share of echo, highest round", max(self.shares), "ratio")


class Side:
    """One process under load."""

    def __init__(self, port: int, connections: int) -> None:
        self._port = port
        self._connections = connections

    async def take(self, requests: list[Request], check: Check = lambda *_: None, rate: float | None = None) -> Outcome:
        return await load(self._port, iter(list(enumerate(requests))), self._connections, check, rate)


async def measure(given: argparse.Namespace, gateway: Side, echo: Side, pid: int, mongo_url: str) -> None:
    """Alternates the two sides, so that a machine whose speed drifts slows both."""
    each, citizens = given.turns // given.rounds, given.citizens
    traffic, other = Traffic(citizens), Traffic(citizens, seed=54321, in_other_words=True)
    body = traffic.make(1) * each
    traffic.expected.clear()
    say(f"first contact of {citizens} citizens …")
    begun = await gateway.take(traffic.make(citizens))
    await gateway.take(other.make(citizens))
    await echo.take(body)
    figure(BENCH, "first contact", "turns per second", begun.per_second, "1/s")
    right = Right()
    full, worded, yardstick = Rounds(), Rounds(), []
    spent: defaultdict[str, float] = defaultdict(float)
    names = {pid: "gateway", **{child: _name(line) for child, line in descendants(pid).items()}}
    for number in range(given.rounds):
        say(f"round {number + 1} of {given.rounds}: echo, turns, turns in other words …")
        yardstick.append(await echo.take(body))
        requests = traffic.make(each)
        before, own = {process: cpu_seconds(process) for process in names}, time.process_time()
        full.add(await gateway.take(requests, right.check), yardstick[-1])
        spent["load generator"] += time.process_time() - own
        for process, name in names.items():
            spent[name] += cpu_seconds(process) - before[process]
        worded.add(await gateway.take(other.make(each)), yardstick[-1])
    rate = full.per_second / 2
    say(f"half of the load: {rate:.0f} turns a second …")
    half = await gateway.take(traffic.make(given.turns // 2), right.check, rate)
    await asyncio.sleep(8)  # late writes have their grace
    verdict = await verdict_of(mongo_url, traffic.expected)

    figure(BENCH, "echo", "requests per second", median(one.per_second for one in yardstick), "1/s")
    full.report("full load")
    worded.report("full load, in other words")
    figure(BENCH, "half load", "turns per second", half.per_second, "1/s")
    figure(BENCH, "half load", "p50", percentile(half.latencies, 0.5) * 1000, "ms")
    figure(BENCH, "half load", "p99", percentile(half.latencies, 0.99) * 1000, "ms")
    figure(BENCH, "all", "failed requests", begun.failed + full.failed + worded.failed + half.failed, "requests")
    figure(BENCH, "all", "responses without a reply", right.empty, "responses")
    figure(BENCH, "all", "replies without a known answer, 1 in 20 looked at", right.wrong(traffic), "replies")
    for what, count in verdict.items():
        figure(BENCH, "store", what, count, "messages")
    say("where the time goes, CPU milliseconds a turn at full load:")
    turns, seconds = each * given.rounds, sum(outcome.seconds for outcome in full.outcomes)
    for name, cpu in sorted(spent.items(), key=lambda one: -one[1]):
        figure(BENCH, "full load, CPU a turn", name, cpu / turns * 1000, "ms")
        say(f"  {name:<16}{cpu / turns * 1000:6.3f} ms  {cpu / seconds * 100:5.1f} % of a core")
    say(f"a turn runs at {median(full.shares):.3f} of the bare handler's rate")


def _name(command_line: str) -> str:
    for mark, name in (("nx_27017", "document store"), ("mongod", "document store"), ("redis-server", "redis")):
        if mark in command_line:
            return name
    return "other children"


async def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.gateway", description=__doc__)
    parser.add_argument("--turns", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--citizens", type=int, default=500)
    parser.add_argument("--connections", type=int, default=128)
    given = parser.parse_args(arguments)
    port, echo_port = free_port(), free_port()
    with (
        tempfile.TemporaryDirectory() as data,
        running(["-m", "bench.echo", str(echo_port)], {}, f"http://127.0.0.1:{echo_port}/"),
        running(["run.py", "serve"], settings(port, data), f"http://127.0.0.1:{port}/readyz") as pid,
    ):
        mongo_url = json.loads((Path(data) / "stores.json").read_text())[0]
        await measure(given, Side(port, given.connections), Side(echo_port, given.connections), pid, mongo_url)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
