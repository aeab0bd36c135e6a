"""What a ticket's log says that the hotline is judged by. Pure.

A fact is told by one event and by what the log said before it, so it is the same whenever it is read, with one
exception: a ticket that is confidential by now, or names units it is about, has facts that name neither unit, kind nor
channel, those of before included. Figures of a unit, a kind or a channel can therefore not tell of it, and only the
totals of the whole hotline do, which are for people who may read such tickets anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from gateway.core.tickets.model import Ticket, TicketEvent
from gateway.core.tickets.workdays import Calendar, UnknownYear

FactName = Literal[
    "filed",
    "accepted",
    "at_once",
    "declined",
    "dispatched",
    "signed",
    "unsigned",
    "finished",
    "on_time",
    "overdue",
    "returned",
    "yellow",
    "red",
    "withdrawn",
    "reached",
    "unreached",
    "rated",
    "solved",
    "satisfied",
    "reworked",
    "closed",
    "closed_once",
]
# What a log must be read for; other moves tell no fact, or, as filing does, all of it by themselves.
_TELLING = frozenset(
    (
        "file",
        "answer",
        "decline",
        "dispatch",
        "sign",
        "approve",
        "call_back",
        "close",
        "decide_return",
        "give_card",
        "decide_appeal",
        "rate",
        "card",
        "give_up",
    )
)
_State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """workday_seconds: how long it took, for what was finished."""

    name: FactName
    ticket: str
    unit: str = ""
    kind: str = ""
    via: str = ""
    workday_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """An event between what the ticket was and what it became."""

    event: TicketEvent
    was: _State
    became: _State

    def changed(self, field: str) -> bool:
        return bool(self.was[field] != self.became[field])


def tells(move: str) -> bool:
    """Whether an event of this move may tell a fact."""
    return move in _TELLING


def facts_of(log: Sequence[TicketEvent], first_ms: int, end_ms: int, calendar: Calendar) -> list[Fact]:
    """What a ticket's log, from its beginning on, tells of the time from the first moment to before the end."""
    steps = _steps(log)
    now = steps[-1].became if steps else {}
    hidden = bool(now.get("confidential") or now.get("accused"))
    found: list[Fact] = []
    for step in steps:
        if not first_ms <= step.event.at_ms < end_ms:
            continue
        for name, unit in _told_by(step):
            about = {} if hidden else {"unit": unit or "", "kind": step.became["kind"], "via": step.became["via"]}
            took = _workday_seconds(step.became, calendar) if name == "finished" else None
            found.append(Fact(name, step.event.ticket, workday_seconds=took, **about))
    return found


def _steps(log: Sequence[TicketEvent]) -> list[_Step]:
    steps: list[_Step] = []
    # the log says nothing of what was never there
    state: dict[str, Any] = dict.fromkeys(Ticket.model_fields)
    for event in log:
        was = state
        state = was | {field: after for field, (_, after) in orjson.loads(event.changes).items()}
        steps.append(_Step(event, was, state))
    return steps


def _told_by(step: _Step) -> Iterator[tuple[FactName, str | None]]:
    """Names, each with the unit it is about."""
    if about := _OF_MOVE.get(step.event.move):
        yield from about(step)
    yield from _of_cards(step)
    yield from _of_ending(step)


def _filed(_: _Step) -> Iterator[tuple[FactName, str | None]]:
    yield "filed", None


def _answered(step: _Step) -> Iterator[tuple[FactName, str | None]]:
    if not step.became["round"]:
        yield "accepted", None
        yield "at_once", None


def _declined(_: _Step) -> Iterator[tuple[FactName, str | None]]:
    yield "declined", None


def _dispatched(step: _Step) -> Iterator[tuple[FactName, str | None]]:
    if step.was["dispatched_at"] is None and not step.became["round"]:
        yield "accepted", step.became["unit"]
    yield "dispatched", step.became["unit"]


def _signed(step: _Step) -> Iterator[tuple[FactName, str | None]]:
    lead = next(part for part in step.became["assignments"] if part["role"] == "lead")
    if step.event.at <= datetime.fromisoformat(lead["sign_due"]):
        yield "signed", lead["unit"]


def _approved(step: _Step) -> Iterator[tuple[FactName, str | None]]:
    ticket = step.became
    yield "finished", ticket["unit"]
    overdue = any(card["cause"] == "overdue" and card["id"].endswith(f":{ticket['round']}") for card in ticket["cards"])
    if not overdue and datetime.fromisoformat(ticket["replied_at"]) <= datetime.fromisoformat(ticket["due"]):
        yield "on_time", ticket["unit"]


def _returned(step: _Step) -> Iterator[tuple[FactName, str | None]]:
    if step.became["returned"]["state"] == "granted":
        yield "returned", step.was["unit"]


_OF_MOVE: Mapping[str, Callable[[_Step], Iterator[tuple[FactName, str | None]]]] = {
    "file": _filed,
    "answer": _answered,
    "decline": _declined,
    "dispatch": _dispatched,
    "sign": _signed,
    "approve": _approved,
    "decide_return": _returned,
}


def _of_cards(step: _Step) -> Iterator[tuple[FactName, str | None]]:
    if not step.changed("cards"):
        return
    before = {card["id"]: card for card in step.was["cards"] or ()}
    for card in step.became["cards"]:
        if card["id"] not in before:
            yield ("yellow" if card["colour"] == "yellow" else "red"), card["unit"]
            if card["cause"] == "overdue":
                yield "overdue", card["unit"]
            elif card["cause"] == "unsigned":
                yield "unsigned", card["unit"]
        elif _granted(card) and not _granted(before[card["id"]]):
            yield "withdrawn", card["unit"]


def _granted(card: _State) -> bool:
    return bool(card["appeal"] and card["appeal"]["state"] == "granted")


def _of_ending(step: _Step) -> Iterator[tuple[FactName, str | None]]:
    """Callbacks and verdicts."""
    was, became = step.was, step.became
    unit = became["unit"]
    rated = step.changed("rating") and became["rating"] is not None
    if was["state"] == "callback" != became["state"]:
        yield ("reached" if rated else "unreached"), unit
    if rated:
        yield "rated", unit
        if became["rating"]["solved"]:
            yield "solved", unit
        if became["rating"]["verdict"] != "dissatisfied":
            yield "satisfied", unit
    if became["round"] > (was["round"] or 0):
        yield "reworked", unit
    if became["state"] == "closed" != was["state"]:
        yield "closed", unit
        if not became["round"]:
            yield "closed_once", unit


def _workday_seconds(ticket: _State, calendar: Calendar) -> int | None:
    """From the first dispatch to the reply; None in a year whose workdays nobody told."""
    begun, replied = datetime.fromisoformat(ticket["dispatched_at"]), datetime.fromisoformat(ticket["replied_at"])
    try:
        return round(calendar.passed(begun, replied))
    except UnknownYear:
        return None
