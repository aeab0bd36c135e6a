"""What an attempt to deliver a message leads to: pure. A message moves forward only; a doubt is never called sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.contract import ChannelError, PermanentChannelError, Receipt, Report, TemporaryChannelError
from gateway.core.model import Delivery, Tried, milliseconds

Chance = Callable[[], float]
_RANK = {"queued": 0, "sending": 0, "uncertain": 0, "sent": 1, "delivered": 2, "read": 3}
_CODE = 64
_MEANING = 300


@dataclass(frozen=True, slots=True)
class Policy:
    """Times in seconds. lease: how long a claim holds; longer than any call to a platform. first_retry: before the
    second attempt, doubled each time up to longest_retry. attempts: of one message, in all. doubt_after: what a
    platform may take to say what became of a message it did not answer for. doubts: attempts of unknown outcome after
    which it is not sent again. patience: after which a message that waits is given up. longest_away: up to which the
    pause grows between attempts at a phone that is off, or the like; those only patience ends."""

    lease: float = 30.0
    attempts: int = 10
    first_retry: float = 2.0
    longest_retry: float = 600.0
    longest_away: float = 7200.0
    doubt_after: float = 10.0
    doubts: int = 2
    patience: float = 2 * 86400.0


def backoff(attempts: int, first: float, longest: float, chance: Chance) -> float:
    """Seconds before the next attempt: doubled each time, and between a half and all of it, so that what failed
    together does not come back together. chance: 0 to 1."""
    whole = min(longest, first * 2.0 ** max(0, min(attempts, 40) - 1))
    return whole * (0.5 + 0.5 * chance())


def in_(seconds: float, now: datetime) -> int:
    return milliseconds(now + timedelta(seconds=seconds))


def claimed(delivery: Delivery, holder: str, policy: Policy, now: datetime) -> Delivery:
    return delivery.model_copy(
        update={
            "state": "sending",
            "due": in_(policy.lease, now),
            "attempts": delivery.attempts + 1,
            "holder": holder,
            "at": now,
        }
    )


def sent(delivery: Delivery, receipt: Receipt, now: datetime, *, spent: int | None) -> Delivery:
    """spent: messages of the platform's budget used up to and with this one; None where it cannot tell."""
    return _ended(settled(delivery), "sent", now).model_copy(update={"via": receipt.via, "spent": spent})


def not_now(delivery: Delivery, due: int, now: datetime) -> Delivery:
    """Back to the outbox, as if it had not been claimed: nobody was asked."""
    return settled(delivery).model_copy(
        update={"state": "queued", "due": due, "attempts": max(0, delivery.attempts - 1), "holder": None, "at": now}
    )


def later(
    delivery: Delivery, error: ChannelError, policy: Policy, now: datetime, *, since: datetime, chance: Chance
) -> Delivery:
    """A refusal that may pass. since: when the message was said."""
    if _counted(delivery) >= policy.attempts or _waited_too_long(delivery, policy, now, since):
        return failed(delivery, error, now)
    wait = backoff(_counted(delivery), policy.first_retry, policy.longest_retry, chance)
    if isinstance(error, TemporaryChannelError) and error.retry_after is not None:
        wait = max(wait, error.retry_after)
    return _put_off(delivery, error, wait, now)


def bounced(
    delivery: Delivery, error: TemporaryChannelError, policy: Policy, now: datetime, *, since: datetime, chance: Chance
) -> Delivery:
    """The platform took it and could not bring it to the citizen, for a reason that may pass: their phone is off. That
    can last a night, so it is tried ever more seldom, and as long as patience lasts. since: when it was said."""
    count = (delivery.bounces or 0) + 1
    delivery = delivery.model_copy(update={"bounces": count})
    if _waited_too_long(delivery, policy, now, since):
        return failed(delivery, error, now)
    first = max(policy.first_retry, error.retry_after or 0)
    return _put_off(delivery, error, max(first, backoff(count, first, policy.longest_away, chance)), now)


def _counted(delivery: Delivery) -> int:
    """Attempts among those that are limited."""
    return delivery.attempts - (delivery.bounces or 0)


def _waited_too_long(delivery: Delivery, policy: Policy, now: datetime, since: datetime) -> bool:
    return (now - (delivery.retried_at or since)).total_seconds() > policy.patience


def _put_off(delivery: Delivery, error: ChannelError, wait: float, now: datetime) -> Delivery:
    return _because(settled(delivery), error).model_copy(
        update={"state": "queued", "due": in_(wait, now), "holder": None, "at": now}
    )


