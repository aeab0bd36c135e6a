"""What WeChat still lets us answer: counted past the first refusal, the same at the desk and on the way out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest

from channels.contract import (
    Address,
    Allowance,
    Capabilities,
    OutboundMessage,
    PermanentChannelError,
    Receipt,
    Report,
    TemporaryChannelError,
    UncertainChannelError,
    Unreachable,
)
from channels.wechat.channel import allowance, check_window
from gateway.core.contacts import Contacts
from gateway.core.delivery import DeadLetters
from gateway.core.handoff import Agents, Board, ConversationDesk, Farewell, Following
from gateway.core.people import Person, scopes_of
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisPresence
from tests.core.conftest import Now
from tests.core.delivering import Platform, Process
from tests.core.delivery.conftest import New, delivery_of, join

ALICE = Person("alice", "Alice", ("agent",), None, scopes_of(("agent",)))
Left = Callable[[Process, Address], Awaitable[int]]


class WeChat(Platform):
    """A platform that counts as WeChat's channel does."""

    def __init__(self, now: Now) -> None:
        super().__init__("wechat", Capabilities(max_text_bytes=2048, merges=True))
        self._now = now

    async def send(self, message: OutboundMessage) -> Receipt:
        check_window(message, self._now())
        return await super().send(message)

    def allowance(
        self, last_message_at: datetime | None, last_act_at: datetime | None, spent: int, now: datetime
    ) -> Allowance | None:
        return allowance(last_message_at, last_act_at, spent, now)


@pytest.fixture
def wechat(now: Now) -> Platform:
    return WeChat(now)


@pytest.fixture
def left(wechat: Platform, now: Now, open_redis: Callable[..., RedisConnection]) -> Left:
    """`await left(process, address)`: how many answers a desk says there are."""

    async def ask(process: Process, address: Address) -> int:
        store, conversations = process.store, process.conversations
        board = Board(store, now)
        farewell = Farewell(store, conversations, {"wechat": wechat}, now)
        desk = ConversationDesk(
            store,
            conversations,
            now,
            contacts=Contacts(store, conversations, now, sms_account=None),
            board=board,
            following=Following(store, conversations, board, now, farewell=farewell),
            agents=Agents(store, RedisPresence(open_redis(), ttl=5.0), now),
            farewell=farewell,
        )
        citizen = await desk.citizen(ALICE, (await conversations.open(address)).conversation_id)
        assert citizen.allowance is not None
        return citizen.allowance.left

    return ask


@pytest.fixture
def letters(open_store: Callable[..., MongoStore], bus: RedisBus, now: Now) -> DeadLetters:
    return DeadLetters(open_store(), bus, ["sms", "wechat"], now)


async def writes(process: Process, address: Address, now: Now) -> None:
    """The citizen does, which opens the window."""
    now.move(1)
    await process.hear(address, now())
    now.move(1)


@pytest.mark.gen_test
async def test_what_was_refused_gives_no_answers_back(
    new: New, follower: Address, wechat: Platform, now: Now, left: Left
) -> None:
    process, said, seen = new(), [], []
    await writes(process, follower, now)
    for text in "一二三四五六七八":
        said += await process.post(follower, text)
        await process.deliver()
        seen.append(await left(process, follower))
        now.move(1)
    assert seen == [4, 3, 2, 1, 0, 0, 0, 0]
    assert [text for _, text in wechat.taken] == list("一二三四五"), "the others were never asked for"
    ends = [await delivery_of(process, message) for message in said]
    assert [(one.state, one.code) for one in ends[4:]] == [("sent", ""), *[("failed", "45047")] * 3]

    await writes(process, follower, now)
    assert await left(process, follower) == 5
    (again,) = await process.post(follower, "九")
    assert await left(process, follower) == 5, "it has not left yet"
    await process.deliver()
    assert ((await delivery_of(process, again)).spent, await left(process, follower)) == (1, 4)


