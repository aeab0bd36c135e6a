"""What people have still to look at, as the store keeps it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from channels.contract import Address, Text
from gateway.core.delivery.outbox import Outbox
from gateway.core.marks import MARKS, STANDS, Kind, Marks, for_each
from gateway.core.model import Delivery, Message, Sender
from gateway.core.ports import StoreUnavailable
from gateway.storage.mongo import MongoStore
from tests.core.conftest import Now
from tests.core.dying import dying_after
from tests.core.handoff.conftest import Office, channels, office, person

__all__ = ["channels", "office"]  # fixtures


async def put(store: MongoStore, now: Now, kind: Kind, id: str, *usernames: str) -> None:
    await store.insert_many(MARKS, for_each(usernames, kind, id, "C1", now()))


async def ids(marks: Marks, username: str) -> set[str]:
    return {mark.id for mark in await marks.of(username)}


@pytest.mark.gen_test
async def test_it_counts_once_what_it_is_about_is_so_until_they_have_looked(store: MongoStore, now: Now) -> None:
    marks = Marks(store, now)
    await put(store, now, "note", "n1", "lin", "wang")
    await put(store, now, "undelivered", "m1", "lin")
    assert await ids(marks, "lin") == set(), "whoever was to write the note, and to say that it failed, was killed"
    await store.insert("notes", {"_id": "n1", "version": 1})
    message = {"_id": "m1", "version": 1, "delivery": {"state": "sending"}}
    await store.insert("messages", message)
    assert await ids(marks, "lin") == {"n1"}
    await store.replace("messages", {**message, "delivery": {"state": "failed"}})
    assert await ids(marks, "lin") == {"n1", "m1"}
    for _ in range(2):
        await marks.looked("lin", ["n1", "nothing"])
        assert (await ids(marks, "lin"), await ids(marks, "wang")) == ({"m1"}, {"n1"})


@pytest.mark.gen_test
async def test_what_nobody_came_for_does_not_stand_for_ever(store: MongoStore, now: Now) -> None:
    marks = Marks(store, now)
    for id in ("n1", "n2"):
        await store.insert("notes", {"_id": id, "version": 1})
        await put(store, now, "note", id, "lin")
        now.move((STANDS - timedelta(hours=1)).total_seconds())
    assert await ids(marks, "lin") == {"n2"}
    assert [mark["about"] for mark in await store.find(MARKS, {})] == ["n2"]


@pytest.mark.gen_test
async def test_no_failure_goes_unmarked_though_its_process_is_killed(store: MongoStore, now: Now) -> None:
    said = Message(
        id="m1",
        identity="sms:AC1:+8613800000000",
        conversation_id="C1",
        seq=1,
        state="numbered",
        direction="out",
        sender=Sender(kind="agent", id="lin", name="林小雨"),
        parts=(Text(text="您好"),),
        sent_at=now(),
        accepted_at=now(),
        delivery=Delivery(state="sending", attempts=1),
    )
    await store.insert("messages", said.document())
    for lives, written in ((1, False), (2, True)):
        outbox = Outbox(dying_after(store, lives), lambda topic, event: None)
        failed = said.model_copy(update={"delivery": Delivery(state="failed", attempts=1, code="30007")})
        try:
            await outbox.change(said, delivery=failed.delivery)
        except StoreUnavailable:
            assert not written
        assert len(await store.find(MARKS, {"username": "lin"})) == 1
        assert await ids(Marks(store, now), "lin") == ({"m1"} if written else set())


@pytest.mark.gen_test
async def test_no_note_goes_unmarked_though_its_process_is_killed(
    office: Callable[[], Awaitable[Office]], citizen: Address, now: Now
) -> None:
    process = await office()
    id = (await process.writes(citizen, "转人工")).id
    await process.desk.take(person("lin"), id)
    whole = process.store
    for lives, written in ((1, False), (2, True)):
        process.desk._store = dying_after(whole, lives)
        try:
            await process.desk.note(person("zhao"), id, "先问清楚", client_id="n1")
        except StoreUnavailable:
            assert not written
        assert len(await whole.find(MARKS, {"username": "lin"})) == 1
        assert len(await Marks(whole, now).of("lin")) == int(written)
