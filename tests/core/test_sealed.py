"""Changing keys: everything sealed comes under the new one, though the work is cut off and others go on writing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.core.ports import Document
from gateway.core.sealed import SEALED, Progress, Sealed, renew
from gateway.core.vault import Key, Unreadable, Vault
from gateway.storage.mongo import MongoStore
from mongo_schemas import collections

OLD, NEW, OTHER = Key("1", b"o" * 32), Key("2", b"n" * 32), Key("3", b"x" * 32)
BEFORE, BOTH, AFTER = Vault([OLD]), Vault([NEW, OLD]), Vault([NEW])
PEOPLE = Sealed("reporters", {"phone": "person", "name": "person"}, {"phone_key": ("phone", "phone")})
COUNT = 25


def _document(number: int, vault: Vault = BEFORE) -> Document:
    phone = f"1380013{number:04d}"
    sealed = {"phone": vault.seal(phone, "person"), "phone_key": vault.key(phone, "phone")}
    return {"_id": f"n{number:03d}", "version": 1, "kept": number, **(sealed if number % 5 else {})}


async def _all(store: MongoStore) -> list[Document]:
    return await store.find("reporters", {}, sort=[("_id", 1)], limit=100)


async def _run(store: MongoStore, vault: Vault, *, write: bool = True) -> Progress:
    return [progress async for progress in renew(store, vault, PEOPLE, write=write, page=7)][-1]


def _readable_with_the_new_key_alone(document: Document) -> bool:
    number = document["kept"]
    if number % 5 == 0:
        return "phone" not in document
    phone = AFTER.open(document["phone"], "person")
    return phone == f"1380013{number:04d}" and document["phone_key"] == AFTER.key(phone, "phone")


@pytest.mark.gen_test
async def test_everything_comes_under_the_new_key(store: MongoStore) -> None:
    await store.insert_many("reporters", [_document(number) for number in range(COUNT)])
    assert await _run(store, BOTH, write=False) == Progress("reporters", COUNT, 20)
    assert {document["version"] for document in await _all(store)} == {1}, "looked at only"
    assert await _run(store, BOTH) == Progress("reporters", COUNT, 20)
    assert all(map(_readable_with_the_new_key_alone, await _all(store)))
    assert await _run(store, BOTH) == Progress("reporters", COUNT, 0), "and then nothing is left"
    assert await _run(store, AFTER) == Progress("reporters", COUNT, 0)


@pytest.mark.gen_test
async def test_cut_off_midway_all_is_readable_and_the_next_run_finds_the_rest(
    open_store: Callable[..., MongoStore],
) -> None:
    store = open_store()
    await store.insert_many("reporters", [_document(number) for number in range(COUNT)])
    running = renew(store, BOTH, PEOPLE, page=7)
    first = await anext(running)
    await running.aclose()
    assert 0 < first.renewed < 20
    for document in await _all(store):
        if "phone" in document:
            phone = BOTH.open(document["phone"], "person")
            assert document["phone_key"] in BOTH.every_key(phone, "phone")
    rest = await _run(open_store(), BOTH)
    assert rest.renewed == 20 - first.renewed
    assert all(map(_readable_with_the_new_key_alone, await _all(store)))


@pytest.mark.gen_test
async def test_what_somebody_changes_meanwhile_keeps_their_change(open_store: Callable[..., MongoStore]) -> None:
    store, there = open_store(), open_store()
    await store.insert_many("reporters", [_document(number) for number in range(COUNT)])

    class Meanwhile:
        """A store whose pages others change before they are written back."""

        async def find(self, collection: str, where: Document, **more: object) -> list[Document]:
            found = await store.find(collection, where, **more)  # type: ignore[arg-type]
            for document in found[::2]:
                await there.replace(collection, {**document, "name": BEFORE.seal("陈", "person")})
            return found

        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

    await _run(Meanwhile(), BOTH)  # type: ignore[arg-type]
    changed = [document for document in await _all(store) if "name" in document]
    assert len(changed) > COUNT // 3
    # where there was nothing sealed before, it is there for the next run
    assert (await _run(store, BOTH)).renewed == sum(document["kept"] % 5 == 0 for document in changed)
    kept = {document["_id"]: document for document in await _all(store)}
    assert {AFTER.open(kept[document["_id"]]["name"], "person") for document in changed} == {"陈"}
    assert all(map(_readable_with_the_new_key_alone, await _all(store)))


@pytest.mark.gen_test
async def test_what_no_key_opens_is_named_and_the_rest_is_done(store: MongoStore) -> None:
    await store.insert_many("reporters", [_document(number) for number in range(COUNT)])
    await store.insert("reporters", _document(101, Vault([OTHER])))
    assert await _run(store, BOTH) == Progress("reporters", COUNT + 1, 20, ("n101",))
    with pytest.raises(Unreadable):
        BOTH.open((await store.get_many("reporters", ["n101"]))[0]["phone"], "person")


def test_what_is_registered_is_there() -> None:
    known = {schema.collection: schema.validator["$jsonSchema"]["properties"] for schema in collections()}
    for about in SEALED:
        assert {*about.texts, *about.hashes} <= set(known[about.collection])
        assert {text for text, _ in about.hashes.values()} <= set(about.texts)
