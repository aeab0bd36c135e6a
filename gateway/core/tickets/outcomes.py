"""What a move settled, beside who made it and why: whom a ticket went to, what was decided, what a call brought.

Told by the fields that the move changed, so that the log of any ticket tells it, however old. Pure.
"""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel, Field

from gateway.core.tickets.model import Declined, Kind, TicketEvent, Verdict


class Outcome(BaseModel):
    """What a move has none of is null."""

    lead: str | None = None
    joint: tuple[str, ...] = Field((), description="Units that have it with the lead from then on.")
    granted: bool | None = Field(None, description="A return, an extension, an appeal.")
    workdays: float | None = Field(None, description="Asked for.")
    declined: Declined | None = None
    reached: bool | None = Field(None, description="Whether somebody was there to be called back.")
    solved: bool | None = None
    verdict: Verdict | None = None
    card: str | None = Field(None, description="Its colour.")
    cause: str | None = Field(None, description="Of the card.")
    unit: str | None = Field(None, description="That the card was given to.")
    kind: Kind | None = None
    urgent: bool | None = None
    complex: bool | None = None
    confidential: bool | None = None


def outcome(event: TicketEvent) -> Outcome:
    changes: dict[str, tuple[Any, Any]] = orjson.loads(event.changes)

    def became(name: str) -> Any:
        return changes.get(name, (None, None))[1]

    match event.move:
        case "dispatch" | "add_joint":
            had = {part["unit"] for part in changes["assignments"][0] or () if event.move == "add_joint"}
            parts = [part for part in became("assignments") if part["unit"] not in had]
            lead = next((part["unit"] for part in parts if part["role"] == "lead"), None)
            return Outcome(lead=lead, joint=tuple(part["unit"] for part in parts if part["role"] == "joint"))
        case "decide_return":
            return Outcome(granted=became("returned")["state"] == "granted")
        case "decide_extension":
            return Outcome(granted=became("extension")["state"] == "granted")
        case "decide_appeal":
            before, after = changes["cards"]
            (decided,) = (card for card in after if card not in before)
            return Outcome(granted=decided["appeal"]["state"] == "granted")
        case "ask_extension":
            return Outcome(workdays=became("extension")["workdays"])
        case "decline":
            return Outcome(declined=became("decline"))
        case "call_back":
            return Outcome(reached=became("attempts")[-1]["reached"], **_rated(became("rating")))
        case "rate":
            return Outcome(**_rated(became("rating")))
        case "give_card" | "card":
            card = became("cards")[-1]
            return Outcome(card=card["colour"], cause=card["cause"], unit=card["unit"])
        case "mark":
            return Outcome(**{name: became(name) for name in ("kind", "urgent", "complex", "confidential")})
    return Outcome()


def _rated(rating: dict[str, Any] | None) -> dict[str, Any]:
    return {} if rating is None else {"solved": rating["solved"], "verdict": rating["verdict"]}
