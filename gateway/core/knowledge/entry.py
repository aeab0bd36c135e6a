"""An entry of the knowledge base, and what makes a row of a file one. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict

from bot.answers.types import Entry as BotEntry
from gateway.core.errors import Invalid
from gateway.core.model import Stored, milliseconds

BEIJING = timezone(timedelta(hours=8))

Status = Literal["published", "draft", "review", "withdrawn"]
Did = Literal["import", "create", "edit", "similar", "submit", "send_back", "publish", "withdraw", "discard", "remove"]

MAX_ID_CHARS = 128
MAX_QUESTION_CHARS = 500
MAX_SIMILAR = 500
# all of them fit into one cell of a spreadsheet (32,767 characters)
MAX_SIMILAR_CHARS = 20_000
MAX_ANSWER_CHARS = 10_000
MAX_LABEL_CHARS = 200

# what the columns of a file are called; the first name is the one exports use
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "编号", "序号"),
    "question": ("question", "问题", "标准问题", "标准问"),
    "similar": ("similar", "相似问题", "相似问", "相似问法", "扩展问"),
    "answer": ("answer", "答案", "回答", "答复"),
    "unit": ("unit", "单位", "责任单位", "部门"),
    "category": ("category", "类别", "分类"),
    "valid_until": ("valid_until", "有效期至", "有效期"),
    "status": ("status", "状态"),
    "sample": ("sample", "示例"),
    "source_note": ("source_note", "来源说明", "依据"),
}
REQUIRED = ("question", "answer")
_PLACES = {field: place for place, field in enumerate(COLUMNS)}
LABELS = {field: names[1] for field, names in COLUMNS.items()}

_STATUSES: Mapping[str, Status] = {
    **{status: status for status in get_args(Status)},
    "已发布": "published",
    "草稿": "draft",
    "待审核": "review",
    "已下架": "withdrawn",
}
_TRUTHS = {"true": True, "1": True, "是": True, "yes": True, "false": False, "0": False, "否": False, "no": False}
_SPREADSHEET_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_SPACES = re.compile(r"[^\S\n]+")


class Change(BaseModel):
    """What is to become of a published entry, which the bot gives as it was until the change is published too.
    worked_by: as of an entry."""

    model_config = ConfigDict(frozen=True)

    status: Literal["draft", "review"] = "draft"
    question: str
    similar: tuple[str, ...] = ()
    answer: str
    unit: str = ""
    category: str = ""
    source_note: str = ""
    valid_until: datetime | None = None
    worked_by: str = ""


# what an editor writes
WRITTEN = tuple(field for field in Change.model_fields if field not in ("status", "worked_by"))


class KnowledgeEntry(Stored):
    """One question with its other wordings and its answer, which only a draft may lack.

    valid_until: the instant from which the bot no longer gives it; None for no end.
    deleted: kept in the store, shown to nobody. number: its place in the order of making, for reading all.
    change, import_number: see `ledger`.
    worked_by: who last wrote or submitted what is worked on. updated_by, did, note: who made this version, "" for an
    import, how and why. line: the id of its line in the audit log, "" for none.
    """

    question: str
    similar: tuple[str, ...] = ()
    answer: str
    unit: str = ""
    category: str = ""
    sample: bool = False
    source_note: str = ""
    status: Status = "published"
    valid_until: datetime | None = None
    pending: Change | None = None
    worked_by: str = ""
    updated_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    updated_by: str = ""
    did: Did = "import"
    note: str = ""
    line: str = ""
    deleted: bool = False
    number: int = 0
    change: int = 0
    import_number: int = 0

    @property
    def asked(self) -> str:
        """The same for entries of one unit that ask the same; looked up in the store to keep them one."""
        return made_id(self.unit, self.question)

    @property
    def ends(self) -> str:
        """When the bot no longer gives what is published now, sorting by time; "" when it has no end."""
        given = self.status == "published" and not self.deleted
        return ending(milliseconds(self.valid_until), self.id) if given and self.valid_until else ""

    def document(self) -> dict[str, Any]:
        document = super().document()
        document["import"] = document.pop("import_number")
        document["asked"] = self.asked
        document["ends"] = self.ends
        document["similar"] = list(self.similar)
        if self.pending is not None:
            document["pending"]["similar"] = list(self.pending.similar)
        return document

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        return cls.model_validate({**document, "id": document["_id"], "import_number": document.get("import", 0)})

    def content(self) -> dict[str, Any]:
        """What its author wrote, without what the store keeps about it."""
        return {field: getattr(self, field) for field in COLUMNS if field != "id"}

    def answerable(self, now: datetime) -> bool:
        """Whether the bot may give it."""
        valid = self.valid_until is None or now < self.valid_until
        return self.status == "published" and not self.deleted and valid

    def for_bot(self) -> BotEntry:
        return BotEntry(self.id, self.question, self.similar, self.answer)


def ending(at_ms: int, id: str = "") -> str:
    """See `KnowledgeEntry.ends`; without an id, what comes before all of that moment."""
    return f"{max(at_ms, 0):015d}:{id}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one row, for the person who wrote it. row: as a spreadsheet counts, the heading being row 1;
    for JSONL the line. 0 when it is about the file as a whole. field: a name of `COLUMNS`, or ""."""

    row: int
    field: str
    what: str

    def __str__(self) -> str:
        where = f"第 {self.row} 行" if self.row else "文件"
        return f"{where}，{LABELS[self.field]}：{self.what}" if self.field else f"{where}：{self.what}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in a file: the values of the columns it has. A missing key keeps what the store has."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A sound row: `given` holds only what the file says. `id` is "" when the file gives none."""

    row: int
    id: str
    given: Mapping[str, Any]


def same_question(question: str) -> str:
    """Two questions with the same key are the same question: width, case, spaces and end marks do not count."""
    plain = unicodedata.normalize("NFKC", question).casefold()
    return re.sub(r"[\s?？。.!！,，、~～]+", "", plain) or plain


def made_id(unit: str, question: str) -> str:
    """The id of an entry whose file names none: the same row gets the same one each time."""
    return "k" + hashlib.sha256(f"{unit}\n{same_question(question)}".encode()).hexdigest()[:20]


def check_row(row: Row) -> tuple[Draft | None, list[Problem]]:
    """A draft, or everything that is wrong in the row."""
    problems: list[Problem] = []
    given: dict[str, Any] = {}
    for field, check in _CHECKS.items():
        if field not in row.values and field not in REQUIRED:
            continue
        try:
            given[field] = check(row.values.get(field))
        except ValueError as error:
            problems.append(Problem(row.number, field, str(error)))
    if not given.get("answer", "x") and given.get("status", "published") != "draft":
        problems.append(Problem(row.number, "answer", "没有填"))
        problems.sort(key=lambda problem: _PLACES[problem.field])
    if not problems and "similar" in given:
        own = same_question(given["question"])
        given["similar"] = tuple(text for text in given["similar"] if same_question(text) != own)
    if problems:
        return None, problems
    return Draft(row.number, given.pop("id", ""), given), []


def checked(values: Mapping[str, Any]) -> Draft:
    """What one person filled in. Raises `Invalid` with `problems`, and `fields`, which says what is wrong with each."""
    draft, problems = check_row(Row(0, values))
    if draft is None:
        fields = {problem.field: problem.what for problem in problems}
        raise Invalid("有的地方没有填对", problems=[str(problem) for problem in problems], fields=fields)
    return draft


def check_rows(rows: Iterable[Row]) -> tuple[list[Draft], list[Problem]]:
    """All sound rows and all that is wrong, ids and questions that occur twice included (the later row is at fault)."""
    drafts: list[Draft] = []
    problems: list[Problem] = []
    ids: dict[str, int] = {}
    questions: dict[tuple[str, str], int] = {}
    for row in rows:
        draft, wrong = check_row(row)
        if draft is not None:
            asked = (draft.given.get("unit", ""), same_question(draft.given["question"]))
            if draft.id and draft.id in ids:
                wrong.append(Problem(row.number, "id", f"和第 {ids[draft.id]} 行的编号重复"))
            if asked in questions:
                wrong.append(Problem(row.number, "question", f"和第 {questions[asked]} 行是同一单位的同一个问题"))
            if not wrong:
                ids[draft.id] = questions[asked] = row.number
                drafts.append(draft)
        problems += wrong
    return drafts, problems


def clean(value: object) -> str:
    """A cell as text: line ends made one kind, spaces squeezed, nothing that cannot be seen.
    Raises ValueError for what is no text and for control characters."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError("应当是文字")
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "").replace("\u200b", "")
    for char in text:
        if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cs"):
            raise ValueError(f"含有无法显示的字符 U+{ord(char):04X}")
    text = "\n".join(line.strip() for line in _SPACES.sub(" ", text).split("\n")).strip()
    if text in _SPREADSHEET_ERRORS:
        raise ValueError(f"单元格是表格软件的错误值 {text}")
    return text


