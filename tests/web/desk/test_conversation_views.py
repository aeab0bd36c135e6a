"""Conversations as the desk shows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from gateway.web.desk.conversation_views import HandoffView


def test_a_handoff_says_from_whom_under_the_name_it_is_described_with() -> None:
    line = {"at": datetime(2026, 11, 24, tzinfo=UTC), "from": "bot", "to": "agent", "by": "li.na", "to_id": "li.na"}
    shown = json.loads(HandoffView.of(line).model_dump_json())
    assert shown.keys() == set(HandoffView.model_json_schema()["required"])
    assert shown["from"] == "bot"
