"""Questions grouped by what they are about, by the likeness that entries are found by."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.answers.postings import Cells, Postings, Statistics
from bot.answers.text import QUERY_CHARS, Analyser

# How alike two groups must be on average to be one. Of the sample's wordings, asked of a base without their entries,
# four in five pairs that are put together belong together, and more than a third of those that belong together are.
_ALIKE = 0.3
_PAUSE_EVERY = 50

_Likeness = NDArray[np.float32]


def grouped(
    texts: Sequence[str], analyser: Analyser, statistics: Statistics, pause: Callable[[], None] = lambda: None
) -> list[list[int]]:
    """The places of the texts, group by group, each in their order and the groups by their first; the same texts give
    the same groups. statistics: of the base, which says what is rare. The time grows with the square of their number.
    """
    likeness = _likeness(texts, analyser, statistics, pause)
    members = [[place] for place in range(len(texts))]
    # Nearest neighbours are followed until two are each other's: those are merged. What a group is to others is the
    # average over its texts, so that no later merger brings a group nearer to anything; one that has nothing near
    # enough is done.
    for first in range(len(texts)):
        chain = [first] if members[first] else []
        while chain:
            here = chain[-1]
            near = int(likeness[here].argmax())
            if likeness[here, near] < _ALIKE:
                _take_out(likeness, here)
                chain.pop()
            elif len(chain) > 1 and likeness[here, chain[-2]] == likeness[here, near]:
                _merge(likeness, members, *sorted(chain[-2:]))
                del chain[-2:]
            else:
                chain.append(near)
        if first % _PAUSE_EVERY == 0:
            pause()
    return [sorted(places) for places in members if places]


def _merge(likeness: _Likeness, members: list[list[int]], kept: int, gone: int) -> None:
    first, second = len(members[kept]), len(members[gone])
    average = (likeness[kept] * first + likeness[gone] * second) / (first + second)
    # out of the running is below anything, however it is averaged
    average[(likeness[kept] < 0) | (likeness[gone] < 0)] = -1.0
    _take_out(likeness, gone)
    likeness[kept] = average
    likeness[:, kept] = average
    likeness[kept, kept] = likeness[kept, gone] = likeness[gone, kept] = -1.0
    members[kept] += members[gone]
    members[gone] = []


def _take_out(likeness: _Likeness, place: int) -> None:
    likeness[place] = -1.0
    likeness[:, place] = -1.0


def _likeness(texts: Sequence[str], analyser: Analyser, statistics: Statistics, pause: Callable[[], None]) -> _Likeness:
    """The cosine of every text to every other, and -1 to itself."""
    size = len(texts)
    likeness: _Likeness = np.full((size, size), -1.0, np.float32)
    if not size:
        return likeness
    keys, rows = analyser.features([analyser.normalise(text[:QUERY_CHARS])[:QUERY_CHARS] for text in texts])
    order = np.argsort(keys, kind="stable")
    vocabulary, cells = Cells.count(keys[order], rows[order], size)
    # a handful of entries say less about what is rare than the questions themselves
    speaks = statistics if statistics.size >= size else cells.statistics(vocabulary)
    weights = cells.normalised(speaks.vector(vocabulary, cells.terms, cells.counts))
    postings = Postings(vocabulary, cells, weights)
    by_row = np.argsort(cells.rows, kind="stable")
    starts = np.searchsorted(cells.rows[by_row], np.arange(size + 1))
    for place in range(size):
        own = by_row[starts[place] : starts[place + 1]]
        terms = cells.terms[own].astype(np.intp)
        reading = postings.read(terms, np.arange(len(own)))
        likeness[place] = reading.sums(weights[own].astype(np.float64))
        if place % _PAUSE_EVERY == 0:
            pause()
    # the order of a sum must not tell a pair's two halves apart
    np.maximum(likeness, likeness.T, out=likeness)
    np.fill_diagonal(likeness, -1.0)
    return likeness
