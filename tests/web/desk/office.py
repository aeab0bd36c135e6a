"""A hotline's office over HTTP: its units, its people, and tickets on their way between them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy

from gateway.core.audit import AuditLog
from gateway.core.people import Person, Role, scopes_of
from gateway.core.tickets.attachments import Attachments
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.exports import Exports
from gateway.core.tickets.ledger import Ledger, Matter
from gateway.core.tickets.ledger import Person as Caller
from gateway.core.tickets.model import Actor, Place, Ticket
from gateway.core.tickets.moves import StaffMove
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.search import Search
from gateway.core.tickets.workdays import Calendar
from gateway.core.units import Unit, Units
from gateway.core.vault import Key, Vault
from gateway.playing import Player
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus
from gateway.web.desk import attachments, audit, exports, oversight, tickets
from tests.core.conftest import Now
from tests.web.desk.site import DESK, Program, Site

UNITS = (
    Unit(id="bureau", name="奇想市建设局", short="建设局", kind="department"),
    Unit(id="water", name="奇想市水务局", short="水务局", kind="department", parent="bureau"),
    Unit(id="water-east", name="奇想市水务局东城所", short="东城水务", kind="department", parent="water"),
    Unit(id="lights", name="奇想市路灯管理所", short="路灯所", kind="department"),
)
AGENT = Actor(kind="staff", id="agent.x")


def person(username: str, *roles: Role, unit: str | None = None) -> Person:
    return Person(username, username, roles, unit, scopes_of(roles))


LEADER = person("leader", "shift_leader")
SUPERVISOR = person("sun", "supervisor")
LIGHTS = person("lights.head", "unit_clerk", "unit_head", unit="lights")
WATER = person("water.head", "unit_clerk", "unit_head", unit="water")


@dataclass(frozen=True)
class Raw:
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


@dataclass
class Office:
    """desk, ledger: for what a test takes for granted; what it is about goes over HTTP."""

    site: Site
    store: MongoStore
    now: Now
    units: Units
    desk: Desk
    ledger: Ledger

    @classmethod
    async def open(cls, open_site: Callable[..., Site], store: MongoStore, bus: RedisBus, now: Now) -> Office:
        units = Units(store, now)
        await units.put(UNITS, by="test")
        await units.refresh()
        search, vault, codes = Search(store), Vault([Key("1", b"k" * 32)]), itertools.count(100_000)
        ledger = Ledger(
            store,
            bus,
            now,
            vault=vault,
            search=search,
            rules=Rules(Calendar()),
            unit_name=units.short,
            digits=lambda _: str(next(codes)),
        )
        desk = Desk(store, ledger, search, units, now)
        taken = Exports(store, ledger, desk.lists, units, now)
        site = open_site(
            also=lambda access: [
                *tickets.routes(access, desk),
                *oversight.routes(access, desk),
                *exports.routes(access, taken),
                *attachments.routes(access, desk, Attachments(store, desk, now), Player()),
                *audit.routes(access, AuditLog(store, lambda: vault)),
            ]
        )
        return cls(site, store, now, units, desk, ledger)

    async def file(self, matter: str = "育华路的路灯三天不亮", via: str = "phone", **about: Any) -> Ticket:
        given = {"kind": "complaint", "place": Place(label="育华路"), **about}
        caller = Caller(name=given.pop("name", "陈先生"), phone=given.pop("phone", "13800138000"))
        ticket, _ = await self.ledger.file(Matter(matter=matter, **given), caller, AGENT, via)
        return ticket

    async def move(self, by: Person, number: str, *moves: StaffMove) -> Ticket:
        for move in moves:
            ticket = await self.desk.move(by, number, move)
        return ticket

    async def raw(self, caller: Program, method: str, path: str, data: BytesIO | None = None, **headers: str) -> Raw:
        """As it is on the wire."""
        given = {"Authorization": f"Bearer {caller.token}", **headers}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as http,
            http.request(method, self.site.url + DESK + path, data=data, headers=given) as answer,
        ):
            return Raw(answer.status, answer.headers, await answer.read())

    async def numbers(self, caller: Program, path: str) -> list[str]:
        """The tickets a list shows on all its pages, in their order."""
        found: list[str] = []
        more: str | None = ""
        joint = "&" if "?" in path else "?"
        while more is not None:
            answer = await caller.call("GET", f"{path}{joint}{'after' if '/work' in path else 'before'}={more}")
            assert answer.status == 200, answer.body
            found += [ticket["number"] for ticket in answer.body["tickets"]]
            more = answer.body["next"]
            assert more is None or "DG20" not in more
        return found
