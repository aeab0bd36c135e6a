"""An immutable index over some entries, and the scores a question gets from it.

Each entry is seen from three sides. Its wordings (the question and all similar ones) as the centroid of their TF-IDF
vectors and as one BM25 document: all wordings together beat the best single one. Its answer as a TF-IDF vector and as
a BM25 document. And, where the answer is long, the best passage of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bot.answers.postings import Cells, Postings, Reading, Statistics, locate, tally
from bot.answers.text import QUERY_CHARS, TEXT_CHARS, Analyser, Floats, Keys, is_pair, passages
from bot.answers.types import Entry

# In a short question pairs of characters count less than characters and words; in a long one, where single
# characters are found in every entry, they count more.
_PAIRS_SHORT, _PAIRS_LONG = 0.3, 1.3
_SHORT, _LONG = 10, 30

# What the sides of an entry count. An answer counts the less, the more wordings the base has on average.
_CENTROID = 2.0
_WORDINGS = 1.0
_ANSWER_COSINE = 1.5
_ANSWER = 0.1  # the whole answer and its best passage alike
# An entry without any wording has only its answer to be found by.
_DOCUMENT_COSINE = 0.3
_DOCUMENT = 1.0

_BATCH_CHARS = 4_000

# Constancy where nothing is known, and how many observations that counts for
_USUAL = 0.5
_DRAW = 5.0


@dataclass(frozen=True, slots=True)
class Query:
    """A question's features, each once: how often it occurs and how much it counts."""

    keys: Keys
    counts: Floats
    weights: Floats
    length: int
    pair_weight: float
    _located: dict[int, tuple[NDArray[np.intp], NDArray[np.intp]]] = field(default_factory=dict)

    def locate(self, vocabulary: Keys) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """`postings.locate`, once for each vocabulary. The vocabularies outlive the question, so that their
        identity is theirs alone."""
        found = self._located.get(id(vocabulary))
        if found is None:
            found = self._located[id(vocabulary)] = locate(vocabulary, self.keys)
        return found

    @classmethod
    def of(cls, text: str, analyser: Analyser) -> Query:
        """Reads the first `QUERY_CHARS` characters of `text`."""
        plain = analyser.normalise(text[:QUERY_CHARS])[:QUERY_CHARS]
        keys, _ = analyser.features((plain,))
        keys.sort()
        first = np.ones(len(keys), dtype=bool)
        np.not_equal(keys[1:], keys[:-1], out=first[1:])
        starts = first.nonzero()[0]
        counts = np.append(starts[1:], len(keys)) - starts
        keys = keys[starts]
        length = len(plain) - plain.count(" ")
        share = min(1.0, max(0.0, math.log(max(length, 1) / _SHORT) / math.log(_LONG / _SHORT)))
        pair_weight = _PAIRS_SHORT + (_PAIRS_LONG - _PAIRS_SHORT) * share
        weights = np.where(is_pair(keys), pair_weight, 1.0)
        return cls(keys, counts.astype(np.float64), weights, length, pair_weight)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A question in the light of a base's statistics. `most` is the sum of its features' rarities, with which BM25
    sums are compared; `rarest` the rarity of a feature never seen; `salience` each feature's rarity times constancy;
    the rest the question as a unit vector among wordings and among answers."""

    query: Query
    most: float
    rarest: float
    salience: Floats
    centroid: Floats
    answer_cosine: Floats


@dataclass(frozen=True, slots=True)
class Scores:
    """What each entry of a segment scored in all, and what the parts can be read from."""

    total: Floats
    weighed: Weighed
    reading: Reading
    answer_reading: Reading
    answered: NDArray[np.intp]

    def hide(self, rows: int | NDArray[np.bool_]) -> None:
        """Take entries out of the running."""
        self.total[rows] = -1.0

    def parts(self, row: int) -> Parts:
        """What made up the score of one entry."""
        weighed = self.weighed
        has = np.zeros(len(weighed.query.keys), dtype=bool)
        features, (cosines, sums) = self.reading.cells(row)
        has[features] = True
        weights = weighed.query.weights
        answer = 0.0
        place = int(self.answered.searchsorted(row))
        if place < len(self.answered) and self.answered[place] == row:
            in_answer, (_, answer_sums) = self.answer_reading.cells(place)
            has[in_answer] = True
            answer = float(answer_sums @ weights[in_answer]) / weighed.most
        return Parts(
            float(cosines @ weighed.centroid[features]), float(sums @ weights[features]) / weighed.most, answer, has
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """An entry's cosine to its centroid, the BM25 sums of its wordings and its answer as shares of the question's
    `most`, and which of the question's features it has."""

    centroid: float
    wordings: float
    answer: float
    has: NDArray[np.bool_]


