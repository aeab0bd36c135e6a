"""The product's one door to MongoDB and to whatever speaks its protocol; the only importer of Motor.

It offers `gateway.core.ports.Store` and asks the engine for nothing beyond what that needs, since that small subset
means the same on MongoDB, FerretDB and the embedded engine (docs/architecture.md). Concurrent calls of one kind on
one collection travel as one command (`group_commit`), which is where the product's throughput comes from.

What callers see when the store is in trouble:

- Every call ends within about twice `timeout` seconds, with `StoreUnavailable` when it could not be done.
- A write that ended so may have happened. Within one call the door finds out itself: a write that was sent twice
  because the connection broke is told from another caller's by the token each write carries. A caller that repeats
  an `insert` after `StoreUnavailable` gets False when its first attempt did arrive.
- `replace` raises `StoreUnavailable`, too, in the one case where it cannot know who won: another process took part,
  and the document has been changed twice since it was read.

Dates come back as aware UTC datetimes with millisecond precision, which is all the protocol carries.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from bson.objectid import ObjectId
from gridfs.errors import NoFile
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorGridFSBucket

from gateway.core.ports import Blob, Document, Sort, Where
from gateway.storage.documents import RESERVED, check_document, check_id, check_ids
from gateway.storage.failures import bounded
from gateway.storage.group_commit import GroupCommit
from gateway.storage.queries import by_ids, check_sort, in_order, looks_like_a_date, matches, plan


class MongoStore:
    """`gateway.core.ports.Store` over Motor. Use it on the event loop it was first used on.

    url: a mongodb:// URL. Write concern `majority` is asked for unless the URL names one.
    database: its name; letters, digits, `_` and `-` only, at most 38, which every engine takes.
    timeout: seconds for each command. max_batch: how many calls of one kind on one collection go into one command, at
    most; max_in_flight: how many such commands may be under way at once; max_queue: how many calls may wait.
    max_blob_bytes: the largest file `put_blob` takes.
    """

    def __init__(
        self,
        url: str,
        database: str,
        *,
        timeout: float = 5.0,
        max_batch: int = 32,
        max_queue: int = 10_000,
        max_in_flight: int = 2,
        max_blob_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,37}", database):
            raise ValueError(f"not a portable database name: {database!r}")
        milliseconds = max(1, int(timeout * 1000))
        options: dict[str, Any] = {
            "serverSelectionTimeoutMS": milliseconds,
            "connectTimeoutMS": milliseconds,
            "socketTimeoutMS": milliseconds,
            "waitQueueTimeoutMS": milliseconds,
            "tz_aware": True,
            "appname": "yixian",
            # a server that went away is noticed, and found again, within about a second
            "heartbeatFrequencyMS": 1000,
            # the door repeats what may be repeated itself, knowing whose write is whose
            "retryWrites": False,
        }
        if not re.search(r"[?&]w=", url):
            options["w"] = "majority"
        self._client: Any = AsyncIOMotorClient(url, **options)
        self._database: Any = self._client[database]
        self._timeout = timeout
        self._bounds = {"max_batch": max_batch, "max_queue": max_queue, "max_in_flight": max_in_flight}
        self._max_blob_bytes = max_blob_bytes
        self._collections: dict[str, GroupCommit] = {}
        # unique among all processes that ever write to this store
        self._token = secrets.token_urlsafe(9)
        self._writes = itertools.count()

    @property
    def database(self) -> Any:
        """The driver's own handle; for `schemas` and tests only."""
        return self._database

    async def close(self) -> None:
        """Let what is queued end, within the time-out, then close the connections."""
        try:
            async with asyncio.timeout(self._timeout):
                for collection in list(self._collections.values()):
                    await collection.drain()
        except TimeoutError:
            pass
        # it tells the server that the sessions end, and waits for the answer
        await asyncio.to_thread(self._client.close)

    async def ping(self) -> None:
        """Raises `StoreUnavailable` when the store does not answer."""
        await bounded(lambda: self._database.command("ping"), self._timeout)

    async def insert(self, collection: str, document: Document) -> bool:
        """True when it was new; False when a document with this `_id`, or another's unique key, was there already.
        Raises ValueError for what a document must not hold (`documents.check_document`)."""
        check_document(document)
        return await self._group(collection).insert({**document, RESERVED: self._next_mark()})

    async def insert_many(self, collection: str, documents: Sequence[Document]) -> list[bool]:
        """See `Store.insert_many`."""
        for document in documents:
            check_document(document)
        marked = [{**document, RESERVED: self._next_mark()} for document in documents]
        return await self._group(collection).insert_all(marked)

    async def replace_many(self, collection: str, documents: Sequence[Document]) -> list[bool]:
        """See `Store.replace_many`."""
        written = [self._next_version(document) for document in documents]
        won = await self._group(collection).replace_all(written)
        for document, success in zip(documents, won, strict=True):
            document["version"] += success
        return won

    async def replace(self, collection: str, document: Document) -> bool:
        """Write the whole document if the stored one still has `document["version"]`; see `Store.replace`."""
        written = self._next_version(document)
        if not await self._group(collection).replace(written):
            return False
        document["version"] = written["version"]
        return True

    def _next_version(self, document: Document) -> Document:
        check_document(document)
        version = document.get("version")
        if not isinstance(version, int) or isinstance(version, bool):
            raise ValueError("a document that is replaced carries an integer version")
        return {**document, "version": version + 1, RESERVED: self._next_mark()}

    async def get(self, collection: str, id: str) -> Document | None:
        check_id(id)
        return await self._group(collection).get(id)

    async def get_many(self, collection: str, ids: Sequence[str]) -> list[Document]:
        """The documents found, in no order. At most 1,000 ids a call."""
        group = self._group(collection)
        found = await asyncio.gather(*(group.get(id) for id in check_ids(ids)))
        return [document for document in found if document is not None]

    async def find(self, collection: str, where: Where, *, sort: Sort = (), limit: int = 100) -> list[Document]:
        """At most `limit` (1 to 1,000) documents; see `Store.find`. Fields that are looked for or sorted by hold values
        of one type, or null. Each alternative (of `$or`, of `$in` on a field other than `_id`) costs one command, so
        there are at most 32. Raises ValueError for any operator the port does not name.

        On the embedded engine a range on dates reads every document that answers the rest of the query: keep dates for
        small sets (what is due, who waits), and page through large ones by number or `_id`.
        """
        queries = plan(where)
        order = check_sort(sort)
        if not 1 <= limit <= 1000:
            raise ValueError("a limit is from 1 to 1000")
        group = self._group(collection)
        answers = await asyncio.gather(*(self._answer(group, query, where, order, limit) for query in queries))
        if len(answers) == 1:
            return answers[0]
        # alternatives may overlap
        found = {document["_id"]: document for answer in answers for document in answer}
        return in_order(list(found.values()), order)[:limit]

    async def _answer(
        self, group: GroupCommit, query: Any, where: Where, order: list[tuple[str, int]], limit: int
    ) -> list[Document]:
        """The first `limit` documents that answer both the engine's query and `where`."""
        asked = limit
        while True:
            answered = await group.find(query, order, asked)
            found = [document for document in answered if matches(document, where)]
            if len(found) >= limit or len(answered) < asked:
                return found[:limit]
            # the engine's query was wider; ask further
            asked *= 4

    async def increment(self, collection: str, id: str, field: str, by: int = 1) -> int:
        """Add to a counter, made at 0 when it is not there; the new value. No number is given twice; numbers are
        skipped when the store failed in between. Concurrent callers of one counter share one command."""
        check_id(id)
        if looks_like_a_date(id):
            raise ValueError(f"a counter's id does not look like a date: {id!r}")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", field) or field == RESERVED:
            raise ValueError(f"not a counter's field: {field!r}")

        return await self._group(collection).increment(id, field, by)

    async def delete(self, collection: str, ids: Sequence[str]) -> int:
        """How many of these documents there were. At most 1,000 ids a call."""
        wanted = check_ids(ids)
        if not wanted:
            return 0
        outcome = await bounded(lambda: self._database[collection].delete_many({"_id": by_ids(wanted)}), self._timeout)
        return int(outcome.deleted_count)

    async def put_blob(self, name: str, data: bytes, content_type: str, metadata: Mapping[str, str]) -> str:
        """Keep a file; its id. Raises ValueError when it is larger than `max_blob_bytes`."""
        if len(data) > self._max_blob_bytes:
            raise ValueError(f"a file of {len(data)} bytes is over the limit of {self._max_blob_bytes}")
        labels = [{"name": label, "value": value} for label, value in metadata.items()]
        described = {"_id": "file", "name": name, "content_type": content_type, "labels": labels}
        check_document(described)
        del described["_id"]
        bucket = AsyncIOMotorGridFSBucket(self._database)
        id = await bounded(
            lambda: bucket.upload_from_stream(name, data, metadata=described), self._timeout, repeat=False
        )
        return str(id)

    async def get_blob(self, id: str) -> tuple[Blob, bytes] | None:
        if not ObjectId.is_valid(id):
            return None
        bucket = AsyncIOMotorGridFSBucket(self._database)

        async def once() -> tuple[Blob, bytes] | None:
            try:
                stream = await bucket.open_download_stream(ObjectId(id))
            except NoFile:
                return None
            data: bytes = await stream.read()
            return _described(id, len(data), stream.metadata), data

        return await bounded(once, self._timeout)

    async def blob_about(self, id: str) -> Blob | None:
        if not ObjectId.is_valid(id):
            return None
        bucket = AsyncIOMotorGridFSBucket(self._database)

        async def once() -> Blob | None:
            try:
                stream = await bucket.open_download_stream(ObjectId(id))
            except NoFile:
                return None
            return _described(id, stream.length, stream.metadata)

        return await bounded(once, self._timeout)

    def _group(self, collection: str) -> GroupCommit:
        group = self._collections.get(collection)
        if group is None:
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", collection):
                raise ValueError(f"not a collection's name: {collection!r}")
            group = GroupCommit(self._database[collection], timeout=self._timeout, **self._bounds)
            self._collections[collection] = group
        return group

    def _next_mark(self) -> str:
        return f"{self._token}{next(self._writes):x}"


def _described(id: str, size: int, metadata: Mapping[str, Any] | None) -> Blob:
    assert metadata is not None, "put_blob writes it"
    labels = {label["name"]: label["value"] for label in metadata["labels"]}
    return Blob(id, metadata["name"], metadata["content_type"], size, labels)
