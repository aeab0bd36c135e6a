"""Which sends go wrong, and how: a plan that follows from its seed alone."""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Kind = Literal["answer", "drop", "http", "code", "accepted_drop", "accepted_hang"]

_NAME = re.compile(r"drop|accepted_drop|accepted_hang|http:[45]\d\d|code:-?\d{1,6}")
_LONGEST = 300.0  # seconds

# What a `rate` alone means. Quotas (45009, 45011) stop a whole account for minutes and are asked for by name.
WECHAT_MIX: Mapping[str, float] = {
    "http:503": 0.2,
    "code:-1": 0.2,
    "drop": 0.2,
    "accepted_drop": 0.3,
    "accepted_hang": 0.1,
}
TWILIO_MIX: Mapping[str, float] = {
    "http:500": 0.1,
    "http:503": 0.1,
    "code:20429": 0.2,
    "drop": 0.2,
    "accepted_drop": 0.3,
    "accepted_hang": 0.1,
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Uniform(_Frozen):
    """Anything between low and high, in seconds; equal ones make a fixed delay."""

    low: float = Field(ge=0, le=_LONGEST)
    high: float = Field(ge=0, le=_LONGEST)

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


class Lognormal(_Frozen):
    """Mostly about the median (seconds), now and then far longer. sigma: with 0.5, one in a hundred is above 3.2 times
    the median."""

    median: float = Field(gt=0, le=_LONGEST)
    sigma: float = Field(0.5, ge=0, le=3)


class FaultSettings(_Frozen):
    """The faults of one platform.

    rate: share of sends that go wrong. mix: how, as weights; the platform's own when absent. Its names: `drop` (the
    connection ends before acceptance), `http:503` and `code:20429` (refused with that status or that code of the
    platform), `accepted_drop` and `accepted_hang` (accepted, and the answer never arrives). delay: between acceptance
    and answer, of all sends. hang: seconds that `accepted_hang` holds the connection. everything: not sends alone but
    every call of the platform's interface.
    """

    rate: float = Field(0.0, ge=0, le=1)
    mix: dict[str, float] | None = None
    delay: Uniform | Lognormal | None = None
    hang: float = Field(30.0, ge=0, le=_LONGEST)
    seed: int = 1
    everything: bool = False

    @field_validator("mix")
    @classmethod
    def _known(cls, mix: dict[str, float] | None) -> dict[str, float] | None:
        if mix is None:
            return None
        for name, weight in mix.items():
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name} is no fault")
            if not (math.isfinite(weight) and weight > 0):
                raise ValueError(f"the weight of {name} is not above 0")
        if not mix:
            raise ValueError("an empty mix")
        return mix


class Outcome(NamedTuple):
    """How one call is treated. number: the status of `http`, the platform's code of `code`. delay, hang: seconds."""

    kind: Kind = "answer"
    number: int = 0
    delay: float = 0.0
    hang: float = 0.0


class FaultPlan:
    """A sequence of outcomes, the same for the same settings."""

    def __init__(self, settings: FaultSettings, mix: Mapping[str, float]) -> None:
        self.settings = settings
        self._random = random.Random(settings.seed)  # noqa: S311  repeated on purpose
        # Its own, so that a delay does not change which sends go wrong.
        self._delays = random.Random(settings.seed)  # noqa: S311
        chosen = settings.mix or mix
        self._outcomes = [self._outcome(name) for name in chosen]
        self._weights = list(itertools.accumulate(chosen.values()))
        self._quiet = settings.rate == 0 and settings.delay is None

    def next(self) -> Outcome:
        """How the next call is treated."""
        if self._quiet:
            return _WELL
        wrong = self._random.random() < self.settings.rate
        outcome = self._random.choices(self._outcomes, cum_weights=self._weights)[0] if wrong else _WELL
        return outcome._replace(delay=self._delay())

    def _outcome(self, name: str) -> Outcome:
        kind, _, number = name.partition(":")
        return Outcome(kind, int(number or 0), 0.0, self.settings.hang)  # type: ignore[arg-type]

    def _delay(self) -> float:
        match self.settings.delay:
            case Uniform(low=low, high=high):
                return self._delays.uniform(low, high)
            case Lognormal(median=median, sigma=sigma):
                return min(self._delays.lognormvariate(math.log(median), sigma), _LONGEST)
            case _:
                return 0.0


_WELL = Outcome()
