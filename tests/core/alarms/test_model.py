"""When an alarm stands, and which of several a desk is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.core.alarms.model import MOST, STANDS, UNSEEN, Alarm, first, heard, latest, told

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def alarm(id: str, *, minutes: float = 0, **about: Any) -> Alarm:
    given = about or {"conversation_id": "C1"}
    return Alarm(id=f"alarm:{id}", kind="fire", at=NOON + timedelta(minutes=minutes), **given)


def test_it_stands_until_somebody_sees_to_it_or_for_three_days() -> None:
    one = alarm("1")
    assert one.stands(NOON)
    assert one.stands(NOON + STANDS - timedelta(seconds=1))
    assert not one.stands(NOON + STANDS)
    assert not one.model_copy(update={"state": "seen_to"}).stands(NOON)
    assert timedelta(hours=63) < STANDS, "from Friday evening to Monday morning"


def test_after_a_minute_it_is_for_who_leads_once() -> None:
    one = alarm("1")
    assert not one.escalates(NOON + UNSEEN - timedelta(seconds=1))
    assert one.escalates(NOON + UNSEEN)
    assert not one.escalates(NOON + STANDS)
    told_of = {"escalated_at": NOON + UNSEEN}
    for update in (told_of, {"state": "seen_to"}):
        assert not one.model_copy(update=update).escalates(NOON + UNSEEN)
    alarms = [alarm("2", minutes=2), one, alarm("3", minutes=1, ticket="DG1")]
    assert [found.id for found in first(alarms)] == ["alarm:1", "alarm:3"]


def test_it_is_about_the_ticket_where_there_is_one() -> None:
    assert alarm("1").about == "C1"
    assert alarm("2", ticket="DG1", conversation_id="C1").about == "DG1"


def test_of_each_matter_the_latest_is_told_the_latest_first() -> None:
    of_ticket = alarm("3", minutes=3, ticket="DG1", conversation_id="C1")
    alarms = [alarm("1"), alarm("2", minutes=2), alarm("4", minutes=1, conversation_id="C2"), of_ticket]
    assert [one.id for one in latest(alarms)] == ["alarm:3", "alarm:2", "alarm:4"]
    assert latest(reversed(alarms)) == latest(alarms)


def test_one_who_floods_hides_no_other() -> None:
    flood = [alarm(f"flood-{minute}", minutes=minute) for minute in range(2 * MOST)]
    assert [one.about for one in latest([alarm("1", conversation_id="C2"), *flood])] == ["C1", "C2"]
    many = [alarm(f"{count}", minutes=count, conversation_id=f"C{count}") for count in range(2 * MOST)]
    assert len(latest(many)) == MOST


def test_a_live_event_tells_the_same_alarm_and_nothing_more() -> None:
    kept = alarm("1", ticket="DG1", conversation_id="C1")
    document = {**kept.document(), "matched": "煤气泄漏", "contact_id": "P1", "number": "119"}
    event = told(document)
    assert set(event) == {"id", "ticket", "conversation_id", "kind", "at"}
    assert heard(event) == kept
