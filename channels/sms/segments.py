"""How many segments a text costs: what is paid for, and what a phone puts together again. Pure.

Sources: 3GPP TS 23.038 §6.2.1 (the alphabet and its extension), 3GPP TS 23.040 §9.2.3.24 (the header of a part);
https://www.twilio.com/docs/glossary/what-sms-character-limit, whose counting is followed: a character is never split.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Segments:
    """units: septets of GSM-7, or 16-bit units of UCS-2. characters: as counted against a limit; those of GSM-7's
    extension are two, a UCS-2 one is what a reader takes for one. per_segment: units each segment holds."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int
    characters: int
    per_segment: int


def count(text: str) -> Segments:
    """The cost of a text; no segment for none."""
    if all(character in _BASIC or character in _EXTENSION for character in text):
        sizes = [2 if character in _EXTENSION else 1 for character in text]
        units = sum(sizes)
        segments, per_segment = _packed(sizes, single=160, part=153)
        return Segments("GSM-7", units, segments, units, per_segment)
    clusters = list(_clusters(text))
    sizes = []
    for cluster in clusters:
        size = _units(cluster)
        # a letter under dozens of accents fits into no segment whole
        sizes.extend([size] if size <= 67 else [_units(character) for character in cluster])
    segments, per_segment = _packed(sizes, single=70, part=67)
    return Segments("UCS-2", sum(sizes), segments, len(clusters), per_segment)


def _packed(sizes: list[int], *, single: int, part: int) -> tuple[int, int]:
    if sum(sizes) <= single:
        return (1 if sizes else 0), single
    segments, room = 1, part
    for size in sizes:
        if size > room:
            segments, room = segments + 1, part
        room -= size
    return segments, part


def _units(text: str) -> int:
    return sum(2 if character > "\uffff" else 1 for character in text)


def _clusters(text: str) -> Iterator[str]:
    """What a reader takes for one character each: a letter with its marks, a flag, emoji joined into one."""
    start = halves = 0
    for at, character in enumerate(text):
        before = text[at - 1] if at else ""
        half = "\U0001f1e6" <= character <= "\U0001f1ff"
        joined = bool(before) and (
            _extends(character)
            or (before == _JOINER and _is_pictograph(character))
            or (half and halves % 2 == 1)
            or (before == "\r" and character == "\n")
        )
        halves = halves + 1 if half else 0
        if at and not joined:
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def _extends(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or character in (_JOINER, "\u200c")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_pictograph(character: str) -> bool:
    return unicodedata.category(character) == "So" or character >= "\U0001f000"
