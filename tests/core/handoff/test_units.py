"""What is wanted from one unit's people: given to them first, seen by nobody of another unit, lost by nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.contract import Decision, Draft, Handoff, Memory
from channels.contract import Address, Text
from gateway.core import turns
from gateway.core.errors import NotFound, Refused
from gateway.core.handoff import Agent, Policy, Row
from gateway.core.handoff.rounds import choose
from gateway.core.model import Conversation, Owner, Window, new_id
from gateway.core.people import Person, scopes_of
from tests.core.conftest import Now, inbound
from tests.core.handoff.conftest import Office, person

Open = Callable[[], Awaitable[Office]]
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
POLICY = Policy(skill_after=120)
pytestmark = pytest.mark.timeout(60)


def agent(id: str, *, unit: str = "", skills: tuple[str, ...] = (), capacity: int = 2) -> Agent:
    return Agent(id=id, state="available", unit=unit, skills=skills, capacity=capacity, changed_at=NOW)


def row(*, waited: int = 0, **owner: Any) -> Row:
    since = NOW - timedelta(seconds=waited)
    queued = Owner(kind="queue", since=since, wanted_since=since, **owner)
    return Row("c1", 1, "web", "web:main:v1", "p1", queued, 1, 0, None)


def chosen(one: Row, *takers: Agent, **loads: int) -> str | None:
    agent = choose(one, takers, dict(loads), NOW, POLICY)
    return agent.id if agent else None


ALICE, LIGHTS, WATER = agent("alice"), agent("lights", unit="lights"), agent("water", unit="water")


def test_a_units_people_first_and_after_a_while_anybody_of_the_hotline() -> None:
    wanted = row(unit="lights")
    assert chosen(wanted, ALICE, LIGHTS, WATER) == "lights"
    assert chosen(wanted, ALICE, LIGHTS, WATER, lights=2) is None, "they have no room, and are waited for"
    assert chosen(row(unit="lights", waited=120), ALICE, LIGHTS, WATER, lights=2) == "alice"
    assert chosen(row(unit="lights", waited=120), LIGHTS, WATER, lights=2) is None, "never another unit"
    assert chosen(row(unit="lights", urgent=True), ALICE, LIGHTS, WATER, lights=2) == "alice"


def test_a_unit_with_nobody_at_a_desk_is_not_waited_for() -> None:
    assert chosen(row(unit="lights"), ALICE, WATER) == "alice"
    assert chosen(row(unit="lights", skill="en"), ALICE, WATER) is None, "the skill is"


def test_a_units_people_are_given_nothing_else() -> None:
    assert chosen(row(), LIGHTS) is None
    assert chosen(row(waited=9999, urgent=True), LIGHTS) is None
    assert chosen(row(skill="en", waited=9999), agent("lights", unit="lights", skills=("en",))) is None


def test_with_the_skill_and_of_the_unit() -> None:
    english = agent("li", unit="lights", skills=("en",))
    assert chosen(row(unit="lights", skill="en"), ALICE, LIGHTS, english) == "li"


def handed_over(*, spoke: timedelta = timedelta(minutes=1), reason: str = "asked", **remembered: Any) -> str | None:
    """The unit that is waited for when the citizen asks for a person after the bot has answered."""
    memory = Memory(answered=("water-1", "lights-1"), **remembered)
    conversation = Conversation(
        id=new_id(),
        channel="web",
        identity="web:main:v1",
        contact_id=new_id(),
        owner=Owner(since=NOW),
        memory=memory,
        window=Window(last_message_at=NOW - spoke),
        opened_at=NOW,
        updated_at=NOW,
    )
    message = turns.received(inbound(Address(channel="web", account="main", external_id="v1"), "人工"), NOW)
    handoff = Handoff(reason, urgent=reason == "emergency")  # type: ignore[arg-type]
    decision = Decision("person", memory, handoff=handoff)
    units = {"lights-1": "lights"}
    move = turns.apply(conversation, message, decision, NOW, reply_window=0, traits=turns.Traits(), unit_of=units.get)
    return move.conversation.owner.unit


def test_who_asks_for_a_person_after_an_answer_waits_for_the_unit_that_knows_it() -> None:
    assert handed_over() == "lights"


def test_where_nothing_is_sure_no_unit_is_waited_for() -> None:
    assert handed_over(spoke=timedelta(hours=1)) is None, "it was another matter"
    assert handed_over(unsure=1) is None, "what was asked since had no answer"
    assert handed_over(draft=Draft(at=0)) is None, "what is being told may be about the unit"
    for reason in ("unsure", "emergency", "anger", "rule"):
        assert handed_over(reason=reason) is None


def of_unit(username: str, unit: str) -> Person:
    return Person(username, username.title(), ("unit_clerk",), unit, scopes_of(("unit_clerk",)))


CLERK, STRANGER = of_unit("clerk", "lights"), of_unit("stranger", "water")


async def unit_at_desk(process: Office, one: Person) -> None:
    await process.at_desk(one.username)
    await process.agents.introduce(one.username, one.name, one.unit or "")


@pytest.mark.gen_test(timeout=30)
async def test_passed_on_to_a_unit_given_to_its_people_and_read_by_them_alone(
    office: Open, citizen: Address, now: Now
) -> None:
    process = await office()
    alice = await process.at_desk("alice")
    id = (await process.writes(citizen, "转人工")).id
    await process.desk.take(alice, id)
    now.move(600)
    with pytest.raises(Refused) as refused:
        await process.desk.pass_on(alice, id, unit="lights")
    assert refused.value.reason == "nobody_there"
    await unit_at_desk(process, CLERK)
    await unit_at_desk(process, STRANGER)
    with pytest.raises(NotFound):
        await process.desk.thread(CLERK, id)
    passed = await process.desk.pass_on(alice, id, unit="lights", note="问路灯的事")
    assert (passed.owner.unit, passed.owner.wanted_since) == ("lights", now())
    await process.desk.thread(CLERK, id)
    with pytest.raises(NotFound):
        await process.desk.thread(STRANGER, id)
    await process.seen(id, lambda row: row.owner.kind == "queue")
    await process.rounds.sweep()
    taken = await process.desk.get(CLERK, id)
    assert taken.owner.id == "clerk", "not hers who passed it on, though the citizen has waited for long"
    await process.desk.answer(CLERK, id, [Text(text="明天来修")], client_id="c1")
    with pytest.raises(NotFound):
        await process.desk.answer(STRANGER, id, [Text(text="我也来说")], client_id="c1")
    await process.desk.close(CLERK, id, category="路灯")
    with pytest.raises(NotFound):
        await process.desk.thread(CLERK, id)


@pytest.mark.gen_test(timeout=30)
async def test_a_units_people_join_only_what_they_may_see(office: Open, citizen: Address) -> None:
    process = await office()
    alice = await process.at_desk("alice")
    await unit_at_desk(process, CLERK)
    id = (await process.writes(citizen, "转人工")).id
    other = (await process.writes(Address(channel="wechat", account="gh", external_id="o1"), "转人工")).id
    await process.desk.take(alice, id)
    await process.desk.assign(alice, id, CLERK)
    with pytest.raises(NotFound):
        await process.desk.merge(CLERK, id, other)
    await process.desk.merge(person("lin", "shift_leader"), id, other)
    await process.desk.thread(CLERK, other)


@pytest.mark.gen_test(timeout=30)
async def test_a_units_people_are_led_to_no_conversation_they_may_not_see(office: Open, citizen: Address) -> None:
    process = await office()
    alice = await process.at_desk("alice")
    await unit_at_desk(process, CLERK)
    first = await process.writes(citizen, "转人工")
    other = await process.writes(Address(channel="sms", account="AC1", external_id="+8613800000000"), "转人工")
    identity = await process.store.get("identities", other.identity)
    assert identity is not None
    assert await process.store.replace("identities", {**identity, "contact_id": first.contact_id})
    for one in (first, other):
        await process.desk.take(alice, one.id)
    await process.desk.assign(alice, first.id, CLERK)
    await process.seen(first.id, lambda row: row.owner.id == "clerk")
    for who, led in ((alice, [other.id]), (CLERK, [])):
        told = await process.desk.citizen(who, first.id)
        assert [one.conversation_id for one in told.elsewhere] == led
    await process.desk.assign(alice, other.id, CLERK)
    await process.seen(other.id, lambda row: row.owner.id == "clerk")
    assert len((await process.desk.citizen(CLERK, first.id)).elsewhere) == 1
