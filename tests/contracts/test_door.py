"""The door against a plain dictionary, over generated documents and queries; on every engine at hand.

Nothing here knows which engine it is. A failure means that the engine, or the door on it, is not what the product was
written for.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from tornado.ioloop import IOLoop

from gateway.storage.mongo import MongoStore

from .documents import FIELDS, POOLS, bodies, ids, rows, sorts, texts, wheres
from .memory import MemoryStore

# one engine call can meet a full disk cache or a busy machine; examples are not timed one by one
contract = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)
_numbers = itertools.count()


def same(left: Any, right: Any) -> bool:
    """Equal, and of the same types all the way down: 1, 1.0 and True are three things."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    # the driver reads larger integers as a kind of its own
    kinds = [int if isinstance(value, int) and not isinstance(value, bool) else type(value) for value in (left, right)]
    return kinds[0] is kinds[1] and left == right


async def emptied(store: MongoStore, collection: str) -> None:
    """An example that failed has left something behind."""
    while left := await store.find(collection, {}, limit=1000):
        await store.delete(collection, [document["_id"] for document in left])


@contract
@given(bodies=st.lists(bodies, min_size=1, max_size=20))
def test_a_document_comes_back_as_it_went_in(store: MongoStore, io_loop: IOLoop, bodies: list[dict[str, Any]]) -> None:
    documents = [{"_id": f"{next(_numbers)}", "version": 1, **body} for body in bodies]

    async def run() -> None:
        for document in documents:
            assert await store.insert("things", document)
        for found in await store.get_many("things", [document["_id"] for document in documents]):
            given_ = next(document for document in documents if document["_id"] == found["_id"])
            assert same(found, given_), (found, given_)
            assert list(found) == list(given_)
        # and as its own replacement
        for document in documents:
            assert await store.replace("things", document)
            found = await store.get("things", document["_id"])
            assert found is not None
            assert document["version"] == 2
            assert same(found, document), (found, document)

    io_loop.run_sync(run)


@contract
@given(ids=st.lists(ids, min_size=1, max_size=10, unique=True))
def test_any_text_can_be_an_id(store: MongoStore, io_loop: IOLoop, ids: list[str]) -> None:
    collection = f"ids{next(_numbers)}"

    async def run() -> None:
        for id in ids:
            assert await store.insert(collection, {"_id": id, "version": 1})
        for id in ids:
            assert not await store.insert(collection, {"_id": id, "version": 7})
            assert await store.get(collection, id) == {"_id": id, "version": 1}
            assert await store.find(collection, {"_id": id}) == [{"_id": id, "version": 1}]
        ordered = await store.find(collection, {}, sort=[("_id", 1)])
        assert [document["_id"] for document in ordered] == sorted(ids, key=str.encode)
        assert await store.delete(collection, [*ids, "not there"]) == len(ids)
        assert await store.find(collection, {}) == []

    io_loop.run_sync(run)


@pytest.mark.parametrize("indexed", [False, True])
@contract
@given(
    bodies=st.lists(rows(), max_size=12),
    queries=st.lists(st.tuples(wheres(), sorts, st.integers(1, 12)), min_size=5, max_size=10),
)
def test_finding(
    open_store: Callable[..., MongoStore],
    mongo_url: str,
    io_loop: IOLoop,
    indexed: bool,
    bodies: list[dict[str, Any]],
    queries: list[tuple[dict[str, Any], list[tuple[str, int]], int]],
) -> None:
    store = _one_store(open_store, mongo_url, indexed)
    model = MemoryStore()

    async def run() -> None:
        await emptied(store, "rows")
        for body in bodies:
            document = {"_id": f"{next(_numbers):08}", "version": 1, **body}
            model.insert(document)
            assert await store.insert("rows", document)
        for where, sort, limit in queries:
            found = await store.find("rows", where, sort=sort, limit=limit)
            expected = model.find(where, sort, limit)
            assert found == expected, (where, sort, limit)

    io_loop.run_sync(run)


_opened: dict[Any, MongoStore] = {}


