"""Reading on through documents in an order, from where a page ended. Pure but for `read_any`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.core.errors import Invalid
from gateway.core.ports import Document, Store

# What an order is by: a text that no two documents share; or milliseconds, and such a text to tell equal ones apart.
Order = Sequence[tuple[str, int]]
_MOST_ALTERNATIVES = 32  # of one query; see the store


def place_of(document: Document, order: Order) -> str:
    """Where a document is in the order, for `after`."""
    return ":".join(str(document[field]) for field, _ in order)


def after(where: Mapping[str, Any], order: Order, place: str) -> dict[str, Any]:
    """`where`, from behind this place on; "" for the beginning. What the order is by has at most bounds in `where`.
    Raises `Invalid` for what is no place in this order."""
    if not place:
        return dict(where)
    *first, (last, direction) = order
    if not first:
        return {**where, last: {**where.get(last, {}), _beyond(direction): place}}
    ((field, coarse),) = first
    at, _, rest = place.partition(":")
    if not (at.isascii() and at.isdecimal()) or len(at) > 15 or not rest:
        raise Invalid("翻页的位置不对，请从第一页看起")
    same = {field: int(at), last: {_beyond(direction): rest}}
    # a place is within what the field is bounded by
    further = {field: {**where.get(field, {}), _beyond(coarse): int(at)}}
    return {**{name: condition for name, condition in where.items() if name != field}, "$or": [same, further]}


async def read_any(
    store: Store,
    collection: str,
    where: Mapping[str, Any],
    order: Order,
    limit: int,
    *,
    field: str = "",
    values: Sequence[str] = (),
) -> list[Document]:
    """The first documents in the order that answer `where` and, when values are given, have one of them in the field;
    however many values there are."""
    if not values:
        return await store.find(collection, where, sort=order, limit=limit)
    at_once = max(1, _MOST_ALTERNATIVES // _alternatives(where))
    parts = [values[start : start + at_once] for start in range(0, len(values), at_once)]
    read = await asyncio.gather(
        *(store.find(collection, {field: {"$in": list(part)}, **where}, sort=order, limit=limit) for part in parts)
    )
    found = [document for part in read for document in part]
    for by, direction in reversed(order):
        found.sort(key=lambda document: document[by], reverse=direction < 0)
    return found[:limit]


def _beyond(direction: int) -> str:
    return "$gt" if direction > 0 else "$lt"


def _alternatives(where: Mapping[str, Any]) -> int:
    count = 1
    for field, condition in where.items():
        if field == "$or":
            count *= sum(map(_alternatives, condition))
        elif isinstance(condition, Mapping) and "$in" in condition:
            count *= len(condition["$in"])
    return count
