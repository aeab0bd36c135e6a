"""So many at a time, so many for one holder, and the rest wait a while or are refused."""

from __future__ import annotations

import asyncio

import pytest

from channels.web.slots import Slots


def test_a_slot_is_taken_and_given_back() -> None:
    slots = Slots(2, each=1)
    assert slots.take("a")
    assert not slots.take("a")
    assert slots.take("b")
    assert not slots.take("c")
    slots.give_back("a")
    assert slots.take("c")
    assert len(slots) == 2


@pytest.mark.gen_test
async def test_who_waits_gets_the_next_free_one() -> None:
    slots = Slots(2, each=1, waiting=10)
    running = most = 0

    async def work(holder: str) -> None:
        nonlocal running, most
        async with slots.hold(holder, 2.0):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.005)
            running -= 1

    await asyncio.gather(*(work(f"{number % 4}") for number in range(12)))
    assert (most, len(slots)) == (2, 0)


@pytest.mark.gen_test
async def test_waiting_ends_and_is_bounded() -> None:
    slots = Slots(1, each=1, waiting=1)
    async with slots.hold("a", 1.0):
        first = asyncio.ensure_future(_hold(slots, 0.05))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await _hold(slots, 60.0)
        with pytest.raises(TimeoutError):
            await first
    await _hold(slots, 0.0)


async def _hold(slots: Slots, within: float) -> None:
    async with slots.hold("b", within):
        pass
