"""What waits together travels as one within the platform's budget; what is too long is cut and linked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from channels.contract import Address, Text
from tests.core.conftest import Now
from tests.core.delivering import Platform
from tests.core.delivery.conftest import New, delivery_of


@pytest.mark.gen_test
async def test_messages_that_wait_together_travel_as_one_and_cost_one(
    new: New, follower: Address, wechat: Platform, now: Now
) -> None:
    process = new()
    await process.hear(follower, now())
    now.move(60)
    waiting = [*await process.post(follower, "一", "二"), *await process.post(follower, "三")]
    await process.deliver()
    assert [text for _, text in wechat.taken] == ["一\n二\n三"]
    assert {(await delivery_of(process, message)).spent for message in waiting} == {1}
    (later,) = await process.post(follower, "四")
    await process.deliver()
    assert wechat.messages[-1].spent == 1
    assert wechat.messages[-1].last_message_at == now() - timedelta(seconds=60)
    assert (await delivery_of(process, later)).spent == 2


@pytest.mark.gen_test
async def test_the_budget_begins_anew_when_the_citizen_writes(
    new: New, follower: Address, wechat: Platform, now: Now
) -> None:
    process = new()
    await process.hear(follower, now())
    for text in "一二三":
        now.move(1)
        await process.post(follower, text)
        await process.deliver()
    assert [message.spent for message in wechat.messages] == [0, 1, 2]
    now.move(1)
    await process.hear(follower, now())
    now.move(1)
    await process.post(follower, "四")
    await process.deliver()
    assert wechat.messages[-1].spent == 0


@pytest.mark.gen_test
async def test_a_long_answer_is_cut_and_linked(new: New, phone: Address, sms: Platform) -> None:
    process = new()
    whole = "请带身份证到就近的派出所办理。" * 10
    (message,) = await process.post(phone, whole)
    await process.deliver()
    ((_, text),) = sms.taken
    assert len(text) <= 60
    link = text.rpartition("全文：")[2]
    assert link == process.links.address(message.id)
    assert await process.links.parts(link.rpartition("/")[2]) == (Text(text=whole),)
    assert await process.links.parts("a" * 12) is None
