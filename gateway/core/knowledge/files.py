"""Knowledge base files: CSV, XLSX and JSONL, in and out. Pure; bytes in, rows out. Slow for large files: use a thread.

A cell that a spreadsheet would run as a formula (it begins with = + - @, a tab or a line end) is written with a leading
apostrophe and read back without it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal, get_args

from openpyxl import Workbook, load_workbook

from gateway.core.errors import Invalid
from gateway.core.knowledge.entry import COLUMNS, LABELS, REQUIRED, KnowledgeEntry, Problem, Row, last_day

Kind = Literal["csv", "xlsx", "jsonl"]

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_ROWS = 100_000
# blank rows between and after the entries are passed over, but not without end
MAX_SHEET_ROWS = 2 * MAX_ROWS + 1
MAX_SHEET_COLUMNS = 64
MAX_LINE_CHARS = 1024 * 1024
# a workbook is a zip archive: what it may unpack to, all of it and the table of texts, which is read as a whole
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_SHARED_TEXT_BYTES = 192 * 1024 * 1024
MAX_ARCHIVE_MEMBERS = 1000

_NAMES = {name.casefold(): column for column, names in COLUMNS.items() for name in names}
_RUNS_AS_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


class FileRefused(Invalid):
    """The file as a whole cannot be read; the message says why, in words for the person who brought it."""

    code = "file_refused"


@dataclass(slots=True)
class Table:
    """What a file holds. ignored: headings that mean nothing here. problems: rows that are no rows at all."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: tuple[str, ...] = ()


def kind_of(name: str) -> Kind:
    """By the file name's ending. Raises `FileRefused`."""
    ending = Path(name).suffix.casefold().lstrip(".")
    for kind in get_args(Kind):
        if ending == kind:
            known: Kind = kind
            return known
    raise FileRefused(f"只能用 .csv、.xlsx 或 .jsonl 文件，不能用“{ending or name}”")


def read(data: bytes, kind: Kind) -> Table:
    """All rows, unchecked. Raises `FileRefused` for a file that is too large or not of its kind."""
    if len(data) > MAX_FILE_BYTES:
        raise FileRefused(f"文件太大，最多 {MAX_FILE_BYTES // 1024 // 1024} MiB")
    if kind != "xlsx" and data[:4] == b"PK\x03\x04":
        raise FileRefused(f"这不是 {kind.upper()} 文件，像是 Excel 工作簿，请把扩展名改成 .xlsx")
    reader: Callable[[bytes], Table] = {"csv": _read_csv, "xlsx": _read_xlsx, "jsonl": _read_jsonl}[kind]
    return reader(data)


def write(entries: Iterable[KnowledgeEntry], kind: Kind, to: BinaryIO) -> int:
    """Write the entries; how many."""
    writer: Callable[[Iterable[KnowledgeEntry], BinaryIO], int]
    writer = {"csv": _write_csv, "xlsx": _write_xlsx, "jsonl": _write_jsonl}[kind]
    return writer(entries, to)


# ---- CSV ----


def _read_csv(data: bytes) -> Table:
    text = _decoded(data)
    delimiter = max(",\t;；", key=lambda mark: len(_known(text[:10_000].split("\n", 1)[0].split(mark))))
    lines = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    try:
        return _table(enumerate(lines, 1))
    except csv.Error as error:
        raise FileRefused(f"第 {lines.line_num} 行附近的格式不对（引号没有成对，或一格太长）：{error}") from error