class Segment:
    """The index of `entries`, in their order.

    `like` lends its statistics, so that the scores of a small segment can be compared with those of the large one it
    stands beside. `pause` is called again and again while building, so that a thread can let others run.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        analyser: Analyser,
        *,
        like: Segment | None = None,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        size = len(entries)
        self.ids = [entry.id for entry in entries]
        texts = _Texts(analyser, pause)
        answers = _Texts(analyser, pause)
        pieces = _Texts(analyser, pause)
        for number, entry in enumerate(entries):
            for text in (entry.question, *entry.similar):
                texts.add(number, text)
            answers.add(number, entry.answer)
            if len(split := passages(entry.answer[:TEXT_CHARS])) > 1:
                for piece in split:
                    pieces.add(number, piece)

        vocabulary, cells, owners = texts.finish()
        merged, starts = cells.gather(owners, size)
        self.statistics: Statistics = like.statistics if like else merged.statistics(vocabulary)
        self._constancy: Floats = (
            like._constancy if like else _constancy(merged, starts, len(cells.rows), owners, len(vocabulary))
        )
        self.usual = float(self._constancy.mean()) if len(self._constancy) else _USUAL
        vectors = cells.normalised(self.statistics.vector(vocabulary, cells.terms, cells.counts))
        centroid = merged.normalised(np.add.reduceat(vectors, starts) if len(starts) else vectors)
        self._wordings = Postings(vocabulary, merged, centroid, self.statistics.bm25(vocabulary, merged))
        self.documents = np.bincount(owners, minlength=size) == 0
        self._forward = _Forward(vocabulary, cells, owners, size, self._salience(vocabulary))
        texts_each = np.bincount(owners, minlength=size)

        vocabulary, cells, owners = answers.finish()
        self.answer_statistics: Statistics = like.answer_statistics if like else cells.statistics(vocabulary)
        cosine = cells.normalised(self.answer_statistics.vector(vocabulary, cells.terms, cells.counts))
        self._answers = Postings(vocabulary, cells, cosine, self.answer_statistics.bm25(vocabulary, cells))
        self._answered = owners
        self._only_answer = self.documents[owners]
        told = texts_each[owners[~self._only_answer]]
        wordings = float(told.mean()) if len(told) else 1.0
        self._trust: float = like._trust if like else 2.0 / (1.0 + wordings)

        vocabulary, cells, owners = pieces.finish()
        own = like.passage_statistics if like else cells.statistics(vocabulary)
        self.passage_statistics: Statistics = own
        self._passages = Postings(vocabulary, cells, own.bm25(vocabulary, cells))
        self._piece_starts = np.flatnonzero(np.diff(owners, prepend=-1))
        self._pieced = np.searchsorted(self._answered, owners[self._piece_starts])

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def bytes(self) -> int:
        """Memory the index's arrays take."""
        return self._forward.bytes + self._wordings.bytes + self._answers.bytes + self._passages.bytes

    def _salience(self, keys: Keys) -> Floats:
        """Rarity times constancy of any features."""
        places, known = locate(self.statistics.vocabulary, keys)
        constancy = np.full(len(keys), self.usual)
        constancy[known] = self._constancy[places]
        salience: Floats = self.statistics.rarity(self.statistics.look_up(keys)) * constancy
        return salience

    def nearest(self, rows: Sequence[int], weighed: Weighed) -> list[Nearest]:
        """For each of the entries the wording that the question is nearest to, and how far from it."""
        return self._forward.nearest(rows, weighed)

    def weigh(self, query: Query) -> Weighed:
        """The question's features by this segment's statistics."""
        asked, answered = self.statistics, self.answer_statistics
        places, found = query.locate(asked.vocabulary)
        by_wording = np.zeros(len(query.keys))
        by_wording[found] = asked.frequency[places]
        in_answers, found_there = query.locate(answered.vocabulary)
        by_answer = np.zeros(len(query.keys))
        by_answer[found_there] = answered.frequency[in_answers]
        known = np.maximum(
            np.where(by_wording > 0, asked.rarity(by_wording), 0.0),
            np.where(by_answer > 0, answered.rarity(by_answer), 0.0),
        )
        # a word the base does not have is as rare as can be
        rarest = math.log1p(2.0 * max(asked.size, answered.size) + 1.0)
        rarity = query.weights * np.where(known > 0, known, rarest)
        counts = (1.0 + np.log(query.counts)) * query.weights
        salience = rarity * self.usual
        salience[found] = rarity[found] * self._constancy[places]
        return Weighed(
            query,
            max(float(rarity.sum()), 1e-9),
            rarest,
            salience,
            _unit(counts * asked.rarity_cosine(by_wording), by_wording > 0),
            _unit(counts * answered.rarity_cosine(by_answer), by_answer > 0),
        )

    def score(self, weighed: Weighed) -> Scores:
        """The scores of all entries."""
        query, most = weighed.query, weighed.most
        reading = self._wordings.read(*query.locate(self._wordings.vocabulary))
        total = reading.sums(_CENTROID * weighed.centroid, _WORDINGS / most * query.weights)
        answer_reading = self._answers.read(*query.locate(self._answers.vocabulary))
        if len(answer_reading.known):
            cosine = answer_reading.sums(weighed.answer_cosine)
            answer = answer_reading.sums(None, query.weights / most)
            both = answer + answer
            if len(self._pieced):
                sums = self._passages.read(*query.locate(self._passages.vocabulary)).sums(query.weights / most)
                both[self._pieced] = answer[self._pieced] + np.maximum.reduceat(sums, self._piece_starts)
            total[self._answered] += np.where(
                self._only_answer,
                _DOCUMENT_COSINE * cosine + _DOCUMENT * both,
                self._trust * (_ANSWER_COSINE * cosine + _ANSWER * both),
            )
        return Scores(total, weighed, reading, answer_reading, self._answered)


