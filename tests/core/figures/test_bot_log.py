"""What turns write down for the figures: once a day, and what had no answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from channels.contract import Address, Event
from gateway.core.conversations import Conversations
from gateway.core.intake import Intake
from gateway.core.model import milliseconds
from gateway.storage.mongo import MongoStore
from tests.core.conftest import Now, inbound, new_process

__all__ = ["new_process"]


@pytest.fixture
def now() -> Now:
    """Ten in the morning in Beijing."""
    return Now()


@pytest.fixture
def citizen() -> Address:
    return Address(channel="wechat", account="gh", external_id="o-figures")


Process = Callable[..., tuple[Intake, Conversations]]


async def say(intake: Intake, citizen: Address, *texts: str, **more: object) -> None:
    for text in texts:
        accepted = await intake.accept(inbound(citizen, text, **more))  # type: ignore[arg-type]
        assert await intake.replies(accepted, 5) is not None
    await intake.drain()


@pytest.mark.gen_test(timeout=30)
async def test_the_first_words_of_each_day_are_logged(
    new_process: Process, store: MongoStore, citizen: Address, now: Now
) -> None:
    intake, conversations = new_process()
    await say(intake, citizen, "", parts=(Event(name="subscribe"),))
    assert await store.find("bot_log", {}) == [], "to follow is not to speak"
    await say(intake, citizen, "公积金怎么提取", "身份证丢了怎么补办")
    now.move(14 * 3600 - 1)
    await say(intake, citizen, "公积金怎么提取")
    now.move(1)
    await say(intake, citizen, "公积金怎么提取")
    id = (await conversations.open(citizen)).conversation_id
    lines = await store.find("bot_log", {}, sort=[("at_ms", 1)])
    assert [line["_id"] for line in lines] == [f"spoke:20261124:{id}", f"spoke:20261125:{id}"]
    assert {(line["what"], line["channel"], line["owner"]) for line in lines} == {("spoke", "wechat", "bot")}


@pytest.mark.gen_test(timeout=30)
async def test_what_had_no_answer_is_logged_once(
    new_process: Process, store: MongoStore, citizen: Address, now: Now
) -> None:
    intake, conversations = new_process()
    await say(intake, citizen, "火星移民签证去哪里盖章", id="m1")
    await say(intake, citizen, "火星移民签证去哪里盖章", id="m1")
    (line,) = await store.find("knowledge_questions", {})
    id = (await conversations.open(citizen)).conversation_id
    assert (line["kind"], line["conversation_id"], line["channel"]) == ("nothing", id, "wechat")
    assert line["at_ms"] == milliseconds(now())
    assert (line["question"], line["state"]) == ("火星移民签证去哪里盖章", "open"), "one row for editors and figures"


@pytest.mark.gen_test(timeout=30)
async def test_that_nothing_fits_is_logged_without_words(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    intake, _ = new_process()
    await say(intake, citizen, "火星移民签证去哪里盖章", "都不是")
    lines = await store.find("knowledge_questions", {"kind": "none_of_these"})
    assert [sorted(line) for line in lines] == [["_id", "at_ms", "channel", "conversation_id", "kind", "version"]]
