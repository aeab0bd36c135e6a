"""A platform that does what the test says, and a courier over the real stores."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels import rendering
from channels.contract import (
    Address,
    Allowance,
    CannotTell,
    Capabilities,
    Media,
    OutboundMessage,
    Receipt,
    Text,
)
from gateway.core.conversations import Conversations
from gateway.core.delivery import Courier, Limit, Links, Policy, Rendering, Reporting
from gateway.core.model import Message, Sender, milliseconds
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisLimits
from tests.core.conftest import Now

POLICY = Policy(lease=30, attempts=4, first_retry=2, longest_retry=60, doubt_after=10, doubts=2)


@dataclass
class Platform:
    """Takes messages. script[text]: what happens to the next attempts at a message with that text: an exception to
    raise before it is taken, ("lost", exception) to take it and then raise, a Receipt, or a number of seconds."""

    name: str = "sms"
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(max_text_chars=1600, brief_chars=60))
    script: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    taken: list[tuple[str, str]] = field(default_factory=list)  # whom, what
    messages: list[OutboundMessage] = field(default_factory=list)
    known: dict[str, Receipt] | None = None  # by text; None: cannot tell
    everything: Exception | None = None
    file: tuple[bytes, str] = (b"#!AMR\n", "audio/amr")  # of whichever message

    async def send(self, message: OutboundMessage) -> Receipt:
        text = "\n".join(part.text for part in message.parts if isinstance(part, Text))
        self.messages.append(message)
        await asyncio.sleep(0)
        if self.everything is not None:
            raise self.everything
        step = self.script[text].pop(0) if self.script[text] else None
        if isinstance(step, Exception):
            raise step
        self.taken.append((message.address.external_id, text))
        if isinstance(step, tuple):
            raise step[1]
        if isinstance(step, float):
            await asyncio.sleep(step)
        return step if isinstance(step, Receipt) else Receipt(f"SM{len(self.taken)}")

    def allowance(
        self, last_message_at: datetime | None, last_act_at: datetime | None, spent: int, now: datetime
    ) -> Allowance | None:
        return None

    async def find(self, message: OutboundMessage, since: datetime) -> Receipt | None:
        if self.known is None:
            raise CannotTell("keeps no record")
        return self.known.get("\n".join(part.text for part in message.parts if isinstance(part, Text)))

    async def fetch(self, media: Media) -> tuple[bytes, str]:
        return self.file

    async def close(self) -> None:
        return None


class Process:
    """One process that delivers."""

    def __init__(
        self,
        store: MongoStore,
        bus: RedisBus,
        limits: RedisLimits,
        now: Now,
        platforms: Mapping[str, Platform],
        rates: Mapping[str, Limit] | None = None,
        policy: Policy = POLICY,
    ) -> None:
        self.store = store
        self.now = now
        self.conversations = Conversations(store, bus, now)
        self.links = Links(store, "https://12345.example.cn", b"k" * 32, now)
        self.courier = Courier(
            store,
            self.conversations,
            platforms,
            limits,
            now,
            rendering=Rendering(rendering.first_fitting, rendering.shorten),
            links=self.links,
            policy=policy,
            rates=rates,
            chance=lambda: 1.0,
        )
        self.reports = Reporting(store, bus, now, policy=policy, chance=lambda: 1.0)

    async def post(self, address: Address, *texts: str, **about: Any) -> list[Message]:
        parts = [Text(text=text) for text in texts]
        return await self.conversations.post(address, parts, Sender(kind="system"), **about)

    async def hear(self, address: Address, at: datetime) -> None:
        """The citizen writes, which opens their platform's window."""
        await self.conversations.open(address)
        await self.conversations.change(
            address,
            lambda one: (
                one.model_copy(update={"window": one.window.model_copy(update={"last_message_at": at})}),
                (),
            ),
        )

    async def deliver(self, rounds: int = 20) -> None:
        """Until nothing is due any more."""
        for _ in range(rounds):
            await self.courier.work(idle=0.01)
            while self.courier.under_way:
                await asyncio.sleep(0.005)

    async def settle_doubts(self) -> None:
        await self.courier.doubts.look_into()
        await self.deliver()

    async def message(self, id: str) -> Message:
        document = await self.store.get("messages", id)
        assert document is not None
        return Message.of(document)

    async def put(self, message: Message, **delivery: Any) -> None:
        """Overwrite its delivery."""
        current = await self.message(message.id)
        assert current.delivery is not None
        changed = current.model_copy(update={"delivery": current.delivery.model_copy(update=delivery)})
        assert await self.store.replace("messages", changed.document())

    def due(self, seconds: float = 0) -> int:
        return milliseconds(self.now()) + round(seconds * 1000)