def _one_store(open_store: Callable[..., MongoStore], mongo_url: str, indexed: bool) -> MongoStore:
    """The same store for all examples of one test; with an index on each field, and one on two, if wanted."""
    if open_store not in _opened:
        _opened.clear()
        _opened[open_store] = open_store()
        if indexed:
            with MongoClient(mongo_url) as client:
                rows = client[_opened[open_store].database.name]["rows"]
                for path in FIELDS:
                    rows.create_index([(path, 1)])
                rows.create_index([("owner.kind", 1), ("owner.since", 1)])
                rows.create_index([("name", 1), ("at", 1)])
    return _opened[open_store]


@contract
@given(
    bodies=st.lists(rows(), min_size=1, max_size=30),
    path=st.sampled_from(["count", "at", "owner.since"]),
    size=st.integers(1, 7),
)
def test_paging_by_key_meets_every_document_once(
    store: MongoStore, io_loop: IOLoop, bodies: list[dict[str, Any]], path: str, size: int
) -> None:
    model = MemoryStore()
    for body in bodies:
        model.insert({"_id": f"{next(_numbers):08}", "version": 1, **body})

    async def run() -> None:
        await emptied(store, "rows")
        for document in model.documents.values():
            await store.insert("rows", document)
        expected = model.find({path: {"$gte": min(POOLS[path])}}, [(path, 1), ("_id", 1)], 1000)
        met: list[dict[str, Any]] = []
        where: dict[str, Any] = {path: {"$gte": min(POOLS[path])}}
        while page := await store.find("rows", where, sort=[(path, 1), ("_id", 1)], limit=size):
            met += page
            last = page[-1]
            value = last[path] if "." not in path else last["owner"]["since"]
            where = {"$or": [{path: {"$gt": value}}, {path: value, "_id": {"$gt": last["_id"]}}]}
        assert met == expected

    io_loop.run_sync(run)


@st.composite
def _steps(draw: st.DrawFn) -> tuple[Any, ...]:
    id = draw(st.sampled_from(["a", "b", "c"]))
    return draw(
        st.one_of(
            st.tuples(st.just("insert"), st.just(id), bodies),
            st.tuples(st.just("replace"), st.just(id), bodies, st.integers(1, 4)),
            st.tuples(st.just("replace current"), st.just(id), bodies),
            st.tuples(st.just("delete"), st.just(id)),
            st.tuples(st.just("get"), st.just(id)),
        )
    )


@contract
@given(steps=st.lists(_steps(), max_size=30))
def test_any_sequence_of_steps(store: MongoStore, io_loop: IOLoop, steps: list[tuple[Any, ...]]) -> None:
    model = MemoryStore()

    async def run() -> None:
        await emptied(store, "steps")
        for what, id, *rest in steps:
            if what == "insert":
                document = {"_id": id, "version": 1, **rest[0]}
                assert await store.insert("steps", document) == model.insert(document)
            elif what == "delete":
                assert await store.delete("steps", [id]) == model.delete([id])
            elif what != "get":
                current = model.get(id)
                version = rest[1] if what == "replace" else (current or {"version": 1})["version"]
                document = {"_id": id, "version": version, **rest[0]}
                won = await store.replace("steps", document)
                assert document["version"] == version + won
                assert won == model.replace({**document, "version": version})
            assert same(await store.get("steps", id), model.get(id))

    io_loop.run_sync(run)


_few_ids = st.sampled_from(["a", "b", "c", "2024-05-01T10:00", "d"])


@contract
@given(
    there=st.dictionaries(_few_ids, bodies, max_size=3),
    given_=st.lists(st.tuples(_few_ids, bodies), max_size=8),
)
def test_inserting_many_is_inserting_each(
    store: MongoStore, io_loop: IOLoop, there: dict[str, dict[str, Any]], given_: list[tuple[str, dict[str, Any]]]
) -> None:
    """Of several with one id, one is new: which one is not promised."""
    documents = [{"_id": id, "version": 1, **body} for id, body in given_]
    before = copy.deepcopy(documents)

    async def run() -> None:
        await emptied(store, "many")
        for id, body in there.items():
            assert await store.insert("many", {"_id": id, "version": 1, **body})
        news = await store.insert_many("many", documents)
        assert len(news) == len(documents)
        assert same(documents, before)
        for id in {id for id, _ in given_}:
            new = [
                document for document, is_new in zip(documents, news, strict=True) if document["_id"] == id and is_new
            ]
            assert len(new) == (id not in there)
            assert same(await store.get("many", id), new[0] if new else {"_id": id, "version": 1, **there[id]})

    io_loop.run_sync(run)


