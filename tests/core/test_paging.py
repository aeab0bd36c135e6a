"""Reading on through documents in an order, however they are spread and however long a page is."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from gateway.core.errors import Invalid
from gateway.core.paging import MOST_READ, Order, Pages, Stretch, after, place_of, read_any
from gateway.core.vault import Key, Vault
from gateway.storage.mongo import MongoStore

EVERY = ("a", "a", "a", "a", "b", "c", *(f"u{n}" for n in range(20)))  # one has more than the others
LATEST: Order = (("number", -1),)
DUE_FIRST: Order = (("due", 1), ("number", 1))
LATEST_DUE: Order = (("due", -1), ("number", -1))


async def filled(store: MongoStore, count: int = 50) -> list[dict[str, object]]:
    dice = random.Random(11)
    documents = [
        {
            "_id": f"d{place}",
            "version": 1,
            "number": f"N{place:04d}",
            "due": dice.randrange(12),
            "unit": dice.choice(EVERY),
            "state": dice.choice(["new", "old"]),
        }
        for place in range(count)
    ]
    await store.insert_many("things", documents)
    return documents


async def read_through(
    store: MongoStore, where: dict[str, object], order: Order, size: int, units: Sequence[str]
) -> list[str]:
    found: list[str] = []
    place = ""
    for _ in range(1000):
        read = await read_any(store, "things", after(where, order, place), order, size, field="unit", values=units)
        assert len(read.documents) <= size
        found += [document["number"] for document in read.documents]
        if read.whole:
            return found
        assert read.documents, "a reading that is not whole leads on"
        place = place_of(read.documents[-1], order)
    raise AssertionError("it goes round")


@pytest.mark.parametrize("order", [LATEST, DUE_FIRST, LATEST_DUE])
@pytest.mark.parametrize("size", [2, 9, 400])
@pytest.mark.gen_test(timeout=60)
async def test_everything_once_and_in_order(store: MongoStore, order: Order, size: int) -> None:
    documents = await filled(store)
    for units in ((), ("a",), ("a", "b", "zz"), (*dict.fromkeys(EVERY), "zz")):
        for where in ({}, {"state": "new"}, {"due": {"$gte": 3, "$lt": 9}}):
            wanted = [
                one
                for one in documents
                if (not units or one["unit"] in units)
                and one["state"] in ("new" if "state" in where else "new old")
                and ("due" not in where or 3 <= int(str(one["due"])) < 9)
            ]
            for field, direction in reversed(order):
                wanted.sort(key=lambda one, field=field: one[field], reverse=direction < 0)  # type: ignore[misc]
            found = await read_through(store, dict(where), order, size, units)
            assert found == [one["number"] for one in wanted], (units, where)


@pytest.mark.parametrize("place", ["x", "5", ":N1", "-1:N1", "5:", "٣:N1", "1" * 16 + ":N1"])
def test_what_is_no_place(place: str) -> None:
    with pytest.raises(Invalid):
        after({}, DUE_FIRST, place)


@pytest.mark.gen_test
async def test_a_page_is_bounded_in_what_is_looked_at() -> None:
    looked: list[int] = []

    async def source(place: str, size: int) -> Stretch[int]:
        first = int(place or 0)
        looked.extend(range(first, first + size))
        return Stretch([(number, str(number + 1)) for number in range(first, first + size)], str(first + size))

    pages = Pages(lambda: Vault([Key("1", b"k" * 32)]))
    found, more = await pages.page(source, lambda number: number == 1000, "", 10)
    assert (found, len(looked)) == ((), MOST_READ + 11)
    while more and not found:
        found, more = await pages.page(source, lambda number: number == 1000, more, 10)
    assert found == (1000,)
    with pytest.raises(Invalid):
        await pages.page(source, lambda _: True, "400", 10)
