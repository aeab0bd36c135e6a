"""One collection's group commit: inserts, gets and replaces of concurrent callers, each kind in one command.

Every stored document carries `rev`, a token unique to the write that put it there. An engine's answer to a batch only
counts; by the token the door can tell whose write it was, also when it had to send a batch twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pymongo import ReplaceOne, ReturnDocument
from pymongo.errors import BulkWriteError, DuplicateKeyError

from gateway.core.ports import Document, StoreUnavailable
from gateway.storage.batching import Coalescer, QueueFull, WaitedTooLong
from gateway.storage.documents import RESERVED
from gateway.storage.failures import DOCUMENT_VALIDATION_FAILURE, DUPLICATE_KEY, bounded
from gateway.storage.queries import by_id, by_ids

T = TypeVar("T")
R = TypeVar("R")


_UPSERT_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class _Increment:
    id: str
    field: str
    by: int


class GroupCommit:
    """Queues for one collection. collection: Motor's. The documents given are the door's own copies, with `rev`.

    timeout: seconds for one batch, and for the wait before it. max_batch, max_queue, max_in_flight: see `Coalescer`;
    counters have one batch under way at a time."""

    def __init__(self, collection: Any, *, timeout: float, max_batch: int, max_queue: int, max_in_flight: int) -> None:
        self._collection = collection
        self._timeout = timeout

        def queue(
            run: Callable[[Sequence[T]], Awaitable[Sequence[R | BaseException]]], key: Callable[[T], str] | None
        ) -> Coalescer[T, R]:
            return Coalescer(
                run, max_batch=max_batch, max_queue=max_queue, max_in_flight=max_in_flight, max_wait=timeout, key=key
            )

        self._inserts: Coalescer[Document, bool] = queue(sparing(self._insert_batch, timeout), _id_of)
        self._replaces: Coalescer[Document, bool] = queue(sparing(self._replace_batch, timeout), _id_of)
        self._gets: Coalescer[str, Document | None] = queue(self._get_batch, None)
        # one batch at a time: engines differ in how they take rivals for one counter
        self._increments: Coalescer[_Increment, int] = Coalescer(
            self._increment_batch, max_batch=max_batch, max_queue=max_queue, max_wait=timeout
        )

    async def insert(self, document: Document) -> bool:
        """True when it was new. Raises `StoreUnavailable`, ValueError."""
        return await self._within(self._inserts, document)

    async def replace(self, document: Document) -> bool:
        """True when the stored document had the version before this one's. Raises `StoreUnavailable`, ValueError."""
        return await self._within(self._replaces, document)

    async def insert_all(self, documents: Sequence[Document]) -> list[bool]:
        """As `insert` for each; the first error is raised when all have been tried."""
        return await self._all_within(self._inserts, documents)

    async def replace_all(self, documents: Sequence[Document]) -> list[bool]:
        """As `replace` for each; the first error is raised when all have been tried."""
        return await self._all_within(self._replaces, documents)

    async def get(self, id: str) -> Document | None:
        """The document without its `rev`; the caller's own copy. Raises `StoreUnavailable`."""
        return await self._within(self._gets, id)

    async def increment(self, id: str, field: str, by: int) -> int:
        """The counter's new value for this caller. Raises `StoreUnavailable`."""
        return await self._within(self._increments, _Increment(id, field, by))

    async def find(self, query: Any, order: list[tuple[str, int]], limit: int) -> list[Document]:
        """The engine's answer to one conjunction, without `rev`. Raises `StoreUnavailable`."""

        async def once() -> list[Document]:
            cursor = self._collection.find(query, limit=limit, batch_size=limit + 1)
            if order:
                cursor = cursor.sort(order)
            found: list[Document] = await cursor.to_list(limit)
            return [without_mark(document) for document in found]

        return await bounded(once, self._timeout)

    async def drain(self) -> None:
        """Wait until all queues are empty."""
        for queue in (self._inserts, self._replaces, self._gets, self._increments):
            await queue.drain()

    async def _within(self, queue: Coalescer[T, R], item: T) -> R:
        # bounded without a timer: batches end within the time-out, and one that begins later leaves this item out
        try:
            return await queue.submit(item)
        except (QueueFull, WaitedTooLong) as error:
            raise StoreUnavailable(f"the store does not keep up: {error}") from error

    async def _all_within(self, queue: Coalescer[T, bool], items: Sequence[T]) -> list[bool]:
        try:
            outcome = await queue.submit_all(items)
        except QueueFull as error:
            raise StoreUnavailable(f"the store does not keep up: {error}") from error
        for one in outcome:
            if isinstance(one, WaitedTooLong):
                raise StoreUnavailable(f"the store does not keep up: {one}") from one
            if isinstance(one, BaseException):
                raise one
        return [one is True for one in outcome]

    async def _insert_batch(self, documents: Sequence[Document]) -> Sequence[bool | BaseException]:
        outcome: list[bool | BaseException] = [True] * len(documents)
        attempts = 0

        async def once() -> None:
            nonlocal attempts
            attempts += 1
            outcome[:] = [True] * len(documents)
            try:
                await self._collection.insert_many(documents, ordered=False)
            except BulkWriteError as error:
                await self._sort_out_inserts(error, documents, outcome, sent_before=attempts > 1)

        await bounded(once, self._timeout)
        return outcome

    async def _sort_out_inserts(
        self,
        error: BulkWriteError,
        documents: Sequence[Document],
        outcome: list[bool | BaseException],
        *,
        sent_before: bool,
    ) -> None:
        unconfirmed = _unconfirmed(error)
        if unconfirmed is not None:
            outcome[:] = [unconfirmed] * len(documents)
        duplicates = []
        for index, failure in _failures(error):
            if isinstance(failure, BaseException):
                outcome[index] = failure
            else:
                outcome[index] = False
                duplicates.append(index)
        if sent_before and duplicates:
            stored = await self._marks([documents[index]["_id"] for index in duplicates])
            for index in duplicates:
                mark = stored.get(documents[index]["_id"])
                if mark is not None and mark[1] == documents[index][RESERVED]:
                    outcome[index] = True if unconfirmed is None else unconfirmed

    async def _replace_batch(self, documents: Sequence[Document]) -> Sequence[bool | BaseException]:
        outcome: dict[int, bool | BaseException] = {}
        sent_before = False

        async def once() -> None:
            nonlocal sent_before
            if sent_before:
                await self._sort_out_replaces(documents, outcome, winners=None)
            to_send = [index for index in range(len(documents)) if index not in outcome]
            if not to_send:
                return
            first, sent_before = not sent_before, True
            # the _id inside the replacement spares the embedded engine from reading the old document
            requests = [
                ReplaceOne({"_id": by_id(document["_id"]), "version": {"$eq": document["version"] - 1}}, document)
                for document in (documents[index] for index in to_send)
            ]
            try:
                matched = (await self._collection.bulk_write(requests, ordered=False)).matched_count
            except BulkWriteError as error:
                matched = error.details["nMatched"]
                unconfirmed = _unconfirmed(error)
                if unconfirmed is not None:
                    # who won is not asked: even a winner's write may yet be rolled back
                    outcome.update(dict.fromkeys(to_send, unconfirmed))
                for position, failure in _failures(error):
                    outcome[to_send[position]] = failure
            unknown = [index for index in to_send if index not in outcome]
            if matched == len(unknown):
                outcome.update(dict.fromkeys(unknown, True))
            elif matched == 0 and first:
                outcome.update(dict.fromkeys(unknown, False))
            else:
                await self._sort_out_replaces(documents, outcome, winners=matched if first else None)

        await bounded(once, self._timeout)
        # what a second sending left at its old version was not written
        return [outcome.get(index, False) for index in range(len(documents))]

    async def _sort_out_replaces(
        self, documents: Sequence[Document], outcome: dict[int, bool | BaseException], *, winners: int | None
    ) -> None:
        """Tell by version and token who won. winners: how many did, when the engine could say. A document that is
        still at its old version gets no outcome and may be sent again."""
        open_ = {index: document for index, document in enumerate(documents) if index not in outcome}
        stored = await self._marks([document["_id"] for document in open_.values()])
        hidden = []  # changed or gone since, so that its mark does not tell
        for index, document in open_.items():
            version, rev = stored.get(document["_id"], (None, None))
            if rev == document[RESERVED]:
                outcome[index] = True
            elif version is None or version > document["version"]:
                hidden.append(index)
            elif version == document["version"] or winners is not None:
                outcome[index] = False
        if winners is not None:
            winners -= sum(outcome.get(index) is True for index in open_)
        for index in hidden:
            if winners in {0, len(hidden)}:
                outcome[index] = winners != 0
            elif documents[index]["_id"] not in stored:
                outcome[index] = False
            else:
                id = documents[index]["_id"]
                outcome[index] = StoreUnavailable(f"{id} was changed again before the write was confirmed")

    async def _marks(self, ids: Sequence[str]) -> dict[str, tuple[int | None, str | None]]:
        """The version and token of each document that is there."""
        cursor = self._collection.find({"_id": by_ids(ids)}, batch_size=len(ids) + 1)
        return {
            document["_id"]: (document.get("version"), document.get(RESERVED))
            for document in await cursor.to_list(len(ids))
        }

    async def _get_batch(self, ids: Sequence[str]) -> Sequence[Document | None]:
        unique = list(dict.fromkeys(ids))

        async def once() -> list[Document]:
            cursor = self._collection.find({"_id": by_ids(unique)}, batch_size=len(unique) + 1)
            found: list[Document] = await cursor.to_list(len(unique))
            return found

        found = {document["_id"]: without_mark(document) for document in await bounded(once, self._timeout)}
        if len(unique) == len(ids):
            return [found.get(id) for id in ids]
        return [copy.deepcopy(found.get(id)) for id in ids]

    async def _increment_batch(self, increments: Sequence[_Increment]) -> Sequence[int | BaseException]:
        outcome: list[int | BaseException] = [0] * len(increments)
        together: dict[tuple[str, str], list[int]] = {}
        for index, increment in enumerate(increments):
            together.setdefault((increment.id, increment.field), []).append(index)
        deadline = asyncio.get_running_loop().time() + self._timeout  # for the batch, as of the other kinds
        for (id, field), indexes in together.items():
            try:
                value = await self._add(id, field, sum(increments[index].by for index in indexes), deadline)
            except (StoreUnavailable, ValueError) as error:
                for index in indexes:
                    outcome[index] = error
                continue
            for index in reversed(indexes):
                outcome[index] = value
                value -= increments[index].by
        return outcome

    async def _add(self, id: str, field: str, by: int, deadline: float) -> int:
        async def once() -> int:
            for _ in range(_UPSERT_ATTEMPTS):
                with contextlib.suppress(DuplicateKeyError):  # another process made the counter at the same moment
                    changed = await self._collection.find_one_and_update(
                        {"_id": id}, {"$inc": {field: by}}, upsert=True, return_document=ReturnDocument.AFTER
                    )
                    if changed is not None:
                        return int(changed[field])
            raise StoreUnavailable(f"the counter {id} could not be changed")

        return await bounded(once, deadline - asyncio.get_running_loop().time())


