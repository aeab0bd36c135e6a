"""What is refused is known in English: every message an error is raised with, wherever it stands in the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.handling import _CODES
from gateway.core import english
from gateway.core.english import SAID, in_english
from gateway.core.tickets.model import STATES
from gateway.core.tickets.phrases import DECLINED

ROOT = Path(__file__).resolve().parents[2]
HAN = re.compile(r"[\u3400-\u9fff]")
ERRORS = frozenset(
    {"ApiError", "Conflict", "Forbidden", "HotlineError", "Invalid", "NotDone", "NotFound", "Refused", "TooSoon"}
    | {"Unauthorized", "Unplayable", "CodeNeeded", "WrongCode", "_Overtaken", "Problem", "ValueError", "open_request"}
)
# rooms whose errors are told on a terminal, to whoever brings in a file
ON_TERMINALS = (
    "gateway/commands/",
    "gateway/core/knowledge/files.py",
    "gateway/core/tickets/teaching.py",
    "gateway/serving.py",
    "gateway/storage/",
)
# texts of a file's lines: never told over HTTP, where one thing is written at a time
OF_FILES = frozenset(
    (
        "和第 {} 行的编号重复",
        "和第 {} 行是同一单位的同一个问题",
        "和第 {} 行是同一条知识（{}）",
        "同一单位已经有这个问题（{}）",
        "不是一行 JSON 对象",
        "不认得这些字段：{}",
        "要写成“2027-01-01 holiday 元旦”，放假写 holiday，上班写 workday",
    )
)


def sources() -> Iterator[tuple[str, ast.Module]]:
    for room in ("channels", "gateway"):
        for path in sorted((ROOT / room).rglob("*.py")):
            place = str(path.relative_to(ROOT))
            if not place.startswith(ON_TERMINALS):
                yield place, ast.parse(path.read_text())


def texts(node: ast.expr) -> Iterator[str]:
    """What an expression may say, with `{}` for what is filled in."""
    match node:
        case ast.Constant(value=str(said)):
            yield said
        case ast.JoinedStr(values=parts):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from texts(one)
            yield from texts(other)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from (before + after for before in texts(left) for after in texts(right))


def raised() -> Iterator[tuple[str, str]]:
    """Every Chinese text an error is made with, and where."""
    for place, module in sources():
        for node in ast.walk(module):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            is_super = name == "__init__" and isinstance(node.func, ast.Attribute)
            if name in ERRORS or is_super:
                for argument in node.args:
                    for said in texts(argument):
                        if HAN.search(said):
                            yield said, f"{place}:{node.lineno}"


def test_every_refusal_is_known_in_english() -> None:
    found = list(raised())
    assert len(found) > 150, "the walk finds them"
    unknown = {said: place for said, place in found if said not in SAID and said not in OF_FILES}
    assert not unknown


def test_nothing_is_known_that_nobody_says() -> None:
    said = {text for text, _ in raised()} | {text for _, text in _CODES.values()} | set(STATES.values())
    said |= {phrase.zh for phrase in DECLINED.values()} | {"第 {} 行，{}"}
    written = "".join(
        path.read_text()
        for room in ("channels", "gateway")
        for path in (ROOT / room).rglob("*.py")
        if path.name != "english.py"
    )
    # what is put together from pieces, and what a frame or a default says
    idle = [text for text in SAID if text not in said and text not in written and "{}" not in text]
    assert not idle


def test_what_tornado_refuses_is_known_in_english() -> None:
    assert {text for _, text in _CODES.values()} | {"出了点问题，请稍后再试"} <= SAID.keys()


@pytest.mark.parametrize("said", sorted(SAID))
def test_the_english_is_english_and_fills_in_what_there_is(said: str) -> None:
    told = SAID[said]
    assert not HAN.search(told)
    places = {int(place) for place in re.findall(r"\{([0-9])\}", told)}
    assert places <= set(range(said.count("{}")))
    filled = in_english(said.replace("{}", "7"))
    assert not HAN.search(filled)
    assert "{" not in filled


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("现在由林小雨接待", "林小雨 has it now."),
        ("工单现在是“待签收”，不能签收", "The ticket is “to be signed for” now, so this cannot be done."),
        (
            "编号 a 前面已经有了；上级单位绕回了自己",
            "The code a is there already. The units above it lead back to itself.",
        ),
        ("这些日期不在2027年：2026-01-01、2026-01-02", "These days are not in 2027: 2026-01-01、2026-01-02"),
        ("没有人说过这句话", "没有人说过这句话"),
        ("already English", "already English"),
        ("", ""),
    ],
)
def test_what_is_filled_in_stays(said: str, told: str) -> None:
    assert in_english(said) == told
    assert english.in_english(told) == told
