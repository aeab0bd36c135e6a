"""Conversations as people at the desks work with them: seen, taken, answered, passed on, ended.

Who answers for the hotline may look into any conversation and take it from the bot or the queue; a unit's people see
what waits for their unit and what they have. Only its owner answers, which is checked by the same write that says it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from bot import intents, reading
from channels.contract import Address, Allowance, Part
from gateway.core import turns
from gateway.core.contacts import Contacts
from gateway.core.conversations import Conversations
from gateway.core.errors import Forbidden, Invalid, NotFound, Refused
from gateway.core.handoff import merging, moves
from gateway.core.handoff.agents import Agents
from gateway.core.handoff.board import Board, Row, row_of
from gateway.core.handoff.farewell import Farewell
from gateway.core.handoff.following import Following
from gateway.core.handoff.moves import Hand, Moved
from gateway.core.handoff.notes import NOTES, Note, marks, written
from gateway.core.marks import MARKS, Mark, Marks
from gateway.core.model import Conversation, Document, Effect, Identity, Message, Owner, milliseconds, new_id
from gateway.core.people import Person
from gateway.core.ports import Blob, Store

HANDLES, FOR_UNIT, LEADS = "conversations.handle", "conversations.unit", "conversations.lead"
DraftKind = Literal["answer", "note"]
DRAFTS: tuple[DraftKind, ...] = get_args(DraftKind)
LONGEST_SNOOZE = timedelta(days=7)
MOST_NOTES = 200
MOST_HANDOFFS = 30


@dataclass(frozen=True, slots=True)
class Citizen:
    """Who writes. elsewhere: their other identities. allowance: what their platform still lets us answer."""

    contact_id: str
    identity: Identity
    elsewhere: tuple[Identity, ...]
    handoffs: tuple[Document, ...]
    allowance: Allowance | None


async def _nobody_asks(_: Person, __: str) -> None:
    return None


class ConversationDesk:
    """attended: told of a conversation that this person took, or answered in."""

    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        now: Callable[[], datetime],
        *,
        contacts: Contacts,
        board: Board,
        following: Following,
        agents: Agents,
        farewell: Farewell,
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._contacts = contacts
        self.board = board
        self._following = following
        self.agents = agents
        self._farewell = farewell
        self._marks = Marks(store, now)
        self.now = now
        self.attended: Callable[[Person, str], Awaitable[None]] = _nobody_asks

    # -- seeing ---------------------------------------------------------------------------------------------------

    def answers(self, person: Person) -> bool:
        """Whether they answer citizens."""
        return HANDLES in person.scopes or (FOR_UNIT in person.scopes and person.unit is not None)

    def hand(self, person: Person) -> Hand:
        """Raises `Forbidden`."""
        if HANDLES in person.scopes:
            return Hand(person.username, person.name, leads=LEADS in person.scopes)
        if FOR_UNIT in person.scopes and person.unit:
            return Hand(person.username, person.name, unit=person.unit)
        raise Forbidden("您的岗位不接待市民")

    def may_see(self, person: Person, owner: Owner) -> bool:
        """Whether they may look into a conversation that is somebody's. Raises `Forbidden`."""
        return moves.may_see(self.hand(person), owner)

    def sees_all(self, person: Person) -> bool:
        """Whether they may look into any. Raises `Forbidden`."""
        return not self.hand(person).unit

    async def get(self, person: Person, id: str) -> Conversation:
        """As the store has it now. Raises `Forbidden`, `NotFound`, also for one that is not theirs to see."""
        hand = self.hand(person)
        conversation = await self._conversations.get(id)
        if conversation is None or not moves.may_see(hand, conversation.owner):
            raise NotFound("没有这个会话", id=id)
        return conversation

    async def thread(
        self, person: Person, id: str, *, after: int | None = None, before: int | None = None, limit: int = 50
    ) -> tuple[list[Message], list[Note], Conversation]:
        """Messages as `Conversations.history` has them, and the notes that stand among them."""
        await self.get(person, id)
        messages, conversation = await self._conversations.history(id, after=after, before=before, limit=limit)
        first = (messages[0].seq or 0) - 1 if messages else 0
        last = conversation.seq if before is None else before - 1
        where = {"conversation_id": id, "after": {"$gte": first, "$lte": last}}
        found = await self._store.find(NOTES, where, sort=[("after", 1)], limit=MOST_NOTES)
        return messages, sorted(map(Note.of, found), key=lambda note: (note.after, note.at)), conversation

    async def citizen(self, person: Person, id: str) -> Citizen:
        """Who writes, and what can still be said to them; elsewhere as far as this person may look into it."""
        conversation, hand = await self.get(person, id), self.hand(person)
        identities = await self._contacts.identities(conversation.contact_id)
        own = next((one for one in identities if one.id == conversation.identity), None)
        if own is None:
            own = await self._contacts.identity(conversation.identity)
        where = {"conversation_id": id}
        log = await self._store.find("handoffs", where, sort=[("at_ms", -1)], limit=MOST_HANDOFFS)
        return Citizen(
            contact_id=conversation.contact_id,
            identity=own,
            elsewhere=tuple(one for one in identities if one.id != own.id and self._leads_to(hand, one)),
            handoffs=tuple(log),
            allowance=await self._farewell.allowance(conversation),
        )

    def _leads_to(self, hand: Hand, identity: Identity) -> bool:
        """What a unit's people may look into, the board has."""
        row = self.board.get(identity.conversation_id)
        return not hand.unit or (row is not None and moves.may_see(hand, row.owner))

    async def last_question(self, person: Person, id: str, looked_at: int) -> str:
        """What the citizen wrote last in words, among so many messages; a command to the bot is none."""
        messages, _, _ = await self.thread(person, id, limit=looked_at)
        for message in reversed(messages):
            text = turns.words(message) if message.direction == "in" else ""
            if text and intents.command(reading.plain(text)) is None:
                return text
        return ""

    async def file(self, person: Person, id: str, blob_id: str) -> tuple[Blob, bytes]:
        """A picture, voice or file of the conversation. Raises `NotFound`, also for one of another."""
        conversation = await self.get(person, id)
        about = await self._store.blob_about(blob_id)
        owner = about.metadata.get("owner") if about else None
        found = await self._store.get_blob(blob_id) if owner == conversation.id else None
        if found is None:
            raise NotFound("没有这个文件", id=blob_id)
        return found

    # -- whose it is ----------------------------------------------------------------------------------------------

    async def take(self, person: Person, id: str) -> Row:
        """Theirs from now on, from the queue or from the bot. Raises `Refused` when somebody else has it."""
        hand = self.hand(person)
        await self.agents.beat(person.username)
        row = await self._lead(person, id, lambda one, now: moves.take(one, hand, now))
        await self.attended(person, id)
        return row

    async def assign(self, person: Person, id: str, to: Person, *, note: str = "") -> Row:
        """To somebody else. Raises `Refused`, `Forbidden` when that person does not answer citizens."""
        hand, other = self.hand(person), self.hand(to)
        return await self._lead(person, id, lambda one, now: moves.assign(one, other, hand, now, note=note[:500]))

    async def pass_on(
        self, person: Person, id: str, *, skill: str | None = None, unit: str | None = None, note: str = ""
    ) -> Row:
        """Into the queue. Raises `Refused`, also when nobody of the unit is there to take it."""
        hand = self.hand(person)
        if unit and not self.agents.attend(unit):
            raise Refused("nobody_there", "这个单位现在没有人在线接待，可以转给别的坐席，或者登记工单", unit=unit)
        return await self._lead(
            person, id, lambda one, now: moves.pass_on(one, hand, now, skill=skill, unit=unit, note=note[:500])
        )

    async def back_to_bot(self, person: Person, id: str) -> Row:
        """The citizen is told that the bot answers, once."""
        hand, tell = self.hand(person), await self._farewell.traits(await self._leading(person, id))
        return await self._lead(person, id, lambda one, now: moves.back_to_bot(one, hand, now, tell=tell))

    async def close(self, person: Person, id: str, *, category: str) -> Row:
        """The citizen is told that the bot answers what they write next, once."""
        hand, tell = self.hand(person), await self._farewell.traits(await self._leading(person, id))
        return await self._lead(person, id, lambda one, now: moves.close(one, hand, now, category=category, tell=tell))

    async def snooze(self, person: Person, id: str, until: datetime | None) -> Row:
        """Raises `Invalid` for a moment that is past or too far away, `Refused`."""
        hand, now = self.hand(person), self.now()
        if until is not None and not now < until <= now + LONGEST_SNOOZE:
            raise Invalid("只能搁置到以后七天之内")

        def snooze(one: Conversation, now: datetime) -> Moved:
            return moves.snooze(one, hand, until, now)

        found = await self._leading(person, id)
        for row in self.board.followers(found.id):
            # also one whose citizen waits, which would not follow by itself
            await self._move(person, row.id, snooze)
        return await self._lead(person, id, snooze)

    # -- worked as one --------------------------------------------------------------------------------------------

    async def merge(self, person: Person, id: str, other: str) -> Row:
        """Worked as one from now on: the other, and those with it, follow this one. Raises `Refused`, `NotFound`."""
        hand, key = self.hand(person), new_id()
        into, one = await self._leading(person, id), await self._leading(person, other)
        if one.id == into.id and other != id:
            return row_of(await self.get(person, id))
        if len(self.board.followers(into.id)) + len(self.board.followers(one.id)) >= merging.MOST:
            raise Refused("too_many", f"最多 {merging.MOST + 1} 个会话并在一起")
        moved = await self._move(person, one.id, lambda one, now: merging.merge(one, into, hand, now, key=key))
        await self._following.bring(moved, by=person.username)
        self._tell_noted(person, key, into.id, one.id)
        return row_of(await self.get(person, id))

    async def separate(self, person: Person, id: str) -> Row:
        """On its own again; one that leads, without those that follow it. Raises `Refused`."""
        hand, key = self.hand(person), new_id()
        asked = await self.get(person, id)
        leader = await self._leading(person, id)
        parting = [id] if asked.merged_into else [row.id for row in self.board.followers(id)]
        if not parting:
            raise Refused("not_merged", "这个会话没有和别的会话并在一起")
        for one in parting:
            moved = await self._move(person, one, lambda one, now: merging.separate(one, leader, hand, now, key=key))
        self._tell_noted(person, key, leader.id, *parting)
        return row_of(moved if asked.merged_into else asked)

    async def _leading(self, person: Person, id: str) -> Conversation:
        """The one it follows; itself when it follows none."""
        found = await self.get(person, id)
        return await self.get(person, found.merged_into) if found.merged_into else found

    async def _lead(self, person: Person, id: str, move: Callable[[Conversation, datetime], Moved | None]) -> Row:
        """Move the one that leads, and those that follow it; as the one asked for is then."""
        leader = await self._leading(person, id)
        moved = await self._move(person, leader.id, move)
        self._conversations.tell("delivery", {})
        await self._following.bring(moved, by=person.username)
        asked = moved if leader.id == id else await self._conversations.get(id)
        return row_of(asked or moved)

    def _tell_noted(self, person: Person, key: str, *ids: str) -> None:
        for id in ids:
            self._conversations.tell("note", {"conversation_id": id, "id": f"{id}:{person.username}:{key}"})

    async def _move(
        self, person: Person, id: str, move: Callable[[Conversation, datetime], Moved | None], *, key: str = ""
    ) -> Conversation:
        found = await self.get(person, id)
        address = Address.of(found.identity)

        def decide(conversation: Conversation) -> tuple[Conversation, Sequence[Effect]] | None:
            return move(conversation, self.now())

        conversation = await self._conversations.change(address, decide, key=key)
        if conversation.version < found.version:
            # remembered from before another process went on, and nothing was to be done to it
            self._conversations.forget(address.key)
            conversation = await self._conversations.change(address, decide, key=key)
        return conversation

    # -- what is said ---------------------------------------------------------------------------------------------

    async def answer(self, person: Person, id: str, parts: Sequence[Part], *, client_id: str) -> Message:
        """Say something to the citizen; once for one client_id. Raises `Refused` unless the conversation is theirs."""
        hand = self.hand(person)
        conversation = await self.get(person, id)
        traits, key = self._conversations.traits(conversation.channel), f"{id}:{person.username}:{client_id}"
        await self._move(
            person, id, lambda one, now: moves.answer(one, hand, parts, now, traits=traits, key=key), key=key
        )
        self._conversations.tell("delivery", {})
        await self.attended(person, id)
        document = await self._store.get("messages", f"{key}#0")
        if document is not None:
            return Message.of(document)
        said = (await self.get(person, id)).unsettled_messages()
        return next(message for message in said if message.id == f"{key}#0")

    async def note(self, person: Person, id: str, text: str, *, client_id: str, mentions: Sequence[str] = ()) -> Note:
        """Write something for other people beside the conversation. Citizens never see it."""
        conversation = await self.get(person, id)
        document = written(
            conversation, person.username, person.name, text, self.now(), key=client_id, mentions=mentions
        )
        key = document["_id"]
        marked = marks(document)
        # said once more, it is not news once more
        if marked and await self._store.get(NOTES, key) is None:
            await self._store.insert_many(MARKS, marked)
        if not await self._store.insert(NOTES, document):
            document = await self._store.get(NOTES, key) or document
        self._conversations.tell("note", {"conversation_id": id, "id": key})
        return Note.of(document)

    async def one_note(self, id: str) -> Note | None:
        document = await self._store.get(NOTES, id)
        return Note.of(document) if document else None

    async def row(self, id: str) -> Row | None:
        """As lists show it, also one that no list has."""
        row = self.board.get(id)
        if row is not None:
            return row
        document = await self._store.get("conversations", id)
        return row_of(Conversation.of(document)) if document else None

    async def marked(self, person: Person) -> list[tuple[Mark, Row]]:
        """What they have still to look at, in what they may look into. Raises `Forbidden`, `StoreUnavailable`."""
        marks = await self._marks.of(person.username)
        rows = {id: await self.row(id) for id in {mark.conversation_id for mark in marks}}
        placed = [(mark, row) for mark in marks if (row := rows[mark.conversation_id]) is not None]
        return [(mark, row) for mark, row in placed if self.may_see(person, row.owner)]

    async def looked(self, person: Person, ids: Sequence[str]) -> None:
        """They have, at these notes and messages; no page of theirs marks them any more."""
        await self._marks.looked(person.username, ids)
        self._conversations.tell("looked", {"username": person.username, "ids": list(ids)})

    async def read(self, person: Person, id: str, seq: int) -> Row:
        """Their citizen sees that somebody has read up to a number; of others' conversations nothing is told."""
        username = self.hand(person).username

        def seen(conversation: Conversation, _: datetime) -> Moved | None:
            upto = min(seq, conversation.seq)
            owner = conversation.owner
            if owner.kind != "agent" or owner.id != username or upto <= conversation.read.staff:
                return None
            read = conversation.read.model_copy(update={"staff": upto})
            return conversation.model_copy(update={"read": read}), []

        return row_of(await self._move(person, id, seen))

    def typing(self, person: Person, id: str) -> None:
        """The citizen sees that their person is writing."""
        row = self.board.get(id)
        if row is not None and row.owner.kind == "agent" and row.owner.id == person.username:
            self._conversations.tell("typing", {"conversation_id": id, "who": "agent"})

    # -- drafts ---------------------------------------------------------------------------------------------------

    async def drafts(self, person: Person, id: str) -> dict[DraftKind, str]:
        """What they have written there and not sent."""
        keys = {kind: _draft_key(person, id, kind) for kind in DRAFTS}
        documents = await self._store.get_many("drafts", list(keys.values()))
        texts = {document["_id"]: document["text"] for document in documents}
        return {kind: texts.get(key, "") for kind, key in keys.items()}

    async def keep_draft(self, person: Person, id: str, text: str, *, kind: DraftKind = "answer") -> None:
        """What they have written and not sent; none deletes it. The last one to be kept wins."""
        await self.get(person, id)
        key = _draft_key(person, id, kind)
        if not text:
            await self._store.delete("drafts", [key])
            return
        document = {"_id": key, "version": 1, "text": text, "at_ms": milliseconds(self.now())}
        while not await self._store.insert("drafts", document):
            before = await self._store.get("drafts", key)
            if before is not None and await self._store.replace("drafts", {**document, "version": before["version"]}):
                return


def _draft_key(person: Person, id: str, kind: DraftKind) -> str:
    key = f"{id}:{person.username}"
    return key if kind == "answer" else f"{key}:{kind}"
