"""What a message does to a conversation, where no store is needed to see it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.contract import (
    Choice,
    Choices,
    Event,
    File,
    Image,
    Link,
    Location,
    Media,
    Part,
    Text,
    Video,
    Voice,
)
from gateway.core import turns
from gateway.core.model import Message, Sender

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MEDIA = Media(platform_id="m1")
PLACE = Location(latitude=23.0, longitude=113.7, label="育华路")


def said(*parts: Part) -> Message:
    about = {"id": "wechat:gh:1", "identity": "wechat:gh:oX", "direction": "in", "sent_at": AT, "accepted_at": AT}
    return Message.model_validate({**about, "sender": Sender(kind="citizen"), "parts": parts})


@pytest.mark.parametrize(
    ("parts", "kind", "text"),
    [
        ((Text(text="路灯坏了"),), "text", "路灯坏了"),
        ((Text(text="路灯坏了"), Image(media=MEDIA)), "image", ""),
        ((Voice(media=MEDIA),), "voice", ""),
        ((Voice(media=MEDIA, recognition="没有灯"),), "voice", "没有灯"),
        ((Video(media=MEDIA),), "video", ""),
        ((File(media=MEDIA),), "file", ""),
        ((PLACE,), "location", "育华路"),
        ((Link(url="https://example.cn", title="通知"),), "link", "通知"),
        ((Choices(prompt="哪一个？", options=(Choice(key="1", label="甲"),)),), "choices", "哪一个？"),
        ((Event(name="subscribe"),), "subscribe", ""),
        ((Event(name="opt_out"), Text(text="退订")), "text", "退订"),
        ((), "", ""),
        ((Text(text="长" * 100),), "text", "长" * 80),
    ],
)
def test_lists_are_told_what_was_said_last_and_its_words(parts: tuple[Part, ...], kind: str, text: str) -> None:
    latest = turns.latest(said(*parts))
    assert (latest.kind, latest.text, latest.at, latest.direction) == (kind, text, AT, "in")
