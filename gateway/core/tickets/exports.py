"""Tickets as tables to take away: CSV and Excel, bounded, made piece by piece, and written down in the audit log.

What is taken away is out of our hands, so names and phones are shown in part only, those in texts too, and of a
confidential report not at all; and no cell is one that a spreadsheet would take for a formula.
"""

from __future__ import annotations

import asyncio
import codecs
import csv
import io
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from xlsxwriter import Workbook

from gateway.core import audit
from gateway.core.errors import Forbidden, TooSoon
from gateway.core.model import new_id
from gateway.core.people import Person
from gateway.core.ports import Store
from gateway.core.tickets import words
from gateway.core.tickets.ledger import Ledger
from gateway.core.tickets.lists import Filters, Lists
from gateway.core.tickets.model import KINDS, STATES, VERDICTS, WITH_UNIT, Reporter, Ticket
from gateway.core.units import Units

Format = Literal["csv", "xlsx"]
CONTENT_TYPES: Mapping[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_ROWS = 50_000
AT_ONCE = 3
_PAGE = 100
_CHUNK = 64 * 1024
_COLUMN_WIDTH = 16
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones are read as the others
_VIA = {"phone": "电话", "web": "网页", "wechat": "微信", "sms": "短信"}

Row = Sequence[str]
HEADINGS: Row = (
    "工单编号",
    "类型",
    "状态",
    "标题",
    "内容",
    "发生时间",
    "地点",
    "分类",
    "来源",
    "登记时间",
    "主办单位",
    "会办单位",
    "办理期限",
    "超期",
    "紧急",
    "保密",
    "督办中",
    "黄牌",
    "红牌",
    "答复",
    "办结时间",
    "是否解决",
    "满意度",
    "反映人",
    "联系电话",
)


def row(ticket: Ticket, name: str, phone: str, now: datetime, unit_name: Callable[[str], str]) -> Row:
    """A ticket's cells. name, phone: of who told it, in clear; they are shown in part, and only when it is not
    confidential."""
    told = not ticket.confidential
    joint = [part.unit for part in ticket.assignments if part.role == "joint"]
    colours = [card.colour for card in ticket.cards if card.stands]
    cells = (
        ticket.id,
        KINDS[ticket.kind],
        STATES[ticket.state],
        words.masked(ticket.title),
        words.masked(ticket.matter),
        words.masked(ticket.happened),
        words.masked(ticket.place.label),
        ticket.category,
        _VIA.get(ticket.via, ticket.via),
        _time(ticket.filed_at),
        unit_name(ticket.unit) if ticket.unit else "",
        "、".join(map(unit_name, joint)),
        _time(ticket.due),
        _yes(ticket.state in WITH_UNIT and ticket.due is not None and ticket.due < now),
        _yes(ticket.urgent),
        _yes(ticket.confidential),
        _yes(bool(ticket.supervised)),
        str(colours.count("yellow")),
        str(colours.count("red")),
        words.masked(ticket.reply.text) if ticket.reply else "",
        _time(ticket.ended_at),
        ("是" if ticket.rating.solved else "否") if ticket.rating else "",
        VERDICTS[ticket.rating.verdict] if ticket.rating else "",
        words.masked_name(name) if told else "",
        words.masked_phone(phone) if told else "",
    )
    return tuple(map(_harmless, cells))


def _harmless(cell: str) -> str:
    """A cell that is text to a spreadsheet, also when it is saved in another form and opened again.
    https://owasp.org/www-community/attacks/CSV_Injection"""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _time(at: datetime | None) -> str:
    return f"{at.astimezone(words.BEIJING):%Y-%m-%d %H:%M}" if at else ""


def _yes(is_so: bool) -> str:
    return "是" if is_so else ""


class Exports:
    def __init__(self, store: Store, ledger: Ledger, lists: Lists, units: Units, now: Callable[[], datetime]) -> None:
        self._store = store
        self._ledger = ledger
        self._lists = lists
        self._units = units
        self._now = now
        self._under_way: set[str] = set()

    async def pieces(self, person: Person, filters: Filters, format: Format) -> AsyncGenerator[bytes, None]:
        """The file, piece by piece; at most `MOST_ROWS` tickets, and a last row that says so when there are more. The
        audit log has who asked for what before the first piece, and how much it was after the last.
        Raises `Forbidden`, `TooSoon`, `StoreUnavailable`."""
        if "tickets.export" not in person.scopes:
            raise Forbidden("您的岗位不能导出工单")
        if person.username in self._under_way or len(self._under_way) >= AT_ONCE:
            raise TooSoon("还有导出没完成，请稍后再试", retry_after=5)
        self._under_way.add(person.username)
        try:
            async with aclosing(self._batches(person, filters, format)) as batches:
                made = _csv(batches) if format == "csv" else _xlsx(batches)
                async with aclosing(made):
                    async for piece in made:
                        yield piece
        finally:
            self._under_way.discard(person.username)

    async def _batches(self, person: Person, filters: Filters, format: Format) -> AsyncGenerator[Sequence[Row], None]:
        export = new_id()
        now, by = self._now(), person.username
        line = audit.entry(now, by, "tickets.export", export, format=format, filters=_told(filters))
        await self._store.insert(audit.AUDIT, line)
        rows, whole = 0, False
        try:
            yield [HEADINGS]
            before: str | None = ""
            while before is not None and rows < MOST_ROWS:
                page = await self._lists.page(person, filters, before=before, limit=min(_PAGE, MOST_ROWS - rows))
                before = page.next
                rows += len(page.tickets)
                yield await self._rows(page.tickets)
            if before is not None:
                yield [(f"只导出了前{MOST_ROWS}张，还有更多。请缩小范围，分几次导出。",)]
            whole = before is None
        finally:
            # also when whoever asked has hung up
            line = audit.entry(self._now(), by, "tickets.exported", export, rows=rows, whole=whole)
            await self._store.insert(audit.AUDIT, line)

    async def _rows(self, tickets: Sequence[Ticket]) -> list[Row]:
        told = await self._who_told([ticket.id for ticket in tickets if not ticket.confidential])
        now = self._now()
        rows = []
        for ticket in tickets:
            reporter = told.get(ticket.id)
            name = self._ledger.reveal(reporter.name) if reporter else ""
            phone = self._ledger.reveal(reporter.phone) if reporter else ""
            rows.append(row(ticket, name, phone, now, self._unit_name))
        return rows

    def _unit_name(self, id: str) -> str:
        unit = self._units.get(id)
        return unit.name if unit else id

    async def _who_told(self, numbers: Sequence[str]) -> dict[str, Reporter]:
        """Who told each of them first. Numbers of one page mostly follow each other, so they are read as a range."""
        if not numbers:
            return {}
        limit = min(1000, 4 * len(numbers))
        between = {"ticket": {"$gte": min(numbers), "$lte": max(numbers)}}
        found = await self._store.find("reporters", between, sort=[("ticket", 1)], limit=limit)
        if len(found) == limit:
            each = (self._store.find("reporters", {"ticket": number}, limit=1000) for number in numbers)
            found = [document for documents in await asyncio.gather(*each) for document in documents]
        return {document["ticket"]: Reporter.of(document) for document in found if document["main"]}


def _told(filters: Filters) -> dict[str, str]:
    """What was asked for, as the audit log keeps it; a phone that was looked for in part only."""
    given = {field.name: getattr(filters, field.name) for field in fields(filters)}
    told: dict[str, str] = {}
    for name, value in given.items():
        if value in ("", (), None):
            continue
        text = ",".join(value) if isinstance(value, tuple) else str(value)
        told[name] = words.masked(text) if name == "text" else text
    return told


async def _csv(batches: AsyncGenerator[Sequence[Row], None]) -> AsyncGenerator[bytes, None]:
    """Begins with the mark by which Excel knows UTF-8."""
    mark = codecs.BOM_UTF8
    async for rows in batches:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        yield mark + text.getvalue().encode()
        mark = b""


async def _xlsx(batches: AsyncGenerator[Sequence[Row], None]) -> AsyncGenerator[bytes, None]:
    """Written to a file first, row by row and off the loop: the table of contents of such a file comes last."""
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder) / "tickets.xlsx"
        sheet = _Sheet(path, folder)
        try:
            async for rows in batches:
                await asyncio.to_thread(sheet.add, rows)
        finally:
            await asyncio.to_thread(sheet.close)
        with await asyncio.to_thread(path.open, "rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk


class _Sheet:
    def __init__(self, path: Path, folder: str) -> None:
        options: dict[str, Any] = {"constant_memory": True, "tmpdir": folder}
        self._book = Workbook(str(path), options)
        self._sheet = self._book.add_worksheet("工单")
        self._sheet.set_column(0, len(HEADINGS) - 1, _COLUMN_WIDTH)
        self._sheet.freeze_panes(1, 1)
        self._rows = 0

    def add(self, rows: Sequence[Row]) -> None:
        for cells in rows:
            for column, cell in enumerate(cells):
                self._sheet.write_string(self._rows, column, cell)
            self._rows += 1

    def close(self) -> None:
        self._book.close()