def _lines(text: str) -> Iterator[str]:
    """Line by line, so that no line costs more than it is long. Raises `FileRefused` for an endless one."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > MAX_LINE_CHARS:
            raise FileRefused(f"第 {number} 行太长，最多 {MAX_LINE_CHARS} 个字")
        yield line


def _decoded(data: bytes) -> str:
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused("文字编码认不出来，请存成 UTF-8 或 GB18030（GBK）")


def _write_csv(entries: Iterable[KnowledgeEntry], to: BinaryIO) -> int:
    text = io.TextIOWrapper(to, encoding="utf-8-sig", newline="", write_through=True)
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    count = 0
    for count, entry in enumerate(entries, 1):  # noqa: B007
        rows.writerow(_cells(entry))
    text.detach()
    return count


# ---- XLSX ----


def _read_xlsx(data: bytes) -> Table:
    try:
        _check_archive(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            # what the file says about its own size may be wrong
            sheet.reset_dimensions()
            rows = sheet.iter_rows(max_row=MAX_SHEET_ROWS + 1, max_col=MAX_SHEET_COLUMNS, values_only=True)
            return _table(enumerate(rows, 1))
        finally:
            book.close()
    except FileRefused:
        raise
    except Exception as error:
        # a damaged workbook makes the reader fail in any way
        raise FileRefused("这个 Excel 文件打不开，可能已损坏、加了密码，或不是 .xlsx 格式") from error


def _check_archive(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    # the reader stops at the size a member declares, so that what is declared is what can come out
    texts = sum(member.file_size for member in members if "sharedstrings" in member.filename.casefold())
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_ARCHIVE_MEMBERS or unpacked > MAX_UNPACKED_BYTES or texts > MAX_SHARED_TEXT_BYTES:
        raise FileRefused("这个 Excel 文件解压后太大，请删掉图片和多余的表，或分成几个文件")


def _write_xlsx(entries: Iterable[KnowledgeEntry], to: BinaryIO) -> int:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("knowledge")
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGHIJ", (12, 36, 40, 80, 24, 14, 12, 10, 8, 24), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append(list(COLUMNS))
    count = 0
    for count, entry in enumerate(entries, 1):  # noqa: B007
        sheet.append(_cells(entry))
    book.save(to)
    return count


# ---- JSONL ----


def _read_jsonl(data: bytes) -> Table:
    table = Table()
    ignored: dict[str, None] = {}
    for number, line in enumerate(_lines(_decoded(data)), 1):
        if number > MAX_SHEET_ROWS:
            raise FileRefused(f"行数太多，最多 {MAX_ROWS} 条")
        if not line.strip():
            continue
        try:
            found = json.loads(line, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            table.problems.append(Problem(number, "", "不是一行 JSON 对象"))
            continue
        values = {}
        for name, value in found.items():
            column = _NAMES.get(name.strip().casefold())
            if column is None:
                ignored[name[:40]] = None
            else:
                values[column] = value
        _add(table, Row(number, values))
    table.ignored = tuple(ignored)[:20]
    return table


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _write_jsonl(entries: Iterable[KnowledgeEntry], to: BinaryIO) -> int:
    count = 0
    for count, entry in enumerate(entries, 1):  # noqa: B007
        values = {"id": entry.id, **entry.content()}
        values["valid_until"] = last_day(entry.valid_until) if entry.valid_until else None
        to.write(json.dumps(values, ensure_ascii=False).encode() + b"\n")
    return count


# ---- tables ----


def _table(lines: Iterator[tuple[int, Sequence[Any]]]) -> Table:
    columns: list[str | None] = []
    table = Table()
    for number, cells in lines:
        if number > MAX_SHEET_ROWS:
            raise FileRefused(f"行数太多，最多 {MAX_ROWS} 条；如果后面都是空行，请把空行删掉")
        if not any(_filled(cell) for cell in cells):
            continue
        if not columns:
            columns, table.ignored = _headings(cells)
            continue
        if any(_filled(cell) for cell in cells[len(columns) :]):
            table.problems.append(Problem(number, "", "这一行的格子比表头多，可能有没加引号的逗号"))
            continue
        values = {
            column: _unguarded(cells[place]) if place < len(cells) else ""
            for place, column in enumerate(columns)
            if column
        }
        _add(table, Row(number, values))
    if not columns:
        raise FileRefused("文件是空的，第一行应当是表头：" + "、".join(COLUMNS))
    return table


def _headings(cells: Sequence[Any]) -> tuple[list[str | None], tuple[str, ...]]:
    names = [str(cell).strip() if cell is not None else "" for cell in cells]
    columns = [_NAMES.get(name.casefold()) for name in names]
    missing = [LABELS[column] for column in REQUIRED if column not in columns]
    if missing:
        raise FileRefused(f"第一行表头里缺少：{'、'.join(missing)}（认得的表头：{'、'.join(_NAMES)}）")
    known = [column for column in columns if column]
    if len(known) > len(set(known)):
        raise FileRefused("表头里有两列是同一个意思，请去掉一列")
    ignored = tuple(name[:40] for name, column in zip(names, columns, strict=True) if name and not column)
    return columns, ignored[:20]


def _add(table: Table, row: Row) -> None:
    if len(table.rows) >= MAX_ROWS:
        raise FileRefused(f"太多了，一个文件最多 {MAX_ROWS} 条，请分成几个文件")
    table.rows.append(row)


def _known(names: Sequence[str]) -> list[str]:
    return [name for name in names if name.strip().strip('"').casefold() in _NAMES]


def _filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _cells(entry: KnowledgeEntry) -> list[str]:
    values = {"id": entry.id, **entry.content()}
    similar = "\n".join(entry.similar)
    # a lone wording that holds a separator would be split; the line end tells that lines are the separators here
    values["similar"] = similar + "\n" if re.search("[|｜；]", similar) and "\n" not in similar else similar
    values["valid_until"] = last_day(entry.valid_until) if entry.valid_until else ""
    values["sample"] = "true" if entry.sample else "false"
    return [_guarded(values[column]) for column in COLUMNS]


def _guarded(text: str) -> str:
    return "'" + text if _RUNS_AS_FORMULA.match(text) else text


def _unguarded(cell: Any) -> Any:
    return cell[1:] if isinstance(cell, str) and _GUARDED.match(cell) else cell
