"""What pages at desks are told of at once beside conversations themselves: notes, alarms, tickets that changed, who is
typing, what of theirs reached nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from gateway.core.alarms.model import Alarm
from gateway.core.alarms.standing import Alarms
from gateway.core.handoff import ConversationDesk, Row
from gateway.core.model import Message
from gateway.core.people import Person
from gateway.core.ports import Store
from gateway.core.tickets.model import Ticket
from gateway.core.tickets.sight import Sight
from gateway.web.desk.alarms import AlarmView
from gateway.web.desk.conversation_views import ConversationRow, MessageView, NoteView
from gateway.web.desk.hub import TOGETHER, DeskHub

_AT_ONCE = 200  # tickets read


class Telling:
    """Hears live events, and tells each to those who may know."""

    def __init__(
        self, hub: DeskHub, conversations: ConversationDesk, alarms: Alarms, *, store: Store, sight: Sight
    ) -> None:
        self._hub = hub
        self._store = store
        self._sight = sight
        self._changed: set[str] = set()
        self._conversations = conversations
        self._alarms = alarms
        alarms.raised, alarms.ended, alarms.escalated = self._raised, self._ended, self._escalated

    def typing(self, event: Mapping[str, Any]) -> None:
        """A citizen is."""
        self._hub.tell_watching(event["conversation_id"], type="typing", **event)

    async def note(self, event: Mapping[str, Any]) -> None:
        """To who looks at its conversation; and wherever they are to who is mentioned and who has the conversation."""
        note = await self._conversations.one_note(event["id"])
        if note is None:
            return
        shown = NoteView.of(note).model_dump(mode="json")
        self._hub.tell_watching(note.conversation_id, type="note", note=shown)
        row = await self._conversations.row(note.conversation_id)
        if row is not None:
            self._tell_them(note.told, row, type="mention", note=shown)

    async def kept(self, event: Mapping[str, Any]) -> None:
        """A message one of whose files is kept now, as it is then, to who looks at its conversation."""
        if not self._hub.is_watched(event["conversation_id"]):
            return
        document = await self._store.get("messages", event["message_id"])
        if document is not None:
            message = MessageView.of(Message.of(document)).model_dump(mode="json")
            self._hub.tell_of_message(event["conversation_id"], event["seq"], type="message", message=message)

    async def outcome(self, event: Mapping[str, Any]) -> None:
        """That a person's message failed, to who said it and who has the conversation, wherever they are."""
        if event["delivery"]["state"] != "failed":
            return
        by, row = event.get("by") or "", await self._conversations.row(event["conversation_id"])
        if row is not None:
            usernames = {by, row.owner.id if row.owner.kind == "agent" else by}
            told = {"id": event["message_id"], "conversation_id": row.id, "seq": event["seq"], "by": by}
            self._tell_them(usernames, row, type="undelivered", **told)

    def _tell_them(self, usernames: Collection[str | None], row: Row, **fields: Any) -> None:
        """As far as they may look into the conversation."""

        def may_know(person: Person) -> bool:
            if person.username not in usernames or not self._conversations.answers(person):
                return False
            return self._conversations.may_see(person, row.owner)

        self._hub.tell_who(may_know, row=ConversationRow.of(row).model_dump(), **fields)

    def looked(self, event: Mapping[str, Any]) -> None:
        """That somebody has looked at what was marked for them, to their own pages."""
        username = event["username"]
        self._hub.tell_who(lambda person: person.username == username, type="looked", ids=event["ids"])

    async def ticket(self, event: Mapping[str, Any]) -> None:
        """That it changed, to those who may know of it, together with others that did; what it is now they ask for
        themselves. Whoever may not know of it any more is not told."""
        if self._hub.is_empty:
            return
        is_first = not self._changed
        self._changed.add(event["number"])
        if not is_first:
            return
        await asyncio.sleep(TOGETHER)
        numbers, self._changed = sorted(self._changed), set()
        for start in range(0, len(numbers), _AT_ONCE):
            for document in await self._store.get_many("tickets", numbers[start : start + _AT_ONCE]):
                self._tell_ticket(Ticket.of(document))

    def _tell_ticket(self, ticket: Ticket) -> None:
        told = {"number": ticket.id, "seq": ticket.events, "state": ticket.state}
        self._hub.tell_who(lambda person: self._sight.may_see(person, ticket), type="ticket", **told)

    def _raised(self, alarm: Alarm) -> None:
        """To those who may know of it."""
        self._tell_alarm(alarm, leads=False)
        self._tell_alarm(alarm, leads=True)

    def _escalated(self, alarm: Alarm) -> None:
        """To those who lead, and may know of it."""
        self._tell_alarm(alarm, leads=True)

    def _tell_alarm(self, alarm: Alarm, *, leads: bool) -> None:
        def may_know(person: Person) -> bool:
            return self._alarms.leads(person) is leads and self._alarms.may_know(person, alarm)

        shown = AlarmView.of(alarm, leads=leads).model_dump(exclude_none=True)
        self._hub.tell_who(may_know, type="alarm", **shown)

    def _ended(self, seen_to: Alarm | None) -> None:
        """To all who answer citizens, what stands for them now; and who saw to it, to those who may know of it."""

        def told(person: Person) -> Mapping[str, Any]:
            knows = seen_to is not None and self._alarms.may_know(person, seen_to)
            return {
                "type": "alarms",
                "alarms": standing(self._alarms, person),
                "seen_to": AlarmView.of(seen_to).model_dump(exclude_none=True) if seen_to and knows else None,
            }

        self._hub.tell_each(told)


def standing(alarms: Alarms, person: Person) -> list[dict[str, Any]]:
    """The alarms that stand for somebody, as their page is told."""
    leads = alarms.leads(person)
    return [AlarmView.of(alarm, leads=leads).model_dump(exclude_none=True) for alarm in alarms.standing(person)]
