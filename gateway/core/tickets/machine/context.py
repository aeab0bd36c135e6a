"""What a move is given, and what several moves do alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.core.errors import Refused
from gateway.core.tickets.model import Actor, Assignment, Card, Request, Supervision, Ticket
from gateway.core.tickets.rules import Rules

Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    ticket: Ticket
    actor: Actor
    now: datetime
    rules: Rules

    def own(self, role: str = "") -> Assignment:
        """The part of the actor's unit. Raises `Refused`."""
        part = self.ticket.assignment(self.actor.unit or "")
        if part is None or (role and part.role != role):
            raise Refused("not_yours", "这张工单不由您的单位" + ("主办" if role == "lead" else "办理"))
        return part


def nothing(_: Context, __: Any) -> Changes:
    """The event is all there is."""
    return {}


def ending(context: Context, how: str) -> Changes:
    return {"ended_at": context.now, "ended_how": how}


def with_part(ticket: Ticket, changed: Assignment) -> tuple[Assignment, ...]:
    return tuple(changed if part.unit == changed.unit else part for part in ticket.assignments)


def with_lead_due(ticket: Ticket, due: datetime) -> tuple[Assignment, ...]:
    return tuple(part.model_copy(update={"due": due}) if part.role == "lead" else part for part in ticket.assignments)


def with_card(ticket: Ticket, changed: Card) -> tuple[Card, ...]:
    return tuple(changed if card.id == changed.id else card for card in ticket.cards)


def card_of(ticket: Ticket, id: str) -> Card:
    found = next((card for card in ticket.cards if card.id == id), None)
    if found is None:
        raise Refused("no_such_card", "这张工单没有这张牌", card=id)
    return found


def open_request(request: Request | None, otherwise: str) -> Request:
    if request is None or request.state != "asked":
        raise Refused("nothing_asked", otherwise)
    return request


def with_decision(context: Context, request: Request, grant: bool, answer: str) -> Request:
    return request.model_copy(
        update={
            "state": "granted" if grant else "refused",
            "decided_by": context.actor.id,
            "decided_at": context.now,
            "answer": answer,
        }
    )


def begun_supervision(context: Context, unit: str, cause: str, rules: Rules) -> Supervision:
    due = rules.after(context.now, rules.of(context.ticket).supervision)
    return Supervision(unit=unit, cause=cause, at=context.now, by=context.actor.id, due=due)
