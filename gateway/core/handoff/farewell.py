"""Whether a citizen can be told that the person has left: in one line, where it takes nothing away that they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from channels.contract import Allowance, Channel, Event
from gateway.core import turns
from gateway.core.conversations import Conversations
from gateway.core.delivery import budget
from gateway.core.model import Conversation, Message
from gateway.core.ports import Store

_KEPT = 1  # of the platform's answers: somebody may still have to say something
_LOOKED_AT = 5


class Farewell:
    """channels: by name; of one that is not among them nothing has to be counted."""

    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        channels: Mapping[str, Channel],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._channels = channels
        self._now = now

    async def allowance(self, conversation: Conversation) -> Allowance | None:
        """What the citizen's platform still lets us answer; None where it sets no limit."""
        channel = self._channels.get(conversation.channel)
        if channel is None:
            return None
        window = conversation.window
        spent = await budget.spent(self._store, conversation, conversation.last_out)
        return channel.allowance(window.last_message_at, window.last_act_at, spent.total, self._now())

    async def traits(self, conversation: Conversation) -> turns.Traits | None:
        """How it is said in this conversation; None when it is better left out: it would take the last answer the
        platform allows, or the citizen has left themselves."""
        allowed = await self.allowance(conversation)
        # what waits together travels as one
        used = int(await self._is_on_its_way(conversation.last_out)) + _KEPT
        if allowed is not None and allowed.left <= used:
            return None
        if await self._has_left(conversation):
            return None
        return self._conversations.traits(conversation.channel)

    async def _is_on_its_way(self, message_id: str | None) -> bool:
        """Whether it is still to be counted."""
        document = await self._store.get("messages", message_id) if message_id else None
        delivery = Message.of(document).delivery if document else None
        return delivery is not None and delivery.is_open

    async def _has_left(self, conversation: Conversation) -> bool:
        """Whether they want no messages any more, or have stopped following us."""
        if conversation.opted_out_at is not None:
            return True
        where = {"conversation_id": conversation.id}
        found = await self._store.find("messages", where, sort=[("seq", -1)], limit=_LOOKED_AT)
        last = next((one for one in map(Message.of, found) if one.direction == "in"), None)
        return last is not None and any(isinstance(part, Event) and part.name == "unsubscribe" for part in last.parts)
