"""What pages at desks are told of at once beside conversations themselves: notes, alarms, who is typing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.core.handoff import ConversationDesk
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.ledger import Ledger
from gateway.web.desk.conversation_views import NoteView
from gateway.web.desk.hub import DeskHub


class Telling:
    """Hears live events, and tells each to those who may know."""

    def __init__(self, hub: DeskHub, conversations: ConversationDesk, ledger: Ledger, tickets: Desk) -> None:
        self._hub = hub
        self._conversations = conversations
        self._ledger = ledger
        self._tickets = tickets

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

    async def alarm(self, event: Mapping[str, Any]) -> None:
        """Of a conversation, or of a ticket to those who may see it."""
        if "ticket" not in event:
            self._hub.tell_who(self._conversations.sees_all, type="alarm", **event)
            return
        ticket = await self._ledger.get(event["ticket"])
        self._hub.tell_who(lambda person: self._tickets.sight.may_see(person, ticket), type="alarm", **event)
