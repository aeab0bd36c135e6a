"""Every conversation that people are concerned with, as this process knows it: who waits, who has what.

Read from the store as a whole now and then, and kept by the live events in between, of which each names the
conversation's version, so that an old one changes nothing. Lists, counts, places in the queue and the sharing out are
read from here and cost the store nothing; what is done is decided by the conversation itself.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.core.model import Conversation, Document, Latest, Owner, ReadMarks
from gateway.core.ports import Store

KNOWN = 5_000  # of those in the queue, and of those with people
_PAGE = 100  # read at once: what the store needs to give them, and we to unpack them, is not to be felt
_LARGEST = 1_000
_LATELY = timedelta(minutes=30)
_ENOUGH = 3  # people taken from the queue lately, to tell a waiting time by


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation as lists show it."""

    id: str
    version: int
    channel: str
    identity: str
    contact_id: str
    owner: Owner
    seq: int
    read: int  # up to which number its person has read
    latest: Latest | None
    merged_into: str | None = None
    heard_at: datetime | None = None  # when something last happened; only for what the bot has, which has no `latest`

    @property
    def waiting_since(self) -> datetime | None:
        """Since when a citizen waits for a person's word."""
        return self.owner.since if self.owner.kind == "queue" else self.owner.waiting_since

    @property
    def leader(self) -> str:
        """The one it is worked as one with; itself when it follows none."""
        return self.merged_into or self.id


def row_of(conversation: Conversation) -> Row:
    return Row(
        id=conversation.id,
        version=conversation.version,
        channel=conversation.channel,
        identity=conversation.identity,
        contact_id=conversation.contact_id,
        owner=conversation.owner,
        seq=conversation.seq,
        read=conversation.read.staff,
        latest=conversation.latest,
        merged_into=conversation.merged_into,
        heard_at=conversation.updated_at if conversation.owner.kind == "bot" else None,
    )


