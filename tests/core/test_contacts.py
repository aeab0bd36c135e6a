"""One person, several identities: codes to phones, joins on proof, and joins taken back; over the real stores."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

import run as entry
from bot.answers import Answers, Lexicon
from bot.engine import Engine
from channels.contract import Address, Capabilities, Event, Text, Unreachable
from gateway.commands import contacts as command
from gateway.core.contacts import Contacts, Join, Proof
from gateway.core.conversations import Conversations
from gateway.core.errors import Conflict, Invalid, NotFound
from gateway.core.handoff import Board
from gateway.core.intake import Intake
from gateway.core.model import Conversation, Identity, Message, milliseconds
from gateway.core.ports import StoreUnavailable
from gateway.core.queue import Hours, Queue
from gateway.core.turns import Traits
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisLimits
from tests.core.conftest import ENTRIES, Now, inbound
from tests.core.delivering import Platform, Process

ACCOUNT = "AC1"
_numbers = itertools.count(1)


class Dying:
    """A store whose process is killed at its n-th write: nothing is written from then on."""

    def __init__(self, store: MongoStore, lives: int) -> None:
        self._store = store
        self.lives = lives

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)
        if name not in ("insert", "insert_many", "replace", "replace_many", "delete"):
            return call

        async def write(*given: Any) -> Any:
            self.lives -= 1
            if self.lives < 0:
                raise StoreUnavailable("killed")
            return await call(*given)

        return write


class World:
    """One gateway process as far as contacts go."""

    def __init__(self, store: Any, bus: RedisBus, now: Now, *, sms: bool = True) -> None:
        self.store, self.now = store, now
        self.conversations = Conversations(store, bus, now, traits={"web": Traits(pull=True)})
        queue = Queue(Board(store, now), Hours.parse("08:30-17:30", "1-7"))
        self.intake = Intake(store, self.conversations, Engine(Answers(ENTRIES, Lexicon())), queue, now)
        self.contacts = Contacts(store, self.conversations, now, sms_account=ACCOUNT if sms else None)

    async def write(self, address: Address, text: str) -> str:
        """What is answered at once."""
        accepted = await self.intake.accept(inbound(address, text))
        replies = await self.intake.replies(accepted, 5)
        await self.intake.drain()
        return "\n".join(part.text for reply in replies or () for part in reply.parts if isinstance(part, Text))

    async def said_to(self, address: Address) -> list[Message]:
        identity = await self.conversations.open(address)
        history, _ = await self.conversations.history(identity.conversation_id)
        return [message for message in history if message.direction == "out"]

    async def codes(self, address: Address) -> list[str]:
        texts = [str(message.parts[0].text) for message in await self.said_to(address)]  # type: ignore[union-attr]
        return [match[1] for text in texts if (match := re.search(r"验证码 (\d{6})，", text))]

    async def identity(self, address: Address) -> Identity:
        document = await self.store.get("identities", address.key)
        assert document is not None
        return Identity.of(document)

    async def contact_of(self, address: Address) -> str:
        """The same in the identity and in its conversation."""
        identity = await self.identity(address)
        document = await self.store.get("conversations", identity.conversation_id)
        assert document is not None
        assert Conversation.of(document).contact_id == identity.contact_id
        assert await self.store.get("contacts", identity.contact_id) is not None
        return identity.contact_id

    async def prove(self, asker: Address, phone: Address) -> str:
        """As a citizen does who has the phone; the join's id."""
        await self.write(asker, f"绑定手机{phone.external_id}")
        await self.contacts.sweep()
        before = {document["_id"] for document in await self.store.find("joins", {"identity": asker.key})}
        answer = await self.write(asker, (await self.codes(phone))[-1])
        assert "绑定好了" in answer
        (join,) = [
            document["_id"]
            for document in await self.store.find("joins", {"identity": asker.key})
            if document["_id"] not in before
        ]
        await self.contacts.sweep()
        return str(join)

    async def only_proof(self) -> Proof:
        (document,) = await self.store.find("proofs", {})
        return Proof.of(document)


New = Callable[..., World]


def a_phone() -> Address:
    return Address(channel="sms", account=ACCOUNT, external_id=f"+86138{next(_numbers):08d}")


def a_visitor() -> Address:
    return Address(channel="web", account="site", external_id=f"v{next(_numbers)}")


@pytest.fixture
def phone() -> Address:
    return a_phone()


