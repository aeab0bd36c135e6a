"""Knowledge files: what is read, what is refused and why, and that what goes out comes back the same."""

import io
import json
import time
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.knowledge import FileRefused, KnowledgeEntry
from gateway.core.knowledge.entry import check_row, check_rows, end_of_day, made_id, same_question
from gateway.core.knowledge.files import MAX_FILE_BYTES, Kind, Table, kind_of, read, write

KINDS: list[Kind] = ["csv", "xlsx", "jsonl"]


def csv_of(text: str, encoding: str = "utf-8") -> Table:
    return read(text.encode(encoding), "csv")


def xlsx_of(*lines: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def problems_of(table: Table) -> list[str]:
    return [str(problem) for problem in [*table.problems, *check_rows(table.rows)[1]]]


# ---- reading ----


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_csv_in_the_encodings_and_separators_people_have(encoding: str, mark: str) -> None:
    text = (
        mark.join(["编号", "问题", "相似问题", "答案", "单位"])
        + "\r\n"
        + mark.join(["1", "怎么办证", "办证|证怎么办", "来", "公安"])
    )
    drafts, problems = check_rows(csv_of(text, encoding).rows)
    assert problems == []
    assert (drafts[0].id, drafts[0].given["similar"], drafts[0].given["unit"]) == ("1", ("办证", "证怎么办"), "公安")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("甲|乙|丙", ("甲", "乙", "丙")),
        ("甲；乙", ("甲", "乙")),
        ("甲\n乙\r\n丙", ("甲", "乙", "丙")),
        ("有|的\n没有", ("有|的", "没有")),
        ("有|的\n", ("有|的",)),
        ("甲||  |甲？|乙", ("甲", "乙")),
        (["甲", "乙|丙"], ("甲", "乙|丙")),
        ("", ()),
        (None, ()),
        ("问题|甲", ("甲",)),
    ],
)
def test_similar_questions_in_one_cell(cell: object, expected: tuple[str, ...]) -> None:
    table = read(json.dumps({"question": "问题？", "answer": "答", "similar": cell}).encode(), "jsonl")
    assert check_rows(table.rows)[0][0].given["similar"] == expected


def test_every_bad_row_is_named_with_all_that_is_wrong_in_it() -> None:
    table = csv_of(
        "id,question,answer,valid_until,status\n"
        "a,问一,答,,\n"
        "b,,答,明年,\n"
        "\n"
        "a,问二,答,,\n"
        "c,问一？,答,,\n"
        "d e,问三,,2026-02-30,上线\n"
        "f,问四,答,,,多出来\n"
        "g,问\x07五,答,,\n"
        "h,#N/A,答,,\n"
    )
    assert problems_of(table) == [
        "第 8 行：这一行的格子比表头多，可能有没加引号的逗号",
        "第 3 行，问题：没有填",
        "第 3 行，有效期至：“明年”不是日期，请写成 2027-12-31 这样",
        "第 5 行，编号：和第 2 行的编号重复",
        "第 6 行，问题：和第 2 行是同一单位的同一个问题",
        "第 7 行，编号：编号里不能有空格",
        "第 7 行，答案：没有填",
        "第 7 行，有效期至：“2026-02-30”不是日期，请写成 2027-12-31 这样",
        "第 7 行，状态：不认识“上线”，可以填：已发布、草稿、待审核、已下架",
        "第 9 行，问题：含有无法显示的字符 U+0007",
        "第 10 行，问题：单元格是表格软件的错误值 #N/A",
    ]


def test_lengths_are_bounded() -> None:
    values = {
        "id": "i" * 129,
        "question": "问" * 501,
        "answer": "答" * 10_001,
        "similar": [f"{n}{'似' * 300}" for n in range(100)],
        "unit": "局" * 201,
    }
    table = read(json.dumps(values).encode(), "jsonl")
    assert [problem.field for problem in check_rows(table.rows)[1]] == ["id", "question", "similar", "answer", "unit"]


