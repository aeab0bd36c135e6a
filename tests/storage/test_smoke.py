import asyncio
from datetime import UTC, datetime

import pytest

from gateway.storage.mongo import MongoStore


@pytest.mark.gen_test
async def test_store(store: MongoStore) -> None:
    now = datetime(2024, 5, 1, 1, 2, 3, 456000, tzinfo=UTC)
    doc = {"_id": "a", "version": 1, "when": now, "n": {"x": [1, None, "你"]}, "none": None}
    assert await store.insert("things", doc)
    assert not await store.insert("things", doc)
    assert await store.get("things", "a") == doc
    doc["n"] = 5
    assert await store.replace("things", doc)
    assert doc["version"] == 2
    stale = {**doc, "version": 1}
    assert not await store.replace("things", stale)
    assert stale["version"] == 1
    assert await store.get("things", "a") == doc
    assert sorted(await asyncio.gather(*(store.increment("counters", "c", "value") for _ in range(5)))) == [
        1,
        2,
        3,
        4,
        5,
    ]
    assert await store.find("things", {"when": {"$gte": now}, "none": None}) == [doc]
    blob = await store.put_blob("图.jpg", b"abc" * 200000, "image/jpeg", {"a": "b"})
    described, data = await store.get_blob(blob)
    assert data == b"abc" * 200000
    assert described.name == "图.jpg"
    assert described.metadata == {"a": "b"}
    assert await store.delete("things", ["a", "b"]) == 1
