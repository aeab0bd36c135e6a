"""Danger told in the form, or said of a ticket afterwards: the alarm, once for what was said, whoever is killed
meanwhile; and the urgent ticket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from channels.contract import Address, IntakeUnavailable, NotDone
from gateway.core.tickets import machine, moves
from gateway.core.tickets.ledger import Person
from gateway.core.tickets.model import BOOKKEEPING, Actor
from gateway.core.tickets.window import Window
from gateway.storage.redis import RedisBus
from tests.core.dying import dying_after
from tests.core.tickets.conftest import AGENT, Clock, Desks, Process

VISITOR = Address(channel="web", account="site", external_id="danger")
GAS = "楼道里煤气泄漏，味道很大，快来人"


def window(process: Process) -> Window:
    return Window(
        process.store,
        process.conversations,
        process.now,
        ledger=process.ledger,
        counter=process.counter,
        wishes=process.wishes,
        unit_name=process.units.short,
        places=tuple,
    )


@asynccontextmanager
async def alarms(bus: RedisBus) -> AsyncIterator[list[Any]]:
    """What the desks hear of, meanwhile."""
    heard: list[Any] = []

    async def listen() -> None:
        async for topic, event in bus.subscribe():
            if topic == "alarm":
                heard.append(event)

    listening = asyncio.get_running_loop().create_task(listen())
    await bus.listening()
    yield heard
    await bus.publish("last", {})
    await asyncio.sleep(0.1)
    listening.cancel()


async def filed(process: Process, matter: str, client_id: str = "c-1", **about: Any) -> str:
    told = Window.told(kind="help", matter=matter, **about)
    name, _ = await window(process).file(VISITOR, client_id, told, "zh")
    return name.number


@pytest.mark.gen_test
async def test_danger_is_an_alarm_and_an_urgent_ticket_once_for_a_filing(desks: Desks, bus: RedisBus) -> None:
    process = desks()
    async with alarms(bus) as heard:
        number = await filed(process, GAS)
        assert await filed(process, GAS) == number
    assert [(event["id"], event["ticket"], event["kind"]) for event in heard] == [(f"alarm:{number}", number, "fire")]
    alarm = await process.store.get("alarms", f"alarm:{number}")
    assert alarm is not None
    assert (alarm["ticket"], alarm["kind"], alarm["number"], alarm["state"]) == (number, "fire", "119", "raised")
    ticket = await process.ledger.get(number)
    assert ticket.urgent
    assert alarm["conversation_id"] == ticket.conversation_id
    replayed = machine.replay(await process.ledger.events(ticket))
    assert replayed.model_dump(exclude=set(BOOKKEEPING)) == ticket.model_dump(exclude=set(BOOKKEEPING))


@pytest.mark.gen_test
async def test_what_is_no_danger_or_in_doubt_is_no_alarm(desks: Desks, bus: RedisBus) -> None:
    process = desks()
    async with alarms(bus) as heard:
        for place, matter in enumerate(("路灯坏了三天", "邻居常在楼道里烧纸，怕引起火灾", "热死了，公交站没有棚子")):
            number = await filed(process, matter, f"c-{place}")
            assert not (await process.ledger.get(number)).urgent
            assert await process.store.get("alarms", f"alarm:{number}") is None
    assert heard == []


@pytest.mark.gen_test
async def test_danger_comes_before_what_is_not_accepted(desks: Desks) -> None:
    process = desks()
    with pytest.raises(NotDone, match="不能受理"):
        await filed(process, "法院已经判决了，我不服判决")
    assert await filed(process, "法院已经判决了，我不想活了，现在在楼顶要跳楼")


@pytest.mark.gen_test(timeout=60)
async def test_killed_at_any_write_the_alarm_is_told_all_the_same(desks: Desks, bus: RedisBus, now: Clock) -> None:
    process = desks()
    for lives in range(10):
        ledger, store = process.ledger, process.store
        door = window(process)
        await door.mine(VISITOR, "zh")
        door._store = ledger._store = ledger._search._store = dying_after(store, lives)
        async with alarms(bus) as heard:
            with contextlib.suppress(IntakeUnavailable):
                await door.file(VISITOR, f"k-{lives}", Window.told(kind="help", matter=GAS), "zh")
            ledger._store = ledger._search._store = store
            now.move(seconds=10)
            await desks().ledger.sweep()
        kept = await store.get("ticket_filings", f"{VISITOR.key}:k-{lives}")
        number = kept["number"] if kept else ""
        if not number or await store.get("tickets", number) is None:
            assert heard == []
            assert lives < 3, "only before the one write that counts"
            continue
        assert await store.get("alarms", f"alarm:{number}") is not None
        assert {event["id"] for event in heard} == {f"alarm:{number}"}
        assert len(heard) <= 2, "told once more when it is not known whether it was"


async def added(process: Process, number: str, words: str, client_id: str = "s-1") -> None:
    door = window(process)
    await door.supplement(number, "", "address:1", VISITOR, "zh", client_id=client_id, text=words, blobs=())


async def raised(process: Process, number: str) -> list[str]:
    return sorted(alarm["_id"] for alarm in await process.store.find("alarms", {"ticket": number}))


async def as_logged(process: Process, number: str) -> list[str]:
    """The ticket's moves, which make the ticket as it is."""
    ticket = await process.ledger.get(number)
    events = await process.ledger.events(ticket)
    assert machine.replay(events).model_dump(exclude=set(BOOKKEEPING)) == ticket.model_dump(exclude=set(BOOKKEEPING))
    return [event.move for event in events]


