"""Files that belong to a ticket: what the citizen sent, and what staff add, for the citizen or for colleagues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from channels.contract import Media
from gateway.core.errors import Invalid, NotFound
from gateway.core.model import Message, new_id
from gateway.core.people import Person
from gateway.core.ports import Store
from gateway.core.tickets import machine, moves
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.model import Actor, Attachment, Ticket

MOST_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content_type: str
    data: bytes


class Attachments:
    def __init__(self, store: Store, desk: Desk, now: Callable[[], datetime]) -> None:
        self._store = store
        self._desk = desk
        self._now = now

    def of(self, person: Person, ticket: Ticket) -> list[Attachment]:
        """Those this person may see of a ticket they may see: of what is not for the citizen, a unit only its own."""
        own = self._desk.sight.own_units(person)
        return [one for one in ticket.attachments if one.public or not person.unit or one.unit in own]

    async def listed(self, person: Person, ticket: Ticket) -> list[Attachment]:
        """`of`; what the citizen sent in a conversation, with what is known of it once it is fetched."""
        found = self.of(person, ticket)
        ids = [one.message for one in found if one.message and not one.blob_id]
        documents = await self._store.get_many("messages", list(dict.fromkeys(ids))) if ids else []
        messages = {message.id: message for message in map(Message.of, documents)}
        return [_as_fetched(one, _media(messages.get(one.message or ""), one)) for one in found]

    async def check(self, person: Person, number: str) -> Actor:
        """That a file may be added now, before it is sent; for whom this person would. Raises `NotFound`, `Refused`."""
        ticket = await self._desk.get(person, number)
        actor = self._desk.actor(person, ticket)
        refusal = machine.refusal(ticket, moves.Attach, actor, self._now(), self._desk.ledger.rules)
        if refusal is not None:
            raise refusal
        return actor

    async def add(self, person: Person, number: str, file: File, *, public: bool) -> Attachment:
        """Keep a file with the ticket. Raises as `Desk.move`; `Invalid` when it is too large."""
        if len(file.data) > MOST_BYTES:
            raise Invalid("文件太大", limit=MOST_BYTES)
        actor = await self.check(person, number)
        attachment = Attachment(
            id=new_id(),
            blob_id=await self._store.put_blob(file.name, file.data, file.content_type, {"owner": number}),
            name=file.name,
            content_type=file.content_type,
            by=actor.id,
            unit=actor.unit,
            public=public,
        )
        await self._desk.move(person, number, moves.Attach(attachment=attachment))
        return attachment

    async def file(self, person: Person, number: str, id: str) -> File:
        """Raises `NotFound` for what is not there, not fetched yet, or not theirs to see."""
        ticket = await self._desk.look(person, number)
        attachment = next((one for one in self.of(person, ticket) if one.id == id), None)
        blob_id = await self._blob_id(attachment) if attachment else None
        found = await self._store.get_blob(blob_id) if blob_id else None
        if found is None:
            raise NotFound("没有这个附件", number=number)
        blob, data = found
        return File(blob.name, blob.content_type, data)

    async def _blob_id(self, attachment: Attachment) -> str | None:
        """Where it is kept; of what the citizen sent in a conversation, its message knows."""
        if attachment.blob_id or attachment.message is None:
            return attachment.blob_id
        document = await self._store.get("messages", attachment.message)
        media = _media(Message.of(document) if document else None, attachment)
        return media.blob_id if media else None


def _media(message: Message | None, attachment: Attachment) -> Media | None:
    """The part of the message that an attachment is."""
    parts, place = message.parts if message else (), attachment.part or 0
    media = getattr(parts[place], "media", None) if place < len(parts) else None
    return media if isinstance(media, Media) else None


def _as_fetched(attachment: Attachment, media: Media | None) -> Attachment:
    if attachment.blob_id or media is None or media.blob_id is None:
        return attachment
    known = {"name": media.name or "", "content_type": media.content_type or "application/octet-stream"}
    return attachment.model_copy(update=known)
