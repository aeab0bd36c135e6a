"""Finding tickets by what they say: one document a term and ticket, so that an ordinary index on the two is all it
takes.

Numbers sort by time. Confidential tickets are in a scope of their own: who may not see
them cannot meet them in a search, not even by how long it takes. What a search costs is bounded: it looks at so many
tickets and then says where to go on.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.ports import Document, Store
from gateway.core.tickets.model import Ticket, TicketEvent

TERMS = "ticket_terms"
OPEN, CONFIDENTIAL = "o", "c"
MOST_TERMS = 160  # of one ticket
MOST_WORDS = 6  # of one search
CHECKED = 2  # words beside the rarest that the index is asked for; the ticket itself tells about the rest
MOST_COMPARED = 24  # of a matter that is compared with others
READ_CHARS = 120  # of the matter
PAGE = 120
MOST_PAGES = 4
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
# said in nearly every ticket
_TOO_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
        我们 你们 他们 这个 那个 这里 那里 什么 怎么 没有 不是 就是 还是 可以 希望 现在 已经 但是 因为 所以 如果 一个
        一直 一下 进行 相关 部门 问题 情况 反映 诉求 处理 解决 请求 来电 市民 自己 今天 昨天 东莞 莞市 the and for that
        """,
    )
)
_CHANGES_WORDS = frozenset(("file", "supplement", "mark"))


@dataclass(frozen=True, slots=True)
class Found:
    """Numbers, the latest first. next: what to pass as `before` for more; None when there is none."""

    numbers: tuple[str, ...]
    next: str | None


def terms(text: str) -> list[str]:
    """What a text is found by: pairs of Chinese characters, so that a search finds whatever stands in a text however
    it would be cut into words, and Latin words. Numbers of people are found by the keyed hash of the whole instead."""
    found: list[str] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if run[0] >= "\u3400":
            found += [run[index : index + 2] for index in range(len(run) - 1)]
        elif 2 <= len(run) <= 12 and not re.fullmatch(r"[0-9]{7,}", run):
            found.append(run)
    return [term for term in dict.fromkeys(found) if term not in _TOO_COMMON]


def terms_to_find(text: str) -> list[str]:
    """The terms of a search; of a long one, some from all over it."""
    found = terms(text[:200])
    step = -(-len(found) // MOST_WORDS)
    return found[:: max(1, step)]


class Search:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def index(self, ticket: Ticket, events: Sequence[TicketEvent]) -> None:
        """Make a ticket findable as these events left it. Repeatable."""
        if not any(event.move in _CHANGES_WORDS for event in events):
            return
        words = terms("\n".join(_said(ticket)))[:MOST_TERMS]
        scope = CONFIDENTIAL if ticket.confidential else OPEN
        await self._store.insert_many(TERMS, [_term(scope, word, ticket.id) for word in words])
        if any(event.move == "mark" for event in events):
            other = OPEN if ticket.confidential else CONFIDENTIAL
            await self._store.delete(TERMS, [_term_id(other, word, ticket.id) for word in words])

    async def find(self, text: str, *, confidential: bool, before: str = "", most: int = 50) -> Found:
        """Tickets that may have all words of the text; `says` tells whether one does. confidential: in the scope of
        those instead of the others. before: a number. Fewer than `most` may come back though there are more."""
        words = terms_to_find(text)
        if not words:
            return Found((), None)
        scope = CONFIDENTIAL if confidential else OPEN
        read = await asyncio.gather(*(self._page(scope, word, before) for word in words))
        # the rarest word drives: where one ends within a page that is all there is, else its page reaches furthest back
        ordered = sorted(zip(words, read, strict=True), key=lambda one: (len(one[1]) == PAGE, one[1][-1:]))
        (rarest, page), others = ordered[0], ordered[1:]
        found: list[str] = []
        for turn in range(MOST_PAGES):
            found += await self._having(scope, others[:CHECKED], page)
            if len(page) < PAGE:
                return Found(tuple(found[:most]), found[most - 1] if len(found) > most else None)
            if len(found) >= most or turn == MOST_PAGES - 1:
                break
            page = await self._page(scope, rarest, page[-1])
        shown = tuple(found[:most])
        return Found(shown, shown[-1] if len(found) > most else page[-1])

    async def similar(self, matter: str, place: str, *, most: int = 20) -> list[tuple[str, float]]:
        """Tickets that share words with a matter and its place, with the share they have of them, best first. Looks at
        the latest of each word only."""
        words = list(dict.fromkeys((*terms(place), *terms(matter[:READ_CHARS]))))[:MOST_COMPARED]
        if not words:
            return []
        share: dict[str, float] = {}
        for page in await asyncio.gather(*(self._page(OPEN, word, "") for word in words)):
            for number in page:
                share[number] = share.get(number, 0.0) + 1 / len(words)
        return sorted(share.items(), key=lambda one: (-one[1], one[0]))[:most]

    async def _page(self, scope: str, word: str, before: str) -> list[str]:
        """Numbers of tickets with the word, the latest first."""
        where: dict[str, object] = {"word": f"{scope}:{word}"}
        if before:
            where["number"] = {"$lt": before}
        found = await self._store.find(TERMS, where, sort=[("number", -1)], limit=PAGE)
        return [document["number"] for document in found]

    async def _having(self, scope: str, others: Sequence[tuple[str, list[str]]], numbers: Sequence[str]) -> list[str]:
        """Those of the numbers that have the other words, too; with each the latest numbers it has."""
        left = list(numbers)
        for word, latest in others:
            known = set(latest)
            # as far back as its latest ones reach nothing has to be asked
            reach = latest[-1] if len(latest) == PAGE else ""
            asked = [_term_id(scope, word, number) for number in left if number < reach]
            there = {document["_id"] for document in await self._store.get_many(TERMS, asked)} if asked else set()
            left = [number for number in left if number in known or _term_id(scope, word, number) in there]
        return left


def says(ticket: Ticket, text: str) -> bool:
    """Whether a ticket has all words of a search."""
    said = set(terms("\n".join(_said(ticket))))
    return all(word in said for word in terms_to_find(text))


def _said(ticket: Ticket) -> list[str]:
    said = [ticket.title, ticket.matter[:READ_CHARS], ticket.place.label, ticket.happened]
    return said + [supplement.text[:100] for supplement in ticket.supplements[:5]]


def _term_id(scope: str, word: str, number: str) -> str:
    return f"{scope}:{word}:{number}"


def _term(scope: str, word: str, number: str) -> Document:
    return {"_id": _term_id(scope, word, number), "version": 1, "word": f"{scope}:{word}", "number": number}
