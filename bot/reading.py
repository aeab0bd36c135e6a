"""How the bot reads what a citizen typed: one form for all the ways to write the same characters."""

from __future__ import annotations

import re
import unicodedata

from bot.cantonese import standard
from bot.traditional import simplified

# What the rules read of one message. The rest is kept with the message, it only does not steer the bot.
HEAD_CHARS = 2_000
TAIL_CHARS = 1_000

_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_LINES = re.compile(r"\s*[\r\n]\s*")
_SPACES = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z']+")
_ENGLISH_ALONE = re.compile(
    r"hello|hi|hey|help|menu|human|person|agent|operator|back|thanks|useless|wrong|emergency|urgent|police|fire|ambulance"
)

# Whom thanks and greetings go to. 投诉老师 is a matter.
_ADDRESSED = re.compile(
    r"(?<=[谢您你好啊呀哈])[ ,，]*"
    r"(?:[你您]们|大家|同志|师傅|领导|大姐|大哥|小姐|姑娘|小伙子?|老师|老板|政府|12345)们?[啊呀哈]?$"
)


def folded(text: str) -> str:
    """The message in one form: compatibility forms folded (full-width, circled), simplified, standard words for
    Cantonese ones, no invisible characters, single spaces, lines joined by commas. At most the head and the tail of a
    long message."""
    if len(text) > HEAD_CHARS + TAIL_CHARS:
        text = text[:HEAD_CHARS] + "\n" + text[-TAIL_CHARS:]
    if not text.isascii():
        text = standard(simplified(unicodedata.normalize("NFKC", text)).replace("著", "着"))
    text = _LINES.sub(",", _INVISIBLE.sub("", text.strip()).replace("\u2019", "'"))
    return _SPACES.sub(" ", text).strip()


def plain(text: str) -> str:
    """The form the rules read: `folded`, in lower case."""
    return folded(text).lower()


def clean(text: str, limit: int) -> str:
    """The message as it was written, fit to be kept: without invisible characters, at most `limit` characters."""
    return _INVISIBLE.sub("", text[: limit * 2]).strip()[:limit]


def unaddressed(text: str) -> str:
    """Thanks or a greeting without whom it goes to: 谢谢师傅."""
    return _ADDRESSED.sub("", text)


def has_words(text: str) -> bool:
    """Whether there is a letter, a digit or a Chinese character at all, and not only emoji and punctuation."""
    return any(character.isalnum() for character in text[: HEAD_CHARS + TAIL_CHARS])


def has_letters(text: str) -> bool:
    """Whether there is more than digits and punctuation."""
    return any(character.isalpha() for character in text[: HEAD_CHARS + TAIL_CHARS])


def language(text: str, before: str) -> str:
    """`en` or `zh`. A number or a single abbreviation tells nothing, so the language `before` stays."""
    text = text[:HEAD_CHARS]
    if _HAN.search(text):
        return "zh"
    words = _LATIN_WORD.findall(text)
    if len(words) >= 2 or (words and _ENGLISH_ALONE.fullmatch(words[0].lower())):
        return "en"
    return before