class Board:
    """changed: told of each row as it is now, or of an id whose conversation is with the bot again (None)."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._rows: dict[str, Row] = {}
        self._by_kind: defaultdict[str, dict[str, Row]] = defaultdict(dict)  # of owner
        self._followers: defaultdict[str, set[str]] = defaultdict(set)  # by whom they follow
        self._gone: OrderedDict[str, int] = OrderedDict()  # versions at which conversations went back to the bot
        self._waiting: list[Row] | None = None
        self._taken: deque[datetime] = deque(maxlen=200)
        self._between: timedelta | None = None  # two that people took from the queue lately
        self.changed: Callable[[str, Row | None, Row | None], None] = lambda id, before, after: None

    # -- kept up to date ------------------------------------------------------------------------------------------

    async def refresh(self, pause: float = 0.0) -> None:
        """Read it as a whole. What live events say meanwhile is not overwritten by what was read before. pause: seconds
        between two readings, so that the store has time for others."""
        seen: set[str] = set()
        begun = frozenset(self._rows)
        self._look_at_pace()
        for kind in ("queue", "agent"):
            async for document in self._stored(kind, pause):
                seen.add(document["_id"])
                known = self._rows.get(document["_id"])
                if known is None or known.version < document["version"]:
                    self._put(row_of(Conversation.of(document)))
        for id in begun - seen:
            # it may have moved from the one list to the other while they were read
            now = await self._store.get("conversations", id)
            if now is None or now["owner"]["kind"] == "bot":
                self._remove(id, now["version"] if now else 0)

    async def _stored(self, kind: str, pause: float) -> AsyncIterator[Document]:
        where: dict[str, Any] = {"owner.kind": kind}
        order, seen = [("owner.since", 1)], set[str]()
        size = _PAGE
        while len(seen) < KNOWN:
            page = await self._store.find("conversations", where, sort=order, limit=size)
            fresh = [document for document in page if document["_id"] not in seen]
            for document in fresh:
                seen.add(document["_id"])
                yield document
            if len(page) < size or (not fresh and size == _LARGEST):
                return
            await asyncio.sleep(pause)
            # what shares its moment with the last one is read again, and a round shares many out in the same moment
            since = {"$gte": page[-1]["owner"]["since"]}
            size = _PAGE if where.get("owner.since") != since else min(size * 2, _LARGEST)
            where["owner.since"] = since

    def on_event(self, event: Mapping[str, Any]) -> None:
        """A conversation moved, here or in another process."""
        people = event.get("people")
        if people is None:
            if event["conversation_id"] in self._rows:
                self._remove(event["conversation_id"], event["version"])
            return
        self._put(
            Row(
                id=event["conversation_id"],
                version=event["version"],
                channel=people["channel"],
                identity=people["identity"],
                contact_id=people["contact_id"],
                owner=Owner.model_validate(people["owner"]),
                seq=people["seq"],
                read=ReadMarks.model_validate(people["read"]).staff,
                latest=Latest.model_validate(people["latest"]) if people.get("latest") else None,
                merged_into=people.get("merged_into"),
            )
        )

    def _put(self, row: Row) -> None:
        before = self._rows.get(row.id)
        if before is not None and before.version >= row.version:
            return
        if self._gone.get(row.id, 0) >= row.version:
            return
        self._keep(row.id, before, row)
        if before is not None and before.owner.kind == "queue" and row.owner.kind == "agent":
            self._taken.append(row.owner.since)
            self._look_at_pace()
        self.changed(row.id, before, row)

    def _remove(self, id: str, version: int) -> None:
        before = self._rows.get(id)
        if before is None or before.version > version:
            return
        self._keep(id, before, None)
        self._gone[id] = version
        while len(self._gone) > KNOWN:
            self._gone.popitem(last=False)
        self.changed(id, before, None)

    def _keep(self, id: str, before: Row | None, row: Row | None) -> None:
        for one in (before, row):
            # one that is worked as one with others may give them their place in the queue
            if one is not None and (one.owner.kind == "queue" or one.merged_into or id in self._followers):
                self._waiting = None
        if before is not None:
            del self._rows[id], self._by_kind[before.owner.kind][id]
        if row is not None:
            self._rows[id] = self._by_kind[row.owner.kind][id] = row
        self._note_leader(before, row)

    def _note_leader(self, before: Row | None, row: Row | None) -> None:
        if before is not None and before.merged_into:
            self._followers[before.merged_into].discard(before.id)
            if not self._followers[before.merged_into]:
                del self._followers[before.merged_into]
        if row is not None and row.merged_into:
            self._followers[row.merged_into].add(row.id)

    # -- read -----------------------------------------------------------------------------------------------------

    def get(self, id: str) -> Row | None:
        return self._rows.get(id)

    def followers(self, id: str) -> list[Row]:
        """Those worked as one with it, which it leads."""
        return [self._rows[one] for one in sorted(self._followers.get(id, ()))]

    def all_followers(self) -> list[Row]:
        return [self._rows[one] for ones in self._followers.values() for one in ones]

    def with_followers(self, rows: Iterable[Row]) -> list[Row]:
        """Each with those that follow it behind it."""
        return [one for row in rows for one in (row, *self.followers(row.id))]

    def waiting(self) -> list[Row]:
        """The queue in its order: danger first, then who came first. What is worked as one waits once."""
        if self._waiting is None:
            queued = self._by_kind["queue"].values()
            self._waiting = sorted((row for row in queued if row.merged_into is None), key=self._order)
        return self._waiting

    def _order(self, row: Row) -> tuple[bool, datetime]:
        together = [row, *self.followers(row.id)]
        waits = [one.owner.since for one in together if one.owner.kind == "queue"]
        return not any(one.owner.urgent for one in together), min(waits, default=row.owner.since)

    def of(self, username: str) -> list[Row]:
        """What a person has, who waits longest first, then those that wait for the citizen."""
        return sorted((row for row in self.had() if row.owner.id == username), key=_pressing)

    def with_people(self) -> list[Row]:
        """All that people have, who waits longest first."""
        return sorted(self.had(), key=_pressing)

    def had(self) -> list[Row]:
        """All that people have, in no order."""
        return list(self._by_kind["agent"].values())

    def loads(self) -> dict[str, int]:
        """How many conversations each person has on their hands. What is put aside does not count, and what is worked
        as one counts once."""
        now = self._now()
        return Counter(
            username
            for username, _ in {(row.owner.id, row.leader) for row in self.had() if not _is_snoozed(row, now)}
            if username
        )

    def ahead(self, conversation: Conversation) -> int:
        """How many are served before this one; all, when it does not wait yet."""
        waiting = self.waiting()
        if conversation.owner.kind != "queue":
            return len(waiting)
        row = self._rows.get(conversation.merged_into or conversation.id)
        order = self._order(row) if row else (not conversation.owner.urgent, conversation.owner.since)
        return bisect_left(waiting, order, key=self._order)

    def expected_wait(self, ahead: int) -> timedelta | None:
        """How long somebody with so many ahead will wait, by how fast the queue has moved lately; None when too few
        were taken from it to tell."""
        return self._between * (ahead + 1) if self._between is not None else None

    def _look_at_pace(self) -> None:
        now = self._now()
        lately = [at for at in self._taken if now - at <= _LATELY]
        self._between = (now - min(lately)) / len(lately) if len(lately) >= _ENOUGH else None


def _is_snoozed(row: Row, now: datetime) -> bool:
    return row.owner.snoozed_until is not None and row.owner.snoozed_until > now


def _pressing(row: Row) -> tuple[bool, datetime]:
    return row.waiting_since is None, row.waiting_since or row.owner.since