def split_similar(cell: str) -> list[str]:
    """The wordings in one cell: one a line; in a cell of one line also separated by `|`, `｜`, `；`."""
    return cell.split("\n") if "\n" in cell else re.split("[|｜；]", cell)


def _bounded(name: str, limit: int, *, required: bool = False, lines: bool = False) -> Any:
    def check(value: object) -> str:
        text = clean(value)
        if not lines:
            text = " ".join(text.split())
        if required and not text:
            raise ValueError("没有填")
        if len(text) > limit:
            raise ValueError(f"太长：{len(text)} 个字，最多 {limit} 个")
        return text

    check.__name__ = name
    return check


def _id(value: object) -> str:
    text: str = _bounded("id", MAX_ID_CHARS)(value)
    if re.search(r"\s", text):
        raise ValueError("编号里不能有空格")
    if len(text.encode()) > 3 * MAX_ID_CHARS:
        raise ValueError("编号太长")
    return text


def _similar(value: object) -> tuple[str, ...]:
    if value is None or isinstance(value, str):
        items: Sequence[object] = split_similar((value or "").replace("\r\n", "\n").replace("\r", "\n"))
    else:
        items = value if isinstance(value, Sequence) else [value]
    texts = [" ".join(clean(item).split()) for item in items]
    by_key: dict[str, str] = {}
    for text in filter(None, texts):
        by_key.setdefault(same_question(text), text)
    kept = tuple(by_key.values())
    if len(kept) > MAX_SIMILAR:
        raise ValueError(f"太多：{len(kept)} 个，最多 {MAX_SIMILAR} 个")
    for text in kept:
        if len(text) > MAX_QUESTION_CHARS:
            raise ValueError(f"有一个太长：{len(text)} 个字，最多 {MAX_QUESTION_CHARS} 个")
    if sum(map(len, kept)) > MAX_SIMILAR_CHARS:
        raise ValueError(f"合起来太长，最多 {MAX_SIMILAR_CHARS} 个字")
    return kept


