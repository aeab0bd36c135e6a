"""Fixtures: a process with people at its desks, over the real stores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.dialogue import nobody_came
from channels.contract import Address, Channel
from gateway.core.contacts import Contacts
from gateway.core.conversations import Conversations
from gateway.core.handoff import Agents, Board, ConversationDesk, Farewell, Following, Policy, Rounds
from gateway.core.intake import Intake
from gateway.core.model import Conversation
from gateway.core.people import Person, scopes_of
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisPresence
from tests.core.conftest import Now, inbound

POLICY = Policy(lost_after=60, unclaimed_after=900, silent_after=12 * 3600, skill_after=120)


def person(username: str, *roles: Any) -> Person:
    return Person(username, username.title(), roles or ("agent",), None, scopes_of(roles or ("agent",)))


@dataclass
class Office:
    """One gateway process, and what its people do."""

    store: MongoStore
    conversations: Conversations
    intake: Intake
    board: Board
    agents: Agents
    desk: ConversationDesk
    rounds: Rounds
    feeding: asyncio.Task[None]

    async def writes(self, address: Address, *texts: str) -> Conversation:
        for text in texts:
            accepted = await self.intake.accept(inbound(address, text))
            assert await self.intake.replies(accepted, 5) is not None
        await self.intake.drain()
        conversation = await self.conversations.get((await self.conversations.open(address)).conversation_id)
        assert conversation is not None
        return conversation

    async def seen(self, id: str, wanted: Callable[[Any], bool]) -> None:
        """Until the live events have brought it to the board."""
        for _ in range(200):
            if wanted(self.board.get(id)):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(self.board.get(id))

    async def at_desk(self, username: str, **settings: Any) -> Person:
        await self.agents.set(username, name=username.title(), state="available", **settings)
        await self.agents.beat(username)
        return person(username)


@pytest.fixture
def channels() -> dict[str, Channel]:
    """Those that count what is said."""
    return {}


@pytest.fixture
def office(
    new_process: Callable[..., tuple[Intake, Conversations]],
    bus: RedisBus,
    open_redis: Callable[..., RedisConnection],
    now: Now,
    channels: dict[str, Channel],
) -> Iterator[Callable[[], Awaitable[Office]]]:
    """`await office()` opens one more process."""
    opened: list[Office] = []

    async def open_() -> Office:
        intake, conversations = new_process()
        store = conversations._store
        assert isinstance(store, MongoStore)
        board = Board(store, now)
        agents = Agents(store, RedisPresence(open_redis(), ttl=5.0), now)
        contacts = Contacts(store, conversations, now, sms_account=None)
        farewell = Farewell(store, conversations, channels, now)
        following = Following(store, conversations, board, now, farewell=farewell)
        desk = ConversationDesk(
            store,
            conversations,
            now,
            contacts=contacts,
            board=board,
            following=following,
            agents=agents,
            farewell=farewell,
        )
        rounds = Rounds(
            conversations,
            board,
            agents,
            now,
            following=following,
            policy=POLICY,
            staffed=lambda _: True,
            sorry=nobody_came,
        )

        async def feed() -> None:
            async for topic, event in bus.subscribe():
                if topic == "conversation":
                    board.on_event(event)

        feeding = asyncio.get_running_loop().create_task(feed())
        await asyncio.sleep(0.1)
        opened.append(Office(store, conversations, intake, board, agents, desk, rounds, feeding))
        return opened[-1]

    yield open_
    for one in opened:
        one.feeding.cancel()
