"""The live conversations: one mover at a time in this process, one winner among processes.

A conversation's document is replaced under its version; that single write is when a move happens (ADR 2). Everything
else the move means (messages, feedback, alarms) travels in the document's `tail` and is carried out afterwards, as
often as needed. Conversations met recently are kept in memory; a stale one loses the version check and is read again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.contract import Offer
from bot.phrases import Language
from channels.contract import Address, Part
from gateway.core import turns
from gateway.core.errors import Conflict, Refused
from gateway.core.model import Contact, Conversation, Document, Effect, Identity, Message, Owner, Sender, new_id
from gateway.core.ports import Bus, Store, StoreUnavailable

log = logging.getLogger("hotline.conversations")

KEPT = 20_000  # conversations kept in memory
TAIL_LIMIT = 40  # writes a conversation may carry before the next move waits for them
SETTLED_AT_ONCE = 64  # turns whose late writes travel together
ATTEMPTS = 8  # at a replacement that others keep winning
_PAGE = 200
# what people's lists show of a conversation
FOR_PEOPLE = {"channel", "identity", "contact_id", "owner", "seq", "read", "latest", "merged_into"}


Decide = Callable[[Conversation], tuple[Conversation, Sequence[Effect]] | None]


@dataclass(slots=True)
class Live:
    """A conversation as this process last saw it. pending: the writes of its tail that are not carried out yet, by
    id, with their packed form. loaded_at: when it was read from the store, loop time."""

    conversation: Conversation
    loaded_at: float
    pending: dict[str, tuple[Effect, str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Conversations:
    def __init__(
        self,
        store: Store,
        bus: Bus,
        now: Callable[[], datetime],
        *,
        traits: Mapping[str, turns.Traits] | None = None,
    ) -> None:
        self._store = store
        self._bus = bus
        self._now = now
        self._traits = traits or {}
        self._live: OrderedDict[str, Live] = OrderedDict()
        self._lanes: dict[str, _Lane] = {}
        self._owed: list[tuple[Live, Sequence[Effect], Callable[[frozenset[str]], None]]] = []
        self._settling: asyncio.Task[None] | None = None

    def traits(self, channel: str) -> turns.Traits:
        return self._traits.get(channel, turns.Traits())

    # -- finding --------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def lane(self, identity: str) -> AsyncIterator[None]:
        """One mover at a time for an identity, first come first served, in this process."""
        lane = self._lanes.setdefault(identity, _Lane())
        lane.users += 1
        try:
            async with lane.lock:
                yield
        finally:
            lane.users -= 1
            if not lane.users:
                self._lanes.pop(identity, None)

    async def open(self, address: Address) -> Identity:
        """The identity at this address with its contact and conversation, made at the first contact."""
        key = address.key
        document = await self._store.get("identities", key)
        if document is not None:
            return Identity.of(document)
        now = self._now()
        contact = Contact(id=new_id(), created_at=now)
        conversation = Conversation(
            id=new_id(),
            channel=address.channel,
            identity=key,
            contact_id=contact.id,
            owner=Owner(since=now),
            opened_at=now,
            updated_at=now,
        )
        identity = Identity(
            id=key,
            channel=address.channel,
            account=address.account,
            external_id=address.external_id,
            contact_id=contact.id,
            conversation_id=conversation.id,
            created_at=now,
        )
        await asyncio.gather(
            self._store.insert("contacts", contact.document()),
            self._store.insert("conversations", conversation.document()),
        )
        # the identity's natural key decides when two processes meet the same newcomer
        if await self._store.insert("identities", identity.document()):
            self._remember(key, Live(conversation, asyncio.get_running_loop().time()))
            return identity
        await self._store.delete("conversations", [conversation.id])
        await self._store.delete("contacts", [contact.id])
        return Identity.of(await self._required("identities", key))

    async def load(self, address: Address) -> tuple[Live, bool]:
        """The conversation at an address, and whether it was read from the store just now (call within its lane).
        One that is read has its tail carried out first."""
        live = self._live.get(address.key)
        if live is not None:
            self._live.move_to_end(address.key)
            return live, False
        identity = await self.open(address)
        conversation = Conversation.of(await self._required("conversations", identity.conversation_id))
        loaded_at = asyncio.get_running_loop().time()
        await self.carry_out(conversation.unsettled())
        live = Live(conversation.model_copy(update={"tail": ()}), loaded_at)
        self._remember(address.key, live)
        return live, True

    def forget(self, identity: str) -> None:
        """Read it from the store next time: it changed elsewhere, or the last write's outcome is unknown."""
        self._live.pop(identity, None)

    def _remember(self, key: str, live: Live) -> None:
        self._live[key] = live
        self._live.move_to_end(key)
        while len(self._live) > KEPT:
            self._live.popitem(last=False)

    async def _required(self, collection: str, id: str) -> Document:
        document = await self._store.get(collection, id)
        if document is None:
            raise Conflict(f"{collection} has no document for an id it must have", id=id)
        return document

    # -- moving ---------------------------------------------------------------------------------------------------

    async def commit(self, live: Live, conversation: Conversation, effects: Sequence[Effect]) -> bool:
        """Replace the conversation, carrying its unsettled tail and these effects. False when another process moved
        it meanwhile: nothing happened, read it again. Call within its lane."""
        if len(live.pending) > TAIL_LIMIT:
            await self.settle(live, [effect for effect, _ in live.pending.values()])
        packed = {effect.id: (effect, effect.pack()) for effect in effects}
        tail = (*(text for _, text in live.pending.values()), *(text for _, text in packed.values()))
        moved = conversation.model_copy(update={"tail": tail})
        document = moved.document()
        try:
            won = await self._store.replace("conversations", document)
        except StoreUnavailable:
            self.forget(conversation.identity)
            raise
        if not won:
            self.forget(conversation.identity)
            return False
        # the tail is kept in `pending`; kept here too it would stay after it was carried out
        live.conversation = conversation.model_copy(update={"version": document["version"], "tail": ()})
        live.pending |= packed
        return True

    async def change(self, address: Address, decide: Decide, *, key: str = "") -> Conversation:
        """Move a conversation by a pure function of it; None leaves it as it is. key: of the message it says; said
        already, nothing happens. Raises `Conflict` when others keep moving it, and what `decide` raises of its present
        state."""
        async with self.lane(address.key):
            for _ in range(ATTEMPTS):
                live, fresh = await self.load(address)
                if key and await self._is_said(live, key):
                    return live.conversation
                try:
                    decided = decide(live.conversation)
                except Refused:
                    if fresh:
                        raise
                    # what is remembered here may be older than what another process has done
                    self.forget(address.key)
                    continue
                if decided is None:
                    return live.conversation
                conversation, effects = decided
                if await self.commit(live, conversation, effects):
                    self.announce(live.conversation, effects)
                    if effects:
                        await self.settle(live, effects)
                    return live.conversation
        raise Conflict("这个会话正在变动，请再试一次")

    async def _is_said(self, live: Live, key: str) -> bool:
        first = f"{key}#0"
        return first in live.pending or await self._store.get("messages", first) is not None

    async def post(
        self,
        address: Address,
        parts: Sequence[Part],
        sender: Sender,
        *,
        key: str = "",
        due: datetime | None = None,
        offer: Offer | None = None,
        **about: Any,
    ) -> list[Message]:
        """Say something to the person at an address; it is delivered from `due` (now) on. The messages it became.

        key: names what is said, so that posting it again, after a crash or in another process, says it once; then no
        messages are returned. offer: choices among what is said, for the bot to understand the answer to. about:
        further fields of the messages. Raises `Conflict`, `StoreUnavailable`.
        """
        async with self.lane(address.key):
            for _ in range(ATTEMPTS):
                live, _fresh = await self.load(address)
                if key and await self._is_said(live, key):
                    return []
                now = self._now()
                conversation, messages = turns.say(
                    live.conversation,
                    parts,
                    sender,
                    now,
                    traits=self.traits(address.channel),
                    due=due or now,
                    about=about,
                    key=key,
                )
                if offer is not None:
                    conversation = turns.offered(conversation, offer)
                effects = [Effect("insert", "messages", message.document()) for message in messages]
                if await self.commit(live, conversation, effects):
                    self.announce(live.conversation, effects)
                    await self.settle(live, effects)
                    self.tell("delivery", {})
                    return messages
        raise Conflict("这个会话正在变动，请再试一次")

    async def settle(self, live: Live, effects: Sequence[Effect]) -> None:
        """Carry out tail writes now, and remember that they are."""
        await self.carry_out(effects)
        for effect in effects:
            live.pending.pop(effect.id, None)

    def settle_soon(self, live: Live, effects: Sequence[Effect], settled: Callable[[frozenset[str]], None]) -> None:
        """Carry out tail writes together with other conversations'. settled: called in the end, with the ids of
        inserts that were there already; the writes may have failed, and are then left to the sweep."""
        self._owed.append((live, effects, settled))
        if self._settling is None:
            self._settling = asyncio.get_running_loop().create_task(self._settle_owed())

    async def _settle_owed(self) -> None:
        try:
            while self._owed:
                owed, self._owed = self._owed[:SETTLED_AT_ONCE], self._owed[SETTLED_AT_ONCE:]
                present: frozenset[str] = frozenset()
                try:
                    present = await self.carry_out([effect for _, effects, _ in owed for effect in effects])
                    for live, effects, _ in owed:
                        for effect in effects:
                            live.pending.pop(effect.id, None)
                except StoreUnavailable:
                    log.warning("writes of decided turns are left to the sweep", extra={"turns": len(owed)})
                except Exception:
                    # one turn's defect must not take the others along; all of them stay in their tails
                    log.exception("writes of decided turns failed", extra={"turns": len(owed)})
                finally:
                    for _, _, settled in owed:
                        settled(present)
        finally:
            self._settling = None

    async def carry_out(self, effects: Iterable[Effect]) -> frozenset[str]:
        """The ids of inserts that were there already. Repeatable: those and a replacement already made change nothing.

        Inserts come first: the replacement numbers the accepted message, and once it is numbered the sweep does not
        look at it again.
        """
        inserts: defaultdict[str, list[Document]] = defaultdict(list)
        replaces: defaultdict[str, list[Document]] = defaultdict(list)
        for effect in effects:
            if effect.how == "insert":
                inserts[effect.collection].append(effect.document)
            else:
                # the document holds the version it is to have; the door replaces the one before and raises it
                before = {**effect.document, "version": effect.document["version"] - 1}
                replaces[effect.collection].append(before)
        inserted = await asyncio.gather(
            *(self._store.insert_many(collection, documents) for collection, documents in inserts.items())
        )
        await asyncio.gather(
            *(self._store.replace_many(collection, documents) for collection, documents in replaces.items())
        )
        return frozenset(
            document["_id"]
            for documents, new in zip(inserts.values(), inserted, strict=True)
            for document, was_new in zip(documents, new, strict=True)
            if not was_new
        )

    # -- telling and reading --------------------------------------------------------------------------------------

    def announce(self, conversation: Conversation, effects: Iterable[Effect] = (), *, version: int = 0) -> None:
        """Tell who watches, with the messages among the effects. Best effort: whoever misses it reads on from the last
        number it has. version: the conversation's, when it has one that this value does not know of yet."""
        event: dict[str, Any] = {
            "conversation_id": conversation.id,
            "version": version or conversation.version,
            "seq": conversation.seq,
            "owner": conversation.owner.kind,
            "read": conversation.read.model_dump(),
            "messages": [
                {**effect.document, "id": effect.id, "platform_fields": None}
                for effect in effects
                if effect.collection == "messages"
            ],
        }
        if conversation.owner.kind != "bot":
            event["people"] = conversation.model_dump(include=FOR_PEOPLE)
        self._bus.post("conversation", event)

    def tell(self, topic: str, event: Mapping[str, Any]) -> None:
        """An event that is not a message: somebody is typing, an alarm."""
        self._bus.post(topic, event)

    async def get(self, conversation_id: str) -> Conversation | None:
        document = await self._store.get("conversations", conversation_id)
        return None if document is None else Conversation.of(document)

    async def language(self, identity: str) -> Language:
        """Which the person behind an identity last wrote in. Raises `StoreUnavailable`."""
        document = await self._store.get("identities", identity)
        conversation = await self.get(document["conversation_id"]) if document else None
        return conversation.memory.language if conversation else "zh"

    async def history(
        self, conversation_id: str, *, after: int | None = None, before: int | None = None, limit: int = 50
    ) -> tuple[list[Message], Conversation]:
        """Messages in order of their numbers: the first `limit` after a number, else the last `limit` before one.
        Includes what is decided and not yet carried out. Raises `Conflict` for an unknown conversation."""
        limit = max(1, min(limit, _PAGE))
        conversation = Conversation.of(await self._required("conversations", conversation_id))
        # what is committed later may be carried out in part; up to here the tail has whatever is not
        bounds: dict[str, int] = {"$lte": conversation.seq}
        if after is not None:
            bounds["$gt"] = after
        if before is not None:
            bounds["$lt"] = before
        forward = after is not None
        where: dict[str, Any] = {"conversation_id": conversation_id, "seq": bounds}
        documents = await self._store.find("messages", where, sort=[("seq", 1 if forward else -1)], limit=limit)
        found = {message.id: message for message in map(Message.of, documents)}
        for message in conversation.unsettled_messages():
            number = message.seq or 0
            if (after is None or number > after) and (before is None or number < before):
                found.setdefault(message.id, message)
        ordered = sorted(found.values(), key=lambda message: message.seq or 0)
        return (ordered[:limit] if forward else ordered[-limit:]), conversation
