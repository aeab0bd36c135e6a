"""What a platform holds is kept as what it is, and told of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any

import pytest

from channels.contract import Address, Media, Voice
from gateway.core.intake import Intake
from gateway.core.media import MediaKeeper, true_type
from gateway.core.model import Message
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus
from tests.core.conftest import Now, inbound
from tests.core.delivering import Platform
from tests.playing.voices import amr


async def first_kept(bus: RedisBus) -> Mapping[str, Any]:
    async with aclosing(bus.subscribe()) as events:
        async for topic, event in events:
            if topic == "kept":
                return event
    raise AssertionError("nothing is told any more")


@pytest.mark.gen_test
async def test_a_voice_is_kept_as_what_it_is_and_told(
    new_process: Callable[..., tuple[Intake, Any]], store: MongoStore, bus: RedisBus, citizen: Address, now: Now
) -> None:
    intake, _ = new_process()
    told = asyncio.create_task(first_kept(bus))
    await bus.listening()
    message = inbound(citizen, parts=(Voice(media=Media(platform_id="V1")),))
    assert await intake.replies(await intake.accept(message), 5)
    await intake.drain()
    keeper = MediaKeeper(store, bus, {"wechat": Platform(file=(amr(1), "text/html"))}, now)
    assert await keeper.sweep() == 1
    kept = Message.of(await store.get("messages", message.id) or {})
    [part] = kept.parts
    assert isinstance(part, Voice)
    assert (part.media.content_type, part.media.size) == ("audio/amr", len(amr(1)))
    blob, data = await store.get_blob(part.media.blob_id or "") or (None, b"")
    assert blob is not None
    assert (blob.content_type, data) == ("audio/amr", amr(1))
    assert blob.name.endswith(".0.amr")
    where = {"conversation_id": kept.conversation_id, "message_id": message.id, "seq": kept.seq}
    assert await asyncio.wait_for(told, 10) == where


@pytest.mark.parametrize(
    ("data", "said", "kept"),
    [
        (amr(0.1), "audio/mpeg", "audio/amr"),
        (b"<html>", "image/png", "application/octet-stream"),
        (b"<html>", "audio/amr", "application/octet-stream"),
        (b"PK\x03\x04", "application/zip", "application/zip"),
    ],
)
def test_a_type_that_the_bytes_would_tell_is_not_believed(data: bytes, said: str, kept: str) -> None:
    assert true_type(data, said) == kept
