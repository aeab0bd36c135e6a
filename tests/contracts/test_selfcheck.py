"""The short check at start passes a sound engine and leaves nothing; it sees what an unsound one does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from gateway.core.ports import Document, Sort
from gateway.storage.mongo import MongoStore
from gateway.storage.selfcheck import COLLECTION, UnfitStore, check_store


@pytest.mark.gen_test(timeout=20)
async def test_a_sound_engine_passes_and_is_left_clean(store: MongoStore) -> None:
    await check_store(store)
    await check_store(store)
    assert await store.find(COLLECTION, {}) == []


class Unsound:
    """A sound store with one thing spoiled."""

    def __init__(self, store: MongoStore, spoiled: str) -> None:
        self._store = store
        self._spoiled = spoiled

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def insert(self, collection: str, document: Document) -> bool:
        return await self._store.insert(collection, document) or self._spoiled == "insert"

    async def replace(self, collection: str, document: Document) -> bool:
        if self._spoiled != "replace":
            return await self._store.replace(collection, document)
        current = await self._store.get(collection, document["_id"])
        assert current is not None
        document["version"] = current["version"]
        return await self._store.replace(collection, document)

    async def find(
        self, collection: str, where: Mapping[str, Any], *, sort: Sort = (), limit: int = 100
    ) -> list[Document]:
        if self._spoiled == "null":
            where = {key: value for key, value in where.items() if value is not None}
        if self._spoiled == "sort":
            sort = [(field, 1) for field, _ in sort]
        return await self._store.find(collection, where, sort=sort, limit=limit)

    async def delete(self, collection: str, ids: Sequence[str]) -> int:
        return await self._store.delete(collection, ids) - (self._spoiled == "delete")


@pytest.mark.gen_test(timeout=20)
@pytest.mark.parametrize("spoiled", ["insert", "replace", "null", "sort", "delete"])
async def test_an_unsound_engine_is_refused(open_store: Callable[..., MongoStore], spoiled: str) -> None:
    with pytest.raises(UnfitStore):
        await check_store(Unsound(open_store(), spoiled))
