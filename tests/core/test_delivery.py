"""From the outbox to the platforms: order, claims, doubts, ways round, reports, dead letters."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels.contract import (
    Address,
    Capabilities,
    PermanentChannelError,
    Receipt,
    Report,
    TemporaryChannelError,
    Text,
    UncertainChannelError,
    Unreachable,
)
from gateway.core.delivery import DeadLetters, Limit, rules
from gateway.core.errors import Conflict, NotFound
from gateway.core.model import Delivery, Message, milliseconds
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisLimits
from tests.core.conftest import Now
from tests.core.delivering import POLICY, Platform, Process
from tests.storage.wire import Wire

_numbers = itertools.count(1)
New = Callable[..., Process]


@pytest.fixture
def phone() -> Address:
    return Address(channel="sms", account="AC1", external_id=f"+8613800{next(_numbers):06d}")


@pytest.fixture
def follower() -> Address:
    return Address(channel="wechat", account="wx", external_id=f"oDelivery{next(_numbers)}")


@pytest.fixture
def sms() -> Platform:
    return Platform()


@pytest.fixture
def wechat() -> Platform:
    return Platform("wechat", Capabilities(max_text_bytes=2048, merges=True))


@pytest.fixture
def new(
    open_store: Callable[..., MongoStore],
    redis_connection: RedisConnection,
    bus: RedisBus,
    now: Now,
    sms: Platform,
    wechat: Platform,
) -> New:
    def process(store: MongoStore | None = None, **options: Any) -> Process:
        limits = RedisLimits(redis_connection)
        return Process(store or open_store(), bus, limits, now, {"sms": sms, "wechat": wechat}, **options)

    return process


@contextlib.asynccontextmanager
async def wired(mongo_url: str, database: str) -> AsyncIterator[tuple[Wire, MongoStore]]:
    """A store whose answers can be changed on their way."""
    async with Wire(mongo_url) as wire:
        store = MongoStore(wire.url, database)
        try:
            yield wire, store
        finally:
            await store.close()


async def delivery_of(process: Process, message: Message) -> Delivery:
    delivery = (await process.message(message.id)).delivery
    assert delivery is not None
    return delivery


async def join(process: Process, one: Address, other: Address, *, verified: bool = True) -> None:
    """Both are the same person's."""
    first, second = await process.conversations.open(one), await process.conversations.open(other)
    document = second.model_copy(update={"contact_id": first.contact_id, "verified": verified}).document()
    assert await process.store.replace("identities", document)


@pytest.mark.gen_test
async def test_messages_arrive_in_order_and_say_so(new: New, phone: Address, sms: Platform) -> None:
    process = new()
    messages = await process.post(phone, "一", "二", "三")
    await process.deliver()
    assert [text for whom, text in sms.taken if whom == phone.external_id] == ["一", "二", "三"]
    stored = await process.message(messages[0].id)
    assert stored.provider_id is not None
    assert stored.delivery is not None
    assert (stored.delivery.state, stored.delivery.via, stored.delivery.attempts) == ("sent", "api", 1)
    assert stored.delivery.due is None


@pytest.mark.gen_test
async def test_posting_again_under_the_same_key_says_it_once(new: New, phone: Address, sms: Platform) -> None:
    one, other = new(), new()
    assert len(await one.post(phone, "验证码", key="proof:1")) == 1
    assert await one.post(phone, "验证码", key="proof:1") == []
    assert await other.post(phone, "验证码", key="proof:1") == []
    await one.deliver()
    assert len([text for whom, text in sms.taken if whom == phone.external_id]) == 1


