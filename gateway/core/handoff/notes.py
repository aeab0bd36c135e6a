"""What people write for each other beside a conversation. A collection of its own, so that no way leads it to a
citizen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.contract import masked
from channels.contract import Address
from gateway.core.model import Conversation, Document, milliseconds

NOTES = "notes"
_CHANNELS = {"wechat": "微信", "sms": "短信", "web": "网页", "app": "手机应用"}


@dataclass(frozen=True, slots=True)
class Note:
    """after: the message it was written after."""

    id: str
    conversation_id: str
    after: int
    author: str
    name: str
    text: str
    mentions: tuple[str, ...]
    at: datetime

    @classmethod
    def of(cls, document: Document) -> Note:
        kept = {name: document[name] for name in ("conversation_id", "after", "author", "name", "text", "at")}
        return cls(id=document["_id"], mentions=tuple(document["mentions"]), **kept)


def written(
    conversation: Conversation,
    author: str,
    name: str,
    text: str,
    now: datetime,
    *,
    key: str,
    mentions: Sequence[str] = (),
) -> Document:
    """One after the last thing said. author, name: who wrote it. key: names it, so that it is written once."""
    return {
        "_id": f"{conversation.id}:{author}:{key}",
        "version": 1,
        "conversation_id": conversation.id,
        "after": conversation.seq,
        "author": author,
        "name": name,
        "text": text,
        "mentions": list(mentions),
        "at": now,
        "at_ms": milliseconds(now),
    }


def label(identity: str, contact_id: str) -> str:
    """A citizen as lists name them: their channel, and what tells them apart without telling who they are."""
    address = Address.of(identity)
    name = _CHANNELS.get(address.channel, address.channel)
    return f"{name} {masked(address.external_id)}" if address.channel == "sms" else f"{name} {contact_id[-4:]}"