@pytest.fixture
def visitor() -> Address:
    return a_visitor()


@pytest.fixture
def new(open_store: Callable[..., MongoStore], bus: RedisBus, now: Now) -> New:
    def process(lives: int | None = None, **options: Any) -> World:
        store = open_store()
        return World(store if lives is None else Dying(store, lives), bus, now, **options)

    return process


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


# ---- joins taken back ----


@pytest.mark.gen_test
async def test_a_join_is_taken_back_and_written_down(new: New, visitor: Address, phone: Address) -> None:
    world = new()
    before = await world.conversations.open(visitor), await world.conversations.open(phone)
    join = await world.prove(visitor, phone)
    with pytest.raises(Invalid):
        await world.contacts.undo(join, by="a clerk", reason=" ")
    undone = await world.contacts.undo(join, by="a clerk", reason="号码换了人")
    assert (undone.state, undone.undone_by, undone.reason) == ("undone", "a clerk", "号码换了人")
    assert [await world.contact_of(address) for address in (visitor, phone)] == [one.contact_id for one in before]
    identity = await world.identity(phone)
    assert (identity.verified, identity.verified_at) == (False, None)
    (audit,) = await world.store.find("audit", {"about": join})
    assert (audit["actor"], audit["action"], audit["reason"]) == ("a clerk", "contact.undo", "号码换了人")
    with pytest.raises(Conflict):
        await world.contacts.undo(join, by="a clerk", reason="再来一次")
    with pytest.raises(NotFound):
        await world.contacts.undo("join:nowhere", by="a clerk", reason="没有")
    # and it can be proved again
    await world.prove(visitor, phone)
    assert await world.contact_of(visitor) == await world.contact_of(phone)


@pytest.mark.gen_test
async def test_a_join_taken_back_leaves_what_others_proved(new: New, phone: Address, now: Now) -> None:
    world = new()
    first, second = a_visitor(), a_visitor()
    one = await world.prove(first, phone)
    now.move(60)
    other = await world.prove(second, phone)
    assert len({await world.contact_of(address) for address in (first, second, phone)}) == 1
    await world.contacts.undo(one, by="a clerk", reason="不是本人")
    # the first contact is the oldest, and still nobody else's
    assert await world.contact_of(second) == await world.contact_of(phone) != await world.contact_of(first)
    assert (await world.identity(phone)).verified
    await world.contacts.undo(other, by="a clerk", reason="不是本人")
    assert not (await world.identity(phone)).verified
    assert len({await world.contact_of(address) for address in (first, second, phone)}) == 3


@pytest.mark.gen_test
async def test_proving_again_what_is_joined_moves_nobody(new: New, visitor: Address, phone: Address, now: Now) -> None:
    world = new()
    first = await world.prove(visitor, phone)
    since = (await world.identity(phone)).verified_at
    now.move(90)
    again = await world.prove(visitor, phone)
    assert (await world.contacts.join(again)).moved == ()
    assert (await world.identity(phone)).verified_at == since
    await world.contacts.undo(first, by="a clerk", reason="记重了")
    assert await world.contact_of(visitor) == await world.contact_of(phone)


@pytest.mark.gen_test
async def test_joins_that_meet_in_two_processes_end_as_one_contact(new: New, now: Now) -> None:
    worlds = [new(), new(), new()]
    phones, visitors = [a_phone() for _ in range(3)], [a_visitor() for _ in range(4)]
    pairs = list(zip(visitors, [phones[0], phones[0], phones[1], phones[2]], strict=True))
    pairs += [(visitors[1], phones[1]), (visitors[2], phones[2])]
    for visitor, phone in pairs:
        await _due(worlds[0], visitor, phone, now)
    for _ in range(3):
        await asyncio.gather(*(world.contacts.sweep() for world in worlds))
    assert len({await worlds[0].contact_of(address) for address in (*phones, *visitors)}) == 1
    assert await worlds[0].store.find("joins", {"state": {"$in": ["due", "joining"]}}) == []


# ---- any sequence ----

_PHONES, _VISITORS = 3, 4
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.integers(0, _VISITORS - 1), st.integers(0, _PHONES - 1)),
        st.tuples(st.just("unproved"), st.integers(0, _VISITORS - 1), st.integers(0, _PHONES - 1)),
        st.tuples(st.just("undo"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("undo last"), st.just(0), st.just(0)),
    ),
    min_size=1,
    max_size=10,
)


