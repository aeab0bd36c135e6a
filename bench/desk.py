"""People at their desks: how long a citizen's words take to an agent's screen.

    python -m bench.desk [--agents N] [--conversations N] [--rate N] [--seconds N]

One gateway process on the embedded stores. Every citizen asked for a person and was shared out to one; every agent has
a page open and looks at as many of their threads as a page may. When all those are shown, citizens write at a steady
rate, whether or not answers come back; a message is on the screen with the first frame that carries its words.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from bench.echo import yardstick
from bench.process import cpu_seconds, free_port, resident_bytes, running
from bench.report import figure, percentile, say
from gateway.core.people import Account, Lifetimes, Sessions
from gateway.storage.mongo import MongoStore

BENCH = "desk"
WATCHED = 8
SHARED_OUT_WITHIN = 240.0
SHOWN_WITHIN = 60.0
ARRIVES_WITHIN = 10.0
_AT_ONCE = 16


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class Desk:
    """An agent's page."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, username: str, token: str, arrived: dict[str, float]
    ) -> None:
        self._http = http
        self._username = username
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._arrived = arrived
        self.rows: dict[str, int] = {}
        self.unseen: set[str] = set()  # watched threads of which nothing was told yet
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def open(self) -> asyncio.Task[None]:
        self._socket = await self._http.ws_connect(f"{self._url}/ws/desk", headers=self._headers, max_msg_size=0)
        reading = asyncio.create_task(self._read(self._socket))
        async with self._http.put(
            f"{self._url}/api/v1/desk/agents/me", json={"state": "available"}, headers=self._headers
        ) as answer:
            answer.raise_for_status()
        return reading

    async def watch(self) -> None:
        assert self._socket is not None
        watched = list(self.rows.items())[:WATCHED]
        self.unseen = {id for id, _ in watched}
        for id, seq in watched:
            await self._socket.send_json({"type": "watch", "conversation_id": id, "after": seq - 1})

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for received in socket:
            at = time.perf_counter()
            frame: dict[str, Any] = json.loads(received.data)
            if frame["type"] == "rows":
                for row in frame["rows"]:
                    if row["owner"]["id"] != self._username:
                        continue
                    self.rows[row["id"]] = row["seq"]
                    if row["latest"]:
                        self._arrived.setdefault(row["latest"]["text"], at)
            elif frame["type"] == "message":
                self.unseen.discard(frame["conversation_id"])
                for part in frame["message"]["parts"]:
                    self._arrived.setdefault(part.get("text", ""), at)


class Citizen:
    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self._http = http
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._count = 0

    @classmethod
    async def new(cls, http: aiohttp.ClientSession, url: str) -> Citizen:
        async with http.post(f"{url}/api/v1/sessions", json={}) as answer:
            return cls(http, url, (await answer.json())["token"])

    async def write(self, text: str) -> None:
        self._count += 1
        body = {"client_id": f"bench-{self._count:06}", "text": text}
        async with self._http.post(f"{self._url}/api/v1/messages", json=body, headers=self._headers) as answer:
            answer.raise_for_status()


async def sessions_of(mongo_url: str, count: int) -> dict[str, str]:
    """As many agents as are wanted, signed in: their tokens by user name."""
    store = MongoStore(mongo_url, "hotline", timeout=30.0)
    sessions, tokens = Sessions(store, now, Lifetimes(7200.0, 43200.0)), dict[str, str]()
    for number in range(count):
        username = f"agent{number:03}"
        account = Account(id=username, name=username, roles=("agent",), password="none", created_at=now())
        await store.insert("accounts", account.document())
        token, session = sessions.new(username, account.epoch, address="127.0.0.1", agent="bench")
        await sessions.keep(session)
        tokens[username] = token
    await store.close()
    return tokens


async def shared_out(desks: list[Desk], wanted: int) -> float:
    began = time.perf_counter()
    while (found := sum(len(desk.rows) for desk in desks)) < wanted:
        if time.perf_counter() - began > SHARED_OUT_WITHIN:
            raise RuntimeError(f"only {found} of {wanted} conversations were shared out")
        await asyncio.sleep(0.5)
    return time.perf_counter() - began


async def shown(desks: list[Desk]) -> tuple[int, float]:
    """Everybody opens their threads at once, as after a fault: how many, and seconds until all are shown."""
    began = time.perf_counter()
    for desk in desks:
        await desk.watch()
    count = sum(min(len(desk.rows), WATCHED) for desk in desks)
    while left := sum(len(desk.unseen) for desk in desks):
        if time.perf_counter() - began > SHOWN_WITHIN:
            raise RuntimeError(f"{left} threads were not shown")
        await asyncio.sleep(0.05)
    return count, time.perf_counter() - began


