"""Tickets in the real stores: filed, moved by several at once, killed in between, found again, told of."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from bot.contract import Decision, Rate, Supplement
from channels.contract import Address
from gateway.core import turns
from gateway.core.errors import Conflict, Forbidden, Invalid, NotFound
from gateway.core.model import Effect
from gateway.core.ports import StoreUnavailable
from gateway.core.sealed import SEALED, renew
from gateway.core.tickets import machine, moves
from gateway.core.tickets.counter import TooManyGuesses
from gateway.core.tickets.ledger import Person as Caller
from gateway.core.tickets.lists import Filters
from gateway.core.tickets.machine import Refused
from gateway.core.tickets.model import BOOKKEEPING, Actor, Ticket
from gateway.core.tickets.workdays import UnknownYear
from gateway.core.vault import Key, Vault
from tests.core.conftest import inbound
from tests.core.dying import dying_after
from tests.core.tickets.conftest import AGENT, UNITS, Clock, Desks, Process, person

LEADER = person("leader", "shift_leader")
ALICE = person("alice", "agent")
WATER = person("wang", "unit_clerk", "unit_head", unit="water")
URBAN = person("chen", "unit_clerk", "unit_head", unit="urban")
SUPERVISOR = person("sun", "supervisor")
REASON = "因为是这样"


async def through(process: Process, number: str, *, unit: str = "water") -> Ticket:
    """As far as the citizen's verdict."""
    clerk = person(f"clerk-{unit}", "unit_clerk", unit=unit)
    await process.desk.move(ALICE, number, moves.Dispatch(lead=unit))
    await process.desk.move(clerk, number, moves.Sign())
    await process.desk.move(clerk, number, moves.Reply(text="已经修好。"))
    return await process.desk.move(ALICE, number, moves.Approve())


@pytest.mark.gen_test
async def test_numbers_count_the_days_tickets(desks: Desks, now: Clock) -> None:
    process, other = desks(), desks()
    first, second = await process.file(), await other.file()
    assert [ticket.id[:16] for ticket in (first, second)] == ["DG20260302000001", "DG20260302000002"]
    now.move(days=1)
    assert (await process.file()).id.startswith("DG20260303000001")


@pytest.mark.gen_test
async def test_the_log_replays_to_the_stored_ticket(desks: Desks) -> None:
    process = desks()
    ticket = await through(process, (await process.file()).id)
    ticket = await process.ledger.move(ticket.id, moves.Rate(solved=True, verdict="satisfied"), AGENT)
    stored = await process.ledger.get(ticket.id)
    events = await process.ledger.events(stored)
    assert [event.move for event in events] == ["file", "dispatch", "sign", "reply", "approve", "rate"]
    hidden = set(BOOKKEEPING)
    assert machine.replay(events).model_dump(exclude=hidden) == stored.model_dump(exclude=hidden)
    assert stored.unsettled is None
    assert stored.tail == ()


@pytest.mark.gen_test
async def test_of_two_who_act_at_once_one_wins(desks: Desks) -> None:
    processes = [desks() for _ in range(4)]
    ticket = await processes[0].file()
    results = await asyncio.gather(
        *(
            process.desk.move(ALICE, ticket.id, moves.Dispatch(lead=unit))
            for process, unit in zip(processes, ("water", "urban", "police", "humen"), strict=True)
        ),
        return_exceptions=True,
    )
    won = [result for result in results if isinstance(result, Ticket)]
    assert len(won) == 1
    assert all(isinstance(result, Ticket | Refused | Conflict) for result in results), results
    stored = await processes[0].ledger.get(ticket.id)
    assert stored.unit == won[0].unit
    assert stored.events == 2
    assert [document["unit"] for document in await _assigned(processes[0], ticket.id)] == [won[0].unit]


async def _assigned(process: Process, number: str) -> list[dict[str, Any]]:
    ids = [f"{number}:{unit.id}" for unit in UNITS]
    return await process.store.get_many("assignments", ids)


