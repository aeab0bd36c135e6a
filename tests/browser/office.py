"""The hotline's desk and a unit's, for tickets filed on the pages: what people do there, beside the gateway."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.core.people import Person, Role, scopes_of
from gateway.core.tickets import moves
from gateway.core.tickets.attachments import Attachments, File
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.ledger import Ledger
from gateway.core.tickets.model import Ticket
from gateway.core.tickets.operators_calendar import OperatorsCalendar
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.search import Search
from gateway.core.tickets.workdays import Calendar
from gateway.core.units import Units
from gateway.core.vault import Vault, derived
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection

UNIT = "urban-management"  # of the sample units


def _person(name: str, *roles: Role, unit: str | None = None) -> Person:
    return Person(username=name, name=name, roles=roles, unit=unit, scopes=scopes_of(roles))


_AGENT, _CLERK = _person("agent", "agent", "shift_leader"), _person("clerk", "unit_clerk", unit=UNIT)


@dataclass(frozen=True, slots=True)
class Office:
    """stores: (mongo_url, redis_url) of a running gateway."""

    stores: tuple[str, str]

    def take_up(self, number: str) -> None:
        """Dispatch it; the unit signs."""

        async def work(desk: Desk) -> None:
            await desk.move(_AGENT, number, moves.Dispatch(lead=UNIT))
            await desk.move(_CLERK, number, moves.Sign())

        self._run(work)

    def answer(self, number: str, text: str) -> None:
        """The unit replies, the hotline passes it on."""

        async def work(desk: Desk) -> None:
            await desk.move(_CLERK, number, moves.Reply(text=text))
            await desk.move(_AGENT, number, moves.Approve())

        self._run(work)

    def attach(self, number: str, file: File) -> None:
        """What no form takes."""

        async def work(desk: Desk) -> None:
            store = MongoStore(self.stores[0], "hotline")
            await Attachments(store, desk, _now).add(_AGENT, number, file, public=True)
            await store.close()

        self._run(work)

    def ticket(self, number: str) -> Ticket:
        return self._run(lambda desk: desk.get(_AGENT, number))

    def _run(self, work: Callable[[Desk], Coroutine[Any, Any, Any]]) -> Any:
        """On a thread of its own, since Playwright's loop runs on this one."""
        outcome: list[Any] = []

        def run() -> None:
            outcome.append(asyncio.run(self._work(work)))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(20)
        assert outcome, "the desk did not do it"
        return outcome[0]

    async def _work(self, work: Callable[[Desk], Coroutine[Any, Any, Any]]) -> Any:
        mongo_url, redis_url = self.stores
        store, redis = MongoStore(mongo_url, "hotline"), RedisConnection(redis_url, "hotline:")
        units, search, calendar = Units(store), Search(store), Calendar()
        try:
            await units.refresh()
            await OperatorsCalendar(store, calendar).refresh()
            ledger = Ledger(
                store,
                RedisBus(redis),
                _now,
                vault=Vault((derived(b"nothing sealed is opened here"),)),
                search=search,
                rules=Rules(calendar),
                unit_name=units.short,
                digits=lambda count: "0" * count,
            )
            return await work(Desk(store, ledger, search, units, _now))
        finally:
            await redis.close()
            await store.close()


def _now() -> datetime:
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
