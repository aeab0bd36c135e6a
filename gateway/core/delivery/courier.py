"""Takes messages from the outbox to the platforms.

A message is claimed by replacing its document under its version, with a lease; then it is sent; then what came of it is
written down. Any number of processes may do this at once. Within a conversation a message is taken up only when the one
before it (`delivery.after`) is through, so that order holds without a lock. A claim whose holder died ends by itself;
what then became of the message is doubtful, and is looked into.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from channels.contract import (
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
from gateway.core.delivery import rules
from gateway.core.delivery.breaker import Breaker
from gateway.core.delivery.doubts import Doubts
from gateway.core.delivery.links import Links
from gateway.core.delivery.rules import Policy
from gateway.core.delivery.writing import Rendering, Writing
from gateway.core.model import Conversation, Delivery, Document, Identity, Message, milliseconds
from gateway.core.ports import Limits, Presence, Store, StoreUnavailable

log = logging.getLogger("hotline.delivery")

IN_HAND = 96  # conversations being served at once, a channel
PAGE = 64
PEERS_EVERY = 2.0  # seconds
MOST_PAGES = 4  # looked at for something that falls to this process
MOST_PEERS = 4  # how much further than its own share a process looks, at most
RECORD_WITHIN = 120.0  # seconds for writing down what became of a message, before it is left as doubtful
LOST_AFTER = timedelta(minutes=10)  # a message before this one that was never written is not waited for any longer


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many messages in so many seconds, in all processes together."""

    messages: int
    per_seconds: float


@dataclass(slots=True)
class Counts:
    """What this process did since it started; shown by /metrics."""

    outcomes: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, channel: str, outcome: str, by: int = 1) -> None:
        self.outcomes[channel, outcome] += by


@dataclass(slots=True)
class _Line:
    """A channel as the courier sees it. busy: conversations in hand."""

    name: str
    channel: Channel
    limit: Limit | None
    breaker: Breaker = field(default_factory=Breaker)
    busy: set[str] = field(default_factory=set)
    held_until: float = 0.0  # loop time before which the limit lets nothing pass
    peers: tuple[str, ...] = ()  # who else is at work here, this process among them; empty when that is not known