@pytest.mark.gen_test
async def test_a_refusal_for_another_reason_uses_nothing_and_gives_nothing_back(
    new: New, follower: Address, wechat: Platform, now: Now, left: Left
) -> None:
    process, seen = new(), []
    await writes(process, follower, now)
    wechat.script["二"] = [PermanentChannelError("content is illegal", code="87014")]
    for text in "一二三":
        await process.post(follower, text)
        await process.deliver()
        seen.append(await left(process, follower))
        now.move(1)
    assert (seen, wechat.messages[-1].spent) == ([4, 4, 3], 1)


@pytest.mark.gen_test
async def test_what_went_by_another_way_used_nothing(
    new: New, follower: Address, phone: Address, sms: Platform, now: Now, left: Left
) -> None:
    process = new()
    await join(process, follower, phone)
    await writes(process, follower, now)
    for text in "一二三四五六七":
        (last,) = await process.post(follower, text)
        await process.deliver()
        now.move(1)
    assert len(sms.taken) == 2
    assert ((await delivery_of(process, last)).spent, await left(process, follower)) == (None, 0)


@pytest.mark.gen_test
async def test_what_is_heard_later_of_another_way_says_nothing_of_the_answers_since(
    new: New, follower: Address, phone: Address, sms: Platform, now: Now, left: Left
) -> None:
    process, forwarded = new(), "您在微信上的咨询有了答复：\n\n{}"
    await join(process, follower, phone)
    await writes(process, follower, now)
    for text in "一二三四五六":
        (last,) = await process.post(follower, text)
        await process.deliver()
        now.move(1)
    assert await left(process, follower) == 0
    sms.script[forwarded.format("七")] = [UncertainChannelError("no answer")]
    sms.known = {forwarded.format("七"): Receipt("SM7")}
    await process.post(follower, "七")
    await process.deliver()
    now.move(10)
    await process.settle_doubts()
    assert await left(process, follower) == 0
    await writes(process, follower, now)
    sid = (await process.message(last.id)).provider_id or ""
    assert await process.reports.report(Report(last.id, sid, "delivered"))
    assert await left(process, follower) == 5


@pytest.mark.gen_test
async def test_what_is_sent_again_after_later_ones_counts(
    new: New, follower: Address, wechat: Platform, now: Now, left: Left, letters: DeadLetters
) -> None:
    process, seen = new(), []
    early = [(await process.post(follower, text))[0] for text in ("早", "晚")]
    await process.deliver()
    assert [(await delivery_of(process, one)).code for one in early] == ["45015"] * 2
    await writes(process, follower, now)
    wechat.script["一"] = [PermanentChannelError("content is illegal", code="87014")] * 2
    (illegal,) = await process.post(follower, "一")
    await process.deliver()
    for text in "二三":
        await process.post(follower, text)
        await process.deliver()
    assert await left(process, follower) == 3
    for again in (early[0], illegal):
        await letters.retry(again.id, by="wang")
        await process.deliver()
        seen.append(await left(process, follower))
        now.move(1)
    for text in "四五":
        (last,) = await process.post(follower, text)
        await process.deliver()
        seen.append(await left(process, follower))
    await letters.retry(illegal.id, by="wang")
    await process.deliver()
    seen.append(await left(process, follower))
    assert seen == [2, 2, 1, 0, 0]
    assert [text for _, text in wechat.taken] == list("二三早四五")
    assert (await delivery_of(process, illegal)).code == "45047"

    await writes(process, follower, now)
    assert await left(process, follower) == 5
    await letters.retry(illegal.id, by="wang")
    await process.deliver()
    assert await left(process, follower) == 4
    assert ((await delivery_of(process, illegal)).spent, (await delivery_of(process, last)).spent) == (1, 5)


CLOSED = Unreachable("no phone there", code="30006")
FORWARDED = "您在短信上的咨询有了答复：\n\n{}"


