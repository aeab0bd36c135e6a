"""Days gone by, written into the logs as the domain writes them, and summed: for what the page of figures shows."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from bot import ticket_numbers
from gateway.core.days import BEIJING, day_of, midnight
from gateway.core.figures import Summing
from gateway.core.knowledge import Ledger
from gateway.core.model import milliseconds
from gateway.core.ports import Document
from gateway.core.tickets import clock, machine, moves
from gateway.core.tickets.model import Actor, Ticket
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.workdays import Calendar
from gateway.storage.mongo import MongoStore

KINDS = ("consultation", "help", "complaint", "complaint", "suggestion")
MATTERS = ("小区电梯坏了三天没人修", "育华路的路灯不亮", "工地半夜施工", "公交站牌被挡住了", "井盖松了，车过就响")
CHANNELS = ("web", "wechat", "wechat", "sms")
COLLECTIONS = ("bot_log", "knowledge_questions", "handoffs", "tickets", "ticket_events")
REASONS = ("asked", "asked", "asked", "unsure", "unsure", "anger", "emergency")
AGENT = Actor(kind="staff", id="lin", name="林小雨")
CLOSED = ("answered", "answered", "answered", "filed", "filed", "silent", "elsewhere", "nuisance", "打错了")
FIRST_NUMBER = 500_000  # beyond what a gateway gives out meanwhile
# days go back from today, perhaps into a year that nobody published
_WORKDAYS = Calendar(years=range(2020, 2100))
_RULES = Rules(_WORKDAYS)


class NoLock:
    """Nobody else sums while it is filled."""

    @asynccontextmanager
    async def hold(self, name: str, seconds: float) -> AsyncIterator[bool]:
        yield True


def fill(stores: tuple[str, str], units: tuple[str, ...], *, days: int, contacts: int, tickets: int) -> None:
    """So many days until now, each with about so many contacts and tickets. On a thread of its own, since Playwright's
    loop runs on this one."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(_fill(stores[0], units, days, contacts, tickets))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(110)
    assert not thread.is_alive()
    assert not failed, failed


async def _fill(url: str, units: tuple[str, ...], days: int, contacts: int, tickets: int) -> None:
    store = MongoStore(url, "hotline", timeout=20)
    dice = random.Random(12345)
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        for gone in range(days):
            day = midnight(day_of(now) - timedelta(days=gone))
            lines: dict[str, list[Document]] = {name: [] for name in COLLECTIONS}
            for place in range(round(contacts * dice.uniform(0.8, 1.2))):
                if (at := _some_time(day, dice)) < now:
                    _contact(lines, f"{day:%m%d}-{place:05d}", at, now, dice)
            for place in range(round(tickets * dice.uniform(0.8, 1.2))):
                if (at := _some_time(day, dice)) < now:
                    _ticket(lines, ticket_numbers.number(day.date(), FIRST_NUMBER + place), at, now, units, dice)
            for collection, documents in lines.items():
                await store.insert_many(collection, documents)
            await _knowledge(store, day, units)
        summing = Summing(store, NoLock(), lambda: now, _WORKDAYS)
        while await summing.sum_due():
            pass
    finally:
        await store.close()


async def _knowledge(store: MongoStore, day: datetime, units: tuple[str, ...]) -> None:
    """An entry of each unit that ended as this day began; all but the first had been renewed."""
    at = day - timedelta(days=40)
    ledger = Ledger(store, lambda: at)
    owners = await store.get_many("units", units)
    for place, owner in enumerate(owners):
        about = {"question": f"{day:%m%d}第{place}件事怎么办？", "answer": "带身份证到窗口办。", "unit": owner["name"]}
        last = f"{day - timedelta(days=1):%Y-%m-%d}"
        entry = await ledger.save({**about, "id": f"upkeep-{day:%m%d}-{place}", "valid_until": last}, by="xu")
        if place:
            at = day - timedelta(days=3)
            await ledger.change(
                entry.id, lambda entry: entry.model_copy(update={"valid_until": None}), by="xu", did="publish"
            )
            at = day - timedelta(days=40)


def _some_time(day: datetime, dice: random.Random) -> datetime:
    """By day rather than by night; whole milliseconds, UTC."""
    hour = dice.choice((dice.gauss(10, 1.5), dice.gauss(15.5, 2), dice.gauss(20, 1.5))) % 24
    return (day + timedelta(seconds=round(hour * 3600))).astimezone(UTC)


