"""Whether a text tells a matter without the wish to tell one, by itself or with what was said just before it. Pure.

What is wrong counts with where, when, a picture, or what is wrong once more. Anything else counts with an address or
one's own phone, which no question comes with.
"""

from __future__ import annotations

import re

from bot import lately, reading, telling
from bot.contract import Memory, Turn

_MATTERS = frozenset(("complaint", "help", "report"))
_SEEN = frozenset(("location", "image", "video"))
_TOWN_CHARS = 8  # of a text that names a town and nothing else, 东莞市南城街道
_PAPERS = re.compile("身份证|护照|居住证|户口|社保|医保|公积金|执照|驾驶证|退税|个税|税务|学位|津贴|失业金")
_ERRAND_CHARS = 60  # a longer text is a letter, which no entry answers
_MENDED = re.compile("(?:亮|好|通|来水|来电|恢复|解决)[了啦]")
_STATEMENT_CHARS = 8  # of words that tell something, whatever they are about
# 我想办居住证 tells what somebody is about to do
_ERRAND = re.compile(
    r"请问|想问|咨询|能不能|可不可以|能否|是否|[?？吗]|"
    r"(?:[想要来去]|需要|打算|准备|如何|怎样)(?:[去来在]|给.{1,4}|帮.{1,4})?"
    r"(?:办|申请|申领|查|问|领|交|缴|补|开|了解|咨询|预约|登记|报名|参加|买|租|找|换|转|提取|知道|看|学|考|落户|入户|上学)"
)


def before(memory: Memory, turn: Turn, *, near: bool) -> str | None:
    """The words said before that belong to the matter, "" where it is told in this text alone; None where none is told.
    near: there are entries that may answer this text."""
    written = reading.folded(turn.text)
    if telling.is_question(written):
        return None
    said = lately.said(memory, turn, asked=False)
    spoken, wrong_now = reading.folded(said), telling.speaks_of_wrong(written)
    answered = telling.asks(spoken) and not memory.unsure
    where = telling.is_place(written) or bool(telling.place(written)) or turn.happened in _SEEN
    when, phone = telling.happened(written, turn.now), telling.own_phone(written)
    if not answered and _was_wrong(said):
        town = telling.town(written) and len(written) <= _TOWN_CHARS and not telling.asks(spoken)
        again = telling.grieves(written) or telling.is_broken(written)
        return said if where or town or phone or again or (when and not _MENDED.search(written)) else None
    if wrong_now:
        said = said if telling.place(spoken) else ""
        return said if where or telling.town(written) or phone or said or (when and not near) else None
    if memory.unsure and _is_statement(said) and (telling.is_place(written) or phone):
        return said
    errand = len(written) <= _ERRAND_CHARS and (near or _PAPERS.search(written))
    if errand or not _is_statement(written):
        return None
    return "" if sum(map(bool, (telling.place(written), when, phone))) > 1 else None


def _was_wrong(said: str) -> bool:
    spoken = reading.folded(said)
    if not telling.asks(spoken) and telling.stated_kind(spoken) in _MATTERS:
        return True
    return any(telling.speaks_of_wrong(reading.folded(piece)) for piece in said.split("\n"))


def _is_statement(text: str) -> bool:
    spoken = reading.folded(text)
    return len(spoken) >= _STATEMENT_CHARS and not telling.asks(spoken) and _ERRAND.search(spoken) is None
