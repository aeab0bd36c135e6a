"""From examples to the numbers of a model."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from bot.dispatching.confidence import Floats, steepness
from bot.dispatching.features import count
from bot.dispatching.types import Example, Source
from bot.dispatching.vectors import Vocabulary

# A person has looked at a correction and knew better.
_WORTH: Mapping[Source, float] = {"duty": 1.0, "knowledge": 1.0, "ticket": 1.0, "correction": 5.0}
# Duties move from unit to unit, so what came about one after the other fades: an example with this many later ones of
# its source counts half, older ones less, but none less than the least.
_FADING: tuple[Source, ...] = ("ticket", "correction")
_HALF_LIFE = 20_000
_LEAST = 0.25

# liblinear's price of an error; three times as much or as little changes the figures by half a point.
_PRICE = 1.0
# Much looser than liblinear's default, which takes five times as long and gives the same figures.
_TOLERANCE = 0.5
# A rare unit's examples cost more, by this power of how many others there are to one of its own.
_BALANCE = 0.5

# The steepness is learned from examples held out, a fifth at a time, until there are this many. It does not depend on
# how many the borders were drawn from (7.1 with 500 letters, 6.7 with 6,000), so some of the examples will do.
_FOLDS = 5
_HELD_OUT = 4_000
_EXAMINED = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A model's numbers. labels: in order. weights: a row for each known feature, a column for each label. examples:
    how many it learned from."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    weights: NDArray[np.float16]
    bias: NDArray[np.float32]
    steepness: float
    examples: int


def learn(examples: Sequence[Example]) -> Learned:
    """The same numbers for the same examples, which come oldest first."""
    counts = count([example.text for example in examples])
    standing = _standing(examples, counts)
    examples, counts = [examples[row] for row in standing], counts[np.array(standing, dtype=np.intp)]
    labels = tuple(sorted({example.label for example in examples}))
    vocabulary = Vocabulary.of(counts, len(labels))
    vectors = vocabulary.vectors(counts)
    number = {label: place for place, label in enumerate(labels)}
    owners = np.array([number[example.label] for example in examples], dtype=np.intp)
    worth = _worth(examples)
    weights, bias = _borders(vectors, owners, worth, len(labels))
    return Learned(
        labels,
        vocabulary,
        weights.astype(np.float16),
        bias.astype(np.float32),
        _steepness(vectors, owners, worth, len(labels)),
        len(examples),
    )


def _standing(examples: Sequence[Example], counts: sp.csr_array) -> list[int]:
    """Which examples to learn from: those with words and a label, less what a later correction of the same text took
    back."""
    standing: list[int] = []
    corrected: dict[bytes, str] = {}
    for row in reversed(range(len(examples))):
        example = examples[row]
        span = slice(counts.indptr[row], counts.indptr[row + 1])
        if span.start == span.stop or not example.label:
            continue
        if example.source in _FADING:
            text = hashlib.sha256(counts.indices[span].tobytes() + counts.data[span].tobytes()).digest()
            if corrected.get(text, example.label) != example.label:
                continue
            if example.source == "correction":
                corrected[text] = example.label
        standing.append(row)
    return standing[::-1]


def _worth(examples: Sequence[Example]) -> Floats:
    worth = np.array([example.weight * _WORTH[example.source] for example in examples])
    for source in _FADING:
        rows = np.array([row for row, example in enumerate(examples) if example.source == source], dtype=np.intp)
        later = np.arange(len(rows))[::-1]
        worth[rows] *= np.maximum(0.5 ** (later / _HALF_LIFE), _LEAST)
    return worth


def _borders(vectors: sp.csr_array, owners: NDArray[np.intp], worth: Floats, labels: int) -> tuple[Floats, Floats]:
    """The weights and bias of each label's border against the rest. A label that has no examples here, or all, cannot
    be told from others: its margin is that of a text beyond its border."""
    weights, bias = np.zeros((vectors.shape[1], labels)), np.full(labels, -1.0)
    sizes = np.bincount(owners, minlength=labels)
    present = np.flatnonzero(sizes)
    if len(present) < 2:
        return weights, bias
    # imported late: it takes a second and 50 MB, and a process that only suggests never needs it
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    # an example or two for each unit is how units begin, and no mistake
    warnings.filterwarnings("ignore", message="The number of unique classes", category=UserWarning)
    dear = {label: ((len(owners) - sizes[label]) / sizes[label]) ** _BALANCE for label in present}
    machine = LinearSVC(C=_PRICE, tol=_TOLERANCE, class_weight=dear, dual=True, random_state=0)
    machine.fit(vectors, owners, sample_weight=worth)
    if len(present) == 2:
        # one border has two sides
        weights[:, present] = np.column_stack((-machine.coef_[0], machine.coef_[0]))
        bias[present] = -machine.intercept_[0], machine.intercept_[0]
    else:
        weights[:, present] = machine.coef_.T
        bias[present] = machine.intercept_
    return weights, bias


def _steepness(vectors: sp.csr_array, owners: NDArray[np.intp], worth: Floats, labels: int) -> float:
    """Learned from what borders say that were drawn without the examples in question."""
    some = np.arange(0, len(owners), 1 + len(owners) // _EXAMINED)
    vectors, owners, worth = vectors[some], owners[some], worth[some]
    folds = _folds(owners)
    margins, right = [np.zeros((0, labels))], [np.zeros(0, np.intp)]
    # where there is nothing to confuse, being right shows nothing
    for fold in range(_FOLDS if labels > 1 else 0):
        held, rest = folds == fold, folds != fold
        if held.any() and sum(map(len, right)) < _HELD_OUT:
            weights, bias = _borders(vectors[rest], owners[rest], worth[rest], labels)
            margins.append(vectors[held] @ weights + bias)
            right.append(owners[held])
    return steepness(np.concatenate(margins), np.concatenate(right))


def _folds(owners: NDArray[np.intp]) -> NDArray[np.intp]:
    """The fold of each example, -1 where it is its label's only one. Each label's examples are cut into runs, because
    neighbours often say the same thing and one would stand in for the other that is held out."""
    sizes = np.bincount(owners)
    order = np.argsort(owners, kind="stable")
    place = np.empty(len(owners), dtype=np.intp)
    place[order] = np.arange(len(owners)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    folds: NDArray[np.intp] = np.where(sizes[owners] > 1, place * _FOLDS // np.maximum(sizes[owners], 1), -1)
    return folds
