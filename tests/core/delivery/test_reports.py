"""What platforms report later: only forward, in any order, even before the call has returned."""

from __future__ import annotations

import asyncio

import pytest

from channels.contract import Address, Report, UncertainChannelError
from tests.core.conftest import Now
from tests.core.delivering import Platform
from tests.core.delivery.conftest import New, delivery_of


@pytest.mark.gen_test
async def test_only_forward_and_in_any_order(new: New, phone: Address) -> None:
    process = new()
    (message,) = await process.post(phone, "甲")
    await process.deliver()
    sid = (await process.message(message.id)).provider_id or ""
    assert await process.reports.report(Report(message.id, sid, "delivered"))
    assert not await process.reports.report(Report(message.id, sid, "sent"))
    assert not await process.reports.report(Report(message.id, sid, "failed", "30003", "gone"))
    assert (await delivery_of(process, message)).state == "delivered"
    assert await process.reports.report(Report(message.id, sid, "read"))
    assert not await process.reports.report(Report("nobody", "SM1", "sent"))


@pytest.mark.gen_test
async def test_before_the_call_has_returned(new: New, phone: Address, sms: Platform) -> None:
    process = new()
    (message,) = await process.post(phone, "甲")
    sms.script["甲"] = [0.3]
    work = asyncio.ensure_future(process.deliver())
    while not sms.taken:
        await asyncio.sleep(0.01)
    assert await process.reports.report(Report(message.id, "SM1", "delivered"))
    await work
    stored = await process.message(message.id)
    assert stored.delivery is not None
    assert (stored.delivery.state, stored.provider_id) == ("delivered", "SM1")


@pytest.mark.gen_test
async def test_a_report_settles_a_doubt(new: New, phone: Address, sms: Platform, now: Now) -> None:
    process = new()
    (message,) = await process.post(phone, "甲")
    sms.script["甲"] = [("lost", UncertainChannelError("no answer"))]
    await process.deliver()
    assert await process.reports.report(Report(message.id, "SM1", "sent"))
    now.move(60)
    await process.settle_doubts()
    stored = await process.message(message.id)
    assert stored.delivery is not None
    assert (stored.delivery.state, stored.delivery.doubts, stored.provider_id) == ("sent", None, "SM1")
    assert len(sms.taken) == 1


@pytest.mark.gen_test
async def test_failed_after_all(new: New, phone: Address, sms: Platform, now: Now) -> None:
    process = new()
    one, two = await process.post(phone, "甲", "乙")
    await process.deliver()
    assert await process.reports.report(Report(one.id, "SM1", "failed", "30005", "unknown number"))
    delivery = await delivery_of(process, one)
    assert (delivery.state, delivery.code, delivery.meaning) == ("failed", "30005", "unknown number")
    assert not await process.reports.report(Report(one.id, "SM1", "delivered"))
    assert await process.reports.report(Report(two.id, "SM2", "failed", "30003", "off", temporary=True))
    now.move(10)
    await process.deliver()
    assert [text for _, text in sms.taken] == ["甲", "乙", "乙"]


@pytest.mark.gen_test
async def test_what_may_pass_waits_as_long_as_the_report_says(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new()
    (message,) = await process.post(phone, "甲")
    await process.deliver()
    off = Report(message.id, "SM1", "failed", "30003", "off", temporary=True, retry_after=300)
    assert await process.reports.report(off)
    delivery = await delivery_of(process, message)
    assert (delivery.state, delivery.code, delivery.due) == ("queued", "30003", process.due(300))
    now.move(299)
    await process.deliver()
    assert len(sms.taken) == 1
    now.move(2)
    await process.deliver()
    assert len(sms.taken) == 2


@pytest.mark.gen_test
async def test_a_failure_without_a_code_has_one_of_ours(new: New, phone: Address) -> None:
    process = new()
    (message,) = await process.post(phone, "甲")
    await process.deliver()
    assert await process.reports.report(Report(message.id, "SM1", "failed"))
    delivery = await delivery_of(process, message)
    assert (delivery.state, delivery.code) == ("failed", "undelivered")


@pytest.mark.gen_test
async def test_who_writes_again_is_not_kept_waiting_by_what_was_put_off(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new()
    earlier = await process.post(phone, "甲", "乙")
    await process.deliver()
    for name, message in zip(("SM1", "SM2"), earlier, strict=True):
        off = Report(message.id, name, "failed", "30003", "off", temporary=True, retry_after=300)
        assert await process.reports.report(off)
    now.move(10)
    # of what was said by ourselves nothing follows
    (notice,) = await process.post(phone, "丙")
    await process.deliver()
    assert len(sms.taken) == 2
    now.move(10)
    (answer,) = await process.post(phone, "丁")
    current = await process.message(answer.id)
    assert await process.store.replace("messages", current.model_copy(update={"reply_to": "said"}).document())
    await process.deliver(40)
    now.move(1)
    await process.deliver(40)
    assert [text for _, text in sms.taken] == ["甲", "乙", "甲", "乙", "丙", "丁"]
    assert (await delivery_of(process, notice)).state == "sent"
