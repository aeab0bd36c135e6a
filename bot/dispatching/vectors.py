"""Which features a model knows, and texts as vectors over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from bot.dispatching.features import BITS

# How many features a model knows at most: those in the most texts. Fewer than 60,000 cost accuracy, more bring none.
FEATURES = 100_000
# How many weights a model has at most, over all units: 24 MB, so that it can be kept as one file.
_WEIGHTS = 12_000_000
# What a text's squared length is raised by: nothing to a sentence, much to a single syllable that says nothing.
_FAINT = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """features: the numbers of those known, ascending. rarity: of each, the logarithm of how few texts have it."""

    features: NDArray[np.int32]
    rarity: NDArray[np.float32]

    @classmethod
    def of(cls, counts: sp.csr_array, labels: int) -> Vocabulary:
        """What to know of these texts, to tell so many labels apart."""
        most = min(FEATURES, _WEIGHTS // max(labels, 1))
        texts = np.bincount(counts.indices, minlength=1 << BITS)
        ordered = np.sort(texts[texts > 0])[::-1]
        # features in equally many texts are all taken or all left
        least = int(ordered[most]) + 1 if len(ordered) > most else 1
        known = np.flatnonzero(texts >= least)
        rarity = np.log((1.0 + counts.shape[0]) / (1.0 + texts[known])) + 1.0
        return cls(known.astype(np.int32), rarity.astype(np.float32))

    def __len__(self) -> int:
        return len(self.features)

    def vectors(self, counts: sp.csr_array) -> sp.csr_array:
        """The texts' TF-IDF over the known features, at about unit length; a text that has none of them is zero."""
        texts, size = counts.shape[0], len(self.features)
        places = np.searchsorted(self.features, counts.indices).astype(np.int32)
        known = np.zeros(len(places), dtype=bool)
        inside = places < size
        known[inside] = self.features[places[inside]] == counts.indices[inside]
        places = places[known]
        starts = np.append(0, known.cumsum())[counts.indptr].astype(np.int32)
        rows = np.repeat(np.arange(texts), np.diff(starts))
        # double precision, as liblinear wants it
        values = (1.0 + np.log(counts.data[known].astype(np.float64))) * self.rarity[places]
        lengths = np.sqrt(np.bincount(rows, weights=values * values, minlength=texts) + _FAINT)
        return sp.csr_array((values / lengths[rows], places, starts), shape=(texts, size))
