"""What a visitor of the web or the mobile app may see and do in their own conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from channels.contract import Accepted, Address, IntakeUnavailable, Part
from gateway.core.conversations import Conversations
from gateway.core.errors import Conflict
from gateway.core.intake import Intake
from gateway.core.model import Conversation, Effect, Message
from gateway.core.ports import Blob, Limits, Store, StoreUnavailable


@dataclass(frozen=True, slots=True)
class Said:
    id: str
    seq: int | None
    direction: str
    sender_kind: str
    sender_name: str | None
    parts: tuple[Part, ...]
    at: datetime
    provider_id: str | None
    reply_to: str | None
    delivery: str | None

    @classmethod
    def of(cls, message: Message) -> Said:
        return cls(
            id=message.id,
            seq=message.seq,
            direction=message.direction,
            sender_kind=message.sender.kind,
            sender_name=message.sender.name,
            parts=message.parts,
            at=message.sent_at,
            provider_id=message.provider_id,
            reply_to=message.reply_to,
            delivery=message.delivery.state if message.delivery else None,
        )


@dataclass(frozen=True, slots=True)
class Thread:
    conversation: Conversation

    @property
    def contact_id(self) -> str:
        return self.conversation.contact_id

    @property
    def conversation_id(self) -> str:
        return self.conversation.id

    @property
    def seq(self) -> int:
        return self.conversation.seq

    @property
    def owner(self) -> Literal["bot", "queue", "agent"]:
        return self.conversation.owner.kind

    @property
    def read_by_citizen(self) -> int:
        return self.conversation.read.citizen

    @property
    def read_by_staff(self) -> int:
        return self.conversation.read.staff


@dataclass(frozen=True, slots=True)
class Kept:
    name: str
    content_type: str
    data: bytes


@asynccontextmanager
async def _stores_at_hand() -> AsyncIterator[None]:
    try:
        yield
    except (StoreUnavailable, Conflict) as error:
        raise IntakeUnavailable from error


class Visits:
    """Implements the web channel's `Threads`."""

    def __init__(
        self, store: Store, limits: Limits, conversations: Conversations, intake: Intake, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._limits = limits
        self._conversations = conversations
        self._intake = intake
        self._now = now

    async def open(self, address: Address) -> Thread:
        async with _stores_at_hand():
            # from the store: another process may have moved it since this one remembered it
            identity = await self._conversations.open(address)
            conversation = await self._conversations.get(identity.conversation_id)
        if conversation is None:
            raise IntakeUnavailable
        return Thread(conversation)

    async def history(
        self, conversation_id: str, *, after: int | None, before: int | None, limit: int
    ) -> tuple[Sequence[Said], Thread]:
        async with _stores_at_hand():
            messages, conversation = await self._conversations.history(
                conversation_id, after=after, before=before, limit=limit
            )
        return [Said.of(message) for message in messages], Thread(conversation)

    async def said(self, accepted: Accepted, within: float) -> Said | None:
        async with _stores_at_hand():
            message = await self._intake.said(accepted, within)
        return None if message is None else Said.of(message)

    async def mark_read(self, address: Address, seq: int) -> Thread:
        def moved(conversation: Conversation) -> tuple[Conversation, Sequence[Effect]] | None:
            seen = min(seq, conversation.seq)
            if seen <= conversation.read.citizen:
                return None
            return conversation.model_copy(update={"read": conversation.read.model_copy(update={"citizen": seen})}), ()

        async with _stores_at_hand():
            conversation = await self._conversations.change(address, moved)
            if conversation.seq < seq:
                # remembered from before another process went on
                self._conversations.forget(address.key)
                conversation = await self._conversations.change(address, moved)
        return Thread(conversation)

    async def keep(self, conversation_id: str, name: str, content_type: str, data: bytes) -> str:
        async with _stores_at_hand():
            return await self._store.put_blob(name, data, content_type, {"owner": conversation_id})

    async def kept_about(self, conversation_id: str, id: str) -> Blob | None:
        async with _stores_at_hand():
            found = await self._store.blob_about(id)
        return found if found is not None and found.metadata.get("owner") == conversation_id else None

    async def kept(self, conversation_id: str, id: str) -> Kept | None:
        async with _stores_at_hand():
            found = await self._store.get_blob(id)
        if found is None or found[0].metadata.get("owner") != conversation_id:
            return None
        blob, data = found
        return Kept(name=blob.name, content_type=blob.content_type, data=data)

    async def typing(self, conversation_id: str) -> None:
        self._conversations.tell("typing", {"conversation_id": conversation_id, "who": "citizen"})

    async def allow(self, key: str, limit: int, per_seconds: float) -> float:
        async with _stores_at_hand():
            return await self._limits.allow(key, limit, per_seconds)
