"""The Redis side: events reach subscribers, rates and leases are shared, a Redis that went away is survived."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from gateway.core.ports import StoreUnavailable
from gateway.storage.embedded import EmbeddedStores
from gateway.storage.redis import RESUMED, RedisBus, RedisConnection, RedisLimits, RedisLocks, RedisValues


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
