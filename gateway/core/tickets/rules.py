"""The limits tickets are held to. The defaults are those of the hotline's own rules; every one can be set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

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


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits and the calendar they are counted on."""

    calendar: Calendar
    policy: Policy = field(default_factory=Policy)

    def limit(self, ticket: Ticket) -> Span:
        """How long the unit has, from the first dispatch or the rework on."""
        if ticket.urgent:
            return self.policy.urgent
        return self.policy.complex if ticket.complex else self.policy.finish[ticket.kind]

    def after(self, start: datetime, span: Span) -> datetime:
        return self.calendar.after(start, span)