@pytest.mark.gen_test
async def test_danger_said_afterwards_is_an_alarm_once_and_the_ticket_urgent(desks: Desks, bus: RedisBus) -> None:
    process = desks()
    number = await filed(process, "楼道的路灯坏了三天")
    async with alarms(bus) as heard:
        await added(process, number, "隔壁楼也不亮")
        assert await raised(process, number) == []
        await added(process, number, GAS, "s-2")
        await added(desks(), number, GAS, "s-2")
    assert [(event["id"], event["ticket"], event["kind"]) for event in heard] == [
        (f"alarm:{number}#00003", number, "fire")
    ]
    assert await raised(process, number) == [f"alarm:{number}#00003"]
    assert await as_logged(process, number) == ["file", "supplement", "supplement", "mark"]
    ticket = await process.ledger.get(number)
    assert (ticket.urgent, len(ticket.supplements)) == (True, 2)
    marked = (await process.ledger.events(ticket))[-1]
    assert (marked.actor.kind, marked.reason) == ("system", "danger"), "a name, which the desk has words for"
    await added(process, number, "家里着火了，快来救人", "s-3")
    assert await as_logged(process, number) == ["file", "supplement", "supplement", "mark", "supplement"]
    assert len(await raised(process, number)) == 2, "each is an alarm; urgent it is already"


@pytest.mark.gen_test
async def test_an_urgent_ticket_has_less_time(desks: Desks) -> None:
    process = desks()
    number = await filed(process, "楼道的路灯坏了三天")
    await process.ledger.move(number, moves.Dispatch(lead="water"), AGENT)
    before = (await process.ledger.get(number)).due
    await added(process, number, GAS)
    after = (await process.ledger.get(number)).due
    assert before is not None
    assert after is not None
    assert after < before


@pytest.mark.gen_test(timeout=60)
async def test_killed_at_any_write_what_is_said_afterwards_rings_all_the_same(
    desks: Desks, bus: RedisBus, now: Clock
) -> None:
    process = desks()
    ledger, store = process.ledger, process.store
    for lives in range(8):
        number = await filed(process, "楼道的路灯坏了三天", f"k-{lives}")
        ledger._store = ledger._search._store = dying_after(store, lives)
        async with alarms(bus) as heard:
            with contextlib.suppress(IntakeUnavailable):
                await added(process, number, GAS)
            ledger._store = ledger._search._store = store
            now.move(seconds=10)
            await desks().ledger.sweep()
            told = {event["id"] for event in heard}
            await added(desks(), number, GAS)  # the page sends it again
        assert await raised(process, number) == [f"alarm:{number}#00002"]
        assert {event["id"] for event in heard} == {f"alarm:{number}#00002"}
        assert lives == 0 or told, "before it is sent again, once it is written"
        assert await as_logged(process, number) == ["file", "supplement", "mark"]


