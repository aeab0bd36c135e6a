"""What of a platform's budget is used: of those that count the answers since the citizen acted (WeChat)."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.model import Conversation, Message
from gateway.core.ports import Store


@dataclass(frozen=True, slots=True)
class Spent:
    """Messages used of it since the platform's window opened. own: the conversation's. forwarded: those that came from
    other conversations of the same person."""

    own: int
    forwarded: int

    @property
    def total(self) -> int:
        return self.own + self.forwarded


async def spent(store: Store, conversation: Conversation, last: str | None) -> Spent:
    """Of its own up to and with the message `last`, and by those that an operator had sent again after later ones,
    where nothing behind them leads. Raises `StoreUnavailable`."""
    own = max([await _known_to(store, id, conversation) for id in (last, *conversation.resent)])
    return Spent(own, sum(map(_used, await forwarded(store, conversation))))


async def forwarded(store: Store, conversation: Conversation) -> list[Message]:
    """Those from other conversations that have used something of it, or still may. Raises `StoreUnavailable`."""
    documents = await store.get_many("messages", conversation.forwarded) if conversation.forwarded else []
    return [message for message in map(Message.of, documents) if _concerns(message, conversation)]


def _concerns(message: Message, conversation: Conversation) -> bool:
    delivery, opened_at = message.delivery, conversation.window.opened_at
    if delivery is None or delivery.to != conversation.identity:
        return False
    since = opened_at is not None and delivery.at is not None and delivery.at >= opened_at
    return delivery.is_open or (since and _used(message) > 0)


def _used(message: Message) -> int:
    return (message.delivery and message.delivery.spent) or 0


async def _known_to(store: Store, last: str | None, conversation: Conversation) -> int:
    """A message that got through knows. One that did not, or not yet, or by another way, used nothing, and the one
    before it is asked; those from before the window used nothing of it."""
    opened_at = conversation.window.opened_at
    while last is not None and opened_at is not None:
        document = await store.get("messages", last)
        delivery = Message.of(document).delivery if document else None
        if delivery is None or (delivery.at is not None and delivery.at < opened_at):
            return 0
        if delivery.spent is not None and delivery.to is None:
            return delivery.spent
        last = delivery.after
    return 0
