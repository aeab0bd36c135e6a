"""What units, supervisors and lists find tickets by, made from the tickets: their parts and their cards."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from gateway.core.model import Stored, milliseconds
from gateway.core.ports import Store
from gateway.core.tickets.model import OPEN, WITH_UNIT, Ticket
from gateway.core.tickets.words import BEIJING


class Assigned(Stored):
    """A unit's part in a ticket, as its work list finds it. `id`: number:unit. ticket_version: of what it shows. due:
    of the part; while the citizen is called back, of that."""

    ticket: str
    ticket_version: int
    unit: str
    role: str
    open: int
    due: int
    state: str
    kind: str
    confidential: bool
    accused: tuple[str, ...] = ()
    recused: tuple[str, ...] = ()
    supervised: bool = False


class Given(Stored):
    """A card, as lists of cards find it. `id`: the card's, and `card` once more."""

    card: str
    ticket: str
    ticket_version: int
    unit: str
    colour: str
    cause: str
    month: str
    at: datetime
    at_ms: int
    stands: bool
    appeal: str | None
    appeal_ms: int | None
    confidential: bool


async def project(store: Store, ticket: Ticket) -> None:
    """Write what is shown of a ticket. Repeatable; something newer stays. Raises `StoreUnavailable`."""
    await asyncio.gather(
        *(_write(store, "assignments", part) for part in _assigned(ticket)),
        *(_write(store, "cards", card) for card in _given(ticket)),
    )


async def _write(store: Store, collection: str, shown: Assigned | Given) -> None:
    """Unless something newer is there."""
    while True:
        document = await store.get(collection, shown.id)
        if document is None:
            if await store.insert(collection, shown.document()):
                return
            continue
        if document["ticket_version"] >= shown.ticket_version:
            return
        if await store.replace(collection, {**shown.document(), "version": document["version"]}):
            return


def _assigned(ticket: Ticket) -> list[Assigned]:
    live = ticket.state in OPEN
    called = ticket.callback_due if ticket.state == "callback" else None
    about: dict[str, Any] = {
        "ticket": ticket.id,
        "ticket_version": ticket.events,
        "state": ticket.state,
        "kind": ticket.kind,
        "confidential": ticket.confidential,
        "accused": ticket.accused,
        "recused": ticket.recused,
        "supervised": bool(ticket.supervised),
    }
    parts = [
        Assigned(
            id=f"{ticket.id}:{part.unit}",
            unit=part.unit,
            role=part.role,
            open=int(live and ticket.state in WITH_UNIT and part.answered_at is None),
            due=milliseconds(called or part.due),
            **about,
        )
        for part in ticket.assignments
    ]
    gone = [unit for unit in ticket.former if ticket.assignment(unit) is None]
    return parts + [
        Assigned(
            id=f"{ticket.id}:{unit}",
            unit=unit,
            role="former",
            open=0,
            due=milliseconds(called) if called else 0,
            **about,
        )
        for unit in gone
    ]


def _given(ticket: Ticket) -> list[Given]:
    return [
        Given(
            id=card.id,
            card=card.id,
            ticket=ticket.id,
            ticket_version=ticket.events,
            unit=card.unit,
            colour=card.colour,
            cause=card.cause,
            month=month(card.at),
            at=card.at,
            at_ms=milliseconds(card.at),
            stands=card.stands,
            appeal=card.appeal.state if card.appeal else None,
            appeal_ms=milliseconds(card.appeal.at) if card.appeal else None,
            confidential=ticket.confidential,
        )
        for card in ticket.cards
    ]


def month(at: datetime) -> str:
    """The calendar month a card counts in, Beijing time."""
    return f"{at.astimezone(BEIJING):%Y-%m}"
