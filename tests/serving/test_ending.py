"""An end that is asked for is never forgotten, whatever became of the interrupt."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import pytest

from gateway.ending import Ending


@pytest.mark.parametrize(("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_a_signal_is_kept_until_it_is_asked_for(number: signal.Signals, raised: type[BaseException]) -> None:
    before = signal.getsignal(number)
    with Ending() as ending:
        ending.check()
        signal.raise_signal(number)
        with pytest.raises(raised):
            ending.check()
    assert signal.getsignal(number) == before


def test_a_second_interrupt_does_not_wait_to_be_asked_for() -> None:
    with Ending():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_who_listens_hears_what_came_before_and_all_that_comes() -> None:
    heard: list[str] = []
    with Ending() as ending:
        signal.raise_signal(signal.SIGINT)
        with ending.heard_by(lambda: heard.append("once")):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert heard == ["once"] * 3


def test_work_is_cut_short() -> None:
    async def work() -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(60)

    with Ending() as ending, pytest.raises(KeyboardInterrupt):
        ending.run(work())


def test_work_that_loses_its_cancellation_does_not_lose_the_end() -> None:
    went_on = False

    async def work() -> None:
        nonlocal went_on
        signal.raise_signal(signal.SIGINT)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        went_on = True

    with Ending() as ending, pytest.raises(KeyboardInterrupt):
        ending.run(work())
    assert went_on


def test_a_second_interrupt_ends_work_that_goes_on() -> None:
    async def work() -> None:
        signal.raise_signal(signal.SIGINT)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("it went on")

    with Ending() as ending, pytest.raises(KeyboardInterrupt):
        ending.run(work())


def test_work_that_nobody_ends_gives_its_result() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    with Ending() as ending:
        assert ending.run(work()) == 7
