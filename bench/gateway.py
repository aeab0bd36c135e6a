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
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from bench.client import Outcome, Request, load
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


def numbered(requests: list[Request]) -> Iterator[tuple[int, Request]]:
    return iter(list(enumerate(requests)))


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


async def echo_side(requests: list[Request], connections: int) -> Outcome:
    port = free_port()
    with running(["-m", "bench.echo", str(port)], {}, f"http://127.0.0.1:{port}/"):
        await load(port, numbered(requests[:500]), connections, lambda *_: None)
        return await load(port, numbered(requests), connections, lambda *_: None)


class Right:
    """Counts answers that carry the expected text; decrypts a sample, since decrypting all would load the machine."""

    def __init__(self, traffic: Traffic, every: int = 20) -> None:
        self._kept: list[bytes] = []
        self._every = every
        self.empty = 0
        self._cipher = Cipher(AES_KEY, APP_ID)
        self._known = {answer[:20] for answer in traffic.expected.values()}

    def check(self, number: int, status: int, body: bytes) -> None:
        if status != 200 or b"<Encrypt>" not in body:
            self.empty += 1
        elif number % self._every == 0:
            self._kept.append(body)

    def wrong(self) -> int:
        """Of the sample: replies without any answer of the knowledge base in them."""
        count = 0
        for body in self._kept:
            sealed = body.partition(b"<Encrypt><![CDATA[")[2].partition(b"]]>")[0].decode()
            text = self._cipher.open(sealed).decode()
            count += not any(known in text for known in self._known)
        return count


async def gateway_side(turns: int, citizens: int, connections: int) -> tuple[float, float]:
    """Turns a second at full load, with the base's own questions and in other words, after printing the figures."""
    port = free_port()
    traffic = Traffic(citizens)
    ready = f"http://127.0.0.1:{port}/readyz"
    with tempfile.TemporaryDirectory() as data, running(["run.py", "serve"], settings(port, data), ready) as pid:
        mongo_url = json.loads((Path(data) / "stores.json").read_text())[0]
        first = traffic.make(citizens)
        say(f"first contact of {citizens} citizens …")
        begun = await load(port, numbered(first), connections, lambda *_: None)
        figure(BENCH, "first contact", "turns per second", begun.per_second, "1/s")
        requests = traffic.make(turns)
        right = Right(traffic)
        names = {pid: "gateway", **{child: _name(line) for child, line in descendants(pid).items()}}
        before = {process: cpu_seconds(process) for process in names}
        own = time.process_time()
        say(f"{turns} turns over {connections} connections …")
        full = await load(port, numbered(requests), connections, right.check)
        spent = Counter({"load generator": time.process_time() - own})
        for process, name in names.items():
            spent[name] += cpu_seconds(process) - before[process]
        rate = full.per_second / 2
        say(f"half of that load: {rate:.0f} turns a second …")
        half = await load(port, numbered(traffic.make(turns // 2)), connections, right.check, rate=rate)
        say("questions in other words, hardly any of them twice …")
        other = Traffic(citizens, seed=54321, in_other_words=True)
        await load(port, numbered(other.make(citizens)), connections, lambda *_: None)
        worded = await load(port, numbered(other.make(turns // 2)), connections, lambda *_: None)
        await asyncio.sleep(8)  # late writes have their grace
        verdict = await verdict_of(mongo_url, traffic.expected)
    figure(BENCH, "full load", "turns per second", full.per_second, "1/s")
    figure(BENCH, "full load", "p50", percentile(full.latencies, 0.5) * 1000, "ms")
    figure(BENCH, "full load", "p99", percentile(full.latencies, 0.99) * 1000, "ms")
    figure(BENCH, "half load", "turns per second", half.per_second, "1/s")
    figure(BENCH, "half load", "p50", percentile(half.latencies, 0.5) * 1000, "ms")
    figure(BENCH, "half load", "p99", percentile(half.latencies, 0.99) * 1000, "ms")
    figure(BENCH, "all", "failed requests", begun.failed + full.failed + half.failed, "requests")
    figure(BENCH, "all", "responses without a reply", right.empty, "responses")
    figure(BENCH, "all", "replies without a known answer, 1 in 20 looked at", right.wrong(), "replies")
    figure(BENCH, "full load, in other words", "turns per second", worded.per_second, "1/s")
    for what, count in verdict.items():
        figure(BENCH, "store", what, count, "messages")
    say("where the time goes, CPU milliseconds a turn at full load:")
    for name, seconds in spent.most_common():
        figure(BENCH, "full load, CPU a turn", name, seconds / turns * 1000, "ms")
        say(f"  {name:<16}{seconds / turns * 1000:6.3f} ms  {seconds / full.seconds * 100:5.1f} % of a core")
    return full.per_second, worded.per_second


def _name(command_line: str) -> str:
    for mark, name in (("nx_27017", "document store"), ("mongod", "document store"), ("redis-server", "redis")):
        if mark in command_line:
            return name
    return "other children"


async def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.gateway", description=__doc__)
    parser.add_argument("--turns", type=int, default=6000)
    parser.add_argument("--citizens", type=int, default=500)
    parser.add_argument("--connections", type=int, default=64)
    given = parser.parse_args(arguments)
    say("the yardstick: a bare handler that echoes …")
    requests = Traffic(given.citizens).make(given.turns)
    yardstick = await echo_side(requests, given.connections)
    turns, worded = await gateway_side(given.turns, given.citizens, given.connections)
    again = await echo_side(requests, given.connections)
    mean = (yardstick.per_second + again.per_second) / 2
    figure(BENCH, "echo", "requests per second", mean, "1/s")
    figure(BENCH, "full load", "share of echo", turns / mean, "ratio")
    figure(BENCH, "full load, in other words", "share of echo", worded / mean, "ratio")
    say(f"a turn runs at {turns / mean:.3f} of the bare handler's rate ({turns:.0f} of {mean:.0f} a second)")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
