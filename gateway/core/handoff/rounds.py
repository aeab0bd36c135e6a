"""What happens to conversations with people when nobody acts: shared out, taken back, released.

Every process makes the rounds; what each decides is decided once, under the conversation's version.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.contract import Offer
from bot.phrases import Language
from channels.contract import Address
from gateway.core.conversations import Conversations, Decide
from gateway.core.errors import Conflict, Refused
from gateway.core.handoff import moves
from gateway.core.handoff.agents import Agent, Agents
from gateway.core.handoff.board import Board, Row
from gateway.core.handoff.following import Following
from gateway.core.handoff.moves import Hand, Moved
from gateway.core.model import Conversation

log = logging.getLogger("hotline.handoff")

_AT_ONCE = 100  # conversations moved in one round


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds. lost_after: without a connection, until what somebody has goes back to the queue. unclaimed_after: in
    the queue while people are on duty, until the bot takes over. silent_after: without a word from either side.
    skill_after: until somebody without the wanted skill, or of no wanted unit, may be given it."""

    lost_after: float = 60.0
    unclaimed_after: float = 900.0
    silent_after: float = 12 * 3600.0
    skill_after: float = 120.0


class Rounds:
    """staffed: whether people are on duty. sorry: what a citizen is told whom nobody could take, in their language."""

    def __init__(
        self,
        conversations: Conversations,
        board: Board,
        agents: Agents,
        now: Callable[[], datetime],
        *,
        following: Following,
        policy: Policy,
        staffed: Callable[[datetime], bool],
        sorry: Callable[[Language], Offer],
    ) -> None:
        self._conversations = conversations
        self._board = board
        self._agents = agents
        self._now = now
        self._following = following
        self._policy = policy
        self._staffed = staffed
        self._sorry = sorry

    async def sweep(self) -> int:
        """One round; how many conversations moved."""
        await self._agents.refresh()
        moved = await self._take_back()
        moved += await self._share_out()
        moved += await self._release()
        moved += await self._following.repair()
        return moved

    async def _take_back(self) -> int:
        having = {row.owner.id or "" for row in self._board.had() if row.merged_into is None}
        lost = set(self._agents.lost(having, self._policy.lost_after))
        if not lost:
            return 0
        rows = [row for row in self._board.with_people() if row.owner.id in lost and row.merged_into is None]
        count = 0
        for row in rows[:_AT_ONCE]:
            username, now = row.owner.id or "", self._now()
            count += await self._move(row, partial(moves.take_back, lost=username, now=now))
        if count:
            log.warning("conversations of people who are not connected wait again", extra={"count": count})
        return count

    async def _share_out(self) -> int:
        waiting = self._board.waiting()
        takers = self._agents.takers() if waiting else []
        if not takers:
            return 0
        now, loads = self._now(), self._board.loads()
        given = []
        for row in waiting[:_AT_ONCE]:
            agent = choose(row, takers, loads, now, self._policy)
            if agent is None:
                continue
            hand = Hand(agent.id, agent.name or agent.id)
            loads[agent.id] = loads.get(agent.id, 0) + 1
            given.append(self._move(row, partial(_assigned, to=hand, now=now)))
        return sum(await asyncio.gather(*given))

    async def _release(self) -> int:
        now, count = self._now(), 0
        if self._staffed(now):
            late = now - timedelta(seconds=self._policy.unclaimed_after)
            for row in list(self._board.waiting()):
                together = self._board.with_followers([row])
                if any(one.owner.urgent for one in together) or all(one.owner.since > late for one in together):
                    continue
                # who leads comes last: killed in between, it still waits and is given up next time
                for one in reversed(together):
                    count += await self._move(one, self._give_up(one, now))
        quiet = now - timedelta(seconds=self._policy.silent_after)
        for row in self._board.had():
            if row.merged_into is not None or not _is_silent(row, quiet):
                continue
            together = self._board.with_followers([row])
            if all(_is_silent(one, quiet) and not _put_aside(one, now) for one in together):
                count += await self._move(row, partial(moves.end_silence, now=now))
        return count

    def _give_up(self, row: Row, now: datetime) -> Decide:
        traits = self._conversations.traits(row.channel)
        return lambda one: moves.unclaimed(one, now, self._sorry(one.memory.language), traits=traits)

    async def _move(self, row: Row, decide: Decide) -> int:
        before = row.version
        try:
            moved = await self._conversations.change(Address.of(row.identity), decide)
        except (Conflict, Refused):
            return 0  # somebody acted
        self._conversations.tell("delivery", {})
        await self._following.bring(moved)
        return int(moved.version > before)


def choose(row: Row, takers: Sequence[Agent], loads: dict[str, int], now: datetime, policy: Policy) -> Agent | None:
    """Who is given a conversation: of those with room and, at first, with its skill and of its unit, the one with the
    least to do. A unit's people are given what is for their unit and nothing else; one that has nobody at a desk is not
    waited for."""
    skill, unit = row.owner.skill, row.owner.unit
    free = [agent for agent in takers if loads.get(agent.id, 0) < agent.capacity and agent.unit in ("", unit)]
    if not any(agent.unit == unit for agent in takers):
        unit = None
    if skill or unit:
        wanted = [agent for agent in free if (not skill or skill in agent.skills) and unit in (None, agent.unit)]
        waited = (now - (row.owner.wanted_since or row.owner.since)).total_seconds()
        if not wanted and waited < policy.skill_after and not row.owner.urgent:
            return None
        free = wanted or free
    return min(free, key=lambda agent: (loads.get(agent.id, 0) / max(1, agent.capacity), agent.id), default=None)


def _assigned(conversation: Conversation, to: Hand, now: datetime) -> Moved | None:
    if conversation.owner.kind != "queue":
        return None
    return moves.take(conversation, to, now, why="assigned", by=moves.SYSTEM.username)


def _is_silent(row: Row, since: datetime) -> bool:
    said = max(row.owner.since, row.latest.at if row.latest else row.owner.since)
    return row.waiting_since is None and said <= since


def _put_aside(row: Row, now: datetime) -> bool:
    return row.owner.snoozed_until is not None and row.owner.snoozed_until > now
