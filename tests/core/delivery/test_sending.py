"""From the outbox to the platform: in order, once, within the limits, and until it is given up."""

from __future__ import annotations

import asyncio

import pytest

from channels.contract import Address, PermanentChannelError, TemporaryChannelError
from gateway.core.delivery import Limit
from gateway.core.delivery.breaker import PATIENCE
from gateway.core.model import milliseconds
from tests.core.conftest import Now
from tests.core.delivering import POLICY, Platform, Process
from tests.core.delivery.conftest import New, delivery_of


@pytest.mark.gen_test
async def test_messages_arrive_in_order_and_say_so(new: New, phone: Address, sms: Platform) -> None:
    process = new()
    messages = await process.post(phone, "一", "二", "三")
    await process.deliver()
    assert [text for whom, text in sms.taken if whom == phone.external_id] == ["一", "二", "三"]
    stored = await process.message(messages[0].id)
    assert stored.provider_id is not None
    assert stored.delivery is not None
    assert (stored.delivery.state, stored.delivery.via, stored.delivery.attempts) == ("sent", "api", 1)
    assert stored.delivery.due is None


@pytest.mark.gen_test
async def test_posting_again_under_the_same_key_says_it_once(new: New, phone: Address, sms: Platform) -> None:
    one, other = new(), new()
    assert len(await one.post(phone, "验证码", key="proof:1")) == 1
    assert await one.post(phone, "验证码", key="proof:1") == []
    assert await other.post(phone, "验证码", key="proof:1") == []
    await one.deliver()
    assert len([text for whom, text in sms.taken if whom == phone.external_id]) == 1