@contract
@given(
    there=st.dictionaries(_few_ids, st.integers(1, 3), max_size=4),
    given_=st.lists(st.tuples(_few_ids, st.integers(1, 3), bodies), max_size=8, unique_by=lambda row: row[0]),
)
def test_replacing_many_is_replacing_each(
    store: MongoStore, io_loop: IOLoop, there: dict[str, int], given_: list[tuple[str, int, dict[str, Any]]]
) -> None:
    model = MemoryStore()
    documents = [{"_id": id, "version": version, **body} for id, version, body in given_]

    async def run() -> None:
        await emptied(store, "many")
        for id, version in there.items():
            document = {"_id": id, "version": version}
            model.insert(document)
            assert await store.insert("many", document)
        expected = [model.replace(document) for document in documents]
        assert await store.replace_many("many", documents) == expected
        for (id, version, _), document, won in zip(given_, documents, expected, strict=True):
            # the given document has the stored version when it won, else its own
            assert document["version"] == version + won
            assert same(await store.get("many", id), model.get(id))

    io_loop.run_sync(run)


@pytest.mark.gen_test(timeout=20)
async def test_of_many_with_one_that_does_not_fit_none_is_written(store: MongoStore) -> None:
    sound: dict[str, Any] = {"_id": "a", "version": 1}
    with pytest.raises(ValueError, match="at: a date without a time zone"):
        await store.insert_many("many", [sound, {"_id": "b", "version": 1, "at": datetime(2024, 5, 1)}])  # noqa: DTZ001
    assert await store.find("many", {}) == []
    assert await store.insert("many", sound)
    with pytest.raises(ValueError, match="integer version"):
        await store.replace_many("many", [sound, {"_id": "b"}])
    assert sound["version"] == 1
    assert await store.get("many", "a") == {"_id": "a", "version": 1}


@pytest.mark.gen_test(timeout=60)
async def test_more_than_a_batch_at_once(open_store: Callable[..., MongoStore]) -> None:
    store = open_store(timeout=30.0)  # an engine may take its time over so many
    documents = [{"_id": f"{n:04}", "version": 1, "text": "一线" * 50} for n in range(500)]
    assert await store.insert_many("many", documents) == [True] * 500
    assert await store.insert_many("many", [*documents[250:], {"_id": "new", "version": 1}]) == [False] * 250 + [True]
    assert await store.replace_many("many", documents) == [True] * 500
    assert {document["version"] for document in documents} == {2}
    stale = [{**document, "version": 1 + n % 2} for n, document in enumerate(documents)]
    assert await store.replace_many("many", stale) == [n % 2 == 1 for n in range(500)]


@pytest.mark.gen_test
async def test_a_query_of_too_many_alternatives_is_refused(store: MongoStore) -> None:
    eight = {"$in": [*range(8)]}
    assert await store.find("rows", {"count": eight, "deep.er.n": {"$in": [1, 2, 3, 4]}}) == []
    with pytest.raises(ValueError, match="at most 32 alternatives; these make 64"):
        await store.find("rows", {"count": eight, "deep.er.n": eight})


@settings(contract, max_examples=20)
@given(
    name=texts.filter(bool),
    data=st.binary(max_size=2000) | st.integers(0, 600_000).map(lambda size: bytes(range(256)) * (size // 256)),
    content_type=texts,
    metadata=st.dictionaries(texts, texts, max_size=4),
)
def test_a_file_comes_back(
    store: MongoStore, io_loop: IOLoop, name: str, data: bytes, content_type: str, metadata: dict[str, str]
) -> None:
    async def run() -> None:
        id = await store.put_blob(name, data, content_type, metadata)
        kept = await store.get_blob(id)
        assert kept is not None
        blob, stored = kept
        assert stored == data
        assert (blob.id, blob.name, blob.content_type, blob.size) == (id, name, content_type, len(data))
        assert dict(blob.metadata) == metadata

    io_loop.run_sync(run)
