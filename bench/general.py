"""Fits the general model of confidence that `bot/answers/confidence.py` starts from, and prints its table.

    python -m bench.general --data DIR

Of each data set in DIR (see `bench.retrieval`) it takes the signals of questions with and without an answer. Where
entries have several wordings the base examines itself; elsewhere the dev questions are asked, and asked again with
the entries that answer them hidden. Every data set counts the same. To be run again when the signals change.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from bench.retrieval import Question, kb_file, read_entries, read_questions, say
from bot.answers import Entry, Lexicon
from bot.answers.confidence import Examples
from bot.answers.examination import examine
from bot.answers.ranking import SIGNALS, Scored, rank, signals
from bot.answers.segment import Query, Segment
from bot.answers.text import Analyser

_QUESTIONS = 1500
# Strong, because signals that say nearly the same must not be played off against each other: fitted without one of
# the data sets and tried on it, this did better than a weak one.
_SHRINK = 0.02


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.general")
    parser.add_argument("--data", type=Path, required=True)
    data: Path = parser.parse_args().data
    analyser = Analyser(Lexicon())
    parts: list[Examples] = []
    for folder in sorted(folder for folder in data.iterdir() if folder.is_dir() and kb_file(folder)):
        entries = read_entries(folder)
        segment = Segment(entries, analyser)
        several = sum(len(entry.similar) > 0 for entry in entries)
        if several > len(entries) / 2:
            part = examine(segment, entries, analyser)
        else:
            part = ask(segment, entries, read_questions(folder)[:_QUESTIONS], analyser)
        say(f"{folder.name}: {len(part.right)} examples, {part.right.mean():.2f} right")
        parts.append(part)
    rows = np.concatenate([part.signals for part in parts])
    right = np.concatenate([part.right for part in parts])
    weights = np.concatenate([np.full(len(part.right), 1000.0 / len(part.right)) for part in parts])
    scaler = StandardScaler().fit(rows, sample_weight=weights)
    model = LogisticRegression(C=_SHRINK).fit(scaler.transform(rows), right, weights)
    for name, mean, spread, weight in zip(SIGNALS, scaler.mean_, scaler.scale_, model.coef_[0], strict=True):
        print(f'    "{name}": ({mean:.3f}, {spread:.3f}, {weight:+.2f}),')
    print(f"_INTERCEPT = {model.intercept_[0]:.2f}")
    for part in parts:
        values = model.predict_proba(scaler.transform(part.signals))[:, 1]
        say(
            f"sure at 10 % false: {np.quantile(values[~part.answerable], 0.9):.2f}; "
            f"nothing at 2 % denied: {np.quantile(values[part.right], 0.02):.2f}"
        )
    return 0


def ask(segment: Segment, entries: list[Entry], questions: list[Question], analyser: Analyser) -> Examples:
    """The dev questions as they are, and with their answers away."""
    place = {entry.id: row for row, entry in enumerate(entries)}
    found: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []
    right: list[bool] = []
    answerable: list[bool] = []
    for question in questions:
        weighed = segment.weigh(Query.of(question.text, analyser))
        scored = [Scored(segment, segment.score(weighed))]
        for there in (True, False):
            if not there:
                for id in question.relevant:
                    scored[0].scores.hide(place[id])
            if ranking := rank(scored, weighed, 2):
                found.append(signals(scored, weighed, ranking))
                right.append(there and entries[ranking[0].row].id in question.relevant)
                answerable.append(there and bool(question.relevant))
    return Examples(np.array(found), np.array(right, bool), np.array(answerable, bool))


if __name__ == "__main__":
    sys.exit(main())
