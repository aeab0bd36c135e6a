"""Brings a database in line with `mongo_schemas`, and tells what differs.

Blocking, with a client of its own: building an index on a large collection takes longer than any call of the door may.
From the event loop, call through `asyncio.to_thread`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from gateway.core.ports import StoreUnavailable
from mongo_schemas import Index, Schema, collections

_CONNECT_MS = 5000


@dataclass(frozen=True, slots=True)
class Difference:
    """What one collection has otherwise than it should. `subject` names the index, or is "validator"."""

    collection: str
    subject: str
    kind: Literal["missing", "extra", "different", "unsupported"]

    def __str__(self) -> str:
        return f"{self.collection}: {self.subject} is {self.kind}"


@dataclass(slots=True)
class Report:
    """What `apply` did, one line each, and what the engine cannot do."""

    done: list[str] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)


def apply(url: str, database: str, schemas: Sequence[Schema] | None = None) -> Report:
    """Make what is missing, change what is different; leave what is extra. Safe to repeat and to run in several
    processes at once. Raises `StoreUnavailable`."""
    report = Report()
    with _open(url, database) as db:
        for schema in collections() if schemas is None else schemas:
            existing = _collection(db, schema.collection)
            if existing is None:
                _create(db, schema, report)
            elif schema.validator and existing.get("validator", {}) != schema.validator:
                _change_validator(db, schema, report)
            _make_indexes(db, schema, report)
    return report


def drift(url: str, database: str, schemas: Sequence[Schema] | None = None) -> list[Difference]:
    """Where the database differs from the schemas. An engine that keeps no validators shows them as unsupported.
    Raises `StoreUnavailable`."""
    differences: list[Difference] = []
    with _open(url, database) as db:
        keeps_validators = any(_validators(db))
        for schema in collections() if schemas is None else schemas:
            existing = _collection(db, schema.collection)
            if existing is None:
                differences.append(Difference(schema.collection, "collection", "missing"))
                continue
            validator = existing.get("validator", {})
            if validator != schema.validator:
                kind: Literal["different", "missing", "unsupported"] = "different" if validator else "missing"
                if not keeps_validators:
                    kind = "unsupported"
                differences.append(Difference(schema.collection, "validator", kind))
            wanted = set(schema.indexes)
            present = set(_indexes(db, schema.collection))
            for index in sorted(wanted - present):
                differences.append(Difference(schema.collection, f"index {index_name(index)}", "missing"))
            for index in sorted(present - wanted):
                differences.append(Difference(schema.collection, f"index {index_name(index)}", "extra"))
    return differences


def index_name(index: Index) -> str:
    """The driver's own default, and how reports name an index."""
    return "_".join(f"{name}_{direction}" for name, direction in index)


@contextmanager
def _open(url: str, database: str) -> Iterator[Database[dict[str, Any]]]:
    client: MongoClient[dict[str, Any]] = MongoClient(
        url, serverSelectionTimeoutMS=_CONNECT_MS, connectTimeoutMS=_CONNECT_MS, appname="yixian-schemas"
    )
    try:
        yield client[database]
    except PyMongoError as error:
        raise StoreUnavailable(f"{type(error).__name__}: {error}") from error
    finally:
        client.close()


def _collection(db: Database[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """The options of a collection; None when there is none."""
    # some engines ignore the filter, so the names are compared here too
    for found in db.list_collections(filter={"name": name}):
        if found["name"] == name:
            return dict(found.get("options") or {})
    return None


def _validators(db: Database[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for found in db.list_collections():
        validator = (found.get("options") or {}).get("validator")
        if validator:
            yield validator


def _create(db: Database[dict[str, Any]], schema: Schema, report: Report) -> None:
    options: dict[str, Any] = {"validator": schema.validator} if schema.validator else {}
    try:
        db.command("create", schema.collection, **options)
    except OperationFailure as error:
        if error.code == 48 or _collection(db, schema.collection) is not None:  # NamespaceExists: another process did
            return
        report.unsupported.append(f"{schema.collection}: validator ({error.code})")
        db.command("create", schema.collection)
    report.done.append(f"{schema.collection}: made")


def _change_validator(db: Database[dict[str, Any]], schema: Schema, report: Report) -> None:
    try:
        db.command("collMod", schema.collection, validator=schema.validator)
    except OperationFailure as error:
        report.unsupported.append(f"{schema.collection}: validator ({error.code})")
        return
    stored = _collection(db, schema.collection) or {}
    if stored.get("validator", {}) == schema.validator:
        report.done.append(f"{schema.collection}: validator changed")
    else:
        report.unsupported.append(f"{schema.collection}: validator (accepted, not kept)")


def _make_indexes(db: Database[dict[str, Any]], schema: Schema, report: Report) -> None:
    present = _indexes(db, schema.collection)
    for index in schema.indexes:
        if index not in present:
            db[schema.collection].create_index(list(index), name=index_name(index))
            report.done.append(f"{schema.collection}: index {index_name(index)} made")


def _indexes(db: Database[dict[str, Any]], collection: str) -> list[Index]:
    """Each index but that of `_id`, told by its keys: some engines give indexes names of their own."""
    present = []
    for found in db[collection].list_indexes():
        keys = tuple((str(name), int(direction)) for name, direction in found["key"].items())
        if keys != (("_id", 1),):
            present.append(keys)
    return present
