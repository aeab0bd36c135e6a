"""Tickets taken away as tables: what is in them, what is not, and who is known to have taken them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from gateway.core.audit import AUDIT
from gateway.core.errors import TooSoon
from gateway.core.tickets import exports, moves
from gateway.core.tickets.exports import CONTENT_TYPES, HEADINGS, Format
from gateway.core.tickets.lists import Filters
from gateway.core.tickets.model import Place
from gateway.core.units import Units
from tests.web.desk.office import LEADER, Office, Raw, person

REASON = "因为是这样"


def table(answer: Raw, format: Format = "csv") -> list[dict[str, str]]:
    """The rows of a file by their headings."""
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == CONTENT_TYPES[format]
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Row-Limit"] == "50000"
    rows: list[list[str]]
    if format == "csv":
        assert answer.body.startswith(b"\xef\xbb\xbf"), "or Excel takes it for another encoding"
        rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    else:
        (sheet,) = load_workbook(io.BytesIO(answer.body)).worksheets
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}, "no formulas"
        rows = [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == list(HEADINGS)
    return [dict(zip(HEADINGS, row, strict=False)) for row in rows[1:]]


async def audited(office: Office, action: str) -> list[dict[str, Any]]:
    return await office.store.find(AUDIT, {"action": action}, sort=[("at_ms", 1)], limit=20)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.gen_test(timeout=60)
async def test_a_table_with_nobody_to_be_known_by_it(office: Office, format: Format) -> None:
    ticket = await office.file(
        "请打１３８-0013-8000找我，座机22334455\n第二行",
        happened="2026年11月24日20261124",
        place=Place(label="=HYPERLINK(1)"),
        category="\t@x",
        name="张三",
        phone="13900139000",
    )
    report = await office.file("局里有人收钱", kind="report", confidential=True, name="李举报", phone="13700137000")
    await office.move(LEADER, ticket.id, moves.Dispatch(lead="lights", joint=("water",), mode="joint"))
    leader = await office.site.program("shift_leader")
    answer = await office.raw(leader, "GET", f"/tickets/export?format={format}")
    rows = table(answer, format)
    assert [row["工单编号"] for row in rows] == [report.id, ticket.id]
    confidential, row = rows
    assert (confidential["反映人"], confidential["联系电话"], confidential["保密"]) == ("", "", "是")
    assert (row["反映人"], row["联系电话"]) == ("张*", "139****9000")
    assert row["内容"] == "请打138****8000找我，座机22****55\n第二行"
    assert row["发生时间"] == "2026年11月24日20261124"
    assert (row["地点"], row["分类"].lstrip("'")) == ("'=HYPERLINK(1)", "\t@x")
    assert (row["类型"], row["状态"], row["来源"]) == ("投诉", "待签收", "电话")
    assert (row["主办单位"], row["会办单位"]) == ("奇想市路灯管理所", "奇想市水务局")
    assert row["登记时间"] == "2026-11-24 10:00"
    for secret in ("13900139000", "13700137000", "张三", "李举报", "8000-", "22334455"):
        assert secret not in str(rows)
    (begun,), (ended,) = await audited(office, "tickets.export"), await audited(office, "tickets.exported")
    assert (begun["actor"], begun["format"], begun["filters"]) == (leader.username, format, {})
    assert (ended["about"], ended["rows"], ended["whole"]) == (begun["about"], 2, True)


@pytest.mark.gen_test(timeout=60)
async def test_only_what_one_may_see_and_only_for_those_who_may_take_it_away(office: Office) -> None:
    mine, other = await office.file("路灯不亮"), await office.file("水管漏水")
    await office.move(LEADER, mine.id, moves.Dispatch(lead="lights"))
    await office.move(LEADER, other.id, moves.Dispatch(lead="water"))
    head = await office.site.program("unit_head", unit="lights")
    assert [row["工单编号"] for row in table(await office.raw(head, "GET", "/tickets/export"))] == [mine.id]
    narrowed = await office.raw(head, "GET", "/tickets/export?q=13800138000&state=dispatched&unit=lights")
    assert [row["工单编号"] for row in table(narrowed)] == [mine.id]
    asked = (await audited(office, "tickets.export"))[-1]["filters"]
    assert asked == {"text": "138****8000", "states": "dispatched", "unit": "lights"}
    for role, unit in (("agent", None), ("unit_clerk", "lights"), ("administrator", None)):
        nobody = await office.site.program(role, unit=unit)  # type: ignore[arg-type]
        assert (await nobody.call("GET", "/tickets/export")).code == "forbidden"
    assert (await head.call("GET", "/tickets/export?format=pdf")).status == 400


@pytest.mark.gen_test(timeout=60)
async def test_a_long_one_says_where_it_ends(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 5)
    monkeypatch.setattr(exports, "_PAGE", 2)
    numbers = [(await office.file(f"第{n}盏路灯")).id for n in range(6)][::-1]
    leader = await office.site.program("shift_leader")
    formats: tuple[Format, ...] = ("csv", "xlsx")
    for format in formats:
        answer = await office.raw(leader, "GET", f"/tickets/export?format={format}")
        lines = [row["工单编号"] for row in table(answer, format)]
        assert lines == [*numbers[:5], "只导出了前5张，还有更多。请缩小范围，分几次导出。"]
    assert {line["whole"] for line in await audited(office, "tickets.exported")} == {False}
    await office.move(LEADER, numbers[0], moves.AnswerAtOnce(text="好的"))
    assert len(table(await office.raw(leader, "GET", "/tickets/export"))) == 5
    assert (await audited(office, "tickets.exported"))[-1]["whole"], "as many as may be, and no more there"


@pytest.mark.gen_test(timeout=60)
async def test_one_at_a_time_for_each_and_few_for_all(office: Office) -> None:
    await office.file()
    taken = exports.Exports(office.store, office.ledger, office.desk.lists, Units(office.store), office.now)
    under_way = []
    for name in ("a", "b", "c"):
        pieces = taken.pieces(person(name, "shift_leader"), Filters(), "csv")
        await anext(pieces)
        under_way.append(pieces)
    for name in ("a", "d"):
        with pytest.raises(TooSoon):
            await anext(taken.pieces(person(name, "shift_leader"), Filters(), "csv"))
    await under_way[0].aclose()
    (cut,) = await audited(office, "tickets.exported")
    assert (cut["actor"], cut["rows"], cut["whole"]) == ("a", 0, False), "whoever hung up is known, too"
    under_way.append(taken.pieces(person("d", "shift_leader"), Filters(), "csv"))
    assert await anext(under_way[-1])
    for pieces in under_way[1:]:
        await pieces.aclose()
