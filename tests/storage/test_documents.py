"""What the door refuses, and says about it, before anything reaches the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from bson.int64 import Int64

from gateway.storage.documents import MAX_DEPTH, check_document, check_id, check_ids
from gateway.storage.group_commit import sparing
from gateway.storage.mongo import MongoStore
from gateway.storage.queries import MAX_ALTERNATIVES, check_sort, matches, plan


class _Kind(str):
    __slots__ = ()


def _nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"in": value}
    return value


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"data": b"bytes"}, "data"),
        ({"a": {"b": [1, {"c": b"bytes"}]}}, "a.b.c"),
        ({"a": {"$set": 1}}, "a"),
        ({"a.b": 1}, "document"),
        ({"a\x00": 1}, "document"),
        ({"a\tb": 1}, "document"),
        ({'a"b': 1}, "document"),
        ({"a\\b": 1}, "document"),
        ({"": 1}, "document"),
        ({1: 1}, "document"),
        ({"a": {"__neosqlite_binary__": True}}, "a"),
        ({"sender": {"id": False}}, "sender"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "\ud83d"}, "text"),
        ({"\udc00": 1}, "document"),
        ({"n": 2**63}, "n"),
        ({"n": float("nan")}, "n"),
        ({"n": float("inf")}, "n"),
        ({"at": datetime(2024, 5, 1)}, "at"),  # noqa: DTZ001
        ({"at": datetime(2024, 5, 1, tzinfo=UTC).date()}, "at"),
        ({"set": {1, 2}}, "set"),
        ({"list": [1, [2]]}, "list"),
        ({"kind": _Kind("x")}, "kind"),
        ({"deep": _nested(MAX_DEPTH + 1)}, "in.in"),
        ({"rev": "x"}, "rev"),
    ],
)
def test_a_document_that_some_engine_would_spoil_is_refused(body: dict[str, Any], place: str) -> None:
    with pytest.raises(ValueError, match=place):
        check_document({"_id": "a", **body})


def test_what_the_driver_reads_can_be_written_again() -> None:
    check_document({"_id": "a", "n": Int64(2**40), "id": 0, "list": (1, None, True)})


@pytest.mark.parametrize("id", [None, "", 1, b"a", "a\x00", "\ud83d", "x" * 513, "中" * 200])
def test_an_id_is_bounded_text(id: Any) -> None:
    with pytest.raises(ValueError, match="_id"):
        check_id(id)


def test_ids_come_once_and_not_by_the_thousands() -> None:
    assert check_ids(["b", "a", "b"]) == ["b", "a"]
    with pytest.raises(ValueError, match="1,000"):
        check_ids([str(n) for n in range(1001)])
    with pytest.raises(ValueError, match="not one id"):
        check_ids("abc")


@pytest.mark.parametrize(
    "where",
    [
        {"a": {"$ne": 1}},
        {"a": {"$exists": True}},
        {"a": {"$in": [1], "$gt": 0}},
        {"a": {"$in": [None]}},
        {"a": {"$in": "abc"}},
        {"a": {"$gt": None}},
        {"a": {"$gt": True}},
        {"a": {}},
        {"a": {"b": 1}},
        {"a": [1]},
        {"a": b"x"},
        {"$and": [{"a": 1}]},
        {"$or": []},
        {"$or": [{}]},
        {"$or": {"a": 1}},
        {"$where": "1"},
        {"a..b": 1},
        {"a.$": 1},
        {"rev": "x"},
        {"_id": 5},
        {"_id": {"$in": [""]}},
        {"a": {"$in": list(range(MAX_ALTERNATIVES + 1))}},
    ],
)
def test_a_query_beyond_the_portable_ones_is_refused(where: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        plan(where)


def test_alternatives_become_queries_of_their_own() -> None:
    assert plan({"a": 1, "$or": [{"b": None}, {"c": {"$in": [2, 3]}}]}) == [
        {"a": {"$eq": 1}, "b": {"$eq": None}},
        {"a": {"$eq": 1}, "c": {"$eq": 2}},
        {"a": {"$eq": 1}, "c": {"$eq": 3}},
    ]
    assert plan({}) == [{}]
    assert plan({"a": {"$in": []}}) == []
    assert plan({"_id": {"$in": ["a", "b"]}}) == [{"_id": {"$in": ["a", "b"]}}]


def test_dates_are_asked_for_a_second_wider_and_sorted_out() -> None:
    at = datetime(2024, 5, 1, 12, 0, 0, 500_000, tzinfo=UTC)
    where = {"at": {"$gt": at}}
    assert plan(where) == [{"at": {"$gte": at.replace(microsecond=0)}}]
    assert not matches({"at": at}, where)
    assert matches({"at": at.replace(microsecond=501_000)}, where)
    assert not matches({"at": None}, where)


def test_a_sort_is_up_or_down() -> None:
    assert check_sort([("a.b", -1), ("_id", 1)]) == [("a.b", -1), ("_id", 1)]
    for wrong in ([("a", 2)], [("$natural", 1)], [("rev", 1)]):
        with pytest.raises(ValueError, match=r".+"):
            check_sort(wrong)


@pytest.mark.gen_test
async def test_the_door_refuses_before_it_sends(store: MongoStore) -> None:
    with pytest.raises(ValueError, match="version"):
        await store.replace("things", {"_id": "a"})
    with pytest.raises(ValueError, match="collection"):
        await store.insert("system.users", {"_id": "a"})
    with pytest.raises(ValueError, match="limit"):
        await store.find("things", {}, limit=1001)
    with pytest.raises(ValueError, match="counter"):
        await store.increment("counters", "a", "$x")
    with pytest.raises(ValueError, match="over the limit"):
        await store.put_blob("big", b"x" * (32 * 1024 * 1024 + 1), "text/plain", {})
    assert await store.get_blob("not an id") is None
    assert await store.get_blob("507f1f77bcf86cd799439011") is None
    assert await store.get_many("things", []) == []
    assert await store.delete("things", []) == 0


@pytest.mark.gen_test
async def test_a_document_the_driver_refuses_is_its_callers_alone() -> None:
    async def run(documents: Sequence[dict[str, Any]]) -> Sequence[bool]:
        if any(document.get("large") for document in documents):
            raise ValueError("too large")
        return [True] * len(documents)

    outcome = await sparing(run, 5.0)([{"_id": "a"}, {"_id": "b", "large": True}, {"_id": "c"}])
    assert outcome[0::2] == [True, True]
    assert isinstance(outcome[1], ValueError)
    with pytest.raises(ValueError, match="too large"):
        await sparing(run, 5.0)([{"_id": "b", "large": True}])


@pytest.mark.parametrize("name", ["", "a.b", "a/b", "a b", "$a", "x" * 39])
def test_a_database_name_that_some_engine_refuses(name: str) -> None:
    with pytest.raises(ValueError, match="portable database name"):
        MongoStore("mongodb://127.0.0.1:1", name)
