"""Fits a reply to what a channel can show: rich parts become text, long text is split on sentence ends. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from channels.contract import Capabilities, Choices, Event, Image, Link, Location, Part, Text, Video, Voice

# From the best place to break at to the worst; each pattern matches what stays with the text before the break.
_BREAKS = (
    re.compile(r"\n\s*"),
    re.compile(r"[。！？!?…]+[”’」』）)\"']*\s*|\.\s+"),
    re.compile(r"[；;]\s*"),
    re.compile(r"[，、,：:]\s*"),
    re.compile(r"\s+"),
)
_JOINER = "\u200d"
_ADDRESS = re.compile(r"https?://\S+")
_LATIN = re.compile(r"[A-Za-z]")
_HAN = re.compile(r"[\u3400-\u9fff]")


def fit(parts: Iterable[Part], capabilities: Capabilities) -> list[list[Part]]:
    """The platform messages that carry `parts`, in order, each within the capabilities.

    Parts the channel can show stay and stand alone; all others become text. Neighbouring text is one message, split
    where it is longer than the channel takes. Events say nothing to a reader and are left out. An empty list when
    nothing is left.
    """
    messages: list[list[Part]] = []
    lines: list[str] = []

    def flush() -> None:
        text = "\n".join(lines)
        lines.clear()
        if text.strip():
            messages.extend([Text(text=piece)] for piece in split(text, capabilities))

    for part in parts:
        if part.type in capabilities.parts and not isinstance(part, Text):
            flush()
            messages.append([part])
            continue
        text = as_text(part)
        if text:
            lines.append(text)
    flush()
    return messages


def as_text(part: Part) -> str:
    """What a part says in words. Empty for an event."""
    match part:
        case Text():
            return part.text
        case Choices():
            options = [f"{option.key}. {option.label}" for option in part.options]
            return "\n".join([part.prompt, *options] if part.prompt else options)
        case Link():
            return "\n".join(line for line in (part.title, part.description, part.url) if line)
        case Location():
            place = part.label or f"{part.latitude:.6f},{part.longitude:.6f}"
            return f"位置：{place}"
        case Image():
            return _media("图片", part.media.name, part.media.url)
        case Voice():
            return part.recognition or _media("语音", part.media.name, part.media.url)
        case Video():
            return _media("视频", part.media.name, part.media.url)
        case Event():
            return ""
        case _:
            return _media("文件", part.media.name, part.media.url)


def shorten(parts: Iterable[Part], limit: int, link: str) -> list[Part] | None:
    """The beginning of `parts` in words, within `limit` characters, cut after a sentence, and where the whole can be
    read. None when all of it fits. link: may be empty."""
    text = "\n".join(line for line in map(as_text, parts) if line)
    if len(text) <= limit:
        return None
    note = f"\n{'In full: ' if is_english(text) else '全文：'}{link}" if link else ""
    room = max(1, limit - len(note) - 1)
    beginning = split(text, Capabilities(max_text_chars=room))[0].rstrip()
    return [Text(text=f"{beginning}…{note}")]


def is_english(text: str) -> bool:
    """Whether it is for somebody who reads English, by its letters. Names in it may be Chinese; addresses do not
    count."""
    words = _ADDRESS.sub("", text)
    return len(_LATIN.findall(words)) > len(_HAN.findall(words))


def _media(kind: str, name: str | None, url: str | None) -> str:
    return " ".join(word for word in (f"[{kind}]", name, url) if word)


def split(text: str, capabilities: Capabilities) -> list[str]:
    """`text` in pieces within the limits, cut after a paragraph, else a sentence, a clause, a word, else between two
    characters that do not belong together. The pieces joined are `text` again."""
    pieces: list[str] = []
    start = 0
    while start < len(text):
        end = _reach(text, start, capabilities)
        if end < len(text):
            end = _break(text, start, end)
        pieces.append(text[start:end])
        start = end
    return pieces


def _reach(text: str, start: int, capabilities: Capabilities) -> int:
    """The furthest end a piece from `start` can have, at least one character on."""
    end = len(text)
    if capabilities.max_text_chars:
        end = min(end, start + capabilities.max_text_chars)
    if capabilities.max_text_bytes:
        # A character has at least one byte, so that nothing beyond this many can fit; cutting the bytes and
        # leaving out what was cut through gives whole characters.
        end = min(end, start + capabilities.max_text_bytes)
        raw = text[start:end].encode(errors="replace")
        if len(raw) > capabilities.max_text_bytes:
            end = start + len(raw[: capabilities.max_text_bytes].decode(errors="ignore"))
    return max(end, start + 1)


def _break(text: str, start: int, limit: int) -> int:
    """The best place to end a piece that begins at `start` and cannot go beyond `limit`."""
    # Not in the first half: a short piece costs a message of a small budget.
    least = start + (limit - start) // 2
    for pattern in _BREAKS:
        best = 0
        for match in pattern.finditer(text, least, limit):
            best = match.end()
        if best > start:
            return best
    end = limit
    while end > start and not _may_cut(text, end):
        end -= 1
    return end if end > start else limit


def _may_cut(text: str, at: int) -> bool:
    """Whether the characters left and right of `at` are seen as two: not a mark on its letter, a flag's two halves,
    an emoji and its tone, or emoji joined into one."""
    before, after = text[at - 1], text[at]
    if _JOINER in (before, after) or unicodedata.combining(after) or unicodedata.category(after) == "Me":
        return False
    if "\ufe00" <= after <= "\ufe0f" or "\U0001f3fb" <= after <= "\U0001f3ff" or after == "\u20e3":
        return False
    if _is_flag_half(after) and _is_flag_half(before):
        halves = 0
        while at - 1 - halves >= 0 and _is_flag_half(text[at - 1 - halves]):
            halves += 1
        return halves % 2 == 0
    return not (before == "\r" and after == "\n")


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def first_fitting(replies: Sequence[tuple[Part, ...]], capabilities: Capabilities) -> tuple[list[Part], int]:
    """One platform message from the beginning of `replies`, merged where they fit together, and how many it carries.

    ([], 0) when the first needs more than one message.
    """
    best: list[Part] = []
    count = 0
    together: list[Part] = []
    for reply in replies:
        together += reply
        messages = fit(together, capabilities)
        if len(messages) > 1:
            break
        best = messages[0] if messages else []
        count += 1
    return best, count
