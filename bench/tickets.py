"""Tickets in a store that is full of them: look-ups, work lists, searches, and what a sweep costs.

    python -m bench.tickets [--tickets N] [--calls N]

Each ticket has a log of seven events or more. The store is the embedded one unless HOTLINE_MONGO_URL names another.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.report import figure, percentile, say
from bot import ticket_numbers
from bot.contract import TicketName
from gateway.core.model import Document, milliseconds
from gateway.core.people import Person, scopes_of
from gateway.core.tickets import machine, moves, search
from gateway.core.tickets.board import Board
from gateway.core.tickets.counter import Counter
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.ledger import Ledger, Matter
from gateway.core.tickets.ledger import Person as Told
from gateway.core.tickets.lists import Filters
from gateway.core.tickets.model import SYSTEM, Actor, Place, Ticket, TicketEvent
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.workdays import Calendar
from gateway.core.units import Unit, Units
from gateway.core.vault import Vault, derived
from gateway.storage.embedded import EmbeddedStores
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisLimits
from gateway.storage.schemas import apply

BENCH = "tickets"
UNITS = [f"unit-{number:02d}" for number in range(60)]
BATCH = 500
AGENT = Actor(kind="staff", id="agent")
STREETS = [
    f"{name}{kind}" for name in "育华鸿福宏图元美体育东城旗峰莞太八一新源运河金鳌" for kind in ("路", "街", "大道")
]
MATTERS = (
    "路灯不亮",
    "井盖松动",
    "夜间施工噪音扰民",
    "垃圾没人清运",
    "自来水停水",
    "违章停车堵门",
    "路面积水",
    "油烟扰民",
)


class Filler:
    """Tickets as they are after their first days, written straight into the store."""

    def __init__(self, ledger: Ledger, store: MongoStore, count: int) -> None:
        self._ledger = ledger
        self._store = store
        self._dice = random.Random(7)
        self.count = count
        self.numbers: list[str] = []
        self.events = 0
        self._batches: dict[str, list[Document]] = {}
        self._writing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writing.set_result(None)

    async def fill(self, now: datetime) -> None:
        for index in range(self.count):
            await self._one(index, now - timedelta(days=self._dice.uniform(0, 300)))
        await self._flush(0)

    async def _one(self, index: int, at: datetime) -> None:
        rules, dice = self._ledger.rules, self._dice
        number = ticket_numbers.number(at.date(), index % ticket_numbers.MOST_A_DAY + 1)
        street = dice.choice(STREETS)
        matter = f"{street}{dice.randrange(300)}号附近{dice.choice(MATTERS)}，已经{dice.randrange(2, 30)}天"
        effect = self._ledger.filed(
            TicketName(number, "123456"), Matter("complaint", matter, place=Place(label=street)), Told(), AGENT, "phone"
        )
        ticket = Ticket.of(effect.document).model_copy(update={"tail": (), "unsettled": None, "filed_at": at})
        log: list[TicketEvent] = []
        unit = dice.choice(UNITS)
        clerk = Actor(kind="staff", id="clerk", unit=unit)
        steps: list[tuple[moves.Move, Actor]] = [(moves.Dispatch(lead=unit), AGENT), (moves.Sign(), clerk)]
        steps += [(moves.Note(text="联系过现场"), clerk)] * 4
        if dice.random() < 0.85:
            steps += [(moves.Reply(text="已处理"), clerk), (moves.Approve(), AGENT)]
            steps += [(moves.Rate(solved=True, verdict="satisfied"), SYSTEM)]
        for move, actor in steps:
            moved = machine.apply(ticket, move, actor, at, rules)
            ticket = moved.ticket
            log.append(moved.event)
        self.numbers.append(number)
        self.events += len(log) + 1
        self._add("tickets", ticket.document())
        for event in log:
            self._add("ticket_events", event.document())
        for part in ticket.assignments:
            self._add(
                "assignments",
                {
                    "_id": f"{number}:{part.unit}",
                    "version": 1,
                    "ticket": number,
                    "ticket_version": ticket.events,
                    "unit": part.unit,
                    "role": part.role,
                    "open": int(ticket.state == "signed"),
                    "due": milliseconds(part.due),
                    "state": ticket.state,
                    "kind": ticket.kind,
                    "confidential": False,
                },
            )
        for term in search.terms(f"{matter}\n{street}"):
            word = f"o:{term}"
            self._add("ticket_terms", {"_id": f"{word}:{number}", "version": 1, "word": word, "number": number})
        await self._flush(BATCH)

    def _add(self, collection: str, document: Document) -> None:
        self._batches.setdefault(collection, []).append(document)

    async def _flush(self, most: int) -> None:
        full = [collection for collection, documents in self._batches.items() if len(documents) > most]
        writing = [self._store.insert_many(collection, self._batches.pop(collection)) for collection in full]
        if writing:
            # the store writes while the next tickets are made
            before, self._writing = self._writing, asyncio.create_task(_all(writing))
            await before
        if not most:
            await self._writing


async def _all(writing: Sequence[Coroutine[Any, Any, object]]) -> None:
    await asyncio.gather(*writing)


async def timed(case: str, calls: int, call: Callable[[], Awaitable[object]]) -> None:
    """One after the other, and how long each took."""
    took = []
    for _ in range(calls):
        begun = time.perf_counter()
        await call()
        took.append((time.perf_counter() - begun) * 1000)
    figure(BENCH, case, "p50", percentile(took, 0.5), "ms")
    figure(BENCH, case, "p99", percentile(took, 0.99), "ms")


async def measure(mongo_url: str, redis_url: str, given: argparse.Namespace) -> None:
    apply(mongo_url, "bench_tickets")
    store = MongoStore(mongo_url, "bench_tickets", timeout=30.0)
    redis = RedisConnection(redis_url, "bench_tickets:")
    clock = datetime.now(UTC).replace(microsecond=0)

    def now() -> datetime:
        return clock

    units, found = Units(store), search.Search(store)
    await units.put([Unit(id=id, name=f"示例单位{id}", short=id, kind="department") for id in UNITS], by="bench")
    await units.refresh()
    ledger = Ledger(
        store,
        RedisBus(redis),
        now,
        vault=Vault((derived(b"bench"),)),
        search=found,
        rules=Rules(Calendar(years=range(2020, 2100))),  # the tickets go back from today, whatever is published
        unit_name=units.short,
        digits=lambda count: "1" * count,
    )
    desk = Desk(store, ledger, found, units, now)
    counter = Counter(store, RedisLimits(redis), ledger, found, now, unit_name=units.short)
    filler = Filler(ledger, store, given.tickets)
    say(f"filling the store with {given.tickets} tickets …")
    begun = time.perf_counter()
    await filler.fill(now())
    figure(BENCH, "store", "tickets", len(filler.numbers), "tickets")
    figure(BENCH, "store", "events", filler.events, "events")
    figure(BENCH, "store", "filled in", time.perf_counter() - begun, "s")
    dice = random.Random(3)
    agent = Person("a", "a", ("agent",), None, scopes_of(("agent",)))

    async def look_up() -> None:
        number = dice.choice(filler.numbers)
        ticket = await counter.look_up(number, "123456", f"address:{dice.random()}")
        assert ticket is not None
        assert (await counter.known(ticket, "zh")).story

    async def work() -> None:
        unit = dice.choice(UNITS)
        clerk = Person("c", "c", ("unit_clerk",), unit, scopes_of(("unit_clerk",)))
        await desk.lists.work(clerk, limit=20)

    async def words() -> None:
        text = f"{dice.choice(STREETS)} {dice.choice(MATTERS)[:2]}"
        await desk.lists.page(agent, Filters(text=text), limit=20)

    await timed("progress look-up", given.calls, look_up)

    async def counts() -> None:
        await Board(store, desk.sight, now).counts(agent)

    await timed("a unit's work list, 20 tickets", given.calls, work)
    await timed("the open tickets, 50", given.calls, lambda: desk.lists.page(agent, Filters()))
    await timed("the overdue ones, 50", given.calls, lambda: desk.lists.page(agent, Filters(overdue=True)))
    await timed("a work board's counts", 20, counts)
    await timed("search by words, 20 tickets", given.calls, words)
    clock = clock + timedelta(days=1)
    due = 0
    begun = time.perf_counter()
    while count := await ledger.sweep():
        due += count
        if due >= given.calls or count < 100:
            break
    spent = time.perf_counter() - begun
    figure(BENCH, "deadline sweep", "tickets due", due, "tickets")
    figure(BENCH, "deadline sweep", "cost a due ticket", spent / max(1, due) * 1000, "ms")
    await timed("deadline sweep with nothing due", 20, lambda: _nothing_due(store))
    await redis.close()
    await store.close()


async def _nothing_due(store: MongoStore) -> None:
    await store.find("tickets", {"next_due": {"$lte": 1}}, sort=[("next_due", 1)], limit=100)


async def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.tickets", description=__doc__)
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--calls", type=int, default=400)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as data:
        stores = EmbeddedStores(Path(data))
        urls = stores.start()
        try:
            await measure(os.environ.get("HOTLINE_MONGO_URL") or urls[0], urls[1], given)
        finally:
            stores.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