def sparing(
    run: Callable[[Sequence[Document]], Awaitable[Sequence[bool | BaseException]]], timeout: float
) -> Callable[[Sequence[Document]], Awaitable[Sequence[bool | BaseException]]]:
    """A batch that fails because the driver refuses one of its documents, as too large, is carried out one by one, as
    far as that goes in `timeout` seconds."""

    async def alone(document: Document, deadline: float) -> bool | BaseException:
        if asyncio.get_running_loop().time() > deadline:
            return StoreUnavailable(f"not reached within {timeout:g} s")
        try:
            return (await run([document]))[0]
        except (StoreUnavailable, ValueError) as error:
            return error

    async def spared(documents: Sequence[Document]) -> Sequence[bool | BaseException]:
        try:
            return await run(documents)
        except ValueError:
            if len(documents) == 1:
                raise
        deadline = asyncio.get_running_loop().time() + timeout
        return [await alone(document, deadline) for document in documents]

    return spared


def without_mark(document: Document) -> Document:
    """The document as its writer gave it."""
    document.pop(RESERVED, None)
    return document


def _id_of(document: Document) -> str:
    id: str = document["_id"]
    return id


def _unconfirmed(error: BulkWriteError) -> StoreUnavailable | None:
    """What every item of the batch without an error of its own gets when the writes were done on one server and not
    confirmed by as many as the write concern asks for, as when that server steps down: they may be rolled back.
    https://www.mongodb.com/docs/manual/reference/method/db.collection.bulkWrite/#error-handling"""
    details = error.details or {}
    reasons = [*details.get("writeConcernErrors", ()), details.get("writeConcernError")]
    for reason in filter(None, reasons):
        return StoreUnavailable(f"a write was not confirmed ({reason.get('code')}): {reason.get('errmsg', '')}")
    return None


def _failures(error: BulkWriteError) -> list[tuple[int, bool | BaseException]]:
    """For each item that failed: False for a key that was there already, else the error to raise to its caller."""
    failures: list[tuple[int, bool | BaseException]] = []
    for failure in (error.details or {}).get("writeErrors", ()):
        code, message = failure.get("code"), failure.get("errmsg", "")
        if code == DUPLICATE_KEY:
            failures.append((failure["index"], False))
        elif code == DOCUMENT_VALIDATION_FAILURE:
            failures.append(
                (failure["index"], ValueError(f"the document does not fit its collection's schema: {message}"))
            )
        else:
            failures.append((failure["index"], StoreUnavailable(f"the store refused a write ({code}): {message}")))
    return failures
