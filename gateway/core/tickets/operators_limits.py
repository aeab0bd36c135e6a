"""The limits an administrator set instead of the configured ones. One document, which every process follows.

Tickets keep what they were given with their round (`Rules.of`): another table is for what begins from then on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from gateway.core import audit
from gateway.core.errors import Conflict, Invalid
from gateway.core.model import Effect, Stored, new_id
from gateway.core.ports import Bus, Store
from gateway.core.tickets import rules
from gateway.core.tickets.model import KINDS
from gateway.core.tickets.rules import Policy, Rules
from gateway.core.tickets.workdays import DAY, Span

LIMITS = "limits"
LONGEST = 366 * DAY
MOST_EXTENSION = 30.0  # workdays
_ID = "tickets"

Wrong = Literal["no_span", "too_long", "longer_than_ordinary", "shorter_than_ordinary", "out_of_bounds"]
_WHY: Mapping[Wrong, str] = {
    "no_span": "要写成 30m、2h、1d 或 5wd，并且大于零",
    "too_long": "不能超过一年",
    "longer_than_ordinary": "不能比最短的一般时限还长",
    "shorter_than_ordinary": "不能比最长的一般时限还短",
    "out_of_bounds": "超出了范围",
}
_NAMES: Mapping[str, str] = {
    "contact": "签收后联系市民",
    "sign": "签收",
    "return_within": "申请退单",
    "complex": "复杂",
    "urgent": "加急",
    "joint": "会办答复",
    "red_after": "超期多久发红牌",
    "supervision": "回复督办",
    "callback": "市民第一次评价",
    "again_after": "两次回访之间",
    "archive_after": "办结多久归档",
    "remind_at": "用掉多少时提醒",
    "yellows": "几张黄牌换红牌",
    "attempts": "回访次数",
    "most_extension": "延期最长",
    **{f"finish.{kind}": name for kind, name in KINDS.items()},
}


class OwnLimits(Stored):
    """The one document. text: the table, as `rules.write`; empty while the configured one is in force."""

    text: str = ""
    by: str
    at: datetime
    tail: tuple[str, ...] = Field((), repr=False, description="The last change's line in the audit log, packed.")


@dataclass(frozen=True, slots=True)
class LimitsInForce:
    """policy: in force. version: of the last change, which the next one names; 0 before the first. by, at: who made it,
    None before the first. own: set here, and not as configured."""

    policy: Policy
    configured: Policy
    version: int = 0
    own: bool = False
    by: str | None = None
    at: datetime | None = None


class OperatorsLimits:
    """held: given the limits in force by `refresh`; what it has at first are the configured ones. bus: tells the other
    processes."""

    def __init__(self, store: Store, held: Rules, bus: Bus | None = None) -> None:
        self._store = store
        self._rules = held
        self._configured = held.policy
        self._bus = bus

    async def refresh(self) -> None:
        """Raises `StoreUnavailable`."""
        self._rules.use((await self.in_force()).policy)

    async def in_force(self) -> LimitsInForce:
        """By what the store has. Raises `StoreUnavailable`."""
        return self._of(await self._stored())

    async def put(
        self, given: Mapping[str, Any] | None, *, version: int, by: str, at: datetime, reason: str = ""
    ) -> LimitsInForce:
        """Set the whole table, as `rules.table` writes it; None: as configured again. version: of what was seen.
        Raises `Invalid` that names the fields, `Conflict` when it was changed meanwhile, `StoreUnavailable`."""
        text = rules.write(checked(given)) if given is not None else ""
        if text == rules.write(self._configured):
            text = ""
        stored = await self._stored()
        before = self._of(stored)
        if stored is not None:
            # killed before it wrote it down, perhaps
            await self._write_down(stored)
        if text != (stored.text if stored else ""):
            if before.version != version:
                raise _changed(before)
            changes = _changes(before.policy, self._policy(text))
            line = audit.entry(at, by, "limits.put", _ID, reason, id=new_id(), changes=changes)
            tail = (Effect("insert", audit.AUDIT, line).pack(),)
            made = OwnLimits(id=_ID, version=max(1, version), text=text, by=by, at=at, tail=tail)
            write = self._store.replace if stored else self._store.insert
            if not await write(LIMITS, made.document()):
                raise _changed(before)
            await self._write_down(made)
            if self._bus is not None:
                self._bus.post("limits", {})
        await self.refresh()
        return await self.in_force()

    def _of(self, stored: OwnLimits | None) -> LimitsInForce:
        if stored is None:
            return LimitsInForce(self._configured, self._configured)
        policy = self._policy(stored.text)
        return LimitsInForce(policy, self._configured, stored.version, bool(stored.text), stored.by, stored.at)

    def _policy(self, text: str) -> Policy:
        if not text:
            return self._configured
        return replace(rules.read(text), tell_after=self._configured.tell_after)

    async def _stored(self) -> OwnLimits | None:
        document = await self._store.get(LIMITS, _ID)
        return OwnLimits.of(document) if document else None

    async def _write_down(self, limits: OwnLimits) -> None:
        for packed in limits.tail:
            effect = Effect.unpack(packed)
            await self._store.insert(effect.collection, effect.document)


def checked(given: Mapping[str, Any]) -> Policy:
    """The limits of a whole table. Raises `Invalid` with what is wrong with each field."""
    spans = {name: given[name] for name in rules.SPANS}
    spans |= {f"finish.{kind}": given["finish"][kind] for kind in KINDS}
    wrong: dict[str, Wrong] = {name: "no_span" for name, text in spans.items() if not _is_span(text)}
    if not wrong:
        policy = rules.of_table(given)
        wrong = dict(_wrong(policy))
        if not wrong:
            return policy
    listed = "；".join(f"{_NAMES[name]}{_WHY[why]}" for name, why in wrong.items())
    raise Invalid(f"这张时限表还不能用：{listed}", fields=wrong)


def _wrong(policy: Policy) -> Iterator[tuple[str, Wrong]]:
    """Field by field. A workday counts as a day here: how long it takes depends on when it begins."""
    spans = {f"finish.{kind}": span for kind, span in policy.finish.items()}
    spans |= {name: getattr(policy, name) for name in rules.SPANS}
    yield from ((name, "too_long") for name, span in spans.items() if _length(span) > LONGEST)
    ordinary = [_length(span) for span in policy.finish.values()]
    for name in ("urgent", "sign", "return_within", "contact"):
        if _length(spans[name]) > min(ordinary):
            yield name, "longer_than_ordinary"
    if _length(policy.complex) < max(ordinary):
        yield "complex", "shorter_than_ordinary"
    within = {
        "remind_at": 0 < policy.remind_at < 1,
        "yellows": 2 <= policy.yellows <= 31,
        "attempts": 1 <= policy.attempts <= 10,
        "most_extension": 0 < policy.most_extension <= MOST_EXTENSION,
    }
    yield from ((name, "out_of_bounds") for name, is_within in within.items() if not is_within)


def _length(span: Span) -> float:
    return span.workdays * DAY if span.workdays is not None else span.seconds or 0.0


def _is_span(text: str) -> bool:
    try:
        Span.parse(text)
    except ValueError:
        return False
    return True


def _changes(before: Policy, after: Policy) -> str:
    """As JSON: each limit that is another, with what it was and what it became."""
    was, becomes = rules.flat(before), rules.flat(after)
    return json.dumps({name: [was[name], becomes[name]] for name in was if was[name] != becomes[name]})


def _changed(seen: LimitsInForce) -> Conflict:
    return Conflict("时限刚被别人改过，请看过再改", version=seen.version)