async def _due(world: World, visitor: Address, phone: Address, now: Now, *, proof: str = "sent") -> str:
    """What the turns of a citizen leave behind; proof: what became of the code."""
    now.move(1)
    for address in (visitor, phone):
        await world.conversations.open(address)
    number, at_ms = next(_numbers), milliseconds(now())
    identity = await world.identity(visitor)
    if proof:
        sent = Proof(
            id=f"proof:{number}",
            identity=visitor.key,
            conversation_id=identity.conversation_id,
            phone=phone.external_id,
            at=now(),
            at_ms=at_ms,
            expires_at=now() + timedelta(minutes=10),
            state=proof,  # type: ignore[arg-type]
        )
        await world.store.insert("proofs", sent.document())
    join = Join(
        id=f"join:{number}",
        identity=visitor.key,
        phone=phone.external_id,
        proved_ms=at_ms,
        at=now(),
        state="due",
    )
    await world.store.insert("joins", join.document())
    return join.id


def _expected(homes: list[str], joined: dict[str, tuple[int, int]]) -> list[str]:
    """Everyone belongs to the oldest contact they are connected with; `homes` is oldest first."""
    belongs = list(range(len(homes)))
    for _ in homes:
        for one, other in joined.values():
            belongs[one] = belongs[other] = min(belongs[one], belongs[other])
    return [homes[index] for index in belongs]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_steps)
def test_any_sequence_of_joins_and_undoings(new: New, io_loop: IOLoop, now: Now, steps: list[tuple[Any, ...]]) -> None:
    if new not in _worlds:
        _worlds[new] = new()
    world = _worlds[new]

    async def run() -> None:
        everyone = [*(a_visitor() for _ in range(_VISITORS)), *(a_phone() for _ in range(_PHONES))]
        homes = []
        for address in everyone:
            now.move(1)
            homes.append((await world.conversations.open(address)).contact_id)
        joined: dict[str, tuple[int, int]] = {}
        history: list[list[str]] = []

        async def assignment() -> list[str]:
            return [await world.contact_of(address) for address in everyone]

        for kind, one, other in steps:
            before = await assignment()
            if kind in ("join", "unproved"):
                visitor, phone = everyone[one], everyone[_VISITORS + other]
                proof = "sent" if kind == "join" else ("refused", "")[one % 2]
                join = await _due(world, visitor, phone, now, proof=proof)
                await world.contacts.sweep()
                if kind == "join":
                    joined[join] = (one, _VISITORS + other)
                    history.append(before)
                else:
                    assert await assignment() == before
                    assert (await world.contacts.join(join)).state == "refused"
            elif joined and kind == "undo":
                join = list(joined)[one % len(joined)]
                await world.contacts.undo(join, by="test", reason="任意")
                del joined[join]
                history.clear()
            elif joined and kind == "undo last":
                join, _ = joined.popitem()
                await world.contacts.undo(join, by="test", reason="最后一个")
                if history:
                    assert await assignment() == history.pop()
            assert await assignment() == _expected(homes, joined)
            for index, address in enumerate(everyone):
                proved = any(index == phone for _, phone in joined.values())
                assert (await world.identity(address)).verified == proved

    io_loop.run_sync(run, timeout=60)


_worlds: dict[New, World] = {}


# ---- the command ----


@pytest.mark.gen_test
async def test_the_command_shows_and_undoes(
    new: New, bus: RedisBus, visitor: Address, phone: Address, capsys: pytest.CaptureFixture[str]
) -> None:
    world = new()
    join = await world.prove(visitor, phone)

    async def call(*words: str) -> tuple[int, str]:
        code = await command.run(entry.parser().parse_args(["contacts", *words]), world.store, bus, ACCOUNT)
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    for who in (phone.external_id, phone.external_id[3:], visitor.key):
        code, shown = await call("show", who)
        assert code == 0
        assert join in shown
        assert f"{phone.external_id[3:6]}****{phone.external_id[-4:]}" in shown
        assert phone.external_id[3:] not in shown
    code, shown = await call("undo", join, "--reason", "号码换了人")
    assert code == 0
    assert "undone" in shown
    assert await world.contact_of(visitor) != await world.contact_of(phone)
    assert (await call("undo", join, "--reason", "再来"))[0] == 1
    assert (await call("show", "+8613000000000"))[0] == 1
    assert (await call("show", "nobody"))[0] == 1
