"""Cards and appeals over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.tickets import moves
from gateway.core.tickets.model import Ticket
from gateway.core.units import Unit
from gateway.web.desk.oversight import CardList, HeldCounts
from tests.web.desk.office import LEADER, LIGHTS, SUPERVISOR, WATER, Office
from tests.web.desk.site import Program

REASON = "因为是这样"


async def carded(office: Office, unit: str, colour: Any = "yellow", **about: Any) -> Ticket:
    ticket = await office.file(**about)
    await office.move(LEADER, ticket.id, moves.Dispatch(lead=unit))
    ticket = await office.move(SUPERVISOR, ticket.id, moves.GiveCard(colour=colour, reason=REASON))
    office.now.move(1)
    return ticket


async def listed(caller: Program, path: str) -> list[str]:
    """The tickets of the cards on all pages, in their order."""
    found: list[str] = []
    more: str | None = ""
    while more is not None:
        answer = await caller.call("GET", f"{path}{'&' if '?' in path else '?'}before={more}")
        page = CardList.model_validate(answer.body)
        found += [card.ticket for card in page.cards]
        more = page.next
    return found


@pytest.mark.gen_test(timeout=60)
async def test_cards_by_unit_colour_month_and_appeal(office: Office) -> None:
    one = await carded(office, "lights")
    two = await carded(office, "water", "red")
    three = await carded(office, "lights", "red")
    await office.move(LIGHTS, three.id, moves.Appeal(card=three.cards[0].id, reason="当天停电"))
    office.now.move(10 * 24 * 3600)
    december = await carded(office, "water")
    supervisor = await office.site.program("supervisor")
    lights = await office.site.program("unit_clerk", unit="lights")
    bureau = await office.site.program("unit_head", unit="bureau")
    for asked, found in {
        "/cards?limit=2": [december, three, two, one],
        "/cards?unit=lights": [three, one],
        "/cards?unit=bureau&limit=1": [december, two],
        "/cards?colour=red": [three, two],
        "/cards?colour=red&unit=water": [two],
        "/cards?month=2026-11&limit=1": [three, two, one],
        "/cards?month=2026-12": [december],
        "/cards?appealed=true": [three],
        "/cards?appealed=false&limit=1": [december, two, one],
        "/appeals": [three],
    }.items():
        assert await listed(supervisor, asked) == [ticket.id for ticket in found], asked
    assert await listed(lights, "/cards") == [three.id, one.id]
    assert await listed(bureau, "/cards?limit=1") == [december.id, two.id]
    assert await listed(lights, "/cards?unit=water") == []
    card = CardList.model_validate((await lights.call("GET", "/cards?appealed=true")).body).cards[0]
    assert (card.colour, card.cause, card.unit, card.stands) == ("red", "supervisor", "lights", True)
    assert card.appeal is not None
    assert (card.appeal.state, card.appeal.reason) == ("asked", "当天停电")
    for wrong in ("month=2026-13", "month=11", "colour=green", "limit=0", "appealed=perhaps"):
        assert (await supervisor.call("GET", f"/cards?{wrong}")).status == 400
    assert (await supervisor.call("GET", "/cards?before=there")).code == "invalid"
    for role in ("agent", "administrator"):
        nobody = await office.site.program(role)  # type: ignore[arg-type]
        for path in ("/cards", "/appeals"):
            assert (await nobody.call("GET", path)).code == "forbidden"


@pytest.mark.gen_test(timeout=60)
async def test_appeals_to_be_decided_come_first_and_the_longest_waiting_at_the_top(office: Office) -> None:
    tickets = [await carded(office, unit) for unit in ("lights", "water", "lights", "water", "lights")]
    for ticket in tickets:
        who = LIGHTS if ticket.unit == "lights" else WATER
        await office.move(who, ticket.id, moves.Appeal(card=ticket.cards[0].id, reason=REASON))
        office.now.move(60)
    for ticket, grant in ((tickets[1], True), (tickets[2], False)):
        decided = moves.DecideAppeal(card=ticket.cards[0].id, grant=grant, reason=REASON)
        await office.move(SUPERVISOR, ticket.id, decided)
    supervisor = await office.site.program("supervisor")
    order = [tickets[place].id for place in (0, 3, 4, 2, 1)]
    for limit in (1, 2, 3, 50):
        assert await listed(supervisor, f"/appeals?limit={limit}") == order
    water = await office.site.program("unit_clerk", unit="water")
    assert await listed(water, "/appeals?limit=1") == [tickets[3].id, tickets[1].id]
    assert await listed(supervisor, "/appeals?unit=lights") == [tickets[place].id for place in (0, 4, 2)]
    page = CardList.model_validate((await supervisor.call("GET", "/appeals")).body)
    assert [card.stands for card in page.cards] == [True, True, True, True, False]


@pytest.mark.gen_test(timeout=60)
async def test_a_unit_keeps_its_cards_when_the_ticket_goes_elsewhere(office: Office) -> None:
    ticket = await carded(office, "lights")
    await office.move(LIGHTS, ticket.id, moves.AskReturn(reason="不归我们管"))
    await office.move(LEADER, ticket.id, moves.DecideReturn(grant=True, reason="属实"), moves.Dispatch(lead="water"))
    lights = await office.site.program("unit_clerk", unit="lights")
    water = await office.site.program("unit_clerk", username="water.x", unit="water")
    assert await listed(lights, "/cards") == [ticket.id]
    assert await listed(water, "/cards") == [], "it was not theirs"
    await office.move(LEADER, ticket.id, moves.Mark(confidential=True, reason=REASON))
    assert await listed(lights, "/cards") == []


async def held(office: Office, caller: Program, unit: str = "") -> tuple[str, ...]:
    answer = await caller.call("GET", f"/held?unit={unit}")
    counts = HeldCounts.model_validate(answer.body)
    shown = (counts.overdue, counts.supervised, counts.cards, counts.appeals)
    return tuple(f"{one.number}{'+' if one.more else ''}" for one in shown)


@pytest.mark.gen_test(timeout=60)
async def test_what_units_are_held_to_is_counted_as_it_is_listed(office: Office) -> None:
    supervisor = await office.site.program("supervisor")
    assert await held(office, supervisor) == ("0", "0", "0", "0")
    water, lights = await carded(office, "water"), await carded(office, "lights")
    joint = await office.file()
    await office.move(LEADER, joint.id, moves.Dispatch(lead="lights", joint=("water",)))
    await office.move(SUPERVISOR, water.id, moves.Supervise(reason=REASON))
    await office.move(WATER, water.id, moves.Appeal(card=water.cards[0].id, reason=REASON))
    assert await held(office, supervisor) == ("0", "1", "2", "1")
    assert await held(office, supervisor, "bureau") == ("0", "1", "1", "1")
    assert await held(office, supervisor, "lights") == ("0", "0", "1", "0")
    await office.move(SUPERVISOR, water.id, moves.DecideAppeal(card=water.cards[0].id, grant=True, reason=REASON))
    # supervision lasts though the matter is closed
    await office.move(WATER, water.id, moves.Sign(), moves.Reply(text="修好了"))
    rated = moves.CallBack(reached=True, solved=True, verdict="satisfied")
    await office.move(LEADER, water.id, moves.Approve(), rated)
    office.now.move(8 * 24 * 3600)
    supervisor = await office.site.program("supervisor", username="sun.y")
    for unit, found in {"": "2120", "lights": "2010", "water": "1110", "bureau": "1110"}.items():
        assert await held(office, supervisor, unit) == tuple(found)
        lists = (
            f"/tickets?overdue=true&unit={unit}",
            f"/tickets?supervised=true&state=all&unit={unit}",
        )
        assert [len(await office.numbers(supervisor, path)) for path in lists] == [int(one) for one in found[:2]]
        assert len(await listed(supervisor, f"/cards?unit={unit}")) == int(found[2])
    # whoever must not handle one does not find it in a count
    await office.move(LEADER, lights.id, moves.Recuse(person="sun.y", reason=REASON))
    assert await held(office, supervisor) == ("1", "1", "1", "0")
    await office.move(LEADER, joint.id, moves.Mark(confidential=True, reason=REASON))
    assert await held(office, supervisor) == ("1", "1", "1", "0")
    assert (await supervisor.call("GET", "/held?unit=X")).status == 400


@pytest.mark.gen_test(timeout=120)
async def test_of_a_hundred_it_is_said_that_there_are_more(office: Office) -> None:
    ticket = await carded(office, "lights")
    supervisor = await office.site.program("supervisor")
    row = await office.store.get("cards", ticket.cards[0].id)
    assert row is not None
    for count, shown in ((98, "99"), (1, "99+"), (150, "99+")):
        cards = [row | {"_id": f"{row['_id']}:{count}:{n}", "card": f"{row['card']}:{count}:{n}"} for n in range(count)]
        assert all(await office.store.insert_many("cards", cards))
        assert (await held(office, supervisor))[2] == shown


@pytest.mark.gen_test(timeout=60)
async def test_all_that_one_of_many_units_has_is_counted(office: Office) -> None:
    ticket = await office.file()
    await office.move(LEADER, ticket.id, moves.Dispatch(lead="water"))
    office.now.move(8 * 24 * 3600)
    row = await office.store.get("assignments", f"{ticket.id}:water")
    assert row is not None
    late = [row | {"_id": f"{ticket.id}{n}:water", "ticket": f"{ticket.id}{n}"} for n in range(44)]
    assert all(await office.store.insert_many("assignments", late))
    offices = [
        Unit(id=f"water-{n}", name=f"水务局第{n}所", short=f"第{n}所", kind="department", parent="water")
        for n in range(12)
    ]
    await office.units.put(offices, by="test")
    await office.units.refresh()
    supervisor = await office.site.program("supervisor")
    assert (await held(office, supervisor, "bureau"))[0] == "45"
