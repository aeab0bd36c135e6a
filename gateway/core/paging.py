"""Reading on through documents in an order, from where a page ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gateway.core.errors import Invalid
from gateway.core.ports import Document, Store
from gateway.core.vault import Unreadable, Vault

# What an order is by: a text that no two documents share; or milliseconds, and such a text to tell equal ones apart.
# The text is never `_id`: beside a range on it, the embedded engine reads the whole collection.
Order = Sequence[tuple[str, int]]
MOST_READ = 400  # things looked at for one page
_STRETCH = 100  # read at a time once the first reading did not fill the page
_PLACE = "list.place"
_LEAST = 10  # documents read of each value
_SPARE = 2  # times as many as would do if the values had equally many


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
        raise _no_place()
    same = {field: int(at), last: {_beyond(direction): rest}}
    # a place is within what the field is bounded by
    further = {field: {**where.get(field, {}), _beyond(coarse): int(at)}}
    return {**{name: condition for name, condition in where.items() if name != field}, "$or": [same, further]}


@dataclass(frozen=True, slots=True)
class Read:
    """The first documents in an order, though perhaps fewer than asked for. whole: there are no more."""

    documents: Sequence[Document]
    whole: bool


async def read_any(
    store: Store,
    collection: str,
    where: Mapping[str, Any],
    order: Order,
    limit: int,
    *,
    field: str = "",
    values: Sequence[str] = (),
) -> Read:
    """Documents that answer `where` and, when values are given, have one of them in the field; however many values
    there are. Of many values a little is read of each, and as much given back as is certainly the first."""
    if not values:
        found = await store.find(collection, where, sort=order, limit=limit)
        return Read(found, len(found) < limit)
    each = min(limit, max(_LEAST, _SPARE * limit // len(values)))
    read = await asyncio.gather(
        *(store.find(collection, {field: value, **where}, sort=order, limit=each) for value in values)
    )
    merged = [document for part in read for document in part]
    for by, direction in reversed(order):
        merged.sort(key=lambda document: document[by], reverse=direction < 0)
    # behind the last document of a value that has more, others of it may be missing
    unfinished = {part[-1]["_id"] for part in read if len(part) == each}
    certain = next((place for place, document in enumerate(merged, 1) if document["_id"] in unfinished), len(merged))
    return Read(merged[: min(certain, limit)], not unfinished and len(merged) <= limit)


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Stretch(Generic[Item]):
    """What was read, each with its place; and up to where everything was looked at, None for the end."""

    items: Sequence[tuple[Item, str]]
    end: str | None


# from behind a place on, about so many
Source = Callable[[str, int], Awaitable[Stretch[Item]]]


class Pages:
    """Pages of what somebody may see among what there is. Where one ends is sealed, since what is at that place may be
    something they must not know of; and a page is as full as it can be, so that nothing missing shows."""

    def __init__(self, vault: Callable[[], Vault]) -> None:
        self._vault = vault

    async def page(
        self, source: Source[Item], is_for: Callable[[Item], bool], before: str, limit: int
    ) -> tuple[tuple[Item, ...], str | None]:
        """What is for them, and what to pass on as `before` for more; None when there is none. Short, with more to
        come, when little was found among many. Raises `Invalid` for what no page said."""
        place = last = self._opened(before)
        found: list[Item] = []
        read, size = 0, limit + 1
        while True:
            stretch = await source(place, size)
            for item, at in stretch.items:
                if not is_for(item):
                    continue
                if len(found) == limit:
                    return tuple(found), self._sealed(last)
                found.append(item)
                last = at
            if stretch.end is None:
                return tuple(found), None
            place, read, size = stretch.end, read + size, _STRETCH
            if read >= MOST_READ:
                return tuple(found), self._sealed(place)

    def _sealed(self, place: str) -> str:
        return self._vault().seal(place, _PLACE)

    def _opened(self, place: str) -> str:
        try:
            return self._vault().open(place, _PLACE) if place else ""
        except Unreadable:
            raise _no_place() from None


def _no_place() -> Invalid:
    return Invalid("翻页的位置不对，请从第一页看起")


def _beyond(direction: int) -> str:
    return "$gt" if direction > 0 else "$lt"
