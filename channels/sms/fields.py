"""The fields of a callback, as their sender wrote them. Pure.

Tornado's own reading of forms replaces control characters, and drops blank values; a signature covers both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_to_bytes

from channels.sms.errors import Malformed

MAX_FIELDS = 1000


class Fields:
    """Named values in their order; a name may be there more than once."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def getall(self, name: str) -> list[str]:
        """Every value of the name. Called so because Twilio's validator asks for it by this name."""
        return self._values.get(name, [])

    def one(self, name: str) -> str:
        """The name's value; empty when it is missing. Raises `Malformed` when it has several that differ: whichever
        was taken, somebody else might take the other."""
        values = self._values.get(name, [])
        if len(set(values)) > 1:
            raise Malformed(f"{name[:64]} is given twice")
        return values[0] if values else ""

    def items(self) -> Iterator[tuple[str, list[str]]]:
        return iter(self._values.items())

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def form(raw: bytes) -> list[tuple[str, str]]:
    """The pairs of `application/x-www-form-urlencoded` bytes, blank values kept, nothing stripped; what is not UTF-8
    becomes U+FFFD. Source: https://url.spec.whatwg.org/#urlencoded-parsing. Raises `Malformed` beyond `MAX_FIELDS`."""
    pairs = [part.partition(b"=") for part in raw.split(b"&", MAX_FIELDS + 1) if part]
    if len(pairs) > MAX_FIELDS:
        raise Malformed(f"more than {MAX_FIELDS} fields")
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _decoded(raw: bytes) -> str:
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", errors="replace")


def json_object(raw: bytes) -> list[tuple[str, str]]:
    """The members of a JSON object as text; nested ones as their JSON. Raises `Malformed`."""
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None
    if not isinstance(parsed, dict):
        raise Malformed("the body is not a JSON object")
    return [(_whole(name), _whole(value)) for name, value in parsed.items() if value is not None]


def _whole(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # JSON can write half of a surrogate pair, which no store takes
    return text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")
