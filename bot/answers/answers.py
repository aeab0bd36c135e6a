"""The knowledge base, searchable: build, find, change, rebuild."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bot.answers.confidence import Confidence, fit
from bot.answers.examination import examine
from bot.answers.grouping import grouped
from bot.answers.lexicon import Lexicon
from bot.answers.ranking import Place, Scored, rank, signals
from bot.answers.segment import Query, Segment, Weighed
from bot.answers.text import Analyser
from bot.answers.types import Entry, Finding, Hit

# A base is stale when more than this many edits, or this share of it, stand beside it.
_EDITS = 200
_SHARE = 0.02
# Findings kept, and the longest question one is kept for.
_REMEMBERED = 4096
_REMEMBERED_CHARS = 100
# How long a rebuild in a thread sleeps after each slice of work, so that the event loop gets its turn. Seconds.
_YIELD = 0.0005


@dataclass(frozen=True, slots=True)
class _State:
    """All a question needs, replaced as a whole by an edit, so that a question in another thread sees one state."""

    base: Segment
    rows: Mapping[str, int]  # of the base, by entry
    entries: Mapping[str, Entry]  # in the base
    gone: NDArray[np.bool_]  # rows of the base that were edited or deleted
    any_gone: bool
    edits: Mapping[str, Entry | None]  # since the base was built; None is a deletion
    overlay: Segment | None  # the index of the edits
    confidence: Confidence
    # what was found for questions just asked; many citizens ask the same in the same words
    found: dict[tuple[str, int], Finding] = field(default_factory=dict)


class Answers:
    """Finds the entry that answers a question; up to 100,000 entries, each with several wordings.

    `find` and `search` may be called from any thread, also while `change` or `rebuild` runs in another one.
    """

    def __init__(self, entries: Iterable[Entry], lexicon: Lexicon | None = None) -> None:
        """Index and calibrate `entries`; of entries with one id the last counts."""
        self._analyser = Analyser(lexicon or Lexicon())
        self._changing = threading.Lock()
        self._rebuilding = threading.Lock()
        self._since: dict[str, Entry | None] | None = None  # edits while a rebuild is under way
        self._state = self._build({entry.id: entry for entry in entries}, lambda: None)

    def __len__(self) -> int:
        state = self._state
        added = sum(entry is not None for entry in state.edits.values())
        return len(state.entries) - int(state.gone.sum()) + added

    @property
    def bytes(self) -> int:
        """Memory the index takes, without the entries themselves."""
        state = self._state
        return state.base.bytes + (state.overlay.bytes if state.overlay else 0)

    @property
    def stale(self) -> bool:
        """Whether enough was changed since the last build for a `rebuild` to be worth it."""
        state = self._state
        return len(state.edits) > max(_EDITS, _SHARE * len(state.entries)) or len(state.edits) > len(state.entries)

    def entry(self, id: str) -> Entry | None:
        """The entry as it stands now, or None."""
        state = self._state
        return state.edits[id] if id in state.edits else state.entries.get(id)

    def find(self, query: str, k: int = 3) -> Finding:
        """At most `k` hits for a citizen's question, and whether the first may be given as the answer."""
        state = self._state
        known = state.found.get((query, k))
        if known is None:
            known = self._find(state, query, k)
            if len(query) <= _REMEMBERED_CHARS:
                if len(state.found) >= _REMEMBERED:
                    state.found.clear()
                state.found[query, k] = known
        return known

    def _find(self, state: _State, query: str, k: int) -> Finding:
        scored, weighed = self._score(state, query)
        ranking = rank(scored, weighed, max(k, 2)) if weighed else []
        if not ranking or weighed is None:
            return Finding("nothing", (), 0.0)
        confidence = state.confidence(signals(scored, weighed, ranking))
        kind: Literal["sure", "unsure", "nothing"] = "unsure"
        if confidence >= state.confidence.sure:
            kind = "sure"
        elif confidence < state.confidence.nothing:
            kind = "nothing"
        return Finding(kind, _hits(scored, ranking[:k]), confidence)

    def search(self, query: str, k: int = 10) -> list[Hit]:
        """The ranking alone, best first, at most `k` hits."""
        scored, weighed = self._score(self._state, query)
        return list(_hits(scored, rank(scored, weighed, k))) if weighed else []

    def group(self, questions: Sequence[str]) -> list[list[int]]:
        """The places of the questions, grouped by what they are about; see `grouping`. For a thread, as `rebuild`."""
        return grouped(questions, self._analyser, self._state.base.statistics, lambda: time.sleep(_YIELD))

    def change(self, upserts: Sequence[Entry] = (), deleted_ids: Sequence[str] = ()) -> None:
        """Put in or replace `upserts` and take out `deleted_ids` (an id in both stays in); the next `find` sees it.

        Takes some milliseconds, growing with the edits since the last build; `rebuild` when `stale`.
        """
        edits: dict[str, Entry | None] = dict.fromkeys(deleted_ids)
        edits.update((entry.id, entry) for entry in upserts)
        with self._changing:
            if self._since is not None:
                self._since.update(edits)
            self._state = self._edited(self._state, edits)

    def rebuild(self) -> None:
        """Build the base anew with all edits in it, calibrate, and swap it in; edits made meanwhile are kept.

        For a thread beside the event loop (`asyncio.to_thread`): works in short slices and sleeps between them. A
        call while another one runs waits for it and builds again.
        """
        with self._rebuilding:
            with self._changing:
                state = self._state
                self._since = {}
            try:
                entries = {id: entry for id, entry in state.entries.items() if id not in state.edits}
                entries.update((id, entry) for id, entry in state.edits.items() if entry is not None)
                fresh = self._build(entries, lambda: time.sleep(_YIELD))
                with self._changing:
                    self._state = self._edited(fresh, self._since)
            finally:
                self._since = None

    def _build(self, entries: dict[str, Entry], pause: Callable[[], None]) -> _State:
        ordered = list(entries.values())
        base = Segment(ordered, self._analyser, pause=pause)
        confidence = fit(examine(base, ordered, self._analyser, pause))
        rows = {id: row for row, id in enumerate(base.ids)}
        return _State(base, rows, entries, np.zeros(len(base), dtype=bool), False, {}, None, confidence)

    def _edited(self, state: _State, edits: Mapping[str, Entry | None]) -> _State:
        if not edits:
            return state
        merged = {**state.edits, **edits}
        for id in edits:
            # what the base has as it is, or never had and has not now, is no edit
            if merged[id] == state.entries.get(id):
                del merged[id]
        gone = state.gone.copy()
        for id in edits:
            if id in state.rows:
                gone[state.rows[id]] = id in merged
        present = [entry for entry in merged.values() if entry is not None]
        # a handful of entries in the base say nothing about what is rare; then the edits speak for themselves
        like = state.base if len(state.base) >= len(present) else None
        overlay = Segment(present, self._analyser, like=like) if present else None
        return replace(state, found={}, gone=gone, any_gone=bool(gone.any()), edits=merged, overlay=overlay)

    def _score(self, state: _State, query: str) -> tuple[list[Scored], Weighed | None]:
        asked = Query.of(query, self._analyser)
        if not len(asked.keys):
            return [], None
        # whose statistics the overlay was built with
        speaks = state.base if state.overlay is None or len(state.base) >= len(state.overlay) else state.overlay
        weighed = speaks.weigh(asked)
        scored = [Scored(state.base, state.base.score(weighed))]
        if state.any_gone:
            scored[0].scores.hide(state.gone)
        if state.overlay is not None:
            scored.append(Scored(state.overlay, state.overlay.score(weighed)))
        return scored, weighed


def _hits(scored: Sequence[Scored], ranking: Sequence[Place]) -> tuple[Hit, ...]:
    return tuple(Hit(scored[place.layer].segment.ids[place.row], place.score) for place in ranking)
