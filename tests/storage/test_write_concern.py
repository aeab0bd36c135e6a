"""A write that one server took and the others did not confirm is no success: it may be rolled back."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.core.ports import StoreUnavailable
from gateway.storage.mongo import MongoStore

from .wire import Wire

WRITES = {"insert", "update", "findAndModify", "delete"}


def _stepping_down(command: str, reply: dict[str, Any]) -> None:
    """https://www.mongodb.com/docs/manual/reference/write-concern/: the write stays where it was done."""
    if command in WRITES:
        reply["writeConcernError"] = {
            "code": 189,
            "codeName": "PrimarySteppedDown",
            "errmsg": "Primary stepped down while waiting for replication",
        }


@asynccontextmanager
async def _store_on_a_wire(mongo_url: str) -> AsyncIterator[tuple[MongoStore, Wire]]:
    async with Wire(mongo_url) as wire:
        store = MongoStore(wire.url, f"test_{secrets.token_hex(6)}", timeout=3)
        try:
            yield store, wire
        finally:
            wire.change = None
            await store.database.client.drop_database(store.database.name)
            await store.close()


@pytest.mark.gen_test(timeout=30)
async def test_inserts_that_were_not_confirmed_are_not_done(mongo_url: str) -> None:
    async with _store_on_a_wire(mongo_url) as (store, wire):
        assert await store.insert("things", {"_id": "old", "version": 1})
        wire.change = _stepping_down
        outcomes = await asyncio.gather(
            *(store.insert("things", {"_id": id, "version": 1}) for id in ("a", "old", "b")), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailable, bool, StoreUnavailable]
        assert outcomes[1] is False
        with pytest.raises(StoreUnavailable, match="189"):
            await store.insert("things", {"_id": "alone", "version": 1})
        with pytest.raises(StoreUnavailable, match="not confirmed"):
            await store.insert_many("things", [{"_id": "c", "version": 1}, {"_id": "d", "version": 1}])


@pytest.mark.gen_test(timeout=30)
async def test_replacements_that_were_not_confirmed_are_not_done(mongo_url: str) -> None:
    async with _store_on_a_wire(mongo_url) as (store, wire):
        documents: list[dict[str, Any]] = [{"_id": id, "version": 1} for id in ("a", "b", "c")]
        await store.insert_many("things", documents)
        wire.change = _stepping_down
        outcomes = await asyncio.gather(
            *(store.replace("things", document) for document in documents), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 3
        assert [document["version"] for document in documents] == [1, 1, 1]
        with pytest.raises(StoreUnavailable):
            await store.replace_many("things", documents)


@pytest.mark.gen_test(timeout=30)
async def test_a_number_or_a_deletion_that_was_not_confirmed_is_not_given(mongo_url: str) -> None:
    async with _store_on_a_wire(mongo_url) as (store, wire):
        assert await store.increment("counters", "n", "value") == 1
        wire.change = _stepping_down
        with pytest.raises(StoreUnavailable):
            await store.increment("counters", "n", "value")
        with pytest.raises(StoreUnavailable):
            await store.delete("counters", ["n"])
