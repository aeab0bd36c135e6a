"""Sparse matrices kept by feature: which documents a feature is in, with what weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.text import Floats, Keys, is_pair

Ints = NDArray[np.intp]
Weights = NDArray[np.float32]

# How many postings of one field a question may read, the rarest features first. It bounds the time of a `find`.
BUDGET = 100_000

# BM25's usual parameters
_SATURATION = 1.5
_LENGTH = 0.75
# Pairs of characters repeat what characters and words say, so that they count a little less in an entry's vector.
_PAIRS = 0.7
_PIECE = 250_000


@dataclass(frozen=True, slots=True)
class Statistics:
    """In how many of `size` documents each feature occurs, and how many features a document has on average."""

    vocabulary: Keys
    frequency: Floats
    size: int
    mean_length: float

    def look_up(self, keys: Keys) -> Floats:
        """The frequencies of `keys`; 0 for the unknown."""
        places, known = locate(self.vocabulary, keys)
        found = np.zeros(len(keys))
        found[known] = self.frequency[places]
        return found

    def rarity(self, frequency: Floats) -> Floats:
        """BM25's inverse document frequency."""
        rarity: Floats = np.log1p((self.size - frequency + 0.5) / (frequency + 0.5))
        return rarity

    def rarity_cosine(self, frequency: Floats) -> Floats:
        """TF-IDF's inverse document frequency, smoothed."""
        rarity: Floats = np.log((1.0 + self.size) / (1.0 + frequency)) + 1.0
        return rarity

    def vector(self, keys: Keys, terms: NDArray[Any], counts: NDArray[np.float32]) -> Weights:
        """TF-IDF weights of cells, before they are brought to unit length."""
        weights = self.rarity_cosine(self.look_up(keys)) * np.where(is_pair(keys), _PAIRS, 1.0)
        cells: Weights = np.log(counts, dtype=np.float32)
        cells += 1.0
        cells *= weights.astype(np.float32)[terms]
        return cells

    def bm25(self, keys: Keys, cells: Cells) -> Weights:
        """BM25 weights of cells."""
        lengths = tally(cells.rows, cells.counts, cells.size)
        scale = _SATURATION * (1.0 - _LENGTH + _LENGTH * lengths / max(self.mean_length, 1e-9))
        rarity = self.rarity(self.look_up(keys)).astype(np.float32)
        weights: Weights = scale.astype(np.float32)[cells.rows]
        weights += cells.counts
        np.divide(cells.counts, weights, out=weights)
        weights *= rarity[cells.terms]
        weights *= np.float32(_SATURATION + 1.0)
        return weights


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a sparse matrix that are not zero, by term, then by row; `size` rows."""

    terms: NDArray[np.int32]
    rows: NDArray[np.int32]
    counts: NDArray[np.float32]
    size: int

    @classmethod
    def count(cls, keys: Keys, rows: NDArray[np.int32], size: int) -> tuple[Keys, Cells]:
        """The vocabulary, and how often each of the keys, which are sorted, occurs in its row."""
        # by hand, because numpy.unique and numpy.repeat keep the interpreter to themselves
        new = np.ones(len(keys), dtype=bool)
        np.not_equal(keys[1:], keys[:-1], out=new[1:])
        vocabulary = keys[new]
        places = np.cumsum(new)
        places -= 1
        places *= max(size, 1)
        places += rows
        places.sort()
        first = _changes(places)
        counts = np.diff(first, append=len(places)).astype(np.float32)
        places = places[first]
        terms = (places // max(size, 1)).astype(np.int32)
        places %= max(size, 1)
        return vocabulary, cls(terms, places.astype(np.int32), counts, size)

    def statistics(self, vocabulary: Keys) -> Statistics:
        """Figures of a collection that has these cells; rows without any do not count."""
        filled = int(np.count_nonzero(tally(self.rows, self.counts, self.size)))
        frequency = tally(self.terms, np.ones(len(self.terms), np.float32), len(vocabulary))
        return Statistics(vocabulary, frequency, filled, float(self.counts.sum()) / max(filled, 1))

    def gather(self, owners: Ints, size: int) -> tuple[Cells, Ints]:
        """The same by the rows' owners, who stand in the order of their rows; and where each new cell begins."""
        owned = owners[self.rows].astype(np.int32)
        first = _changes(self.terms.astype(np.int64) * max(size, 1) + owned)
        counts = np.add.reduceat(self.counts, first) if len(first) else self.counts
        return Cells(self.terms[first], owned[first], counts, size), first

    def normalised(self, weights: Weights) -> Weights:
        """`weights`, one for each cell, with every row brought to unit length."""
        norms = np.sqrt(tally(self.rows, weights * weights, self.size))
        norms[norms == 0.0] = 1.0
        unit: Weights = weights / norms.astype(np.float32)[self.rows]
        return unit


