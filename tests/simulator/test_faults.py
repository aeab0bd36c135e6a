"""The fault plan follows from its seed, and its shares are those asked for."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError

from simulator.faults import TWILIO_MIX, WECHAT_MIX, FaultPlan, FaultSettings


def _plan(**settings: Any) -> FaultPlan:
    return FaultPlan(FaultSettings.model_validate(settings), WECHAT_MIX)


def test_the_same_seed_makes_the_same_faults() -> None:
    one, same, other = (_plan(rate=0.5, seed=seed) for seed in (3, 3, 4))
    outcomes = [one.next() for _ in range(200)]
    assert outcomes == [same.next() for _ in range(200)]
    assert outcomes != [other.next() for _ in range(200)]


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 1.0])
def test_the_rate_is_the_share_that_goes_wrong(rate: float) -> None:
    plan = _plan(rate=rate)
    wrong = sum(plan.next().kind != "answer" for _ in range(20_000))
    assert wrong / 20_000 == pytest.approx(rate, abs=0.01)


@pytest.mark.parametrize("mix", [WECHAT_MIX, TWILIO_MIX])
def test_the_default_mix_refuses_drops_and_accepts_without_an_answer(mix: dict[str, float]) -> None:
    plan = FaultPlan(FaultSettings(rate=1.0), mix)
    outcomes = [plan.next() for _ in range(20_000)]
    shares = Counter(f"{one.kind}:{one.number}" if one.number else one.kind for one in outcomes)
    assert {name: count / 20_000 for name, count in shares.items()} == pytest.approx(dict(mix), abs=0.015)


def test_a_delay_does_not_change_which_sends_go_wrong() -> None:
    plain, delayed = _plan(rate=0.3), _plan(rate=0.3, delay={"low": 0.1, "high": 0.1})
    first, second = [plain.next() for _ in range(500)], [delayed.next() for _ in range(500)]
    assert [(one.kind, one.number) for one in first] == [(one.kind, one.number) for one in second]
    assert {one.delay for one in second} == {0.1}
    assert {one.delay for one in first} == {0.0}


def test_delays_are_spread_as_asked() -> None:
    uniform = _plan(delay={"low": 0.1, "high": 0.3})
    values = [uniform.next().delay for _ in range(5000)]
    assert 0.1 <= min(values) < max(values) <= 0.3
    lognormal = _plan(delay={"median": 0.05, "sigma": 1.0})
    values = sorted(lognormal.next().delay for _ in range(5000))
    assert values[2500] == pytest.approx(0.05, rel=0.1)
    assert values[-50] > 0.3


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 1.1},
        {"mix": {"explode": 1}},
        {"mix": {"http:200": 1}},
        {"mix": {"drop": 0}},
        {"mix": {}},
        {"delay": {"low": 2, "high": 1}},
        {"delay": {"median": 0}},
        {"unknown": 1},
    ],
)
def test_what_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FaultSettings.model_validate(wrong)
