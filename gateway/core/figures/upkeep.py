"""Whether knowledge was renewed before it ended, told by versions of entries. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from gateway.core.knowledge.entry import KnowledgeEntry
from gateway.core.model import milliseconds

UpkeepName = Literal["renewed", "lapsed"]


class Upkeep(NamedTuple):
    """That an entry was renewed or withdrawn before it ended, or was not. unit: whose it was then, by name. until_ms:
    when it was to end."""

    name: UpkeepName
    entry: str
    unit: str
    until_ms: int


def upkeep_of(ended: Iterable[tuple[KnowledgeEntry, KnowledgeEntry | None]], now: datetime) -> list[Upkeep]:
    """What published versions tell, each with the one after it, in their order; one fact for an entry and the moment
    that it was to end at. What ends later than now tells nothing yet."""
    told: dict[tuple[str, datetime], Upkeep] = {}
    for version, after in ended:
        until = version.valid_until
        # what ended before it was published was never given
        if until is None or until > now or version.updated_at >= until:
            continue
        if name := _became_of(until, after):
            told[version.id, until] = Upkeep(name, version.id, version.unit, milliseconds(until))
    return list(told.values())


def _became_of(until: datetime, after: KnowledgeEntry | None) -> UpkeepName | None:
    """None when the version after it ends then, too, or ends sooner, which takes this end's place."""
    if after is None or after.updated_at > until:
        return "lapsed"
    given = after.status == "published" and not after.deleted
    return None if given and after.valid_until is not None and after.valid_until <= until else "renewed"
