"""`run.py tickets`: how a ticket's deadlines came about."""

from __future__ import annotations

import sys
from datetime import datetime

from gateway.core.errors import HotlineError
from gateway.core.ports import Store
from gateway.core.tickets import clock, moves
from gateway.core.tickets.model import CAUSES, KINDS, STATES, Ticket
from gateway.core.tickets.operators_calendar import OperatorsCalendar
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.words import BEIJING
from gateway.core.tickets.workdays import Calendar

_REMINDERS = {"remind": "most of the limit is used", "contact": "the citizen was not spoken to"}


async def deadlines(store: Store, number: str, calendar: Calendar, rules: Rules, now: datetime) -> int:
    """Print how each deadline of a ticket is counted, and what time will do. The exit code: 1 without such a ticket."""
    await OperatorsCalendar(store, calendar).refresh()
    document = await store.get("tickets", number)
    if document is None:
        print(f"no ticket {number}", file=sys.stderr)
        return 1
    try:
        for line in explained(Ticket.of(document), rules, now):
            print(line)
    except HotlineError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


def explained(ticket: Ticket, rules: Rules, now: datetime) -> list[str]:
    """Line by line, Beijing time. Raises `UnknownYear`."""
    lines = [f"{ticket.id}  {KINDS[ticket.kind]}  {STATES[ticket.state]}  filed {_at(ticket.filed_at)}"]
    if ticket.due is None or ticket.round_at is None:
        return [*lines, "not with a unit: no limit runs"]
    why = "urgent" if ticket.urgent else "complex" if ticket.complex else f"kind {ticket.kind}"
    begun = "rework" if ticket.round else "first dispatch"
    lines.append(f"limit {ticket.limit} ({why}), from the {begun}, {_at(ticket.round_at)}")
    lines += [f"  {line}" for line in _counted(ticket.round_at, ticket.due, rules.calendar)]
    if ticket.extension is not None and ticket.extension.state == "granted":
        lines.append(f"  extended by {ticket.extension.workdays:g} workdays: {ticket.extension.reason}")
    lines.append(f"due {_at(ticket.due)}  {rules.calendar.left_in_words(now, ticket.due)}")
    for part in ticket.assignments:
        signed = f"signed {_at(part.signed_at)}" if part.signed_at else f"to be signed by {_at(part.sign_due)}"
        lines.append(f"{part.role} {part.unit}: {signed}, due {_at(part.due)}")
    lines += [f"{card.colour} card {_at(card.at)}: {card.unit}, {CAUSES[card.cause]}" for card in ticket.cards]
    pending = sorted(clock.pending(ticket, rules), key=lambda one: one[0])
    lines += [f"{_at(due)}: {_named(move)}" for due, move in pending]
    return lines


def _counted(start: datetime, due: datetime, calendar: Calendar) -> list[str]:
    """Each day between the two, and whether it counts."""
    day, last = start.astimezone(BEIJING).date(), due.astimezone(BEIJING).date()
    days: list[str] = []
    while day <= last and len(days) < 60:
        days.append(f"{day:%m-%d %a} {'workday' if calendar.is_workday(day) else 'off'}")
        day = day.fromordinal(day.toordinal() + 1)
    return days


def _named(move: moves.Move) -> str:
    match move:
        case moves.Remind(what=what):
            return f"reminder: {_REMINDERS.get(what.partition(':')[0], what)}"
        case moves.CardFromClock(card=card, supervision=supervision):
            also = ", and supervision begins" if supervision is not None else ""
            return f"{card.colour} card for {card.unit}: {CAUSES[card.cause]}{also}"
        case moves.AskAgain():
            return "the citizen is asked once more"
        case moves.GiveUp():
            return "closed without the citizen's verdict"
    return "archived"


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"
