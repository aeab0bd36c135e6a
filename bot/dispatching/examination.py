"""How good suggestions are, found out with texts of citizens that were held out of the training.

The latest fifth of each unit's tickets is held out, since what comes next is what counts; a text that was told before
in the same words is left out of the training then, so that nothing is known by heart. Duties and entries of the
knowledge base are never held out: citizens do not write like them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.dispatching.classifier import Classifier
from bot.dispatching.types import Example

# With fewer texts a figure may be off by ten points.
ENOUGH = 100
# Answered one by one, a millisecond each: more take longer and say no more.
_MOST = 5_000
_SHARE = 5


@dataclass(frozen=True, slots=True)
class Examined:
    """texts: how many were held out; units: of how many units. macro_f1: the mean of the units' F1, so that a small
    unit counts as much as a large one; top2: how often the right unit was among the first two. Shares, 0 to 1; None
    when too few texts were held out to tell."""

    texts: int
    units: int
    macro_f1: float | None = None
    top2: float | None = None


def examine(examples: Sequence[Example]) -> Examined:
    """Learn from all but those held out, and ask for these. Takes as long as `Classifier.fit` and a little more."""
    held = _held_out(examples)
    asked = [examples[row] for row in held]
    units = len({example.label for example in asked})
    if len(asked) < ENOUGH or units < 2:
        return Examined(len(asked), units)
    away, texts = set(held), {example.text for example in asked}
    rest = [example for row, example in enumerate(examples) if row not in away and example.text not in texts]
    classifier = Classifier.fit(rest)
    found = [[one.label for one in classifier.suggest(example.text, 2)] for example in asked]
    right = [example.label for example in asked]
    top2 = sum(label in labels for label, labels in zip(right, found, strict=True)) / len(right)
    return Examined(len(asked), units, macro_f1(right, [labels[0] if labels else "" for labels in found]), top2)


def macro_f1(right: Sequence[str], said: Sequence[str]) -> float:
    """The mean F1 over the labels that are right somewhere."""
    hits: dict[str, int] = defaultdict(int)
    for label, one in zip(right, said, strict=True):
        hits[label] += label == one
    labels = sorted(set(right))
    return sum(2 * hits[label] / (right.count(label) + said.count(label)) for label in labels) / len(labels)


def _held_out(examples: Sequence[Example]) -> list[int]:
    by_unit: dict[str, list[int]] = defaultdict(list)
    for row, example in enumerate(examples):
        if example.label and example.source in ("ticket", "correction"):
            by_unit[example.label].append(row)
    held = sorted(row for rows in by_unit.values() for row in rows[len(rows) - len(rows) // _SHARE :])
    return held[:: 1 + len(held) // _MOST]
