"""What people write for each other beside a conversation. A collection of its own, so that no way leads it to a
citizen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.contract import masked
from channels.contract import Address
from gateway.core.marks import NOTES, for_each
from gateway.core.model import Conversation, Document, milliseconds

__all__ = ["NOTES", "Act", "Marked", "Note", "deed", "mark", "marks", "written"]

Act = Literal["merged", "separated"]


@dataclass(frozen=True, slots=True)
class Marked:
    """A citizen as lists name them, in any language. citizen: see `mark`."""

    channel: str
    citizen: str


@dataclass(frozen=True, slots=True)
class Note:
    """after: the message it was written after. told: who is told of it wherever they are: those it names, and who had
    the conversation; never its author. act: what was done, where the note says that in place of a text; about: with
    whose conversation."""

    id: str
    conversation_id: str
    after: int
    author: str
    name: str
    text: str
    mentions: tuple[str, ...]
    at: datetime
    told: tuple[str, ...] = ()
    act: Act | None = None
    about: Marked | None = None

    @classmethod
    def of(cls, document: Document) -> Note:
        kept = {name: document[name] for name in ("conversation_id", "after", "author", "name", "text", "at")}
        about = Marked(**document["about"]) if "about" in document else None
        mentions, told = tuple(document["mentions"]), tuple(document.get("told", ()))
        return cls(id=document["_id"], mentions=mentions, told=told, act=document.get("act"), about=about, **kept)


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
    owner = conversation.owner
    has = {owner.id} if owner.kind == "agent" and owner.id else set()
    return {
        "_id": f"{conversation.id}:{author}:{key}",
        "version": 1,
        "conversation_id": conversation.id,
        "after": conversation.seq,
        "author": author,
        "name": name,
        "text": text,
        "mentions": list(mentions),
        "told": sorted({*mentions, *has} - {author}),
        "at": now,
        "at_ms": milliseconds(now),
    }


def marks(note: Document) -> list[Document]:
    """For those who are told of it, to be inserted before it."""
    return for_each(note["told"], "note", note["_id"], note["conversation_id"], note["at"])


def deed(act: Act, other: Conversation) -> Document:
    """A note's fields that say what was done, in place of a text. other: with which conversation."""
    return {"act": act, "about": {"channel": other.channel, "citizen": mark(other.identity, other.contact_id)}}


def mark(identity: str, contact_id: str) -> str:
    """What tells a citizen apart from others on their channel without telling who they are: a phone's number, masked;
    else the end of the contact's id."""
    address = Address.of(identity)
    return masked(address.external_id) if address.channel == "sms" else contact_id[-4:]
