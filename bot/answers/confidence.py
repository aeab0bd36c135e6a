"""How far the first entry of a ranking can be trusted: a logistic regression over signals, fitted to each base.

Where entries have similar questions the base examines itself. A wording is held out: the rest of its entry should be
found with it (a question with an answer), and with the whole entry taken away nothing should (a question without).
The fit starts from a general model and leaves it only as far as the base's own examples carry. Where there are no
similar questions, the general model is taken as it is, and only questions without an answer can be made: each entry's
own question with the entry taken away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.answers.ranking import SIGNALS
from bot.answers.text import Floats

# The general model: each signal's mean, its spread, and its weight once brought to mean 0 and spread 1. Fitted by
# `python -m bench.general` on the dev splits of four bases of different kinds (a bank's questions with
# many wordings, single questions, citizens' letters with replies, documents), each counting the same.
_GENERAL: dict[str, tuple[float, float, float]] = {
    "centroid": (0.407, 0.323, +0.63),
    "gap": (0.605, 0.679, +1.25),
    "centroid_gap": (0.107, 0.150, +0.33),
    "wordings_gap": (0.124, 0.215, -0.36),
    "answer": (0.386, 0.414, +0.08),
    "cover": (0.557, 0.296, +0.58),
    "missed": (0.477, 0.388, +0.04),
    "added": (0.394, 0.341, -0.26),
    "most_missed": (0.306, 0.267, -0.31),
    "most_added": (0.255, 0.235, -0.07),
    "dice": (0.405, 0.374, -0.28),
    "length": (1.389, 0.504, +1.05),
    "document": (0.250, 0.433, +0.01),
}
_INTERCEPT = -0.18

# The general model's thresholds, for a base that has nothing to calibrate on.
_SURE = 0.58
_NOTHING = 0.17
# Where single questions are all there is, the threshold is raised to keep the base's own false answers down, but not
# above this: a base that holds one question twice, under two entries, would never be sure again.
_SUREST = 0.75

# What the thresholds keep to on the base's own examples. Of the questions without an answer at most this share may
# get one. The examples are harder than citizens' questions: with an entry away its nearest neighbours remain.
FALSE_ANSWERS = 0.10
# Of the answers given, at least this share must be right.
RIGHT = 0.98
# Of the questions whose first hit is right, at most this share may be told that there is nothing.
DENIED = 0.03

# How strongly the general model holds: the inverse variance of each weight's departure from it.
_HOLD = 4.0
_FEW = 20


@dataclass(frozen=True, slots=True)
class Examples:
    """The base's examination of itself. Rows of `signals`; whether the first hit was right; whether the question had
    an answer at all."""

    signals: Floats
    right: NDArray[np.bool_]
    answerable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Confidence:
    """The fitted model and its thresholds: `sure` at or above one, `nothing` below the other."""

    weights: Floats
    intercept: float
    sure: float
    nothing: float

    def __call__(self, signals: Floats) -> float:
        """The probability that the first hit is right."""
        return float(_logistic(float(signals @ self.weights) + self.intercept))


def general() -> Confidence:
    """The model for a base nothing is known about."""
    table = np.array([_GENERAL[name] for name in SIGNALS])
    mean, spread, weight = table.T
    weights = weight / spread
    return Confidence(weights, _INTERCEPT - float(mean @ weights), _SURE, _NOTHING)


def fit(examples: Examples) -> Confidence:
    """The model for the base that `examples` come from."""
    start = general()
    answerable, right = examples.answerable, examples.right
    model = start
    if int(answerable.sum()) >= _FEW and int((~answerable).sum()) >= _FEW:
        model = _maximum_a_posteriori(examples, start)
    values = _logistic(examples.signals @ model.weights + model.intercept)
    negatives = values[~answerable]
    sure = model.sure
    if len(negatives) >= _FEW:
        allowed = float(np.quantile(negatives, 1.0 - FALSE_ANSWERS))
        # without questions that have an answer the precision is the general model's to keep
        sure = max(sure, min(allowed, _SUREST)) if model is start else allowed
    if model is start:
        return Confidence(model.weights, model.intercept, min(sure, 0.999), model.nothing)
    positives = values[answerable]
    order = np.argsort(-positives)
    share = np.cumsum(right[answerable][order]) / np.arange(1, len(order) + 1)
    precise = np.flatnonzero(share >= RIGHT)
    sure = max(sure, float(positives[order[precise[-1]]]) if len(precise) else 0.95)
    nothing = min(float(np.quantile(positives[right[answerable]], DENIED)), sure) if right.any() else model.nothing
    return Confidence(model.weights, model.intercept, min(sure, 0.999), nothing)


def _maximum_a_posteriori(examples: Examples, start: Confidence) -> Confidence:
    """Newton's method on the logistic loss with a Gaussian prior around `start`."""
    spread = np.array([_GENERAL[name][1] for name in SIGNALS])
    mean = np.array([_GENERAL[name][0] for name in SIGNALS])
    rows = np.column_stack(((examples.signals - mean) / spread, np.ones(len(examples.signals))))
    prior = np.append(start.weights * spread, _INTERCEPT)
    weights = prior.copy()
    right = examples.right.astype(np.float64)
    hold = np.diag(np.append(np.full(len(SIGNALS), _HOLD), _HOLD / 4))

    def loss(at: Floats) -> float:
        logits = rows @ at
        return float(np.logaddexp(0.0, logits).sum() - right @ logits + (at - prior) @ hold @ (at - prior) / 2)

    least = loss(weights)
    for _ in range(30):
        values = _logistic(rows @ weights)
        gradient = rows.T @ (values - right) + hold @ (weights - prior)
        curvature = (rows * (values * (1.0 - values))[:, None]).T @ rows + hold
        step = np.linalg.solve(curvature, gradient)
        # a full step may overshoot where the logistic is flat
        while (reached := loss(weights - step)) > least and float(np.abs(step).max()) > 1e-9:
            step = step / 2
        if reached >= least - 1e-9:
            break
        weights, least = weights - step, reached
    unit = weights[:-1] / spread
    return Confidence(unit, float(weights[-1] - mean @ unit), start.sure, start.nothing)


def _logistic(value: Floats | float) -> Floats:
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(value, -30.0, 30.0)))
    return result
