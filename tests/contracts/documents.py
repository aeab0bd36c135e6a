"""Hypothesis strategies for everything the store takes: whole documents, and rows of typed fields to look for."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from gateway.storage.queries import MAX_ALTERNATIVES

# what looks like something else to an engine that keeps JSON or SQL underneath
TRICKY = [
    *("", " ", "a", "A", "b", "a b", "é", "e\u0301", "中文", "一线", "😀", "\u200b", "\ufeff", "\uffff"),
    *("0", "-1", "9", "10", "1e3", "true", "null", "NaN", "%", "_", "a%", "'", '"', "\\", "\\u0041"),
    *("\n", "\t", "\x01", "\x7f", "{}", "[]", '{"$date": 0}', "$a", "a.b", "$", "__neosqlite_binary__", "x" * 300),
    *("2024-05-01", "2024-05-01T00:00:00", "2024-05-01T00:00:00+00:00", "2024-05-01T00:00:00Z"),
    "507f1f77bcf86cd799439011",
]

texts = st.sampled_from(TRICKY) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20
)
integers = st.sampled_from([0, 1, -1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63)]) | st.integers(
    -(2**63), 2**63 - 1
)
floats = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda value: value != 0 or math.copysign(1, value) > 0
)


def _to_the_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


zones = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-5, minutes=-30))])
_EDGES = [datetime(1970, 1, 1, tzinfo=UTC), datetime(2024, 5, 1, 0, 0, 0, 1000, tzinfo=UTC)]
_years = {"min_value": datetime(1900, 1, 2), "max_value": datetime(2200, 1, 1)}  # noqa: DTZ001 - zones come beside them
dates = st.builds(_to_the_millisecond, st.datetimes(**_years, timezones=zones)) | st.sampled_from(_EDGES)
scalars = st.none() | st.booleans() | integers | floats | texts | dates
keys = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='$."\\'), min_size=1, max_size=10
) | st.sampled_from(["id", "data", "_id", "version", "key", "value", "length", "type", "名", "a b", "'", "[0]", "-"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
ids = texts.filter(bool)


def _storable(value: Any) -> Any:
    """Without what the door refuses: a list directly inside a list; a field named id that holds a zero of another kind
    than an integer's."""
    if isinstance(value, list):
        return [_storable(inner) for inner in value if not isinstance(inner, list)]
    if isinstance(value, dict):
        return {
            key: _storable(inner)
            for key, inner in value.items()
            if not (key == "id" and inner == 0 and type(inner) is not int)
        }
    return value


bodies = st.dictionaries(keys.filter(lambda key: key not in {"_id", "rev", "version"}), values, max_size=6).map(
    _storable
)


_MOMENT = datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC)


def _moments(*milliseconds: int) -> list[datetime]:
    return [_MOMENT + timedelta(milliseconds=offset) for offset in milliseconds]


# a field holds one type, or null, or is not there: the store's queries promise nothing about mixed types
POOLS: dict[str, list[Any]] = {
    "name": [*TRICKY[:30], "zz"],
    "count": [0, 1, 2, 9, 10, -1, 2**53 + 1, 2**53 + 2, -(2**40)],
    "ratio": [0.0, 0.1, 0.25, 1.5, -2.25, 1e10, 1e-7, 3.0],
    "flag": [True, False],
    "at": _moments(0, 1, 500, 1000, -1, 86_400_000, -(10**12)),
    "owner.kind": ["bot", "queue", "agent"],
    "owner.since": _moments(0, 250, 999, 60_000),
    "deep.er.n": [1, 2, 3],
}
FIELDS = {name: st.sampled_from(pool) for name, pool in POOLS.items()}
ORDERED = [name for name in FIELDS if name != "flag"]


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A document's body with some of the fields."""
    row: dict[str, Any] = {}
    for path in draw(st.sets(st.sampled_from(list(FIELDS)))):
        *parents, last = path.split(".")
        place = row
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = draw(st.none() | FIELDS[path])
    return row


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, Any]:
    path = draw(st.sampled_from(list(FIELDS)))
    value = FIELDS[path]
    kind = draw(st.sampled_from(["equal", "null", "in", "range", "between"]))
    if kind == "equal":
        return path, draw(value)
    if kind == "null":
        return path, None
    if kind == "in" or path == "flag":
        return path, {"$in": draw(st.lists(value, max_size=4))}
    if kind == "range":
        return path, {draw(st.sampled_from(["$gt", "$gte", "$lt", "$lte"])): draw(value)}
    return path, {
        draw(st.sampled_from(["$gt", "$gte"])): draw(value),
        draw(st.sampled_from(["$lt", "$lte"])): draw(value),
    }


_conjunctions = st.lists(conditions(), min_size=1, max_size=3).map(dict)


@st.composite
def wheres(draw: st.DrawFn) -> dict[str, Any]:
    where: dict[str, Any] = draw(st.just({}) | _conjunctions)
    if draw(st.booleans()):
        where = {**where, "$or": draw(st.lists(_conjunctions, min_size=1, max_size=3))}
    assume(_alternatives(where) <= MAX_ALTERNATIVES)  # the door takes no more, and says so
    return where


def _alternatives(where: dict[str, Any]) -> int:
    count = 1
    for field, condition in where.items():
        if field == "$or":
            count *= sum(map(_alternatives, condition))
        elif isinstance(condition, dict) and "$in" in condition:
            count *= len(set(condition["$in"]))
    return count


sorts = st.lists(
    st.tuples(st.sampled_from(ORDERED), st.sampled_from([1, -1])), max_size=2, unique_by=lambda pair: pair[0]
).map(lambda pairs: [*pairs, ("_id", 1)])
