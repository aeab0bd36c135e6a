"""The limits an administrator sets: kept in the store, before the configured ones, for what begins from then on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from config.settings import Settings
from gateway.configured import ticket_policy
from gateway.core import audit
from gateway.core.errors import Conflict, Invalid
from gateway.core.model import Effect
from gateway.core.tickets import moves, rules
from gateway.core.tickets.machine import Refused
from gateway.core.tickets.model import Ticket
from gateway.core.tickets.operators_limits import LIMITS, OperatorsLimits, OwnLimits
from gateway.core.tickets.rules import Policy, Rules
from gateway.core.tickets.workdays import Calendar, Span
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus
from tests.core.tickets.conftest import Clock, Desks, Process, person

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ALICE = person("alice", "agent")
LEADER = person("leader", "shift_leader")
WATER = person("wang", "unit_clerk", "unit_head", unit="water")
OTHERS = {
    "finish": {"complaint": "8wd"},
    "contact": "2h",
    "sign": "2wd",
    "joint": "1wd",
    "remind_at": 0.5,
    "red_after": "4wd",
    "callback": "1wd",
    "again_after": "2wd",
    "attempts": 1,
    "most_extension": 1.0,
    "return_within": "2h",
    "archive_after": "90d",
}


def changed(changes: Mapping[str, Any], policy: Policy | None = None) -> dict[str, Any]:
    """A whole table, with these changes."""
    table = rules.table(policy or Policy())
    finish = {**table["finish"], **changes.get("finish", {})}
    return {**table, **changes, "finish": finish}


def limits_of(store: MongoStore, **options: Any) -> tuple[OperatorsLimits, Rules]:
    held = Rules(Calendar(), Policy(tell_after=7.0))
    return OperatorsLimits(store, held, **options), held


def test_a_table_is_read_as_it_was_written() -> None:
    policy = rules.of_table(changed(OTHERS))
    assert (policy.finish["complaint"], policy.finish["help"]) == (Span(workdays=8), Span(workdays=5))
    assert rules.read(rules.write(policy)) == policy
    assert ticket_policy(Settings()) == Policy(), "what the settings say by default is what the rules say"


@pytest.mark.gen_test
async def test_set_followed_by_others_and_taken_back(open_store: Callable[..., MongoStore], bus: RedisBus) -> None:
    (own, held), (other, held_there) = limits_of(open_store(), bus=bus), limits_of(open_store())
    before = await own.in_force()
    assert (before.own, before.version, before.by, before.at) == (False, 0, None, None)
    after = await own.put(changed(OTHERS), version=0, by="wu", at=AT, reason="市里有新规定")
    assert (after.own, after.version, after.by, after.at) == (True, 1, "wu", AT)
    assert held.policy.finish["complaint"] == Span(workdays=8)
    assert held.policy.tell_after == 7.0, "no limit, and as configured"
    assert held_there.policy.finish["complaint"] == Span(workdays=5)
    await other.refresh()
    assert held_there.policy == held.policy
    back = await other.put(None, version=1, by="li", at=AT)
    assert (back.own, back.version, back.by, back.policy) == (False, 2, "li", back.configured)
    await own.refresh()
    assert held.policy == back.configured


@pytest.mark.gen_test
async def test_the_other_processes_are_told(store: MongoStore, bus: RedisBus) -> None:
    own, _ = limits_of(store, bus=bus)
    heard = asyncio.ensure_future(anext(bus.subscribe()))
    await bus.listening()
    await own.put(changed(OTHERS), version=0, by="wu", at=AT)
    assert await heard == ("limits", {})


@pytest.mark.gen_test
async def test_a_table_as_configured_is_none_of_ones_own(store: MongoStore) -> None:
    own, _ = limits_of(store)
    assert (await own.put(changed({}), version=0, by="wu", at=AT)).version == 0
    await own.put(changed(OTHERS), version=0, by="wu", at=AT)
    assert not (await own.put(changed({}), version=1, by="wu", at=AT)).own


@pytest.mark.gen_test
async def test_each_change_is_in_the_audit_log_once(store: MongoStore) -> None:
    own, _ = limits_of(store)
    for table, version in ((changed(OTHERS), 0), (changed(OTHERS), 0), (changed({**OTHERS, "sign": "1d"}), 1)):
        await own.put(table, version=version, by="wu", at=AT, reason="通知")
    added, again = await store.find(audit.AUDIT, {"about": "tickets"}, sort=[("_id", 1)])
    assert (added["action"], added["actor"], added["reason"]) == ("limits.put", "wu", "通知")
    assert json.loads(added["changes"])["finish.complaint"] == ["5wd", "8wd"]
    assert json.loads(again["changes"]) == {"sign": ["2wd", "1d"]}


@pytest.mark.gen_test
async def test_a_change_whose_writer_was_killed_is_written_down_by_the_next(store: MongoStore) -> None:
    line = audit.entry(AT, "wu", "limits.put", "tickets")
    tail = (Effect("insert", audit.AUDIT, line).pack(),)
    killed = OwnLimits(id="tickets", text=rules.write(Policy(yellows=4)), by="wu", at=AT, tail=tail)
    await store.insert(LIMITS, killed.document())
    own, _ = limits_of(store)
    await own.put(None, version=1, by="li", at=AT)
    found = await store.find(audit.AUDIT, {"about": "tickets"}, sort=[("_id", 1)])
    assert [one["actor"] for one in found] == ["wu", "li"]


@pytest.mark.gen_test
async def test_nobody_overwrites_what_they_have_not_seen(open_store: Callable[..., MongoStore]) -> None:
    processes = [limits_of(open_store())[0] for _ in range(4)]
    tables = [changed({"yellows": 4 + number}) for number in range(4)]
    done = await asyncio.gather(
        *(
            one.put(table, version=0, by=f"p{number}", at=AT)
            for number, (one, table) in enumerate(zip(processes, tables, strict=True))
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Conflict) for one in done) == 3
    with pytest.raises(Conflict, match="刚被别人改过") as refused:
        await processes[0].put(changed({"yellows": 9}), version=0, by="late", at=AT)
    assert refused.value.details["version"] == 1


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"sign": "0wd"}, {"sign": "no_span"}),
        ({"finish": {"help": "五天"}, "urgent": ""}, {"urgent": "no_span", "finish.help": "no_span"}),
        ({"archive_after": "367d"}, {"archive_after": "too_long"}),
        ({"joint": "400wd"}, {"joint": "too_long"}),
        ({"complex": "4wd"}, {"complex": "shorter_than_ordinary"}),
        ({"finish": {"praise": "16wd"}}, {"complex": "shorter_than_ordinary"}),
        ({"urgent": "3d"}, {"urgent": "longer_than_ordinary"}),
        ({"finish": {"consultation": "2h"}, "urgent": "1h"}, {"sign": "longer_than_ordinary"}),
        ({"contact": "3wd"}, {"contact": "longer_than_ordinary"}),
        ({"remind_at": 1.0}, {"remind_at": "out_of_bounds"}),
        ({"remind_at": 0.0, "yellows": 1}, {"remind_at": "out_of_bounds", "yellows": "out_of_bounds"}),
        ({"attempts": 0}, {"attempts": "out_of_bounds"}),
        ({"most_extension": 30.5}, {"most_extension": "out_of_bounds"}),
    ],
)
async def test_what_makes_no_sense_is_named(store: MongoStore, change: dict[str, Any], fields: dict[str, str]) -> None:
    own, held = limits_of(store)
    before = held.policy
    with pytest.raises(Invalid, match="还不能用") as refused:
        await own.put(changed(change), version=0, by="wu", at=AT)
    named = refused.value.details["fields"]
    assert isinstance(named, dict)
    assert fields.items() <= named.items()
    assert held.policy == before
    assert await store.get(LIMITS, "tickets") is None


# ---- tickets under way ----


async def _set(process: Process, changes: Mapping[str, Any]) -> None:
    own = OperatorsLimits(process.store, process.ledger.rules)
    version = (await own.in_force()).version
    await own.put(changed(changes), version=version, by="wu", at=AT)


async def _dispatched(process: Process, **about: Any) -> Ticket:
    ticket = await process.file(**about)
    return await process.desk.move(ALICE, ticket.id, moves.Dispatch(lead="water"))


@pytest.mark.gen_test(timeout=60)
async def test_a_ticket_under_way_keeps_what_it_was_given_and_the_next_has_the_new(desks: Desks, now: Clock) -> None:
    process = desks()
    early = await _dispatched(process)
    filed_before = await process.file()
    await _set(process, OTHERS)
    late = await process.desk.move(ALICE, filed_before.id, moves.Dispatch(lead="water"))
    assert (early.limit, late.limit) == ("5wd", "8wd")
    span = {ticket.id: ticket.due - now() for ticket in (early, late) if ticket.due}
    assert (span[early.id].days, span[late.id].days) == (7, 10), "a weekend between"
    for ticket in (early, late):
        await process.desk.move(WATER, ticket.id, moves.Sign())
    now.move(hours=1)
    await process.ledger.sweep()
    reminded = {ticket.id: (await process.ledger.get(ticket.id)).reminded for ticket in (early, late)}
    assert reminded == {early.id: ("contact:water",), late.id: ()}
    with pytest.raises(Refused, match="最长5个工作日"):
        await process.desk.move(WATER, early.id, moves.AskExtension(workdays=6, reason="要等配件"))
    with pytest.raises(Refused, match="最长1个工作日"):
        await process.desk.move(WATER, late.id, moves.AskExtension(workdays=2, reason="要等配件"))
    now.move(days=11)
    await process.ledger.sweep()
    causes = [[card.cause for card in (await process.ledger.get(one.id)).cards] for one in (early, late)]
    assert causes == [["overdue", "long_overdue"], ["overdue"]], "two workdays over for the one, four for the other"


@pytest.mark.gen_test(timeout=60)
async def test_a_return_keeps_them_and_a_rework_is_given_those_in_force(desks: Desks, now: Clock) -> None:
    process = desks()
    ticket = await _dispatched(process)
    await _set(process, OTHERS)
    await process.desk.move(WATER, ticket.id, moves.AskReturn(reason="不归我们管"))
    await process.desk.move(LEADER, ticket.id, moves.DecideReturn(grant=True, reason="可以"))
    again = await process.desk.move(ALICE, ticket.id, moves.Dispatch(lead="water", joint=("police",)))
    assert (again.limit, again.due) == (ticket.limit, ticket.due)
    lead, joint = again.assignments
    assert ((lead.sign_due - now()).days, (joint.due - now()).days) == (1, 3)
    await process.desk.move(WATER, ticket.id, moves.Sign())
    await process.desk.move(WATER, ticket.id, moves.Reply(text="修好了", without_joint=True))
    asked = await process.desk.move(ALICE, ticket.id, moves.Approve())
    assert asked.callback_due is not None
    assert (asked.callback_due - now()).days == 3
    rework = await process.desk.move(
        ALICE, ticket.id, moves.CallBack(reached=True, solved=False, verdict="dissatisfied", note="没有修好")
    )
    assert (rework.round, rework.limit) == (1, "8wd")
    assert rules.read(rework.terms).callback == Span(workdays=1)


@pytest.mark.gen_test(timeout=60)
async def test_what_comes_later_than_expected_is_not_looked_at_until_then(desks: Desks, now: Clock) -> None:
    process = desks()
    ticket = await process.file()
    ended = await process.desk.move(ALICE, ticket.id, moves.AnswerAtOnce(text="可以这样办"))
    await _set(process, {"archive_after": "90d"})
    now.move(days=31)
    assert ended.next_due is not None
    assert await process.ledger.sweep() == 1
    assert await process.ledger.sweep() == 0
    kept = await process.ledger.get(ticket.id)
    assert (kept.state, kept.events) == ("answered", ended.events)
    now.move(days=60)
    await process.ledger.sweep()
    assert (await process.ledger.get(ticket.id)).state == "archived"
