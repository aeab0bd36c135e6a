"""The alarms that stand, as this process knows them: kept by the live events, and read from the store now and then.

What a desk is told as it connects is read from here, so that nothing lies between what it is told and what it hears.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gateway.core.alarms.model import ALARMS, STANDS, Alarm, first, heard, latest
from gateway.core.errors import Conflict, NotFound, Refused
from gateway.core.handoff import ConversationDesk
from gateway.core.handoff.desk import HANDLES, LEADS
from gateway.core.model import Document
from gateway.core.people import Person
from gateway.core.ports import Bus, Store, StoreUnavailable
from gateway.core.tickets.model import Ticket
from gateway.core.tickets.sight import Sight

ATTEMPTS = 8
_READ = 1_000
_REMEMBERED = 1_000  # that ended; what was read before must not bring them back


class Alarms:
    """raised: told of one that begins to stand. ended: that some do not stand any more, or not for everybody they stood
    for; and of the one that somebody has seen to, if that is why. escalated: told of one that is for who leads now."""

    def __init__(
        self, store: Store, bus: Bus, now: Callable[[], datetime], *, desk: ConversationDesk, sight: Sight
    ) -> None:
        self._store = store
        self._bus = bus
        self._now = now
        self._desk = desk
        self._sight = sight
        self._standing: dict[str, Alarm] = {}
        self._tickets: dict[str, Ticket] = {}  # of those that stand, as last read
        self._ended: OrderedDict[str, None] = OrderedDict()
        self.raised: Callable[[Alarm], None] = lambda alarm: None
        self.ended: Callable[[Alarm | None], None] = lambda alarm: None
        self.escalated: Callable[[Alarm], None] = lambda alarm: None

    # -- who may know ---------------------------------------------------------------------------------------------

    def may_know(self, person: Person, alarm: Alarm) -> bool:
        """Who can see to it, and so answers citizens: of a ticket's who may know of the ticket; of a conversation's who
        may look into any."""
        if not self._desk.answers(person):
            return False
        if alarm.ticket is None:
            return HANDLES in person.scopes
        ticket = self._tickets.get(alarm.ticket)
        return ticket is not None and self._sight.may_see(person, ticket)

    def leads(self, person: Person) -> bool:
        """Whether what nobody has seen to is for them."""
        return LEADS in person.scopes

    def standing(self, person: Person) -> list[Alarm]:
        """Those this person may know of, as `latest` has them."""
        now = self._now()
        return latest(alarm for alarm in self._standing.values() if alarm.stands(now) and self.may_know(person, alarm))

    # -- kept up to date ------------------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Read them as a whole, and who may know of them. Raises `StoreUnavailable`."""
        before, now = dict(self._standing), self._now()
        where = {"state": "raised", "at": {"$gt": now - STANDS}}
        found = await self._store.find(ALARMS, where, sort=[("at", -1)], limit=_READ)
        read = {document["_id"]: Alarm.of(document) for document in found}
        # one that was told of may not be written yet
        unread = [id for id in before if id not in read]
        missing = await self._store.get_many(ALARMS, unread) if unread else []
        over = {alarm.id for alarm in map(Alarm.of, missing) if not alarm.stands(now)}
        over |= {id for id, alarm in before.items() if not alarm.stands(now)}
        tickets = await self._read_tickets([*before.values(), *read.values()])
        # nothing is awaited from here on
        changed = bool([id for id in over if self._end(id)])
        for number, ticket in tickets.items():
            known = self._tickets.get(number)
            changed = changed or (known is not None and _sight_of(known) != _sight_of(ticket))
            self._tickets[number] = ticket
        for alarm in sorted(read.values(), key=lambda alarm: alarm.at):
            self._begin(alarm)
            if alarm.escalated_at is not None:
                self._escalate(alarm)
        for number in self._tickets.keys() - {alarm.ticket for alarm in self._standing.values()}:
            del self._tickets[number]
        if changed:
            self.ended(None)

    async def on_raised(self, event: Mapping[str, Any]) -> None:
        """A live event: somebody told of danger."""
        alarm = heard(event)
        if alarm.id in self._standing or alarm.id in self._ended:
            return
        stored = await self._store.get(ALARMS, alarm.id)
        if stored is not None and not Alarm.of(stored).stands(self._now()):
            return  # told once more after it was seen to
        self._tickets |= await self._read_tickets([alarm])
        self._begin(alarm)

    def on_seen_to(self, event: Mapping[str, Any]) -> None:
        """A live event: somebody saw to these."""
        alarms = [Alarm.model_validate(one) for one in event["alarms"]]
        known = [alarm for alarm in alarms if self._end(alarm.id)]
        if known:
            self.ended(known[-1])

    async def _read_tickets(self, alarms: list[Alarm]) -> dict[str, Ticket]:
        numbers = sorted({alarm.ticket for alarm in alarms if alarm.ticket is not None})
        found = await self._store.get_many("tickets", numbers) if numbers else []
        return {document["_id"]: Ticket.of(document) for document in found}

    def _begin(self, alarm: Alarm) -> None:
        if alarm.id not in self._standing and alarm.id not in self._ended:
            before = [one.escalated_at for one in self._standing.values() if one.about == alarm.about]
            since = alarm.escalated_at or next(filter(None, before), None)
            self._standing[alarm.id] = alarm = alarm.model_copy(update={"escalated_at": since})
            self.raised(alarm)

    def _end(self, id: str) -> bool:
        self._ended[id] = None
        while len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
        return self._standing.pop(id, None) is not None

    # -- nobody sees to it ----------------------------------------------------------------------------------------

    async def escalate(self) -> None:
        """What nobody has seen to, and no person has, goes to who leads: once, whichever process writes it down first.
        Killed before it tells, the others read it. Raises `StoreUnavailable`."""
        for alarm in first(self._standing.values()):
            if not alarm.escalates(self._now()) or await self._is_with_somebody(alarm):
                continue
            document = await self._store.get(ALARMS, alarm.id)
            if document is None or not Alarm.of(document).escalates(self._now()):
                continue
            document = {**document, "escalated_at": self._now()}
            if await self._store.replace(ALARMS, document):
                written = Alarm.of(document)
                self._escalate(written)
                self._bus.post("alarm_escalated", written.model_dump(mode="json", exclude_none=True))

    async def _is_with_somebody(self, alarm: Alarm) -> bool:
        if alarm.ticket is not None or alarm.conversation_id is None:
            return False
        row = self._desk.board.get(alarm.conversation_id)
        if row is not None:
            return row.owner.kind == "agent"
        document = await self._store.get("conversations", alarm.conversation_id)
        return document is not None and document["owner"]["kind"] == "agent"

    def on_escalated(self, event: Mapping[str, Any]) -> None:
        """A live event: nobody has seen to one."""
        self._escalate(Alarm.model_validate(event))

    def _escalate(self, alarm: Alarm) -> None:
        """All of the matter; who leads is told of the latest, which stands for it."""
        of_it = [one for one in self._standing.values() if one.about == alarm.about]
        if not of_it or all(one.escalated_at is not None for one in of_it):
            return
        for one in of_it:
            self._standing[one.id] = one.model_copy(update={"escalated_at": alarm.escalated_at})
        (told,) = latest(self._standing[one.id] for one in of_it)
        self.escalated(told)

    # -- seen to --------------------------------------------------------------------------------------------------

    async def see_to(self, person: Person, id: str) -> Alarm:
        """This person sees to it, and to those of the same matter before it; a conversation that no person has becomes
        theirs. As it is then: somebody else may have been first. Raises `NotFound`, also for one they may not know of,
        `Forbidden`."""
        document = await self._store.get(ALARMS, id)
        alarm = self._standing.get(id) if document is None else Alarm.of(document)
        if alarm is not None:
            self._tickets |= await self._read_tickets([alarm])
        if alarm is None or not self.may_know(person, alarm):
            raise NotFound("没有这个警报", id=id)
        if alarm.state == "seen_to":
            return alarm
        if alarm.ticket is None and alarm.conversation_id is not None:
            await self._take(person, alarm.conversation_id)
        return await self._seen_to(person, alarm)

    async def _take(self, person: Person, conversation_id: str) -> None:
        conversation = await self._desk.get(person, conversation_id)
        if conversation.owner.kind == "agent":
            return
        try:
            await self._desk.take(person, conversation_id)
        except Refused as refused:
            if refused.reason != "taken":
                raise

    async def attended(self, person: Person, conversation_id: str) -> None:
        """This person took the conversation, or answered there, and so sees to those worked as one with it, too. What
        cannot be written now stands on."""
        row = self._desk.board.get(conversation_id)
        leader = row.leader if row is not None else conversation_id
        together = {conversation_id, leader, *(follower.id for follower in self._desk.board.followers(leader))}
        about = latest(alarm for alarm in self._standing.values() if alarm.about in together)
        with contextlib.suppress(StoreUnavailable, Conflict):
            for alarm in about:
                await self._seen_to(person, alarm)

    async def _seen_to(self, person: Person, alarm: Alarm) -> Alarm:
        before = [one.id for one in self._standing.values() if one.about == alarm.about and one.at <= alarm.at]
        ids = sorted({*before, alarm.id})
        documents = {document["_id"]: document for document in await self._store.get_many(ALARMS, ids)}
        seen = [await self._write(person, documents[id]) for id in ids if id in documents]
        if seen:
            told = [one.model_dump(mode="json", exclude_none=True) for one in seen]
            self._bus.post("alarm_seen_to", {"alarms": told})
        return next((one for one in seen if one.id == alarm.id), alarm)

    async def _write(self, person: Person, document: Document) -> Alarm:
        """As it is then; what else the document says stays."""
        for _ in range(ATTEMPTS):
            if document["state"] == "seen_to":
                return Alarm.of(document)
            who = {"seen_to_by": person.username, "seen_to_name": person.name, "seen_to_at": self._now()}
            document = {**document, "state": "seen_to", **who}
            if await self._store.replace(ALARMS, document):
                return Alarm.of(document)
            document = await self._store.get(ALARMS, document["_id"]) or document
        raise Conflict("这个警报正在变动，请再试一次")


def _sight_of(ticket: Ticket) -> tuple[object, ...]:
    return ticket.confidential, ticket.accused, ticket.recused, ticket.units
