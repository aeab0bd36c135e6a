"""Joins taken back, in any sequence, and the command for it; over the real stores."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

import run as entry
from channels.contract import Address
from gateway.commands import contacts as command
from gateway.core.contacts import Join, Proof
from gateway.core.errors import Conflict, Invalid, NotFound
from gateway.core.model import milliseconds
from gateway.storage.redis import RedisBus
from tests.core.conftest import Now
from tests.core.contacts.conftest import ACCOUNT, New, World, a_phone, a_visitor

_numbers = itertools.count(1)

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
