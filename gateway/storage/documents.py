"""What the store takes: the documents and ids that mean the same on every engine.

All pure. Whatever is refused here is silently wrong, or an error, on at least one engine the product runs on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

MAX_DEPTH = 32
MAX_ID_BYTES = 512
MAX_IDS = 1000
# the door's own mark on each write; callers never see it
RESERVED = "rev"

_INT64 = 2**63
# MongoDB's own; and what FerretDB 1 does not escape in a key
_FORBIDDEN_IN_KEYS = re.compile(r'[$."\\\x00-\x1f\x7f]')
_SURROGATE = re.compile("[\ud800-\udfff]")


def check_document(document: Mapping[str, Any]) -> None:
    """Raises ValueError, naming the field, unless the document has a string `_id` and holds only None, bool, int of
    64 bits, finite float, str, aware datetime, and lists and dicts of these, no list directly in a list.
    Keys are text without `$`, `.`, `"`, a backslash and control characters."""
    check_id(document.get("_id"))
    if RESERVED in document:
        raise ValueError(f"the field {RESERVED!r} belongs to the store")
    check_value(document)


def check_id(id: object) -> None:
    """Raises ValueError unless it is text of 1 to 512 bytes without NUL."""
    if type(id) is not str or not id:
        raise ValueError(f"an _id is non-empty text, not {id!r}")
    check_value(id, "_id")
    if len(id) * 4 > MAX_ID_BYTES and len(id.encode()) > MAX_ID_BYTES:
        raise ValueError(f"an _id has at most {MAX_ID_BYTES} bytes")


def check_ids(ids: Sequence[str]) -> list[str]:
    """The ids, each once. Raises ValueError for a wrong one or more than 1,000."""
    if isinstance(ids, str):
        raise ValueError("a sequence of ids, not one id")
    for id in ids:
        check_id(id)
    unique = list(dict.fromkeys(ids))
    if len(unique) > MAX_IDS:
        raise ValueError(f"at most {MAX_IDS:,} ids a call")
    return unique


def check_value(value: Any, name: str = "") -> None:
    """Raises ValueError, naming the place, for what a document must not hold."""
    try:
        _walk(value, 0)
    except _Misfit as misfit:
        path = ".".join(reversed(misfit.path)) or name or "document"
        raise ValueError(f"{path}: {misfit}") from None


class _Misfit(Exception):
    """What is wrong; the path to it is gathered on the way out, so that sound documents pay nothing for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.path: list[str] = []


# keys met before and found sound; every document of a collection has the same few
_sound_keys: set[str] = set()
_SOUND_KEYS_KEPT = 4096


def _walk(value: Any, depth: int) -> None:
    # ordered by how often each occurs
    kind = type(value)
    if kind is str:
        _check_text(value)
    elif value is None or kind is bool:
        return
    elif kind is dict:
        if depth >= MAX_DEPTH:
            raise _Misfit(f"nested deeper than {MAX_DEPTH}")
        for key, inner in value.items():
            if key not in _sound_keys:
                _check_key(key)
            if key == "id" and inner is not None and inner == 0 and type(inner) is not int:
                # nx-27017 gives any zero under this name back as an integer
                raise _Misfit("a field named id holds neither False nor 0.0")
            try:
                _walk(inner, depth + 1)
            except _Misfit as misfit:
                misfit.path.append(key)
                raise
    elif kind is list or kind is tuple:
        if depth >= MAX_DEPTH:
            raise _Misfit(f"nested deeper than {MAX_DEPTH}")
        for inner in value:
            if isinstance(inner, (list, tuple)):
                # FerretDB 1 does not take one
                raise _Misfit("a list directly inside a list")
            _walk(inner, depth + 1)
    elif isinstance(value, int):
        # the driver reads larger integers as a kind of its own
        if not -_INT64 <= value < _INT64:
            raise _Misfit("the integer does not fit 64 bits")
    elif isinstance(value, datetime):
        if value.utcoffset() is None:
            raise _Misfit("a date without a time zone")
    elif kind is float:
        if not math.isfinite(value):
            raise _Misfit("not a finite number")
    else:
        raise _Misfit(f"the store does not take {kind.__name__}")


def _check_key(key: object) -> None:
    # the second are nx-27017's own marks for types that JSON lacks
    if type(key) is not str or not key or _FORBIDDEN_IN_KEYS.search(key) or key.startswith("__neosqlite_"):
        raise _Misfit(f"not a key the store takes: {key!r}")
    _check_text(key)
    if len(_sound_keys) < _SOUND_KEYS_KEPT and len(key) <= 64:
        _sound_keys.add(key)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise _Misfit("text with a NUL character")
    if not text.isascii() and _SURROGATE.search(text):
        raise _Misfit("text with half a character (a lone surrogate)")