class Postings:
    """For each feature the rows it is in, with one weight or two."""

    def __init__(self, vocabulary: Keys, cells: Cells, *weights: Weights) -> None:
        self.vocabulary = vocabulary
        self.size = cells.size
        self._starts = np.searchsorted(cells.terms, np.arange(len(vocabulary) + 1))
        self._rows = cells.rows
        self._weights = weights

    @property
    def bytes(self) -> int:
        """Memory taken."""
        arrays: list[NDArray[Any]] = [self.vocabulary, self._starts, self._rows, *self._weights]
        return sum(array.nbytes for array in arrays)

    def read(self, places: Ints, known: Ints) -> Reading:
        """The postings of features as `locate` found them, at most `BUDGET` of them unless the rarest feature alone
        has more."""
        starts = self._starts[places]
        lengths = self._starts[places + 1] - starts
        if int(lengths.sum()) > BUDGET:
            order = np.argsort(lengths, kind="stable")
            kept = max(1, int(np.searchsorted(np.cumsum(lengths[order]), BUDGET, side="right")))
            known, starts, lengths = known[order[:kept]], starts[order[:kept]], lengths[order[:kept]]
        spans = [slice(a, a + n) for a, n in zip(starts.tolist(), lengths.tolist(), strict=True)]
        if not spans:
            return Reading(known, lengths, self._rows[:0], tuple(w[:0] for w in self._weights), self.size)
        return Reading(
            known,
            lengths,
            np.concatenate([self._rows[span] for span in spans]),
            tuple(np.concatenate([weight[span] for span in spans]) for weight in self._weights),
            self.size,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """The postings of a question's features. `known` are the features' positions in the question."""

    known: Ints
    lengths: Ints
    rows: NDArray[np.int32]
    weights: tuple[NDArray[np.float32], ...]
    size: int

    def sums(self, first: Floats | None, second: Floats | None = None) -> Floats:
        """For each row the sum, over the question's features, of the posting's first weight times the feature's
        `first` and its second weight times the feature's `second`."""
        products: NDArray[np.float32] | None = None
        for weights, by in zip(self.weights, (first, second), strict=False):
            if by is not None:
                times = by[self.known].astype(np.float32).repeat(self.lengths)
                times *= weights
                products = times if products is None else np.add(products, times, out=products)
        return np.bincount(self.rows, products, self.size).astype(np.float64, copy=False)

    def cells(self, row: int) -> tuple[Ints, tuple[NDArray[np.float32], ...]]:
        """The question's features that `row` has, as positions in the question, and their weights."""
        places = (self.rows == row).nonzero()[0]
        features: Ints = self.known[self.lengths.cumsum().searchsorted(places, side="right")]
        return features, tuple(weights[places] for weights in self.weights)


def locate(vocabulary: Keys, keys: Keys) -> tuple[Ints, Ints]:
    """Places in the sorted `vocabulary` of the keys it has, and which of the keys these are."""
    if not len(vocabulary):
        none = np.zeros(0, np.intp)
        return none, none
    # methods, not numpy's functions, which spend more time on dispatch than on a question's few features
    places = vocabulary.searchsorted(keys)
    np.minimum(places, len(vocabulary) - 1, out=places)
    known = (vocabulary[places] == keys).nonzero()[0]
    return places[known], known


def tally(rows: NDArray[Any], weights: NDArray[Any], size: int) -> Floats:
    """The sum of `weights` for each row. `numpy.bincount` keeps the interpreter to itself, so that a long one in a
    thread would stop the event loop; hence in pieces."""
    sums = np.zeros(size)
    for start in range(0, len(rows), _PIECE):
        span = slice(start, start + _PIECE)
        sums += np.bincount(rows[span], weights[span], size)
    return sums


def _changes(values: NDArray[Any]) -> Ints:
    """Where a sorted array has a value for the first time."""
    first = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return np.flatnonzero(first)
