"""The knowledge base in memory, kept in step with the store while it answers."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.answers import Answers, Entry, Finding, Lexicon
from gateway.core.knowledge.entry import KnowledgeEntry
from gateway.core.knowledge.history import ENTRIES
from gateway.core.knowledge.ledger import STALLED, Ledger, State
from gateway.core.knowledge.shelf import Line, Shelf
from gateway.core.ports import Store

# An edit takes its number before it is written, so a higher number may be seen first. Numbers that are this many
# seconds old are all written or failed: every call to the store has a time-out well below it.
LATE_SECONDS = 60.0
# at the start nothing is known of the numbers just given: this many may be under way
LATE_EDITS = 100
# entries looked at before the event loop gets its turn
LOOP_SLICE = 1000
MAX_HITS = 200


@dataclass(frozen=True, slots=True)
class Found:
    """An entry an operator's search found, best first; `score` orders the hits of one search."""

    entry: KnowledgeEntry
    score: float


class Knowledge:
    """What the bot asks: `find` and `entry`, at any time, from memory. `load` first, then `refresh` every second and
    whenever another process says that something changed. `shelf`: all entries, for those who edit them.

    now: aware UTC, for what is valid until when.
    """

    def __init__(self, store: Store, lexicon: Lexicon | None = None, now: Callable[[], datetime] | None = None) -> None:
        self.ledger = Ledger(store, now)
        self.shelf = Shelf()
        self._store = store
        self._lexicon = lexicon or Lexicon()
        self._now = now or (lambda: datetime.now(UTC))
        self._answers = Answers([], self._lexicon)
        self._turn = asyncio.Lock()
        self._rebuilding: asyncio.Task[None] | None = None
        self._closed = False
        self._imports = 0
        self._versions: dict[str, int] = {}
        self._ends: dict[str, datetime] = {}
        self._ending: list[tuple[datetime, str]] = []
        self._seen = 0  # the highest number of an edit
        self._floor = 0  # edits up to here are all known
        self._marks: deque[tuple[float, int]] = deque()

    # ---- asking ----

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, query: str, k: int = 3) -> Finding:
        """See `bot.answers.Answers.find`."""
        return self._answers.find(query, k)

    def entry(self, id: str) -> Entry | None:
        """The entry the bot gives, or None."""
        return self._answers.entry(id)

    async def group(self, questions: Sequence[str]) -> list[list[int]]:
        """See `bot.answers.Answers.group`."""
        return await asyncio.to_thread(self._answers.group, questions)

    async def search(self, query: str, k: int = 10) -> list[Found]:
        """For operators: at most `k` of the entries the bot gives, nearest first, as they are in the store."""
        hits = self._answers.search(query, min(k, MAX_HITS))
        documents = await self._store.get_many(ENTRIES, [hit.entry_id for hit in hits])
        entries = {document["_id"]: KnowledgeEntry.of(document) for document in documents}
        return [Found(entries[hit.entry_id], hit.score) for hit in hits if hit.entry_id in entries]

    # ---- following ----

    async def load(self) -> None:
        """Read everything and build the index, in a thread. Raises `StoreUnavailable`, `Conflict`."""
        async with self._turn:
            self._seen = await self.ledger.last_change()
            self._floor = max(0, self._seen - LATE_EDITS)
            self._marks = deque([(time.monotonic(), self._seen)])
            state, entries = await self.ledger.everything()
            given = (await self._note(entries.values()))[0]
            self._answers = await asyncio.to_thread(Answers, given, self._lexicon)
            self._imports = state.imports
            # killed before they were written down, perhaps
            await self.ledger.history.write_down([entry for entry in entries.values() if entry.change > self._floor])

    async def refresh(self) -> bool:
        """Take in what changed since; whether anything did. Two small queries when nothing did. Answers go on
        meanwhile. Raises `StoreUnavailable`."""
        if self._closed:
            return False
        async with self._turn:
            state = await self.ledger.state()
            changed = False
            if state.imports != self._imports:
                changed = await self._take_imports(state)
            changed |= await self._take_edits()
            changed |= await self._drop_expired()
            if not state.applied and self._now() - state.at > STALLED:
                await self.ledger.finish()
        self._rebuild_when_stale()
        return changed

    async def close(self) -> None:
        """Let a rebuild under way end; it cannot be broken off."""
        self._closed = True
        if self._rebuilding is not None:
            await asyncio.gather(self._rebuilding, return_exceptions=True)

    async def _take_imports(self, state: State) -> bool:
        changed: list[KnowledgeEntry] | None = None
        if state.imports == self._imports + 1:
            changed = [entry async for entry in self.ledger.staged(state.import_id)]
            # the next import clears what this one staged; then what was read may be part of it
            if (await self.ledger.state()).imports != state.imports:
                changed = None
        if changed is None:
            state, entries = await self.ledger.everything()
            changed = list(entries.values())
        # edits made since it counted may have been taken in before it
        self._floor = min(self._floor, state.after_change)
        self._marks.append((time.monotonic(), self._seen))
        given, withdrawn = await self._note(changed)
        if given or withdrawn:
            await self._change(given, withdrawn)
        self._imports = state.imports
        return True

    async def _take_edits(self) -> bool:
        edits = await self.ledger.edited_after(self._floor)
        news = [entry for entry in edits if self._versions.get(entry.id) != entry.version]
        if news:
            await self._change(*await self._note(news))
            await self.ledger.history.write_down(news)
        now = time.monotonic()
        if edits and edits[-1].change > self._seen:
            self._seen = edits[-1].change
            self._marks.append((now, self._seen))
        while self._marks and now - self._marks[0][0] > LATE_SECONDS:
            self._floor = max(self._floor, self._marks.popleft()[1])
        return bool(news)

    async def _drop_expired(self) -> bool:
        now = self._now()
        expired = []
        while self._ending and self._ending[0][0] <= now:
            end, id = heapq.heappop(self._ending)
            if self._ends.get(id) == end:
                del self._ends[id]
                expired.append(id)
        if expired:
            await self._change([], expired)
        return bool(expired)

    async def _note(self, entries: Iterable[KnowledgeEntry]) -> tuple[list[Entry], list[str]]:
        """Remember versions, ends and what lists show; those to be given, and the ids of those not (any more)."""
        now = self._now()
        given: list[Entry] = []
        withdrawn: list[str] = []
        for number, entry in enumerate(entries):
            if number % LOOP_SLICE == LOOP_SLICE - 1:
                await asyncio.sleep(0)
            self._versions[entry.id] = entry.version
            self._ends.pop(entry.id, None)
            line = Line.of(entry)
            if entry.deleted:
                self.shelf.take(entry.id)
            else:
                self.shelf.put(line)
            if not entry.answerable(now):
                withdrawn.append(entry.id)
                continue
            given.append(line.said)
            if entry.valid_until is not None:
                self._ends[entry.id] = entry.valid_until
                heapq.heappush(self._ending, (entry.valid_until, entry.id))
        return given, withdrawn

    async def _change(self, given: Iterable[Entry], withdrawn: Iterable[str]) -> None:
        """Put it into the index as one step, so that nobody is answered from half of it."""

        def change() -> None:
            known = self._answers.entry
            upserts = [entry for entry in given if known(entry.id) != entry]
            gone = [id for id in withdrawn if known(id) is not None]
            if upserts or gone:
                self._answers.change(upserts, gone)

        await asyncio.to_thread(change)

    def _rebuild_when_stale(self) -> None:
        if self._rebuilding is not None:
            if not self._rebuilding.done():
                return
            done, self._rebuilding = self._rebuilding, None
            # a rebuild that failed is told to whoever refreshes
            done.result()
        if self._answers.stale and not self._closed:
            self._rebuilding = asyncio.get_running_loop().create_task(asyncio.to_thread(self._answers.rebuild))
