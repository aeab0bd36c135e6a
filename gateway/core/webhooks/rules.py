"""What an attempt to tell a webhook leads to: pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.core.model import milliseconds
from gateway.core.webhooks.model import WebhookDelivery

Chance = Callable[[], float]
GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other system said. retry_after: seconds it asks us to wait."""

    status: int
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


class NoAnswer(Exception):
    """Nobody knows whether it arrived. code: short and stable, for the log."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Policy:
    """Times in seconds. lease: how long a claim holds; longer than any attempt. first_retry: before the second attempt,
    doubled each time up to longest_retry. patience: after which no further attempt is made. grace: how long a secret
    still signs after it was replaced. keep: how long the log is kept."""

    lease: float = 30.0
    first_retry: float = 5.0
    longest_retry: float = 3600.0
    patience: float = 86400.0
    grace: float = 86400.0
    keep: float = 30 * 86400.0


def claimed(delivery: WebhookDelivery, policy: Policy, now: datetime) -> WebhookDelivery:
    return _with(
        delivery, state="sending", due=_in(policy.lease, now), attempts=delivery.attempts + 1, tried_at=now, error=""
    )


def answered(
    delivery: WebhookDelivery, answer: Answer, policy: Policy, now: datetime, *, chance: Chance
) -> WebhookDelivery:
    """2xx: it is through. 410: nobody wants it any more. All else may pass, a redirect too, which is never followed."""
    heard = _with(delivery, status=answer.status)
    if answer.taken:
        return _with(heard, state="delivered", due=milliseconds(now))
    if answer.status == GONE:
        return failed(heard, "gone", now)
    return later(heard, "status", policy, now, chance=chance, at_least=answer.retry_after or 0.0)


def unanswered(
    delivery: WebhookDelivery, error: NoAnswer, policy: Policy, now: datetime, *, chance: Chance
) -> WebhookDelivery:
    return later(_with(delivery, status=None), error.code, policy, now, chance=chance)


def later(
    delivery: WebhookDelivery, error: str, policy: Policy, now: datetime, *, chance: Chance, at_least: float = 0.0
) -> WebhookDelivery:
    """Again after a pause, between a half and all of what doubling gives, so that what failed together does not come
    back together; or failed, when that would be too late. chance: 0 to 1."""
    doubled = min(policy.longest_retry, policy.first_retry * 2.0 ** max(0, min(delivery.attempts, 40) - 1))
    pause = max(doubled * (0.5 + 0.5 * chance()), min(at_least, policy.longest_retry))
    due = _in(pause, now)
    if due > delivery.since + policy.patience * 1000:
        return failed(delivery, error, now)
    return _with(delivery, state="pending", due=due, error=error)


def failed(delivery: WebhookDelivery, error: str, now: datetime) -> WebhookDelivery:
    """For good, unless an operator sends it again."""
    return _with(delivery, state="failed", due=milliseconds(now), error=error)


def again(delivery: WebhookDelivery, now: datetime) -> WebhookDelivery:
    """An operator has it sent again, from the beginning and under the same id."""
    return _with(delivery, state="pending", due=milliseconds(now), since=milliseconds(now), attempts=0)


def _in(seconds: float, now: datetime) -> int:
    return milliseconds(now + timedelta(seconds=seconds))


def _with(delivery: WebhookDelivery, **changes: Any) -> WebhookDelivery:
    return delivery.model_copy(update=changes)
