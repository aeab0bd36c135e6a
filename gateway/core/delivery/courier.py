"""Takes messages from the outbox to the platforms: which are due, in what order, how many at once.

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
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from channels.contract import Channel
from gateway.core.conversations import Conversations
from gateway.core.delivery.claims import Claims, delivery_of
from gateway.core.delivery.doubts import Doubts
from gateway.core.delivery.links import Links
from gateway.core.delivery.outbox import Outbox
from gateway.core.delivery.rules import Policy
from gateway.core.delivery.sending import Limit, Line, Sending
from gateway.core.delivery.writing import Rendering, Writing
from gateway.core.model import Document, Message, milliseconds
from gateway.core.ports import Limits, Presence, Store, StoreUnavailable

log = logging.getLogger("hotline.delivery")

IN_HAND = 96  # conversations being served at once, a channel
PAGE = 64
PEERS_EVERY = 2.0  # seconds
MOST_PAGES = 4  # looked at for something that falls to this process
MOST_PEERS = 4  # how much further than its own share a process looks, at most
LOST_AFTER = timedelta(minutes=10)  # a message before this one that was never written is not waited for any longer


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
        self._now = now
        self._lines = {name: Line(name, channel, (rates or {}).get(name)) for name, channel in channels.items()}
        self._presence = presence
        self._look_again = 0.0  # loop time
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        outbox = Outbox(store, conversations.tell)
        writing = Writing(store, conversations, rendering, links)
        self._claims = Claims(store, outbox, now, policy)
        self._sending = Sending(
            store,
            conversations,
            self._lines,
            limits,
            now,
            claims=self._claims,
            rendering=rendering,
            writing=writing,
            policy=policy,
            chance=chance,
        )
        self.counts = self._sending.counts
        self.doubts = Doubts(
            store,
            conversations,
            channels,
            now,
            outbox=outbox,
            writing=writing,
            policy=policy,
            found_out=lambda channel: self.counts.add(channel, "found"),
            moved=self.wake,
        )

    # -- rounds -------------------------------------------------------------------------------------------------------

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
                    await self._presence.leave(f"delivery:{line.name}", self._claims.holder)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within)

    @property
    def under_way(self) -> int:
        return sum(len(line.busy) for line in self._lines.values())

    def left_alone(self) -> dict[str, float]:
        """The channels that are not tried for a while because nothing got through, with the seconds until the next
        try."""
        loop = asyncio.get_running_loop().time()
        breakers = {name: line.breaker for name, line in self._lines.items()}
        return {name: one.wait(loop) for name, one in breakers.items() if one.is_open or one.wait(loop)}

    async def _take_up(self, line: Line) -> int:
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

    def _begin(self, line: Line, messages: list[Message]) -> None:
        conversation_id = messages[0].conversation_id or ""
        line.busy.add(conversation_id)
        probes = line.breaker.trying()
        serving = self._serve(line, conversation_id, messages, probes=probes)
        task = asyncio.get_running_loop().create_task(serving)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, line: Line, conversation_id: str, messages: list[Message], *, probes: bool) -> None:
        """Deliver these, one after the other, until one does not get through."""
        try:
            while messages and not self._closing:
                conversation = await self._conversations.get(conversation_id)
                if conversation is None:
                    log.error("a message belongs to no conversation", extra={"message_id": messages[0].id})
                    return
                done = await self._sending.deliver(line, conversation, messages)
                if not done:
                    return
                messages = messages[done:]
        except StoreUnavailable:
            pass  # what was claimed is found again when its lease has ended
        except Exception:
            log.exception("delivery failed", extra={"conversation_id": conversation_id})
        finally:
            if probes:
                line.breaker.tried()
            line.busy.discard(conversation_id)
            self._wake.set()

    # -- order within a conversation ----------------------------------------------------------------------------------

    async def _ready(
        self, threads: Sequence[list[Message]], now: datetime
    ) -> tuple[list[list[Message]], list[tuple[Message, int]]]:
        """The threads that may go on, in order of their numbers, and messages that may not, with when to look again."""
        for messages in threads:
            messages.sort(key=lambda message: message.seq or 0)
        before = [delivery.after for messages in threads if (delivery := delivery_of(messages[0])).after]
        earlier = {
            document["_id"]: document
            for document in await self._store.get_many("messages", [id for id in before if id])
        }
        ready, blocked, hastened = [], [], []
        for messages in threads:
            after = delivery_of(messages[0]).after
            open_until = self._open_until(after, earlier, messages[0], now)
            if open_until is None:
                ready.append(_in_a_row(messages))
                continue
            blocked += [(message, open_until) for message in messages]
            before_it = Message.of(earlier[after]) if after in earlier else None
            if before_it is not None and _is_waited_for(before_it, messages, now):
                hastened.append((before_it, milliseconds(now)))
        if hastened:
            await self._put_off(hastened, now)
            self.wake()
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
            message.model_copy(update={"delivery": delivery_of(message).model_copy(update={"due": due})}).document()
            for message, due in blocked
        ]
        await self._store.replace_many("messages", documents)

    # -- who does what ------------------------------------------------------------------------------------------------

    def _falls_to_us(self, line: Line, conversation_id: str) -> bool:
        """Each conversation falls to one of the processes at work, so that they seldom want the same."""
        peers = line.peers or (self._claims.holder,)
        return peers[zlib.crc32(conversation_id.encode()) % len(peers)] == self._claims.holder

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
                    await self._presence.leave(f"delivery:{line.name}", self._claims.holder)
                    peers: Sequence[str] = ()
                else:
                    peers = await self._presence.among(f"delivery:{line.name}", self._claims.holder)
            except StoreUnavailable:
                peers = ()
            line.peers = tuple(peers) if self._claims.holder in peers else ()


def _is_waited_for(earlier: Message, messages: Sequence[Message], now: datetime) -> bool:
    """Whether one that is tried again later only is to be tried now: its citizen has written since it was put off, and
    can be reached again; what answers them must not wait behind it."""
    delivery = delivery_of(earlier)
    if delivery.state != "queued" or (delivery.due or 0) <= milliseconds(now) or delivery.at is None:
        return False
    return any(message.reply_to and message.accepted_at > delivery.at for message in messages)


def _in_a_row(messages: Sequence[Message]) -> list[Message]:
    """The first of them and those that follow it without a gap: one in between may be due later."""
    row = [messages[0]]
    for message in messages[1:]:
        if delivery_of(message).after != row[-1].id:
            break
        row.append(message)
    return row
