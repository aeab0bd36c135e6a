"""Everything about the channels that a person who runs the hotline asks, read at once and with bounded effort."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from channels.contract import ChannelError
from gateway.core.channel_health import verdicts
from gateway.core.channel_health.processes import Processes, Report
from gateway.core.channel_health.traffic import Hour, Traffic, hour, latest
from gateway.core.channel_health.verdicts import Facts, Reason, Verdict
from gateway.core.delivery import Courier
from gateway.core.health import Health
from gateway.core.model import Message
from gateway.core.ports import Store

COUNTED = 200  # messages that wait, or reached nobody, are counted up to here
_QUOTA_KEPT = 300.0  # asking for it is counted by the platform as well
_ASKED_WITHIN = 2.0


@dataclass(frozen=True, slots=True)
class Setup:
    """How a channel is set up. missing: names of settings it needs and has not. provider, sender: of short messages.
    rate: messages a second that we send at most; 0: no limit of ours. delivers: messages are taken somewhere, and not
    read from here."""

    channel: str
    configured: bool
    account: str = ""
    missing: tuple[str, ...] = ()
    provider: str = ""
    sender: str = ""
    rate: float = 0.0
    delivers: bool = True


@dataclass(frozen=True, slots=True)
class Token:
    """When a platform's access token was given, and until when it is good."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls of sending that the platform still takes today, of how many."""

    left: int
    of: int


class Account(Protocol):
    """Our account at a platform that gives tokens and counts calls."""

    async def token(self) -> Token | None:
        """None while there is none; one is fetched when it is needed. Raises `ChannelError`."""
        ...

    async def quota(self) -> Quota | None:
        """None when the platform does not say. Raises `ChannelError`."""
        ...


@dataclass(frozen=True, slots=True)
class Number:
    """more: there are more than were counted."""

    number: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class ChannelState:
    """left_alone: processes in which nothing gets through; next_try: seconds until the first of them tries again."""

    setup: Setup
    verdict: Verdict
    reasons: tuple[Reason, ...]
    last_in: datetime | None
    last_out: datetime | None
    queued: Number
    oldest_at: datetime | None
    hour: Hour
    failed: Number
    uncertain: Number
    left_alone: int
    next_try: float | None
    sockets: int | None
    token: Token | None
    quota: Quota | None


@dataclass(frozen=True, slots=True)
class StoreState:
    """took: seconds, for the last ping."""

    name: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    took: float | None
    cause: str


@dataclass(frozen=True, slots=True)
class Overview:
    at: datetime
    processes: int
    channels: tuple[ChannelState, ...]
    stores: tuple[StoreState, ...]


class ChannelWatch:
    """sockets: how many this process has open. accounts: by channel, where there is something to ask. kept: seconds in
    which several who look are told the same."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        *,
        setups: Sequence[Setup],
        courier: Courier,
        health: Health,
        traffic: Traffic,
        sockets: Callable[[], int],
        accounts: Mapping[str, Account],
        kept: float = 3.0,
    ) -> None:
        self._store = store
        self._now = now
        self._setups = setups
        self._courier = courier
        self._health = health
        self._traffic = traffic
        self._sockets = sockets
        self._accounts = accounts
        self._kept = kept
        self._processes = Processes(store, now)
        self._overview: tuple[float, Overview] | None = None
        self._quotas: dict[str, tuple[float, Quota | None]] = {}

    async def start(self) -> None:
        """Learn what was seen before. Raises `StoreUnavailable`."""
        self._traffic.recall(report.seen for report in await self._processes.all())

    async def write(self) -> None:
        """Write down what this process saw, every few seconds. Raises `StoreUnavailable`."""
        await self._processes.write(self._traffic.seen(self._sockets(), self._courier.left_alone()))

    async def sweep(self) -> int:
        """As `Processes.sweep`."""
        return await self._processes.sweep()

    async def overview(self) -> Overview:
        """Raises `StoreUnavailable`."""
        loop = asyncio.get_running_loop().time()
        if self._overview is None or loop - self._overview[0] >= self._kept:
            self._overview = (loop, await self._look())
        return self._overview[1]

    async def _look(self) -> Overview:
        await self.write()
        reports = await self._processes.all()
        channels = await asyncio.gather(*(self._channel(setup, reports) for setup in self._setups))
        stores = tuple(self._store_state(name) for name in self._health.names)
        alive = sum(report.alive for report in reports)
        return Overview(self._now(), alive, tuple(channels), stores)

    async def _channel(self, setup: Setup, reports: Sequence[Report]) -> ChannelState:
        name, now = setup.channel, self._now()
        alive = [report.seen for report in reports if report.alive]
        left_alone = [seen.left_alone[name] for seen in alive if name in seen.left_alone]
        seen = [report.seen for report in reports]
        of_hour = hour(name, seen, now)
        queued, oldest_at = await self._queued(setup)
        token, quota = await self._account(name)
        facts = Facts(
            configured=setup.configured,
            missing=bool(setup.missing),
            processes=len(alive),
            left_alone=len(left_alone),
            oldest=(now - oldest_at).total_seconds() if oldest_at is not None else 0.0,
            hour=of_hour,
            quota=quota.left / quota.of if quota is not None and quota.of else None,
        )
        verdict, reasons = verdicts.of_channel(facts)
        return ChannelState(
            setup=setup,
            verdict=verdict,
            reasons=reasons,
            last_in=latest(name, (one.last_in for one in seen)),
            last_out=latest(name, (one.last_out for one in seen)),
            queued=queued,
            oldest_at=oldest_at,
            hour=of_hour,
            failed=await self._dead(setup, "failed"),
            uncertain=await self._dead(setup, "uncertain"),
            left_alone=len(left_alone),
            next_try=min(left_alone, default=None),
            sockets=None if setup.delivers else sum(one.sockets for one in alive),
            token=token,
            quota=quota,
        )

    async def _queued(self, setup: Setup) -> tuple[Number, datetime | None]:
        """What waits, and since when the oldest of it."""
        if not setup.delivers:
            return Number(), None
        where = {"delivery.state": "queued", "delivery.channel": setup.channel}
        found = await self._store.find("messages", where, sort=[("delivery.due", 1)], limit=COUNTED)
        oldest = min((Message.of(document).accepted_at for document in found), default=None)
        return Number(len(found), len(found) == COUNTED), oldest

    async def _dead(self, setup: Setup, state: str) -> Number:
        """What waits for an operator; a doubt that still has a time is looked into by itself."""
        if not setup.delivers:
            return Number()
        where = {"delivery.state": state, "delivery.channel": setup.channel, "delivery.due": None}
        found = await self._store.find("messages", where, limit=COUNTED)
        return Number(len(found), len(found) == COUNTED)

    async def _account(self, channel: str) -> tuple[Token | None, Quota | None]:
        account = self._accounts.get(channel)
        if account is None:
            return None, None
        loop = asyncio.get_running_loop().time()
        asked, quota = self._quotas.get(channel, (-_QUOTA_KEPT, None))
        try:
            async with asyncio.timeout(_ASKED_WITHIN):
                if loop - asked >= _QUOTA_KEPT:
                    self._quotas[channel] = (loop, None)
                    quota = await account.quota()
                    self._quotas[channel] = (loop, quota)
                return await account.token(), quota
        except (ChannelError, TimeoutError):
            # what keeps it from being asked shows in what was tried, or in the stores
            return None, None

    def _store_state(self, name: str) -> StoreState:
        cause, took = self._health.away.get(name, ""), self._health.took.get(name)
        verdict, reasons = verdicts.of_store(not cause, took or 0.0)
        return StoreState(name, verdict, reasons, took, cause)