@pytest.mark.gen_test
async def test_what_fails_for_now_is_tried_later_and_what_follows_waits(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new()
    first, second = await process.post(phone, "甲", "乙")
    sms.script["甲"] = [TemporaryChannelError("busy", code="429"), TemporaryChannelError("busy", retry_after=7)]
    await process.deliver()
    assert sms.taken == []
    delivery = await delivery_of(process, first)
    assert (delivery.state, delivery.code, delivery.due) == ("queued", "429", process.due(2))
    now.move(1.9)
    await process.deliver()
    assert sms.taken == []
    now.move(0.2)
    await process.deliver()
    assert (await delivery_of(process, first)).due == process.due(7)
    assert (await delivery_of(process, second)).state == "queued"
    now.move(8)
    await process.deliver()
    assert [text for _, text in sms.taken] == ["甲", "乙"]


@pytest.mark.gen_test
async def test_it_is_given_up_after_so_many_attempts_and_the_next_goes_on(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new()
    first, _ = await process.post(phone, "甲", "乙")
    sms.script["甲"] = [TemporaryChannelError("busy", code="20429")] * 9
    for _ in range(POLICY.attempts + 1):
        await process.deliver()
        now.move(70)
    delivery = await delivery_of(process, first)
    assert (delivery.state, delivery.code, delivery.attempts) == ("failed", "20429", POLICY.attempts)
    assert [text for _, text in sms.taken] == ["乙"]


@pytest.mark.gen_test
async def test_a_final_refusal_is_kept_with_the_platforms_words(new: New, phone: Address, sms: Platform) -> None:
    process = new()
    first, second = await process.post(phone, "甲", "乙")
    page = "https://www.twilio.com/docs/api/errors/21614"
    sms.script["甲"] = [PermanentChannelError("not a mobile number", code="21614", documentation=page)]
    await process.deliver()
    delivery = await delivery_of(process, first)
    assert (delivery.state, delivery.code, delivery.meaning) == ("failed", "21614", "not a mobile number")
    assert delivery.documentation == page
    assert (await delivery_of(process, second)).state == "sent"


@pytest.mark.gen_test
async def test_several_processes_send_each_message_once_and_in_order(
    new: New, sms: Platform, phone: Address, now: Now
) -> None:
    processes = [new() for _ in range(3)]
    people = [phone.model_copy(update={"external_id": f"{phone.external_id}{n:02d}"}) for n in range(20)]
    for person in people:
        await processes[0].post(person, *map(str, range(5)))
    for _ in range(4):
        await asyncio.gather(*(process.deliver(60) for process in processes))
        now.move(1)  # for what was put off meanwhile
    for person in people:
        assert [text for whom, text in sms.taken if whom == person.external_id] == list("01234")


@pytest.mark.gen_test
async def test_one_that_was_put_off_is_not_overtaken(new: New, phone: Address, sms: Platform, now: Now) -> None:
    process = new()
    _, second, _ = await process.post(phone, "一", "二", "三")
    later = second.model_copy(
        update={"delivery": second.delivery.model_copy(update={"due": milliseconds(now()) + 5000})}  # type: ignore[union-attr]
    )
    assert await process.store.replace("messages", later.document())
    await process.deliver()
    assert [text for _, text in sms.taken] == ["一"]
    now.move(6)
    await process.deliver()
    assert [text for _, text in sms.taken] == ["一", "二", "三"]


@pytest.mark.gen_test
async def test_a_message_waits_for_one_that_another_process_has_not_written_yet(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new()
    first, _ = await process.post(phone, "甲", "乙")
    document = await process.store.get("messages", first.id)
    assert document is not None
    await process.store.delete("messages", [first.id])
    await process.deliver()
    assert sms.taken == []
    await process.store.insert("messages", document)
    now.move(1)
    await process.deliver()
    assert [text for _, text in sms.taken] == ["甲", "乙"]


class TestDoubt:
    LOST = ("lost", UncertainChannelError("no answer"))

    @pytest.mark.gen_test
    async def test_the_platform_is_asked(self, new: New, phone: Address, sms: Platform, now: Now) -> None:
        process = new()
        (message,) = await process.post(phone, "甲")
        sms.script["甲"], sms.known = [self.LOST], {"甲": Receipt("SM7")}
        await process.deliver()
        delivery = await delivery_of(process, message)
        assert (delivery.state, delivery.doubts) == ("uncertain", 1)
        await process.settle_doubts()
        assert (await delivery_of(process, message)).state == "uncertain"
        now.move(10)
        await process.settle_doubts()
        stored = await process.message(message.id)
        assert stored.delivery is not None
        assert (stored.delivery.state, stored.delivery.doubts, stored.provider_id) == ("sent", None, "SM7")
        assert len(sms.taken) == 1

    @pytest.mark.gen_test
    async def test_what_the_platform_does_not_know_is_sent_again_without_doubt(
        self, new: New, phone: Address, sms: Platform, now: Now
    ) -> None:
        process = new()
        (message,) = await process.post(phone, "甲")
        sms.script["甲"], sms.known = [UncertainChannelError("no answer")], {}
        await process.deliver()
        now.move(10)
        await process.settle_doubts()
        delivery = await delivery_of(process, message)
        assert (delivery.state, delivery.doubts) == ("sent", None)
        assert len(sms.taken) == 1

    @pytest.mark.gen_test
    async def test_where_nobody_can_be_asked_it_is_sent_again_and_stays_marked(
        self, new: New, phone: Address, sms: Platform, now: Now
    ) -> None:
        process = new()
        (message,) = await process.post(phone, "甲")
        sms.script["甲"] = [self.LOST]
        await process.deliver()
        now.move(10)
        await process.settle_doubts()
        delivery = await delivery_of(process, message)
        assert (delivery.state, delivery.doubts) == ("sent", 1)
        assert len(sms.taken) == 2

    @pytest.mark.gen_test
    async def test_it_is_not_sent_for_ever(self, new: New, phone: Address, sms: Platform, now: Now) -> None:
        process = new()
        first, _ = await process.post(phone, "甲", "乙")
        sms.script["甲"] = [self.LOST] * 9
        for _ in range(9):
            await process.deliver()
            now.move(31)
            await process.settle_doubts()
        delivery = await delivery_of(process, first)
        assert (delivery.state, delivery.doubts, delivery.is_open) == ("uncertain", 3, False)
        assert [text for _, text in sms.taken] == ["甲", "甲", "甲", "乙"]

    @pytest.mark.gen_test
    async def test_a_claim_whose_holder_died_ends_in_doubt(
        self, new: New, phone: Address, sms: Platform, now: Now
    ) -> None:
        process = new()
        first, _ = await process.post(phone, "甲", "乙")
        await process.put(first, state="sending", due=process.due(30), attempts=1, holder="dead")
        await process.settle_doubts()
        assert sms.taken == []
        now.move(30)
        await process.settle_doubts()
        delivery = await delivery_of(process, first)
        assert (delivery.state, delivery.code, delivery.doubts) == ("uncertain", "sender_lost", 1)
        now.move(10)
        await process.settle_doubts()
        assert [text for _, text in sms.taken] == ["甲", "乙"]

    @pytest.mark.gen_test
    async def test_of_two_doubts_an_answer_settles_one(self, new: New, phone: Address, sms: Platform, now: Now) -> None:
        """The platform could not be asked after the first; what it says of the second leaves the first in doubt."""
        process = new()
        found, told = [*await process.post(phone, "甲"), *await process.post(phone, "乙")]
        sms.script["甲"], sms.script["乙"] = [self.LOST] * 2, [self.LOST] * 2
        for message in (found, told):
            await process.deliver()
            now.move(10)
            await process.settle_doubts()
            assert (await delivery_of(process, message)).doubts == 2
            if message is found:
                sms.known = {"甲": Receipt("SM1")}
                now.move(10)
                await process.settle_doubts()
                sms.known = None
            else:
                assert await process.reports.report(Report(told.id, "SM2", "delivered"))
        for message, state in ((found, "sent"), (told, "delivered")):
            delivery = await delivery_of(process, message)
            assert (delivery.state, delivery.doubts) == (state, 1)
        assert [text for _, text in sms.taken] == ["甲", "甲", "乙", "乙"]

    @pytest.mark.gen_test
    async def test_the_word_of_one_thought_dead_settles_the_doubt(
        self, new: New, phone: Address, sms: Platform, now: Now
    ) -> None:
        """It was only slow: another found its claim at an end while its call was under way."""
        process, other = new(), new()
        (message,) = await process.post(phone, "甲")
        sms.script["甲"] = [0.5]
        work = asyncio.ensure_future(process.deliver())
        while not sms.taken:
            await asyncio.sleep(0.01)
        now.move(31)
        await other.courier.doubts.look_into()
        assert (await delivery_of(other, message)).code == "sender_lost"
        await work
        delivery = await delivery_of(process, message)
        assert (delivery.state, delivery.doubts) == ("sent", None)
        assert len(sms.taken) == 1

    def test_an_attempt_is_doubted_once_and_any_outcome_settles_that(self, now: Now) -> None:
        moment, error = now(), TemporaryChannelError("busy", code="429")
        second = Delivery(state="uncertain", attempts=2, doubts=2)
        outcomes = [
            rules.sent(second, Receipt("SM2"), moment, spent=1),
            rules.later(second, error, POLICY, moment, since=moment, chance=lambda: 1.0),
            rules.later(second, error, replace(POLICY, attempts=2), moment, since=moment, chance=lambda: 1.0),
            rules.failed(second, error, moment),
            rules.not_now(second, 0, moment),
            rules.rerouted(second, error, moment, before="a", to="b", channel="sms"),
        ]
        assert [(outcome.state, outcome.doubts) for outcome in outcomes] == [
            ("sent", 1),
            ("queued", 1),
            ("uncertain", 1),
            ("uncertain", 1),
            ("queued", 1),
            ("queued", 1),
        ]
        assert rules.doubtful(second, error, POLICY, moment).doubts == 2

    @pytest.mark.gen_test
    async def test_what_could_not_leave_in_time_does_not_leave(
        self, new: New, open_store: Callable[..., MongoStore], mongo_url: str, phone: Address, sms: Platform, now: Now
    ) -> None:
        """Half of the claim passes before the store has confirmed it: another may soon take the message up."""
        async with wired(mongo_url, open_store().database.name) as (wire, store):
            process = new(store)
            (message,) = await process.post(phone, "甲")
            wire.change = lambda command, _: now.move(16) if command == "update" else None
            await process.deliver(1)
            wire.change = None
            assert sms.taken == []
            delivery = await delivery_of(process, message)
            assert (delivery.state, delivery.code, delivery.doubts) == ("queued", "late", None)
            now.move(10)
            await process.deliver()
            assert (await delivery_of(process, message)).state == "sent"
        assert len(sms.taken) == 1

    @pytest.mark.gen_test
    async def test_a_call_ends_before_its_claim(self, new: New, phone: Address, sms: Platform) -> None:
        process = new(policy=replace(POLICY, lease=0.5))
        (message,) = await process.post(phone, "甲")
        sms.script["甲"] = [5.0]
        await process.deliver(1)
        delivery = await delivery_of(process, message)
        assert (delivery.state, delivery.code, delivery.doubts) == ("uncertain", "no_answer", 1)

    @pytest.mark.gen_test
    async def test_a_store_that_goes_away_before_the_platform_is_asked_leaves_no_doubt(
        self,
        new: New,
        open_store: Callable[..., MongoStore],
        mongo_url: str,
        follower: Address,
        wechat: Platform,
        now: Now,
    ) -> None:
        async with wired(mongo_url, open_store().database.name) as (wire, store):
            process = new(store)
            await process.post(follower, "甲")
            await process.deliver()
            (message,) = await process.post(follower, "乙")
            claimed = False

            def fail(command: str, reply: dict[str, Any]) -> None:
                nonlocal claimed
                if claimed and command == "find":
                    wire.change = None
                    reply.clear()
                    reply.update(ok=0.0, code=13, codeName="Unauthorized", errmsg="not authorized")
                claimed = claimed or command == "update"

            wire.change = fail
            await process.deliver(1)
            delivery = await delivery_of(process, message)
            assert (delivery.state, delivery.code, delivery.doubts) == ("queued", "store_unavailable", None)
            now.move(10)
            await process.deliver()
        assert [text for _, text in wechat.taken] == ["甲", "乙"]


class TestElsewhere:
    CLOSED = Unreachable("the citizen has not written for 48 hours", code="45015")

    @pytest.mark.gen_test
    async def test_a_proved_phone_of_the_same_person_gets_it(
        self, new: New, phone: Address, follower: Address, sms: Platform, wechat: Platform
    ) -> None:
        process = new()
        (message,) = await process.post(follower, "办好了")
        await join(process, follower, phone)
        wechat.script["办好了"] = [self.CLOSED]
        await process.deliver()
        assert sms.taken == [(phone.external_id, "您在微信上的咨询有了答复：\n\n办好了")]
        delivery = await delivery_of(process, message)
        assert (delivery.state, delivery.to, delivery.channel) == ("sent", phone.key, "sms")
        assert [(tried.to, tried.code) for tried in delivery.tried or ()] == [(follower.key, "45015")]

    @pytest.mark.gen_test
    @pytest.mark.parametrize("why", ["unproved", "opted out", "nobody's"])
    async def test_nobody_else_gets_it(
        self, new: New, phone: Address, follower: Address, sms: Platform, wechat: Platform, why: str, now: Now
    ) -> None:
        process = new()
        (message,) = await process.post(follower, "办好了")
        if why == "nobody's":
            await process.conversations.open(phone)
        else:
            await join(process, follower, phone, verified=why != "unproved")
        if why == "opted out":
            await process.conversations.change(
                phone, lambda conversation: (conversation.model_copy(update={"opted_out_at": now()}), ())
            )
        wechat.script["办好了"] = [self.CLOSED]
        await process.deliver()
        assert sms.taken == []
        delivery = await delivery_of(process, message)
        assert (delivery.state, delivery.code) == ("failed", "45015")


@pytest.mark.gen_test
async def test_whoever_opted_out_is_left_alone(new: New, phone: Address, sms: Platform, now: Now) -> None:
    process = new()
    await process.conversations.open(phone)
    await process.conversations.change(
        phone, lambda conversation: (conversation.model_copy(update={"opted_out_at": now()}), ())
    )
    (message,) = await process.post(phone, "进度")
    (goodbye,) = await process.post(phone, "已退订", intent="opt_out")
    await process.deliver()
    assert [text for _, text in sms.taken] == ["已退订"]
    assert (await delivery_of(process, message)).code == "opted_out"
    assert (await delivery_of(process, goodbye)).state == "sent"


@pytest.mark.gen_test
async def test_messages_that_wait_together_travel_as_one_and_cost_one(
    new: New, follower: Address, wechat: Platform, now: Now
) -> None:
    process = new()
    await process.conversations.open(follower)
    await process.conversations.change(
        follower,
        lambda conversation: (
            conversation.model_copy(
                update={"window": conversation.window.model_copy(update={"last_message_at": now()})}
            ),
            (),
        ),
    )
    now.move(60)
    waiting = [*await process.post(follower, "一", "二"), *await process.post(follower, "三")]
    await process.deliver()
    assert [text for _, text in wechat.taken] == ["一\n二\n三"]
    assert {(await delivery_of(process, message)).spent for message in waiting} == {1}
    (later,) = await process.post(follower, "四")
    await process.deliver()
    assert wechat.messages[-1].spent == 1
    assert wechat.messages[-1].last_message_at == now() - timedelta(seconds=60)
    assert (await delivery_of(process, later)).spent == 2


@pytest.mark.gen_test
async def test_the_budget_begins_anew_when_the_citizen_writes(
    new: New, follower: Address, wechat: Platform, now: Now
) -> None:
    process = new()
    await process.conversations.open(follower)

    async def writes() -> None:
        await process.conversations.change(
            follower,
            lambda conversation: (
                conversation.model_copy(
                    update={"window": conversation.window.model_copy(update={"last_message_at": now()})}
                ),
                (),
            ),
        )

    await writes()
    for text in "一二三":
        now.move(1)
        await process.post(follower, text)
        await process.deliver()
    assert [message.spent for message in wechat.messages] == [0, 1, 2]
    now.move(1)
    await writes()
    now.move(1)
    await process.post(follower, "四")
    await process.deliver()
    assert wechat.messages[-1].spent == 0


@pytest.mark.gen_test
async def test_a_long_answer_is_cut_and_linked(new: New, phone: Address, sms: Platform) -> None:
    process = new()
    whole = "请带身份证到就近的派出所办理。" * 10
    (message,) = await process.post(phone, whole)
    await process.deliver()
    ((_, text),) = sms.taken
    assert len(text) <= 60
    link = text.rpartition("全文：")[2]
    assert link == process.links.address(message.id)
    assert await process.links.parts(link.rpartition("/")[2]) == (Text(text=whole),)
    assert await process.links.parts("a" * 12) is None


@pytest.mark.gen_test
async def test_the_limit_holds_for_all_processes_together(new: New, phone: Address, sms: Platform) -> None:
    processes = [new(rates={"sms": Limit(3, 60)}) for _ in range(2)]
    for n in range(8):
        await processes[0].post(phone.model_copy(update={"external_id": f"{phone.external_id}{n}"}), "好")
    await asyncio.gather(*(process.deliver(5) for process in processes))
    assert len(sms.taken) == 3


@pytest.mark.gen_test
async def test_when_the_platform_is_down_messages_keep_their_attempts(
    new: New, phone: Address, sms: Platform, now: Now
) -> None:
    process = new()
    messages = []
    for n in range(60):
        messages += await process.post(phone.model_copy(update={"external_id": f"{phone.external_id}{n}"}), "好")
    sms.everything = TemporaryChannelError("no connection")
    for _ in range(10):
        await process.deliver(3)
        now.move(5)
    attempts = sum([(await delivery_of(process, message)).attempts for message in messages])
    assert attempts < 2 * len(messages)
    sms.everything = None
    await asyncio.sleep(1.1)
    for _ in range(30):
        await process.deliver(3)
        now.move(30)
        if len(sms.taken) == 60:
            break
        await asyncio.sleep(0.2)
    assert len(sms.taken) == 60


class TestReports:
    @pytest.mark.gen_test
    async def test_only_forward_and_in_any_order(self, new: New, phone: Address) -> None:
        process = new()
        (message,) = await process.post(phone, "甲")
        await process.deliver()
        sid = (await process.message(message.id)).provider_id or ""
        assert await process.reports.report(Report(message.id, sid, "delivered"))
        assert not await process.reports.report(Report(message.id, sid, "sent"))
        assert not await process.reports.report(Report(message.id, sid, "failed", "30003", "gone"))
        assert (await delivery_of(process, message)).state == "delivered"
        assert await process.reports.report(Report(message.id, sid, "read"))
        assert not await process.reports.report(Report("nobody", "SM1", "sent"))

    @pytest.mark.gen_test
    async def test_before_the_call_has_returned(self, new: New, phone: Address, sms: Platform) -> None:
        process = new()
        (message,) = await process.post(phone, "甲")
        sms.script["甲"] = [0.3]
        work = asyncio.ensure_future(process.deliver())
        while not sms.taken:
            await asyncio.sleep(0.01)
        assert await process.reports.report(Report(message.id, "SM1", "delivered"))
        await work
        stored = await process.message(message.id)
        assert stored.delivery is not None
        assert (stored.delivery.state, stored.provider_id) == ("delivered", "SM1")

    @pytest.mark.gen_test
    async def test_a_report_settles_a_doubt(self, new: New, phone: Address, sms: Platform, now: Now) -> None:
        process = new()
        (message,) = await process.post(phone, "甲")
        sms.script["甲"] = [("lost", UncertainChannelError("no answer"))]
        await process.deliver()
        assert await process.reports.report(Report(message.id, "SM1", "sent"))
        now.move(60)
        await process.settle_doubts()
        stored = await process.message(message.id)
        assert stored.delivery is not None
        assert (stored.delivery.state, stored.delivery.doubts, stored.provider_id) == ("sent", None, "SM1")
        assert len(sms.taken) == 1

    @pytest.mark.gen_test
    async def test_failed_after_all(self, new: New, phone: Address, sms: Platform, now: Now) -> None:
        process = new()
        one, two = await process.post(phone, "甲", "乙")
        await process.deliver()
        assert await process.reports.report(Report(one.id, "SM1", "failed", "30005", "unknown number"))
        delivery = await delivery_of(process, one)
        assert (delivery.state, delivery.code, delivery.meaning) == ("failed", "30005", "unknown number")
        assert not await process.reports.report(Report(one.id, "SM1", "delivered"))
        assert await process.reports.report(Report(two.id, "SM2", "failed", "30003", "off", temporary=True))
        now.move(10)
        await process.deliver()
        assert [text for _, text in sms.taken] == ["甲", "乙", "乙"]


class TestDeadLetters:
    @pytest.fixture
    def letters(self, open_store: Callable[..., MongoStore], bus: RedisBus, now: Now) -> DeadLetters:
        return DeadLetters(open_store(), bus, ["sms", "wechat"], now)

    @pytest.mark.gen_test
    async def test_listed_retried_and_dropped(
        self, new: New, letters: DeadLetters, phone: Address, sms: Platform
    ) -> None:
        process = new()
        one, two, three = await process.post(phone, "甲", "乙", "丙")
        refusal = PermanentChannelError("unknown", code="30005")
        sms.script["甲"], sms.script["乙"] = [refusal], [refusal]
        await process.deliver()
        failed = [message.id for message in await letters.list() if message.identity == phone.key]
        assert failed == [two.id, one.id]
        assert [m.id for m in await letters.list(before=two.id, channel="sms") if m.identity == phone.key] == [one.id]
        await letters.retry(one.id, by="wang")
        await process.deliver()
        assert (await delivery_of(process, one)).state == "sent"
        await letters.drop(two.id, by="wang", reason="号码已注销")
        assert (await delivery_of(process, two)).meaning == "号码已注销"
        assert not [message for message in await letters.list() if message.identity == phone.key]
        with pytest.raises(Conflict):
            await letters.retry(three.id, by="wang")
        with pytest.raises(NotFound):
            await letters.drop("nothing", by="wang", reason="x")
        (entry,) = await process.store.find("audit", {"about": two.id})
        assert (entry["actor"], entry["action"], entry["reason"]) == ("wang", "delivery.drop", "号码已注销")