def _contact(
    lines: dict[str, list[Document]], conversation: str, at: datetime, now: datetime, dice: random.Random
) -> None:
    about = {"version": 1, "conversation_id": conversation, "channel": dice.choice(CHANNELS)}
    said = {**about, "at_ms": milliseconds(at)}
    lines["bot_log"].append({**said, "_id": f"spoke:{conversation}", "what": "spoke", "owner": "bot"})
    if dice.random() < 0.06:
        lines["knowledge_questions"].append({**said, "_id": f"{conversation}-0", "kind": "nothing"})
    if dice.random() < 0.7:
        return
    queued = {**about, "_id": f"{conversation}-1", "at_ms": milliseconds(at), "from": "bot", "to": "queue", "by": "bot"}
    lines["handoffs"].append({**queued, "reason": dice.choice(REASONS)})
    waited = round(dice.lognormvariate(3.6, 0.9) * 1000)
    taken = milliseconds(at) + waited
    if taken > milliseconds(now):
        return
    ended = {"to": "agent", "to_id": f"agent{dice.randrange(12)}"} if dice.random() < 0.95 else {"to": "bot"}
    ending = {**about, "_id": f"{conversation}-2", "at_ms": taken, "from": "queue", "by": "system", "waited_ms": waited}
    lines["handoffs"].append({**ending, **ended})
    closed = {**about, "_id": f"{conversation}-3", "at_ms": taken + 1, "from": "agent", "to": "bot", "by": "agent"}
    if ended["to"] == "agent":
        lines["handoffs"].append({**closed, "reason": "closed", "category": dice.choice(CLOSED)})


def _ticket(
    lines: dict[str, list[Document]],
    number: str,
    at: datetime,
    now: datetime,
    units: tuple[str, ...],
    dice: random.Random,
) -> None:
    """Filed, and moved on as far as the time allows; what time does is done at its moment."""
    matter = dice.choice(MATTERS)
    new = Ticket(
        id=number,
        number=number,
        kind=dice.choice(KINDS),  # type: ignore[arg-type]
        state="submitted",
        title=matter,
        matter=matter,
        via=dice.choice(("phone", *CHANNELS)),
        filed_by=AGENT.id,
        code="",
        filed_at=at,
    )
    made = machine.file(new, AGENT, at, _RULES)
    events = [made.event]
    ticket = made.ticket

    def do(move: moves.Move, actor: Actor) -> None:
        nonlocal ticket
        done = machine.apply(ticket, move, actor, at, _RULES)
        ticket = done.ticket
        events.append(done.event)

    unit = dice.choice(units)
    clerk = Actor(kind="staff", id="wang", name="王建国", unit=unit)
    verdict = dice.choices(("satisfied", "fairly", "dissatisfied"), (70, 22, 8))[0]
    plan: list[tuple[float, moves.Move, Actor]] = [(0.3, moves.AnswerAtOnce(text="已经答复。"), AGENT)]
    if dice.random() < 0.6:
        rate = moves.Rate(solved=verdict != "dissatisfied", verdict=verdict)  # type: ignore[arg-type]
        plan = [
            (0.5, moves.Dispatch(lead=unit), AGENT),
            (dice.expovariate(1 / 8), moves.Sign(), clerk),
            (dice.expovariate(1 / 40), moves.Reply(text="已经处理。"), clerk),
            (2, moves.Approve(), AGENT),
            (6, rate, Actor(kind="citizen", id="c")),
        ]
    for hours, move, actor in plan:
        until = at + timedelta(seconds=round(hours * 3600))
        while ticket.next_due is not None and ticket.next_due <= milliseconds(min(until, now)):
            at = datetime.fromtimestamp(ticket.next_due / 1000, UTC)
            if (happens := clock.happens(ticket, at, _RULES)) is None:
                break
            do(happens, Actor(kind="system", id="system"))
        at = until
        if at >= now or ticket.state not in move.states:
            break
        do(move, actor)
    lines["tickets"].append(ticket.document())
    lines["ticket_events"] += [event.document() for event in events]
    assert ticket.filed_at.astimezone(BEIJING) <= now
