"""A short version of the store's contract, run at start: an engine that fails it is refused.

The whole contract is in tests/contracts. This is the part of it whose failure would lose or mix up messages.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from ulid import ULID

from gateway.core.ports import Document, Store

COLLECTION = "self_check"


class UnfitStore(Exception):
    """The database does not do what the product relies on; the message names what."""


async def check_store(store: Store) -> None:
    """Try the store out, in a collection of its own that is left empty; takes some 30 ms on a local engine.
    Raises `UnfitStore`; `StoreUnavailable` when it cannot be asked."""
    run = str(ULID())
    now = datetime.now(UTC).replace(microsecond=250_000)
    documents: list[Document] = [
        {
            "_id": f"{run}{n}",
            "version": 1,
            "run": run,
            "name": "一线" if n % 2 else None,
            "at": now + timedelta(milliseconds=100 * n),
            "owner": {"kind": "bot" if n < 3 else "queue"},
            "parts": [{"type": "text", "n": n, "ratio": 0.5, "yes": True, "nothing": None}],
        }
        for n in range(6)
    ]
    ids = [document["_id"] for document in documents]
    try:
        news = await asyncio.gather(*(store.insert(COLLECTION, document) for document in documents * 2))
        _expect(sorted(news) == [False] * 6 + [True] * 6, "keep an _id once")
        found = {document["_id"]: document for document in await store.get_many(COLLECTION, [*ids, f"{run}x"])}
        _expect(found == {document["_id"]: document for document in documents}, "give documents back as they were")
        await _check_finding(store, run, now, ids)
        await _check_replacing(store, documents)
        numbers = await asyncio.gather(*(store.increment(COLLECTION, f"{run}n", "value") for _ in range(5)))
        _expect(sorted(numbers) == [1, 2, 3, 4, 5], "count without giving a number twice")
    finally:
        removed = await store.delete(COLLECTION, [*ids, f"{run}n"])
    _expect(removed == 7 and await store.get(COLLECTION, ids[0]) is None, "delete what it is told to, and count it")


async def _check_finding(store: Store, run: str, now: datetime, ids: list[str]) -> None:
    async def find(where: dict[str, Any], direction: int = 1, limit: int = 10) -> list[str]:
        query = {"run": run, **where}
        answer = await store.find(COLLECTION, query, sort=[("at", direction), ("_id", 1)], limit=limit)
        return [document["_id"] for document in answer]

    _expect(await find({}, -1, 4) == ids[:1:-1], "sort by a date")
    _expect(await find({"name": None}) == ids[::2], "find null")
    _expect(await find({"name": "一线", "owner.kind": "bot"}) == [ids[1]], "find by a field inside another")
    _expect(await find({"at": {"$gt": now, "$lte": now + timedelta(milliseconds=300)}}) == ids[1:4], "compare dates")
    either = {"$or": [{"owner.kind": {"$in": ["queue"]}}, {"name": None}]}
    _expect(await find(either) == [ids[0], *ids[2:]], "find either of two")
    _expect(await find({"_id": {"$in": [ids[5], ids[2], f"{run}x"]}}) == [ids[2], ids[5]], "find by _id")


async def _check_replacing(store: Store, documents: list[Document]) -> None:
    current = documents[0]
    stale = [{**current, "name": f"late {n}"} for n in range(3)]
    _expect(await store.replace(COLLECTION, current) and current["version"] == 2, "replace a document")
    late = await asyncio.gather(*(store.replace(COLLECTION, document) for document in stale))
    _expect(not any(late), "refuse a replacement under an old version")
    kept = await store.get(COLLECTION, current["_id"])
    _expect(kept == current, "keep a replacement whole")


def _expect(right: bool, what: str) -> None:
    if not right:
        raise UnfitStore(f"The database at the configured URL does not {what}, which the gateway relies on.")
