"""Ticket numbers: `DG`, the day, six digits that count that day's tickets, and a check digit. Pure.

The check digit is that of ISO/IEC 7064, MOD 11,10: it finds every single wrong digit and nearly all pairs swapped, so
that a number misheard on the phone is told as such and not looked for.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

PREFIX = "DG"
MOST_A_DAY = 999_999
_NUMBER = re.compile(r"(?<![0-9a-z])(?:dg[ \-_.:：]*)?((?:20[0-9]{2})(?:[ \-]?[0-9]){11})(?![0-9])", re.IGNORECASE)
_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")


def number(day: date, sequence: int) -> str:
    """The number of that day's ticket with this place in the order, from 1 on. Raises ValueError beyond the most."""
    if not 1 <= sequence <= MOST_A_DAY:
        raise ValueError(f"no ticket number for {sequence} on one day")
    digits = f"{day:%Y%m%d}{sequence:06d}"
    return f"{PREFIX}{digits}{_check_digit(digits)}"


def read(text: str) -> tuple[str, str]:
    """The ticket number and the query code in what somebody wrote, however they spaced it; "" for what is not there or
    not right. A number may come without its DG."""
    plain = unicodedata.normalize("NFKC", text)
    found = next((match for match in _NUMBER.finditer(plain) if _is_right(_digits(match[1]))), None)
    if found is None:
        code = _CODE.search(plain)
        return "", code[0] if code else ""
    rest = f"{plain[: found.start()]} {plain[found.end() :]}"
    code = _CODE.search(rest)
    return f"{PREFIX}{_digits(found[1])}", code[0] if code else ""


def looks_like_one(text: str) -> bool:
    """Somebody wrote what is shaped like a number, right or not."""
    return _NUMBER.search(unicodedata.normalize("NFKC", text)) is not None


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _is_right(digits: str) -> bool:
    try:
        datetime.strptime(digits[:8], "%Y%m%d")  # noqa: DTZ007 - a calendar day only
    except ValueError:
        return False
    return len(digits) == 15 and _check_digit(digits[:-1]) == digits[-1]


def _check_digit(digits: str) -> str:
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
