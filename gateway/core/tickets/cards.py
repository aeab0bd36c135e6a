"""Yellow and red cards and the appeals against them, as supervision reads them, and units their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from gateway.core.errors import Forbidden
from gateway.core.model import milliseconds
from gateway.core.paging import Order, Pages, Source, Stretch, after, place_of, read_any
from gateway.core.people import Person
from gateway.core.ports import Document, Store
from gateway.core.tickets.model import Card, Ticket
from gateway.core.tickets.sight import Sight
from gateway.core.tickets.words import BEIJING
from gateway.core.vault import Vault

PAGE = 50
_LATEST: Order = (("at_ms", -1), ("card", -1))
_LONGEST_WAITING: Order = (("appeal_ms", 1), ("card", 1))
_LATEST_APPEALS: Order = (("appeal_ms", -1), ("card", -1))
_DECIDED = ("granted", "refused")
_THEN = "then:"  # marks places among the decided appeals, which come after the open ones


@dataclass(frozen=True, slots=True)
class CardFilters:
    """What cards are narrowed to. unit: it and those below it. month: `2026-11`, in Beijing. appealed: whether there
    was an appeal, decided or not."""

    unit: str = ""
    colour: Literal["yellow", "red"] | None = None
    month: str = ""
    appealed: bool | None = None


@dataclass(frozen=True, slots=True)
class GivenCard:
    ticket: Ticket
    card: Card


@dataclass(frozen=True, slots=True)
class CardPage:
    """Cards, and what to pass on for more; None when there is none."""

    cards: tuple[GivenCard, ...]
    next: str | None


class Cards:
    def __init__(self, store: Store, sight: Sight, vault: Callable[[], Vault]) -> None:
        self._store = store
        self._sight = sight
        self._pages = Pages(vault)

    async def page(self, person: Person, filters: CardFilters, *, before: str = "", limit: int = PAGE) -> CardPage:
        """The latest first. before: what `CardPage.next` said. Raises `Forbidden`, `Invalid`."""
        units = self._units(person, filters.unit)
        if units is None:
            return CardPage((), None)
        where: dict[str, Any] = {"at_ms": _within(filters.month)}
        if filters.colour is not None and not units:
            where["colour"] = filters.colour

        def is_for(given: GivenCard) -> bool:
            return (
                self._may_see(person, given)
                and filters.colour in (None, given.card.colour)
                and filters.appealed in (None, given.card.appeal is not None)
            )

        return CardPage(*await self._pages.page(self._source(where, _LATEST, units), is_for, before, limit))

    async def appeals(self, person: Person, *, unit: str = "", before: str = "", limit: int = PAGE) -> CardPage:
        """Cards with an appeal: those to be decided, the longest waiting first; then the latest that were. before: what
        `CardPage.next` said. Raises `Forbidden`, `Invalid`."""
        units = self._units(person, unit)
        if units is None:
            return CardPage((), None)
        to_decide = self._source({"appeal": "asked"}, _LONGEST_WAITING, units)
        decided = self._source({"appeal": {"$in": _DECIDED}}, _LATEST_APPEALS, units)

        async def source(place: str, size: int) -> Stretch[GivenCard]:
            if not place.startswith(_THEN):
                stretch = await to_decide(place, size)
                return Stretch(stretch.items, stretch.end or _THEN)
            stretch = await decided(place.removeprefix(_THEN), size)
            items = [(given, f"{_THEN}{at}") for given, at in stretch.items]
            return Stretch(items, f"{_THEN}{stretch.end}" if stretch.end else None)

        def is_for(given: GivenCard) -> bool:
            return self._may_see(person, given) and given.card.appeal is not None

        return CardPage(*await self._pages.page(source, is_for, before, limit))

    def _units(self, person: Person, unit: str) -> frozenset[str] | None:
        """Whose cards: a unit's people's own, or those asked for; none for everybody's. None when this person must not
        read them."""
        own = self._sight.own_units(person)
        allowed = {"unit.handle", "unit.decide"} if own else {"tickets.supervise"}
        if not allowed & person.scopes:
            raise Forbidden("您的岗位不能查看督办牌")
        if not unit:
            return own
        asked = self._sight.with_below((unit,))
        return asked if not own or asked <= own else None

    def _may_see(self, person: Person, given: GivenCard) -> bool:
        return self._sight.may_see_card(person, given.ticket, given.card.unit)

    def _source(self, where: Mapping[str, Any], order: Order, units: frozenset[str]) -> Source[GivenCard]:
        async def read(place: str, size: int) -> Stretch[GivenCard]:
            narrowed, values = after(where, order, place), sorted(units)
            found = await read_any(self._store, "cards", narrowed, order, size, field="unit", values=values)
            given = await self._given(found.documents)
            items = [(given[row["_id"]], place_of(row, order)) for row in found.documents if row["_id"] in given]
            return Stretch(items, None if found.whole else place_of(found.documents[-1], order))

        return read

    async def _given(self, rows: Sequence[Document]) -> dict[str, GivenCard]:
        """The cards as their tickets have them, by their ids."""
        numbers = list(dict.fromkeys(row["ticket"] for row in rows))
        tickets = [Ticket.of(document) for document in await self._store.get_many("tickets", numbers)]
        return {card.id: GivenCard(ticket, card) for ticket in tickets for card in ticket.cards}


def _within(month: str) -> dict[str, int]:
    """The milliseconds a month bounds; all there are without one."""
    if not month:
        return {"$gte": 0}
    begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=BEIJING)
    end = (begin + timedelta(days=32)).replace(day=1)
    return {"$gte": milliseconds(begin), "$lt": milliseconds(end)}
