"""From the store's small query language to what every engine answers right and by its indexes; all pure.

`plan` turns a query into conjunctions of operators on single fields; a find runs one command for each and puts the
answers together. Reasons, found by the contract tests on the embedded engine (nx-27017 0.8):

- `$or` beside other fields is read with the wrong precedence, and inside `$or` null finds nothing; `$or` and `$in` on
  any field but `_id` read the whole collection. So each alternative is a command of its own.
- Plain equality reads the whole collection; `$eq` uses the index and means the same.
- Dates, and texts that look like dates, are compared to the second. So their bounds are asked for a little wider, and
  `matches` sorts out what is too much.
- `_id`s that look like dates are found by `$in` only, and only beside one that does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import ge, gt, le, lt
from typing import Any

from gateway.core.ports import Document, Sort, Where
from gateway.storage.documents import MAX_IDS, RESERVED, check_id, check_value

MAX_ALTERNATIVES = 32

Conjunction = dict[str, dict[str, Any]]

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_RANGES: dict[str, Callable[[Any, Any], bool]] = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}
_LIKE_A_DATE = re.compile(r"\s*\d[\d/-]{9}", re.ASCII)
_LAST_CHARACTER = "\U0010ffff"
# no document has it
_NO_ID = ""


def plan(where: Where) -> list[Conjunction]:
    """The queries whose answers, put together and held against `matches`, are the answer to `where`.
    Raises ValueError for anything `gateway.core.ports.Where` does not describe, or too many alternatives."""
    alternatives = _alternatives(where)
    if len(alternatives) > MAX_ALTERNATIVES:
        raise ValueError(f"a query has at most {MAX_ALTERNATIVES} alternatives; these make {len(alternatives)}")
    return [_widened(alternative) for alternative in alternatives]


def by_id(id: str) -> Any:
    """The condition on `_id` that finds one document."""
    return {"$in": [id, _NO_ID]} if _LIKE_A_DATE.match(id) else id


def by_ids(ids: Sequence[str]) -> dict[str, Any]:
    """The condition on `_id` that finds these documents."""
    return {"$in": [*ids, _NO_ID] if any(map(_LIKE_A_DATE.match, ids)) else list(ids)}


def looks_like_a_date(text: str) -> bool:
    return _LIKE_A_DATE.match(text) is not None


def check_sort(sort: Sort) -> list[tuple[str, int]]:
    """The order for the driver: pairs of a field and 1 (ascending) or -1. Raises ValueError for anything else."""
    order: list[tuple[str, int]] = []
    for field, direction in sort:
        _check_field(field)
        if direction not in {1, -1}:
            raise ValueError(f"{field}: sorts by 1 or -1")
        order.append((field, direction))
    return order


def matches(document: Mapping[str, Any], where: Where) -> bool:
    """Whether a document answers a query that `plan` took."""
    for path, condition in where.items():
        if path == "$or":
            if not any(matches(document, alternative) for alternative in condition):
                return False
            continue
        value = value_at(document, path)
        if not isinstance(condition, Mapping):
            if not _equal(value, condition):
                return False
        elif "$in" in condition:
            if not any(_equal(value, wanted) for wanted in condition["$in"]):
                return False
        else:
            for operator, bound in condition.items():
                if not (_comparable(value, bound) and _RANGES[operator](_key(value), _key(bound))):
                    return False
    return True


def in_order(documents: list[Document], order: Sequence[tuple[str, int]]) -> list[Document]:
    """Sorted as an engine sorts fields of one type: null and missing first, text by its bytes."""
    for path, direction in reversed(order):

        def rank(document: Document, path: str = path) -> tuple[bool, Any]:
            value = value_at(document, path)
            return (value is not None, _key(value))

        documents.sort(key=rank, reverse=direction == -1)
    return documents


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """The value of a (dotted) field; None where there is none."""
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _key(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def _equal(value: Any, wanted: Any) -> bool:
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _comparable(value: Any, bound: Any) -> bool:
    if isinstance(value, bool):
        return False
    number = (int, float)
    return isinstance(value, type(bound)) or (isinstance(value, number) and isinstance(bound, number))


def _alternatives(where: Where) -> list[list[tuple[str, str, Any]]]:
    """The query as alternatives of (field, operator, value) that must all hold."""
    found: list[list[tuple[str, str, Any]]] = [[]]
    for field, condition in where.items():
        choices: list[list[tuple[str, str, Any]]]
        if field == "$or":
            if not isinstance(condition, (list, tuple)) or not condition:
                raise ValueError("$or takes a list of conditions")
            choices = [choice for alternative in condition for choice in _alternatives(alternative)]
            if not all(condition):
                raise ValueError("an alternative of $or names a field")
        else:
            _check_field(field)
            choices = _choices(field, condition)
        if len(found) * len(choices) > MAX_IDS:
            raise ValueError("too many alternatives in one query")
        found = [[*one, *other] for one in found for other in choices]
    return found


def _choices(field: str, condition: Any) -> list[list[tuple[str, str, Any]]]:
    if not isinstance(condition, Mapping):
        _check_scalar(condition, field)
        if field == "_id":
            check_id(condition)
            return [[(field, "$in", [condition])]]
        return [[(field, "$eq", condition)]]
    operators = set(condition)
    if operators == {"$in"}:
        values = condition["$in"]
        if not isinstance(values, (list, tuple, set, frozenset)) or len(values) > MAX_IDS:
            raise ValueError(f"{field}: $in takes a list of at most {MAX_IDS} values")
        for value in values:
            if value is None:
                raise ValueError(f"{field}: null is asked for on its own, not inside $in")
            _check_scalar(value, field)
        if field == "_id":
            for value in values:
                check_id(value)
            return [[(field, "$in", list(dict.fromkeys(values)))]] if values else []
        return [[(field, "$eq", value)] for value in dict.fromkeys(values)]
    if operators and operators <= _RANGES.keys():
        for value in condition.values():
            if value is None or isinstance(value, bool):
                raise ValueError(f"{field}: a range is between numbers, texts or dates")
            _check_scalar(value, field)
        return [[(field, operator, value) for operator, value in condition.items()]]
    raise ValueError(f"{field}: not an operator of the store's queries: {sorted(map(str, operators))}")


def _widened(alternative: Sequence[tuple[str, str, Any]]) -> Conjunction:
    """One conjunction for the engine: at least what the alternative asks for. An operator that a field has twice is
    asked once; `matches` knows the rest."""
    conjunction: Conjunction = {}
    for field, operator, value in alternative:
        operators = conjunction.setdefault(field, {})
        for wider_operator, wider_value in _wider(field, operator, value):
            operators.setdefault(wider_operator, wider_value)
    return conjunction


def _wider(field: str, operator: str, value: Any) -> list[tuple[str, Any]]:
    if operator == "$in":
        return list(by_ids(value).items())
    if isinstance(value, datetime):
        second = value.astimezone(UTC).replace(microsecond=0)
        low: tuple[str, Any] = ("$gte", second)
        high: tuple[str, Any] = ("$lte", second + timedelta(seconds=1))
    elif isinstance(value, str) and looks_like_a_date(value):
        # up to its ninth character it does not look like a date yet
        start = value[: len(value) - len(value.lstrip()) + 9]
        low, high = ("$gte", start), ("$lt", start + _LAST_CHARACTER)
    else:
        return [(operator, value)]
    return {"$eq": [low, high], "$gt": [low], "$gte": [low], "$lt": [high], "$lte": [high]}[operator]


def _check_field(field: object) -> None:
    if type(field) is not str or not _FIELD.fullmatch(field) or field.split(".")[0] == RESERVED:
        raise ValueError(f"not a field or operator of the store's queries: {field!r}")


def _check_scalar(value: Any, field: str) -> None:
    if isinstance(value, (Mapping, list, tuple, set, frozenset)):
        raise ValueError(f"{field}: the store looks for scalars only")
    check_value(value, field)