@dataclass(frozen=True, slots=True)
class Nearest:
    """How a question differs from a wording, in saliences relative to the rarest there can be: what the question has
    and the wording lacks, what the wording has and the question lacks, in sum and the largest; and Dice's measure."""

    missed: float
    added: float
    most_added: float
    dice: float
    lacks: NDArray[np.bool_]  # which of the question's features the wording lacks


class _Forward:
    """The features of each wording, by entry."""

    def __init__(self, vocabulary: Keys, cells: Cells, owners: NDArray[np.intp], size: int, salience: Floats) -> None:
        order = np.argsort(cells.rows, kind="stable")
        self._vocabulary = vocabulary
        self._terms = cells.terms[order].astype(np.int32)
        starts = np.searchsorted(cells.rows[order], np.arange(len(owners) + 1))
        # texts without a feature are no wordings to be near to
        kept = np.flatnonzero(np.diff(starts) > 0)
        self._starts = np.append(starts[kept], len(self._terms)).astype(np.int64)
        self._texts = np.searchsorted(owners[kept], np.arange(size + 1))
        self._salience = salience.astype(np.float32)
        self._pairs = is_pair(vocabulary)

    @property
    def bytes(self) -> int:
        """Memory taken."""
        return sum(a.nbytes for a in (self._terms, self._starts, self._texts, self._salience, self._pairs))

    def nearest(self, rows: Sequence[int], weighed: Weighed) -> list[Nearest]:
        asked = weighed.salience
        none = Nearest(0.0, 0.0, 0.0, 0.0, np.zeros(len(asked), dtype=bool))
        spans = [(int(self._texts[row]), int(self._texts[row + 1])) for row in rows]
        pieces = [self._starts[first : last + 1] for first, last in spans]
        terms = np.concatenate([self._terms[piece[0] : piece[-1]] for piece in pieces])
        if not len(terms):
            return [none] * len(rows)
        lengths = np.concatenate([piece[1:] - piece[:-1] for piece in pieces])
        ends = lengths.cumsum()
        starts = ends - lengths
        places, known = weighed.query.locate(self._vocabulary)
        own = np.where(self._pairs[terms], weighed.query.pair_weight, 1.0) * self._salience[terms]
        if len(places):
            at = np.minimum(places.searchsorted(terms), len(places) - 1)
            common = places[at] == terms
            features = known[at]
            both = np.where(common, asked[features], 0.0)
        else:
            common = np.zeros(len(terms), dtype=bool)
            features = np.zeros(len(terms), dtype=np.intp)
            both = np.zeros(len(terms))
        alien = np.where(common, 0.0, own)
        whole = float(asked.sum())
        shared = np.add.reduceat(both, starts)
        added = np.add.reduceat(alien, starts)
        total = np.add.reduceat(own, starts)
        apart = added - shared  # and `whole` the same for all
        found: list[Nearest] = []
        text = 0
        for first, last in spans:
            if first == last:
                found.append(none)
                continue
            one = text + int(apart[text : text + last - first].argmin())
            text += last - first
            span = slice(int(starts[one]), int(ends[one]))
            lacks = np.ones(len(asked), dtype=bool)
            lacks[features[span][common[span]]] = False
            found.append(
                Nearest(
                    max(0.0, whole - float(shared[one])) / weighed.rarest,
                    float(added[one]) / weighed.rarest,
                    float(alien[span].max()) / weighed.rarest,
                    2.0 * float(shared[one]) / max(whole + float(total[one]), 1e-9),
                    lacks,
                )
            )
        return found


