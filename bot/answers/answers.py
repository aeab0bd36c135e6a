"""The knowledge base, searchable: build, find, change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.answers.lexicon import Lexicon
from bot.answers.text import QUERY_CHARS, Analyser, Keys
from bot.answers.types import Entry, Finding, Hit


class Answers:
    """Finds the entry that answers a question."""

    def __init__(self, entries: Iterable[Entry], lexicon: Lexicon | None = None) -> None:
        self._analyser = Analyser(lexicon or Lexicon())
        self._entries = {entry.id: entry for entry in entries}
        self._build()

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, id: str) -> Entry | None:
        """The entry as it stands now, or None."""
        return self._entries.get(id)

    def change(self, upserts: Sequence[Entry], deleted_ids: Sequence[str] = ()) -> None:
        """Put in or replace `upserts`, take out `deleted_ids`; visible to the next `find`."""
        entries = dict(self._entries)
        for id in deleted_ids:
            entries.pop(id, None)
        for entry in upserts:
            entries[entry.id] = entry
        self._entries = entries
        self._build()

    def find(self, query: str, k: int = 3) -> Finding:
        """At most `k` hits and how far they can be trusted."""
        hits, ceiling = self._rank(query, max(k, 2))
        if not hits or ceiling <= 0:
            return Finding("nothing", (), 0.0)
        confidence = min(1.0, hits[0].score / ceiling)
        kind = "sure" if confidence > 0.6 else "unsure" if confidence > 0.25 else "nothing"
        return Finding(kind, tuple(hits[:k]), confidence)  # type: ignore[arg-type]

    def search(self, query: str, k: int = 10) -> list[Hit]:
        """The ranking alone, best first."""
        return self._rank(query, k)[0]

    def _build(self) -> None:
        keys: list[Keys] = []
        rows: list[NDArray[np.intp]] = []
        owners: list[int] = []
        lengths: list[int] = []
        self._ids = list(self._entries)
        for number, entry in enumerate(self._entries.values()):
            for text in (entry.question, *entry.similar, f"{entry.question} {entry.answer[:300]}"):
                features = self._analyser.features(self._analyser.normalise(text))
                keys.append(features)
                rows.append(np.full(len(features), len(owners)))
                owners.append(number)
                lengths.append(len(features))
        self._owners = np.asarray(owners, np.intp)
        if not keys:
            self._vocabulary = np.zeros(0, np.uint64)
            return
        self._vocabulary, terms = np.unique(np.concatenate(keys), return_inverse=True)
        cells, counts = np.unique(terms * len(self._owners) + np.concatenate(rows), return_counts=True)
        terms, self._rows = np.divmod(cells, len(self._owners))
        size = np.asarray(lengths)[self._rows] / max(1.0, float(np.mean(lengths)))
        self._weights = counts * 2.2 / (counts + 1.2 * (0.25 + 0.75 * size))
        self._starts = np.searchsorted(terms, np.arange(len(self._vocabulary) + 1))
        frequency = np.diff(self._starts)
        self._idf = np.log1p((len(self._owners) - frequency + 0.5) / (frequency + 0.5))

    def _rank(self, query: str, k: int) -> tuple[list[Hit], float]:
        features = np.unique(self._analyser.features(self._analyser.normalise(query[:QUERY_CHARS])))
        places = np.searchsorted(self._vocabulary, features)
        known = [
            int(p)
            for p, f in zip(places, features, strict=True)
            if p < len(self._vocabulary) and self._vocabulary[p] == f
        ]
        if not known:
            return [], 0.0
        scores = np.zeros(len(self._owners))
        for term in known:
            span = slice(self._starts[term], self._starts[term + 1])
            scores[self._rows[span]] += self._weights[span] * self._idf[term]
        best = np.zeros(len(self._ids))
        np.maximum.at(best, self._owners, scores)
        order = np.argsort(-best, kind="stable")[:k]
        ceiling = float(self._idf[known].sum() + (len(features) - len(known)) * np.log1p(2 * len(self._owners)))
        return [Hit(self._ids[n], float(best[n])) for n in order if best[n] > 0], ceiling
