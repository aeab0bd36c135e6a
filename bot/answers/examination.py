"""A base examined with its own questions, to calibrate the confidence in what it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from bot.answers.confidence import Examples
from bot.answers.ranking import SIGNALS, Scored, rank, signals
from bot.answers.segment import Query, Segment
from bot.answers.text import Analyser
from bot.answers.types import Entry

# How many entries are examined; it bounds the time.
SAMPLE = 400


def examine(
    segment: Segment, entries: Sequence[Entry], analyser: Analyser, pause: Callable[[], None] = lambda: None
) -> Examples:
    """Ask `segment`, the index of `entries`, some of its own questions.

    An entry with several wordings is asked for with one of them while it has only the others, and once more while it
    is away altogether. An entry with one wording is asked for only while it is away.
    """
    random = np.random.default_rng(12345)
    # counted without a list for each entry, which the garbage collector would walk again and again
    wordings = np.fromiter((len(entry.similar) + (entry.question != "") for entry in entries), np.int64, len(entries))
    several = np.flatnonzero(wordings > 1)
    single = np.flatnonzero(wordings == 1)
    several = random.permutation(several)[:SAMPLE]
    single = random.permutation(single)[: max(0, SAMPLE - len(several))]

    asked: list[tuple[int, str]] = []
    reduced: list[Entry] = []
    for row in several.tolist():
        texts = _wordings(entries[row])
        asked.append((row, texts.pop(int(random.integers(len(texts))))))
        reduced.append(replace(entries[row], question=texts[0], similar=tuple(texts[1:])))
    remainder = Segment(reduced, analyser, like=segment, pause=pause)
    asked += [(row, _wordings(entries[row])[0]) for row in single.tolist()]

    rows: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []
    right: list[bool] = []
    answerable: list[bool] = []
    for number, (row, text) in enumerate(asked):
        pause()
        query = Query.of(text, analyser)
        if not len(query.keys):
            continue
        weighed = segment.weigh(query)
        base = Scored(segment, segment.score(weighed))
        base.scores.hide(row)
        trials: list[list[Scored]] = [[base]]
        if number < len(reduced):
            others = np.ones(len(reduced), dtype=bool)
            others[number] = False
            rest = Scored(remainder, remainder.score(weighed))
            rest.scores.hide(others)
            trials.append([base, rest])
        for trial in trials:
            ranking = rank(trial, weighed, 2)
            if ranking:
                rows.append(signals(trial, weighed, ranking))
                right.append(ranking[0].layer == 1)
                answerable.append(len(trial) == 2)
    return Examples(np.array(rows).reshape(-1, len(SIGNALS)), np.array(right, bool), np.array(answerable, bool))


def _wordings(entry: Entry) -> list[str]:
    return [entry.question, *entry.similar] if entry.question else list(entry.similar)
