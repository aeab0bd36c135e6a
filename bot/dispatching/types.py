"""What goes into the classifier and what comes out of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

# duty: one thing a unit is responsible for. knowledge: a question that a unit's entry answers. ticket: a citizen's text
# and the unit that dealt with it. correction: the same, where a person chose another unit than the one suggested.
Source = Literal["duty", "knowledge", "ticket", "correction"]


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the unit it is for. weight: how many plain examples it counts for, above 0; else `ValueError`."""

    text: str
    label: str
    weight: float = 1.0
    source: Source = "ticket"

    def __post_init__(self) -> None:
        if not (self.weight > 0 and math.isfinite(self.weight)):
            raise ValueError(f"an example counts for something, not for {self.weight}")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit a text may be for. confidence: the estimated probability, 0 to 1, that it is. Those of all units add up to
    a little less than 1; the rest stands for none of them."""

    label: str
    confidence: float


class Unreadable(Exception):
    """These bytes are no model, a damaged one, or one of another format; the message says which."""
