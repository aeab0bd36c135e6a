"""What the web channel needs of the gateway, beside `channels.contract.Intake`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from channels.contract import Accepted, Address, Part


class Unavailable(Exception):
    """A store is away; try again soon."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A visitor's conversation as it stands. seq: the number of its last message."""

    contact_id: str
    conversation_id: str
    seq: int
    owner: str
    read_by_citizen: int
    read_by_staff: int


@dataclass(frozen=True, slots=True)
class Said:
    """One stored message. seq is None until it has its place in the conversation."""

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


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content_type: str
    data: bytes


class Threads(Protocol):
    """Every call raises `Unavailable` when a store is away."""

    async def open(self, address: Address) -> Thread: ...

    async def history(
        self, conversation_id: str, *, after: int | None, before: int | None, limit: int
    ) -> tuple[Sequence[Said], Thread]: ...

    async def said(self, accepted: Accepted, within: float) -> Said | None:
        """The accepted message, numbered when that happens within so many seconds."""
        ...

    async def mark_read(self, address: Address, seq: int) -> Thread: ...

    async def keep(self, owner: str, file: File) -> str:
        """Keep a visitor's file; its id. owner: the conversation it belongs to."""
        ...

    async def kept(self, owner: str, id: str) -> File | None:
        """A file of this conversation."""
        ...

    async def typing(self, conversation_id: str) -> None: ...

    async def allow(self, key: str, limit: int, per_seconds: float) -> float:
        """0.0, or the seconds to wait."""
        ...
