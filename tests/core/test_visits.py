"""What a visitor's message costs the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from pymongo import monitoring

from channels.contract import Address
from gateway.core.conversations import Conversations
from gateway.core.intake import Intake
from gateway.core.visits import Visits
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisLimits
from tests.core.conftest import Now, inbound


class Asked(monitoring.CommandListener):
    """What the stores opened from here on were asked for."""

    def __init__(self) -> None:
        self.commands: Counter[str] = Counter()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.commands[event.command_name] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


@pytest.fixture
def asked() -> Asked:
    listener = Asked()
    monitoring.register(listener)
    return listener


@pytest.mark.gen_test
async def test_what_is_written_on_is_written_down_and_read_nowhere(
    asked: Asked,
    new_process: Callable[..., tuple[Intake, Conversations]],
    store: MongoStore,
    limits: RedisLimits,
    now: Now,
) -> None:
    intake, conversations = new_process()
    visits = Visits(store, limits, conversations, intake, now)
    visitor = Address(channel="web", account="web", external_id="visitor")

    async def say(text: str) -> int | None:
        message = replace(inbound(visitor, text), sent_at=now().replace(microsecond=123_456))
        accepted = await intake.accept(message)
        said = await visits.said(accepted, 5)
        assert said is not None
        await intake.drain()
        counted = asked.commands.copy()
        assert await visits.said(accepted, 5) == said  # as the store has it
        asked.commands = counted
        return said.seq

    assert await say("公积金怎么提取") == 1
    asked.commands.clear()
    assert await say("身份证丢了怎么补办") == 3
    # accepted; the conversation moved, with all that follows from it; the message numbered, the answer written down
    assert asked.commands == {"insert": 2, "update": 2}
