"""What of a platform's budget is used: of those that count the answers since the citizen acted (WeChat)."""

from __future__ import annotations

from datetime import datetime

from gateway.core.model import Conversation, Message
from gateway.core.ports import Store


async def spent(store: Store, conversation: Conversation, last: str | None) -> int:
    """Messages used of it since the platform's window opened: up to and with the message `last`, and by those that an
    operator had sent again after later ones, where nothing behind them leads. Raises `StoreUnavailable`."""
    opened_at = conversation.window.opened_at
    return max([await _known_to(store, id, opened_at) for id in (last, *conversation.resent)])


async def _known_to(store: Store, last: str | None, opened_at: datetime | None) -> int:
    """A message that got through knows. One that did not, or not yet, used nothing, and the one before it is asked;
    those from before the window used nothing of it."""
    while last is not None and opened_at is not None:
        document = await store.get("messages", last)
        delivery = Message.of(document).delivery if document else None
        if delivery is None or (delivery.at is not None and delivery.at < opened_at):
            return 0
        if delivery.spent is not None:
            return delivery.spent
        last = delivery.after
    return 0
