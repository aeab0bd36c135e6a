"""A webhook, what it is told, and how telling it goes. Frozen values."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from gateway.core.model import Stored
from gateway.core.tickets.model import Kind, State

WEBHOOKS = "webhooks"
DELIVERIES = "webhook_deliveries"
SEALED_FOR = "webhook.secret"

# A ticket came into a state; or, staying in it, something else that is told of it changed.
EventType = Literal[
    "ticket.submitted",
    "ticket.dispatched",
    "ticket.signed",
    "ticket.replied",
    "ticket.callback",
    "ticket.answered",
    "ticket.declined",
    "ticket.merged",
    "ticket.closed",
    "ticket.archived",
    "ticket.changed",
]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)
CHANGED: EventType = "ticket.changed"
PING = "webhook.ping"

DeliveryState = Literal["pending", "sending", "delivered", "failed"]
WAITING: tuple[DeliveryState, ...] = ("pending", "sending")
ENDED: tuple[DeliveryState, ...] = ("delivered", "failed")


class Webhook(Stored):
    """Another system that is told of tickets. confidential: also of such, but only the number, the state and the time.
    why_inactive: in the words of who stopped it, or `gone` when the other system did. former_secret: signs as well
    until former_until, in milliseconds. removed: kept because its deliveries name it; nothing else is done with it."""

    name: str
    url: str
    types: tuple[EventType, ...]
    confidential: bool = False
    active: bool = True
    why_inactive: str = ""
    removed: bool = False
    secret: str | None = Field(None, repr=False, description="Sealed; none once it is removed.")
    former_secret: str | None = Field(None, repr=False, description="Sealed.")
    former_until: int | None = None
    created_at: datetime
    tail: tuple[str, ...] = Field((), repr=False, description="The last change's line in the audit log, packed.")

    @property
    def listens(self) -> bool:
        """Whether anything is sent to it."""
        return self.active and not self.removed


class Told(BaseModel):
    """What of a ticket, as it was after the event. kind, unit, round, due: of confidential ones nothing is kept."""

    model_config = ConfigDict(frozen=True)

    number: str
    seq: int = Field(description="The event's place in the ticket's log.")
    state: State
    kind: Kind | None = None
    unit: str | None = None
    round: int | None = None
    due: str | None = None


class WebhookDelivery(Stored):
    """One event for one webhook. `id`: event:webhook, which is also what the other system tells repeats by.

    due: when to send it, when the claim ends, or when it ended; milliseconds. since: from when its patience is counted.
    place: in the webhook's log. told: none for a ping. error: why the last attempt failed, or why there was none.
    """

    webhook: str
    event: str
    type: str
    at: datetime
    place: str
    told: Told | None = None
    state: DeliveryState = "pending"
    due: int
    since: int
    attempts: int = 0
    tried_at: datetime | None = None
    status: int | None = None
    error: str = ""
