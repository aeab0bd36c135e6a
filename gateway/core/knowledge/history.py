"""What entries were: each version is kept before it is replaced, under the entry's id and the version's number, so that
keeping it again changes nothing and none is lost with a process. The entry itself names the line that its last edit is
in the audit log, so that whoever comes next can write it down."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from gateway.core import audit
from gateway.core.knowledge.entry import KnowledgeEntry
from gateway.core.ports import Document, Store

VERSIONS = "knowledge_versions"


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
