"""Citizens' questions that had no good answer, grouped by meaning, for who keeps the knowledge base.

The turn that finds nothing, or hears that its answer was no help, writes the question into a collection of its own; a
turn that answers writes nothing. Its row is never deleted: the figures count it, and the turn's write may be carried
out again and would bring it back. A question is settled by marking it, and forgotten by taking the words out of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from gateway.core import audit
from gateway.core.errors import Conflict
from gateway.core.knowledge.editing import Editor
from gateway.core.knowledge.entry import KnowledgeEntry, same_question
from gateway.core.knowledge.following import Knowledge
from gateway.core.model import Stored, milliseconds
from gateway.core.ports import Store

QUESTIONS = "knowledge_questions"
KEPT = timedelta(days=30)
# the latest of each are looked at
MOST_QUESTIONS = 5000
MOST_TEXTS = 2000
# what one group holds at most, so that one call can name it; the rest is a group of its own
MOST_IN_GROUP = 500
SHOWN_GROUPS = 100
ABOUT = "inbox"
_PAGE = 1000
_ATTEMPTS = 5
_WORDS = frozenset({"question", "entry_id", "place", "state"})  # of a row, until they are forgotten

Kind = Literal["nothing", "unsure", "unhelpful"]
Order = Literal["frequent", "latest"]


class Question(Stored):
    """One that has words. See `mongo_schemas.knowledge_questions`."""

    question: str
    kind: Kind
    entry_id: str = ""
    place: str

    @property
    def at_ms(self) -> int:
        return int(self.place.partition(":")[0])


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to ask it. ids: of the questions that were asked so, the latest first."""

    text: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """An entry a question is near to. question: the entry's; "" when the bot does not give it any more."""

    entry_id: str
    question: str


