"""The Redis side: events reach subscribers, rates and leases are shared, a Redis that went away is survived."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import orjson
import pytest

from gateway.core.ports import StoreUnavailable
from gateway.storage.embedded import EmbeddedStores
from gateway.storage.redis import (
    POSTED_AT_ONCE,
    POSTED_LIMIT,
    RESUMED,
    RedisBus,
    RedisConnection,
    RedisLimits,
    RedisLocks,
    RedisValues,
)


async def _take(events: AsyncIterator[tuple[str, object]], count: int) -> list[tuple[str, object]]:
    return [await anext(events) for _ in range(count)]


@pytest.mark.gen_test(timeout=20)
async def test_every_subscriber_hears_every_event_in_order(open_redis: Callable[..., RedisConnection]) -> None:
    buses = [RedisBus(open_redis()) for _ in range(3)]
    hearing = [asyncio.ensure_future(_take(bus.subscribe(), 300)) for bus in buses]
    await asyncio.gather(*(bus.listening() for bus in buses))
    await asyncio.gather(*(buses[0].publish("conversation", {"seq": n, "text": "一线"}) for n in range(300)))
    for heard in await asyncio.gather(*hearing):
        assert heard == [("conversation", {"seq": n, "text": "一线"}) for n in range(300)]


async def _raw(connection: RedisConnection, count: int) -> Sequence[Sequence[Any]]:
    """The next messages on the bus as Redis carries them: each a list of events."""
    async with connection.client.pubsub() as pubsub:
        await pubsub.subscribe(f"{connection.prefix}bus")
        carried: list[Sequence[Any]] = []
        while len(carried) < count:
            heard = await pubsub.get_message(timeout=5.0)
            if heard is not None and heard["type"] == "message":
                carried.append(orjson.loads(heard["data"]))
        return carried


async def _subscribers(connection: RedisConnection) -> int:
    return int((await connection.execute("PUBSUB", "NUMSUB", f"{connection.prefix}bus"))[1])


@pytest.mark.gen_test(timeout=20)
async def test_publishing_tells_how_many_processes_there_are(open_redis: Callable[..., RedisConnection]) -> None:
    buses = [RedisBus(open_redis()) for _ in range(3)]
    assert await buses[0].publish("notice", {}) == 0
    hearing = [asyncio.ensure_future(_take(bus.subscribe(), 1)) for bus in buses[1:]]
    await asyncio.gather(*(bus.listening() for bus in buses[1:]))
    assert await buses[0].publish("notice", {}) == 2
    await asyncio.gather(*hearing)


@pytest.mark.gen_test(timeout=20)
async def test_what_is_posted_together_travels_together_and_in_order(
    open_redis: Callable[..., RedisConnection],
) -> None:
    connection = open_redis()
    bus, there = RedisBus(open_redis()), RedisBus(open_redis())
    hearing = asyncio.ensure_future(_take(there.subscribe(), 250))
    await there.listening()
    carrying = asyncio.ensure_future(_raw(open_redis(), 3))
    while await _subscribers(connection) < 2:
        await asyncio.sleep(0.01)
    for n in range(250):
        bus.post("conversation", {"seq": n})
    assert await hearing == [("conversation", {"seq": n}) for n in range(250)]
    assert [len(events) for events in await carrying] == [POSTED_AT_ONCE, POSTED_AT_ONCE, 50]


@pytest.mark.gen_test(timeout=20)
async def test_what_was_posted_leaves_before_the_connection_closes(
    open_redis: Callable[..., RedisConnection],
) -> None:
    here, there = open_redis(), RedisBus(open_redis())
    hearing = asyncio.ensure_future(_take(there.subscribe(), 150))
    await there.listening()
    bus = RedisBus(here)
    for n in range(150):
        bus.post("conversation", {"seq": n})
    await here.close()
    assert await hearing == [("conversation", {"seq": n}) for n in range(150)]


@pytest.mark.gen_test(timeout=20)
async def test_an_event_that_cannot_be_carried_does_not_end_the_posting(
    bus: RedisBus, caplog: pytest.LogCaptureFixture
) -> None:
    hearing = asyncio.ensure_future(_take(bus.subscribe(), 1))
    await bus.listening()
    bus.post("a", {"n": object()})
    while bus._posting is not None:
        await asyncio.sleep(0.01)
    assert "JSON cannot carry" in caplog.text
    bus.post("a", {"n": 1})
    assert await hearing == [("a", {"n": 1})]


@pytest.mark.gen_test(timeout=60)
async def test_a_redis_that_refuses_counts_as_away(
    open_redis: Callable[..., RedisConnection], own_embedded: EmbeddedStores
) -> None:
    connection = open_redis(url=own_embedded.redis_url)
    await connection.execute("CONFIG", "SET", "min-replicas-to-write", "1")
    with pytest.raises(StoreUnavailable, match="NOREPLICAS"):
        await RedisLimits(connection).allow("k", 1, 60)
    with pytest.raises(StoreUnavailable):
        await RedisValues(connection).set("k", "v", 1)
    await connection.execute("CONFIG", "SET", "min-replicas-to-write", "0")
    assert await RedisLimits(connection).allow("k", 1, 60) == 0.0


@pytest.mark.gen_test(timeout=60)
async def test_posting_outlives_redis_and_is_bounded(
    open_redis: Callable[..., RedisConnection], own_embedded: EmbeddedStores
) -> None:
    connection = open_redis(url=own_embedded.redis_url, timeout=0.5)
    bus = RedisBus(connection)
    events = bus.subscribe()
    hearing = asyncio.ensure_future(_take(events, 1))
    await bus.listening()
    bus.post("a", {"n": 0})
    assert await hearing == [("a", {"n": 0})]
    hearing = asyncio.ensure_future(_take(events, 1))

    own_embedded.kill("redis")
    for n in range(POSTED_LIMIT + 500):
        bus.post("a", {"lost": n})
    assert len(bus._posted) == POSTED_LIMIT
    while bus._posting is not None:
        await asyncio.sleep(0.05)
    assert bus._posted == []

    await asyncio.to_thread(own_embedded.restart, "redis")
    await asyncio.wait_for(bus.listening(), 15)
    assert await hearing == [(RESUMED, {})]
    bus.post("a", {"n": 1})
    assert await _take(events, 1) == [("a", {"n": 1})]


@pytest.mark.gen_test(timeout=20)
async def test_another_prefix_hears_nothing(open_redis: Callable[..., RedisConnection], key_prefix: str) -> None:
    # a prefix whose characters a pattern would read as wildcards
    ours, theirs = RedisBus(open_redis(prefix=f"{key_prefix}[a]*:")), RedisBus(open_redis(prefix=f"{key_prefix}a:"))
    hearing = asyncio.ensure_future(_take(ours.subscribe(), 1))
    await ours.listening()
    await theirs.publish("conversation", {"whose": "theirs"})
    await ours.publish("conversation", {"whose": "ours"})
    assert await hearing == [("conversation", {"whose": "ours"})]


@pytest.mark.gen_test(timeout=20)
async def test_a_limit_lets_so_many_through_and_says_how_long_to_wait(
    open_redis: Callable[..., RedisConnection],
) -> None:
    first, second = RedisLimits(open_redis()), RedisLimits(open_redis())
    waits = await asyncio.gather(*((first, second)[n % 2].allow("visitor:1", 5, 60.0) for n in range(8)))
    assert sorted(waits)[:5] == [0.0] * 5
    assert all(0 < wait <= 12.0 for wait in sorted(waits)[5:])
    assert await first.allow("visitor:2", 5, 60.0) == 0.0


@pytest.mark.gen_test(timeout=20)
async def test_a_limit_opens_again_when_it_said(open_redis: Callable[..., RedisConnection]) -> None:
    connection = open_redis()
    limits = RedisLimits(connection)
    assert [await limits.allow("k", 2, 0.4) for _ in range(2)] == [0.0, 0.0]
    wait = await limits.allow("k", 2, 0.4)
    assert 0 < wait <= 0.2
    await asyncio.sleep(wait + 0.01)
    assert await limits.allow("k", 2, 0.4) == 0.0
    assert await limits.allow("k", 2, 0.4) > 0
    await asyncio.sleep(0.5)
    # nothing is left behind
    assert await connection.execute("EXISTS", f"{connection.prefix}limit:k") == 0


@pytest.mark.gen_test(timeout=20)
async def test_one_holds_a_lease_at_a_time(open_redis: Callable[..., RedisConnection]) -> None:
    here, there = RedisLocks(open_redis()), RedisLocks(open_redis())
    async with here.hold("sweep", 30) as held:
        assert held
        async with there.hold("sweep", 30) as also_held:
            assert not also_held
        async with there.hold("another", 30) as held_too:
            assert held_too
    async with there.hold("sweep", 30) as held:
        assert held


@pytest.mark.gen_test(timeout=20)
async def test_a_lease_that_ran_out_is_not_taken_from_its_next_holder(
    open_redis: Callable[..., RedisConnection],
) -> None:
    locks = RedisLocks(open_redis())
    async with locks.hold("sweep", 0.05):
        await asyncio.sleep(0.1)
        entered = locks.hold("sweep", 30)
        assert await entered.__aenter__()
    async with locks.hold("sweep", 30) as held:
        assert not held
    await entered.__aexit__(None, None, None)


@pytest.mark.gen_test(timeout=20)
async def test_a_value_is_shared_and_ends(open_redis: Callable[..., RedisConnection]) -> None:
    here, there = RedisValues(open_redis()), RedisValues(open_redis())
    await here.set("token", "令牌", 0.2)
    assert await there.get("token") == "令牌"
    await asyncio.sleep(0.25)
    assert await there.get("token") is None


@pytest.mark.gen_test(timeout=60)
async def test_redis_goes_and_comes_back(
    open_redis: Callable[..., RedisConnection], own_embedded: EmbeddedStores
) -> None:
    connection = open_redis(url=own_embedded.redis_url, timeout=0.5)
    bus, limits = RedisBus(connection), RedisLimits(connection)
    events = bus.subscribe()
    first = asyncio.ensure_future(_take(events, 1))
    await bus.listening()
    await bus.publish("a", {"n": 1})
    assert await first == [("a", {"n": 1})]
    await limits.allow("k", 1, 60)
    following = asyncio.ensure_future(_take(events, 2))

    own_embedded.kill("redis")
    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await bus.publish("a", {"n": 2})
    with pytest.raises(StoreUnavailable):
        await limits.allow("k", 1, 60)
    with pytest.raises(StoreUnavailable):
        async with RedisLocks(connection).hold("sweep", 1):
            raise AssertionError
    assert time.monotonic() - began < 5

    await asyncio.to_thread(own_embedded.restart, "redis")
    await asyncio.wait_for(bus.listening(), 15)
    await bus.publish("a", {"n": 3})
    assert await following == [(RESUMED, {}), ("a", {"n": 3})]
    # scripts were forgotten with the old process; rates may be
    await limits.allow("k", 1, 60)