class Courier:
    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        channels: Mapping[str, Channel],
        limits: Limits,
        now: Callable[[], datetime],
        *,
        rendering: Rendering,
        links: Links,
        policy: Policy,
        rates: Mapping[str, Limit] | None = None,
        presence: Presence | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._limits = limits
        self._now = now
        self._rendering = rendering
        self._writing = Writing(store, conversations, rendering, links)
        self._policy = policy
        self._chance = chance
        self._lines = {name: _Line(name, channel, (rates or {}).get(name)) for name, channel in channels.items()}
        self._holder = secrets.token_hex(6)
        self._presence = presence
        self._look_again = 0.0  # loop time
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self.counts = Counts()
        self.doubts = Doubts(
            store,
            conversations,
            channels,
            now,
            writing=self._writing,
            policy=policy,
            found_out=lambda channel: self.counts.add(channel, "found"),
            moved=self.wake,
        )

    # -- rounds ---------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Something may be due."""
        self._wake.set()

    async def work(self, idle: float = 1.0) -> None:
        """Take up what is due; returns when there is nothing more to take up, after waiting up to `idle` seconds for
        something to do. Raises `StoreUnavailable`."""
        self._wake.clear()
        await self._look_round()
        taken = 0
        for line in self._lines.values():
            taken += await self._take_up(line)
        if not taken and not self._closing:
            try:
                async with asyncio.timeout(self._pause(idle)):
                    await self._wake.wait()
            except TimeoutError:
                pass

    def _pause(self, idle: float) -> float:
        loop = asyncio.get_running_loop().time()
        waits = [idle]
        waits += [line.held_until - loop for line in self._lines.values() if line.held_until > loop]
        return max(0.01, min(waits))

    async def drain(self, within: float = 15.0) -> None:
        """Take up nothing more, and let what is under way end."""
        self._closing = True
        self.wake()
        if self._presence is not None:
            with contextlib.suppress(StoreUnavailable):
                for line in self._lines.values():
                    await self._presence.leave(f"delivery:{line.name}", self._holder)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within)

    @property
    def under_way(self) -> int:
        return sum(len(line.busy) for line in self._lines.values())

    async def _take_up(self, line: _Line) -> int:
        """Begin with the conversations that have something due, as far as there is room; how many."""
        loop = asyncio.get_running_loop().time()
        room = IN_HAND - len(line.busy)
        if self._closing or room <= 0 or line.held_until > loop or line.breaker.wait(loop):
            return 0
        now = self._now()
        limit = min(PAGE + len(line.busy), 2 * PAGE) * max(1, min(len(line.peers), MOST_PEERS))
        ready: list[list[Message]] = []
        since = 0
        for _ in range(MOST_PAGES):
            due = {"$gte": since, "$lte": milliseconds(now)}
            where = {"delivery.state": "queued", "delivery.channel": line.name, "delivery.due": due}
            page = await self._store.find("messages", where, sort=[("delivery.due", 1)], limit=limit)
            threads: defaultdict[str, list[Message]] = defaultdict(list)
            for message in map(Message.of, page):
                thread = message.conversation_id or ""
                if thread and thread not in line.busy and self._falls_to_us(line, thread):
                    threads[thread].append(message)
            ready, blocked = await self._ready(list(threads.values()), now)
            if blocked and len(page) == limit:
                # those that wait for others must not keep the rest from being seen
                await self._put_off(blocked, now)
            if ready or len(page) < limit or page[-1]["delivery"]["due"] == since:
                break
            since = page[-1]["delivery"]["due"]  # all of these fall to others, or are in hand
        if line.breaker.is_open:
            ready = ready[:1]
        if len(ready) > room:
            # other processes look at the same page
            ready = random.sample(ready, room)
        for messages in ready:
            self._begin(line, messages)
        return len(ready)

    def _falls_to_us(self, line: _Line, conversation_id: str) -> bool:
        """Each conversation falls to one of the processes at work, so that they seldom want the same."""
        peers = line.peers or (self._holder,)
        return peers[zlib.crc32(conversation_id.encode()) % len(peers)] == self._holder

    async def _look_round(self) -> None:
        """Who else is at work on each channel. Who does not get through there is not, so that others take over.
        Without Redis nobody knows; then all want the same, which is slow and right."""
        loop = asyncio.get_running_loop().time()
        if self._presence is None or loop < self._look_again:
            return
        self._look_again = loop + PEERS_EVERY
        for line in self._lines.values():
            try:
                if line.breaker.is_open:
                    await self._presence.leave(f"delivery:{line.name}", self._holder)
                    peers: Sequence[str] = ()
                else:
                    peers = await self._presence.among(f"delivery:{line.name}", self._holder)
            except StoreUnavailable:
                peers = ()
            line.peers = tuple(peers) if self._holder in peers else ()

    async def _ready(
        self, threads: Sequence[list[Message]], now: datetime
    ) -> tuple[list[list[Message]], list[tuple[Message, int]]]:
        """The threads that may go on, in order of their numbers, and messages that may not, with when to look again."""
        for messages in threads:
            messages.sort(key=lambda message: message.seq or 0)
        before = [delivery.after for messages in threads if (delivery := _delivery(messages[0])).after]
        earlier = {
            document["_id"]: document
            for document in await self._store.get_many("messages", [id for id in before if id])
        }
        ready, blocked = [], []
        for messages in threads:
            after = _delivery(messages[0]).after
            open_until = self._open_until(after, earlier, messages[0], now)
            if open_until is None:
                ready.append(_in_a_row(messages))
            else:
                blocked += [(message, open_until) for message in messages]
        return ready, blocked

    def _open_until(
        self, after: str | None, earlier: Mapping[str, Document], message: Message, now: datetime
    ) -> int | None:
        """When to look again at a message whose predecessor is not through; None when it is."""
        if after is None:
            return None
        soon = milliseconds(now) + 500
        if after not in earlier:
            if now - message.accepted_at > LOST_AFTER:
                log.error(
                    "a message waits for one that was never written; it goes ahead", extra={"message_id": message.id}
                )
                return None
            return soon
        delivery = Message.of(earlier[after]).delivery
        if delivery is None or not delivery.is_open:
            return None
        # while one is being sent, `due` only says when its claim ends
        return soon if delivery.state == "sending" else max(soon, delivery.due or 0)

    async def _put_off(self, blocked: Sequence[tuple[Message, int]], now: datetime) -> None:
        documents = [
            message.model_copy(update={"delivery": _delivery(message).model_copy(update={"due": due})}).document()
            for message, due in blocked
        ]
        await self._store.replace_many("messages", documents)

    def _begin(self, line: _Line, messages: list[Message]) -> None:
        conversation_id = messages[0].conversation_id or ""
        line.busy.add(conversation_id)
        line.breaker.trying()
        task = asyncio.get_running_loop().create_task(self._serve(line, conversation_id, messages))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- one conversation -----------------------------------------------------------------------------------------

    async def _serve(self, line: _Line, conversation_id: str, messages: list[Message]) -> None:
        """Deliver these, one after the other, until one does not get through."""
        try:
            while messages and not self._closing:
                conversation = await self._conversations.get(conversation_id)
                if conversation is None:
                    log.error("a message belongs to no conversation", extra={"message_id": messages[0].id})
                    return
                done = await self._deliver(line, conversation, messages)
                if not done:
                    return
                messages = messages[done:]
        except StoreUnavailable:
            pass  # what was claimed is found again when its lease has ended
        except Exception:
            log.exception("delivery failed", extra={"conversation_id": conversation_id})
        finally:
            line.busy.discard(conversation_id)
            self._wake.set()

    async def _deliver(self, line: _Line, conversation: Conversation, messages: Sequence[Message]) -> int:
        """Send the first of them, with those that travel with it; how many got through."""
        wait = await self._permit(line)
        if wait > 0:
            line.held_until = asyncio.get_running_loop().time() + wait
            return 0
        group, parts = self._together(line, messages)
        group = await self._claim(group)
        if not group:
            return 0
        if len(group) < len(messages) and line.channel.capabilities.merges:
            parts = self._parts(line, group)
        try:
            spent = await self._spent(conversation, group[0])
            outbound = await self._writing.outbound(line.channel, conversation, group[0], parts, spent=spent)
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
        used = spent + (receipt.via == "api")
        await asyncio.gather(*(self._record_sent(message, receipt, used) for message in group))
        return len(group)

    async def _send(self, line: _Line, outbound: OutboundMessage, claimed: Message) -> Receipt:
        """Ask the platform while the claim holds. When it ends others look into what became of the message, and what
        reached the platform only afterwards would be there twice without a word."""
        left = ((_delivery(claimed).due or 0) - milliseconds(self._now())) / 1000
        if left < self._policy.lease / 2:
            raise TemporaryChannelError("too late: half of its claim had passed before it could leave", code="late")
        try:
            async with asyncio.timeout(left * 0.9):
                return await line.channel.send(outbound)
        except TimeoutError as error:
            raise UncertainChannelError("no answer while the claim held", code="no_answer") from error

    async def _permit(self, line: _Line) -> float:
        if line.limit is None:
            return 0.0
        return await self._limits.allow(f"delivery:{line.name}", line.limit.messages, line.limit.per_seconds)

    def _together(self, line: _Line, messages: Sequence[Message]) -> tuple[Sequence[Message], tuple[Part, ...]]:
        """The messages that travel as one, and what they then say."""
        if not line.channel.capabilities.merges:
            return messages[:1], messages[0].parts
        target = _delivery(messages[0]).to
        alike = []
        for message in messages:
            if _delivery(message).to != target:
                break
            alike.append(message)
        parts, count = self._rendering.together([message.parts for message in alike], line.channel.capabilities)
        return (messages[:count], tuple(parts)) if count else (messages[:1], messages[0].parts)

    def _parts(self, line: _Line, group: Sequence[Message]) -> tuple[Part, ...]:
        parts, count = self._rendering.together([message.parts for message in group], line.channel.capabilities)
        return tuple(parts) if count == len(group) else group[0].parts

    async def _claim(self, group: Sequence[Message]) -> list[Message]:
        """The first of them that are now ours. The rest of a group is let go again."""
        now = self._now()
        claims = [
            # the platform will know this attempt by another name than one before it
            message.model_copy(
                update={
                    "provider_id": None,
                    "delivery": rules.claimed(_delivery(message), self._holder, self._policy, now),
                }
            )
            for message in group
        ]
        documents = [message.document() for message in claims]
        try:
            won = await self._store.replace_many("messages", documents)
        except StoreUnavailable:
            won = await self._whether_claimed(claims)
        mine = [
            message.model_copy(update={"version": message.version + 1})
            for message, is_won in zip(claims, won, strict=True)
            if is_won
        ]
        count = won.index(False) if False in won else len(won)
        for message in mine[count:]:
            await self._record(message, lambda delivery: rules.not_now(delivery, milliseconds(now), now))
        return mine[:count]

    async def _whether_claimed(self, claims: Sequence[Message]) -> list[bool]:
        """Which claims were written by a store that went away meanwhile. Asked for as long as a claim then leaves time
        to send; afterwards `StoreUnavailable`."""
        deadline = asyncio.get_running_loop().time() + self._policy.lease / 3
        while True:
            await asyncio.sleep(0.2)
            try:
                documents = await self._store.get_many("messages", [message.id for message in claims])
                break
            except StoreUnavailable:
                if asyncio.get_running_loop().time() > deadline:
                    raise
        stored = {document["_id"]: document for document in documents}
        return [
            message.id in stored
            and stored[message.id]["version"] == message.version + 1
            and stored[message.id]["delivery"].get("holder") == self._holder
            for message in claims
        ]

    async def _spent(self, conversation: Conversation, message: Message) -> int:
        """Messages of the platform's budget used since the citizen acted: the message before knows, unless it was
        before that. 0 where the conversation's platform does not count."""
        line = self._lines.get(conversation.channel)
        if line is None or not line.channel.capabilities.merges:
            return 0
        after, opened = _delivery(message).after, conversation.window.opened_at
        document = await self._store.get("messages", after) if after else None
        if document is None or opened is None:
            return 0
        delivery = Message.of(document).delivery
        if delivery is None or delivery.at is None or delivery.at < opened:
            return 0
        return delivery.spent or 0

    # -- outcomes -------------------------------------------------------------------------------------------------

    async def _record_sent(self, message: Message, receipt: Receipt, spent: int) -> None:
        await self._record(
            message,
            lambda delivery: rules.sent(delivery, receipt, self._now(), spent=spent),
            provider_id=receipt.provider_id,
        )

    async def _refused(
        self, line: _Line, conversation: Conversation, group: Sequence[Message], error: ChannelError
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
        self.counts.add(line.name, "rerouted" if elsewhere else kind, len(group))
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
        await asyncio.gather(*(self._record(message, self._after(message, error, elsewhere)) for message in group))
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
        delivery = _delivery(message)
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

    async def _record(
        self, message: Message, change: Callable[[Delivery], Delivery], *, provider_id: str | None = None
    ) -> None:
        """Write down what became of a claimed message, for as long as it takes. What a later attempt or a report of
        the platform wrote meanwhile stays."""
        deadline = asyncio.get_running_loop().time() + RECORD_WITHIN
        attempt, current, pause = _delivery(message).attempts, message, 0.05
        while True:
            try:
                update: dict[str, Any] = {}
                if provider_id and not current.provider_id:
                    update["provider_id"] = provider_id
                delivery = _delivery(current)
                if delivery.attempts == attempt and delivery.state in ("sending", "uncertain"):
                    update["delivery"] = change(delivery)
                if not update:
                    return
                document = current.model_copy(update=update).document()
                if await self._store.replace("messages", document):
                    return
                stored = await self._store.get("messages", message.id)
                if stored is None:
                    return
                current = Message.of(stored)
            except StoreUnavailable:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(pause)
                pause = min(2.0, pause * 2)


def _in_a_row(messages: Sequence[Message]) -> list[Message]:
    """The first of them and those that follow it without a gap: one in between may be due later."""
    row = [messages[0]]
    for message in messages[1:]:
        if _delivery(message).after != row[-1].id:
            break
        row.append(message)
    return row


def _delivery(message: Message) -> Delivery:
    assert message.delivery is not None, "only messages with a delivery are looked for"
    return message.delivery