@pytest.mark.gen_test(timeout=60)
async def test_killed_at_any_write_another_process_finishes(desks: Desks, now: Clock) -> None:
    process = desks()
    for lives in range(12):
        ticket = await process.file(caller=await process.citizen())
        ledger = process.ledger
        ledger._store = dying_after(process.store, lives)
        ledger._search._store = ledger._store
        with contextlib.suppress(StoreUnavailable):
            await ledger.move(ticket.id, moves.Dispatch(lead="water"), AGENT)
        ledger._store = ledger._search._store = process.store
        now.move(seconds=10)
        other = desks()
        await other.ledger.sweep()
        stored = await other.ledger.get(ticket.id)
        if stored.state == "submitted":
            assert lives == 0, "only before the one write that counts"
            continue
        assert stored.unsettled is None
        assert len(await other.ledger.events(stored)) == 2
        assert await process.store.get("ticket_events", f"{ticket.id}#00002") is not None
        assert [one["open"] for one in await _assigned(process, ticket.id)] == [1]
        assert await process.store.get("ticket_notices", f"{ticket.id}#00002") is not None


@pytest.mark.gen_test(timeout=60)
async def test_each_card_once_though_all_sweep(desks: Desks, now: Clock) -> None:
    processes = [desks() for _ in range(3)]
    tickets = [await processes[0].file() for _ in range(5)]
    for ticket in tickets:
        await processes[0].desk.move(ALICE, ticket.id, moves.Dispatch(lead="water"))
    for _ in range(12):
        now.move(days=1)
        await asyncio.gather(*(process.ledger.sweep() for process in processes))
        await asyncio.gather(*(process.ledger.sweep() for process in processes))
    for ticket in tickets:
        kept = await processes[0].ledger.get(ticket.id)
        causes = [card.cause for card in kept.cards if card.cause != "three_yellows"]
        assert causes == ["unsigned", "overdue", "long_overdue", "supervision_unanswered"]
        assert [event.note for event in await processes[0].ledger.events(kept)].count("remind:0") == 1
    monthly = [
        card
        for ticket in tickets
        for card in (await processes[0].ledger.get(ticket.id)).cards
        if card.cause == "three_yellows"
    ]
    assert len(monthly) == 1
    listed = await processes[0].store.find("cards", {"unit": "water"}, limit=100)
    assert len(listed) == 5 * 4 + 1


@pytest.mark.gen_test
async def test_a_late_sweep_writes_once_what_time_brought(desks: Desks, now: Clock) -> None:
    process = desks()
    ticket = await process.file()
    before = await process.desk.move(ALICE, ticket.id, moves.Dispatch(lead="water"))
    now.move(days=12)
    assert await process.ledger.sweep() == 1
    stored = await process.ledger.get(ticket.id)
    assert stored.version == before.version + 3, "one that settles the dispatch, one that moves, one that settles"
    events = await process.ledger.events(stored)
    assert [event.move for event in events] == ["file", "dispatch", "card", "remind", "card", "card"]
    hidden = set(BOOKKEEPING)
    assert machine.replay(events).model_dump(exclude=hidden) == stored.model_dump(exclude=hidden)
    assert await process.ledger.sweep() == 0


