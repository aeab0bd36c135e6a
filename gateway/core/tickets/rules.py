"""The limits tickets are held to. The defaults are those of the hotline's own rules; every one can be set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import orjson

from gateway.core.tickets.model import Kind, Ticket
from gateway.core.tickets.workdays import Calendar, Span

_span = Span.parse
_30_MINUTES, _1_DAY, _30_DAYS = _span("30m"), _span("1d"), _span("30d")
_1_WORKDAY, _2_WORKDAYS, _3_WORKDAYS, _15_WORKDAYS = _span("1wd"), _span("2wd"), _span("3wd"), _span("15wd")
_FINISH: Mapping[Kind, Span] = MappingProxyType(
    {
        "consultation": _span("2wd"),
        "help": _span("5wd"),
        "complaint": _span("5wd"),
        "report": _span("5wd"),
        "suggestion": _span("5wd"),
        "praise": _span("5wd"),
    }
)


@dataclass(frozen=True, slots=True)
class Policy:
    """contact: of signing, to speak with the citizen. sign, return_within: of dispatch. finish: of the first dispatch,
    by kind; complex and urgent tickets have limits of their own. joint: of being asked. remind_at: share of the limit.
    red_after: beyond the limit. yellows: in one calendar month, that make a red one. callback: of approval, for the
    first attempt's answer; again_after: between further ones. most_extension: workdays. archive_after: the end."""

    contact: Span = _30_MINUTES
    sign: Span = _1_WORKDAY
    return_within: Span = _1_WORKDAY
    finish: Mapping[Kind, Span] = field(default_factory=lambda: _FINISH)
    complex: Span = _15_WORKDAYS
    urgent: Span = _1_DAY
    joint: Span = _3_WORKDAYS
    remind_at: float = 0.8
    red_after: Span = _2_WORKDAYS
    yellows: int = 3
    supervision: Span = _2_WORKDAYS
    callback: Span = _3_WORKDAYS
    again_after: Span = _1_WORKDAY
    attempts: int = 3
    most_extension: float = 10.0
    archive_after: Span = _30_DAYS
    tell_after: float = 60.0  # seconds in which further news travel along


SPANS = tuple(one.name for one in fields(Policy) if one.type == "Span")
NUMBERS = ("remind_at", "yellows", "attempts", "most_extension")


def table(policy: Policy) -> dict[str, Any]:
    """All limits by name, spans as they are written; what `of_table` reads as the same."""
    spans = {name: str(getattr(policy, name)) for name in SPANS}
    numbers = {name: getattr(policy, name) for name in NUMBERS}
    return {"finish": {kind: str(span) for kind, span in policy.finish.items()}, **spans, **numbers}


def flat(policy: Policy) -> dict[str, Any]:
    """As `table`, in one row: the limits by kind are `finish.help` and so on."""
    named = table(policy)
    by_kind = {f"finish.{kind}": span for kind, span in named.pop("finish").items()}
    return by_kind | named


def of_table(given: Mapping[str, Any]) -> Policy:
    """What is not named is as by default. Raises ValueError for a span that is none."""
    values: dict[str, Any] = {name: Span.parse(given[name]) for name in SPANS if name in given}
    values |= {name: given[name] for name in NUMBERS if name in given}
    finish = {kind: Span.parse(span) for kind, span in given.get("finish", {}).items()}
    return Policy(finish={**_FINISH, **finish}, **values)


def write(policy: Policy) -> str:
    """As one text, in which a ticket keeps what it was given: nothing looks into it there."""
    return orjson.dumps(table(policy)).decode()


@lru_cache(maxsize=256)
def read(text: str) -> Policy:
    """What `write` wrote."""
    return of_table(orjson.loads(text))


@dataclass(slots=True)
class Rules:
    """Limits and the calendar they are counted on. policy: the limits in force, for what begins now."""

    calendar: Calendar
    policy: Policy = field(default_factory=Policy)

    def use(self, policy: Policy) -> None:
        """Other limits, from now on."""
        self.policy = policy

    def of(self, ticket: Ticket) -> Policy:
        """What a ticket is held to: the limits in force when its round began, and before that those in force now."""
        return read(ticket.terms) if ticket.terms else self.policy

    def limit(self, ticket: Ticket) -> Span:
        """How long the unit has, from the first dispatch or the rework on."""
        policy = self.of(ticket)
        if ticket.urgent:
            return policy.urgent
        return policy.complex if ticket.complex else policy.finish[ticket.kind]

    def after(self, start: datetime, span: Span) -> datetime:
        return self.calendar.after(start, span)
