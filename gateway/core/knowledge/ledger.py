"""The knowledge base in the store: single edits, and imports that count as a whole or not at all.

The store has no transaction over several documents, so an import is written down first and counts later:

1. staged     what will change goes to `knowledge_staged`, unseen by anyone;
2. counts     one document, `knowledge_state`, is replaced: it names the import. From here on it is valid;
3. applied    the staged entries are written into `knowledge`, which may be repeated by anybody, any number of times;
4. over       the state says that it is applied, and what the import before it staged is deleted. Its own staged
              entries stay until the next one, so that followers read from there what it changed.

Who reads between 2 and 4 lays the staged entries over the stored ones, so that everybody sees the base as it was before
the import or as it is after, never a mix. A crash before 2 leaves the old base, a crash after it the new one: the next
writer, or a follower after `STALLED`, finishes the work.

Single edits replace one document and carry a number, `change`, that rises with each edit: what was edited since is one
indexed query. Entries that an import wrote carry the import's number instead, so that an import of any size does not
make that query long. What an entry was before is kept by `history`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.core.errors import Conflict, NotFound
from gateway.core.knowledge.entry import Did, KnowledgeEntry, Problem, Row, check_rows, checked, made_id
from gateway.core.knowledge.history import ENTRIES, History
from gateway.core.knowledge.planning import ImportReport, merged, plan
from gateway.core.model import Stored, new_id
from gateway.core.ports import Document, Store

STAGED = "knowledge_staged"
IMPORTS = "knowledge_imports"
STATE = "knowledge_state"
COUNTERS = "counters"
NUMBERS = "knowledge_entries"

PAGE = 500
# how many writes one import keeps under way; the store writes concurrent ones together
AT_ONCE = 200
ATTEMPTS = 5
# an import that counts and was not applied after this long has lost its process
STALLED = timedelta(seconds=15)
# what was staged this long ago and never counted is given up
ABANDONED = timedelta(hours=1)


class State(Stored):
    """Which import counts. See `mongo_schemas.knowledge_state`.

    after_change: edits with higher numbers may have been made of what this import wrote."""

    imports: int = 0
    import_id: str = ""
    import_before: str = ""
    applied: bool = True
    after_change: int = 0
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)


class Ledger:
    """Reads and writes the knowledge base. now: aware UTC."""

    def __init__(self, store: Store, now: Callable[[], datetime] | None = None) -> None:
        self._store = store
        self._now = now or (lambda: datetime.now(UTC))
        self.history = History(store)

    # ---- reading ----

    async def state(self) -> State:
        document = await self._store.get(STATE, "state")
        return State.of(document) if document else State(id="state", version=0)

    async def last_change(self) -> int:
        """The number of the last single edit begun."""
        document = await self._store.get(COUNTERS, ENTRIES)
        return int(document["value"]) if document else 0

    async def get(self, id: str) -> KnowledgeEntry:
        """One entry as it counts now. Raises `NotFound`, also when it is deleted."""
        await self.finish()
        document = await self._store.get(ENTRIES, id)
        entry = KnowledgeEntry.of(document) if document else None
        if entry is None or entry.deleted:
            raise NotFound("没有这条知识", id=id)
        return entry

    async def everything(self) -> tuple[State, dict[str, KnowledgeEntry]]:
        """All entries as they count, deleted ones included, by id; and the state they belong to. Reads again when an
        import was made to count meanwhile. Raises `Conflict` when imports keep coming."""
        for _ in range(ATTEMPTS):
            before = await self.state()
            entries = {entry.id: entry async for entry in self._all_stored()}
            if not before.applied:
                async for entry in self.staged(before.import_id):
                    entries[entry.id] = entry
            after = await self.state()
            if after.version == before.version:
                return before, entries
        raise Conflict("知识库正在被反复导入，请稍后再试")

    async def edited_after(self, change: int) -> list[KnowledgeEntry]:
        """Single edits with higher numbers, in their order, deletions included."""
        found: list[KnowledgeEntry] = []
        where: Mapping[str, Any] = {"change": {"$gt": change}}
        while True:
            page = await self._store.find(ENTRIES, where, sort=[("change", 1)], limit=PAGE)
            found += map(KnowledgeEntry.of, page)
            if len(page) < PAGE:
                return found
            where = {"change": {"$gt": page[-1]["change"]}}

    async def versions(self, id: str, *, before: int = 0, limit: int = 50) -> list[KnowledgeEntry]:
        """What an entry was and is, the newest first; those before a version's number, when one is given. Raises
        `NotFound`."""
        entry = await self.get(id)
        if not before:
            return [entry, *await self.history.before(id, entry.version, limit)][:limit]
        return await self.history.before(id, min(before, entry.version), limit)

    async def as_of(self, id: str, version: int) -> KnowledgeEntry:
        """One version of an entry. Raises `NotFound`."""
        entry = await self.get(id)
        if version == entry.version:
            return entry
        kept = await self.history.get(id, version) if version < entry.version else None
        if kept is None:
            raise NotFound("没有这一版", id=id, version=version)
        return kept

    async def staged(self, import_id: str) -> AsyncIterator[KnowledgeEntry]:
        """What that import writes; the version of each is the one it was made for, 0 for a new entry."""
        header = await self._store.get(IMPORTS, import_id)
        ids = _staged_ids(import_id, header["size"] if header else 0)
        for first in range(0, len(ids), PAGE):
            for document in await self._store.get_many(STAGED, ids[first : first + PAGE]):
                yield _staged(document)

    async def _all_stored(self) -> AsyncIterator[KnowledgeEntry]:
        last = 0
        while True:
            # by number, not by id: every engine has an index for that
            page = await self._store.find(ENTRIES, {"number": {"$gt": last}}, sort=[("number", 1)], limit=PAGE)
            for document in page:
                yield KnowledgeEntry.of(document)
            if len(page) < PAGE:
                return
            last = page[-1]["number"]

    # ---- single edits ----

    async def save(
        self, values: Mapping[str, Any], *, id: str = "", version: int = 0, by: str = "", did: Did | None = None
    ) -> KnowledgeEntry:
        """Write one entry. values: the columns of `entry.COLUMNS` as a person gave them; what is left out stays.

        id, version: the entry edited, as it was read; without them a new one is made. An entry that somebody saves is
        no sample any more. by, did: for its history; see `KnowledgeEntry`. Raises `Invalid` with `problems`,
        `NotFound`, `Conflict` when it has changed meanwhile.
        """
        draft = checked({"sample": False, **values, "id": id or values.get("id", "")})
        base = await self._read(id, version) if id else None
        name = draft.id or made_id(draft.given.get("unit", ""), draft.given["question"])
        if base is None:
            await self.finish()
            stored = await self._store.get(ENTRIES, name)
            if stored is not None and not stored["deleted"]:
                raise Conflict("已经有同一编号的知识", id=name)
            base = KnowledgeEntry.of(stored) if stored else None
        did = did or ("edit" if id else "create")
        return await self._write_one(merged(base, name, draft.given), base, by, did, "")

    async def change(
        self,
        id: str,
        decide: Callable[[KnowledgeEntry], KnowledgeEntry],
        *,
        by: str,
        did: Did,
        version: int = 0,
        note: str = "",
    ) -> KnowledgeEntry:
        """Replace an entry by what a pure function makes of it. version: which one it must be; with 0 it is decided
        anew when somebody else is faster. Raises `NotFound`, `Conflict`, and what `decide` raises."""
        for _ in range(ATTEMPTS):
            base = await self._read(id, version)
            try:
                return await self._write_one(decide(base), base, by, did, note)
            except _Overtaken as error:
                if version:
                    raise Conflict("这条知识刚被别人改过，请重新打开再改", id=id) from error
        raise Conflict("这条知识正被反复修改", id=id)

    async def remove(self, id: str, *, version: int = 0, by: str = "", note: str = "") -> None:
        """Delete one entry; it stays in the store, marked. Raises `NotFound`, `Conflict`."""
        await self.change(
            id,
            lambda entry: entry.model_copy(update={"deleted": True}),
            by=by,
            did="remove",
            version=version,
            note=note,
        )

    async def _read(self, id: str, version: int) -> KnowledgeEntry:
        entry = await self.get(id)
        if version and entry.version != version:
            raise Conflict("这条知识刚被别人改过，请重新打开再改", id=id)
        return entry

    async def _write_one(
        self, entry: KnowledgeEntry, base: KnowledgeEntry | None, by: str, did: Did, note: str
    ) -> KnowledgeEntry:
        if not entry.deleted:
            await self._refuse_asked_twice(entry)
        number = await self._store.increment(COUNTERS, ENTRIES, "value")
        made = {
            "updated_at": self._moment(),
            "updated_by": by,
            "did": did,
            "note": note,
            "line": new_id() if by else "",
        }
        document = entry.model_copy(update={"change": number, **made}).document()
        if base is None:
            document |= {"version": 1, "number": next(await self._numbers(1))}
            done = await self._store.insert(ENTRIES, document)
        else:
            await self.history.keep(base)
            document["version"] = base.version
            done = await self._store.replace(ENTRIES, document)
        if not done:
            raise _Overtaken("这条知识刚被别人改过，请重新打开再改", id=entry.id)
        written = KnowledgeEntry.of(document)
        await self.history.write_down([written])
        return written

    async def _refuse_asked_twice(self, entry: KnowledgeEntry) -> None:
        for other in await self._store.find(ENTRIES, {"asked": entry.asked, "deleted": False}, limit=2):
            if other["_id"] != entry.id:
                raise Conflict("同一单位已经有这个问题", id=other["_id"])

    # ---- imports ----

    async def import_rows(
        self,
        rows: Sequence[Row],
        problems: Sequence[Problem] = (),
        *,
        skip_bad: bool = False,
        check: bool = False,
        replace_all: bool = False,
        samples_only: bool = False,
    ) -> ImportReport:
        """Put the rows into the knowledge base, all of them or none.

        problems: what was wrong with the file already. With any problem nothing is written, unless `skip_bad`.
        check: report only. replace_all: entries that the rows do not name are deleted; else they stay.
        samples_only: leave alone whatever exists and is not a sample, deleted samples included.
        Raises `Conflict` when other imports keep getting in between.
        """
        drafts, wrong = await asyncio.to_thread(check_rows, rows)
        found = [*problems, *wrong]
        for _ in range(ATTEMPTS):
            state = await self.finish()
            _, entries = await self.everything()
            report, staged = await asyncio.to_thread(
                plan, drafts, entries, replace_all=replace_all, samples_only=samples_only
            )
            report.rows = len(rows) + len({problem.row for problem in problems})
            report.problems = sorted([*found, *report.problems], key=lambda problem: problem.row)
            if check or (report.problems and not skip_bad):
                return report
            if not staged or await self._commit(staged, state):
                report.written = bool(staged)
                return report
        raise Conflict("知识库正在被别人导入，请稍后再试")

    async def _commit(self, staged: Sequence[KnowledgeEntry], state: State) -> bool:
        """Stage, make it count, apply. False, with nothing done, when another import counted since `state`."""
        import_id = new_id()
        moment = self._moment()
        await self._store.insert(IMPORTS, {"_id": import_id, "version": 1, "size": len(staged), "at": moment})
        first = await self._numbers(sum(not entry.number for entry in staged))
        numbered = (entry if entry.number else entry.model_copy(update={"number": next(first)}) for entry in staged)
        ids = _staged_ids(import_id, len(staged))
        documents = (_document(id, entry, moment, state) for id, entry in zip(ids, numbered, strict=True))
        await _all(self._store.insert(STAGED, document) for document in documents)
        counting = State(
            id=state.id,
            version=state.version,
            imports=state.imports + 1,
            import_id=import_id,
            import_before=state.import_id,
            applied=False,
            after_change=await self.last_change(),
            at=moment,
        )
        if not await self._replace_state(counting):
            await self._clear(import_id)
            return False
        await self.finish()
        return True

    async def _numbers(self, count: int) -> Iterator[int]:
        """As many numbers for new entries."""
        last = await self._store.increment(COUNTERS, NUMBERS, "value", count) if count else 0
        return iter(range(last - count + 1, last + 1))

    async def _replace_state(self, state: State) -> bool:
        document = state.document()
        if state.version == 0:
            document["version"] = 1
            return await self._store.insert(STATE, document)
        return await self._store.replace(STATE, document)

    async def finish(self) -> State:
        """Apply the import that counts and is not applied, if there is one. Safe to repeat and to race."""
        while True:
            state = await self.state()
            if state.applied:
                return state
            page: list[KnowledgeEntry] = []
            async for entry in self.staged(state.import_id):
                page.append(entry)
                if len(page) == PAGE:
                    await _all(self._apply(one, state) for one in page)
                    page = []
            await _all(self._apply(one, state) for one in page)
            if await self._replace_state(state.model_copy(update={"applied": True})):
                if state.import_before:
                    await self._clear(state.import_before)
                await self._clear_abandoned()

    async def _apply(self, entry: KnowledgeEntry, state: State) -> None:
        """Write one staged entry, once. An edit of what the import made stands: it carries the import's number on. One
        made of the entry as it was before is replaced, and the replacement numbered, so that followers who saw the
        edit see it go."""
        for _ in range(ATTEMPTS):
            stored = await self._store.get(ENTRIES, entry.id)
            if stored is None:
                if await self._store.insert(ENTRIES, {**entry.document(), "version": 1}):
                    return
                continue
            if stored["import"] >= state.imports:
                return
            await self.history.keep(KnowledgeEntry.of(stored))
            document = {**entry.document(), "version": stored["version"]}
            if stored["version"] != entry.version:
                document["change"] = await self._store.increment(COUNTERS, ENTRIES, "value")
            if await self._store.replace(ENTRIES, document):
                return
        raise Conflict("这条知识正被反复修改", id=entry.id)

    async def _clear(self, import_id: str) -> None:
        header = await self._store.get(IMPORTS, import_id)
        ids = _staged_ids(import_id, header["size"] if header else 0)
        for first in range(0, len(ids), PAGE):
            await self._store.delete(STAGED, ids[first : first + PAGE])
        await self._store.delete(IMPORTS, [import_id])

    async def _clear_abandoned(self) -> None:
        """Imports that were staged and never counted: their process died."""
        for header in await self._store.find(IMPORTS, {}, limit=PAGE):
            if self._moment() - header["at"] > ABANDONED and header["_id"] != (await self.state()).import_id:
                await self._clear(header["_id"])

    def _moment(self) -> datetime:
        moment = self._now()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class _Overtaken(Conflict):
    """Somebody else wrote the entry first."""


def _staged_ids(import_id: str, size: int) -> list[str]:
    return [f"{import_id}:{number:06d}" for number in range(size)]


def _document(staged_id: str, entry: KnowledgeEntry, moment: datetime, state: State) -> Document:
    made = {"updated_at": moment, "updated_by": "", "did": "import", "note": "", "line": ""}
    changed = {**made, "change": 0, "import_number": state.imports + 1}
    fields = entry.model_copy(update=changed).document()
    return {
        "_id": staged_id,
        "version": 1,
        "entry_id": fields.pop("_id"),
        "base_version": fields.pop("version"),
        "fields": fields,
    }


def _staged(document: Document) -> KnowledgeEntry:
    return KnowledgeEntry.of({**document["fields"], "_id": document["entry_id"], "version": document["base_version"]})


async def _all(work: Iterable[Any]) -> None:
    """Await the coroutines, `AT_ONCE` under way at a time."""
    batch: list[Any] = []
    for one in work:
        batch.append(one)
        if len(batch) == AT_ONCE:
            await asyncio.gather(*batch)
            batch = []
    await asyncio.gather(*batch)
