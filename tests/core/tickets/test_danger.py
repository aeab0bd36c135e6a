"""Danger told in the form: the alarm, once for a filing, whoever is killed meanwhile; and the urgent ticket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from channels.contract import Address, IntakeUnavailable, NotDone
from gateway.core.tickets import machine
from gateway.core.tickets.model import BOOKKEEPING
from gateway.core.tickets.window import Window
from gateway.storage.redis import RedisBus
from tests.core.dying import Dying
from tests.core.tickets.conftest import Clock, Desks, Process

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
    assert heard == [{"ticket": number, "kind": "fire"}]
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
        door._store = ledger._store = ledger._search._store = Dying(store, lives)  # type: ignore[assignment]
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
        assert {"ticket": number, "kind": "fire"} in heard
        assert len(heard) <= 2, "told once more when it is not known whether it was"
