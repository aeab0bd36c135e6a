"""The one way in: accept a message durably, then process it, once, in order.

`accept` inserts the message under its natural key; a repeat finds it there. Each accepted message becomes a turn in its
identity's lane. A process that dies in between loses nothing: the sweep finds what was accepted and not numbered.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.contract import Ask, Decision, Facts, Handoff, Turn
from bot.phrases import Language
from channels.contract import Accepted, Address, InboundMessage, IntakeUnavailable, Reply
from gateway.core import turns
from gateway.core.alarms.model import told
from gateway.core.conversations import ATTEMPTS, Conversations, Live
from gateway.core.errors import Conflict
from gateway.core.model import Conversation, Delivery, Effect, Message
from gateway.core.ports import Store, StoreUnavailable
from gateway.core.queue import Queue

log = logging.getLogger("hotline.intake")

TURNS_LIMIT = 5_000  # turns under way in one process; beyond it webhooks refuse, and the platform tries again
HANDOVER_GRACE = 6.0  # seconds a response may take to leave after its turn is decided
ORPHAN_AGE = 10.0  # seconds after which an accepted, unnumbered message counts as left behind
SWEEP_PAGE = 200
SWEEP_WITHIN = 60.0
REPEAT_AGE = 3.0  # seconds after which a platform's repeat takes up an undecided message itself
MOST_ASKED = 4  # what a turn's decision may depend on
MARK_ATTEMPTS = 12  # a second apart
_POLL = 0.15


class Responder(Protocol):
    """The bot's door."""

    def respond(self, turn: Turn) -> Decision: ...


class Counter(Protocol):
    """What the bot may ask about tickets, and what its decisions mean for them."""

    async def answer(self, ask: Ask, conversation: Conversation, language: Language) -> Facts: ...

    def effects(self, decision: Decision, conversation: Conversation, message: Message) -> Sequence[Effect]: ...

    async def filed(self, numbers: Sequence[str]) -> None: ...


@dataclass(slots=True)
class _Turn:
    message: Message
    address: Address
    reply_window: float
    done: asyncio.Future[tuple[Reply, ...] | None]  # None: it could not be decided
    handed: asyncio.Future[frozenset[str]] | None
    settled: asyncio.Future[None]
    since: float  # loop time before which nobody else can have known the message
    numbered: Message | None = None  # as it was decided here

    def give_up(self) -> None:
        """No response has reported carrying the replies."""
        if self.handed is not None and not self.handed.done():
            self.handed.set_result(frozenset())


@dataclass(slots=True)
class Counts:
    """What the intake did since the process started; shown by /metrics."""

    accepted: int = 0
    repeated: int = 0
    turns: int = 0
    redone: int = 0
    recovered: int = 0
    refused: int = 0
    intents: dict[str, int] = field(default_factory=dict)


