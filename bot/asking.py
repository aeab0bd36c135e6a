"""How a citizen's words are put to the knowledge base as a question. Pure."""

from __future__ import annotations

import re

from bot.traditional import simplified

# What is put to the knowledge base: the whole of a letter, not of a book.
MAX_QUERY_CHARS = 2_000

_ELLIPTIC = re.compile(
    r"^(?:那|那么|然后|这个|那个|它|还有|还)?.{0,4}(?:什么|哪些|多少|多久|几天|哪里|哪儿|怎么|条件|材料|资料|手续|流程|时间|电话|地址|钱|费|网上|代办|本人)"
)
_ELLIPTIC_CHARS = 12
# 同志您好，我今年七十六了，想问下…: what leads to the question hides it.
_LEADING = re.compile(r"(?:[想要来](?:请?问|咨询|了解|打听)问?|请问)(?:一?下)?[,，:： ]*")
_THANKING = re.compile(r"[,，。.?？!！~ ]*(?:麻烦|谢谢|多谢|感谢|辛苦)[您你]?们?了?[啊呀]?[,，。.!！~ ]*$")
_SHORTEST = 4
_THANKS_CHARS = 40


def query(text: str) -> str:
    return simplified(text[:MAX_QUERY_CHARS].strip())


def alone(query: str) -> str:
    """The question without what leads to it and the thanks after it; "" where it is nothing else."""
    *_, last = ("", *_LEADING.finditer(query))
    asked = query[last.end() :] if last else query
    asked = asked[:-_THANKS_CHARS] + _THANKING.sub("", asked[-_THANKS_CHARS:])
    return asked if _SHORTEST <= len(asked) < len(query) else ""


def leans(query: str, text: str) -> bool:
    """Whether it is too short to stand without the question before it (要带什么材料). text: as `reading.plain` has
    it."""
    return len(query) <= _ELLIPTIC_CHARS and _ELLIPTIC.search(text) is not None
