"""Conversations as the desk shows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.core.handoff.board import row_of
from gateway.core.handoff.notes import Note
from gateway.core.model import Conversation
from gateway.web.desk.conversation_views import ConversationRow, HandoffView, NoteView

AT = datetime(2026, 11, 24, tzinfo=UTC)
NOTE = {
    "_id": "C1:li.na:k",
    "conversation_id": "C1",
    "after": 3,
    "author": "li.na",
    "name": "李娜",
    "mentions": [],
    "at": AT,
}


def test_a_handoff_says_from_whom_under_the_name_it_is_described_with() -> None:
    line = {"at": AT, "from": "bot", "to": "agent", "by": "li.na", "to_id": "li.na"}
    shown = json.loads(HandoffView.of(line).model_dump_json())
    assert shown.keys() == set(HandoffView.model_json_schema()["required"])
    assert shown["from"] == "bot"


def row(latest: dict[str, Any]) -> ConversationRow:
    document = {
        "_id": "C1",
        "channel": "sms",
        "identity": "sms:AC1:+8613800138000",
        "contact_id": "01ABCDEFGH",
        "owner": {"kind": "queue", "since": AT},
        "latest": {"at": AT, "direction": "in", **latest},
        "opened_at": AT,
        "updated_at": AT,
    }
    return ConversationRow.of(row_of(Conversation.of(document)))


@pytest.mark.parametrize("latest", [{"kind": "location", "text": "育华路"}, {"kind": "subscribe", "text": ""}])
def test_a_row_says_what_it_is_and_leaves_the_words_to_who_shows_it(latest: dict[str, str]) -> None:
    shown = row(latest)
    assert (shown.channel, shown.citizen) == ("sms", "138****8000")
    assert shown.latest is not None
    assert {"kind": shown.latest.kind, "text": shown.latest.text} == latest


def test_what_was_kept_in_words_alone_is_still_read() -> None:
    latest = row({"text": "［图片］"}).latest
    assert latest is not None
    assert (latest.kind, latest.text) == ("", "［图片］")
    note = NoteView.of(Note.of({**NOTE, "text": "把这个会话和「微信 EFGH」分开了。"}))
    assert (note.text, note.act, note.about) == ("把这个会话和「微信 EFGH」分开了。", None, None)


def test_a_note_of_what_was_done_says_with_whose() -> None:
    about = {"channel": "wechat", "citizen": "EFGH"}
    shown = json.loads(NoteView.of(Note.of({**NOTE, "text": "", "act": "merged", "about": about})).model_dump_json())
    assert (shown["text"], shown["act"], shown["about"]) == ("", "merged", about)
