"""Lists of tickets over HTTP: narrowed, searched, read on, counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest

from gateway.core.tickets import moves
from gateway.core.tickets.board import FRESH
from gateway.web.desk.oversight import WorkCounts
from tests.web.desk.office import LEADER, LIGHTS, SUPERVISOR, WATER, Office

REASON = "因为是这样"


def _moment(office: Office, **ago: float) -> str:
    return quote((office.now() - timedelta(**ago)).isoformat())


@pytest.mark.gen_test(timeout=60)
async def test_narrowed_to_what_is_asked_for(office: Office) -> None:
    first = await office.file("水管爆了", via="web", category="供水")
    office.now.move(3600)
    second = await office.file("路灯不亮", kind="help")
    third = await office.file("路灯太亮", via="wechat")
    await office.move(LEADER, first.id, moves.Mark(urgent=True, reason=REASON), moves.Dispatch(lead="water"))
    await office.move(LEADER, second.id, moves.Dispatch(lead="lights"))
    await office.move(SUPERVISOR, second.id, moves.Supervise(reason=REASON))
    await office.move(LEADER, third.id, moves.AnswerAtOnce(text="已告知"))
    agent = await office.site.program("agent")
    for asked, found in {
        "": [second, first],
        "state=answered": [third],
        "state=all": [third, second, first],
        "state=answered&state=dispatched": [third, second, first],
        "unit=water": [first],
        "unit=bureau": [first],
        "unit=lights&state=submitted": [],
        "kind=help": [second],
        "category=" + quote("供水"): [first],
        "via=web": [first],
        "via=wechat&state=all": [third],
        "urgent=true": [first],
        "urgent=false": [second],
        "supervised=true": [second],
        "supervised=true&unit=lights": [second],
        "supervised=true&unit=water": [],
        "supervised=true&state=answered": [],
        "supervised=false": [first],
        "overdue=true": [],
        f"filed_after={_moment(office, minutes=1)}&state=all": [third, second],
        f"filed_before={_moment(office, minutes=1)}": [first],
        f"filed_before={_moment(office, days=1)}": [],
        "filed_after=0001-01-01T00:00:00%2B08:00&filed_before=9999-12-31T23:59:59-08:00": [second, first],
        "due_after=0001-01-01T00:00:00%2B08:00&due_before=9999-12-31T23:59:59-08:00": [first, second],
        f"due_before={_moment(office, days=-2)}&state=submitted": [],
        f"due_before={_moment(office, days=-2)}&state=dispatched&state=submitted": [first],
        f"due_before={_moment(office, days=-2)}": [first],
        f"due_after={_moment(office, days=-2)}": [second],
        f"due_after={_moment(office, days=-2)}&due_before={_moment(office, days=-3)}": [],
        "q=" + quote("路灯"): [third, second],
        "q=" + quote("路灯") + "&state=dispatched": [second],
        "q=" + quote("路灯") + "&unit=water": [],
        "q=13800138000&via=web": [first],
        f"q={first.id}&kind=help": [],
        f"q={first.id}": [first],
    }.items():
        assert await office.numbers(agent, f"/tickets?{asked}") == [ticket.id for ticket in found], asked
    naive = "due_before=2026-11-24T10:00:00"
    for wrong in ("order=any", "state=lost", "kind=x", "limit=101", naive, "filed_after=soon", "x=1"):
        assert (await agent.call("GET", f"/tickets?{wrong}")).status == 400, wrong


@pytest.mark.gen_test(timeout=60)
async def test_what_is_due_first_when_deadlines_are_asked_for(office: Office) -> None:
    numbers = []
    for _ in range(7):
        ticket = await office.file()
        await office.move(LEADER, ticket.id, moves.Dispatch(lead="lights"))
        numbers.append(ticket.id)
        office.now.move(600)
    later = await office.file()
    await office.move(LEADER, later.id, moves.Mark(urgent=True, reason=REASON), moves.Dispatch(lead="water"))
    office.now.move(8 * 24 * 3600)
    agent, clerk = await office.site.program("agent"), await office.site.program("unit_clerk", unit="lights")
    assert await office.numbers(agent, "/tickets?overdue=true&limit=3") == [later.id, *numbers]
    assert await office.numbers(agent, "/tickets?overdue=true&unit=lights&limit=2") == numbers
    assert await office.numbers(clerk, "/tickets?overdue=true&limit=2") == numbers
    assert await office.numbers(clerk, "/work?limit=2") == numbers
    assert await office.numbers(clerk, "/tickets?limit=2") == numbers[::-1]
    assert await office.numbers(clerk, "/tickets?limit=2&order=oldest") == numbers
    assert await office.numbers(clerk, "/tickets?limit=2&order=oldest&state=dispatched") == numbers
    await office.move(LIGHTS, numbers[0], moves.Sign(), moves.Reply(text="修好了"))
    assert await office.numbers(agent, "/tickets?overdue=true&unit=lights") == numbers[1:]


@pytest.mark.gen_test(timeout=60)
async def test_calls_are_listed_by_when_they_are_due(office: Office) -> None:
    numbers = [(await office.file()).id for _ in range(3)]
    # the unit that gave one back is not asked first for it
    await office.move(LEADER, numbers[1], moves.Dispatch(lead="water"))
    await office.move(WATER, numbers[1], moves.AskReturn(reason="不归我们管"))
    await office.move(LEADER, numbers[1], moves.DecideReturn(grant=True, reason="核实"))
    for number in numbers:
        joint = ("water",) if number == numbers[0] else ()
        await office.move(LEADER, number, moves.Dispatch(lead="lights", joint=joint))
        await office.move(LIGHTS, number, moves.Sign(), moves.Reply(text="修好了", without_joint=True))
    for number in (numbers[2], numbers[0], numbers[1]):
        await office.move(LEADER, number, moves.Approve())
        office.now.move(600)
    agent, clerk = await office.site.program("agent"), await office.site.program("unit_clerk", unit="lights")
    calls = "/tickets?state=callback&order=due&limit=1"
    for caller in (agent, clerk):
        assert await office.numbers(caller, calls) == [numbers[2], numbers[0], numbers[1]]
    assert await office.numbers(agent, f"{calls}&unit=lights") == [numbers[2], numbers[0], numbers[1]]
    assert await office.numbers(agent, f"{calls}&unit=water") == [numbers[0], numbers[1]]
    ticket = (await agent.call("GET", f"/tickets/{numbers[2]}")).body
    asked_at = office.now() - timedelta(seconds=1800)
    assert datetime.fromisoformat(ticket["call_back"]["at"]) == asked_at
    assert datetime.fromisoformat(ticket["call_back"]["due"]) == asked_at + timedelta(days=3)

    # a call that reached nobody moves nothing; once asked again, it is the last of them
    await office.move(LEADER, numbers[2], moves.CallBack(reached=False))
    assert await office.numbers(agent, calls) == [numbers[2], numbers[0], numbers[1]]
    office.now.move(3 * 24 * 3600 - 1800 + 1)
    await office.ledger.sweep()
    agent = await office.site.program("agent", username="agent.y")
    assert await office.numbers(agent, calls) == [numbers[0], numbers[1], numbers[2]]
    await office.move(LEADER, numbers[0], moves.CallBack(reached=True, solved=True, verdict="satisfied"))
    assert await office.numbers(agent, calls) == [numbers[1], numbers[2]]
    assert (await agent.call("GET", f"/tickets/{numbers[0]}")).body["call_back"] is None


@pytest.mark.gen_test(timeout=60)
async def test_joint_units_have_a_deadline_of_their_own(office: Office) -> None:
    ticket = await office.file()
    await office.move(LEADER, ticket.id, moves.Dispatch(lead="lights", joint=("water",), mode="joint"))
    office.now.move(4 * 24 * 3600)
    water = await office.site.program("unit_clerk", unit="water")
    lights = await office.site.program("unit_clerk", username="lights.x", unit="lights")
    assert await office.numbers(water, "/tickets?overdue=true") == [ticket.id]
    assert await office.numbers(lights, "/tickets?overdue=true") == []
    await office.move(WATER, ticket.id, moves.ReplyJointly(text="水管没问题"))
    assert await office.numbers(water, "/tickets?overdue=true") == []


@pytest.mark.gen_test(timeout=60)
async def test_a_page_says_where_to_go_on_and_only_that(office: Office) -> None:
    numbers = [(await office.file(f"第{n}盏路灯不亮")).id for n in range(5)]
    agent = await office.site.program("agent")
    page = await agent.call("GET", "/tickets?limit=2")
    assert [ticket["number"] for ticket in page.body["tickets"]] == numbers[:2:-1]
    assert await office.numbers(agent, "/tickets?limit=2&order=oldest") == numbers
    from_then = "filed_after=2020-01-01T00:00:00Z&state=all"
    assert await office.numbers(agent, f"/tickets?limit=2&order=oldest&{from_then}") == numbers
    more = await agent.call("GET", f"/tickets?limit=2&before={page.body['next']}")
    assert [ticket["number"] for ticket in more.body["tickets"]] == numbers[2:0:-1]
    assert (await agent.call("GET", "/tickets?limit=5")).body["next"] is None, "a full page may be the last"
    for wrong in ("here", numbers[0], page.body["next"][:-2]):
        assert (await agent.call("GET", f"/tickets?before={wrong}")).code == "invalid"
    assert (await agent.call("GET", f"/work?unit=lights&after={page.body['next']}")).code == "invalid"


async def _counts(office: Office, caller: object) -> WorkCounts:
    office.now.move(FRESH.total_seconds())
    return WorkCounts.model_validate((await caller.call("GET", "/tickets/counts")).body)  # type: ignore[attr-defined]


@pytest.mark.gen_test(timeout=60)
async def test_what_waits_is_counted(office: Office) -> None:
    waiting, urgent, late, open_report = [await office.file() for _ in range(4)]
    report = await office.file("有人违规收费", kind="report", confidential=True, accused=("water",))
    await office.move(LEADER, urgent.id, moves.Mark(urgent=True, reason=REASON), moves.Dispatch(lead="lights"))
    await office.move(LEADER, late.id, moves.Dispatch(lead="water"))
    await office.move(LEADER, report.id, moves.Dispatch(lead="lights"))
    await office.move(SUPERVISOR, report.id, moves.Supervise(reason=REASON))
    office.now.move(13 * 3600)  # 23:00 in Beijing; the urgent one is due at ten tomorrow
    programs = {name: await office.site.program(name) for name in ("agent", "shift_leader")}
    await office.move(LEADER, open_report.id, moves.Recuse(person="agent.x", reason=REASON))
    programs["lights"] = await office.site.program("unit_clerk", unit="lights")
    programs["water"] = await office.site.program("unit_head", unit="water")
    for name, submitted, dispatched, supervised in (
        ("agent", 1, 2, 0),
        ("shift_leader", 2, 3, 1),
        ("lights", 0, 2, 1),
        ("water", 0, 1, 0),
    ):
        counts = await _counts(office, programs[name])
        seen = (counts.states.submitted.number, counts.states.dispatched.number, counts.supervised.number)
        assert seen == (submitted, dispatched, supervised), name
        assert not counts.states.dispatched.more
        assert (counts.due_today.number, counts.overdue.number) == (0, 0)
    office.now.move(3600)  # past midnight
    leader = await office.site.program("shift_leader", username="leader.y")
    assert (await _counts(office, leader)).due_today.number == 1
    office.now.move(24 * 3600)
    leader, agent = [await office.site.program(role, username=f"z.{role[:3]}") for role in ("shift_leader", "agent")]
    assert (await _counts(office, leader)).overdue.number == 1
    assert (await _counts(office, agent)).overdue.number == 1
    assert waiting.id in await office.numbers(agent, "/tickets?state=submitted")
