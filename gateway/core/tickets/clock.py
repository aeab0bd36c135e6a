"""What time does to a ticket: reminders, cards, supervision, callbacks, the archive. Pure.

`pending` names everything that will happen if nobody moves, each with its moment; `happens` is the first whose moment
has come. Each leaves a mark in the ticket by which it is not pending any more, so that a sweep may run late, often, or
in several processes, and every card is still given once.
"""

from __future__ import annotations

from datetime import datetime

from gateway.core.model import milliseconds
from gateway.core.tickets.model import OPEN, SYSTEM, WITH_UNIT, Card, Cause, Supervision, Ticket
from gateway.core.tickets.moves import Archive, AskAgain, CardFromClock, GiveUp, Move, Remind
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.workdays import Span

Pending = tuple[datetime, Move]


def next_due(ticket: Ticket, rules: Rules) -> int | None:
    """When to look at the ticket again, in milliseconds; None when time does nothing to it."""
    return min((milliseconds(due) for due, _ in pending(ticket, rules)), default=None)


def happens(ticket: Ticket, now: datetime, rules: Rules) -> Move | None:
    """The first thing whose moment has come."""
    due = [one for one in pending(ticket, rules) if one[0] <= now]
    return min(due, key=lambda one: one[0])[1] if due else None


def pending(ticket: Ticket, rules: Rules) -> list[Pending]:
    """All that time will do if nobody moves. Raises `UnknownYear`."""
    found: list[Pending] = []
    if ticket.state in WITH_UNIT:
        found += _with_unit(ticket, rules)
    found += _supervised(ticket)
    if ticket.state == "callback" and ticket.callback_due is not None:
        last = len(ticket.attempts) >= rules.of(ticket).attempts
        found.append((ticket.callback_due, GiveUp() if last else AskAgain()))
    if ticket.state not in OPEN and ticket.state not in ("draft", "archived") and ticket.ended_at is not None:
        open_supervision = ticket.supervision is not None and ticket.supervision.ended_at is None
        if not open_supervision:
            found.append((rules.after(ticket.ended_at, rules.of(ticket).archive_after), Archive()))
    return found


def _with_unit(ticket: Ticket, rules: Rules) -> list[Pending]:
    lead = ticket.lead
    if lead is None or ticket.due is None or ticket.round_at is None:
        return []
    terms, limit = rules.of(ticket), Span.parse(ticket.limit)
    found: list[Pending] = []
    if ticket.state == "dispatched":
        found += _card(ticket, "unsigned", lead.unit, lead.sign_due)
    elif lead.contacted_at is None and lead.signed_at is not None and ticket.round == 0:
        found += _remind(ticket, f"contact:{lead.unit}", rules.after(lead.signed_at, terms.contact))
    reminder = rules.calendar.at_share(ticket.round_at, limit, terms.remind_at)
    found += _remind(ticket, f"remind:{ticket.round}", reminder)
    found += _card(ticket, "overdue", lead.unit, ticket.due)
    found += _card(ticket, "long_overdue", lead.unit, rules.after(ticket.due, terms.red_after), rules=rules)
    for joint in ticket.assignments:
        if joint.role == "joint" and joint.answered_at is None:
            found += _card(ticket, "joint_overdue", joint.unit, joint.due)
    return found


def _supervised(ticket: Ticket) -> list[Pending]:
    supervision = ticket.supervision
    if supervision is None or supervision.answered_at is not None or supervision.ended_at is not None:
        return []
    return _card(
        ticket, "supervision_unanswered", supervision.unit, supervision.due, about=str(milliseconds(supervision.at))
    )


def _remind(ticket: Ticket, what: str, due: datetime) -> list[Pending]:
    return [] if what in ticket.reminded else [(due, Remind(what=what))]


def _card(
    ticket: Ticket, cause: Cause, unit: str, due: datetime, *, rules: Rules | None = None, about: str = ""
) -> list[Pending]:
    """rules: given when the card starts a supervision."""
    id = card_id(ticket, cause, unit, about)
    if any(card.id == id for card in ticket.cards):
        return []
    colour = "yellow" if cause in ("unsigned", "overdue", "joint_overdue") else "red"
    # `at` is set when it is given
    card = Card(id=id, colour=colour, cause=cause, unit=unit, at=due, due=due)
    supervision = None
    if rules is not None and (ticket.supervision is None or ticket.supervision.ended_at is not None):
        supervision = Supervision(unit=unit, cause=cause, at=due, by=SYSTEM.id, due=due)
    return [(due, CardFromClock(card=card, supervision=supervision))]


def card_id(ticket: Ticket, cause: Cause, unit: str, about: str = "") -> str:
    """The same for the same omission: of one unit, in one round of one ticket."""
    return f"{ticket.id}:{cause}:{unit}:{about or ticket.round}"
