"""Applying the schemas can be repeated, and drift is told."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from pymongo import MongoClient

from gateway.storage.schemas import apply, drift
from mongo_schemas import Schema, collections

THINGS = Schema("things", {"$jsonSchema": {"required": ["colour"]}}, ((("colour", 1), ("size", 1)), (("size", 1),)))


@pytest.fixture
def database(mongo_url: str) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    yield name
    with MongoClient(mongo_url) as client:
        client.drop_database(name)


def test_the_schemas_are_data_of_the_portable_subset() -> None:
    found = {schema.collection: schema for schema in collections()}
    assert {"contacts", "identities", "conversations", "messages", "feedback", "counters"} <= found.keys()
    for schema in found.values():
        assert all(direction in {1, -1} for index in schema.indexes for _, direction in index)
        assert not schema.validator or list(schema.validator) == ["$jsonSchema"]


def test_applying_again_finds_nothing_to_do(mongo_url: str, database: str) -> None:
    first = apply(mongo_url, database)
    assert "messages: index conversation_id_1_seq_1 made" in first.done
    assert apply(mongo_url, database).done == []
    assert [difference for difference in drift(mongo_url, database) if difference.kind != "unsupported"] == []


def test_drift_names_what_differs(mongo_url: str, database: str) -> None:
    assert [str(difference) for difference in drift(mongo_url, database, [THINGS])] == ["things: collection is missing"]
    apply(mongo_url, database, [THINGS])
    with MongoClient(mongo_url) as client:
        things = client[database]["things"]
        keys = {tuple(index["key"].items()): index["name"] for index in things.list_indexes()}
        things.drop_index(keys[(("size", 1),)])
        things.create_index([("weight", 1)])
    told = {str(difference) for difference in drift(mongo_url, database, [THINGS])}
    assert {"things: index size_1 is missing", "things: index weight_1 is extra"} <= told
    assert apply(mongo_url, database, [THINGS]).done == ["things: index size_1 made"]
