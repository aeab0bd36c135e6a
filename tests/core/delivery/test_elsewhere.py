"""What cannot reach its address goes to another of the same person, if they proved it and want it."""

from __future__ import annotations

import pytest

from channels.contract import Address, Unreachable
from tests.core.conftest import Now
from tests.core.delivering import Platform
from tests.core.delivery.conftest import New, delivery_of, join

CLOSED = Unreachable("the citizen has not written for 48 hours", code="45015")


@pytest.mark.gen_test
async def test_a_proved_phone_of_the_same_person_gets_it(
    new: New, phone: Address, follower: Address, sms: Platform, wechat: Platform
) -> None:
    process = new()
    (message,) = await process.post(follower, "办好了")
    await join(process, follower, phone)
    wechat.script["办好了"] = [CLOSED]
    await process.deliver()
    assert sms.taken == [(phone.external_id, "您在微信上的咨询有了答复：\n\n办好了")]
    delivery = await delivery_of(process, message)
    assert (delivery.state, delivery.to, delivery.channel) == ("sent", phone.key, "sms")
    assert [(tried.to, tried.code) for tried in delivery.tried or ()] == [(follower.key, "45015")]


@pytest.mark.gen_test
@pytest.mark.parametrize("why", ["unproved", "opted out", "nobody's"])
async def test_nobody_else_gets_it(
    new: New, phone: Address, follower: Address, sms: Platform, wechat: Platform, why: str, now: Now
) -> None:
    process = new()
    (message,) = await process.post(follower, "办好了")
    if why == "nobody's":
        await process.conversations.open(phone)
    else:
        await join(process, follower, phone, verified=why != "unproved")
    if why == "opted out":
        await process.conversations.change(
            phone, lambda conversation: (conversation.model_copy(update={"opted_out_at": now()}), ())
        )
    wechat.script["办好了"] = [CLOSED]
    await process.deliver()
    assert sms.taken == []
    delivery = await delivery_of(process, message)
    assert (delivery.state, delivery.code) == ("failed", "45015")


@pytest.mark.gen_test
async def test_whoever_opted_out_is_left_alone(new: New, phone: Address, sms: Platform, now: Now) -> None:
    process = new()
    await process.conversations.open(phone)
    await process.conversations.change(
        phone, lambda conversation: (conversation.model_copy(update={"opted_out_at": now()}), ())
    )
    (message,) = await process.post(phone, "进度")
    (goodbye,) = await process.post(phone, "已退订", intent="opt_out")
    await process.deliver()
    assert [text for _, text in sms.taken] == ["已退订"]
    assert (await delivery_of(process, message)).code == "opted_out"
    assert (await delivery_of(process, goodbye)).state == "sent"
