"""Fixtures of the webhooks' tests, over the real stores.

offices    makes processes: tickets that tell webhooks, and what sends it, with a clock that stands still
receivers  makes other systems: real HTTP servers
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from gateway.core.ports import Store
from gateway.core.tickets import moves
from gateway.core.tickets.ledger import Ledger, Matter, Person
from gateway.core.tickets.model import Actor, Place, Ticket
from gateway.core.tickets.rules import Policy as TicketPolicy
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.search import Search
from gateway.core.tickets.workdays import Calendar
from gateway.core.vault import Key, Vault
from gateway.core.webhooks import EVENT_TYPES, DeliveryLog, Policy, Sender, Webhook, WebhookDelivery, Webhooks
from gateway.core.webhooks.addresses import Network
from gateway.core.webhooks.model import DELIVERIES
from gateway.posting import Poster
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus
from tests.core.tickets.conftest import Clock
from tests.receiver import Receiver

LOOPBACK = ip_network("127.0.0.0/8")
AGENT = Actor(kind="staff", id="agent1")
WORDS, NAME, PHONE, NOTE = "育华路的路灯三天不亮", "陈大文", "13800138000", "市民情绪激动"
_numbers = itertools.count(1)


class Office:
    """One process: tickets, and the webhooks they are told to."""

    def __init__(
        self,
        store: Store,
        bus: RedisBus,
        now: Clock,
        *,
        policy: Policy,
        networks: Sequence[Network],
        timeout: float,
        chance: Callable[[], float],
    ) -> None:
        self.store = store
        self.now = now
        vault = Vault([Key("1", b"k" * 32)])
        self.webhooks = Webhooks(store, bus, now, vault=vault, policy=policy, networks=networks)
        self.ledger = Ledger(
            store,
            bus,
            now,
            vault=vault,
            search=Search(store),
            rules=Rules(Calendar(), TicketPolicy()),
            unit_name=str,
            digits=lambda count: f"{next(_numbers):0{count}d}",
            outlet=self.webhooks.outlet,
        )
        self.poster = Poster(networks, timeout=timeout)
        self.sender = Sender(store, self.webhooks, self.ledger, self.poster, now, policy=policy, chance=chance)
        self.log = DeliveryLog(store, self.webhooks, now, policy)

    async def subscribe(self, receiver: Receiver, **about: Any) -> Webhook:
        """With all types of events; the receiver knows the secret."""
        given = {"name": "市民门户", "url": receiver.url, "types": EVENT_TYPES, "by": "root", **about}
        webhook, receiver.secret = await self.webhooks.add(**given)
        return webhook

    async def file(self, **about: Any) -> Ticket:
        given = {"kind": "complaint", "matter": WORDS, "place": Place(label="育华路"), **about}
        ticket, _ = await self.ledger.file(Matter(**given), Person(name=NAME, phone=PHONE), AGENT, "phone")
        return ticket

    async def dispatched(self, **about: Any) -> Ticket:
        ticket = await self.file(**about)
        return await self.ledger.move(ticket.id, moves.Dispatch(lead="water", note=NOTE), AGENT)

    async def send(self) -> None:
        """All that is due, to the end."""
        await self.sender.sweep(patience=15.0)

    async def rows(self, webhook: Webhook) -> list[WebhookDelivery]:
        """The log as it is stored, the first event first."""
        found = await self.store.find(DELIVERIES, {"webhook": webhook.id}, sort=[("place", 1)], limit=500)
        return [WebhookDelivery.of(document) for document in found]


Offices = Callable[..., Office]
Receivers = Callable[..., Receiver]


@pytest.fixture
def now() -> Clock:
    return Clock()


@pytest.fixture
def offices(open_store: Callable[..., MongoStore], bus: RedisBus, now: Clock, io_loop: IOLoop) -> Iterator[Offices]:
    """`offices(**policy)`: a further process on the same stores. networks, timeout, chance: as they are passed on."""
    opened: list[Office] = []

    def make(
        *,
        networks: Sequence[Network] = (LOOPBACK,),
        timeout: float = 5.0,
        chance: Callable[[], float] = lambda: 1.0,
        **policy: float,
    ) -> Office:
        opened.append(
            Office(
                open_store(),
                bus,
                now,
                policy=Policy(**policy),
                networks=networks,
                timeout=timeout,
                chance=chance,
            )
        )
        return opened[-1]

    yield make
    for office in opened:
        io_loop.run_sync(office.poster.close)


@pytest.fixture
def receivers(io_loop: IOLoop) -> Iterator[Receivers]:
    opened: list[Receiver] = []

    def make(*acts: str) -> Receiver:
        opened.append(Receiver(*acts))
        return opened[-1]

    yield make
    for receiver in opened:
        io_loop.run_sync(receiver.close)
