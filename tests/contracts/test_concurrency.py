"""Many callers, two processes' worth of doors on one database: nobody's write is lost, doubled or mixed up."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from gateway.core.ports import StoreUnavailable
from gateway.storage.mongo import MongoStore

Open = Callable[..., MongoStore]


@pytest.fixture(params=[1, 3], ids=["one batch under way", "three"])
def doors(request: pytest.FixtureRequest, open_store: Open) -> list[MongoStore]:
    return [open_store(max_in_flight=request.param, timeout=20) for _ in range(2)]


@pytest.mark.gen_test(timeout=60)
async def test_one_of_many_inserts_of_an_id_is_new(doors: list[MongoStore]) -> None:
    news = await asyncio.gather(
        *(doors[n % 2].insert("things", {"_id": f"t{n // 8}", "version": 1, "by": n}) for n in range(800))
    )
    for start in range(0, 800, 8):
        assert sum(news[start : start + 8]) == 1
        winner = start + news[start : start + 8].index(True)
        kept = await doors[0].get("things", f"t{start // 8}")
        assert kept is not None
        assert kept["by"] == winner


@pytest.mark.gen_test(timeout=60)
async def test_replacing_under_a_version_loses_no_change(doors: list[MongoStore]) -> None:
    """Each caller adds itself to one of three documents, reading again as long as others are faster."""
    ids = ["a", "b", "2024-05-01T10:00"]
    for id in ids:
        assert await doors[0].insert("things", {"_id": id, "version": 1, "members": []})

    async def add(caller: int) -> None:
        door, id = doors[caller % 2], ids[caller % 3]
        while True:
            document = await door.get("things", id)
            assert document is not None
            document["members"].append(caller)
            version = document["version"]
            try:
                won = await door.replace("things", document)
            except StoreUnavailable:
                # the one case in which the door cannot know: see whether it was us
                current = await door.get("things", id)
                assert current is not None
                won = caller in current["members"]
                document["version"] += won
            if won:
                assert document["version"] == version + 1
                return
            assert document["version"] == version
            await asyncio.sleep(random.uniform(0, 0.02))

    await asyncio.gather(*(add(caller) for caller in range(60)))
    for index, id in enumerate(ids):
        document = await doors[0].get("things", id)
        assert document is not None
        assert sorted(document["members"]) == list(range(index, 60, 3))
        assert document["version"] == 1 + 20


@pytest.mark.gen_test(timeout=60)
async def test_each_caller_of_a_batch_learns_its_own_outcome(doors: list[MongoStore]) -> None:
    """Half the documents were moved by the other door, some were deleted."""
    for n in range(90):
        await doors[0].insert("things", {"_id": f"t{n}", "version": 1, "by": "nobody"})
    moved = [n for n in range(90) if n % 3 == 1]
    gone = [n for n in range(90) if n % 3 == 2]
    assert all(
        await asyncio.gather(
            *(doors[1].replace("things", {"_id": f"t{n}", "version": 1, "by": "other"}) for n in moved)
        )
    )
    assert await doors[1].delete("things", [f"t{n}" for n in gone]) == len(gone)
    won = await asyncio.gather(
        *(doors[0].replace("things", {"_id": f"t{n}", "version": 1, "by": "us"}) for n in range(90))
    )
    assert won == [n % 3 == 0 for n in range(90)]
    found = {
        document["_id"]: document["by"] for document in await doors[0].get_many("things", [f"t{n}" for n in range(90)])
    }
    assert found == {f"t{n}": "other" if n % 3 else "us" for n in range(90) if n % 3 != 2}


@pytest.mark.gen_test(timeout=60)
async def test_both_doors_at_once_on_the_same_versions(doors: list[MongoStore]) -> None:
    for round_ in range(5):
        ids = [f"r{round_}-{n}" for n in range(60)]
        for id in ids:
            await doors[0].insert("things", {"_id": id, "version": 1})
        attempts = [(door, id) for id in ids for door in (0, 1)]
        random.shuffle(attempts)
        won = await asyncio.gather(
            *(doors[door].replace("things", {"_id": id, "version": 1, "by": door}) for door, id in attempts)
        )
        winners = {id: door for (door, id), success in zip(attempts, won, strict=True) if success}
        assert sum(won) == len(ids)
        kept = {document["_id"]: document["by"] for document in await doors[0].get_many("things", ids)}
        assert kept == winners


@pytest.mark.gen_test(timeout=60)
async def test_both_doors_at_once_with_many(doors: list[MongoStore]) -> None:
    for round_ in range(5):
        ids = [f"r{round_}-{n}" for n in range(60)]
        attempts = [[{"_id": id, "version": 1, "by": by} for id in ids] for by in range(4)]
        news = await asyncio.gather(
            *(doors[by % 2].insert_many("things", documents) for by, documents in enumerate(attempts))
        )
        assert [sum(column) for column in zip(*news, strict=True)] == [1] * len(ids)
        inserted = {document["_id"]: document["by"] for document in await doors[0].get_many("things", ids)}
        assert inserted == {id: [row[n] for row in news].index(True) for n, id in enumerate(ids)}


@pytest.mark.gen_test(timeout=60)
async def test_both_doors_at_once_on_the_same_versions_of_many(doors: list[MongoStore]) -> None:
    ids = [f"t{n}" for n in range(60)]
    for version in range(1, 6):
        if version == 1:
            await doors[0].insert_many("things", [{"_id": id, "version": 1} for id in ids])
        attempts = [[{"_id": id, "version": version, "by": by} for id in ids] for by in range(2)]
        won = await asyncio.gather(
            *(doors[by].replace_many("things", documents) for by, documents in enumerate(attempts))
        )
        assert [sum(column) for column in zip(*won, strict=True)] == [1] * len(ids)
        kept = {document["_id"]: document["by"] for document in await doors[0].get_many("things", ids)}
        assert kept == {id: [row[n] for row in won].index(True) for n, id in enumerate(ids)}


@pytest.mark.gen_test(timeout=60)
async def test_a_counter_of_one_process_gives_each_number_once(doors: list[MongoStore]) -> None:
    given = await asyncio.gather(*(doors[0].increment("counters", "tickets", "value") for _ in range(200)))
    assert sorted(given) == list(range(1, 201))


@pytest.mark.gen_test(timeout=60)
async def test_a_counter_gives_each_number_once(doors: list[MongoStore]) -> None:
    given = await asyncio.gather(*(doors[n % 2].increment("counters", "tickets", "value") for n in range(200)))
    assert sorted(given) == list(range(1, 201))
    assert await doors[0].increment("counters", "tickets", "value", 10) == 210
    assert await doors[0].increment("counters", "tickets", "other") == 1
    assert await doors[0].increment("counters", "tickets", "value", -1) == 209


@pytest.mark.gen_test(timeout=60)
async def test_callers_of_one_get_do_not_share_the_document(doors: list[MongoStore]) -> None:
    await doors[0].insert("things", {"_id": "a", "version": 1, "list": []})
    copies = await asyncio.gather(*(doors[0].get("things", "a") for _ in range(20)))
    for copy in copies:
        assert copy is not None
        copy["list"].append(1)
    assert all(copy == {"_id": "a", "version": 1, "list": [1]} for copy in copies)
