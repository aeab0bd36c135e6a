"""One ticket as staff work with it: what each may see of it, and what each may do. Many are in `lists`, counted on the
`board`; the cards units were given in `cards`, and with what else they are held to counted in `holding`.

Every way to a ticket passes `Sight.may_see`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.contract import TicketName
from gateway.core import audit
from gateway.core.errors import Forbidden, Invalid, NotFound
from gateway.core.model import Identity
from gateway.core.people import Person
from gateway.core.people.accounts import ACCOUNTS
from gateway.core.ports import Store
from gateway.core.tickets import machine, moves
from gateway.core.tickets.board import Board
from gateway.core.tickets.cards import Cards
from gateway.core.tickets.holding import Holding
from gateway.core.tickets.ledger import Ledger, Matter
from gateway.core.tickets.ledger import Person as Told
from gateway.core.tickets.lists import Lists
from gateway.core.tickets.model import OPEN, Actor, Reporter, Ticket, TicketEvent
from gateway.core.tickets.moves import STAFF_MOVES, Move, StaffMove
from gateway.core.tickets.search import Search
from gateway.core.tickets.sight import Sight
from gateway.core.units import Units


class Desk:
    def __init__(self, store: Store, ledger: Ledger, search: Search, units: Units, now: Callable[[], datetime]) -> None:
        self._store = store
        self.ledger = ledger
        self.sight = Sight(units)
        self.lists = Lists(store, ledger, search, self.sight, now)
        self.board = Board(store, self.sight, now)
        self.holding = Holding(store, self.sight, now)
        self.cards = Cards(store, self.sight, lambda: ledger.vault)
        self._units = units
        self._now = now

    # -- seeing ---------------------------------------------------------------------------------------------------

    async def get(self, person: Person, number: str) -> Ticket:
        """Raises `NotFound` for what is not there and for what this person may not know of, alike."""
        ticket = await self.ledger.get(number)
        if not self.sight.may_see(person, ticket):
            raise NotFound("没有这张工单", number=number)
        return ticket

    async def look(self, person: Person, number: str) -> Ticket:
        """`get` for somebody who opens it to read: of a confidential one the audit log has every look."""
        ticket = await self.get(person, number)
        if ticket.confidential:
            await self.record(person, "ticket.look", number, "")
        return ticket

    async def several(self, person: Person, numbers: Sequence[str]) -> list[Ticket]:
        """Those of them that are there and that this person may know of, in this order."""
        by_number = {document["_id"]: document for document in await self._store.get_many("tickets", numbers)}
        tickets = [Ticket.of(by_number[number]) for number in numbers if number in by_number]
        return [ticket for ticket in tickets if self.sight.may_see(person, ticket)]

    async def events(self, person: Person, ticket: Ticket, after: int = 0) -> list[TicketEvent]:
        """The log, without what a unit must not read of the hotline's own deliberations."""
        events = await self.ledger.events(ticket, after=after)
        if not person.unit:
            return events
        own = self.sight.own_units(person)
        return [event for event in events if event.move != "note" or event.actor.unit in own]

    async def reporters(self, person: Person, ticket: Ticket) -> list[Reporter]:
        """Who told it. Of a confidential one a unit learns nothing."""
        if ticket.confidential and not self.sight.reads_confidential(person):
            return []
        return await self.ledger.reporters(ticket.id)

    async def conversations(self, person: Person, reporters: Sequence[Reporter]) -> dict[str, str]:
        """Where those who told it wrote, by identity; none for somebody who may not look into every conversation."""
        keys = [reporter.identity for reporter in reporters if reporter.identity]
        if not keys or "conversations.handle" not in person.scopes:
            return {}
        found = map(Identity.of, await self._store.get_many("identities", keys))
        return {identity.id: identity.conversation_id for identity in found}

    async def file(
        self, person: Person, matter: Matter, told: Told, *, client_id: str = ""
    ) -> tuple[Ticket, TicketName]:
        """File for a caller; once for one client_id of this person. Raises `Invalid` for a unit that is not there,
        `Forbidden`."""
        if "tickets.file" not in person.scopes:
            raise Forbidden("您的岗位不能登记工单")
        named = [*matter.accused, *([matter.place.unit] if matter.place.unit else [])]
        unknown = [unit for unit in named if self._units.get(unit) is None]
        if unknown:
            raise Invalid("没有这个单位", units=unknown)
        key = f"staff:{person.username}:{client_id}" if client_id else ""
        return await self.ledger.file(matter, told, self.actor(person), "phone", key=key)

    # -- doing ----------------------------------------------------------------------------------------------------

    def actor(self, person: Person, ticket: Ticket | None = None) -> Actor:
        """The person as the log names them. Whose part they act for: their own unit's, or that of one below it."""
        unit = person.unit
        if ticket is not None and unit is not None and ticket.assignment(unit) is None:
            own = self.sight.own_units(person)
            unit = next((part.unit for part in ticket.assignments if part.unit in own), unit)
        return Actor(kind="staff", id=person.username, name=person.name, unit=unit)

    def possible(self, person: Person, ticket: Ticket) -> list[type[Move]]:
        """What this person may try on this ticket now."""
        actor = self.actor(person, ticket)
        return [
            kind
            for kind in STAFF_MOVES
            if _in_scope(person, kind) and machine.refusal(ticket, kind, actor, self._now(), self.ledger.rules) is None
        ]

    async def move(self, person: Person, number: str, move: StaffMove | moves.Attach) -> Ticket:
        """Raises `NotFound`, `Forbidden`, `Refused`, `Invalid` for a unit, ticket or account that is not there,
        `Conflict`."""
        if not _in_scope(person, type(move)):
            raise Forbidden("您的岗位不能这样做", move=move.move)
        await self._check_particulars(person, number, move)

        def check(ticket: Ticket) -> None:
            if not self.sight.may_see(person, ticket):
                raise NotFound("没有这张工单", number=number)

        actor = self.actor(person, await self.get(person, number))
        return await self.ledger.move(number, move, actor, check=check)

    async def _check_particulars(self, person: Person, number: str, move: StaffMove | moves.Attach) -> None:
        named: list[str] = []
        match move:
            case moves.Dispatch(lead=lead, joint=joint):
                named = [lead, *joint]
            case moves.AddJoint(joint=joint):
                named = [*joint]
            case moves.Mark(accused=accused) if accused:
                named = [*accused]
            case moves.Merge(into=into):
                await self._check_merge(person, number, into)
            case moves.Recuse(person=who):
                # a slip of the pen would leave the ticket with whom it must be kept from
                if await self._store.get(ACCOUNTS, who) is None:
                    raise Invalid("没有这个账号", username=who)
        unknown = [unit for unit in named if self._units.get(unit) is None]
        if unknown:
            raise Invalid("没有这个单位", units=unknown)
        if isinstance(move, moves.Dispatch | moves.AddJoint):
            retired = [unit for unit in named if not self._units.known(unit).active]
            if retired:
                raise Invalid("这个单位已经停用", units=retired)
        ticket = await self.get(person, number)
        if isinstance(move, moves.Dispatch | moves.AddJoint) and set(named) & self.sight.with_below(ticket.accused):
            raise machine.Refused("accused", "举报针对的单位不能办理这张工单")

    async def _check_merge(self, person: Person, number: str, into: str) -> None:
        target = await self.get(person, into)
        source = await self.get(person, number)
        if target.state not in OPEN or target.state == "callback":
            raise machine.Refused("wrong_state", "要并入的工单已经有结果了")
        if target.confidential != source.confidential:
            raise machine.Refused("confidential", "保密的工单只能和保密的并在一起")

    async def reveal(self, person: Person, number: str, reporter_id: str, field: str, reason: str) -> str:
        """A name, phone or ID number in clear, for a reason that is kept in the audit log first."""
        if "personal.reveal" not in person.scopes:
            raise Forbidden("您的岗位不能查看个人信息")
        if len(reason.strip()) < 2:
            raise Invalid("请写明查看的理由")
        ticket = await self.get(person, number)
        reporter = next((one for one in await self.reporters(person, ticket) if one.id == reporter_id), None)
        if reporter is None:
            raise NotFound("没有这个反映人", number=number)
        await self.record(person, f"reveal.{field}", reporter.id, reason)
        fields: Mapping[str, str | None] = {
            "name": reporter.name,
            "phone": reporter.phone,
            "id_number": reporter.id_number,
        }
        return self.ledger.reveal(fields.get(field))

    async def record(self, person: Person, action: str, about: str, reason: str) -> None:
        """Into the audit log."""
        line = audit.entry(self._now(), person.username, action, about, reason)
        await self._store.insert(audit.AUDIT, line)


def _in_scope(person: Person, kind: type[Move]) -> bool:
    return bool(set(kind.scope.split("|")) & person.scopes)
