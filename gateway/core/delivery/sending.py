"""One conversation's next message on its way to the platform: permitted, claimed, written, sent, and what came of it.

Messages that wait together may travel as one. A refusal leads to a later attempt, another identity of the same person,
a doubt or the end, as `rules` say.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from channels.contract import (
    Address,
    Channel,
    ChannelError,
    OutboundMessage,
    Part,
    PermanentChannelError,
    Receipt,
    TemporaryChannelError,
    UncertainChannelError,
    Unreachable,
)
from gateway.core.conversations import Conversations
from gateway.core.delivery import budget, rules
from gateway.core.delivery.breaker import Breaker
from gateway.core.delivery.budget import Spent
from gateway.core.delivery.claims import Claims, delivery_of
from gateway.core.delivery.rules import Policy
from gateway.core.delivery.writing import Rendering, Writing
from gateway.core.model import Conversation, Delivery, Identity, Message, milliseconds
from gateway.core.ports import Limits, Store, StoreUnavailable

log = logging.getLogger("hotline.delivery")

_RESENT = 5  # messages remembered: as many as the largest budget


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many messages in so many seconds, in all processes together."""

    messages: int
    per_seconds: float


# told of a channel, an outcome, how many messages had it, and why they did not get through
Heard = Callable[[str, str, int, ChannelError | None], None]


@dataclass(slots=True)
class Counts:
    """What this process did since it started; shown by /metrics. heard: told of each as it comes."""

    outcomes: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    heard: Heard = lambda *_: None

    def add(self, channel: str, outcome: str, by: int = 1, error: ChannelError | None = None) -> None:
        self.outcomes[channel, outcome] += by
        self.heard(channel, outcome, by, error)


@dataclass(slots=True)
class Line:
    """A channel as the courier sees it. busy: conversations in hand."""

    name: str
    channel: Channel
    limit: Limit | None
    breaker: Breaker = field(default_factory=Breaker)
    busy: set[str] = field(default_factory=set)
    held_until: float = 0.0  # loop time before which the limit lets nothing pass
    peers: tuple[str, ...] = ()  # who else is at work here, this process among them; empty when that is not known