@dataclass(frozen=True, slots=True)
class Group:
    """Questions about one thing. wordings: the most frequent first. unhelpful: entries that were no help, the most
    often named first. near: entries that these may be other wordings of, nearest first."""

    wordings: tuple[Wording, ...]
    count: int
    latest_ms: int
    kinds: Mapping[Kind, int]
    unhelpful: tuple[Near, ...]
    near: tuple[Near, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """groups: as many as are shown. total: of how many. questions: all that wait, as far as was looked."""

    groups: tuple[Group, ...]
    total: int
    questions: int


class Inbox:
    """now: aware UTC. by: a user name. Every call raises `StoreUnavailable`."""

    def __init__(self, store: Store, knowledge: Knowledge, editor: Editor, now: Callable[[], datetime]) -> None:
        self._store = store
        self._knowledge = knowledge
        self._editor = editor
        self._now = now
        # the last grouping, and what it was made of
        self._grouped: tuple[tuple[str, ...], list[Group]] = ((), [])

    async def look(self, order: Order) -> Waiting:
        """What waits, of the last 30 days."""
        questions = await self._open()
        ids = tuple(question.id for question in questions)
        if self._grouped[0] != ids:
            self._grouped = ids, await self._group(questions)
        groups = self._grouped[1]
        ordered = sorted(groups, key=_ORDERS[order], reverse=True)[:SHOWN_GROUPS]
        return Waiting(tuple(map(self._with_near, ordered)), len(groups), len(ids))

    async def make_entry(self, ids: Sequence[str], values: Mapping[str, Any], *, by: str) -> KnowledgeEntry:
        """A draft made of questions, which are settled. Raises like `Editor.create`."""
        entry = await self._editor.create(values, by=by)
        await self._settle(ids)
        return entry

    async def make_similar(
        self, ids: Sequence[str], entry_id: str, wordings: Sequence[str], *, by: str
    ) -> KnowledgeEntry:
        """Wordings of an entry made of questions, which are settled. Raises like `Editor.word`."""
        entry = await self._editor.word(entry_id, wordings, by=by)
        await self._settle(ids)
        return entry

    async def dismiss(self, ids: Sequence[str], *, by: str, reason: str = "") -> None:
        """They need no entry. Raises `Conflict` when others keep settling them."""
        settled = await self._settle(ids)
        if settled:
            about = settled[0].question
            line = audit.entry(
                self._now(), by, "knowledge.dismiss", ABOUT, reason, question=about, questions=len(settled)
            )
            await self._store.insert(audit.AUDIT, line)

    async def sweep(self) -> int:
        """Forget the words that are older than 30 days; of how many questions."""
        before = str(milliseconds(self._now() - KEPT))
        gone = 0
        for state in ("open", "settled"):
            where = {"state": state, "place": {"$lt": before}}
            while found := await self._store.find(QUESTIONS, where, sort=[("place", 1)], limit=_PAGE):
                kept = [{name: document[name] for name in document.keys() - _WORDS} for document in found]
                # what an editor settles meanwhile is found again
                gone += sum(await self._store.replace_many(QUESTIONS, kept))
        return gone

    # -- questions ------------------------------------------------------------------------------------------------

    async def _open(self) -> list[Question]:
        """The latest first."""
        bounds: dict[str, str] = {"$gte": str(milliseconds(self._now() - KEPT))}
        questions: list[Question] = []
        while len(questions) < MOST_QUESTIONS:
            where = {"state": "open", "place": dict(bounds)}
            page = await self._store.find(QUESTIONS, where, sort=[("place", -1)], limit=_PAGE)
            questions += map(Question.of, page)
            if len(page) < _PAGE:
                break
            bounds["$lt"] = page[-1]["place"]
        return questions

    async def _settle(self, ids: Sequence[str]) -> list[Question]:
        """Mark them; which were open. Raises `Conflict`."""
        settled: list[Question] = []
        for _ in range(_ATTEMPTS):
            found = await self._store.get_many(QUESTIONS, list(ids))
            still = [document for document in found if document.get("state") == "open"]
            if not still:
                return settled
            # as a document, with what the figures count of it
            won = await self._store.replace_many(QUESTIONS, [{**document, "state": "settled"} for document in still])
            settled += [Question.of(document) for document, mine in zip(still, won, strict=True) if mine]
        raise Conflict("这些问题正被别人处理，请刷新后再看")

    # -- groups ---------------------------------------------------------------------------------------------------

    async def _group(self, questions: Sequence[Question]) -> list[Group]:
        by_text: dict[str, list[Question]] = {}
        for question in questions:
            key = same_question(question.question)
            if key in by_text or len(by_text) < MOST_TEXTS:
                by_text.setdefault(key, []).append(question)
        asked = list(by_text.values())
        grouped = await self._knowledge.group([same[0].question for same in asked])
        return [group for places in grouped for group in _groups([asked[place] for place in places])]

    def _with_near(self, group: Group) -> Group:
        """As the base is now. Of entries it is not sure of at all, the nearest is enough to look at; one that has the
        wording already is not."""
        text = group.wordings[0].text
        finding = self._knowledge.find(text)
        found = [
            self._knowledge.entry(hit.entry_id) for hit in finding.hits[: 1 if finding.kind == "nothing" else None]
        ]
        asked = same_question(text)
        near = [
            Near(entry.id, entry.question)
            for entry in found
            if entry is not None and asked not in map(same_question, (entry.question, *entry.similar))
        ]
        unhelpful = [
            Near(one.entry_id, entry.question if (entry := self._knowledge.entry(one.entry_id)) else "")
            for one in group.unhelpful
        ]
        return replace(group, near=tuple(near), unhelpful=tuple(unhelpful))


_ORDERS: Mapping[Order, Callable[[Group], tuple[int, int, str]]] = {
    "frequent": lambda group: (group.count, group.latest_ms, group.wordings[0].text),
    "latest": lambda group: (group.latest_ms, group.count, group.wordings[0].text),
}


def _groups(asked: Sequence[Sequence[Question]]) -> list[Group]:
    """Questions about one thing, by their texts, in groups that are not too large."""
    frequent = sorted(asked, key=lambda same: (-len(same), -same[0].at_ms, same[0].question))
    pieces = [same[start : start + MOST_IN_GROUP] for same in frequent for start in range(0, len(same), MOST_IN_GROUP)]
    groups: list[list[Sequence[Question]]] = [[]]
    for piece in pieces:
        if sum(map(len, groups[-1])) + len(piece) > MOST_IN_GROUP:
            groups.append([])
        groups[-1].append(piece)
    return [_group_of(group) for group in groups]


def _group_of(asked: Sequence[Sequence[Question]]) -> Group:
    questions = [question for same in asked for question in same]
    unhelpful = Counter(question.entry_id for question in questions if question.entry_id)
    return Group(
        wordings=tuple(Wording(same[0].question, tuple(question.id for question in same)) for same in asked),
        count=len(questions),
        latest_ms=max(question.at_ms for question in questions),
        kinds=Counter(question.kind for question in questions),
        unhelpful=tuple(Near(id, "") for id, _ in unhelpful.most_common(3)),
    )
