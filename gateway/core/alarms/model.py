"""An alarm, and when it stands. Pure.

It stands until a person sees to it: says so, or takes the conversation it was told in, or answers there. What nobody
has seen to stops standing after `STANDS`; the record stays. What nobody has seen to after `UNSEEN` goes to who leads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from gateway.core.model import Document, Stored

ALARMS = "alarms"
STANDS = timedelta(hours=72)  # longer than a hotline is closed over a weekend
UNSEEN = timedelta(seconds=60)
MOST = 50  # told to one desk


class Alarm(Stored):
    """`id`: alarm: and what it was told in. ticket: when it was told of one, and not in a conversation. escalated_at:
    when it, or one of the same matter before it, went to who leads."""

    ticket: str | None = None
    conversation_id: str | None = None
    kind: str
    at: datetime
    state: Literal["raised", "seen_to"] = "raised"
    escalated_at: datetime | None = None
    seen_to_by: str | None = None
    seen_to_name: str | None = None
    seen_to_at: datetime | None = None

    @property
    def about(self) -> str:
        """What a person looks at: the ticket, else the conversation."""
        return self.ticket or self.conversation_id or ""

    def stands(self, now: datetime) -> bool:
        return self.state == "raised" and now - self.at < STANDS

    def escalates(self, now: datetime) -> bool:
        """Whether it is for who leads by now, and they have not been told."""
        return self.stands(now) and self.escalated_at is None and now - self.at >= UNSEEN


def told(document: Document) -> dict[str, Any]:
    """The live event of an alarm that was raised."""
    alarm = Alarm.of(document)
    return alarm.model_dump(mode="json", include={"id", "ticket", "conversation_id", "kind", "at"}, exclude_none=True)


def heard(event: Mapping[str, Any]) -> Alarm:
    """The alarm that a live event tells of."""
    return Alarm.model_validate(event)


def first(alarms: Iterable[Alarm]) -> list[Alarm]:
    """The first of each ticket and conversation: it alone goes to who leads, so that they are told once."""
    by_about: dict[str, Alarm] = {}
    for alarm in sorted(alarms, key=lambda alarm: (alarm.at, alarm.id)):
        by_about.setdefault(alarm.about, alarm)
    return list(by_about.values())


def latest(alarms: Iterable[Alarm]) -> list[Alarm]:
    """The latest of each ticket and conversation, the latest first, as many as a desk is told."""
    by_about: dict[str, Alarm] = {}
    for alarm in sorted(alarms, key=lambda alarm: (alarm.at, alarm.id), reverse=True):
        by_about.setdefault(alarm.about, alarm)
    return list(by_about.values())[:MOST]
