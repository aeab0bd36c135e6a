"""The alarms that stand, over the real stores: for whom, in every process, until somebody sees to them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from channels.contract import Address, Text
from gateway.core.alarms.model import STANDS, Alarm
from gateway.core.alarms.standing import Alarms
from gateway.core.errors import NotFound
from gateway.core.people import Person, scopes_of
from gateway.core.ports import StoreUnavailable
from gateway.core.tickets import moves
from gateway.core.tickets.danger import Said
from gateway.core.tickets.sight import Sight
from gateway.storage.redis import RedisBus
from tests.core.conftest import new_process
from tests.core.dying import dying_after
from tests.core.handoff.conftest import Office, channels, office
from tests.core.tickets.conftest import AGENT, Clock, Desks, desks, now

__all__ = ["channels", "desks", "new_process", "now", "office"]  # fixtures

PHONE = Address(channel="sms", account="AC1", external_id="+8613800000000")
GAS = "家里燃气泄漏，味道很大"


def person(username: str, role: Any = "agent", unit: str | None = None) -> Person:
    return Person(username, username.title(), (role,), unit, scopes_of((role,)))


LIN, ZHAO = person("lin"), person("zhao", "shift_leader")


class Known:
    """What one process knows, and has told its pages."""

    def __init__(self, alarms: Alarms, bus: RedisBus) -> None:
        self.alarms = alarms
        self.raised: list[str] = []
        self.ended: list[Alarm | None] = []
        self.escalated: list[str] = []
        alarms.raised = lambda alarm: self.raised.append(alarm.id)
        alarms.ended = self.ended.append
        alarms.escalated = lambda alarm: self.escalated.append(alarm.id)
        self._bus = bus

    async def feed(self) -> None:
        async for topic, event in self._bus.subscribe():
            if topic == "alarm":
                await self.alarms.on_raised(event)
            elif topic == "alarm_seen_to":
                self.alarms.on_seen_to(event)
            elif topic == "alarm_escalated":
                self.alarms.on_escalated(event)

    def about(self, who: Person = LIN) -> list[str]:
        return [alarm.about for alarm in self.alarms.standing(who)]


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.02)


Open = Callable[..., Any]


@pytest.fixture
def processes(office: Callable[[], Awaitable[Office]], desks: Desks, bus: RedisBus, now: Clock) -> Open:
    """`async with processes() as (ours, theirs)`: two that hear each other; deaf: whether theirs hears nothing."""

    @asynccontextmanager
    async def open_(*, deaf: bool = False) -> AsyncIterator[tuple[Office, Known, Known]]:
        working, tickets = await office(), desks()
        sight = Sight(tickets.units)
        known = [Known(Alarms(working.store, bus, now, desk=working.desk, sight=sight), bus) for _ in range(2)]
        working.desk.attended = known[0].alarms.attended
        listening = known[:1] if deaf else known
        feeding = [asyncio.get_running_loop().create_task(one.feed()) for one in listening]
        await bus.listening()
        await asyncio.sleep(0.1)
        yield working, known[0], known[1]
        for task in feeding:
            task.cancel()

    return open_


@pytest.mark.gen_test
async def test_who_comes_later_is_told_of_what_stands(processes: Open, now: Clock) -> None:
    async with processes(deaf=True) as (office, ours, theirs):
        conversation = await office.writes(PHONE, GAS)
        await until(lambda: ours.raised)
        assert theirs.about() == []
        await theirs.alarms.refresh()
        assert ours.about() == theirs.about() == [conversation.id]
        await theirs.alarms.refresh()
        assert ours.raised == theirs.raised, "once"
        assert len(theirs.raised) == 1
        now.move(seconds=STANDS.total_seconds())
        assert theirs.about() == []
        await theirs.alarms.refresh()
        assert theirs.ended == [None]
        stored = await office.store.get("alarms", ours.raised[0])
        assert stored is not None
        assert stored["state"] == "raised", "nobody saw to it, which is kept"


@pytest.mark.gen_test
async def test_seen_to_by_one_is_over_for_all(processes: Open, now: Clock) -> None:
    async with processes() as (office, ours, theirs):
        conversation = await office.writes(PHONE, GAS)
        now.move(seconds=1)
        await office.writes(PHONE, "着火了，快来救人")
        await until(lambda: len(theirs.raised) == len(ours.raised) == 2)
        now.move(seconds=60)
        shown = ours.alarms.standing(LIN)
        assert [alarm.id for alarm in shown] == [ours.raised[-1]]
        seen = await ours.alarms.see_to(LIN, shown[0].id)
        assert (seen.seen_to_by, seen.seen_to_name, seen.seen_to_at) == ("lin", "Lin", now())
        await until(lambda: not ours.about() and not theirs.about())
        assert [alarm and alarm.seen_to_by for alarm in theirs.ended] == ["lin"]
        taken = await office.conversations.get(conversation.id)
        assert taken is not None
        assert (taken.owner.kind, taken.owner.id) == ("agent", "lin")
        for id in ours.raised:
            stored = await office.store.get("alarms", id)
            assert stored is not None
            assert (stored["state"], stored["seen_to_by"]) == ("seen_to", "lin")
            assert stored["number"] == "119", "what else was known of it stays"
        now.move(seconds=60)
        again = await theirs.alarms.see_to(ZHAO, shown[0].id)
        assert (again.seen_to_by, again.seen_to_at) == (seen.seen_to_by, seen.seen_to_at), "who was first"
        theirs.alarms._ended.clear()  # as of a process that began since
        event = {"id": shown[0].id, "conversation_id": conversation.id, "kind": "fire", "at": now()}
        await theirs.alarms.on_raised(event)
        assert theirs.about() == []
        await theirs.alarms.refresh()
        assert theirs.about() == [], "told once more, and it is over all the same"


@pytest.mark.gen_test
async def test_what_nobody_takes_goes_to_who_leads_once(processes: Open, now: Clock) -> None:
    async with processes() as (office, ours, theirs):
        conversation = await office.writes(PHONE, GAS)
        now.move(seconds=30)
        await office.writes(PHONE, "着火了，快来救人")
        await until(lambda: len(theirs.raised) == len(ours.raised) == 2)
        now.move(seconds=29)
        await ours.alarms.escalate()
        assert ours.escalated == []
        now.move(seconds=1)
        await asyncio.gather(ours.alarms.escalate(), theirs.alarms.escalate())
        await until(lambda: theirs.escalated and ours.escalated)
        now.move(seconds=60)
        for one in (ours, theirs):
            await one.alarms.escalate()
            await one.alarms.refresh()
        await asyncio.sleep(0.1)
        assert ours.escalated == theirs.escalated == [ours.raised[-1]], "the latest stands for all of the matter"
        written = [await office.store.get("alarms", id) for id in ours.raised]
        assert ["escalated_at" in (one or {}) for one in written] == [True, False]
        await office.writes(PHONE, "火越来越大了")
        await until(lambda: len(theirs.raised) == 3)
        (shown,) = theirs.alarms.standing(ZHAO)
        assert (shown.id, shown.escalated_at is not None) == (theirs.raised[-1], True)
        now.move(seconds=61)
        await theirs.alarms.escalate()
        assert len(theirs.escalated) == 1
        await office.desk.take(LIN, conversation.id)
        await until(lambda: not theirs.about())


@pytest.mark.gen_test
async def test_killed_before_it_tells_who_leads_hears_of_it_in_the_next_reading(processes: Open, now: Clock) -> None:
    async with processes(deaf=True) as (office, ours, theirs):
        await office.writes(PHONE, GAS)
        await until(lambda: ours.raised)
        await theirs.alarms.refresh()
        now.move(seconds=60)
        await ours.alarms.escalate()
        assert theirs.escalated == []
        await theirs.alarms.refresh()
        await theirs.alarms.escalate()
        assert theirs.escalated == ours.escalated == ours.raised


@pytest.mark.gen_test
async def test_what_somebody_has_does_not_go_to_who_leads(processes: Open, now: Clock) -> None:
    async with processes() as (office, ours, theirs):
        conversation = await office.writes(PHONE, "转人工")
        await office.seen(conversation.id, bool)
        await office.desk.take(LIN, conversation.id)
        await office.writes(PHONE, GAS)
        await until(lambda: theirs.raised)
        now.move(seconds=61)
        for board_knows in (True, False):
            if not board_knows:
                office.board._rows.clear()
            await ours.alarms.escalate()
        assert ours.escalated == []
        await office.desk.pass_on(LIN, conversation.id)
        await ours.alarms.escalate()
        assert ours.escalated == ours.raised, "it waits for somebody"
        assert ours.about(ZHAO) == [conversation.id]


@pytest.mark.gen_test
async def test_two_at_once(processes: Open) -> None:
    async with processes() as (office, ours, theirs):
        conversation = await office.writes(PHONE, GAS)
        await until(lambda: theirs.raised and ours.raised)
        id = ours.raised[0]
        one, other = await asyncio.gather(ours.alarms.see_to(LIN, id), theirs.alarms.see_to(ZHAO, id))
        stored = await office.store.get("alarms", id)
        assert stored is not None
        assert one.seen_to_by == other.seen_to_by == stored["seen_to_by"]
        owned = await office.conversations.get(conversation.id)
        assert owned is not None
        assert owned.owner.kind == "agent"


@pytest.mark.gen_test
async def test_what_is_told_after_it_was_seen_to_is_another_alarm(processes: Open, now: Clock) -> None:
    async with processes() as (office, ours, _):
        conversation = await office.writes(PHONE, GAS)
        await until(lambda: ours.raised)
        await ours.alarms.see_to(LIN, ours.raised[0])
        now.move(seconds=60)
        await office.writes(PHONE, "着火了，快来救人")
        await until(lambda: len(ours.raised) == 2)
        assert ours.about() == [conversation.id]


@pytest.mark.gen_test
async def test_whoever_takes_the_conversation_or_answers_sees_to_it(processes: Open, now: Clock) -> None:
    async with processes() as (office, ours, theirs):
        conversation = await office.writes(PHONE, GAS)
        await until(lambda: theirs.raised)
        await office.desk.note(ZHAO, conversation.id, "谁去看一下", client_id="note-0001")
        assert ours.about() == [conversation.id]
        await office.desk.take(LIN, conversation.id)
        await until(lambda: not theirs.about())
        now.move(seconds=60)
        await office.writes(PHONE, "着火了，快来救人")
        await until(theirs.about)
        await office.desk.answer(LIN, conversation.id, [Text(text="先离开屋子，打119。")], client_id="answer-0001")
        await until(lambda: not theirs.about())


@pytest.mark.gen_test
async def test_what_is_worked_as_one_is_seen_to_as_one(processes: Open) -> None:
    async with processes() as (office, _, theirs):
        leading = await office.writes(PHONE, "人工")
        following = await office.writes(Address(channel="web", account="site", external_id="v1"), GAS)
        await until(lambda: theirs.raised)
        await office.seen(leading.id, bool)
        await office.seen(following.id, bool)
        await office.desk.merge(ZHAO, leading.id, following.id)
        await office.seen(following.id, lambda row: row and row.merged_into == leading.id)
        assert theirs.about() == [following.id]
        await office.desk.take(LIN, leading.id)
        await until(lambda: not theirs.about())


@pytest.mark.gen_test
async def test_what_somebody_has_already_is_not_taken_from_them(processes: Open) -> None:
    async with processes() as (office, ours, _):
        conversation = await office.writes(PHONE, "人工")
        await office.desk.take(LIN, conversation.id)
        await office.writes(PHONE, GAS)
        await until(lambda: ours.raised)
        assert (await ours.alarms.see_to(ZHAO, ours.raised[0])).seen_to_by == "zhao"
        owned = await office.conversations.get(conversation.id)
        assert owned is not None
        assert owned.owner.id == "lin"


@pytest.mark.gen_test
async def test_of_a_secret_ticket_who_may_know_of_it_is_told(processes: Open, desks: Desks) -> None:
    tickets = desks()
    open_ = await tickets.file("楼下餐馆煤气罐很多")
    secret = await tickets.file("厂里私藏煤气瓶", kind="report", confidential=True)
    async with processes() as (_, ours, theirs):
        for ticket in (open_, secret):
            await tickets.ledger.move(ticket.id, moves.Supplement(text=GAS), AGENT, said=Said(GAS))
        await until(lambda: len(theirs.raised) == 2)
        assert theirs.about(ZHAO) == [secret.id, open_.id]
        assert theirs.about(LIN) == [open_.id]
        hers = next(alarm.id for alarm in theirs.alarms.standing(ZHAO) if alarm.ticket == secret.id)
        for id in (hers, "alarm:none"):
            with pytest.raises(NotFound):
                await theirs.alarms.see_to(LIN, id)
        assert theirs.about(ZHAO) == [secret.id, open_.id]
        # one that becomes secret afterwards
        mark = moves.Mark(confidential=True, reason="市民要求保密")
        await tickets.ledger.move(open_.id, mark, AGENT)
        with pytest.raises(NotFound):
            await ours.alarms.see_to(LIN, f"alarm:{open_.id}#00002")
        await theirs.alarms.refresh()
        assert (theirs.about(LIN), theirs.ended) == ([], [None])
        assert (await theirs.alarms.see_to(ZHAO, hers)).seen_to_by == "zhao"
        await until(lambda: ours.about(ZHAO) == theirs.about(ZHAO) == [open_.id])


@pytest.mark.gen_test
async def test_a_unit_is_told_of_its_own_tickets_only(processes: Open, desks: Desks) -> None:
    tickets = desks()
    ours_, others = await tickets.file("水管漏水"), await tickets.file("路面塌陷")
    await tickets.ledger.move(ours_.id, moves.Dispatch(lead="water"), AGENT)
    wang = person("wang", "unit_clerk", "water")
    async with processes() as (office, ours, _):
        conversation = await office.writes(PHONE, GAS)
        for ticket in (ours_, others):
            await tickets.ledger.move(ticket.id, moves.Supplement(text=GAS), AGENT, said=Said(GAS))
        await until(lambda: len(ours.raised) == 3)
        assert ours.about(wang) == [ours_.id]
        with pytest.raises(NotFound):
            await ours.alarms.see_to(wang, ours.raised[0])
        assert set(ours.about()) == {conversation.id, ours_.id, others.id}


@pytest.mark.gen_test
async def test_killed_while_it_is_written_down_it_stands_until_it_is_done_again(processes: Open) -> None:
    async with processes() as (office, ours, theirs):
        await office.writes(PHONE, "人工")
        await office.desk.take(LIN, (await office.conversations.open(PHONE)).conversation_id)
        await office.writes(PHONE, GAS)
        await until(lambda: theirs.raised)
        store = ours.alarms._store
        ours.alarms._store = dying_after(store, 0)
        with contextlib.suppress(StoreUnavailable):
            await ours.alarms.see_to(LIN, ours.raised[0])
        ours.alarms._store = store
        await ours.alarms.refresh()
        assert ours.about() == theirs.about() != []
        await ours.alarms.see_to(LIN, ours.raised[0])
        await until(lambda: not ours.about() and not theirs.about())


@pytest.mark.gen_test
async def test_an_event_that_is_lost_is_read_from_the_store(processes: Open) -> None:
    async with processes(deaf=True) as (office, ours, theirs):
        await office.writes(PHONE, GAS)
        await until(lambda: ours.raised)
        await theirs.alarms.refresh()
        await ours.alarms.see_to(LIN, ours.raised[0])
        assert theirs.about() != []
        await theirs.alarms.refresh()
        assert (theirs.about(), theirs.ended) == ([], [None])


class _Meanwhile:
    """A store that does something else between what is found and who hears of it."""

    def __init__(self, store: Any, do: Callable[[], Awaitable[object]]) -> None:
        self._store = store
        self._do = do

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def find(self, *given: Any, **more: Any) -> Any:
        found = await self._store.find(*given, **more)
        await self._do()
        return found


def meanwhile(store: Any, do: Callable[[], Awaitable[object]]) -> Any:
    """It stands wherever a store is asked for."""
    return _Meanwhile(store, do)


@pytest.mark.gen_test
async def test_what_happens_while_they_are_read_counts(processes: Open) -> None:
    async with processes() as (office, ours, theirs):
        conversation = await office.writes(PHONE, GAS)
        await until(lambda: ours.raised and theirs.raised)

        async def somebody_sees_to_it() -> None:
            await ours.alarms.see_to(LIN, ours.raised[0])
            await until(lambda: not theirs.about())

        store = theirs.alarms._store
        theirs.alarms._store = meanwhile(store, somebody_sees_to_it)
        await theirs.alarms.refresh()
        assert (theirs.about(), len(theirs.raised)) == ([], 1), "what was read before does not bring it back"

        async def somebody_tells_of_danger() -> None:
            await office.writes(PHONE, "着火了，快来救人")
            await until(theirs.about)

        theirs.alarms._store = meanwhile(store, somebody_tells_of_danger)
        await theirs.alarms.refresh()
        assert theirs.about() == [conversation.id]


@pytest.mark.gen_test
async def test_one_that_is_not_written_yet_stands_all_the_same(processes: Open, now: Clock) -> None:
    async with processes() as (_, ours, _):
        event = {"id": "alarm:m-1", "conversation_id": "C1", "kind": "fire", "at": now()}
        await ours.alarms.on_raised(event)
        await ours.alarms.refresh()
        assert ours.about() == ["C1"]
        assert ours.ended == []
