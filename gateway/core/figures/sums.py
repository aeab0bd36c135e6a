"""Sums of facts, talks and upkeep: of an hour, of a day, of a period. Pure; each is written as one text, since it is
kept and never looked into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from gateway.core.figures.facts import Fact
from gateway.core.figures.talks import Talks
from gateway.core.figures.upkeep import Upkeep

HOURS = 24
_ALL_DAY = ("contacts", "queued", "answered", "filed")  # what is told by the hour of the day


class About(NamedTuple):
    """What ticket facts are counted by. All three are empty for those of tickets that only totals may tell of."""

    unit: str
    kind: str
    via: str


@dataclass(frozen=True, slots=True)
class Hour:
    """What one hour of one day was."""

    facts: Sequence[Fact]
    talks: Talks
    upkeep: Sequence[Upkeep] = ()

    def pack(self) -> str:
        # facts are many, so what they share is said once
        told: dict[About, dict[str, list[str]]] = {}
        took: dict[About, list[int | None]] = {}
        for fact in self.facts:
            about = About(fact.unit, fact.kind, fact.via)
            told.setdefault(about, {}).setdefault(fact.name, []).append(fact.ticket)
            if fact.name == "finished":
                took.setdefault(about, []).append(fact.workday_seconds)
        facts = [[*about, numbers, took.get(about, [])] for about, numbers in told.items()]
        talks = self.talks
        waits = {channel: list(counted.items()) for channel, counted in talks.waits.items()}
        told_of_talks = [talks.counts, waits, talks.people, talks.met, sorted(talks.passed)]
        return orjson.dumps([facts, *told_of_talks, [tuple(one) for one in self.upkeep]]).decode()

    @classmethod
    def unpack(cls, text: str) -> Hour:
        # hours of before there was upkeep end sooner
        told, counts, waits, people, met, passed, *upkeep = orjson.loads(text)
        facts: list[Fact] = []
        for unit, kind, via, numbers, took in told:
            for name, tickets in numbers.items():
                seconds = took if name == "finished" else [None] * len(tickets)
                facts += [
                    Fact(name, ticket, unit, kind, via, spent) for ticket, spent in zip(tickets, seconds, strict=True)
                ]
        talks = Talks(
            counts={channel: Counter(counted) for channel, counted in counts.items()},
            waits={channel: Counter(dict(counted)) for channel, counted in waits.items()},
            people=Counter(people),
            met=met,
            passed=set(passed),
        )
        return cls(facts, talks, [Upkeep(*one) for ones in upkeep for one in ones])


@dataclass(slots=True)
class Sums:
    """tickets: facts counted; and `workday_seconds`, with `timed`, over how many. talks, waits: by channel. people: how
    many conversations each took; days_worked: on how many days somebody took one, added up over people. by_hour, and
    waits_by_hour: of the hours of a day, in Beijing. upkeep: by the units' names."""

    tickets: dict[About, Counter[str]] = field(default_factory=dict)
    talks: dict[str, Counter[str]] = field(default_factory=dict)
    waits: dict[str, Counter[int]] = field(default_factory=dict)
    people: Counter[str] = field(default_factory=Counter)
    days_worked: int = 0
    by_hour: list[Counter[str]] = field(default_factory=lambda: [Counter() for _ in range(HOURS)])
    waits_by_hour: list[Counter[int]] = field(default_factory=lambda: [Counter() for _ in range(HOURS)])
    upkeep: dict[str, Counter[str]] = field(default_factory=dict)

    def pack(self) -> str:
        return orjson.dumps(
            [
                [[*about, counted] for about, counted in self.tickets.items()],
                self.talks,
                {channel: list(counted.items()) for channel, counted in self.waits.items()},
                self.people,
                self.days_worked,
                self.by_hour,
                [list(counted.items()) for counted in self.waits_by_hour],
                self.upkeep,
            ]
        ).decode()

    @classmethod
    def unpack(cls, text: str) -> Sums:
        tickets, talks, waits, people, days_worked, by_hour, waits_by_hour, *upkeep = orjson.loads(text)
        return cls(
            tickets={About(unit, kind, via): Counter(counted) for unit, kind, via, counted in tickets},
            talks={channel: Counter(counted) for channel, counted in talks.items()},
            waits={channel: Counter(dict(counted)) for channel, counted in waits.items()},
            people=Counter(people),
            days_worked=days_worked,
            by_hour=[Counter(counted) for counted in by_hour],
            waits_by_hour=[Counter(dict(counted)) for counted in waits_by_hour],
            upkeep={unit: Counter(counted) for units in upkeep for unit, counted in units.items()},
        )

    # -- read -----------------------------------------------------------------------------------------------------

    def of_tickets(self, wanted: Callable[[About], bool] = lambda _: True) -> Counter[str]:
        """Facts of the tickets that are wanted, counted together."""
        return _together(counted for about, counted in self.tickets.items() if wanted(about))

    def of_upkeep(self, wanted: Callable[[str], bool] = lambda _: True) -> Counter[str]:
        """Of the entries of the units that are wanted, by name."""
        return _together(counted for unit, counted in self.upkeep.items() if wanted(unit))

    def of_talks(self, channel: str = "") -> Counter[str]:
        """Of one channel, or of all."""
        return _together(counted for name, counted in self.talks.items() if channel in ("", name))

    def waited(self, channel: str = "") -> Counter[int]:
        """How many waited so many seconds, on one channel or on all."""
        return _together(counted for name, counted in self.waits.items() if channel in ("", name))