def doubtful(delivery: Delivery, error: ChannelError, policy: Policy, now: datetime) -> Delivery:
    """The request left, or may have, and nobody knows whether it arrived. Looked into after a while."""
    doubts = (settled(delivery).doubts or 0) + 1  # of one attempt only one
    final = doubts > policy.doubts or _counted(delivery) >= policy.attempts
    return _because(delivery, error).model_copy(
        update={
            "state": "uncertain",
            "doubts": doubts,
            "due": None if final else in_(policy.doubt_after, now),
            "holder": None,
            "at": now,
        }
    )


def settled(delivery: Delivery) -> Delivery:
    """What became of the attempt in doubt is known now. Of those before it nothing is: they may have arrived, too."""
    if delivery.state != "uncertain":
        return delivery
    return delivery.model_copy(update={"doubts": (delivery.doubts or 1) - 1 or None})


def again(delivery: Delivery, now: datetime) -> Delivery:
    """In doubt, and the platform knows of nothing or cannot be asked: it is sent once more, which may be twice."""
    return delivery.model_copy(update={"state": "queued", "due": milliseconds(now), "at": now})


def failed(delivery: Delivery, error: ChannelError, now: datetime) -> Delivery:
    """For good, unless an operator tries again. With doubts it stays uncertain: the citizen may have it."""
    known = settled(delivery)
    return _because(_ended(known, "uncertain" if known.doubts else "failed", now), error)


def rerouted(delivery: Delivery, error: ChannelError, now: datetime, *, before: str, to: str, channel: str) -> Delivery:
    """To another identity of the same person, because the one `before` cannot be reached."""
    tried = Tried(to=before, at=now, code=error.code[:_CODE], meaning=str(error)[:_MEANING])
    return settled(delivery).model_copy(
        update={
            "state": "queued",
            "due": milliseconds(now),
            "at": now,
            "to": to,
            "channel": channel,
            "attempts": 0,
            "bounces": None,
            "holder": None,
            "tried": (*(delivery.tried or ()), tried),
        }
    )


def reported(
    delivery: Delivery,
    provider_id: str | None,
    report: Report,
    policy: Policy,
    now: datetime,
    *,
    since: datetime,
    chance: Chance,
) -> Delivery | None:
    """What a platform's later word changes; None when it is old news. provider_id: as known so far. since: when the
    message was said."""
    if report.state == "failed":
        # of two copies of one message (see `again`) the failure of one says nothing of the other
        overtaken = delivery.state in ("delivered", "read", "failed", "dropped", "queued")
        if overtaken or (provider_id is not None and provider_id != report.provider_id):
            return None
        meaning, code = report.meaning or "the platform could not deliver it", report.code or "undelivered"
        if report.temporary:
            refused = TemporaryChannelError(meaning, code=code, retry_after=report.retry_after)
            return bounced(delivery, refused, policy, now, since=since, chance=chance)
        return failed(delivery, PermanentChannelError(meaning, code=code), now)
    if delivery.state in ("failed", "dropped") or _RANK[report.state] <= _RANK[delivery.state]:
        return None
    return _ended(settled(delivery), report.state, now).model_copy(update={"via": delivery.via or "api"})


def retried(delivery: Delivery, now: datetime) -> Delivery:
    """An operator has it tried again, from the beginning."""
    return delivery.model_copy(
        update={
            "state": "queued",
            "due": milliseconds(now),
            "attempts": 0,
            "bounces": None,
            "retried_at": now,
            "at": now,
        }
    )


def dropped(delivery: Delivery, reason: str, now: datetime) -> Delivery:
    """An operator lets it go."""
    return delivery.model_copy(
        update={"state": "dropped", "due": None, "at": now, "code": "dropped", "meaning": reason[:_MEANING]}
    )


def _ended(delivery: Delivery, state: str, now: datetime) -> Delivery:
    return delivery.model_copy(
        update={
            "state": state,
            "due": None,
            "at": now,
            "holder": None,
            "code": "",
            "meaning": None,
            "documentation": None,
        }
    )


def _because(delivery: Delivery, error: ChannelError) -> Delivery:
    return delivery.model_copy(
        update={
            "code": (error.code or type(error).__name__)[:_CODE],
            "meaning": str(error)[:_MEANING],
            "documentation": error.documentation or None,
        }
    )