@pytest.mark.gen_test
async def test_what_fails_for_now_is_tried_later_and_what_follows_waits(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new()
    first, second = await process.post(phone, "甲", "乙")
    sms.script["甲"] = [TemporaryChannelError("busy", code="429"), TemporaryChannelError("busy", retry_after=7)]
    await process.deliver()
    assert sms.taken == []
    delivery = await delivery_of(process, first)
    assert (delivery.state, delivery.code, delivery.due) == ("queued", "429", process.due(2))
    now.move(1.9)
    await process.deliver()
    assert sms.taken == []
    now.move(0.2)
    await process.deliver()
    assert (await delivery_of(process, first)).due == process.due(7)
    assert (await delivery_of(process, second)).state == "queued"
    now.move(8)
    await process.deliver()
    assert [text for _, text in sms.taken] == ["甲", "乙"]


@pytest.mark.gen_test
async def test_it_is_given_up_after_so_many_attempts_and_the_next_goes_on(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new()
    first, _ = await process.post(phone, "甲", "乙")
    sms.script["甲"] = [TemporaryChannelError("busy", code="20429")] * 9
    for _ in range(POLICY.attempts + 1):
        await process.deliver()
        now.move(70)
    delivery = await delivery_of(process, first)
    assert (delivery.state, delivery.code, delivery.attempts) == ("failed", "20429", POLICY.attempts)
    assert [text for _, text in sms.taken] == ["乙"]


@pytest.mark.gen_test
async def test_a_final_refusal_is_kept_with_the_platforms_words(new: New, phone: Address, sms: Platform) -> None:
    process = new()
    first, second = await process.post(phone, "甲", "乙")
    page = "https://www.twilio.com/docs/api/errors/21614"
    sms.script["甲"] = [PermanentChannelError("not a mobile number", code="21614", documentation=page)]
    await process.deliver()
    delivery = await delivery_of(process, first)
    assert (delivery.state, delivery.code, delivery.meaning) == ("failed", "21614", "not a mobile number")
    assert delivery.documentation == page
    assert (await delivery_of(process, second)).state == "sent"


@pytest.mark.gen_test
async def test_several_processes_send_each_message_once_and_in_order(
    new: New, sms: Platform, phone: Address, now: Now
) -> None:
    processes = [new() for _ in range(3)]
    people = [phone.model_copy(update={"external_id": f"{phone.external_id}{n:02d}"}) for n in range(20)]
    for person in people:
        await processes[0].post(person, *map(str, range(5)))
    for _ in range(4):
        await asyncio.gather(*(process.deliver(60) for process in processes))
        now.move(1)  # for what was put off meanwhile
    for person in people:
        assert [text for whom, text in sms.taken if whom == person.external_id] == list("01234")


@pytest.mark.gen_test
async def test_one_that_was_put_off_is_not_overtaken(new: New, phone: Address, sms: Platform, now: Now) -> None:
    process = new()
    _, second, _ = await process.post(phone, "一", "二", "三")
    later = second.model_copy(
        update={"delivery": second.delivery.model_copy(update={"due": milliseconds(now()) + 5000})}  # type: ignore[union-attr]
    )
    assert await process.store.replace("messages", later.document())
    await process.deliver()
    assert [text for _, text in sms.taken] == ["一"]
    now.move(6)
    await process.deliver()
    assert [text for _, text in sms.taken] == ["一", "二", "三"]


@pytest.mark.gen_test
async def test_a_message_waits_for_one_that_another_process_has_not_written_yet(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new()
    first, _ = await process.post(phone, "甲", "乙")
    document = await process.store.get("messages", first.id)
    assert document is not None
    await process.store.delete("messages", [first.id])
    await process.deliver()
    assert sms.taken == []
    await process.store.insert("messages", document)
    now.move(1)
    await process.deliver()
    assert [text for _, text in sms.taken] == ["甲", "乙"]


@pytest.mark.gen_test
async def test_the_limit_holds_for_all_processes_together(new: New, phone: Address, sms: Platform) -> None:
    processes = [new(rates={"sms": Limit(3, 60)}) for _ in range(2)]
    for n in range(8):
        await processes[0].post(phone.model_copy(update={"external_id": f"{phone.external_id}{n}"}), "好")
    await asyncio.gather(*(process.deliver(5) for process in processes))
    assert len(sms.taken) == 3


@pytest.mark.gen_test
async def test_when_the_platform_is_down_messages_keep_their_attempts(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new()
    messages = []
    for n in range(60):
        messages += await process.post(phone.model_copy(update={"external_id": f"{phone.external_id}{n}"}), "好")
    sms.everything = TemporaryChannelError("no connection")
    for _ in range(10):
        await process.deliver(3)
        now.move(5)
    attempts = sum([(await delivery_of(process, message)).attempts for message in messages])
    assert attempts < 2 * len(messages)
    sms.everything = None
    await asyncio.sleep(1.1)
    for _ in range(30):
        await process.deliver(3)
        now.move(30)
        if len(sms.taken) == 60:
            break
        await asyncio.sleep(0.2)
    assert len(sms.taken) == 60


async def open_the_breaker(process: Process, phone: Address, sms: Platform, now: Now) -> None:
    """So much is refused that the process leaves the platform alone; it may be tried again at the end."""
    for n in range(PATIENCE):
        await process.post(phone.model_copy(update={"external_id": f"{phone.external_id}{n}"}), "好")
    sms.everything = TemporaryChannelError("no connection")
    await process.deliver()
    assert process.courier.left_alone()
    sms.everything = None
    now.move(60)
    await asyncio.sleep(1.1)


@pytest.mark.gen_test(timeout=30)
async def test_a_try_that_the_limit_forbids_is_followed_by_others(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new(rates={"sms": Limit(PATIENCE, 60)})
    await open_the_breaker(process, phone, sms, now)
    await process.deliver(3)
    assert sms.taken == []
    await asyncio.sleep(3)  # one more in so many seconds
    await process.deliver(3)
    assert sms.taken


@pytest.mark.gen_test(timeout=30)
async def test_a_try_that_another_process_makes_is_followed_by_others(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    both = [new(), new()]
    for process in both:
        await open_the_breaker(process, phone, sms, now)
    # both want the same message, and one of them gets it
    await asyncio.gather(*(process.courier.work(idle=0.01) for process in both))
    await asyncio.gather(*(process.deliver(1) for process in both))
    for process in both:
        (message,) = await process.post(phone, "还在吗")
        for _ in range(20):
            await process.deliver(3)
            await asyncio.sleep(0.1)
        assert (await delivery_of(process, message)).state == "sent"
