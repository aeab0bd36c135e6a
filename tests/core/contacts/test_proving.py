"""One person, several identities: codes to phones, and joins on proof; over the real stores."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from channels.contract import Address, Capabilities, Event, Text, Unreachable
from gateway.core.ports import StoreUnavailable
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisLimits
from tests.core.conftest import Now, inbound
from tests.core.contacts.conftest import New, a_phone, a_visitor
from tests.core.delivering import Platform, Process

# ---- the way a citizen goes ----


@pytest.mark.gen_test
async def test_a_proved_phone_and_the_visitor_become_one_contact(
    new: New, visitor: Address, phone: Address, now: Now
) -> None:
    world = new()
    answer = await world.write(visitor, f"绑定手机{phone.external_id}")
    assert f"{phone.external_id[3:6]}****{phone.external_id[-4:]}" in answer
    assert (await world.only_proof()).code is not None
    now.move(1)
    await world.contacts.sweep()
    (message,) = await world.said_to(phone)
    (code,) = await world.codes(phone)
    assert message.parts == (
        Text(text=f"【12345热线】验证码 {code}，10 分钟内有效。如非本人操作，请忽略，也不要告诉他人。"),
    )
    assert (message.sender.kind, message.intent) == ("system", "code")
    proof = await world.only_proof()
    assert (proof.state, proof.code) == ("sent", None)
    assert await world.contact_of(visitor) != await world.contact_of(phone)
    mine = await world.contact_of(visitor)
    now.move(60)
    await world.write(visitor, code)
    await world.contacts.sweep()
    # the visitor was there first
    assert await world.contact_of(visitor) == await world.contact_of(phone) == mine
    identity = await world.identity(phone)
    assert (identity.verified, identity.verified_at) == (True, now())
    assert not (await world.identity(visitor)).verified
    (join,) = await world.contacts.joins(mine)
    assert (join.state, join.to, join.phone) == ("done", mine, phone.external_id)
    assert [moved.identity for moved in join.moved] == [phone.key]
    assert [one.id for one in await world.contacts.identities(mine)] == [visitor.key, phone.key]
    assert await world.contacts.sweep() == 0


@pytest.mark.gen_test
async def test_what_does_not_reach_the_follower_reaches_the_proved_phone(
    new: New, open_store: Callable[..., MongoStore], bus: RedisBus, redis_connection: RedisConnection, now: Now
) -> None:
    follower, phone = Address(channel="wechat", account="wx", external_id="oContacts"), a_phone()
    world = new()
    await world.prove(follower, phone)
    sms, wechat = Platform(), Platform("wechat", Capabilities(max_text_bytes=2048, merges=True))
    wechat.everything = Unreachable("the window is closed", code="45015")
    process = Process(open_store(), bus, RedisLimits(redis_connection), now, {"sms": sms, "wechat": wechat})
    await process.post(follower, "您的事办好了")
    await process.deliver()
    assert any(whom == phone.external_id and "您的事办好了" in text for whom, text in sms.taken)


@pytest.mark.gen_test
async def test_a_wrong_code_joins_nothing(new: New, visitor: Address, phone: Address) -> None:
    world = new()
    await world.write(visitor, f"绑定手机{phone.external_id}")
    await world.contacts.sweep()
    (code,) = await world.codes(phone)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert "还可以试4次" in await world.write(visitor, wrong)
    await world.contacts.sweep()
    assert await world.store.find("joins", {}) == []
    assert await world.contact_of(visitor) != await world.contact_of(phone)


@pytest.mark.gen_test
async def test_two_processes_send_a_code_and_join_once(new: New, visitor: Address, phone: Address) -> None:
    one, other = new(), new()
    await one.write(visitor, f"绑定手机{phone.external_id}")
    await asyncio.gather(*(world.contacts.sweep() for world in (one, other, one, other)))
    (code,) = await one.codes(phone)
    await other.write(visitor, code)
    await asyncio.gather(*(world.contacts.sweep() for world in (one, other, one, other)))
    assert await one.contact_of(visitor) == await one.contact_of(phone)
    (join,) = await one.contacts.joins(visitor.key)
    assert (join.state, len(join.moved)) == ("done", 1)
    # the process that remembers the conversation from before goes on in it
    assert await one.write(visitor, "公积金怎么提取")
    assert await one.contact_of(visitor) == join.to


@pytest.mark.gen_test(timeout=60)
async def test_killed_at_any_write_it_is_finished_by_another_process(new: New, now: Now) -> None:
    survivor = new()
    for lives in range(40):
        visitor, phone, other = a_visitor(), a_phone(), a_visitor()
        await survivor.prove(other, phone)
        now.move(3600)
        await survivor.write(visitor, f"绑定手机{phone.external_id}")
        dying = new(lives)
        killed = 0
        try:
            await dying.contacts.sweep()
        except StoreUnavailable:
            killed += 1
        await survivor.contacts.sweep()
        codes = await survivor.codes(phone)
        assert len(codes) == 2
        await survivor.write(visitor, codes[-1])
        dying = new(lives)
        try:
            await dying.contacts.sweep()
        except StoreUnavailable:
            killed += 1
        await survivor.contacts.sweep()
        contact = await survivor.contact_of(other)
        assert contact == await survivor.contact_of(phone) == await survivor.contact_of(visitor)
        (join,) = await survivor.contacts.joins(visitor.key)
        assert [moved.identity for moved in join.moved] == [visitor.key]
        dying = new(lives)
        try:
            await dying.contacts.undo(join.id, by="a clerk", reason="不是同一个人")
        except StoreUnavailable:
            killed += 1
        await survivor.contacts.sweep()
        if (await survivor.contacts.join(join.id)).state == "done":
            assert lives == 0  # killed before anything was written
            await survivor.contacts.undo(join.id, by="a clerk", reason="不是同一个人")
        assert await survivor.contact_of(visitor) != contact
        assert contact == await survivor.contact_of(phone) == await survivor.contact_of(other)
        assert len(await survivor.store.find("audit", {"about": join.id})) == 1
        if not killed:
            return
    raise AssertionError("it never got through")


# ---- codes that are not sent ----


@pytest.mark.gen_test
async def test_without_an_sms_channel_that_is_said(new: New, visitor: Address, phone: Address) -> None:
    world = new(sms=False)
    await world.write(visitor, f"绑定手机{phone.external_id}")
    await world.contacts.sweep()
    last = (await world.said_to(visitor))[-1]
    assert "发不了短信" in str(last.parts[0])
    assert last.sender.kind == "system"
    proof = await world.only_proof()
    assert (proof.state, proof.reason, proof.code) == ("refused", "no_sms", None)
    assert await world.store.get("identities", phone.key) is None


@pytest.mark.gen_test
async def test_who_wants_no_messages_gets_no_code(new: New, visitor: Address, phone: Address) -> None:
    world = new()
    stop = inbound(phone, parts=(Event(name="opt_out", key="TD", data={"text": "TD"}),))
    await world.intake.accept(stop)
    await world.intake.drain()
    assert "已为您退订短信" in str((await world.said_to(phone))[-1].parts[0])
    await world.write(visitor, f"绑定手机{phone.external_id}")
    await world.contacts.sweep()
    assert await world.codes(phone) == []
    assert (await world.only_proof()).reason == "opted_out"
    refused = str((await world.said_to(visitor))[-1].parts[0])
    # the same words as for any other cause
    assert "没能发到" in refused
    assert phone.external_id[3:] not in refused


@pytest.mark.gen_test
async def test_five_codes_an_hour_and_twenty_a_day_to_one_phone(new: New, phone: Address, now: Now) -> None:
    world = new()
    for hour in range(6):
        for _ in range(7):
            await world.write(a_visitor(), f"绑定手机{phone.external_id}")
            now.move(1)
        await world.contacts.sweep()
        assert len(await world.codes(phone)) == min(20, (hour + 1) * 5)
        now.move(3600)
    reasons = {document.get("reason") for document in await world.store.find("proofs", {})}
    assert reasons == {None, "phone_hour", "phone_day"}
    assert await world.store.find("proofs", {"state": "due"}) == []
    now.move(24 * 3600)
    await world.write(a_visitor(), f"绑定手机{phone.external_id}")
    await world.contacts.sweep()
    assert len(await world.codes(phone)) == 21


@pytest.mark.gen_test
async def test_ten_codes_a_day_for_one_who_asks(new: New, visitor: Address, now: Now) -> None:
    world = new()
    phones = [a_phone() for _ in range(12)]
    for phone in phones:
        await world.write(visitor, f"绑定手机{phone.external_id}")
        await world.write(visitor, "取消")
        now.move(30)
    # however many processes look at once
    other = new()
    await asyncio.gather(world.contacts.sweep(), other.contacts.sweep())
    sent = [phone for phone in phones if await world.store.get("identities", phone.key)]
    assert sent == phones[:10]


@pytest.mark.gen_test
async def test_a_code_that_comes_too_late_is_not_sent(new: New, visitor: Address, phone: Address, now: Now) -> None:
    world = new()
    await world.write(visitor, f"绑定手机{phone.external_id}")
    now.move(601)
    await world.contacts.sweep()
    assert await world.codes(phone) == []
    assert (await world.only_proof()).reason == "expired"


@pytest.mark.gen_test
async def test_a_code_that_was_never_sent_proves_nothing(new: New, visitor: Address, phone: Address, now: Now) -> None:
    """Who starts anew without end could try codes that went to nobody; guessing one joins nothing."""
    world = new()
    for _ in range(5):
        await world.write(a_visitor(), f"绑定手机{phone.external_id}")
        now.move(1)
    await world.write(visitor, f"绑定手机{phone.external_id}")
    guessed = (await world.conversations.get((await world.identity(visitor)).conversation_id)).memory  # type: ignore[union-attr]
    await world.contacts.sweep()
    await world.write(visitor, guessed.flow_state["code"])
    await world.contacts.sweep()
    (join,) = await world.contacts.joins(visitor.key)
    assert (join.state, join.reason) == ("refused", "not_proved")
    assert await world.contact_of(visitor) != await world.contact_of(phone)
    assert not (await world.identity(phone)).verified
