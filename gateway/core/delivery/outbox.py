"""The rows of messages on their way out: replaced under their version, and desks hear what became of a person's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.core.marks import MARKS, for_each
from gateway.core.model import Document, Message, Owner
from gateway.core.ports import Store

OUTCOME = "outcome"  # the topic


class Outbox:
    """tell: posts an event to all processes, as `Bus.post` does."""

    def __init__(self, store: Store, tell: Callable[[str, Mapping[str, Any]], None]) -> None:
        self._store = store
        self._tell = tell

    async def change(self, message: Message, **fields: Any) -> Message | None:
        """The message with these fields (`delivery`, `provider_id`); None when somebody else changed it first. Raises
        `StoreUnavailable`."""
        changed = message.model_copy(update=fields)
        is_news = _told(changed) != _told(message)
        if is_news and changed.delivery is not None and changed.delivery.state == "failed":
            await self._mark(changed)
        document = changed.document()
        if not await self._store.replace("messages", document):
            return None
        changed = changed.model_copy(update={"version": document["version"]})
        if is_news:
            self.tell(changed)
        return changed

    async def _mark(self, message: Message) -> None:
        """For who said it, and who has its conversation."""
        id = message.conversation_id or ""
        conversation = await self._store.get("conversations", id) if id else None
        owner = Owner.model_validate(conversation["owner"]) if conversation else None
        names = {message.sender.id, owner.id if owner is not None and owner.kind == "agent" else None}
        marks = for_each(filter(None, names), "undelivered", message.id, id, message.sent_at)
        if marks:
            await self._store.insert_many(MARKS, marks)

    def tell(self, message: Message) -> None:
        """Tell the desks how far a person's message has come."""
        delivery = _told(message)
        if delivery is not None:
            event = {
                "conversation_id": message.conversation_id,
                "message_id": message.id,
                "seq": message.seq,
                "version": message.version,
                "by": message.sender.id,
                "delivery": delivery,
            }
            self._tell(OUTCOME, event)


def _told(message: Message) -> Document | None:
    """What desks are told of its delivery; nothing of the bot's, since nobody waits for those and there are many."""
    delivery = message.delivery
    if message.sender.kind != "agent" or delivery is None:
        return None
    return {"state": delivery.state, "code": delivery.code, "meaning": delivery.meaning or ""}
