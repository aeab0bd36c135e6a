"""Who is at a desk: what each wants to be given, how much, and whether they are connected.

What a person set is kept in the store; that they are connected is a lease in Redis, which their page renews.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from gateway.core.errors import Conflict
from gateway.core.model import Stored
from gateway.core.ports import Presence, Store, StoreUnavailable

log = logging.getLogger("hotline.handoff")

AGENTS = "agents"
WORK = "desk"
CAPACITY = 6
MOST = 1_000
_ATTEMPTS = 5

State = Literal["available", "away"]


class Agent(Stored):
    """A person who answers citizens; `id` is their user name. capacity: conversations at once. skills: languages and
    whatever the hotline names so. unit: the code of theirs, for the people of units."""

    name: str = ""
    state: State = "away"
    capacity: int = Field(CAPACITY, ge=0, le=50)
    skills: tuple[str, ...] = ()
    unit: str = ""
    changed_at: datetime


class Agents:
    def __init__(self, store: Store, presence: Presence, now: Callable[[], datetime]) -> None:
        self._store = store
        self._presence = presence
        self._now = now
        self._known: dict[str, Agent] = {}
        self._here: frozenset[str] = frozenset()
        self._looked = False  # whether it is known who is connected
        self._takers: list[Agent] | None = None
        self._missed: dict[str, datetime] = {}  # since when somebody who has conversations is not connected

    async def refresh(self) -> None:
        """What all have set, and who is connected."""
        documents = await self._store.find(AGENTS, {}, limit=MOST)
        # forgotten twice: what was read first counts also when Redis does not answer
        self._known, self._takers = {agent.id: agent for agent in map(Agent.of, documents)}, None
        self._here, self._takers = frozenset(await self._presence.who(WORK)), None
        self._looked = True

    async def introduce(self, username: str, name: str, unit: str = "") -> None:
        """Let others know who has come to a desk, and for which unit. Raises `Conflict`, `StoreUnavailable`."""
        known = self.get(username)
        if (known.name, known.unit) != (name, unit):
            await self.set(username, name=name, unit=unit)

    async def beat(self, username: str) -> None:
        """They are connected; said again every few seconds. What Redis does not take is said again anyway."""
        try:
            await self._presence.join(WORK, username)
        except StoreUnavailable:
            log.warning("presence was not told", extra={"about": username})
        if username not in self._here:
            self._here, self._takers = self._here | {username}, None

    async def leave(self, username: str) -> None:
        """They have signed out: what they have is for others, after the grace."""
        await self._presence.leave(WORK, username)
        self._here, self._takers = self._here - {username}, None

    def get(self, username: str) -> Agent:
        """Somebody as they have set it; away and with the usual capacity when they never have."""
        return self._known.get(username) or Agent(id=username, changed_at=self._now())

    def is_here(self, username: str) -> bool:
        return username in self._here

    def attend(self, unit: str) -> bool:
        """Whether somebody of a unit is at a desk and wants to be given conversations."""
        return any(agent.unit == unit for agent in self.takers())

    def all(self) -> list[Agent]:
        """Whoever ever set something, and whoever is connected."""
        names = sorted({*self._known, *self._here})
        return [self.get(name) for name in names]

    def takers(self) -> list[Agent]:
        """Those who want to be given conversations and are connected."""
        if self._takers is None:
            known = sorted(self._known.items())
            self._takers = [agent for name, agent in known if agent.state == "available" and name in self._here]
        return self._takers

    def answering(self, unit: str | None) -> list[Agent] | None:
        """Those who may be given what is for a unit, or for none, however much they have to do; None before anybody
        has looked."""
        if not self._looked:
            return None
        return [agent for agent in self.takers() if agent.unit in ("", unit) and agent.capacity > 0]

    def lost(self, having: Collection[str], grace: float) -> list[str]:
        """Of the people who have conversations, those not connected for so many seconds."""
        now = self._now()
        self._missed = {name: self._missed.get(name, now) for name in having if name not in self._here}
        return [name for name, since in self._missed.items() if now - since >= timedelta(seconds=grace)]

    async def set(
        self,
        username: str,
        *,
        name: str | None = None,
        state: State | None = None,
        capacity: int | None = None,
        skills: tuple[str, ...] | None = None,
        unit: str | None = None,
    ) -> Agent:
        """Change what is given. Raises `Conflict`, `StoreUnavailable`."""
        given = {"name": name, "state": state, "capacity": capacity, "skills": skills, "unit": unit}
        changes = {field: value for field, value in given.items() if value is not None}
        for _ in range(_ATTEMPTS):
            document = await self._store.get(AGENTS, username)
            before = Agent.of(document) if document else Agent(id=username, changed_at=self._now())
            after = before.model_copy(update={**changes, "changed_at": self._now()})
            written = after.document()
            done = await (self._store.replace(AGENTS, written) if document else self._store.insert(AGENTS, written))
            if done:
                after = Agent.of(written)
                self._known[username], self._takers = after, None
                return after
        raise Conflict("设置刚被改过，请再试一次")
