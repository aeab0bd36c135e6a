"""What failed waits for an operator: listed, sent again, dropped."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from channels.contract import Address, PermanentChannelError
from gateway.core.delivery import DeadLetters
from gateway.core.errors import Conflict, NotFound
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus
from tests.core.conftest import Now
from tests.core.delivering import Platform
from tests.core.delivery.conftest import New, delivery_of


@pytest.fixture
def letters(open_store: Callable[..., MongoStore], bus: RedisBus, now: Now) -> DeadLetters:
    return DeadLetters(open_store(), bus, ["sms", "wechat"], now)


@pytest.mark.gen_test
async def test_listed_retried_and_dropped(new: New, letters: DeadLetters, phone: Address, sms: Platform) -> None:
    process = new()
    one, two, three = await process.post(phone, "甲", "乙", "丙")
    refusal = PermanentChannelError("unknown", code="30005")
    sms.script["甲"], sms.script["乙"] = [refusal], [refusal]
    await process.deliver()
    failed = [message.id for message in await letters.list() if message.identity == phone.key]
    assert failed == [two.id, one.id]
    assert [m.id for m in await letters.list(before=two.id, channel="sms") if m.identity == phone.key] == [one.id]
    await letters.retry(one.id, by="wang")
    await process.deliver()
    assert (await delivery_of(process, one)).state == "sent"
    await letters.drop(two.id, by="wang", reason="号码已注销")
    assert (await delivery_of(process, two)).meaning == "号码已注销"
    assert not [message for message in await letters.list() if message.identity == phone.key]
    with pytest.raises(Conflict):
        await letters.retry(three.id, by="wang")
    with pytest.raises(NotFound):
        await letters.drop("nothing", by="wang", reason="x")
    (entry,) = await process.store.find("audit", {"about": two.id})
    assert (entry["actor"], entry["action"], entry["reason"]) == ("wang", "delivery.drop", "号码已注销")