def test_jsonl_lines_that_are_no_objects_are_named() -> None:
    lines = ['{"question": "问", "answer": "答"}', "[1]", "{", '{"question": NaN, "answer": "x"}', "[" * 100_000]
    lines.append('{"question": "\\ud800", "answer": {"a": 1}}')
    table = read("\n".join(lines).encode(), "jsonl")
    assert problems_of(table) == [
        *(f"第 {number} 行：不是一行 JSON 对象" for number in (2, 3, 4, 5)),
        "第 6 行，问题：含有无法显示的字符 U+D800",
        "第 6 行，答案：应当是文字",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2027-12-31", datetime(2027, 12, 31, 16, tzinfo=UTC)),
        ("2027/1/5", datetime(2027, 1, 5, 16, tzinfo=UTC)),
        ("2027年1月5日", datetime(2027, 1, 5, 16, tzinfo=UTC)),
        ("2027-01-05T10:00:00+08:00", datetime(2027, 1, 5, 2, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_a_day_is_valid_to_its_end_in_beijing(value: str | None, expected: datetime | None) -> None:
    table = read(json.dumps({"question": "问", "answer": "答", "valid_until": value}).encode(), "jsonl")
    assert check_row(table.rows[0])[0].given["valid_until"] == expected  # type: ignore[union-attr]


@pytest.mark.parametrize("value", ["9999-12-31", "0001-01-01T00:00:00+14:00", "2027-01-05T10:00:00", 46022])
def test_dates_that_are_none(value: object) -> None:
    table = read(json.dumps({"question": "问", "answer": "答", "valid_until": value}).encode(), "jsonl")
    assert [problem.field for problem in check_row(table.rows[0])[1]] == ["valid_until"]


def test_workbooks_with_numbers_dates_and_unknown_columns() -> None:
    data = xlsx_of(
        ["编号", "标准问题", "回答", "有效期至", "备注"],
        [1001, "问一", "答", datetime(2027, 12, 31), "内部"],  # noqa: DTZ001
        [],
        [1002.0, "问二", 12345, None, None],
    )
    table = read(data, "xlsx")
    assert table.ignored == ("备注",)
    drafts, problems = check_rows(table.rows)
    assert problems == []
    assert [draft.id for draft in drafts] == ["1001", "1002"]
    assert drafts[0].given["valid_until"] == datetime(2027, 12, 31, 16, tzinfo=UTC)
    assert drafts[1].given["answer"] == "12345"
    assert [draft.row for draft in drafts] == [2, 4]


# ---- refused as a whole ----


@pytest.mark.parametrize(
    ("data", "kind", "says"),
    [
        (b"", "csv", "文件是空的"),
        (b"\xff" * 50, "csv", "编码"),
        ("编号,内容\n1,2\n".encode(), "csv", "缺少：问题、答案"),
        ("question,问题,answer\n1,2,3\n".encode(), "csv", "同一个意思"),
        (b'question,answer\n"a,b\n', "csv", "引号"),
        (b"question,answer\n" + b"a" * 1_100_000 + b",b", "csv", "太长"),
        (b"PK\x03\x04 anything", "csv", "xlsx"),
        (b"PK\x03\x04 anything", "xlsx", "打不开"),
        (b"question,answer\n1,2\n", "xlsx", "打不开"),
        (b"x" * (MAX_FILE_BYTES + 1), "jsonl", "太大"),
        (b"question,answer\n" + b"q,a\n" * 100_001, "csv", "最多 100000 条"),
        (b"\n" * 300_000, "jsonl", "行数太多"),
    ],
)
def test_files_refused_as_a_whole(data: bytes, kind: Kind, says: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(data, kind)
    assert says in refused.value.message


def test_only_three_endings_are_known() -> None:
    assert [kind_of(name) for name in ("a.CSV", "b.xlsx", "c.jsonl")] == ["csv", "xlsx", "jsonl"]
    for name in ("a.xls", "b", "c.json", ".csv"):
        with pytest.raises(FileRefused):
            kind_of(name)


def bomb(name: str, size: int) -> bytes:
    out = io.BytesIO(xlsx_of(["question", "answer"], ["问", "答"]))
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for _ in range(size // (1 << 20)):
            member.write(b" " * (1 << 20))
    return out.getvalue()


@pytest.mark.parametrize(("name", "mib"), [("xl/other.xml", 600), ("xl/sharedStrings2.xml", 200)])
def test_zip_bombs_are_refused_before_anything_is_unpacked(name: str, mib: int) -> None:
    data = bomb(name, mib << 20)
    assert len(data) < 1 << 20
    began = time.monotonic()
    with pytest.raises(FileRefused, match="解压后太大"):
        read(data, "xlsx")
    assert time.monotonic() - began < 1.0


def with_sheet(xml: str) -> bytes:
    source = zipfile.ZipFile(io.BytesIO(xlsx_of(["question", "answer"], ["问", "答"])))
    out = io.BytesIO()
    with source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, xml if name.endswith("sheet1.xml") else source.read(name))
    return out.getvalue()


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
CELL = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'


def test_a_sheet_that_lies_about_its_size_is_bounded() -> None:
    heading = f'<row r="1">{CELL.format("A1", "question")}{CELL.format("B1", "answer")}</row>'
    far = f'<row r="999999999">{CELL.format("A999999999", "问")}</row>'
    began = time.monotonic()
    with pytest.raises(FileRefused, match="行数太多"):
        read(with_sheet(SHEET.format(f"<sheetData>{heading}{far}</sheetData>")), "xlsx")
    assert time.monotonic() - began < 10
    small = '<dimension ref="A1"/>'
    row = f'<row r="2">{CELL.format("A2", "问")}{CELL.format("B2", "答")}</row>'
    table = read(with_sheet(SHEET.format(f"{small}<sheetData>{heading}{row}</sheetData>")), "xlsx")
    assert [dict(row.values) for row in table.rows] == [{"question": "问", "answer": "答"}]


def test_entities_in_a_workbook_are_not_expanded() -> None:
    lol = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    heading = f'<row r="1">{CELL.format("A1", "question")}{CELL.format("B1", "answer&b;")}</row>'
    with pytest.raises(FileRefused):
        read(with_sheet(lol + SHEET.format(f"<sheetData>{heading}</sheetData>")), "xlsx")


# ---- out and in again ----


def written(entries: list[KnowledgeEntry], kind: Kind) -> bytes:
    out = io.BytesIO()
    assert write(entries, kind, out) == len(entries)
    return out.getvalue()


def came_back(data: bytes, kind: Kind) -> list[dict[str, object]]:
    table = read(data, kind)
    drafts, problems = check_rows(table.rows)
    assert [*table.problems, *problems] == []
    return [{"id": draft.id, **draft.given} for draft in drafts]


def out_and_in(entries: list[KnowledgeEntry], kind: Kind) -> None:
    assert came_back(written(entries, kind), kind) == [{"id": entry.id, **entry.content()} for entry in entries]


@pytest.mark.parametrize("kind", KINDS)
def test_awkward_texts_come_back_the_same(kind: Kind) -> None:
    out_and_in(
        [
            KnowledgeEntry(
                id="a", question='=1+1 "引号", 逗号', answer="第一行\n第二行\n\n=第三行", similar=("有|线；的",)
            ),
            KnowledgeEntry(
                id="-1", question="'=x", answer="''@x", similar=("-5", "有|", "+1"), unit="@局", category="=类"
            ),
            KnowledgeEntry(id="0012", question="'只有撇号", answer="#标签 N/A", sample=True, source_note="《法》第3条"),
            KnowledgeEntry(id="d", question="1e5", answer="😀 emoji & <b>", status="draft"),
            KnowledgeEntry(id="e", question="有效期", answer="答", valid_until=end_of_day(date(2027, 12, 31))),
            KnowledgeEntry(
                id="f", question="时刻", answer="答", valid_until=datetime(2027, 1, 5, 2, 3, 4, 5000, tzinfo=UTC)
            ),
        ],
        kind,
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_exported_cell_runs_as_a_formula(kind: Kind) -> None:
    marks = "=+-@"
    data = written(
        [KnowledgeEntry(id=f"{m}1", question=f"{m}cmd()", answer=f"{m}1", similar=(f"{m}甲",)) for m in marks], kind
    )
    if kind == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data))
        cells = [cell for row in book.active.iter_rows(min_row=2) for cell in row if cell.value]
        assert {cell.data_type for cell in cells} == {"s"}
        texts = [cell.value for cell in cells]
    else:
        lines = data.decode("utf-8-sig").splitlines()[1:]
        texts = [cell for line in lines for cell in line.split(",") if cell]
    assert len(texts) >= 16
    assert not [text for text in texts if text[0] in marks]


LINE = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), max_size=40).map(str.strip)
WORDING = st.one_of(LINE, st.text("=+-@'|；\n甲乙 ?", max_size=8).map(str.strip))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    texts=st.tuples(WORDING, WORDING, LINE, LINE),
    similar=st.lists(WORDING, max_size=4),
    day=st.none() | st.dates(min_value=date(1900, 1, 1), max_value=date(9000, 1, 1)),
    kind=st.sampled_from(KINDS),
)
def test_whatever_is_accepted_once_goes_round_unchanged(
    texts: tuple[str, str, str, str], similar: list[str], day: object, kind: Kind
) -> None:
    question, answer, unit, note = texts
    values = {"id": "x", "question": question, "answer": answer, "unit": unit, "source_note": note, "similar": similar}
    values["valid_until"] = str(day) if day else ""
    table = read(json.dumps(values).encode(), "jsonl")
    draft, _ = check_row(table.rows[0])
    if draft is not None:
        out_and_in([KnowledgeEntry(id=draft.id, **draft.given)], kind)


def test_the_same_question_is_known_again() -> None:
    assert same_question("ＡＢＣ 怎么办？") == same_question("abc怎么办")
    assert same_question("？？") == "??"
    assert made_id("局", "怎么办？") == made_id("局", "怎么办")
    assert made_id("甲局", "怎么办") != made_id("乙局", "怎么办")
