"""Followers go where the one they follow goes: at once when somebody moves that, else in the next round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from channels.contract import Address
from gateway.core import turns
from gateway.core.conversations import Conversations, Decide
from gateway.core.errors import Conflict, Refused
from gateway.core.handoff import merging, moves
from gateway.core.handoff.board import Board, Row
from gateway.core.handoff.farewell import Farewell
from gateway.core.model import Conversation, Document
from gateway.core.ports import Store


class Following:
    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        board: Board,
        now: Callable[[], datetime],
        *,
        farewell: Farewell,
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._board = board
        self._now = now
        self._farewell = farewell

    async def bring(self, leader: Conversation, *, by: str = moves.SYSTEM.username) -> None:
        """Those that follow it, to where it is now. by: who moved it."""
        followers = self._board.followers(leader.id)
        if not followers:
            return
        for row in followers:
            await self._move(row, await self._decide(row, leader, by))

    async def repair(self) -> int:
        """Bring what is apart together, as after a kill in between; how many moved."""
        count = 0
        for row in self._board.all_followers():
            seen = self._board.get(row.merged_into or "")
            if seen is not None and self._is_together(row, seen):
                continue
            # what the board knows of the one may be older than what it knows of the other
            leader = await self._conversations.get(row.merged_into or "")
            if leader is None:
                count += await self._move(row, self._apart(row.leader))
                continue
            count += await self._move(row, await self._decide(row, leader, moves.SYSTEM.username))
            if row.owner.urgent and not leader.owner.urgent:
                count += await self._change(leader.identity, leader.version, partial(merging.alert, now=self._now()))
        return count

    def _is_together(self, row: Row, leader: Row) -> bool:
        return (
            leader.merged_into is None
            and leader.owner.urgent >= row.owner.urgent
            and merging.following(row.owner, leader.owner, self._now()) == row.owner
        )

    async def _decide(self, row: Row, leader: Conversation, by: str) -> Decide:
        """What becomes of one that follows it."""
        now = self._now()
        if leader.owner.kind == "bot":
            ending = await self._ending(leader, by)
            return partial(merging.end, leader=leader.id, now=now, tell=await self._tell(row, leader), **ending)
        into, leading = leader.id, leader.owner
        if leader.merged_into is not None:
            above = await self._conversations.get(leader.merged_into)
            if above is None or above.merged_into is not None or above.owner.kind == "bot":
                return self._apart(leader.id)
            into, leading = above.id, above.owner
        return partial(merging.follow, leader=leader.id, into=into, leading=leading, now=now, by=by)

    async def _tell(self, row: Row, leader: Conversation) -> turns.Traits | None:
        """How its citizen is told that the person has left; not twice, where it is the leader's."""
        follower = await self._conversations.get(row.id) if row.contact_id != leader.contact_id else None
        return await self._farewell.traits(follower) if follower is not None else None

    def _apart(self, leader: str) -> Decide:
        return partial(merging.alone, leader=leader, now=self._now())

    async def _ending(self, leader: Conversation, by: str) -> dict[str, Any]:
        """Who ended it, and how, as the log says."""
        where = {"conversation_id": leader.id, "to": "bot"}
        found = await self._store.find("handoffs", where, sort=[("at_ms", -1)], limit=1)
        owed = [one.document for one in leader.unsettled() if one.collection == "handoffs"]
        # what a killed process has not written yet is later than what is written
        last: Document = next((line for line in reversed([*found, *owed]) if line["to"] == "bot"), {})
        return {"by": last.get("by", by), "why": last.get("reason"), "category": last.get("category", "")}

    async def _move(self, row: Row, decide: Decide) -> int:
        return await self._change(row.identity, row.version, decide)

    async def _change(self, identity: str, version: int, decide: Decide) -> int:
        address = Address.of(identity)
        try:
            moved = await self._conversations.change(address, decide)
            if moved.version < version:
                # remembered from before another process went on, and nothing was to be done to it
                self._conversations.forget(address.key)
                moved = await self._conversations.change(address, decide)
        except (Conflict, Refused):
            return 0  # somebody acted
        self._conversations.tell("delivery", {})
        return int(moved.version > version)
