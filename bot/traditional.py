"""Traditional characters and the simplified ones that the rules and the knowledge base are written in."""

from __future__ import annotations

from opencc import OpenCC

_TO_SIMPLIFIED = OpenCC("t2s")


def simplified(text: str) -> str:
    """The text in simplified characters, without half a character (a lone surrogate)."""
    return text if text.isascii() else str(_TO_SIMPLIFIED.convert(text.encode(errors="ignore").decode()))
