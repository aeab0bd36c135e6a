"""Danger in what a citizen says of a ticket, when it is filed and afterwards: the desks are alarmed, and the ticket is
urgent from then on. Pure."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import emergency
from bot.emergency import Danger
from gateway.core.errors import HotlineError
from gateway.core.model import Effect
from gateway.core.tickets import machine, moves
from gateway.core.tickets.model import OPEN, SYSTEM
from gateway.core.tickets.rules import Rules

_REASON = "danger"  # worded at the desk


@dataclass(frozen=True, slots=True)
class Said:
    """A citizen's words with a move. rung: the desks were alarmed when they were said."""

    words: str = ""
    rung: bool = False


NOTHING = Said()


def found(words: str) -> Danger | None:
    """The danger they tell of for certain; of what is in doubt no alarm is made."""
    danger = emergency.find(words)
    return danger if danger is not None and danger.certain else None


def number_to_call(words: str) -> str:
    """110, 119, … when somebody is in danger now; empty when the words do not say so for certain."""
    danger = found(words)
    return danger.number if danger is not None else ""


def alarm(about: str, danger: Danger, ticket: str, conversation_id: str | None, now: datetime, **more: Any) -> Effect:
    """The alarm of a ticket. about: what names these words, so that they alarm once."""
    document = {
        "_id": f"alarm:{about}",
        "version": 1,
        "ticket": ticket,
        **({"conversation_id": conversation_id} if conversation_id else {}),
        "at": now,
        "kind": danger.kind,
        "number": danger.number,
        "matched": danger.matched,
        "state": "raised",
        **more,
    }
    return Effect("insert", "alarms", document)


def heard(moved: machine.Moved, said: Said, now: datetime, rules: Rules) -> tuple[list[machine.Moved], list[Effect]]:
    """What a move comes to with what was said: it, the mark that makes an open ticket urgent, and the alarm."""
    danger = found(said.words)
    if danger is None:
        return [moved], []
    ticket, made = moved.ticket, [moved]
    if ticket.state in OPEN and not ticket.urgent:
        # a limit that cannot be reckoned must keep neither the words nor the alarm back
        with contextlib.suppress(HotlineError):
            made.append(machine.apply(ticket, moves.Mark(urgent=True, reason=_REASON), SYSTEM, now, rules))
    if said.rung:
        return made, []
    return made, [alarm(moved.event.id, danger, ticket.id, ticket.conversation_id, now)]