@pytest.mark.gen_test
async def test_danger_beside_a_verdict(desks: Desks) -> None:
    process = desks()
    number = await filed(process, "楼道的路灯坏了三天")
    await process.ledger.move(number, moves.AnswerAtOnce(text="已经通知物业去修。"), AGENT)
    door = window(process)
    given: dict[str, Any] = {"solved": False, "verdict": "dissatisfied", "text": GAS}
    await door.rate(number, "", "address:1", VISITOR, "zh", **given)
    assert await as_logged(process, number) == ["file", "answer", "rate", "mark"]
    assert (await process.ledger.get(number)).urgent
    assert await raised(process, number) == [f"alarm:{number}#00003"]


@pytest.mark.gen_test
async def test_danger_beside_a_verdict_on_what_is_over(desks: Desks) -> None:
    process = desks()
    number = await filed(process, "楼道的路灯坏了三天")
    await process.ledger.move(number, moves.AnswerAtOnce(text="已经通知物业去修。"), AGENT)
    door = window(process)
    given: dict[str, Any] = {"solved": True, "verdict": "satisfied", "text": GAS}
    await door.rate(number, "", "address:1", VISITOR, "zh", **given)
    assert await raised(process, number) == [f"alarm:{number}#00003"]
    assert not (await process.ledger.get(number)).urgent, "it is not open any more"


@pytest.mark.gen_test
async def test_danger_beside_the_verdict_of_somebody_who_joined(desks: Desks) -> None:
    process = desks()
    number = await filed(process, "楼道的路灯坏了三天")
    neighbour = Address(channel="web", account="site", external_id="neighbour")
    identity = await process.conversations.open(neighbour)
    citizen = Actor(kind="citizen", id=identity.contact_id)
    await process.ledger.join(number, Person(identity.contact_id, identity.id), citizen)
    await process.ledger.move(number, moves.AnswerAtOnce(text="已经通知物业去修。"), AGENT)
    given: dict[str, Any] = {"solved": False, "verdict": "dissatisfied", "text": GAS}
    process.wishes._store = dying_after(process.store, 0)
    with contextlib.suppress(IntakeUnavailable):
        await window(process).rate(number, "", "address:1", neighbour, "zh", **given)
    await window(desks()).rate(number, "", "address:1", neighbour, "zh", **given)
    assert await as_logged(process, number) == ["file", "join", "answer", "rate_beside"]
    assert await raised(process, number) == [f"alarm:{number}#00004"]


@pytest.mark.gen_test
@pytest.mark.parametrize("rung", [False, True])
async def test_what_was_said_in_a_turn_rings_unless_the_turn_did(desks: Desks, rung: bool) -> None:
    process = desks()
    number = await filed(process, "楼道的路灯坏了三天")
    identity = await process.conversations.open(VISITOR)
    wish = {
        "_id": "wish:m-1",
        "version": 1,
        "state": "due",
        "at": process.now(),
        "ticket": number,
        "identity": identity.id,
        "contact_id": identity.contact_id,
        "conversation_id": identity.conversation_id,
        "channel": "web",
        "what": "supplement",
        "text": GAS,
        "pictures": [],
        **({"rung": True} if rung else {}),
    }
    await process.store.insert("ticket_wishes", wish)
    await process.wishes.sweep()
    await process.wishes.sweep()
    assert await as_logged(process, number) == ["file", "supplement", "mark"]
    assert await raised(process, number) == ([] if rung else [f"alarm:{number}#00002"])