def _status(value: object) -> Status:
    text = clean(value)
    if not text:
        return "published"
    if text not in _STATUSES:
        raise ValueError(f"不认识“{text[:20]}”，可以填：已发布、草稿、待审核、已下架")
    return _STATUSES[text]


def _sample(value: object) -> bool:
    if isinstance(value, bool):
        return value
    text = clean(value).casefold()
    if text and text not in _TRUTHS:
        raise ValueError("请填 是 或 否")
    return _TRUTHS.get(text, False)


def _valid_until(value: object) -> datetime | None:
    """A day is valid to its end in Beijing; an instant must carry its offset."""
    try:
        return _instant(value)
    except OverflowError:
        raise ValueError("日期超出范围") from None


def _instant(value: object) -> datetime | None:
    if isinstance(value, datetime):
        day, instant = value.date(), value
    elif isinstance(value, date):
        return end_of_day(value)
    else:
        text = clean(value)
        if not text:
            return None
        try:
            if match := _DATE.fullmatch(text):
                return end_of_day(date(*map(int, match.groups())))
            instant = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"“{text[:30]}”不是日期，请写成 2027-12-31 这样") from None
        day = instant.date()
    if instant.utcoffset() is not None:
        return instant.astimezone(UTC).replace(microsecond=instant.microsecond // 1000 * 1000)
    if instant.time() != time():
        raise ValueError("请只填日期，例如 2027-12-31")
    return end_of_day(day)


def end_of_day(day: date) -> datetime:
    """The first instant after that day in Beijing. Raises OverflowError for the calendar's last day."""
    return datetime.combine(day + timedelta(days=1), time(), BEIJING).astimezone(UTC)


def last_day(valid_until: datetime) -> str:
    """The inverse of `end_of_day`, as files write it; an instant within a day is written with its offset."""
    local = valid_until.astimezone(BEIJING)
    if local.time() == time():
        return (local.date() - timedelta(days=1)).isoformat()
    return local.isoformat()


_CHECKS: Mapping[str, Any] = {
    "id": _id,
    "question": _bounded("question", MAX_QUESTION_CHARS, required=True),
    "similar": _similar,
    "answer": _bounded("answer", MAX_ANSWER_CHARS, lines=True),
    "unit": _bounded("unit", MAX_LABEL_CHARS),
    "category": _bounded("category", MAX_LABEL_CHARS),
    "valid_until": _valid_until,
    "status": _status,
    "sample": _sample,
    "source_note": _bounded("source_note", MAX_LABEL_CHARS),
}
