"""What the domain needs from the outside, declared by the side that uses it.

`Store` is the portable subset of a document store and nothing more: it means the same on MongoDB and on every
engine that speaks its protocol. Documents are plain dicts with a string `_id`; those that are ever replaced carry an
integer `version`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

Document = dict[str, Any]
# field (dotted for nested scalars) → value | {"$in": [...]} | {"$gt"/"$gte"/"$lt"/"$lte": value}; "$or": [Where, ...];
# a value of None finds fields that are null or missing
Where = Mapping[str, Any]
Sort = Sequence[tuple[str, int]]


class StoreUnavailable(Exception):
    """The store did not answer in time. The write may or may not have happened; every write can be repeated."""


@dataclass(frozen=True, slots=True)
class Blob:
    id: str
    name: str
    content_type: str
    size: int
    metadata: Mapping[str, str]


class Store(Protocol):
    """The whole product's door to the database. Every call raises `StoreUnavailable` within a bounded time.
    Concurrent calls of one kind on one collection are written together (group commit)."""

    async def insert(self, collection: str, document: Document) -> bool:
        """True when it was new; False when a document with this `_id` (or unique key) was there already."""
        ...

    async def get(self, collection: str, id: str) -> Document | None: ...

    async def get_many(self, collection: str, ids: Sequence[str]) -> list[Document]:
        """The documents found, in no order."""
        ...

    async def find(self, collection: str, where: Where, *, sort: Sort = (), limit: int = 100) -> list[Document]:
        """At most `limit` documents. For the next page, pass a range on the sort key in `where`."""
        ...

    async def replace(self, collection: str, document: Document) -> bool:
        """Write the whole document if the stored one still has `document["version"]`; the stored version becomes one
        higher, in the given dict too. False when it has changed or gone meanwhile; the dict is then left as it was."""
        ...

    async def insert_many(self, collection: str, documents: Sequence[Document]) -> list[bool]:
        """`insert` for each, in no order; which were new. After an error some may have been written."""
        ...

    async def replace_many(self, collection: str, documents: Sequence[Document]) -> list[bool]:
        """`replace` for each, in no order; which won. After an error some may have been written."""
        ...

    async def increment(self, collection: str, id: str, field: str, by: int = 1) -> int:
        """Add to a counter, made at 0 when it is not there; the new value."""
        ...

    async def delete(self, collection: str, ids: Sequence[str]) -> int: ...

    async def put_blob(self, name: str, data: bytes, content_type: str, metadata: Mapping[str, str]) -> str:
        """Keep a file; its id."""
        ...

    async def get_blob(self, id: str) -> tuple[Blob, bytes] | None: ...

    async def blob_about(self, id: str) -> Blob | None:
        """What `get_blob` would give, without reading the file."""
        ...

    async def ping(self) -> None: ...


class Bus(Protocol):
    """Live events between processes: best effort. What must not be missed is read from the store."""

    def post(self, topic: str, event: Mapping[str, Any]) -> None:
        """Tell all processes, soon. Never blocks and never raises; what the bus cannot carry is lost."""
        ...

    def subscribe(self) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
        """All topics' events, from now on."""
        ...


class Limits(Protocol):
    """Rates shared by all processes."""

    async def allow(self, key: str, limit: int, per_seconds: float) -> float:
        """0.0 when the call is within `limit` per `per_seconds`; else the seconds until it would be."""
        ...


class Locks(Protocol):
    """Work that one process should do at a time. A hint, never a guard: a holder may outlive its lease."""

    def hold(self, name: str, seconds: float) -> AbstractAsyncContextManager[bool]:
        """Whether the lease is ours, for at most `seconds`; given back at the end. Raises `StoreUnavailable`."""
        ...


class Presence(Protocol):
    """Which processes, or which people, are at a kind of work, so that it can be shared out. A hint, never a guard."""

    async def among(self, work: str, name: str) -> Sequence[str]:
        """Be there under this name; all names, in one order for everybody. Raises `StoreUnavailable`."""
        ...

    async def join(self, work: str, name: str) -> None:
        """Be there under this name, without asking who else is. Raises `StoreUnavailable`."""
        ...

    async def who(self, work: str) -> Sequence[str]:
        """All names, in one order for everybody. Raises `StoreUnavailable`."""
        ...

    async def leave(self, work: str, name: str) -> None: ...


class Clock(Protocol):
    def __call__(self) -> float:
        """Seconds since the epoch."""
        ...