class _Texts:
    """Analyses texts in batches as they come."""

    def __init__(self, analyser: Analyser, pause: Callable[[], None]) -> None:
        self._analyser = analyser
        self._pause = pause
        self._owners: list[int] = []
        self._batch: list[str] = []
        self._chars = 0
        self._keys: list[Keys] = []
        self._rows: list[NDArray[np.int32]] = []

    def add(self, owner: int, text: str) -> None:
        if not text:
            return
        self._owners.append(owner)
        plain = self._analyser.normalise(text[:TEXT_CHARS])
        self._batch.append(plain)
        self._chars += len(plain)
        if self._chars > _BATCH_CHARS:
            self._flush()

    def finish(self) -> tuple[Keys, Cells, NDArray[np.intp]]:
        """The vocabulary, how often each feature occurs in each text, the texts' owners."""
        if self._batch:
            self._flush()
        owners = np.asarray(self._owners, np.intp)
        if not self._keys:
            self._keys, self._rows = [np.zeros(0, np.uint64)], [np.zeros(0, np.int32)]
        keys, rows = np.concatenate(self._keys), np.concatenate(self._rows)
        self._keys, self._rows = [], []
        self._pause()
        # as many numbers as the base has characters, several times over: none is kept longer than needed
        order = np.argsort(keys)
        rows = rows[order]
        keys = keys[order]
        del order
        return *Cells.count(keys, rows, len(owners)), owners

    def _flush(self) -> None:
        keys, rows = self._analyser.features(self._batch)
        self._keys.append(keys)
        self._rows.append(rows + np.int32(len(self._owners) - len(self._batch)))
        self._batch, self._chars = [], 0
        self._pause()


def _unit(vector: Floats, known: NDArray[np.bool_]) -> Floats:
    """The vector's known part, at unit length."""
    norm = math.sqrt(float(np.dot(vector[known], vector[known])))
    return vector / norm if norm > 0 else vector


def _constancy(merged: Cells, starts: NDArray[np.intp], texts: int, owners: NDArray[np.intp], terms: int) -> Floats:
    """For each feature: when one wording of an entry has it, how likely another wording of that entry has it too.

    "签约" stands in every wording of its entry, "请问" in any one of any entry; so the first is missed by a question
    that is about something else, the second is not. Drawn towards the base's mean where there is little to count.
    """
    has = np.diff(starts, append=texts).astype(np.float64)
    wordings = np.bincount(owners, minlength=merged.size)[merged.rows]
    again = tally(merged.terms, has * (has - 1.0), terms)
    could = tally(merged.terms, has * (wordings - 1.0), terms)
    usual = (float(again.sum()) + _DRAW * _USUAL) / (float(could.sum()) + _DRAW)
    constancy: Floats = (again + _DRAW * usual) / (could + _DRAW)
    return constancy
