"""Fixtures of the tests of delivery.

phone, follower   an address of its own for each test
sms, wechat       the platforms: they do what a test says
new               `new(store=…, **options)`: a process that delivers over them
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from channels.contract import Address, Capabilities
from gateway.core.model import Delivery, Message
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisLimits
from tests.core.conftest import Now
from tests.core.delivering import Platform, Process
from tests.storage.wire import Wire

_numbers = itertools.count(1)
New = Callable[..., Process]


@pytest.fixture
def phone() -> Address:
    return Address(channel="sms", account="AC1", external_id=f"+8613800{next(_numbers):06d}")


@pytest.fixture
def follower() -> Address:
    return Address(channel="wechat", account="wx", external_id=f"oDelivery{next(_numbers)}")


@pytest.fixture
def sms() -> Platform:
    return Platform()


@pytest.fixture
def wechat() -> Platform:
    return Platform("wechat", Capabilities(max_text_bytes=2048, merges=True))


@pytest.fixture
def new(
    open_store: Callable[..., MongoStore],
    redis_connection: RedisConnection,
    bus: RedisBus,
    now: Now,
    sms: Platform,
    wechat: Platform,
) -> New:
    def process(store: MongoStore | None = None, **options: Any) -> Process:
        limits = RedisLimits(redis_connection)
        return Process(store or open_store(), bus, limits, now, {"sms": sms, "wechat": wechat}, **options)

    return process


@contextlib.asynccontextmanager
async def wired(mongo_url: str, database: str) -> AsyncIterator[tuple[Wire, MongoStore]]:
    """A store whose answers can be changed on their way."""
    async with Wire(mongo_url) as wire:
        store = MongoStore(wire.url, database)
        try:
            yield wire, store
        finally:
            await store.close()


async def delivery_of(process: Process, message: Message) -> Delivery:
    delivery = (await process.message(message.id)).delivery
    assert delivery is not None
    return delivery


async def join(process: Process, one: Address, other: Address, *, verified: bool = True) -> None:
    """Both are the same person's."""
    first, second = await process.conversations.open(one), await process.conversations.open(other)
    document = second.model_copy(update={"contact_id": first.contact_id, "verified": verified}).document()
    assert await process.store.replace("identities", document)