class Intake:
    """Implements `channels.contract.Intake` for all channels."""

    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        bot: Responder,
        queue: Queue,
        now: Callable[[], datetime],
        *,
        counter: Counter | None = None,
        unit_of: Callable[[str], str | None] = lambda entry: None,
        healthy: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._bot = bot
        self._queue = queue
        self._counter = counter
        self._unit_of = unit_of
        self._now = now
        self._healthy = healthy
        self._turns: dict[str, _Turn] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self.counts = Counts()

    @property
    def under_way(self) -> int:
        return len(self._turns)

    # -- the port -------------------------------------------------------------------------------------------------

    async def accept(self, message: InboundMessage) -> Accepted:
        if self._closing or len(self._turns) >= TURNS_LIMIT or not self._healthy():
            self.counts.refused += 1
            raise IntakeUnavailable
        stored = turns.received(message, self._now())
        since = asyncio.get_running_loop().time()
        try:
            try:
                fresh = await self._store.insert("messages", stored.document())
            except ValueError as error:
                # a platform's odd field must not cost the citizen the message
                log.warning(
                    "stored without its odd fields", extra={"cause": str(error), "request_id": message.request_id}
                )
                stored = turns.without_fields(stored)
                fresh = await self._store.insert("messages", stored.document())
        except StoreUnavailable as error:
            self.counts.refused += 1
            raise IntakeUnavailable from error
        if fresh:
            self.counts.accepted += 1
            self._begin(stored, message.address, message.reply_window, since=since)
        else:
            self.counts.repeated += 1
        return Accepted(message_id=message.id, fresh=fresh)

    async def replies(self, accepted: Accepted, within: float) -> Sequence[Reply] | None:
        turn = self._turns.get(accepted.message_id)
        if turn is not None:
            if not turn.done.done():
                await asyncio.wait([turn.done], timeout=max(within, 0.0))
            return turn.done.result() if turn.done.done() else None
        # a repeat of what another process has, or of what is finished here
        deadline = asyncio.get_running_loop().time() + within
        while True:
            try:
                message = await self._stored(accepted.message_id)
                if message is not None and message.state == "numbered":
                    return await self._replies_to(message)
                if message is not None and self._is_left_behind(message):
                    # another repeat may have taken it up while this one looked
                    turn = self._turns.get(message.id) or self._begin(
                        message, Address.of(message.identity), 0.0, recovered=True
                    )
                    return await self._replies_after(turn, deadline)
            except (StoreUnavailable, Conflict):
                return None
            if asyncio.get_running_loop().time() + _POLL > deadline:
                return None
            await asyncio.sleep(_POLL)

    def handed_over(self, accepted: Accepted, message_ids: Sequence[str]) -> None:
        turn = self._turns.get(accepted.message_id)
        if turn is not None and turn.handed is not None and not turn.handed.done():
            turn.handed.set_result(frozenset(message_ids))
        elif message_ids and (turn is None or turn.handed is None or not turn.handed.result().issuperset(message_ids)):
            self._hold(self._mark_handed(frozenset(message_ids)))

    async def said(self, accepted: Accepted, within: float) -> Message | None:
        """The accepted message, with its number when its turn is decided within so many seconds. Raises
        `StoreUnavailable`."""
        turn = self._turns.get(accepted.message_id)
        await self.replies(accepted, within)
        if turn is not None and turn.numbered is not None:
            return turn.numbered
        return await self._stored(accepted.message_id)

    async def _stored(self, message_id: str) -> Message | None:
        """An accepted message as it stands, numbered as soon as its turn is decided."""
        document = await self._store.get("messages", message_id)
        if document is None:
            return None
        message = Message.of(document)
        if message.state == "numbered":
            return message
        identity = await self._store.get("identities", message.identity)
        conversation = identity and await self._conversations.get(identity["conversation_id"])
        if conversation:
            for decided in conversation.unsettled_messages():
                if decided.id == message_id:
                    return decided
        return message

    # -- a turn ---------------------------------------------------------------------------------------------------

    def _begin(
        self, message: Message, address: Address, reply_window: float, *, since: float = 0.0, recovered: bool = False
    ) -> _Turn:
        loop = asyncio.get_running_loop()
        handed = loop.create_future() if reply_window > 0 else None
        turn = _Turn(message, address, reply_window, loop.create_future(), handed, loop.create_future(), since)
        self._turns[message.id] = turn
        if recovered:
            self._conversations.forget(message.identity)
        self._hold(self._run(turn, recovered=recovered))
        return turn

    def _is_left_behind(self, message: Message) -> bool:
        """Accepted a while ago and decided by nobody: the platform's repeat need not wait for the sweep."""
        return message.state == "accepted" and self._now() - message.accepted_at >= timedelta(seconds=REPEAT_AGE)

    async def _replies_after(self, turn: _Turn, deadline: float) -> Sequence[Reply] | None:
        within = max(deadline - asyncio.get_running_loop().time(), 0.0)
        await asyncio.wait([turn.done], timeout=within)
        return turn.done.result() if turn.done.done() else None

    def _hold(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, turn: _Turn, *, recovered: bool) -> None:
        try:
            async with self._conversations.lane(turn.message.identity):
                live, move = await self._decide(turn, recovered=recovered)
        except (StoreUnavailable, Conflict) as error:
            # still accepted in the store: the sweep takes it up again
            log.warning(
                "a turn is left to the sweep",
                extra={"cause": type(error).__name__, "request_id": turn.message.request_id},
            )
            move = None
        except Exception:
            log.exception("a turn failed", extra={"request_id": turn.message.request_id})
            self._hold(self._park(turn.message))
            move = None
        finally:
            if not turn.done.done():
                turn.done.set_result(None)
        if move is None:
            self._end(turn)
            return
        effects, waiting = move.effects, bool(move.replies)
        self._conversations.announce(move.conversation, effects, version=move.conversation.version + 1)
        if turn.handed is None or not waiting:
            self._conversations.settle_soon(live, effects, lambda _: self._end(turn, effects, waiting=waiting))
            return
        # the writes say whether the response carried the replies, so they wait for it
        grace = asyncio.get_running_loop().call_later(HANDOVER_GRACE, turn.give_up)
        turn.handed.add_done_callback(lambda handed: self._after_handover(turn, live, effects, handed, grace))

    def _after_handover(
        self,
        turn: _Turn,
        live: Live,
        effects: Sequence[Effect],
        handed: asyncio.Future[frozenset[str]],
        grace: asyncio.TimerHandle,
    ) -> None:
        grace.cancel()

        def settled(present: frozenset[str]) -> None:
            # somebody else carried the tail out first, and could not know that the response had left
            if late := present & handed.result():
                self._hold(self._mark_handed(late))
            self._end(turn, effects)

        self._conversations.settle_soon(live, _as_sent(effects, handed.result(), self._now()), settled)

    def _end(self, turn: _Turn, effects: Sequence[Effect] = (), *, waiting: bool = False) -> None:
        """effects: what was carried out. waiting: replies may be due for delivery now."""
        self._turns.pop(turn.message.id, None)
        filed = [effect.id for effect in effects if effect.collection == "tickets"]
        if filed and self._counter is not None:
            self._hold(self._counter.filed(filed))
        if waiting:
            self._conversations.tell("delivery", {})
        turn.settled.set_result(None)

    async def _decide(self, turn: _Turn, *, recovered: bool) -> tuple[Live, turns.Move | None]:
        message = turn.message
        doubtful = recovered
        for _ in range(ATTEMPTS):
            live, fresh = await self._conversations.load(turn.address)
            if fresh or doubtful or live.loaded_at >= turn.since:
                # somebody else may have decided it before this conversation was read; what they decide after it
                # shows in the version
                if message.id in live.pending:
                    turn.done.set_result(_pending_replies(live, message))
                    return live, None
                current = await self._store.get("messages", message.id)
                if current is not None and current["state"] == "numbered":
                    turn.done.set_result(await self._replies_to(Message.of(current)))
                    return live, None
            owner = live.conversation.owner
            decision = await self._respond(live.conversation, message)
            also: Sequence[Effect] = ()
            if decision is not None and self._counter is not None:
                also = self._counter.effects(decision, live.conversation, message)
            move = turns.apply(
                live.conversation,
                message,
                decision,
                self._now(),
                reply_window=turn.reply_window,
                traits=self._conversations.traits(turn.address.channel),
                also=also,
                unit_of=self._unit_of,
            )
            if await self._conversations.commit(live, move.conversation, move.effects):
                self.counts.turns += 1
                turn.numbered = move.inbound
                if also:
                    # a number that was told is found on every channel from then on
                    with contextlib.suppress(StoreUnavailable):
                        await self._conversations.settle(live, also)
                if decision is not None:
                    self.counts.intents[decision.intent] = self.counts.intents.get(decision.intent, 0) + 1
                    if decision.alarm is not None:
                        log.warning(
                            "emergency alarm",
                            extra={"kind": decision.alarm.kind, "conversation_id": live.conversation.id},
                        )
                        for effect in move.effects:
                            if effect.collection == "alarms":
                                self._conversations.tell("alarm", told(effect.document))
                if move.conversation.owner != owner:
                    self._conversations.tell("queue", {})
                turn.done.set_result(tuple(reply.as_reply() for reply in move.replies))
                return live, move
            doubtful = True
            self.counts.redone += 1
        raise Conflict("this conversation keeps changing")

    async def _respond(self, conversation: Conversation, message: Message) -> Decision | None:
        now = self._now()
        dice = f"{secrets.randbelow(10**6):06d}"
        turn = turns.as_turn(conversation, message, self._queue.waiting(conversation, now), now, dice=dice)
        if turn is None:
            return None
        try:
            decision = self._bot.respond(turn)
            for _ in range(MOST_ASKED):
                if decision.ask is None or self._counter is None:
                    break
                facts = await self._counter.answer(decision.ask, conversation, decision.memory.language)
                decision = self._bot.respond(replace(turn, facts=facts))
            else:
                raise RuntimeError("the bot keeps asking")
        except StoreUnavailable:
            raise
        except Exception:
            # a defect of ours must not cost the citizen the message: a person gets it
            log.exception("the bot failed; the conversation goes to a person", extra={"request_id": message.request_id})
            return Decision(intent="defect", memory=conversation.memory, handoff=Handoff(reason="rule"))
        return decision

    async def _replies_to(self, message: Message) -> tuple[Reply, ...]:
        if message.conversation_id is None:
            return ()
        following, _ = await self._conversations.history(message.conversation_id, after=message.seq, limit=10)
        return tuple(reply.as_reply() for reply in following if reply.reply_to == message.id)

    async def _mark_handed(self, message_ids: frozenset[str]) -> None:
        """Replies left in a response though they were, or are being, written down as queued."""
        for _ in range(MARK_ATTEMPTS):
            try:
                documents = await self._store.get_many("messages", sorted(message_ids))
                for message in map(Message.of, documents):
                    if message.delivery is None or message.delivery.state != "queued":
                        message_ids -= {message.id}
                        continue
                    sent = Delivery(state="sent", via="passive", at=self._now())
                    if await self._store.replace("messages", message.model_copy(update={"delivery": sent}).document()):
                        message_ids -= {message.id}
            except StoreUnavailable:
                pass
            if not message_ids or self._closing:
                break
            await asyncio.sleep(1.0)
        if message_ids:
            log.warning("passive replies stay queued; delivery will find them", extra={"count": len(message_ids)})

    async def _park(self, message: Message) -> None:
        """Take a message a defect keeps from being decided out of the sweep's way; it stays for an operator."""
        try:
            await self._store.replace("messages", message.model_copy(update={"state": "parked"}).document())
        except (StoreUnavailable, ValueError):
            log.warning("a failed message could not be parked", extra={"request_id": message.request_id})

    # -- recovery -------------------------------------------------------------------------------------------------

    async def sweep(self, age: float = ORPHAN_AGE) -> int:
        """Take up messages accepted at least `age` seconds ago and not numbered; how many there were."""
        before = self._now() - timedelta(seconds=age)
        where = {"state": "accepted", "accepted_at": {"$lte": before}}
        left = await self._store.find("messages", where, sort=[("accepted_at", 1)], limit=SWEEP_PAGE)
        taken: list[asyncio.Future[None]] = []
        for document in left:
            message = Message.of(document)
            if message.id in self._turns or message.direction != "in":
                continue
            taken.append(self._begin(message, Address.of(message.identity), 0.0, recovered=True).settled)
        if taken:
            self.counts.recovered += len(taken)
            log.info("took up messages left behind", extra={"count": len(taken)})
            await asyncio.wait(taken, timeout=SWEEP_WITHIN)
        return len(taken)

    async def drain(self, within: float = 10.0) -> None:
        """Let the turns under way finish, within so many seconds; replies no response has taken by now are queued."""
        for turn in list(self._turns.values()):
            turn.give_up()
        waiting = [*(turn.settled for turn in self._turns.values()), *self._tasks]
        if waiting:
            await asyncio.wait(waiting, timeout=within)

    async def close(self) -> None:
        """Accept nothing more, and let what is under way finish."""
        self._closing = True
        settled = [turn.settled for turn in self._turns.values()]
        if settled:
            # most responses leave in this time; what they carry must not be written down as queued
            await asyncio.wait(settled, timeout=3.0)
        await self.drain()


def _pending_replies(live: Live, message: Message) -> tuple[Reply, ...]:
    """The replies of a turn this process decided and has not carried out yet."""
    said = [
        Message.of(effect.document)
        for effect, _ in live.pending.values()
        if effect.collection == "messages" and effect.document.get("reply_to") == message.id
    ]
    return tuple(reply.as_reply() for reply in sorted(said, key=lambda reply: reply.seq or 0))


def _as_sent(effects: Sequence[Effect], message_ids: frozenset[str], now: datetime) -> list[Effect]:
    sent = Delivery(state="sent", via="passive", at=now).model_dump()
    return [
        Effect(effect.how, effect.collection, {**effect.document, "delivery": sent})
        if effect.id in message_ids
        else effect
        for effect in effects
    ]
