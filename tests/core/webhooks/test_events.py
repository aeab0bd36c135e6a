"""What is told of a ticket's events, and to whom; read from rows and from what the other system got."""

from __future__ import annotations

import contextlib
import json

import pytest

from gateway.core.ports import StoreUnavailable
from gateway.core.tickets import moves
from gateway.core.tickets.model import Actor
from tests.core.dying import dying_after
from tests.core.tickets.conftest import Clock
from tests.core.webhooks.conftest import AGENT, NAME, NOTE, PHONE, WORDS, Offices, Receivers

WATER = Actor(kind="staff", id="wang", unit="water")


@pytest.mark.gen_test
async def test_a_ticket_from_filing_to_its_end(offices: Offices, receivers: Receivers, now: Clock) -> None:
    office, receiver = offices(), receivers()
    webhook = await office.subscribe(receiver)
    ticket = await office.dispatched()
    for move in (
        moves.Sign(),
        moves.Note(text="只给同事看的话"),
        moves.AskExtension(reason="材料还没有到齐", workdays=2),
    ):
        now.move(minutes=1)
        await office.ledger.move(ticket.id, move, WATER)
    due = (await office.ledger.get(ticket.id)).due
    ticket = await office.ledger.move(ticket.id, moves.DecideExtension(grant=True, reason="情况属实"), AGENT)
    assert due is not None
    assert ticket.due is not None
    assert ticket.due > due
    await office.ledger.move(ticket.id, moves.Reply(text="已经修好"), WATER)
    await office.ledger.move(ticket.id, moves.Approve(), AGENT)
    await office.ledger.move(ticket.id, moves.Rate(solved=True, verdict="satisfied", words="谢谢"), AGENT)
    await office.send()
    told = sorted((heard.body for heard in receiver.heard), key=lambda body: body["seq"])
    assert [(body["type"], body["seq"], body["ticket"]["state"]) for body in told] == [
        ("ticket.submitted", 1, "submitted"),
        ("ticket.dispatched", 2, "dispatched"),
        ("ticket.signed", 3, "signed"),
        ("ticket.changed", 6, "signed"),
        ("ticket.replied", 7, "replied"),
        ("ticket.callback", 8, "callback"),
        ("ticket.closed", 9, "closed"),
    ]
    assert told[1] == {
        "id": f"{ticket.id}#00002",
        "type": "ticket.dispatched",
        "occurred_at": "2026-03-02T01:00:00Z",
        "seq": 2,
        "ticket": {
            "number": ticket.id,
            "kind": "complaint",
            "state": "dispatched",
            "unit": "water",
            "round": 0,
            "due": f"{due:%Y-%m-%dT%H:%M:%SZ}",
        },
    }
    assert told[3]["ticket"]["due"] == f"{ticket.due:%Y-%m-%dT%H:%M:%SZ}"
    rows = [row.model_dump(mode="json") for row in await office.rows(webhook)]
    everything = json.dumps([told, rows], ensure_ascii=False)
    written = ("只给同事看的话", "材料还没有到齐", "情况属实", "已经修好", "谢谢", NOTE)
    for secret in (WORDS, NAME, PHONE, AGENT.id, WATER.id, f'"{office.ledger.code(ticket)}"', *written):
        assert secret not in everything


@pytest.mark.gen_test
async def test_only_what_was_asked_for_while_it_was_active(offices: Offices, receivers: Receivers) -> None:
    office = offices()
    wanted, other, stopped = receivers(), receivers(), receivers()
    await office.subscribe(wanted, types=("ticket.dispatched",))
    await office.subscribe(other, types=("ticket.closed", "ticket.submitted"))
    webhook = await office.subscribe(stopped)
    await office.webhooks.disable(webhook.id, by="root", reason="门户改版")
    await office.dispatched()
    await office.webhooks.enable(webhook.id, by="root")
    await office.send()
    assert [heard.body["type"] for heard in wanted.heard] == ["ticket.dispatched"]
    assert [heard.body["type"] for heard in other.heard] == ["ticket.submitted"]
    assert stopped.heard == []