@pytest.mark.gen_test
async def test_what_comes_from_another_conversation_counts_once(
    new: New, follower: Address, phone: Address, sms: Platform, wechat: Platform, now: Now, left: Left
) -> None:
    process, seen = new(), []
    await join(process, phone, follower)
    await writes(process, follower, now)
    await process.post(follower, "一")
    await process.deliver()
    # refused once for a while, then asked again, then lost on the way and sent once more
    for text, fate in (
        ("甲", []),
        ("乙", [TemporaryChannelError("busy", code="-1")]),
        ("丙", [UncertainChannelError("no answer")]),
    ):
        sms.script[text], wechat.script[FORWARDED.format(text)] = [CLOSED], fate
        (one,) = await process.post(phone, text)
        for _ in range(3):
            await process.deliver()
            await process.settle_doubts()
            now.move(11)
        delivery = await delivery_of(process, one)
        assert (delivery.state, delivery.to, delivery.spent) == ("sent", follower.key, 1)
        seen.append(await left(process, follower))
    await process.post(follower, "二")
    await process.deliver()
    assert [*seen, await left(process, follower)] == [3, 2, 1, 0]
    assert wechat.messages[-1].spent == 4

    # used up by both, it takes neither
    (own,) = await process.post(follower, "三")
    sms.script["丁"] = [CLOSED]
    (other,) = await process.post(phone, "丁")
    await process.deliver()
    assert [(await delivery_of(process, one)).code for one in (own, other)] == ["45047"] * 2

    await writes(process, follower, now)
    assert await left(process, follower) == 5
    sms.script["戊"] = [CLOSED]
    await process.post(phone, "戊")
    await process.deliver()
    assert await left(process, follower) == 4
    conversation = await process.conversations.get((await process.conversations.open(follower)).conversation_id)
    assert conversation is not None
    assert len(conversation.forwarded) == 1, "those of the window before are forgotten"


@pytest.mark.gen_test
async def test_what_comes_from_another_conversation_together_counts_as_one(
    new: New, follower: Address, phone: Address, sms: Platform, wechat: Platform, now: Now, left: Left
) -> None:
    process = new()
    await join(process, phone, follower)
    await writes(process, follower, now)
    said = await process.post(phone, "甲", "乙")
    for message in said:
        await process.put(message, to=follower.key, channel="wechat")
    await process.deliver()
    assert [text for _, text in wechat.taken] == [FORWARDED.format("甲\n乙")]
    assert [(await delivery_of(process, one)).state for one in said] == ["sent", "sent"]
    assert await left(process, follower) == 4


@pytest.mark.gen_test
async def test_what_goes_at_the_same_time_from_two_conversations_counts_twice(
    new: New, follower: Address, phone: Address, sms: Platform, wechat: Platform, now: Now, left: Left
) -> None:
    process = new()
    await join(process, phone, follower)
    await writes(process, follower, now)
    wechat.script[FORWARDED.format("甲")] = [0.2]
    sms.script["甲"] = [CLOSED]
    await process.post(phone, "甲")
    await process.courier.work(idle=0.01)
    while not wechat.taken:
        await process.courier.work(idle=0.01)
    await process.post(follower, "一")
    await process.deliver()
    assert len(wechat.taken) == 2
    assert await left(process, follower) == 3


@pytest.mark.gen_test
async def test_what_goes_to_another_follower_uses_theirs(
    new: New, follower: Address, wechat: Platform, now: Now, left: Left
) -> None:
    process, second = new(), follower.model_copy(update={"external_id": f"{follower.external_id}-second"})
    await join(process, follower, second)
    await writes(process, second, now)
    for text in "一二":
        await process.post(follower, text)
        await process.deliver()
    assert [whom for whom, _ in wechat.taken] == [second.external_id] * 2
    assert await left(process, second) == 3
    await process.hear(follower, now())
    await process.post(follower, "三")
    await process.deliver()
    assert (wechat.taken[-1], await left(process, follower)) == ((follower.external_id, "三"), 4)
