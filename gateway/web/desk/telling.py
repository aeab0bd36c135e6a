"""What pages at desks are told of at once beside conversations themselves: notes, alarms, tickets that changed, who is
typing, what of theirs reached nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway.core.alarms.model import Alarm
from gateway.core.alarms.standing import Alarms
from gateway.core.handoff import ConversationDesk
from gateway.core.model import Message
from gateway.core.people import Person
from gateway.core.ports import Store
from gateway.core.tickets.model import Ticket
from gateway.core.tickets.sight import Sight
from gateway.web.desk.alarms import AlarmView
from gateway.web.desk.conversation_views import MessageView, NoteView
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
        for username in sorted({*note.mentions, *self._owner(note.conversation_id)} - {note.author}):
            self._hub.tell(username, type="mention", note=shown)

    async def kept(self, event: Mapping[str, Any]) -> None:
        """A message one of whose files is kept now, as it is then, to who looks at its conversation."""
        if not self._hub.is_watched(event["conversation_id"]):
            return
        document = await self._store.get("messages", event["message_id"])
        if document is not None:
            message = MessageView.of(Message.of(document)).model_dump(mode="json")
            self._hub.tell_of_message(event["conversation_id"], event["seq"], type="message", message=message)

    def outcome(self, event: Mapping[str, Any]) -> None:
        """That a person's message failed, to who said it and who has the conversation, wherever they are."""
        if event["delivery"]["state"] != "failed":
            return
        id, by = event["conversation_id"], event.get("by") or ""
        for username in sorted({by, *self._owner(id)} - {""}):
            self._hub.tell(username, type="undelivered", conversation_id=id, seq=event["seq"], by=by)

    def _owner(self, conversation_id: str) -> set[str]:
        row = self._conversations.board.get(conversation_id)
        return {row.owner.id} if row is not None and row.owner.kind == "agent" and row.owner.id else set()

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