@pytest.mark.gen_test
async def test_what_several_moves_meant_each_though_they_are_settled_at_once(
    offices: Offices, receivers: Receivers
) -> None:
    office, receiver = offices(), receivers()
    webhook = await office.subscribe(receiver)
    ticket = await office.file()
    settling = office.ledger.settle
    office.ledger.settle = _nothing  # type: ignore[assignment, method-assign]
    for move, actor in (
        (moves.Dispatch(lead="water"), AGENT),
        (moves.AskReturn(reason="不是我们的职责"), WATER),
        (moves.DecideReturn(grant=True, reason="确实不是"), AGENT),
        (moves.Dispatch(lead="urban"), AGENT),
    ):
        await office.ledger.move(ticket.id, move, actor)
    office.ledger.settle = settling  # type: ignore[method-assign]
    await office.ledger.settle(ticket.id)
    rows = await office.rows(webhook)
    assert [(row.told.seq, row.type, row.told.unit) for row in rows if row.told] == [
        (1, "ticket.submitted", None),
        (2, "ticket.dispatched", "water"),
        (4, "ticket.submitted", None),
        (5, "ticket.dispatched", "urban"),
    ]
    # the same from the log itself, whichever of the events are settled together
    stored = await office.ledger.get(ticket.id)
    for first in range(5):
        again = office.webhooks.outlet(stored, (await office.ledger.events(stored))[first:])
        made = {effect.id: effect.document["told"] for effect in again}
        assert made == {
            row.id: row.told.model_dump(exclude_none=True) for row in rows if row.told and row.told.seq > first
        }


async def _nothing(_: str) -> None:
    """A process that is killed before it settles what it moved."""


@pytest.mark.gen_test(timeout=60)
async def test_killed_at_any_write_each_event_is_told_once(offices: Offices, receivers: Receivers, now: Clock) -> None:
    receiver = receivers()
    webhook = await offices().subscribe(receiver, types=("ticket.dispatched",))
    told = 0
    for lives in range(9):
        office, other = offices(), offices()
        for process in (office, other):
            await process.webhooks.refresh()
        ticket = await office.file()
        store = office.store
        office.ledger._store = office.ledger._search._store = dying_after(store, lives)
        with contextlib.suppress(StoreUnavailable):
            await office.ledger.move(ticket.id, moves.Dispatch(lead="water"), AGENT)
        now.move(seconds=10)
        await other.ledger.sweep()
        state = (await other.ledger.get(ticket.id)).state
        assert (state == "submitted") == (lives == 0), "only before the one write that counts"
        told += state == "dispatched"
        assert len(await other.rows(webhook)) == told
    assert told == 8


@pytest.mark.gen_test
async def test_of_confidential_tickets_nothing(offices: Offices, receivers: Receivers) -> None:
    office, receiver = offices(), receivers()
    webhook = await office.subscribe(receiver)
    await office.dispatched(kind="report", confidential=True, accused=("urban",))
    await office.send()
    assert receiver.heard == []
    assert await office.rows(webhook) == []


@pytest.mark.gen_test
async def test_who_is_entitled_learns_number_state_and_time(offices: Offices, receivers: Receivers) -> None:
    office, receiver = offices(), receivers()
    await office.subscribe(receiver, confidential=True, reason="督查系统要统计")
    ticket = await office.dispatched(kind="report", confidential=True)
    await office.ledger.move(ticket.id, moves.Mark(kind="complaint", reason="改类"), AGENT)
    await office.send()
    bodies = sorted((heard.body for heard in receiver.heard), key=lambda body: body["seq"])
    assert [body["type"] for body in bodies] == ["ticket.submitted", "ticket.dispatched"]
    assert bodies[1] == {
        "id": f"{ticket.id}#00002",
        "type": "ticket.dispatched",
        "occurred_at": "2026-03-02T01:00:00Z",
        "seq": 2,
        "ticket": {"number": ticket.id, "state": "dispatched"},
    }


@pytest.mark.gen_test
async def test_what_becomes_confidential_before_it_is_sent_does_not_leave(
    offices: Offices, receivers: Receivers
) -> None:
    office, plain, entitled = offices(), receivers("500", "200"), receivers()
    first = await office.subscribe(plain)
    second = await office.subscribe(entitled, confidential=True, reason="督查系统要统计")
    ticket = await office.dispatched()
    await office.ledger.move(ticket.id, moves.Mark(kind="report", reason="改类"), AGENT)
    await office.ledger.move(ticket.id, moves.Mark(confidential=True, reason="要保密"), AGENT)
    await office.send()
    assert plain.heard == []
    assert {(row.state, row.error, row.attempts) for row in await office.rows(first)} == {("failed", "confidential", 0)}
    assert [set(heard.body["ticket"]) for heard in entitled.heard] == [{"number", "state"}] * 2
    assert {heard.body["type"] for heard in entitled.heard} == {"ticket.submitted", "ticket.dispatched"}
    assert [row.error for row in await office.rows(second)] == ["", "", "confidential"]


@pytest.mark.gen_test
async def test_an_entitlement_taken_back_counts_for_what_waits(offices: Offices, receivers: Receivers) -> None:
    office, receiver = offices(), receivers()
    webhook = await office.subscribe(receiver, confidential=True, reason="督查系统要统计")
    await office.file(kind="report", confidential=True)
    await offices().webhooks.change(webhook.id, {"confidential": False}, by="root")
    await office.send()
    assert receiver.heard == []
    assert [(row.state, row.error) for row in await office.rows(webhook)] == [("failed", "confidential")]
