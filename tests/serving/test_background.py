"""Work beside requests: what one round or one hearer does badly harms nobody else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from gateway.background import Background
from gateway.core.ports import StoreUnavailable


class Events:
    """A bus of so many events, and then silence."""

    def __init__(self, *events: tuple[str, Mapping[str, Any]]) -> None:
        self._events = events

    def post(self, topic: str, event: Mapping[str, Any]) -> None:
        raise AssertionError(f"nobody posts {topic} {event}")

    async def subscribe(self) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
        for one in self._events:
            yield one
        await asyncio.Event().wait()


@pytest.mark.gen_test
async def test_hearers_hear_in_order_and_what_takes_time_is_held(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []
    done = asyncio.Event()

    def bad(event: Mapping[str, Any]) -> None:
        heard.append(f"bad {event['n']}")
        raise KeyError("n")

    async def slow(event: Mapping[str, Any]) -> None:
        await asyncio.sleep(0.01)
        heard.append(f"slow {event['n']}")
        done.set()

    background = Background()
    background.on("a", bad, slow)
    background.on("a", lambda event: heard.append(f"last {event['n']}"))
    with caplog.at_level(logging.ERROR):
        background.hold(background.listen(Events(("nobody's", {}), ("a", {"n": 1}), ("b", {}))))
        await asyncio.wait_for(done.wait(), 5)
    assert heard == ["bad 1", "last 1", "slow 1"]
    assert [record.message for record in caplog.records] == ["a live event failed"]
    await background.stop()


@pytest.mark.gen_test
async def test_a_bad_round_ends_no_rounds_and_the_stop_ends_them_all(caplog: pytest.LogCaptureFixture) -> None:
    rounds = 0
    thrice = asyncio.Event()

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise StoreUnavailable("away")
        if rounds == 2:
            raise ValueError("bad")
        thrice.set()

    background = Background()
    with caplog.at_level(logging.ERROR):
        background.every(0.0, work)
        await asyncio.wait_for(thrice.wait(), 10)
    await background.stop()
    after = rounds
    await asyncio.sleep(0.05)
    assert rounds == after
    assert [record.message for record in caplog.records] == ["a round of background work failed"]
