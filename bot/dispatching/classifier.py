"""Which unit a citizen's text is for, and how sure that is.

In: examples of texts and their units, oldest first. Out: units with calibrated probabilities. Each unit has a border
against all others (a linear support vector machine over the TF-IDF of characters, pairs and words); how far behind it a
text lies becomes a probability by what examples held out have shown. The same examples give the same bytes. Nothing in
a classifier ever changes; it may be asked from any thread.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.dispatching.confidence import Floats, confidences
from bot.dispatching.features import BITS, count
from bot.dispatching.training import Learned, learn
from bot.dispatching.types import Example, Suggestion, Unreadable
from bot.dispatching.vectors import FEATURES, Vocabulary

# Raised with every change to what a feature is or to the layout: a line that names the format, a digest of the rest, a
# line of JSON, the arrays as they are, little-endian.
FORMAT = 1
_NAME = b"yixian classifier "
_DIGEST = hashlib.sha256().digest_size
_LABELS = 10_000


class Classifier:
    """Made by `fit` or `from_bytes`."""

    def __init__(self, learned: Learned) -> None:
        self._learned = learned

    @classmethod
    def fit(cls, examples: Sequence[Example]) -> Classifier:
        """Learn from `examples`; those without words or label are passed over.

        A unit with a handful of duties and nothing else is suggested, too. Corrections count for more than tickets and
        take back what was said of the same text before; of both the later ones count for more. Takes 3 s for 6,000
        letters and 7 units; for a thread beside the event loop.
        """
        return cls(learn(examples))

    @property
    def labels(self) -> tuple[str, ...]:
        """The units it can suggest."""
        return self._learned.labels

    @property
    def examples(self) -> int:
        """How many it learned from."""
        return self._learned.examples

    def suggest(self, text: str, k: int = 3) -> list[Suggestion]:
        """At most `k` units, the likeliest first; none for a text without a word that was ever seen."""
        learned = self._learned
        vector = learned.vocabulary.vectors(count([text]))
        if not len(vector.data) or not learned.labels:
            return []
        margins: Floats = vector.data @ learned.weights[vector.indices].astype(np.float64) + learned.bias
        shares = confidences(margins, learned.steepness)
        best = np.argsort(-shares, kind="stable")[:k]
        return [Suggestion(learned.labels[label], float(shares[label])) for label in best]

    def to_bytes(self) -> bytes:
        """All of it, to be kept; holds no text but the labels."""
        learned = self._learned
        described = {
            "labels": learned.labels,
            "features": len(learned.vocabulary),
            "steepness": learned.steepness,
            "examples": learned.examples,
        }
        arrays = (learned.vocabulary.features, learned.vocabulary.rarity, learned.weights, learned.bias)
        body = json.dumps(described).encode() + b"\n" + b"".join(_packed(array) for array in arrays)
        return b"%s%d\n%s%s" % (_NAME, FORMAT, hashlib.sha256(body).digest(), body)

    @classmethod
    def from_bytes(cls, data: bytes) -> Classifier:
        """What `to_bytes` gave. Nothing in the bytes is executed. Raises `Unreadable`."""
        name, _, rest = data.partition(b"\n")
        if not name.startswith(_NAME):
            raise Unreadable("this is no classifier")
        if name != b"%s%d" % (_NAME, FORMAT):
            raise Unreadable(f"this classifier is not of format {FORMAT}; it has to be trained anew")
        digest, body = rest[:_DIGEST], rest[_DIGEST:]
        if hashlib.sha256(body).digest() != digest:
            raise Unreadable("this classifier is damaged")
        described, _, packed = body.partition(b"\n")
        try:
            return cls(_unpacked(json.loads(described), packed))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Unreadable(f"this classifier does not hold together: {error}") from error


def _packed(array: NDArray[Any]) -> bytes:
    return array.astype(array.dtype.newbyteorder("<")).tobytes()


def _unpacked(described: dict[str, Any], packed: bytes) -> Learned:
    """Raises `ValueError`, `TypeError` or `KeyError` for what no training gives."""
    labels, size = described["labels"], described["features"]
    steepness, examples = described["steepness"], described["examples"]
    if type(size) is not int or not 0 <= size <= FEATURES:
        raise ValueError("features")
    if type(examples) is not int or examples < 0:
        raise ValueError("examples")
    if not isinstance(labels, list) or len(labels) > _LABELS or not all(isinstance(one, str) and one for one in labels):
        raise ValueError("labels")
    if labels != sorted(set(labels)):
        raise ValueError("labels")
    if not isinstance(steepness, float) or not (math.isfinite(steepness) and steepness > 0):
        raise ValueError("steepness")
    taken = 0
    arrays: list[NDArray[Any]] = []
    for kind, many in (("<i4", size), ("<f4", size), ("<f2", size * len(labels)), ("<f4", len(labels))):
        # the array is the model's own, in the machine's byte order
        array = np.frombuffer(packed, kind, many, taken)
        arrays.append(array.astype(array.dtype.newbyteorder("=")))
        taken += array.nbytes
    features, rarity, weights, bias = arrays
    if taken != len(packed) or not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("numbers")
    if size and (features[0] < 0 or features[-1] >= 1 << BITS or (np.diff(features) <= 0).any()):
        raise ValueError("features")
    vocabulary = Vocabulary(features, rarity)
    return Learned(tuple(labels), vocabulary, weights.reshape(size, len(labels)), bias, steepness, examples)
