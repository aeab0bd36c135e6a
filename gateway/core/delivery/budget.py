"""What of a platform's budget is used: of those that count the answers since the citizen acted (WeChat)."""

from __future__ import annotations

from datetime import datetime

from gateway.core.model import Message
from gateway.core.ports import Store


async def spent(store: Store, last: str | None, opened_at: datetime | None) -> int:
    """Messages used of it, up to and with the message `last`, since the platform's window opened.

    A message that got through knows. One that did not, or not yet, used nothing, and the one before it is asked; those
    from before the window used nothing of it. Raises `StoreUnavailable`.
    """
    while last is not None and opened_at is not None:
        document = await store.get("messages", last)
        delivery = Message.of(document).delivery if document else None
        if delivery is None or (delivery.at is not None and delivery.at < opened_at):
            return 0
        if delivery.spent is not None:
            return delivery.spent
        last = delivery.after
    return 0
