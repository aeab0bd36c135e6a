"""From scores to a ranking, and to the signals that tell how far its first entry can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.answers.segment import Scores, Segment, Weighed
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


@dataclass(frozen=True, slots=True)
class Scored:
    """A segment and what its entries scored for one question; those that are gone are hidden."""

    segment: Segment
    scores: Scores


@dataclass(frozen=True, slots=True)
class Place:
    """An entry's place in a ranking: which segment, which row of it, and the total score."""

    layer: int
    row: int
    score: float


def best(scored: Sequence[Scored], k: int) -> list[Place]:
    """The `k` best entries with a score above nothing, best first; equals in the order of the base."""
    places: list[Place] = []
    for layer, one in enumerate(scored):
        total = one.scores.total
        if len(total) > k:
            # the k-th best and all its equals, so that ties do not depend on the partition
            rows = np.flatnonzero(total >= max(float(np.partition(total, -k)[-k]), 1e-12))
            rows = rows[np.argsort(-total[rows], kind="stable")[:k]]
        else:
            rows = np.argsort(-total, kind="stable")
        places += [Place(layer, int(row), float(total[row])) for row in rows if total[row] > 0.0]
    places.sort(key=lambda place: -place.score)
    return places[:k]


def signals(scored: Sequence[Scored], weighed: Weighed, ranking: Sequence[Place]) -> Floats:
    """Figures about the first entry of a ranking that is not empty, in the order of `SIGNALS`."""
    first = ranking[0]
    segment, scores = scored[first.layer].segment, scored[first.layer].scores
    row = first.row
    has = np.zeros(len(weighed.salience), dtype=bool)
    has[scores.reading.features(row)] = True
    has[scores.answer_reading.features(row)] = True
    missed = float(weighed.salience[~has].sum())
    nearest = segment.nearest(row, weighed)
    return np.array(
        (
            float(scores.centroid[row]),
            first.score - (ranking[1].score if len(ranking) > 1 else 0.0),
            _lead([one.scores.centroid for one in scored], first),
            _lead([one.scores.wordings for one in scored], first),
            float(scores.answer[row]),
            1.0 - missed / max(float(weighed.salience.sum()), 1e-9),
            nearest.missed / (1.0 + nearest.missed),
            nearest.added / (1.0 + nearest.added),
            nearest.most_missed,
            nearest.most_added,
            nearest.dice,
            math.log10(max(weighed.query.length, 1)),
            float(segment.documents[row]),
        )
    )


def _lead(values: Sequence[Floats], first: Place) -> float:
    """How much more the first entry has than the best of all the others."""
    own = float(values[first.layer][first.row])
    values[first.layer][first.row] = 0.0
    other = max(float(some.max(initial=0.0)) for some in values)
    values[first.layer][first.row] = own
    return own - other
