"""The sums kept up to date: a sweep makes them from the logs, hour by hour.

What an hour was is written first, then the day it belongs to, and only the day's row says which hours are done: a sweep
that is killed leaves at most an hour that is summed once more. Logs are written late now and then (a process died, the
store was away), so an hour is summed again, ever more seldom, until a week after its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from gateway.core.days import BEIJING, day_of, midnight
from gateway.core.figures.facts import Fact, facts_of, tells
from gateway.core.figures.rows import DAYS, HOURLY, day_id, hour_id
from gateway.core.figures.sums import HOURS, Hour, of_day
from gateway.core.figures.talks import talks_of
from gateway.core.figures.upkeep import upkeep_of
from gateway.core.knowledge.history import History
from gateway.core.model import Document, milliseconds
from gateway.core.ports import Locks, Store
from gateway.core.tickets.model import TicketEvent
from gateway.core.tickets.workdays import Calendar

EVERY = timedelta(seconds=50)  # how often the hour under way is summed
AGAIN = (timedelta(), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1), timedelta(days=7))  # after its end
HOURS_A_ROUND = 48
DAYS_A_ROUND = 60
_TALKS = ("bot_log", "knowledge_questions", "handoffs")
_LOGS = ("ticket_events", *_TALKS)
_LEASE = 120.0  # seconds
_PAGE = 1000
_LOG = 500  # events of a ticket
_TOGETHER = 16  # logs of tickets read at a time
_THROUGH = "through"
_ONE_DAY = timedelta(days=1)


def is_due(end: datetime, summed_ms: int, now: datetime) -> bool:
    """Whether an hour that ends then, and was last summed at that moment, is to be summed now."""
    if now < end:
        begun = now >= end - timedelta(hours=1)
        return begun and milliseconds(now - EVERY) >= summed_ms
    return any(summed_ms < milliseconds(end + after) <= milliseconds(now) for after in AGAIN)


class Summing:
    def __init__(self, store: Store, locks: Locks, now: Callable[[], datetime], calendar: Calendar) -> None:
        self._store = store
        self._locks = locks
        self._now = now
        self._calendar = calendar
        self._knowledge = History(store)

    async def sweep(self) -> int:
        """Sum what is due, the latest day first; how many hours. One process at a time, as far as the lock knows; more
        do no harm. Raises `StoreUnavailable`."""
        async with self._locks.hold("figures", _LEASE) as ours:
            return await self.sum_due() if ours else 0

    async def sum_due(self) -> int:
        """As `sweep`, whoever else does."""
        now = self._now()
        progress = await self._progress()
        if progress is None:
            return 0
        through, today = _day(progress["day"]), day_of(now)
        behind = (today - through).days
        # today, then what is missing from long ago on
        days = [through + timedelta(days=number) for number in (behind, *range(1, behind)[:DAYS_A_ROUND])]
        rows = {row["_id"]: row for row in await self._store.get_many(DAYS, [day_id(day) for day in days])}
        count = 0
        for day in days:
            summed = rows[day_id(day)]["summed"] if day_id(day) in rows else [0] * HOURS
            due = [hour for hour in range(HOURS) if is_due(_end(day, hour), summed[hour], now)]
            due = due[: HOURS_A_ROUND - count]
            for hour in due:
                await self._sum_hour(day, hour)
            if due:
                await self._sum_day(day)
                count += len(due)
        await self._advance(progress, days[1:], rows)
        return count

    async def _progress(self) -> Document | None:
        """The row that says up to which day all is done; None while there is no log."""
        progress = await self._store.get(DAYS, _THROUGH)
        if progress is not None:
            return progress
        firsts = await asyncio.gather(
            *(self._store.find(log, {"at_ms": {"$gt": 0}}, sort=[("at_ms", 1)], limit=1) for log in _LOGS)
        )
        moments = [lines[0]["at_ms"] for lines in firsts if lines]
        if not moments:
            return None
        first = day_of(datetime.fromtimestamp(min(moments) / 1000, BEIJING))
        await self._store.insert(DAYS, {"_id": _THROUGH, "version": 1, "day": day_id(first - _ONE_DAY)})
        return await self._store.get(DAYS, _THROUGH)

    async def _advance(self, progress: Document, days: Sequence[date], rows: dict[str, Document]) -> None:
        through = _day(progress["day"])
        for day in days:
            row = rows.get(day_id(day))
            last = [milliseconds(_end(day, hour) + AGAIN[-1]) for hour in range(HOURS)]
            if row is None or any(at < final for at, final in zip(row["summed"], last, strict=True)):
                break
            through = day
        if day_id(through) != progress["day"]:
            # another sweep may have been there first
            await self._store.replace(DAYS, {**progress, "day": day_id(through)})

    # -- an hour --------------------------------------------------------------------------------------------------

    async def _sum_hour(self, day: date, number: int) -> None:
        # what is written while it is read belongs to the next time
        now = self._now()
        summed_ms = milliseconds(now)
        end = milliseconds(_end(day, number))
        first = end - 3_600_000
        bot_log, questions, handoffs = [[line async for line in self._lines(log, first, end)] for log in _TALKS]
        ended = [pair async for pair in self._knowledge.ended(first, end)]
        hour = Hour(await self._facts(first, end), talks_of(bot_log, questions, handoffs), upkeep_of(ended, now))
        id = hour_id(day, number)
        document = {"_id": id, "version": 1, "summed_ms": summed_ms, "hour": hour.pack()}
        while not await self._store.insert(HOURLY, document):
            there = await self._store.get(HOURLY, id)
            if there is not None and there["summed_ms"] >= summed_ms:
                return
            if there is not None and await self._store.replace(HOURLY, {**document, "version": there["version"]}):
                return

    async def _facts(self, first: int, end: int) -> list[Fact]:
        moved: dict[str, None] = {}
        async for line in self._lines("ticket_events", first, end):
            if tells(line["move"]):
                moved[line["ticket"]] = None
        numbers = sorted(moved)
        facts: list[Fact] = []
        for place in range(0, len(numbers), _TOGETHER):
            logs = await asyncio.gather(*(self._log(number) for number in numbers[place : place + _TOGETHER]))
            facts += [fact for log in logs for fact in facts_of(log, first, end, self._calendar)]
        return facts

    async def _log(self, number: str) -> list[TicketEvent]:
        """A ticket's log, up to where an event is not written yet."""
        log: list[TicketEvent] = []
        while True:
            where = {"ticket": number, "seq": {"$gt": len(log)}}
            page = await self._store.find("ticket_events", where, sort=[("seq", 1)], limit=_LOG)
            for event in map(TicketEvent.of, page):
                if event.seq != len(log) + 1:
                    return log
                log.append(event)
            if len(page) < _LOG:
                return log

    async def _lines(self, log: str, first: int, end: int) -> AsyncIterator[Document]:
        seen: set[str] = set()
        limit = _PAGE
        while True:
            where = {"at_ms": {"$gte": first, "$lt": end}}
            page = await self._store.find(log, where, sort=[("at_ms", 1)], limit=limit)
            for line in page:
                if line["_id"] not in seen:
                    seen.add(line["_id"])
                    yield line
            if len(page) < limit:
                return
            # what shares its moment with the last one is read again; if that is all, more is read at a time
            limit, first = (limit * 2 if page[-1]["at_ms"] == first else _PAGE), page[-1]["at_ms"]

    # -- a day ----------------------------------------------------------------------------------------------------

    async def _sum_day(self, day: date) -> None:
        while True:
            there = await self._store.get(DAYS, day_id(day))
            rows = await self._store.get_many(HOURLY, [hour_id(day, number) for number in range(HOURS)])
            by_number = {int(row["_id"][-2:]): row for row in rows}
            texts = {number: str(row["hour"]) for number, row in by_number.items()}
            document = {
                "_id": day_id(day),
                "version": there["version"] if there else 1,
                "summed": [by_number[hour]["summed_ms"] if hour in by_number else 0 for hour in range(HOURS)],
                # some ten thousand facts
                "sums": await asyncio.to_thread(_summed, texts),
            }
            write = self._store.replace if there else self._store.insert
            if await write(DAYS, document):
                return


def _end(day: date, hour: int) -> datetime:
    return midnight(day) + timedelta(hours=hour + 1)


def _summed(hours: Mapping[int, str]) -> str:
    return of_day({number: Hour.unpack(text) for number, text in hours.items()}).pack()


def _day(id: str) -> date:
    return date.fromisoformat(id)
