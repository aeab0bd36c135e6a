"""Coalescing: fair, bounded, ordered by key, and no caller harms another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateway.core.ports import StoreUnavailable
from gateway.storage.batching import Coalescer, QueueFull, WaitedTooLong
from gateway.storage.group_commit import sparing


class Engine:
    """Carries out batches when told to; remembers them."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken: Exception | None = None

    async def __call__(self, items: Sequence[str]) -> Sequence[str | BaseException]:
        self.batches.append(list(items))
        await self.gate.wait()
        if self.broken is not None:
            raise self.broken
        return [ValueError(item) if item.startswith("bad") else item.upper() for item in items]


async def _submit_all(coalescer: Coalescer[str, str], items: Sequence[str]) -> list[asyncio.Task[str]]:
    tasks = [asyncio.ensure_future(coalescer.submit(item)) for item in items]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


@pytest.mark.gen_test
async def test_a_lone_caller_is_served_at_once() -> None:
    engine = Engine()
    assert await Coalescer(engine, max_batch=10, max_queue=10).submit("a") == "A"
    assert engine.batches == [["a"]]


@pytest.mark.gen_test
async def test_what_comes_while_a_batch_is_under_way_goes_together_and_in_order() -> None:
    engine = Engine()
    engine.gate.clear()
    coalescer = Coalescer(engine, max_batch=4, max_queue=100)
    first = await _submit_all(coalescer, ["a"])
    later = await _submit_all(coalescer, list("bcdefghij"))
    assert engine.batches == [["a"]]
    assert len(coalescer) == 9
    engine.gate.set()
    assert await asyncio.gather(*first, *later) == list("ABCDEFGHIJ")
    assert engine.batches == [["a"], list("bcde"), list("fghi"), ["j"]]


@pytest.mark.gen_test
async def test_several_batches_may_be_under_way() -> None:
    engine = Engine()
    engine.gate.clear()
    coalescer = Coalescer(engine, max_batch=2, max_queue=100, max_in_flight=2)
    tasks = await _submit_all(coalescer, list("abcdef"))
    assert engine.batches == [list("ab"), list("cd")]
    engine.gate.set()
    await asyncio.gather(*tasks)
    assert engine.batches[2:] == [list("ef")]


@pytest.mark.gen_test
@pytest.mark.parametrize("in_flight", [1, 3])
async def test_items_of_one_key_never_meet_and_keep_their_order(in_flight: int) -> None:
    engine = Engine()
    engine.gate.clear()
    coalescer = Coalescer(engine, max_batch=10, max_queue=100, max_in_flight=in_flight, key=lambda item: item[0])
    tasks = await _submit_all(coalescer, ["x1", "x2", "y1", "x3", "y2", "z1"])
    assert engine.batches == [["x1", "y1", "z1"]]
    engine.gate.set()
    await asyncio.gather(*tasks)
    assert engine.batches == [["x1", "y1", "z1"], ["x2", "y2"], ["x3"]]


@pytest.mark.gen_test
async def test_an_error_of_one_item_is_its_callers_alone() -> None:
    tasks = await _submit_all(Coalescer(Engine(), max_batch=10, max_queue=10), ["a", "bad", "b"])
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[0::2] == ["A", "B"]
    assert isinstance(results[1], ValueError)


@pytest.mark.gen_test
async def test_an_error_of_a_batch_reaches_every_waiter_and_the_next_batch_goes_on() -> None:
    engine = Engine()
    engine.broken = OSError("gone")
    coalescer = Coalescer(engine, max_batch=10, max_queue=10, key=lambda item: item)
    tasks = await _submit_all(coalescer, list("abc"))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [OSError] * 3
    engine.broken = None
    assert await coalescer.submit("a") == "A"


@pytest.mark.gen_test
async def test_a_wrong_number_of_results_is_an_error_not_a_hang() -> None:
    async def forgetful(items: Sequence[str]) -> Sequence[str]:
        return items[1:]

    with pytest.raises(RuntimeError, match="2 came back with 1"):
        await asyncio.gather(*await _submit_all(Coalescer(forgetful, max_batch=10, max_queue=10), ["a", "b"]))


@pytest.mark.gen_test
async def test_a_cancelled_waiter_harms_nobody() -> None:
    engine = Engine()
    engine.gate.clear()
    coalescer = Coalescer(engine, max_batch=10, max_queue=10, key=lambda item: item[0])
    under_way = await _submit_all(coalescer, ["a", "b"])
    waiting = await _submit_all(coalescer, ["c", "a2", "d"])
    under_way[0].cancel()
    waiting[0].cancel()
    await asyncio.sleep(0)
    engine.gate.set()
    results = await asyncio.gather(*under_way, *waiting, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError, str, asyncio.CancelledError, str, str]
    # the one that was cancelled in time was not carried out
    assert engine.batches == [["a", "b"], ["a2", "d"]]


