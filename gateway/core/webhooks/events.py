"""What other systems are told of a ticket's events: pure. Never who told the matter, what it is about, or what people
of the hotline and the units wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

import orjson

from gateway.core.model import milliseconds
from gateway.core.tickets.model import Ticket, TicketEvent
from gateway.core.webhooks.model import CHANGED, PING, EventType, Told, Webhook, WebhookDelivery

_FACTS = frozenset(("kind", "state", "unit", "round", "due"))


def deliveries(
    ticket: Ticket, events: Sequence[TicketEvent], webhooks: Iterable[Webhook], now: datetime
) -> list[WebhookDelivery]:
    """What each webhook is to be told. ticket: as it is after the last of the events, which follow each other."""
    wanting = [webhook for webhook in webhooks if webhook.listens and (webhook.confidential or not ticket.confidential)]
    if not wanting:
        return []
    return [
        WebhookDelivery(
            id=f"{event.id}:{webhook.id}",
            webhook=webhook.id,
            event=event.id,
            type=type,
            at=event.at,
            place=_place(event.at, event.id),
            told=told,
            due=milliseconds(now),
            since=milliseconds(now),
        )
        for event, type, told in _told(ticket, events)
        for webhook in wanting
        if type in webhook.types and not (ticket.confidential and type == CHANGED)
    ]


def ping(webhook: Webhook, id: str, now: datetime) -> WebhookDelivery:
    """To try the way. id: one of its own."""
    return WebhookDelivery(
        id=f"{id}:{webhook.id}",
        webhook=webhook.id,
        event=id,
        type=PING,
        at=now,
        place=_place(now, id),
        due=milliseconds(now),
        since=milliseconds(now),
    )


def body(delivery: WebhookDelivery, *, confidential: bool) -> bytes:
    """The JSON that is sent. confidential: the ticket is so by now."""
    said: dict[str, Any] = {"id": delivery.event, "type": delivery.type, "occurred_at": delivery.at}
    if (told := delivery.told) is not None:
        brief = confidential or told.kind is None
        said["seq"] = told.seq
        said["ticket"] = told.model_dump(include={"number", "state"} if brief else {"number", *_FACTS})
    return orjson.dumps(said, option=orjson.OPT_UTC_Z)


def withheld(webhook: Webhook | None, delivery: WebhookDelivery, *, confidential: bool) -> str:
    """Why it must not be sent any more; empty when it may. webhook: None once it is removed. confidential: the ticket
    is so by now."""
    if webhook is None or not webhook.listens:
        return "inactive"
    if confidential and (not webhook.confidential or delivery.type == CHANGED):
        return "confidential"
    return ""


def _told(ticket: Ticket, events: Sequence[TicketEvent]) -> Iterator[tuple[TicketEvent, EventType, Told]]:
    """From the last event back, taking away what each changed: several may be settled at once."""
    facts = ticket.model_dump(mode="json", include=set(_FACTS))
    for event in sorted(events, key=lambda event: event.seq, reverse=True):
        changes = {name: was for name, (was, _) in orjson.loads(event.changes).items() if name in _FACTS}
        if changes:
            kept = {"state": facts["state"]} if ticket.confidential else facts
            yield event, _type(event, changes), Told(number=ticket.id, seq=event.seq, **kept)
        facts |= changes


def _type(event: TicketEvent, changes: dict[str, Any]) -> EventType:
    # the kinds of events are named after the states
    return cast(EventType, f"ticket.{event.state}") if "state" in changes else CHANGED


def _place(at: datetime, id: str) -> str:
    """Sorts by time."""
    return f"{milliseconds(at):013d}:{id}"
