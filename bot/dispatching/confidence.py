"""From margins to probabilities.

A margin says on which side of a unit's border a text lies and how far from it. Each is turned into the unit's claim by
a logistic function of one steepness for all, and the claims share out what is certain. One steepness is all that is
learned, since most units have few examples; it was as good as one more number for each unit, better than isotonic
regression.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# What stands against the units' claims for "none of these", so that a text no unit claims does not look sure.
_NONE = 0.01
# The steepness of a model that had nothing to learn it from, and how many examples that opinion counts for. Between 4.7
# and 6.8 on letters to a mayor, questions to a hotline, lists of duties.
_STEEPNESS = 5.0
_HOLD = 20.0
_LEAST, _MOST = 0.5, 20.0


def confidences(margins: Floats, steepness: float) -> Floats:
    """The units' probabilities (columns) of each text (row)."""
    claims = 1.0 / (1.0 + np.exp(-steepness * margins))
    shared: Floats = claims / (claims.sum(axis=-1, keepdims=True) + _NONE)
    return shared


def steepness(margins: Floats, right: NDArray[np.intp]) -> float:
    """The steepness that makes the right columns likeliest, drawn to the usual one where there is little to see."""

    def loss(logarithm: float) -> float:
        given = confidences(margins, math.exp(logarithm))[np.arange(len(right)), right]
        return float(-np.log(given + 1e-12).sum() + _HOLD * (logarithm - math.log(_STEEPNESS)) ** 2)

    # imported late, because only training needs it
    from scipy.optimize import minimize_scalar  # noqa: PLC0415

    found = minimize_scalar(loss, bounds=(math.log(_LEAST), math.log(_MOST)), method="bounded", options={"xatol": 1e-4})
    return math.exp(float(found.x))