class Sending:
    """lines: of every channel there is, by its name."""

    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        lines: Mapping[str, Line],
        limits: Limits,
        now: Callable[[], datetime],
        *,
        claims: Claims,
        rendering: Rendering,
        writing: Writing,
        policy: Policy,
        chance: Callable[[], float],
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._lines = lines
        self._limits = limits
        self._now = now
        self._claims = claims
        self._rendering = rendering
        self._writing = writing
        self._policy = policy
        self._chance = chance
        self.counts = Counts()

    async def deliver(self, line: Line, conversation: Conversation, messages: Sequence[Message]) -> int:
        """Send the first of them, with those that travel with it; how many got through."""
        wait = await self._permit(line)
        if wait > 0:
            line.held_until = asyncio.get_running_loop().time() + wait
            return 0
        target = await self._writing.target(conversation, messages[0])
        if line.channel.capabilities.merges:
            target = await self._remembered(target, messages[0])
        group, parts = self._together(line, messages)
        group = await self._claims.claim(group)
        if not group:
            return 0
        if len(group) < len(messages) and line.channel.capabilities.merges:
            parts = self._parts(line, group)
        try:
            spent = await self._spent(line, target, group[0])
            outbound = await self._writing.outbound(
                line.channel, conversation, group[0], parts, target=target, spent=spent.total if spent else 0
            )
            receipt = await self._send(line, outbound, group[0])
        except ChannelError as error:
            return await self._refused(line, conversation, group, error)
        except StoreUnavailable as error:
            # it was needed before the platform was asked
            await self._refused(line, conversation, group, TemporaryChannelError(str(error), code="store_unavailable"))
            raise
        except Exception as error:
            log.exception("a channel failed", extra={"channel": line.name, "message_id": group[0].id})
            unknown = UncertainChannelError(f"{type(error).__name__} in our own code", code="defect")
            return await self._refused(line, conversation, group, unknown)
        line.breaker.succeeded()
        self.counts.add(line.name, "sent", len(group))
        forwarded = target.id != conversation.id
        used = _used(spent, receipt, len(group), forwarded=forwarded)
        await asyncio.gather(
            *(self._record_sent(message, receipt, count) for message, count in zip(group, used, strict=True))
        )
        if spent is not None and forwarded:
            # its outcome is told to those who look at the conversation it is from
            self._conversations.tell("allowance", {"conversation_id": target.id})
        return len(group)

    async def _send(self, line: Line, outbound: OutboundMessage, claimed: Message) -> Receipt:
        """Ask the platform while the claim holds. When it ends others look into what became of the message, and what
        reached the platform only afterwards would be there twice without a word."""
        left = ((delivery_of(claimed).due or 0) - milliseconds(self._now())) / 1000
        if left < self._policy.lease / 2:
            raise TemporaryChannelError("too late: half of its claim had passed before it could leave", code="late")
        try:
            async with asyncio.timeout(left * 0.9):
                return await line.channel.send(outbound)
        except TimeoutError as error:
            raise UncertainChannelError("no answer while the claim held", code="no_answer") from error

    async def _permit(self, line: Line) -> float:
        if line.limit is None:
            return 0.0
        return await self._limits.allow(f"delivery:{line.name}", line.limit.messages, line.limit.per_seconds)

    def _together(self, line: Line, messages: Sequence[Message]) -> tuple[Sequence[Message], tuple[Part, ...]]:
        """The messages that travel as one, and what they then say."""
        if not line.channel.capabilities.merges:
            return messages[:1], messages[0].parts
        target = delivery_of(messages[0]).to
        alike = []
        for message in messages:
            if delivery_of(message).to != target:
                break
            alike.append(message)
        parts, count = self._rendering.together([message.parts for message in alike], line.channel.capabilities)
        return (messages[:count], tuple(parts)) if count else (messages[:1], messages[0].parts)

    def _parts(self, line: Line, group: Sequence[Message]) -> tuple[Part, ...]:
        parts, count = self._rendering.together([message.parts for message in group], line.channel.capabilities)
        return tuple(parts) if count == len(group) else group[0].parts

    async def _spent(self, line: Line, target: Conversation, message: Message) -> Spent | None:
        """What is used of the platform's budget before this one; None where it uses nothing of it."""
        if not line.channel.capabilities.merges:
            return None
        delivery = delivery_of(message)
        in_order = message.conversation_id == target.id and delivery.retried_at is None
        return await budget.spent(self._store, target, delivery.after if in_order else target.last_out)

    async def _remembered(self, target: Conversation, message: Message) -> Conversation:
        """Remember what is sent outside the order of the conversation it arrives in, before it is: what is said there
        from now on does not follow it and could not know of it."""
        if message.conversation_id == target.id:
            known = {target.last_out, *target.resent}
            if delivery_of(message).retried_at is None or message.id in known:
                return target

            def remembered(one: Conversation) -> tuple[Conversation, tuple[()]]:
                return one.model_copy(update={"resent": (*one.resent, message.id)[-_RESENT:]}), ()
        else:
            if message.id in target.forwarded:
                return target
            past = set(target.forwarded) - {one.id for one in await budget.forwarded(self._store, target)}

            def remembered(one: Conversation) -> tuple[Conversation, tuple[()]]:
                kept = [id for id in one.forwarded if id not in past and id != message.id]
                return one.model_copy(update={"forwarded": (*kept, message.id)}), ()

        return await self._conversations.change(Address.of(target.identity), remembered)

    # -- what came of it ----------------------------------------------------------------------------------------------

    async def _record_sent(self, message: Message, receipt: Receipt, spent: int | None) -> None:
        await self._claims.record(
            message,
            lambda delivery: rules.sent(delivery, receipt, self._now(), spent=spent),
            provider_id=receipt.provider_id,
        )

    async def _refused(
        self, line: Line, conversation: Conversation, group: Sequence[Message], error: ChannelError
    ) -> int:
        """Write down why they did not get through; how many are through nevertheless, because they failed for good."""
        final = isinstance(error, PermanentChannelError)
        loop = asyncio.get_running_loop().time()
        if final:
            line.breaker.succeeded()  # the platform answers
        elif line.breaker.failed(loop):
            log.warning(
                "a platform does not take messages; waiting",
                extra={
                    "channel": line.name,
                    "code": error.code,
                    "cause": str(error),
                    "seconds": line.breaker.wait(loop),
                },
            )
        if isinstance(error, TemporaryChannelError) and error.retry_after and error.account:
            line.breaker.hold(loop + error.retry_after)
        elsewhere = await self._elsewhere(conversation, group[0]) if isinstance(error, Unreachable) else None
        kind = "failed" if final else "uncertain" if isinstance(error, UncertainChannelError) else "delayed"
        self.counts.add(line.name, "rerouted" if elsewhere else kind, len(group), error)
        log.log(
            logging.WARNING if final and not elsewhere else logging.INFO,
            "a message did not get through",
            extra={
                "channel": line.name,
                "message_id": group[0].id,
                "code": error.code,
                "cause": str(error),
                "outcome": "rerouted" if elsewhere else kind,
                "request_id": group[0].request_id,
            },
        )
        await asyncio.gather(
            *(self._claims.record(message, self._after(message, error, elsewhere)) for message in group)
        )
        return len(group) if final and elsewhere is None else 0

    def _after(
        self, message: Message, error: ChannelError, elsewhere: Identity | None
    ) -> Callable[[Delivery], Delivery]:
        now = self._now()
        if elsewhere is not None:
            return lambda delivery: rules.rerouted(
                delivery,
                error,
                now,
                before=delivery.to or message.identity,
                to=elsewhere.id,
                channel=elsewhere.channel,
            )
        if isinstance(error, UncertainChannelError):
            return lambda delivery: rules.doubtful(delivery, error, self._policy, now)
        if isinstance(error, PermanentChannelError):
            return lambda delivery: rules.failed(delivery, error, now)
        if isinstance(error, TemporaryChannelError) and error.account and error.retry_after:
            due = rules.in_(error.retry_after, now)
            return lambda delivery: rules.not_now(delivery, due, now)
        return lambda delivery: rules.later(
            delivery, error, self._policy, now, since=message.accepted_at, chance=self._chance
        )

    async def _elsewhere(self, conversation: Conversation, message: Message) -> Identity | None:
        """Another proved identity of the same person that may be reached."""
        delivery = delivery_of(message)
        used = {message.identity, delivery.to, *(tried.to for tried in delivery.tried or ())}
        where = {"contact_id": conversation.contact_id, "verified": True}
        for document in await self._store.find("identities", where, limit=20):
            identity = Identity.of(document)
            if identity.id in used or identity.channel not in self._lines:
                continue
            other = await self._conversations.get(identity.conversation_id)
            if other is not None and other.opted_out_at is None:
                return identity
        return None


def _used(before: Spent | None, receipt: Receipt, count: int, *, forwarded: bool) -> Sequence[int | None]:
    """What each of so many messages that travelled as one knows to have been used."""
    if before is None:
        return [None] * count
    one = int(receipt.via == "api")
    return [one, *[0] * (count - 1)] if forwarded else [before.own + one] * count