@pytest.mark.gen_test
async def test_a_year_nobody_knows_is_said_loudly_and_stops_nothing_else(
    desks: Desks, now: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    process = desks()
    process.ledger.rules.calendar.use({}, years=[2090])
    now.to("2090-12-28 09:00")
    with pytest.raises(UnknownYear, match="2091"):
        await process.desk.move(ALICE, (await process.file()).id, moves.Dispatch(lead="water"))


# ---- telling ----


@pytest.mark.gen_test
async def test_what_happens_close_together_is_told_together_and_once(desks: Desks, now: Clock) -> None:
    process, other = desks(), desks()
    citizen = await process.citizen()
    ticket = await process.file(caller=citizen)
    await process.desk.move(ALICE, ticket.id, moves.Dispatch(lead="water"))
    await process.desk.move(WATER, ticket.id, moves.Sign())
    await process.desk.move(WATER, ticket.id, moves.AskExtension(workdays=2, reason="要等配件"))
    await process.desk.move(LEADER, ticket.id, moves.DecideExtension(grant=True, reason="可以"))
    await process.notices.sweep()
    assert await process.heard(citizen) == [], "not yet"
    now.move(seconds=61)
    await asyncio.gather(process.notices.sweep(), other.notices.sweep())
    await asyncio.gather(process.notices.sweep(), other.notices.sweep())
    (said,) = await process.heard(citizen)
    for expected in (ticket.id, "市水务局", "3月9日 09:00", "要等配件", "3月11日 09:00"):
        assert expected in said


@pytest.mark.gen_test
async def test_the_answer_comes_at_once_with_the_survey(desks: Desks) -> None:
    process = desks()
    citizen = await process.citizen()
    ticket = await through(process, (await process.file(caller=citizen)).id)
    await process.notices.sweep()
    heard = await process.heard(citizen)
    assert "已经修好" in heard[0]
    assert "解决了吗" in heard[1]
    conversation = await process.conversations.get(
        (await process.store.get("identities", str(citizen.identity)) or {})["conversation_id"]
    )
    assert conversation is not None
    assert conversation.memory.offered[0].target == f"评价 {ticket.id} 解决 满意"


@pytest.mark.gen_test
async def test_a_verdict_from_the_bot_moves_the_ticket_once(desks: Desks) -> None:
    process = desks()
    citizen = await process.citizen()
    ticket = await through(process, (await process.file(caller=citizen)).id)
    identity = await process.store.get("identities", str(citizen.identity))
    assert identity is not None
    conversation = await process.conversations.get(identity["conversation_id"])
    assert conversation is not None

    def wish(of: Rate | Supplement, id: str) -> Effect:
        said = turns.received(inbound(Address.of(conversation.identity), id=id), process.now())
        decision = Decision("x", conversation.memory, wish=of)
        (effect,) = process.counter.effects(decision, conversation, said)
        return effect

    for effect in (
        wish(Rate(ticket.id, False, "dissatisfied"), "m1"),
        wish(Supplement(ticket.id, "还是不亮"), "m2"),
    ):
        await process.store.insert("ticket_wishes", effect.document)
    await asyncio.gather(process.wishes.sweep(), desks().wishes.sweep())
    await process.wishes.sweep()
    stored = await process.ledger.get(ticket.id)
    assert (stored.state, stored.round) == ("signed", 1)
    assert [one.text for one in stored.supplements] == ["还是不亮"]
    assert [event.move for event in await process.ledger.events(stored)].count("rate") == 1


# ---- looking up ----


@pytest.mark.gen_test
async def test_number_and_code_and_few_guesses(desks: Desks) -> None:
    process = desks()
    ticket = await process.file()
    code = process.ledger.code(ticket)
    assert code not in ticket.model_dump_json()
    found = await process.counter.look_up(ticket.id, code, "web:site:x")
    assert found is not None
    assert found.id == ticket.id
    assert await process.counter.look_up(ticket.id, "111111", "web:site:x") is None

    async def guess(who: Callable[[int], str]) -> None:
        for number in range(40):
            await process.counter.look_up(ticket.id, f"{number:06d}", who(number))

    with pytest.raises(TooManyGuesses):
        await guess(lambda _: "web:site:y")
    with pytest.raises(TooManyGuesses):
        await guess(lambda number: f"web:site:z{number}")


@pytest.mark.gen_test
async def test_similar_open_tickets_of_others_but_no_reports(desks: Desks) -> None:
    process = desks()
    mine, other = await process.citizen(), await process.citizen()
    ticket = await process.file("育华路的路灯三天不亮，晚上很黑", caller=other)
    await process.file("育华路的路灯三天不亮，举报管理人员", caller=other, kind="report", confidential=True)
    identity = await process.store.get("identities", str(mine.identity)) or {}
    conversation = await process.conversations.get(identity["conversation_id"])
    assert conversation is not None
    found = await process.counter._similar("育华路路灯不亮三天了，晚上太黑", "育华路", conversation, "zh")
    assert [one.number for one in found] == [ticket.id]
    joined = await process.ledger.join(ticket.id, mine, Actor(kind="citizen", id="C"))
    again = await process.ledger.join(ticket.id, mine, Actor(kind="citizen", id="C"))
    assert joined.id == again.id
    assert len(await process.ledger.reporters(ticket.id)) == 2
    assert [one.id for one in await process.counter.mine(conversation)] == [ticket.id]
    assert await process.counter._similar("育华路路灯不亮三天了，晚上太黑", "育华路", conversation, "zh") == []


# ---- who sees what ----


@pytest.mark.gen_test(timeout=60)
async def test_a_confidential_report_is_nothing_to_those_it_is_about(desks: Desks) -> None:
    process = desks()
    caller = Caller(name="李举报", phone="+8613800138000")
    ticket = await process.file(
        "水务局某科室违规收费", caller=caller, kind="report", confidential=True, accused=("water",)
    )
    with pytest.raises(Refused):
        await process.desk.move(LEADER, ticket.id, moves.Dispatch(lead="water"))
    await process.desk.move(LEADER, ticket.id, moves.Dispatch(lead="urban"))
    desk = process.desk
    assert (await desk.get(LEADER, ticket.id)).id == ticket.id
    assert (await desk.get(URBAN, ticket.id)).id == ticket.id
    assert await desk.reporters(URBAN, ticket) == [], "who handles it does not learn who told it"
    assert len(await desk.reporters(LEADER, ticket)) == 1
    for nobody in (WATER, ALICE, person("root", "administrator"), person("editor", "knowledge_editor")):
        with pytest.raises(NotFound):
            await desk.get(nobody, ticket.id)
        for text in (ticket.id, "违规收费", "13800138000"):
            assert (await desk.lists.page(nobody, Filters(text=text))).tickets == ()
        assert (await desk.lists.page(nobody, Filters())).tickets == ()
    assert (await desk.lists.work(WATER)).tickets == ()
    assert [one.id for one in (await desk.lists.work(URBAN)).tickets] == [ticket.id]
    assert (await desk.lists.page(URBAN, Filters(text="13800138000"))).tickets == (), "a phone would tell who it was"
    assert [one.id for one in (await desk.lists.page(LEADER, Filters(text="违规收费"))).tickets] == [ticket.id]
    assert [one.id for one in (await desk.lists.page(LEADER, Filters(text="138 0013 8000"))).tickets] == [ticket.id]


@pytest.mark.gen_test
async def test_a_unit_sees_its_own_and_those_below(desks: Desks) -> None:
    process = desks()
    ticket = await process.file()
    await process.desk.move(ALICE, ticket.id, moves.Dispatch(lead="urban-east"))
    assert (await process.desk.get(URBAN, ticket.id)).id == ticket.id
    assert [one.id for one in (await process.desk.lists.page(URBAN, Filters())).tickets] == [ticket.id]
    with pytest.raises(NotFound):
        await process.desk.get(WATER, ticket.id)
    await process.desk.move(URBAN, ticket.id, moves.Sign())
    with pytest.raises(Forbidden):
        await process.desk.lists.work(WATER, unit="urban")
    with pytest.raises(Forbidden):
        await process.desk.move(URBAN, ticket.id, moves.Approve())


@pytest.mark.gen_test
async def test_nothing_is_dispatched_to_a_retired_unit(desks: Desks) -> None:
    process = desks()
    ticket = await process.file()
    await process.units.change("urban-east", {"active": False}, by="root")
    for move in (moves.Dispatch(lead="urban-east"), moves.Dispatch(lead="urban", joint=("urban-east",))):
        with pytest.raises(Invalid, match="停用"):
            await process.desk.move(ALICE, ticket.id, move)
    await process.desk.move(ALICE, ticket.id, moves.Dispatch(lead="urban"))
    with pytest.raises(Invalid, match="停用"):
        await process.desk.move(ALICE, ticket.id, moves.AddJoint(joint=("urban-east",), reason="一起办"))
    with pytest.raises(Conflict, match="1 张没办完的工单"):
        await process.units.change("urban", {"active": False}, by="root")


@pytest.mark.gen_test
async def test_names_and_phones_are_sealed_and_revealed_for_a_reason(desks: Desks) -> None:
    process = desks()
    ticket = await process.file(caller=Caller(name="陈先生", phone="+8613800138000", id_number="441900199001011234"))
    documents = str(await process.store.find("reporters", {"ticket": ticket.id}, limit=5))
    for secret in ("陈先生", "13800138000", "441900199001011234"):
        assert secret not in documents
    (reporter,) = await process.ledger.reporters(ticket.id)
    phone = await process.desk.reveal(ALICE, ticket.id, reporter.id, "phone", "回访")
    assert phone == "+8613800138000"
    (audit,) = await process.store.find("audit", {"about": reporter.id}, limit=5)
    assert (audit["actor"], audit["action"], audit["reason"]) == ("alice", "reveal.phone", "回访")
    with pytest.raises(Exception, match="理由"):
        await process.desk.reveal(ALICE, ticket.id, reporter.id, "phone", " ")


@pytest.mark.gen_test(timeout=60)
async def test_lists_and_searches_go_on_page_by_page(desks: Desks) -> None:
    process = desks()
    numbers = [(await process.file(f"育华路第{n}盏路灯不亮")).id for n in range(23)]
    seen: list[str] = []
    before = ""
    while True:
        page = await process.desk.lists.page(ALICE, Filters(), before=before, limit=5)
        seen += [ticket.id for ticket in page.tickets]
        if page.next is None:
            break
        before = page.next
    assert seen == numbers[::-1]
    found: list[str] = []
    before = ""
    while True:
        page = await process.desk.lists.page(ALICE, Filters(text="育华路 路灯"), before=before, limit=10)
        found += [ticket.id for ticket in page.tickets]
        if page.next is None:
            break
        before = page.next
    assert found == numbers[::-1]
    for number in numbers:
        await process.desk.move(ALICE, number, moves.Dispatch(lead="water"))
    work: list[str] = []
    after = ""
    while True:
        page = await process.desk.lists.work(WATER, after=after, limit=6)
        work += [ticket.id for ticket in page.tickets]
        if page.next is None:
            break
        after = page.next
    assert sorted(work) == sorted(numbers)
    assert len(work) == len(numbers)


@pytest.mark.gen_test
async def test_merged_tickets_are_told_and_rated_together(desks: Desks, now: Clock) -> None:
    process = desks()
    first, second = await process.citizen(), await process.citizen()
    into, merged = await process.file(caller=first), await process.file(caller=second)
    await process.desk.move(ALICE, merged.id, moves.Merge(into=into.id, reason="同一盏灯"))
    assert len(await process.ledger.reporters(into.id)) == 2
    await through(process, into.id)
    now.move(seconds=61)
    await process.notices.sweep()
    assert any("已经修好" in text for text in await process.heard(second))


@pytest.mark.gen_test
async def test_a_new_key_finds_and_opens_everything_once_it_is_all_renewed(desks: Desks) -> None:
    process = desks()
    ticket = await process.file(caller=Caller(name="陈先生", phone="138 0013 8000"))
    code = process.ledger.code(ticket)
    old, new = Key("1", b"k" * 32), Key("2", b"n" * 32)
    for about in SEALED:
        async for progress in renew(process.store, Vault([new, old]), about):
            assert not progress.unreadable
    process.ledger.vault = Vault([new])
    renewed = await process.ledger.get(ticket.id)
    assert process.ledger.code(renewed) == code
    (reporter,) = await process.ledger.reporters(ticket.id)
    assert process.ledger.reveal(reporter.phone) == "+8613800138000"
    assert [one.id for one in (await process.desk.lists.page(ALICE, Filters(text="13800138000"))).tickets] == [
        ticket.id
    ]
