"""What the suggestion of units learns from, and the model that comes of it.

It learns from the units' duties, from questions of the knowledge base, and above all from tickets: the unit that took
one on in the end, never one that sent it back. A ticket that was sent back first is a correction. All towns and parks
are one thing to learn, "the town it is in"; which one is told by the place.

The model in force is a document; replacing it under its version puts another one in force. Its numbers are in a file.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import datetime
from typing import Literal

from bot.dispatching import FORMAT, Classifier, Example
from gateway.core.errors import Conflict
from gateway.core.knowledge import Ledger as KnowledgeLedger
from gateway.core.model import Stored
from gateway.core.ports import Store
from gateway.core.tickets.model import State, Ticket
from gateway.core.units import Problem, Unit, Units, rows

CLASSIFIERS = "classifiers"
IN_FORCE = "units"
TERRITORY = "@territory"  # no unit's code
# The latest; the classifier lets older ones fade, and training takes minutes by then.
TICKETS = 40_000
_PAGE = 200
_ATTEMPTS = 5
# where a unit may have taken a ticket on
_TAKEN_ON: tuple[State, ...] = ("signed", "replied", "callback", "closed", "archived", "merged")

Origin = Literal["duties", "tickets"]


class Model(Stored):
    """The model in force; see `mongo_schemas.classifiers`."""

    blob_id: str
    format: int
    origin: Origin
    units_digest: str
    examples: int
    at: datetime


async def in_force(store: Store) -> Model | None:
    """Raises `StoreUnavailable`."""
    document = await store.get(CLASSIFIERS, IN_FORCE)
    return Model.of(document) if document else None


async def put_in_force(store: Store, classifier: Classifier, origin: Origin, units: Units, at: datetime) -> Model:
    """Keep a model and have every process take it up; what is in force then. One that knows duties only does not
    replace one that knows tickets. Raises `Conflict` when others keep doing the same, `StoreUnavailable`."""
    data = await asyncio.to_thread(classifier.to_bytes)
    blob_id = await store.put_blob("classifier", data, "application/octet-stream", {})
    for _ in range(_ATTEMPTS):
        before = await in_force(store)
        if before is not None and before.origin == "tickets" and origin == "duties":
            return before
        model = Model(
            id=IN_FORCE,
            version=before.version if before else 1,
            blob_id=blob_id,
            format=FORMAT,
            origin=origin,
            units_digest=digest(units),
            examples=classifier.examples,
            at=at,
        )
        document = model.document()
        write = store.replace if before else store.insert
        if await write(CLASSIFIERS, document):
            return Model.of(document)
    raise Conflict("别人也在训练，请稍后再试")


def is_stale(model: Model | None, units: Units) -> bool:
    """Whether the first model is missing, or knows other duties. One of a newer program is left to that."""
    if model is None:
        return True
    if model.origin == "tickets" or model.format > FORMAT:
        return False
    return model.format < FORMAT or model.units_digest != digest(units)


def label(unit: Unit | None) -> str:
    """What is learned for a unit; empty for one that is not there or takes nothing on any more."""
    if unit is None or not unit.active:
        return ""
    return unit.id if unit.kind == "department" else TERRITORY


def digest(units: Units) -> str:
    """Another one when units or their duties have changed."""
    taught = [(example.text, example.label) for example in of_duties(units)]
    return hashlib.sha256(json.dumps(taught).encode()).hexdigest()


def of_duties(units: Units) -> list[Example]:
    """What each department is for, and what is the towns' own."""
    towns = [unit for unit in units.all() if unit.kind != "department"]
    own = dict.fromkeys(duty for town in towns for duty in town.duties)
    taught = [*units.duties(), *((TERRITORY, duty) for duty in own)]
    return [Example(text, unit, source="duty") for unit, text in taught]


async def of_knowledge(store: Store, units: Units, now: datetime) -> list[Example]:
    """The questions that a unit's entries answer. Raises `StoreUnavailable`, `Conflict`."""
    _, entries = await KnowledgeLedger(store).everything()
    return [
        Example(question, label(units.named(entry.unit)), source="knowledge")
        for entry in entries.values()
        if entry.answerable(now) and units.named(entry.unit)
        for question in (entry.question, *entry.similar)
    ]


def of_file(text: str, units: Units) -> tuple[list[Example], list[Problem]]:
    """Of a JSONL file: a row has a text and the unit it is for, by its code or any of its names. And what is wrong with
    the others."""
    examples: list[Example] = []
    problems: list[Problem] = []
    for row, given in rows(text):
        if given is None or not all(isinstance(given.get(name), str) for name in ("text", "unit")):
            problems.append(Problem(row, '要写成 {"text": "…", "unit": "…"}'))
            continue
        unit = label(units.get(given["unit"]) or units.named(given["unit"]))
        if not unit:
            problems.append(Problem(row, f"没有单位“{given['unit'][:40]}”，或者已经停用"))
        elif not given["text"].strip():
            problems.append(Problem(row, "没有内容"))
        else:
            examples.append(Example(given["text"], unit))
    return examples, problems


async def of_tickets(store: Store, units: Units) -> list[Example]:
    """The latest tickets that a unit has taken on, in the order they were filed. Raises `StoreUnavailable`."""
    found: list[tuple[str, Example]] = []
    for state in _TAKEN_ON:
        before, read = "~", 0  # comes after every number
        while read < TICKETS:
            where = {"state": state, "number": {"$lt": before}}
            documents = await store.find("tickets", where, sort=[("number", -1)], limit=_PAGE)
            for ticket in map(Ticket.of, documents):
                if example := of_ticket(ticket, units):
                    found.append((ticket.id, example))
            if len(documents) < _PAGE:
                break
            before, read = documents[-1]["number"], read + len(documents)
    found.sort(key=lambda one: one[0])
    return [example for _, example in found[-TICKETS:]]


def of_ticket(ticket: Ticket, units: Units) -> Example | None:
    """What a ticket teaches: nothing before its unit has signed or answered, nor while that asks to return it."""
    lead = ticket.lead
    if lead is None or (lead.signed_at is None and lead.answered_at is None):
        return None
    if ticket.returned is not None and ticket.returned.state == "asked" and ticket.returned.unit == lead.unit:
        return None
    unit = label(units.get(lead.unit))
    sent_back = any(former != lead.unit for former in ticket.former)
    return Example(words(ticket), unit, source="correction" if sent_back else "ticket") if unit else None


def words(ticket: Ticket) -> str:
    """What a ticket says, as it is learned and asked; the title first, unless it is the matter's own beginning."""
    return ticket.matter if ticket.matter.startswith(ticket.title.rstrip("…")) else f"{ticket.title}\n{ticket.matter}"
