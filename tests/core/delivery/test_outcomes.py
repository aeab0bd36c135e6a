"""Every desk hears what became of a person's message, once for each change it shows; of the bot's it hears nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from channels.contract import (
    Address,
    PermanentChannelError,
    Receipt,
    Report,
    TemporaryChannelError,
    Text,
    UncertainChannelError,
)
from gateway.core.delivery import DeadLetters
from gateway.core.delivery.outbox import OUTCOME
from gateway.core.model import Message, Sender
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisLimits
from tests.core.conftest import Now
from tests.core.delivering import Platform, Process
from tests.storage.wire import Wire

PHONE = Address(channel="sms", account="AC1", external_id="+8613800000000")
AGENT = Sender(kind="agent", id="lin", name="林小雨")
END = {"message_id": "the end"}


class Listener:
    """Hears what every process hears."""

    def __init__(self, bus: RedisBus) -> None:
        self._bus = bus
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def listen(self) -> None:
        async for topic, event in self._bus.subscribe():
            if topic == OUTCOME:
                self._heard.put_nowait(dict(event))

    async def news(self) -> list[dict[str, Any]]:
        """What was told since the last look."""
        self._bus.post(OUTCOME, END)
        told: list[dict[str, Any]] = []
        async with asyncio.timeout(10):
            while (event := await self._heard.get()) != END:
                told.append(event)
        return told

    async def states(self, message: Message) -> list[tuple[str, str]]:
        """States and codes told since the last look, all of them of this message."""
        told = await self.news()
        about = {(event["message_id"], event["conversation_id"], event["seq"]) for event in told}
        assert about <= {(message.id, message.conversation_id, message.seq)}
        assert sorted(event["version"] for event in told) == [event["version"] for event in told]
        return [(event["delivery"]["state"], event["delivery"]["code"]) for event in told]


@asynccontextmanager
async def listening(bus: RedisBus) -> AsyncIterator[Listener]:
    listener = Listener(bus)
    task = asyncio.get_running_loop().create_task(listener.listen())
    await bus.listening()
    try:
        yield listener
    finally:
        task.cancel()


@pytest.fixture
def sms() -> Platform:
    return Platform()


@pytest.fixture
def new(redis_connection: RedisConnection, bus: RedisBus, now: Now, sms: Platform) -> Callable[[MongoStore], Process]:
    return lambda store: Process(store, bus, RedisLimits(redis_connection), now, {"sms": sms})


@pytest.fixture
def process(open_store: Callable[..., MongoStore], new: Callable[[MongoStore], Process]) -> Process:
    return new(open_store())


async def said(process: Process, text: str = "甲", sender: Sender = AGENT) -> Message:
    (message,) = await process.conversations.post(PHONE, [Text(text=text)], sender)
    return message


@pytest.mark.gen_test
async def test_sent_and_reported(process: Process, bus: RedisBus) -> None:
    async with listening(bus) as listener:
        message = await said(process)
        assert await listener.news() == []
        await process.deliver()
        (event,) = await listener.news()
        stored = await process.message(message.id)
        assert event == {
            "conversation_id": message.conversation_id,
            "message_id": message.id,
            "seq": message.seq,
            "by": "lin",
            "version": stored.version,
            "delivery": {"state": "sent", "code": "", "meaning": ""},
        }
        assert await process.reports.report(Report(message.id, "SM1", "delivered"))
        assert not await process.reports.report(Report(message.id, "SM1", "delivered"))
        assert await listener.states(message) == [("delivered", "")]


@pytest.mark.gen_test
async def test_refused_for_now_for_good_and_tried_again(
    process: Process, bus: RedisBus, now: Now, sms: Platform
) -> None:
    letters = DeadLetters(process.store, bus, ["sms"], now)
    busy = TemporaryChannelError("too many", code="20429")
    sms.script["甲"] = [busy, busy, PermanentChannelError("filtered", code="30007")]
    async with listening(bus) as listener:
        message = await said(process)
        await process.deliver()
        now.move(60)
        await process.deliver()
        # refused for the same reason once more: told, since in between it was being sent
        assert await listener.states(message) == [("queued", "20429"), ("queued", "20429")]
        now.move(60)
        await process.deliver()
        assert await listener.states(message) == [("failed", "30007")]
        await letters.retry(message.id, by="zhao")
        assert await listener.states(message) == [("queued", "30007")]
        await process.deliver()
        assert await listener.states(message) == [("sent", "")]
        assert await process.reports.report(Report(message.id, "SM1", "failed", "30005", "unknown number"))
        await letters.drop(message.id, by="zhao", reason="号码已注销")
        told = await listener.news()
        assert [event["delivery"]["meaning"] for event in told] == ["unknown number", "号码已注销"]


@pytest.mark.gen_test
async def test_a_doubt_and_its_end(process: Process, bus: RedisBus, now: Now, sms: Platform) -> None:
    sms.script["甲"] = [("lost", UncertainChannelError("no answer", code="no_answer"))]
    sms.known = {"甲": Receipt("SM1")}
    async with listening(bus) as listener:
        message = await said(process)
        await process.deliver()
        assert await listener.states(message) == [("uncertain", "no_answer")]
        now.move(60)
        await process.settle_doubts()
        assert await listener.states(message) == [("sent", "")]


@pytest.mark.gen_test
async def test_told_although_the_store_lost_its_answer(
    open_store: Callable[..., MongoStore], new: Callable[[MongoStore], Process], bus: RedisBus, mongo_url: str
) -> None:
    async with Wire(mongo_url) as wire, listening(bus) as listener:
        store = MongoStore(wire.url, open_store().database.name)
        process = new(store)
        message = await said(process)
        updates = 0

        def lose(command: str, reply: dict[str, Any]) -> None:
            nonlocal updates
            updates += command == "update"
            if command == "update" and updates == 2:  # the first claims it, the second says what came of it
                reply.clear()
                reply.update(ok=0.0, code=13, codeName="Unauthorized", errmsg="not authorized")

        wire.change = lose
        try:
            await process.deliver(1)
            assert updates >= 2
            assert await listener.states(message) == [("sent", "")]
        finally:
            await store.close()


@pytest.mark.gen_test
@pytest.mark.parametrize("kind", ["bot", "system"])
async def test_nothing_of_what_no_person_said(
    process: Process, bus: RedisBus, now: Now, sms: Platform, kind: Any
) -> None:
    sms.script["乙"] = [UncertainChannelError("no answer", code="no_answer")]
    sms.script["丙"] = [PermanentChannelError("filtered", code="30007")]
    async with listening(bus) as listener:
        messages = [await said(process, text, Sender(kind=kind)) for text in "甲乙丙"]
        await process.deliver()
        now.move(60)
        await process.settle_doubts()
        assert await process.reports.report(Report(messages[0].id, "SM1", "delivered"))
        await DeadLetters(process.store, bus, ["sms"], now).retry(messages[2].id, by="zhao")
        await process.deliver()
        assert [text for _, text in sms.taken] == ["甲", "乙", "丙"]
        assert await listener.news() == []
