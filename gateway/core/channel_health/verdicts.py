"""What the facts about a channel, or a store, come to: one word, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from gateway.core.channel_health.traffic import Hour

Verdict = Literal["well", "slow", "trouble", "off"]
Reason = Literal[
    "not_set_up",  # it is off
    "half_set_up",  # something it needs is not set
    "left_alone",  # nothing got through, in any process; it is tried again after a pause
    "partly_left_alone",  # in some
    "most_fail",
    "some_fail",
    "waits_very_long",
    "waits_long",
    "quota_used_up",
    "quota_low",
    "no_answer",  # a store
    "answers_slowly",
]

ENOUGH = 5  # messages that did not get through in an hour; fewer say nothing
MOST, SOME = 0.5, 0.1  # of what was tried
LONG, VERY_LONG = 60.0, 600.0  # seconds that the oldest message waits
LOW = 0.05  # of the day's quota
SLOW = 0.5  # seconds a store takes for the smallest question


@dataclass(frozen=True, slots=True)
class Facts:
    """processes: at work; left_alone: those of them in which nothing gets through. oldest: seconds that the oldest
    message has been waiting. quota: the share of the day's quota that is left, where it is known."""

    configured: bool = True
    missing: bool = False
    processes: int = 1
    left_alone: int = 0
    oldest: float = 0.0
    hour: Hour = field(default_factory=Hour)
    quota: float | None = None


def of_channel(facts: Facts) -> tuple[Verdict, tuple[Reason, ...]]:
    """The worst that is true of it, and everything that is as bad."""
    if not facts.configured:
        return "off", ("not_set_up",)
    trouble: list[Reason] = []
    slow: list[Reason] = []
    if facts.left_alone and facts.left_alone >= facts.processes:
        trouble.append("left_alone")
    elif facts.left_alone:
        slow.append("partly_left_alone")
    lost = facts.hour.failed + facts.hour.uncertain + facts.hour.delayed
    if lost >= ENOUGH:
        share = lost / (lost + facts.hour.sent)
        if share >= MOST:
            trouble.append("most_fail")
        elif share >= SOME:
            slow.append("some_fail")
    if facts.oldest >= VERY_LONG:
        trouble.append("waits_very_long")
    elif facts.oldest >= LONG:
        slow.append("waits_long")
    if facts.quota is not None and facts.quota <= 0:
        trouble.append("quota_used_up")
    elif facts.quota is not None and facts.quota < LOW:
        slow.append("quota_low")
    if facts.missing:
        slow.append("half_set_up")
    if trouble:
        return "trouble", tuple(trouble)
    return ("slow", tuple(slow)) if slow else ("well", ())


def of_store(answers: bool, took: float) -> tuple[Verdict, tuple[Reason, ...]]:
    """took: seconds, for the smallest question."""
    if not answers:
        return "trouble", ("no_answer",)
    return ("slow", ("answers_slowly",)) if took >= SLOW else ("well", ())
