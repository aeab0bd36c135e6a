"""Figures over HTTP: who sees which, and the tickets behind them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tornado.ioloop import IOLoop

from gateway.core.figures import Figures, Summing
from gateway.core.knowledge import Ledger
from gateway.core.tickets import moves
from gateway.core.tickets.workdays import BEIJING, Calendar
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisLocks
from gateway.web.desk import figures as figures_api
from gateway.web.desk.figures import FigureReport
from gateway.web.desk.tickets import TicketPage
from tests.core.conftest import Now
from tests.core.tickets.conftest import Desks, desks, person
from tests.web.desk.site import Program, Site

__all__ = ["desks"]
LEADER = person("leader", "agent", "shift_leader")


@pytest.fixture
def now() -> Now:
    return Now(datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING).astimezone(UTC))


@pytest.fixture
def numbers() -> list[str]:
    """Of the tickets filed, in order: one at the water office, a confidential one at the police."""
    return []


@pytest.fixture
def summing(store: MongoStore, locks: RedisLocks, now: Now) -> Summing:
    return Summing(store, locks, now, Calendar())


@pytest.fixture
def site(
    open_site: Callable[..., Site], desks: Desks, summing: Summing, now: Now, numbers: list[str], io_loop: IOLoop
) -> Site:
    process = desks()

    async def work() -> None:
        for unit, secret in (("water", False), ("police", True)):
            numbers.append((await process.file(confidential=secret)).id)
            await process.desk.move(LEADER, numbers[-1], moves.Dispatch(lead=unit))
        now.move(60)
        assert await summing.sweep()

    io_loop.run_sync(work)
    figures = Figures(process.store, process.desk.sight, process.units, now)
    return open_site(also=lambda access: figures_api.routes(access, process.desk, figures))


async def report(program: Program, query: str = "") -> FigureReport:
    answer = await program.call("GET", f"/figures{query}")
    assert answer.status == 200, answer.body
    return FigureReport.model_validate(answer.body)


def dispatched(one: FigureReport) -> float | None:
    return next(figure.amount.value for figure in one.figures if figure.name == "dispatched")


@pytest.mark.gen_test(timeout=30)
async def test_the_hotline_sees_all_and_a_unit_its_own(site: Site, numbers: list[str]) -> None:
    leader, sun = await site.program("shift_leader"), await site.program("supervisor")
    for program in (leader, sun):
        told = await report(program)
        assert dispatched(told) == 2
        assert [row.key for row in told.rows] == ["water"]
        assert len(told.hours) == 24
        assert told.summed_at is not None
    for unit, count in (("water", 1), ("police", 0), ("urban", 0)):
        head = await site.program("unit_head", unit=unit, username=f"head.{unit}")
        told = await report(head, "?period=month&by=kind")
        assert dispatched(told) == count
        assert [row.key for row in told.rows] == ["complaint"] * count
        assert {figure.group for figure in told.figures} == {"knowledge", "tickets"}
        behind = await head.call("GET", "/figures/tickets?fact=dispatched")
        assert [ticket["number"] for ticket in behind.body["tickets"]] == numbers[:count]


@pytest.mark.gen_test(timeout=30)
async def test_others_see_none(site: Site) -> None:
    clerk = await site.program("unit_clerk", unit="water")
    for program in (await site.program("agent"), clerk, await site.program("administrator")):
        for path in ("/figures", "/figures/tickets?fact=filed", "/figures/entries?fact=lapsed"):
            assert (await program.call("GET", path)).code == "forbidden"
    assert (await site.call("GET", "/figures")).code == "unauthorized"


@pytest.mark.gen_test(timeout=30)
async def test_each_ticket_figure_opens(site: Site, numbers: list[str]) -> None:
    leader = await site.program("shift_leader")
    opened = [figure for figure in (await report(leader)).figures if figure.opens and figure.group != "knowledge"]
    assert {figure.group for figure in opened} == {"tickets"}
    for figure in opened:
        answer = await leader.call("GET", f"/figures/tickets?fact={figure.opens}")
        found = TicketPage.model_validate(answer.body)
        counted = figure.amount.value if figure.measured == "count" else 0
        assert len(found.tickets) == counted, figure.name
    first = await leader.call("GET", "/figures/tickets?fact=filed&limit=1")
    second = await leader.call("GET", f"/figures/tickets?fact=filed&limit=1&before={first.body['next']}")
    assert [page.body["tickets"][0]["number"] for page in (first, second)] == numbers[::-1]
    assert second.body["next"] is None
    narrowed = await leader.call("GET", "/figures/tickets?fact=dispatched&unit=water&kind=complaint&channel=phone")
    assert [ticket["number"] for ticket in narrowed.body["tickets"]] == numbers[:1]


@pytest.mark.gen_test(timeout=30)
async def test_the_upkeep_of_knowledge_opens_into_its_entries(
    site: Site, store: MongoStore, now: Now, summing: Summing
) -> None:
    knowledge = Ledger(store, now)
    for id in ("one:2", "one:1"):
        about = {"id": id, "question": f"{id}？", "answer": "答", "unit": "市水务局", "valid_until": "2026-03-02"}
        await knowledge.save(about, by="editor")
    now.move(86_400)
    assert await summing.sweep()
    leader = await site.program("shift_leader")
    [figure] = [figure for figure in (await report(leader)).figures if figure.group == "knowledge"]
    assert (figure.amount.value, figure.amount.of, figure.opens, figure.misses) == (0, 2, "renewed", "lapsed")
    first = await leader.call("GET", "/figures/entries?fact=lapsed&unit=water&limit=1")
    second = await leader.call("GET", f"/figures/entries?fact=lapsed&limit=1&before={first.body['next']}")
    assert [page.body["entries"][0]["id"] for page in (first, second)] == ["one:2", "one:1"]
    assert second.body["next"] is None
    [told] = first.body["entries"]
    assert (told["state"], told["valid_until"]) == ("expired", "2026-03-02")
    assert (await leader.call("GET", "/figures/entries?fact=renewed")).body["entries"] == []


@pytest.mark.gen_test(timeout=30)
@pytest.mark.parametrize(
    "query",
    [
        "?period=year",
        "?on=yesterday",
        "?by=agent",
        "?on=2026-13-01",
        "?on=0001-01-01",
        "?period=month&on=9999-12-31",
        "/tickets",
        "/tickets?fact=made_up",
        "/tickets?fact=lapsed",
        "/entries",
        "/entries?fact=filed",
        "/entries?fact=lapsed&before=x",
        "/entries?fact=lapsed&kind=complaint",
        "/tickets?fact=filed&before=x",
        "/tickets?fact=filed&before=2026030209",
        "/tickets?fact=filed&limit=0",
    ],
)
async def test_what_cannot_be_read_is_refused(site: Site, query: str) -> None:
    leader = await site.program("shift_leader")
    answer = await leader.call("GET", f"/figures{query}")
    assert answer.status in (400, 422)
    assert answer.code == "invalid"