@pytest.mark.gen_test
async def test_the_queue_is_bounded() -> None:
    engine = Engine()
    engine.gate.clear()
    coalescer = Coalescer(engine, max_batch=1, max_queue=2)
    tasks = await _submit_all(coalescer, ["a"])
    tasks += await _submit_all(coalescer, ["b", "c"])
    with pytest.raises(QueueFull):
        await coalescer.submit("d")
    engine.gate.set()
    assert await asyncio.gather(*tasks) == ["A", "B", "C"]
    await coalescer.drain()
    assert len(coalescer) == 0


@pytest.mark.gen_test
async def test_many_at_once_get_each_its_own_result_in_order() -> None:
    engine = Engine()
    coalescer = Coalescer(engine, max_batch=2, max_queue=10)
    results = await coalescer.submit_all(["a", "bad", "b"])
    assert [results[0], results[2]] == ["A", "B"]
    assert isinstance(results[1], ValueError)
    assert engine.batches == [["a", "bad"], ["b"]]
    assert await coalescer.submit_all([]) == []


@pytest.mark.gen_test
async def test_many_of_one_key_go_one_after_the_other() -> None:
    engine = Engine()
    coalescer = Coalescer(engine, max_batch=10, max_queue=10, key=lambda item: item[0])
    assert await coalescer.submit_all(["x1", "y1", "x2", "x3"]) == ["X1", "Y1", "X2", "X3"]
    assert engine.batches == [["x1", "y1"], ["x2"], ["x3"]]


@pytest.mark.gen_test
async def test_many_are_taken_all_or_none() -> None:
    engine = Engine()
    engine.gate.clear()
    coalescer = Coalescer(engine, max_batch=1, max_queue=3)
    tasks = await _submit_all(coalescer, ["a"])
    tasks += await _submit_all(coalescer, ["b", "c"])
    with pytest.raises(QueueFull):
        await coalescer.submit_all(["d", "e"])
    assert len(coalescer) == 2
    engine.gate.set()
    await asyncio.gather(*tasks)
    assert await coalescer.submit_all(["d", "e", "f"]) == ["D", "E", "F"]
    assert engine.batches == [[item] for item in "abcdef"]


@pytest.mark.gen_test
async def test_what_waited_too_long_is_told_so_and_not_carried_out() -> None:
    engine = Engine()
    engine.gate.clear()
    coalescer = Coalescer(engine, max_batch=10, max_queue=10, max_wait=0.05)
    under_way = await _submit_all(coalescer, ["a"])
    old = await _submit_all(coalescer, ["b", "c"])
    await asyncio.sleep(0.1)
    fresh = await _submit_all(coalescer, ["d"])
    engine.gate.set()
    results = await asyncio.gather(*under_way, *old, *fresh, return_exceptions=True)
    # what is under way has been taken in time, however long it takes
    assert [type(result) for result in results] == [str, WaitedTooLong, WaitedTooLong, str]
    assert engine.batches == [["a"], ["d"]]


@pytest.mark.gen_test
async def test_of_many_some_may_have_waited_too_long() -> None:
    async def slow(items: Sequence[str]) -> Sequence[str]:
        await asyncio.sleep(0.1)
        return items

    coalescer = Coalescer(slow, max_batch=1, max_queue=10, max_wait=0.05)
    results = await coalescer.submit_all(["a", "b"])
    assert results[0] == "a"
    assert isinstance(results[1], WaitedTooLong)


@pytest.mark.gen_test(timeout=20)
async def test_first_come_first_served_under_load() -> None:
    async def busy(items: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0.001)
        return items

    coalescer = Coalescer(busy, max_batch=8, max_queue=1000)
    served: list[int] = []

    async def caller(number: int) -> None:
        served.append(await coalescer.submit(number))

    await asyncio.gather(*(caller(number) for number in range(500)))
    assert served == list(range(500))


@pytest.mark.parametrize("bounds", [{"max_batch": 0}, {"max_queue": 0}, {"max_in_flight": 0}])
def test_bounds_start_at_one(bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="bounds"):
        Coalescer(Engine.__call__, **{"max_batch": 1, "max_queue": 1, **bounds})  # type: ignore[arg-type]


@pytest.mark.gen_test
async def test_sparing_the_sound_documents_of_a_batch_takes_no_longer_than_allowed() -> None:
    async def run(documents: Sequence[dict[str, str]]) -> Sequence[bool]:
        if len(documents) > 1:
            raise ValueError("too large")
        if documents[0]["_id"].startswith("bad"):
            raise ValueError("this one")
        await asyncio.sleep(0.06)
        return [True]

    outcomes = await sparing(run, 0.1)([{"_id": id} for id in ("a", "bad", "b", "c", "d")])
    assert [type(outcome) for outcome in outcomes] == [bool, ValueError, bool, StoreUnavailable, StoreUnavailable]
