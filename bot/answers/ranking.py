"""From scores to a ranking, and to the signals that tell how far its first entry can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.answers.segment import Nearest, Scores, Segment, Weighed
from bot.answers.text import Floats

SIGNALS = (
    "centroid",  # cosine to the centroid of the entry's wordings
    "gap",  # lead over the second entry: in total,
    "centroid_gap",  # in that cosine,
    "wordings_gap",  # and in the wordings' BM25
    "answer",  # the answer's BM25 as a share of the most there could be
    "cover",  # share of the question's salience that the entry has
    "missed",  # against the nearest wording: the salience it lacks, x / (1 + x),
    "added",  # the salience only it has, likewise,
    "most_missed",  # the most salient feature it lacks,
    "most_added",  # the most salient feature only it has,
    "dice",  # and Dice's measure
    "length",  # of the question, in powers of ten of characters
    "document",  # 1 when the entry has no wordings, only an answer
)


# How many entries are looked at more closely, and what the likeness to their nearest wording counts.
_CLOSER = 5
_NEAREST = 0.6
# A question that is a wording of the entry, feature for feature, is about that entry whatever else scores.
_EXACT = 3.0


@dataclass(frozen=True, slots=True)
class Scored:
    """A segment and what its entries scored for one question; those that are gone are hidden."""

    segment: Segment
    scores: Scores


@dataclass(frozen=True, slots=True)
class Place:
    """An entry's place in a ranking: which segment, which row of it, the score, and for the first few the nearest
    wording."""

    layer: int
    row: int
    score: float
    nearest: Nearest | None = None


def rank(scored: Sequence[Scored], weighed: Weighed, k: int) -> list[Place]:
    """The `k` best entries, best first. The first few are ordered anew by the nearest single wording, which tells
    entries apart that differ in one word ("签约", "解约")."""
    places = _best(scored, max(k, _CLOSER))
    closer: list[Place] = []
    for layer, one in enumerate(scored):
        some = [place for place in places[:_CLOSER] if place.layer == layer]
        if some:
            wordings = one.segment.nearest([place.row for place in some], weighed)
            closer += [
                Place(layer, place.row, place.score + _NEAREST * _likeness(nearest), nearest)
                for place, nearest in zip(some, wordings, strict=True)
            ]
    closer.sort(key=lambda place: -place.score)
    # a likeness is above -1, so that the others stay behind
    rest = [Place(place.layer, place.row, place.score - _NEAREST) for place in places[_CLOSER:]]
    return (closer + rest)[:k]


def _likeness(nearest: Nearest) -> float:
    apart = nearest.missed + nearest.added
    if apart < 1e-6 and nearest.dice > 0.0:
        return _EXACT
    return nearest.dice - apart / (1.0 + apart)


def _best(scored: Sequence[Scored], k: int) -> list[Place]:
    """The `k` best entries with a score above nothing, best first; equals in the order of the base."""
    places: list[Place] = []
    for layer, one in enumerate(scored):
        total = one.scores.total
        if not len(total):
            continue
        # most entries score next to nothing: half of the best leaves few to sort
        rows = (total >= max(0.5 * float(total.max()), 1e-12)).nonzero()[0]
        if len(rows) < k:
            least = float(np.partition(total, -k)[-k]) if len(total) > k else 0.0
            rows = np.flatnonzero(total >= max(least, 1e-12))
        rows = rows[(-total[rows]).argsort(kind="stable")[:k]]
        places += [Place(layer, int(row), float(total[row])) for row in rows]
    places.sort(key=lambda place: -place.score)
    return places[:k]


def signals(scored: Sequence[Scored], weighed: Weighed, ranking: Sequence[Place]) -> Floats:
    """Figures about the first entry of a ranking that is not empty, in the order of `SIGNALS`."""
    first = ranking[0]
    segment = scored[first.layer].segment
    parts = scored[first.layer].scores.parts(first.row)
    centroid, wordings, behind = 0.0, 0.0, 0.0
    if len(ranking) > 1:
        second = ranking[1]
        others = scored[second.layer].scores.parts(second.row)
        centroid, wordings, behind = others.centroid, others.wordings, second.score
    missed = float(weighed.salience[~parts.has].sum())
    nearest = first.nearest or segment.nearest((first.row,), weighed)[0]
    lacked = weighed.salience[nearest.lacks]
    return np.array(
        (
            parts.centroid,
            first.score - behind,
            parts.centroid - centroid,
            parts.wordings - wordings,
            parts.answer,
            1.0 - missed / max(float(weighed.salience.sum()), 1e-9),
            nearest.missed / (1.0 + nearest.missed),
            nearest.added / (1.0 + nearest.added),
            float(lacked.max()) / weighed.rarest if len(lacked) else 0.0,
            nearest.most_added,
            nearest.dice,
            math.log10(max(weighed.query.length, 1)),
            float(segment.documents[first.row]),
        )
    )
