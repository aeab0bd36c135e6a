"""What entries were: each version is kept before it is replaced, under the entry's id and the version's number, so that
keeping it again changes nothing and none is lost with a process. The entry itself names the line that its last edit is
in the audit log, so that whoever comes next can write it down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from gateway.core import audit
from gateway.core.knowledge.entry import KnowledgeEntry, ending
from gateway.core.ports import Document, Store

ENTRIES = "knowledge"
VERSIONS = "knowledge_versions"
_PAGE = 200  # of whole entries


class History:
    """Every call raises `StoreUnavailable`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, entry: KnowledgeEntry) -> None:
        """An entry that is about to be replaced; in the audit log, too, if its writer did not come to that."""
        kept = {
            "_id": _id(entry.id, entry.version),
            "version": 1,
            "entry_id": entry.id,
            "number": entry.version,
            "ends": f"{entry.ends}#{entry.version:06d}" if entry.ends else "",
            "entry": entry.document(),
        }
        await asyncio.gather(self._store.insert(VERSIONS, kept), self.write_down([entry]))

    async def before(self, id: str, version: int, limit: int) -> list[KnowledgeEntry]:
        """The versions before that one, the newest first."""
        where = {"entry_id": id, "number": {"$lt": version}}
        kept = await self._store.find(VERSIONS, where, sort=[("number", -1)], limit=limit)
        return [KnowledgeEntry.of(document["entry"]) for document in kept]

    async def get(self, id: str, version: int) -> KnowledgeEntry | None:
        document = await self._store.get(VERSIONS, _id(id, version))
        return KnowledgeEntry.of(document["entry"]) if document else None

    async def ended(self, first_ms: int, end_ms: int) -> AsyncIterator[tuple[KnowledgeEntry, KnowledgeEntry | None]]:
        """What was published to end from the first moment to before the last, by that moment, each version with the
        one that came after it; what is still published comes last, with None."""
        async for page in self._ending(VERSIONS, first_ms, end_ms):
            versions = [KnowledgeEntry.of(document["entry"]) for document in page]
            after = await self._after(versions)
            for version in versions:
                # else it was kept, and then not replaced
                if (next_one := after.get((version.id, version.version + 1))) is not None:
                    yield version, next_one
        async for page in self._ending(ENTRIES, first_ms, end_ms):
            for document in page:
                yield KnowledgeEntry.of(document), None

    async def _after(self, versions: Sequence[KnowledgeEntry]) -> Mapping[tuple[str, int], KnowledgeEntry]:
        """The versions that come after these, as far as there are any."""
        next_ones = [_id(version.id, version.version + 1) for version in versions]
        kept, stored = await asyncio.gather(
            self._store.get_many(VERSIONS, next_ones),
            self._store.get_many(ENTRIES, list({version.id for version in versions})),
        )
        entries = map(KnowledgeEntry.of, (*(document["entry"] for document in kept), *stored))
        return {(entry.id, entry.version): entry for entry in entries}

    async def _ending(self, collection: str, first_ms: int, end_ms: int) -> AsyncIterator[list[Document]]:
        beyond = {"$gte": ending(first_ms)}
        while True:
            where = {"ends": {**beyond, "$lt": ending(end_ms)}}
            page = await self._store.find(collection, where, sort=[("ends", 1)], limit=_PAGE)
            yield page
            if len(page) < _PAGE:
                return
            beyond = {"$gt": page[-1]["ends"]}

    async def write_down(self, entries: Sequence[KnowledgeEntry]) -> None:
        """What was last done to these, in the audit log, where it is not there yet."""
        lines = [_line(entry) for entry in entries if entry.line]
        if lines:
            await self._store.insert_many(audit.AUDIT, lines)


def _id(entry_id: str, version: int) -> str:
    return f"{entry_id}#{version:06d}"


def _line(entry: KnowledgeEntry) -> Document:
    return audit.entry(
        entry.updated_at,
        entry.updated_by,
        f"knowledge.{entry.did}",
        entry.id,
        entry.note,
        id=entry.line,
        of_version=entry.version,
    )
