"""Conversations on nobody's list: what the bot has, and what somebody looks for by what they know of it."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot import proof, reading
from gateway.core import turns
from gateway.core.contacts import Contacts
from gateway.core.errors import NotFound
from gateway.core.handoff.board import Row, row_of
from gateway.core.handoff.desk import ConversationDesk
from gateway.core.model import Conversation, Document, Latest, Message
from gateway.core.paging import Order, Pages, Stretch, after, place_of, read_any
from gateway.core.people import Person
from gateway.core.ports import Store
from gateway.core.vault import Vault

PAGE = 30
MOST_FOUND = 20
_LOOKED_AT = 100  # of those that share an end
_LAST = 6  # messages in which the citizen's last one is looked for
_LATEST: Order = (("bot_ms", -1), ("identity", -1))
# as lists name a citizen, or only the end of it
_END = re.compile(r"(?:.*[\s*])?([0-9A-Z]{4})")


class Finding:
    """Every way to a conversation passes `ConversationDesk.may_see`."""

    def __init__(self, store: Store, contacts: Contacts, desk: ConversationDesk, vault: Callable[[], Vault]) -> None:
        self._store = store
        self._contacts = contacts
        self._desk = desk
        self._pages = Pages(vault)

    async def with_bot(
        self, person: Person, *, before: str = "", limit: int = PAGE
    ) -> tuple[tuple[Row, ...], str | None]:
        """What the bot has and something was said in, the latest first, and what to pass on as `before` for more; None
        when there is none. Raises `Forbidden`, `Invalid` for what no page said."""
        if not self._desk.sees_all(person):
            return (), None

        async def source(place: str, size: int) -> Stretch[Conversation]:
            found = await read_any(
                self._store, "conversations", after({"bot_ms": {"$gte": 0}}, _LATEST, place), _LATEST, size
            )
            read = [(Conversation.of(document), place_of(document, _LATEST)) for document in found.documents]
            return Stretch(read, None if found.whole else read[-1][1])

        def is_for(one: Conversation) -> bool:
            return self._desk.may_see(person, one.owner)

        found, more = await self._pages.page(source, is_for, before, limit)
        return await self._rows(found), more

    async def by_text(self, person: Person, text: str) -> tuple[Row, ...]:
        """By a phone, with the other conversations of whom it belongs to; or by what tells a citizen apart in lists.
        Raises `Forbidden`."""
        phone = proof.number(reading.plain(text))
        if phone:
            return await self._of_phone(person, phone)
        read = _END.fullmatch(unicodedata.normalize("NFKC", text).strip().upper())
        if read is None:
            return ()
        return await self._shown(
            person, await self._store.find("conversations", {"citizen_end": read[1]}, limit=_LOOKED_AT)
        )

    async def _of_phone(self, person: Person, phone: str) -> tuple[Row, ...]:
        try:
            identity = await self._contacts.identity(phone)
        except NotFound:
            return ()
        identities = await self._contacts.identities(identity.contact_id)
        return await self._several(person, [one.conversation_id for one in identities])

    async def of_identities(self, person: Person, keys: Sequence[str]) -> tuple[Row, ...]:
        """Those of the identities with these keys, of the first ones when there are many. Raises `Forbidden`."""
        found = await self._store.get_many("identities", list(dict.fromkeys(keys))[:MOST_FOUND])
        return await self._several(person, [identity["conversation_id"] for identity in found])

    async def _several(self, person: Person, ids: Sequence[str]) -> tuple[Row, ...]:
        return await self._shown(person, await self._store.get_many("conversations", ids))

    async def _shown(self, person: Person, documents: Sequence[Document]) -> tuple[Row, ...]:
        found = sorted(map(Conversation.of, documents), key=lambda one: (one.updated_at, one.id), reverse=True)
        return await self._rows([one for one in found if self._desk.may_see(person, one.owner)][:MOST_FOUND])

    async def _rows(self, found: Sequence[Conversation]) -> tuple[Row, ...]:
        said = await asyncio.gather(*map(self._latest, found))
        return tuple(replace(row_of(one), latest=latest) for one, latest in zip(found, said, strict=True))

    async def _latest(self, conversation: Conversation) -> Latest | None:
        """What the citizen said last. While the bot has a conversation, its document does not say."""
        if conversation.owner.kind != "bot":
            return conversation.latest
        where = {"conversation_id": conversation.id, "seq": {"$gt": conversation.seq - _LAST, "$lte": conversation.seq}}
        stored = await self._store.find("messages", where, limit=_LAST)
        said = [*map(Message.of, stored), *conversation.unsettled_messages()]
        heard = [message for message in said if message.direction == "in"] or said
        return turns.latest(max(heard, key=lambda message: message.seq or 0)) if heard else None
