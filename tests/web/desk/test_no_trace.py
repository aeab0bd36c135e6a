"""A confidential report, and the people of the unit it is about: they ask for everything there is, before and after,
and are answered as if it had never been told."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from gateway.core.tickets import moves
from gateway.core.tickets.board import FRESH
from gateway.core.tickets.model import Ticket
from tests.web.desk.office import LEADER, LIGHTS, SUPERVISOR, WATER, Office
from tests.web.desk.site import Program
from tests.web.desk.test_attachments import PNG, added

REASON = "因为是这样"
WORDS = "水务局窗口违规收取手续费"
PHONE = "13700137000"
LISTS = (
    "/tickets",
    "/tickets?limit=1",
    "/tickets?state=all",
    "/tickets?state=dispatched",
    "/tickets?kind=report",
    "/tickets?unit=water",
    "/tickets?supervised=true",
    "/tickets?urgent=true",
    "/tickets?overdue=true",
    "/tickets?due_after=2026-01-01T00:00:00Z",
    "/tickets?filed_after=2026-01-01T00:00:00Z",
    "/tickets?via=web&state=all",
    f"/tickets?q={quote(WORDS)}",
    f"/tickets?q={quote('违规收取')}&limit=1",
    f"/tickets?q={quote('育华路')}&limit=1",
    f"/tickets?q={PHONE}",
    "/work",
    "/work?limit=1",
    "/tickets/counts",
    "/cards",
    "/cards?limit=1",
    "/cards?colour=yellow&month=2026-11",
    "/cards?appealed=true",
    "/appeals",
    "/appeals?limit=1",
)


async def answers(office: Office, caller: Program) -> dict[str, Any]:
    """All that they are shown. A place to read on from is sealed anew each time: only whether there is one counts."""
    office.now.move(FRESH.total_seconds())
    found: dict[str, Any] = {}
    for path in LISTS:
        answer = await caller.call("GET", path)
        body = answer.body
        if isinstance(body, dict) and body.get("next"):
            body["next"] = "more"
        found[path] = (answer.status, body)
    csv_file = await office.raw(caller, "GET", "/tickets/export?state=all")
    found["csv"] = list(csv.reader(io.StringIO(csv_file.body.decode("utf-8-sig"), newline="")))
    found["xlsx"] = []
    sheet_file = await office.raw(caller, "GET", "/tickets/export?state=all&format=xlsx")
    if sheet_file.status == 200:
        (sheet,) = load_workbook(io.BytesIO(sheet_file.body)).worksheets
        found["xlsx"] = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return found


async def denied(office: Office, caller: Program, report: Ticket, attachment: str) -> Mapping[str, Any]:
    """What they are told who know its number and ask for it by that: the same as of one that is not there."""
    told: dict[str, Any] = {}
    for number in (report.id, "DG202611240999990"):
        one = f"/tickets/{number}"
        asked = [
            await caller.call("GET", one),
            await caller.call("GET", f"{one}/events"),
            await caller.call("GET", f"{one}/reporters"),
            await caller.call("GET", f"{one}/attachments"),
            await caller.call("GET", f"{one}/attachments/{attachment}"),
            await caller.call("GET", f"/tickets?q={number}"),
            await caller.call("POST", f"{one}/moves", {"move": "note", "text": "看看"}),
            await caller.call("POST", f"{one}/moves", {"move": "sign"}),
            await caller.call("POST", f"{one}/moves", {"move": "appeal", "card": "x", "reason": REASON}),
            await caller.call("POST", f"{one}/reveals", {"reporter": f"{number}:x", "field": "name", "reason": REASON}),
        ]
        upload = await added(office, caller, number, PNG)
        told[number] = str([(answer.status, answer.body) for answer in asked]).replace(number, "it")
        told[number] += f"{upload.status} {upload.body.decode()}".replace(number, "it")
    return told


@pytest.mark.timeout(240)
@pytest.mark.gen_test(timeout=200)
async def test_the_accused_unit_finds_no_trace(office: Office) -> None:
    own = [await office.file(f"育华路{n}号水管漏水") for n in range(2)]
    for ticket in own:
        await office.move(LEADER, ticket.id, moves.Dispatch(lead="water"))
        await office.move(SUPERVISOR, ticket.id, moves.GiveCard(colour="yellow", reason=REASON))
    people = [
        await office.site.program("unit_clerk", username="water.clerk", unit="water"),
        await office.site.program("unit_head", username="water.boss", unit="water"),
        await office.site.program("unit_head", username="bureau.boss", unit="bureau"),
        await office.site.program("unit_head", username="east.boss", unit="water-east"),
        await office.site.program("agent", username="recused.agent"),
    ]
    before = {caller.username: await answers(office, caller) for caller in people}
    assert [row[0] for row in before["water.boss"]["csv"][1:]] == [own[1].id, own[0].id]
    assert before["water.boss"]["/tickets/counts"][1]["states"]["dispatched"] == {"number": 2, "more": False}

    reports = []
    for n in range(3):
        report = await office.file(
            f"育华路{n}号{WORDS}", kind="report", confidential=True, accused=("water",), phone=PHONE, via="web"
        )
        await office.move(LEADER, report.id, moves.Mark(urgent=True, reason=REASON), moves.Dispatch(lead="lights"))
        await office.move(LIGHTS, report.id, moves.Note(text="约谈窗口人员"), moves.Sign())
        await office.move(SUPERVISOR, report.id, moves.GiveCard(colour="red", reason=REASON))
        reports.append(await office.desk.get(LEADER, report.id))
    await office.move(LIGHTS, reports[0].id, moves.Appeal(card=reports[0].cards[0].id, reason=REASON))
    leader = await office.site.program("shift_leader")
    assert (await added(office, leader, reports[0].id, PNG, asked="?public=true")).status == 201
    attachment = (await office.desk.get(LEADER, reports[0].id)).attachments[0].id
    assert reports[0].id in await office.numbers(leader, f"/tickets?q={quote(WORDS)}"), "it can be found"

    for caller in people:
        after = await answers(office, caller)
        for path, answer in before[caller.username].items():
            assert after[path] == answer, (caller.username, path)
        if caller.username != "recused.agent":
            told = await denied(office, caller, reports[0], attachment)
            assert len(set(told.values())) == 1, told
    clerk = await office.site.program("unit_clerk", unit="lights")
    assert sorted(await office.numbers(clerk, "/tickets")) == sorted(report.id for report in reports)


@pytest.mark.timeout(240)
@pytest.mark.gen_test(timeout=120)
async def test_what_becomes_confidential_is_gone_with_all_that_belonged_to_it(office: Office) -> None:
    ticket, twin = await office.file("育华路水管漏水"), await office.file("育华路水管漏水了")
    for one in (ticket, twin):
        await office.move(LEADER, one.id, moves.Dispatch(lead="water"))
        given = await office.move(SUPERVISOR, one.id, moves.GiveCard(colour="yellow", reason=REASON))
        await office.move(WATER, one.id, moves.Appeal(card=given.cards[0].id, reason=REASON))
    merged = await office.file("育华路也漏水")
    await office.move(LEADER, merged.id, moves.Dispatch(lead="water"))
    await office.move(LEADER, merged.id, moves.Merge(into=ticket.id, reason=REASON))
    boss = await office.site.program("unit_head", unit="water")
    assert (await boss.call("GET", f"/tickets/{merged.id}")).body["merged_into"] == ticket.id
    await office.move(WATER, ticket.id, moves.AskReturn(reason=REASON))
    await office.move(LEADER, ticket.id, moves.DecideReturn(grant=True, reason=REASON), moves.Dispatch(lead="lights"))
    assert ticket.id in str((await boss.call("GET", "/cards")).body), "its card is still known to it"
    marked = moves.Mark(confidential=True, accused=("water",), reason="有人举报水务局瞒报")
    await office.move(LEADER, ticket.id, marked)
    shown = str(await answers(office, boss)) + str((await boss.call("GET", f"/tickets/{merged.id}")).body)
    shown += str((await boss.call("GET", f"/tickets/{merged.id}/events")).body)
    assert twin.id in shown
    assert ticket.id not in shown
    assert "瞒报" not in shown
    office.now.move(FRESH.total_seconds())
    counts = (await boss.call("GET", "/tickets/counts")).body
    assert counts["states"]["dispatched"] == {"number": 1, "more": False}
    leader = await office.site.program("shift_leader")
    assert (await leader.call("GET", f"/tickets/{merged.id}")).body["merged_into"] == ticket.id