def of_day(hours: Mapping[int, Hour]) -> Sums:
    """The sums of a day's hours. Bot alone are the conversations the bot met on the day, in which until its end nobody
    was called for and everything had an answer."""
    sums = Sums()
    met: dict[str, str] = {}
    passed: set[str] = set()
    for number, hour in sorted(hours.items()):
        for fact in hour.facts:
            _add_fact(sums.tickets.setdefault(About(fact.unit, fact.kind, fact.via), Counter()), fact)
        talks = hour.talks
        met |= {id: channel for id, channel in talks.met.items() if id not in met}
        passed |= talks.passed
        sums.people.update(talks.people)
        _add_each(sums.talks, talks.counts)
        _add_each(sums.waits, talks.waits)
        counted = _together(talks.counts.values())
        counted["filed"] = sum(fact.name == "filed" for fact in hour.facts)
        sums.by_hour[number].update({name: counted[name] for name in _ALL_DAY if counted[name]})
        sums.waits_by_hour[number].update(_together(talks.waits.values()))
        for one in hour.upkeep:
            sums.upkeep.setdefault(one.unit, Counter())[one.name] += 1
    for id, channel in met.items():
        counted = sums.talks.setdefault(channel, Counter())
        counted["met"] += 1
        counted["alone"] += id not in passed
    sums.days_worked = len(sums.people)
    return sums


def of_period(days: Iterable[Sums]) -> Sums:
    """The sums of days."""
    sums = Sums()
    for day in days:
        _add_each(sums.tickets, day.tickets)
        _add_each(sums.talks, day.talks)
        _add_each(sums.waits, day.waits)
        _add_each(sums.upkeep, day.upkeep)
        sums.people.update(day.people)
        sums.days_worked += day.days_worked
        for hour in range(HOURS):
            sums.by_hour[hour].update(day.by_hour[hour])
            sums.waits_by_hour[hour].update(day.waits_by_hour[hour])
    return sums


def waited_by_share(waits: Mapping[int, int], share: float) -> int | None:
    """Seconds in which this share of those who waited was taken (nearest rank); None when nobody waited."""
    total, seen = sum(waits.values()), 0
    for seconds in sorted(waits):
        seen += waits[seconds]
        if seen >= share * total:
            return seconds
    return None


def _add_fact(counted: Counter[str], fact: Fact) -> None:
    counted[fact.name] += 1
    if fact.workday_seconds is not None:
        counted["workday_seconds"] += fact.workday_seconds
        counted["timed"] += 1


def _add_each(sums: dict[Any, Counter[Any]], more: Mapping[Any, Counter[Any]]) -> None:
    for key, counted in more.items():
        sums.setdefault(key, Counter()).update(counted)


def _together(counters: Iterable[Counter[Any]]) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for counted in counters:
        total.update(counted)
    return total
