"""Fixtures of the ticket tests over the real stores.

desks   makes processes: a ledger with all that belongs to it, and a clock that stands still
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from tornado.ioloop import IOLoop

from bot.rating import survey
from channels.contract import Address
from gateway.core.conversations import Conversations
from gateway.core.people import Person, Role, scopes_of
from gateway.core.tickets.counter import Counter
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.ledger import Ledger, Matter
from gateway.core.tickets.ledger import Person as Caller
from gateway.core.tickets.model import Actor, Place, Ticket
from gateway.core.tickets.notices import Notices
from gateway.core.tickets.rules import Policy, Rules
from gateway.core.tickets.search import Search
from gateway.core.tickets.towns import Towns
from gateway.core.tickets.wishes import Wishes
from gateway.core.tickets.workdays import BEIJING, Calendar
from gateway.core.turns import Traits
from gateway.core.units import Unit, Units
from gateway.core.vault import Key, Vault
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisLimits

UNITS = [
    Unit(id="water", name="市水务局", short="市水务局", kind="department"),
    Unit(id="urban", name="市城市管理和综合执法局", short="市城管局", kind="department"),
    Unit(id="urban-east", name="市城管局东城分局", short="东城城管", kind="department", parent="urban"),
    Unit(id="police", name="市公安局", short="市公安局", kind="department"),
    Unit(id="humen", name="虎门镇人民政府", short="虎门镇", kind="town", territory=("虎门", "太平")),
]
AGENT = Actor(kind="staff", id="agent1")
_numbers = itertools.count(1)


@dataclass
class Clock:
    """Stands still until it is moved; begins on a Monday morning."""

    at: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING).astimezone(UTC))

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)

    def to(self, text: str) -> None:
        self.at = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING).astimezone(UTC)


def person(username: str, *roles: Role, unit: str | None = None) -> Person:
    return Person(username=username, name=username, roles=roles, unit=unit, scopes=scopes_of(roles))


class Process:
    """One process with its own door to the same stores."""

    def __init__(
        self, store: MongoStore, bus: RedisBus, limits: RedisLimits, now: Clock, *, units: Units, policy: Policy
    ) -> None:
        self.store = store
        self.now = now
        self.units = units
        self.search = Search(store)
        self.towns = Towns(units)
        self.conversations = Conversations(store, bus, now, traits={"web": Traits(pull=True)})
        numbers = itertools.count(next(_numbers) * 1000)
        self.ledger = Ledger(
            store,
            bus,
            now,
            vault=Vault([Key("1", b"k" * 32)]),
            search=self.search,
            rules=Rules(Calendar(), policy),
            unit_name=self.units.short,
            digits=lambda count: f"{next(numbers):0{count}d}",
            locate=self.towns.located,
        )
        self.desk = Desk(store, self.ledger, self.search, self.units, now)
        self.counter = Counter(store, limits, self.ledger, self.search, now, unit_name=self.units.short)
        self.notices = Notices(store, self.conversations, self.ledger, now, survey=survey)
        self.wishes = Wishes(store, self.conversations, self.ledger, now)

    async def citizen(self, channel: str = "web") -> Caller:
        """Somebody who wrote to us."""
        address = Address(channel=channel, account="site", external_id=f"v{next(_numbers)}")
        identity = await self.conversations.open(address)
        return Caller(identity.contact_id, identity.id)

    async def file(self, matter: str = "育华路的路灯三天不亮", caller: Caller | None = None, **about: object) -> Ticket:
        given = {"kind": "complaint", "matter": matter, "place": Place(label="育华路"), **about}
        ticket, _ = await self.ledger.file(Matter(**given), caller or Caller(), AGENT, "phone")  # type: ignore[arg-type]
        return await self.ledger.get(ticket.id)

    async def heard(self, caller: Caller) -> list[str]:
        """What the hotline said to somebody, in order."""
        found = await self.store.find(
            "messages", {"identity": caller.identity, "direction": "out"}, sort=[("seq", 1)], limit=200
        )
        texts = []
        for message in found:
            for part in message["parts"]:
                texts.append(part.get("text") or part.get("prompt", ""))
        return texts


Desks = Callable[..., Process]


@pytest.fixture
def now() -> Clock:
    return Clock()


@pytest.fixture
def desks(
    store: MongoStore,
    bus: RedisBus,
    limits: RedisLimits,
    now: Clock,
    io_loop: IOLoop,
    open_store: Callable[..., MongoStore],
) -> Desks:
    """`desks(**policy)`: a further process."""

    units = Units(store)

    async def seed() -> None:
        await units.put(UNITS, by="test")
        await units.refresh()

    io_loop.run_sync(seed)
    first = [store]

    def make(**policy: object) -> Process:
        own = first.pop() if first else open_store()
        return Process(own, bus, limits, now, units=units, policy=Policy(**policy))  # type: ignore[arg-type]

    return make
