"""The desk words every code a message can fail with, in both languages: it knows the platforms' catalogues, and what
our own source raises."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from channels.contract import ChannelError
from channels.sms.twilio.errors import CATALOGUE as TWILIO
from channels.wechat.refusals import CATALOGUE as WECHAT

ROOT = Path(__file__).resolve().parents[3]
TABLE = ROOT / "frontend/src/desk/reasons.ts"
LINE = re.compile(r"^  '?([\w-]+)'?: \['([^']+)', '([^']+)'\],$", re.MULTILINE)
HAN = re.compile(r"[\u3400-\u9fff]")
# never the reason of a message's failing: a doubt that cannot be settled that way is settled otherwise
UNTOLD = frozenset({"CannotTell"})


def kinds(of: type[ChannelError] = ChannelError) -> Iterator[str]:
    yield of.__name__
    for kind in of.__subclasses__():
        yield from kinds(kind)


def raised() -> Iterator[tuple[str, ast.expr | None]]:
    """Where a message's failure is made, and its code."""
    wanted = set(kinds()) - UNTOLD
    for room in ("channels", "gateway"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in wanted:
                    code = next((keyword.value for keyword in node.keywords if keyword.arg == "code"), None)
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", code


def told() -> dict[str, tuple[str, str]]:
    """The desk's table: code → Chinese, English."""
    lines = LINE.findall(TABLE.read_text(encoding="utf-8").partition("const STATUSES")[0])
    found = {code: (zh, en) for code, zh, en in lines}
    assert len(found) == len(lines), "each code has one line"
    return found


def named(code: ast.expr) -> Iterator[str]:
    """What an expression names outright; `_because` and the like pass on what was named elsewhere."""
    for node in ast.walk(code):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_code_of_the_platforms_has_words() -> None:
    assert not {str(code) for code in (*TWILIO, *WECHAT)} - told().keys()


def test_what_two_platforms_say_is_never_mistaken() -> None:
    assert not TWILIO.keys() & WECHAT.keys()


def test_every_failure_of_ours_has_a_code_and_the_code_words() -> None:
    found = list(raised())
    assert len(found) > 30, "the walk finds them"
    assert not [place for place, code in found if code is None]
    ours = {one: place for place, code in found if code is not None for one in named(code)}
    assert {"opted_out", "no_answer", "45015", "429"} <= ours.keys()
    assert not {one: place for one, place in ours.items() if one not in told()}


def test_what_a_report_says_without_a_platforms_code_has_words() -> None:
    assert {"canceled", "undelivered"} <= told().keys()


def test_an_error_without_a_code_is_told_by_its_kind() -> None:
    assert not set(kinds()) - UNTOLD - told().keys()


def test_each_line_is_in_both_languages() -> None:
    for code, (zh, en) in told().items():
        assert HAN.search(zh), code
        assert not HAN.search(en), code


def test_the_catalogues_themselves_are_plain_english() -> None:
    for entry in (*TWILIO.values(), *WECHAT.values()):
        assert entry.meaning.isascii()
        assert entry.meaning