async def measure(url: str, mongo_url: str, pid: int, given: argparse.Namespace) -> None:
    arrived: dict[str, float] = {}
    tokens = await sessions_of(mongo_url, given.agents)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        desks = [Desk(http, url, username, token, arrived) for username, token in tokens.items()]
        reading = [await desk.open() for desk in desks]
        gate = asyncio.Semaphore(_AT_ONCE)

        async def arrives() -> Citizen:
            async with gate:
                citizen = await Citizen.new(http, url)
                await citizen.write("转人工")
                return citizen

        say(f"{given.conversations} citizens ask for a person …")
        began = time.perf_counter()
        citizens = await asyncio.gather(*(arrives() for _ in range(given.conversations)))
        await shared_out(desks, given.conversations)
        figure(BENCH, "sharing out", "conversations", given.conversations / (time.perf_counter() - began), "1/s")
        most = max(len(desk.rows) for desk in desks)
        figure(BENCH, "sharing out", "most one person got", most, "conversations")
        threads, seconds = await shown(desks)
        figure(BENCH, f"{threads} threads opened at once", "until all are shown", seconds, "s")
        await asyncio.sleep(2)
        sent = await steady(citizens, given)
        await asyncio.sleep(ARRIVES_WITHIN)
        took = [(arrived[text] - at) * 1000 for text, at in sent.items() if text in arrived]
        lost = [text for text in sent if text not in arrived]
        if lost:
            say(f"never on a screen: {lost[:20]}")
        case = f"{given.agents} agents, {given.conversations} conversations, {given.rate}/s"
        figure(BENCH, case, "sent to screen, p50", percentile(took, 0.5), "ms")
        figure(BENCH, case, "sent to screen, p99", percentile(took, 0.99), "ms")
        figure(BENCH, case, "arrived", len(took) / len(sent), "ratio")
        figure(BENCH, case, "gateway's memory", resident_bytes(pid) / 2**20, "MB")
        for task in reading:
            task.cancel()


async def steady(citizens: list[Citizen], given: argparse.Namespace) -> dict[str, float]:
    """Words and when they were sent."""
    dice, sent, writing = random.Random(5), dict[str, float](), set[asyncio.Task[None]]()
    began = time.perf_counter()
    for number in range(given.rate * given.seconds):
        await asyncio.sleep(max(0.0, began + number / given.rate - time.perf_counter()))
        text = f"第{number}句话"
        sent[text] = time.perf_counter()
        task = asyncio.create_task(dice.choice(citizens).write(text))
        writing.add(task)
        task.add_done_callback(writing.discard)
    await asyncio.gather(*writing)
    return sent


async def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--conversations", type=int, default=2_000)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=30)
    given = parser.parse_args(arguments)
    await yardstick(BENCH)
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        environment = {
            "HOTLINE_PORT": str(port),
            "HOTLINE_DATA_DIR": data,
            "HOTLINE_LOG__LEVEL": "warning",
            "HOTLINE_PEOPLE__HOURS": "00:00-00:00",
            "HOTLINE_WEB__SESSIONS_PER_ADDRESS": "1000000",
            "HOTLINE_WEB__REQUESTS_PER_ADDRESS": "1000000",
            "HOTLINE_WEB__MESSAGES_PER_VISITOR": "1000000",
            "HOTLINE_HANDOFF__UNCLAIMED_AFTER": "1h",
        }
        url = f"http://127.0.0.1:{port}"
        with running(["run.py", "serve"], environment, f"{url}/readyz") as pid:
            mongo_url = json.loads((Path(data) / "stores.json").read_text())[0]
            # room for everybody's share, and a little more
            share = -(-given.conversations // given.agents)
            await set_capacity(mongo_url, given.agents, share)
            before = cpu_seconds(pid)
            await measure(url, mongo_url, pid, given)
            figure(BENCH, "whole run", "gateway's CPU", cpu_seconds(pid) - before, "s")


async def set_capacity(mongo_url: str, agents: int, capacity: int) -> None:
    store = MongoStore(mongo_url, "hotline", timeout=30.0)
    for number in range(agents):
        document = {
            "_id": f"agent{number:03}",
            "version": 1,
            "name": f"agent{number:03}",
            "state": "away",
            "capacity": min(50, capacity),
            "skills": [],
            "changed_at": now(),
        }
        await store.insert("agents", document)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
