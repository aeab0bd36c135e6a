"""Finding tickets by words: one document a word and ticket, whose id begins with the word, so that the index every
store keeps on ids is all it takes.

`_id` is scope, word and number; numbers sort by time. Confidential tickets are in a scope of their own: who may not see
them cannot meet them in a search, not even by how long it takes. What a search costs is bounded: it looks at so many
tickets and then says where to go on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import rjieba

from bot.answers import Lexicon
from gateway.core.ports import Document, Store
from gateway.core.tickets.model import Ticket, TicketEvent

TERMS = "ticket_terms"
OPEN, CONFIDENTIAL = "o", "c"
MOST_TERMS = 60  # of one ticket
MOST_WORDS = 5  # of one search
READ_CHARS = 400  # of the matter
PAGE = 120
MOST_PAGES = 4
_WORD = re.compile(r"[\w]{2,12}")
# said in nearly every ticket
_TOO_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
        我们 你们 他们 她们 它们 这个 那个 这里 那里 什么 怎么 怎样 为什么 没有 不是 就是 还是 可以 希望 现在 已经 但是
        因为 所以 如果 一个 一直 一下 进行 相关 部门 问题 情况 反映 诉求 处理 解决 请求 来电 市民 自己 之后 之前 时候
        今天 昨天 东莞 东莞市 the and for that this with have
        """,
    )
)
_CHANGES_WORDS = frozenset(("file", "supplement", "mark"))


@dataclass(frozen=True, slots=True)
class Found:
    """Numbers, the latest first. next: what to pass as `before` for more; None when there is none."""

    numbers: tuple[str, ...]
    next: str | None


class Words:
    """Takes words from texts. lexicon: names that are words here and nowhere else."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._jieba = rjieba.Jieba()
        for word in lexicon.words:
            if len(word) > 1 and " " not in word:
                self._jieba.add_word(_plain(word), None, None)

    def to_index(self, texts: Iterable[str]) -> list[str]:
        """The words somebody may look for, the parts of long ones among them."""
        return self._kept(word for text in texts for word in self._jieba.cut_for_search(_plain(text)))[:MOST_TERMS]

    def to_find(self, text: str) -> list[str]:
        """The words of a search, the longest (and so the rarest) first."""
        return sorted(self._kept(self._jieba.cut(_plain(text[:200]))), key=len, reverse=True)[:MOST_WORDS]

    @staticmethod
    def _kept(words: Iterable[str]) -> list[str]:
        # numbers of people are not found by their digits here, but by the keyed hash of the whole
        kept = (word for word in words if _WORD.fullmatch(word) and not re.fullmatch(r"[0-9]{7,}", word))
        return [word for word in dict.fromkeys(kept) if word not in _TOO_COMMON]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


class Search:
    def __init__(self, store: Store, lexicon: Lexicon) -> None:
        self._store = store
        self._words = Words(lexicon)

    async def index(self, ticket: Ticket, events: Sequence[TicketEvent]) -> None:
        """Make a ticket findable as these events left it. Repeatable."""
        if not any(event.move in _CHANGES_WORDS for event in events):
            return
        said = [ticket.title, ticket.matter[:READ_CHARS], ticket.place.label, ticket.happened]
        said += [supplement.text[:100] for supplement in ticket.supplements[:5]]
        words = self._words.to_index(said)
        scope = CONFIDENTIAL if ticket.confidential else OPEN
        await self._store.insert_many(TERMS, [_term(scope, word, ticket.id) for word in words])
        if any(event.move == "mark" for event in events):
            other = OPEN if ticket.confidential else CONFIDENTIAL
            await self._store.delete(TERMS, [_term_id(other, word, ticket.id) for word in words])

    async def find(self, text: str, *, confidential: bool, before: str = "", most: int = 50) -> Found:
        """Tickets with all words of the text. confidential: in the scope of those instead of the others. before: a
        number. Fewer than `most` may come back though there are more."""
        words = self._words.to_find(text)
        if not words:
            return Found((), None)
        scope = CONFIDENTIAL if confidential else OPEN
        pages = {word: await self._page(scope, word, before) for word in words}
        # the rarest word drives; where one ends within a page, that is all there is of it
        rarest = min(words, key=lambda word: (len(pages[word]), -len(word)))
        others = [word for word in words if word != rarest]
        found: list[str] = []
        page = pages[rarest]
        for turn in range(MOST_PAGES):
            found += await self._having(scope, others, page)
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
        words = self._words.to_index([matter[:READ_CHARS], place])[:24]
        if not words:
            return []
        share: dict[str, float] = {}
        whole = sum(map(len, words))
        for word in words:
            for number in await self._page(OPEN, word, ""):
                share[number] = share.get(number, 0.0) + len(word) / whole
        return sorted(share.items(), key=lambda one: (-one[1], one[0]))[:most]

    async def _page(self, scope: str, word: str, before: str) -> list[str]:
        """Numbers of tickets with the word, the latest first."""
        first, last = _term_id(scope, word, "DG"), _term_id(scope, word, before or "DH")
        where = {"_id": {"$gt": first, "$lt": last}}
        found = await self._store.find(TERMS, where, sort=[("_id", -1)], limit=PAGE)
        return [document["_id"].rpartition(":")[2] for document in found]

    async def _having(self, scope: str, words: Sequence[str], numbers: Sequence[str]) -> list[str]:
        """Those of the numbers that have all words."""
        left = list(numbers)
        for word in words:
            if not left:
                break
            ids = [_term_id(scope, word, number) for number in left]
            there = {document["_id"] for document in await self._store.get_many(TERMS, ids)}
            left = [number for number, id in zip(left, ids, strict=True) if id in there]
        return left


def _term_id(scope: str, word: str, number: str) -> str:
    return f"{scope}:{word}:{number}"


def _term(scope: str, word: str, number: str) -> Document:
    return {"_id": _term_id(scope, word, number), "version": 1}
