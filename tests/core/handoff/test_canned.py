"""Canned replies: no two with one shortcut, however they come about, and no more than there is room for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gateway.core.errors import Refused
from gateway.core.handoff.canned import CANNED, MOST, Canned, CannedReplies
from gateway.core.model import new_id
from gateway.storage.mongo import MongoStore
from tests.core.conftest import Now


@pytest.fixture
def replies(open_store: Callable[..., MongoStore], now: Now) -> CannedReplies:
    return CannedReplies(open_store(), now)


@pytest.mark.gen_test
async def test_a_shortcut_is_given_once(replies: CannedReplies) -> None:
    wait = await replies.add("wait", "请稍等", "请您稍等。", by="zhao")
    bye = await replies.add("bye", "结束语", "再见。", by="zhao")
    with pytest.raises(Refused) as refused:
        await replies.add("Wait", "再等等", "请再等等。", by="zhao")
    assert (refused.value.reason, refused.value.details["id"]) == ("shortcut_taken", wait.id)
    assert refused.value.message == "快捷词 /wait 已经给了“请稍等”，请换一个"
    with pytest.raises(Refused):
        await replies.change(bye.id, "WAIT", "结束语", "再见。", by="zhao")
    assert [(one.shortcut, one.text) for one in await replies.all()] == [("bye", "再见。"), ("wait", "请您稍等。")]
    # its own is free to it
    changed = await replies.change(wait.id, "WAIT", "请稍等", "请等两分钟。", by="zhao")
    assert (changed.shortcut, changed.text) == ("WAIT", "请等两分钟。")
    await replies.remove(wait.id, by="zhao")
    await replies.change(bye.id, "wait", "结束语", "再见。", by="zhao")


@pytest.mark.gen_test
async def test_of_many_who_give_it_at_once_at_most_one_does(
    replies: CannedReplies, open_store: Callable[..., MongoStore], now: Now
) -> None:
    other = await replies.add("other", "别的", "别的。", by="zhao")
    elsewhere = CannedReplies(open_store(), now)
    await asyncio.gather(
        *(one.add("wait", "请稍等", "请您稍等。", by="zhao") for one in (replies, elsewhere) * 4),
        replies.change(other.id, "wait", "别的", "别的。", by="sun"),
        return_exceptions=True,
    )
    shortcuts = [one.shortcut for one in await replies.all()]
    assert shortcuts.count("wait") <= 1
    assert len(shortcuts) == shortcuts.count("wait") + shortcuts.count("other")


@pytest.mark.gen_test
async def test_one_that_shares_its_shortcut_since_long_can_still_be_changed(replies: CannedReplies) -> None:
    one, two = (Canned(id=new_id(), shortcut="wait", title=title, text="请等。") for title in "甲乙")
    assert all(await replies._store.insert_many(CANNED, [one.document(), two.document()]))
    await replies.change(one.id, "wait", "甲", "请您稍等。", by="zhao")
    await replies.change(two.id, "wait2", "乙", "请等。", by="zhao")


@pytest.mark.gen_test
async def test_what_there_is_no_room_for_is_refused(replies: CannedReplies) -> None:
    full = [Canned(id=new_id(), shortcut=f"s{number}", title="甲", text="乙") for number in range(MOST)]
    assert all(await replies._store.insert_many(CANNED, [one.document() for one in full]))
    with pytest.raises(Refused) as refused:
        await replies.add("more", "还有", "还有。", by="zhao")
    assert (refused.value.reason, str(MOST) in refused.value.message) == ("full", True)
    assert len(await replies.all()) == MOST
    await replies.remove(full[0].id, by="zhao")
    await replies.add("more", "还有", "还有。", by="zhao")
