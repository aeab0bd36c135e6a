"""What pages at desks are told of at once beside conversations themselves: notes, alarms, who is typing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.core.alarms.model import Alarm
from gateway.core.alarms.standing import Alarms
from gateway.core.handoff import ConversationDesk
from gateway.core.people import Person
from gateway.web.desk.alarms import AlarmView
from gateway.web.desk.conversation_views import NoteView
from gateway.web.desk.hub import DeskHub


class Telling:
    """Hears live events, and tells each to those who may know."""

    def __init__(self, hub: DeskHub, conversations: ConversationDesk, alarms: Alarms) -> None:
        self._hub = hub
        self._conversations = conversations
        self._alarms = alarms
        alarms.raised, alarms.ended = self._raised, self._ended

    def typing(self, event: Mapping[str, Any]) -> None:
        """A citizen is."""
        self._hub.tell_watching(event["conversation_id"], type="typing", **event)

    async def note(self, event: Mapping[str, Any]) -> None:
        """To who looks at its conversation, and to who is mentioned."""
        note = await self._conversations.one_note(event["id"])
        if note is None:
            return
        shown = NoteView.of(note).model_dump(mode="json")
        self._hub.tell_watching(note.conversation_id, type="note", note=shown)
        for username in note.mentions:
            self._hub.tell(username, type="mention", note=shown)

    def _raised(self, alarm: Alarm) -> None:
        """To those who may know of it."""
        shown = AlarmView.of(alarm).model_dump(exclude_none=True)
        self._hub.tell_who(lambda person: self._alarms.may_know(person, alarm), type="alarm", **shown)

    def _ended(self, seen_to: Alarm | None) -> None:
        """To everybody, what stands for them now; and who saw to it, to those who may know of it."""

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
    return [AlarmView.of(alarm).model_dump(exclude_none=True) for alarm in alarms.standing(person)]
