"""Fixtures of the core's tests: the domain over the real stores, with a bot over three entries and a clock to move."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.answers import Answers, Entry, Lexicon
from bot.engine import Engine
from channels.contract import Address, InboundMessage, Part, Text
from gateway.core.conversations import Conversations
from gateway.core.handoff import Board
from gateway.core.intake import Intake
from gateway.core.queue import Hours, Queue
from gateway.core.turns import Traits
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus

ENTRIES = (
    Entry("id-card", "身份证丢了怎么补办", ("身份证不见了去哪里补", "补办身份证要带什么"), "到就近的派出所补办。"),
    Entry("fund", "公积金怎么提取", ("住房公积金提取条件", "怎样取公积金"), "在公积金中心申请提取。"),
    Entry("noise", "工地半夜施工很吵怎么办", ("夜间施工噪音投诉", "楼下工地晚上太吵"), "夜间施工要有许可，可以投诉。"),
)
_ids = itertools.count(1)


@dataclass
class Now:
    """A clock that stands still until it is moved."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 24, 2, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def citizen() -> Address:
    return Address(channel="wechat", account="gh", external_id=f"o{next(_ids)}")


@pytest.fixture
def new_process(
    open_store: Callable[..., MongoStore], bus: RedisBus, now: Now
) -> Callable[..., tuple[Intake, Conversations]]:
    """What one gateway process holds. Call it twice for two processes on the same stores."""
    engine = Engine(Answers(ENTRIES, Lexicon()))

    def process(traits: Mapping[str, Traits] | None = None, **options: Any) -> tuple[Intake, Conversations]:
        store = open_store()
        conversations = Conversations(store, bus, now, traits=traits)
        queue = Queue(Board(store, now), Hours.parse("08:30-17:30", "1-7"))
        return Intake(store, conversations, engine, queue, now, **options), conversations

    return process


def inbound(
    address: Address, text: str = "公积金怎么提取", *, id: str = "", parts: tuple[Part, ...] = (), window: float = 0.0
) -> InboundMessage:
    return InboundMessage(
        address=address,
        provider_id=id or str(next(_ids)),
        sent_at=datetime(2026, 11, 24, 2, 0, tzinfo=UTC),
        parts=parts or (Text(text=text),),
        request_id="r1",
        reply_window=window,
    )
