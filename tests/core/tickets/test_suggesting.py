"""Which unit is suggested: from duties at first, then from what became of tickets; in every process the same."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest
from tornado.ioloop import IOLoop

from bot.dispatching import FORMAT, Classifier
from gateway.commands import tickets as command
from gateway.core.tickets import moves, teaching
from gateway.core.tickets.model import Actor, Place, Ticket
from gateway.core.tickets.suggesting import Suggesting, Suggestion, Town
from gateway.core.units import Unit, Units
from gateway.storage.redis import RedisLocks
from tests.core.tickets.conftest import AGENT, Clock, Desks, Process

LEADER = Actor(kind="staff", id="leader")
KNOWN = (
    Unit(
        id="water", name="市水务局", short="市水务局", kind="department", duties=("自来水停水", "水管爆裂", "水费太高")
    ),
    Unit(
        id="urban", name="市城市管理和综合执法局", short="市城管局", kind="department", duties=("路灯不亮", "占道经营")
    ),
    Unit(id="police", name="市公安局", short="市公安局", kind="department", duties=("打架斗殴", "深夜唱歌扰民")),
    Unit(id="humen", name="虎门镇人民政府", short="虎门镇", kind="town", duties=("村务公开", "邻里矛盾调解")),
    Unit(id="changan", name="长安镇人民政府", short="长安镇", kind="town", territory=("新民村",)),
    Unit(id="changping", name="常平镇人民政府", short="常平镇", kind="town", territory=("新民村",)),
)
STREETS = [f"{first}{second}路" for first in "育人民中华光" for second in "兴和新东西"]


class Office:
    """A process and what it suggests."""

    def __init__(self, process: Process, suggesting: Suggesting) -> None:
        self.process = process
        self.suggesting = suggesting

    async def suggest(self, ticket: Ticket) -> Suggestion:
        return await self.suggesting.suggest(await self.process.ledger.get(ticket.id))

    async def first(self, matter: str, **about: object) -> str:
        suggestion = await self.suggest(await self.process.file(matter, **about))
        return suggestion.units[0].unit

    async def deal_with(self, ticket: Ticket, unit: str) -> None:
        """Dispatched, signed, replied."""
        await self.process.ledger.move(ticket.id, moves.Dispatch(lead=unit), AGENT)
        await self.process.ledger.move(ticket.id, moves.Sign(), clerk(unit))
        await self.process.ledger.move(ticket.id, moves.Reply(text="处理好了"), clerk(unit))

    async def send_back(self, ticket: Ticket, unit: str) -> None:
        await self.process.ledger.move(ticket.id, moves.Dispatch(lead=unit), AGENT)
        await self.process.ledger.move(ticket.id, moves.AskReturn(reason="不归我们管"), clerk(unit))
        await self.process.ledger.move(ticket.id, moves.DecideReturn(grant=True, reason="属实"), LEADER)

    async def train(self) -> None:
        assert await command.train(self.process.store, None, self.process.now()) == 0
        await self.suggesting.refresh()


Offices = Callable[..., Office]


def clerk(unit: str) -> Actor:
    return Actor(kind="staff", id=f"clerk-{unit}", unit=unit)


@pytest.fixture
def offices(desks: Desks, locks: RedisLocks, now: Clock, io_loop: IOLoop) -> Offices:
    """`offices()`: a further process, with the units that all of them read or its own; they have duties."""
    shared = desks().units
    io_loop.run_sync(lambda: shared.put(KNOWN, by="test"))

    def make(units: Units = shared) -> Office:
        process = desks()
        return Office(process, Suggesting(process.store, units, process.towns, locks, now))

    return make


@pytest.fixture
def office(offices: Offices) -> Office:
    return offices()


async def in_force(office: Office) -> teaching.Model:
    model = await teaching.in_force(office.process.store)
    assert model is not None
    return model


async def close(units: Units, *ids: str) -> None:
    await units.put([units.known(id).model_copy(update={"active": False}) for id in ids], by="test")


def confidences(suggestion: Suggestion) -> dict[str, float]:
    return {one.unit: one.confidence for one in suggestion.units}


# -- at first -------------------------------------------------------------------------------------------------------


@pytest.mark.gen_test
async def test_a_fresh_house_suggests_by_duties_and_is_not_sure(office: Office) -> None:
    ticket = await office.process.file("育华路的自来水停了三天")
    assert await office.suggest(ticket) == Suggestion((), "", None, ())
    assert await office.suggesting.refresh()
    (first, *others) = (await office.suggest(ticket)).units
    assert (first.unit, first.name) == ("water", "市水务局")
    assert 0 < first.confidence < 0.9
    assert len(others) <= 2
    assert not await office.suggesting.refresh(), "it is known"


@pytest.mark.gen_test
async def test_processes_that_start_together_make_one_model_and_all_have_it(offices: Offices) -> None:
    several = [offices() for _ in range(4)]
    for _ in range(20):
        await asyncio.gather(*(office.suggesting.refresh() for office in several))
    assert (await in_force(several[0])).version == 1
    ticket = await several[0].process.file("路灯不亮")
    said = [await office.suggest(ticket) for office in several]
    assert said[0].units[0].unit == "urban"
    assert said == [said[0]] * 4


@pytest.mark.gen_test
async def test_the_first_model_follows_the_units_until_tickets_have_taught_it(office: Office) -> None:
    await office.suggesting.refresh()
    gas = Unit(id="gas", name="市燃气集团", short="燃气集团", kind="department", duties=("燃气泄漏", "天然气停气"))
    await office.process.units.put([gas], by="test")
    assert await office.suggesting.refresh()
    assert await office.first("楼下燃气泄漏") == "gas"
    await office.deal_with(await office.process.file("楼下燃气泄漏，味道很大"), "gas")
    await office.train()
    version = (await in_force(office)).version
    await office.process.units.put([gas.model_copy(update={"duties": ("燃气表走得太快",)})], by="test")
    assert not await office.suggesting.refresh()
    assert (await in_force(office)).version == version


@pytest.mark.gen_test
async def test_a_process_that_has_not_read_the_units_yet_does_not_undo_what_another_made(offices: Offices) -> None:
    quick = offices()
    late = Units(quick.process.store)
    await late.refresh()
    slow = offices(late)
    await quick.suggesting.refresh()
    gas = Unit(id="gas", name="市燃气集团", short="燃气集团", kind="department", duties=("燃气泄漏", "天然气停气"))
    await quick.process.units.put([gas], by="test")
    for _ in range(3):
        await quick.suggesting.refresh()
        await slow.suggesting.refresh()
    assert (await in_force(quick)).version == 2
    assert (await slow.suggest(await quick.process.file("楼下燃气泄漏"))).units[0].unit == "gas"


@pytest.mark.gen_test
async def test_without_units_there_is_nothing_to_make(office: Office) -> None:
    units = office.process.units
    await close(units, *(unit.id for unit in units.all()))
    assert not await office.suggesting.refresh()
    assert await teaching.in_force(office.process.store) is None
    assert await office.suggest(await office.process.file("路灯不亮")) == Suggestion((), "", None, ())


# -- what becomes of tickets ----------------------------------------------------------------------------------------


@pytest.mark.gen_test
async def test_the_unit_that_dealt_with_it_in_the_end_is_suggested_next_time(office: Office) -> None:
    """Charging posts: by duties nobody knows, water is tried first and sends each back; urban management keeps them."""
    await office.suggesting.refresh()
    before = confidences(await office.suggest(await office.process.file("小区的充电桩坏了")))
    for street in STREETS[:8]:
        ticket = await office.process.file(f"{street}的充电桩坏了没人修")
        await office.send_back(ticket, "water")
        assert "water" not in confidences(await office.suggest(ticket)), "it has just said that it is not the one"
        await office.deal_with(ticket, "urban")
    await office.train()
    ticket = await office.process.file("小区的充电桩坏了")
    (first, *_) = (await office.suggest(ticket)).units
    assert first.unit == "urban"
    assert first.confidence > before.get("urban", 0.0) + 0.2
    # and back, when practice changes: the later of two habits counts
    for street in STREETS[8:24]:
        other = await office.process.file(f"{street}的充电桩坏了没人修")
        await office.send_back(other, "urban")
        await office.deal_with(other, "police")
    await office.train()
    assert (await office.suggest(ticket)).units[0].unit == "police"


@pytest.mark.gen_test
async def test_another_unit_than_suggested_is_learned(office: Office) -> None:
    """Whoever dispatches corrects the suggestion by choosing another unit; no unit has to send anything back."""
    await office.suggesting.refresh()
    assert await office.first("路灯杆上的摄像头坏了") == "urban"
    for street in STREETS[:10]:
        ticket = await office.process.file(f"{street}路灯杆上的摄像头坏了")
        await office.deal_with(ticket, "police")
    await office.train()
    assert await office.first("路灯杆上的摄像头坏了") == "police"


@pytest.mark.gen_test
async def test_a_ticket_teaches_once_a_unit_has_taken_it_on(office: Office) -> None:
    ledger, units = office.process.ledger, office.process.units
    ticket = await office.process.file("路灯不亮", title="灯")

    async def taught() -> list[tuple[str, str, str]]:
        found = await teaching.of_tickets(office.process.store, units)
        return [(example.text, example.label, example.source) for example in found]

    await ledger.move(ticket.id, moves.Dispatch(lead="water", joint=("police",)), AGENT)
    assert await taught() == [], "it has not signed"
    await ledger.move(ticket.id, moves.Sign(), clerk("water"))
    assert await taught() == [("灯\n路灯不亮", "water", "ticket")]
    await ledger.move(ticket.id, moves.AskReturn(reason="不归我们管"), clerk("water"))
    assert await taught() == [], "it says it is not the one"
    await ledger.move(ticket.id, moves.DecideReturn(grant=True, reason="属实"), LEADER)
    assert await taught() == []
    await ledger.move(ticket.id, moves.Dispatch(lead="urban"), AGENT)
    assert await taught() == []
    await ledger.move(ticket.id, moves.Sign(), clerk("urban"))
    await ledger.move(ticket.id, moves.Reply(text="换好了"), clerk("urban"))
    await ledger.move(ticket.id, moves.Approve(), AGENT)
    assert await taught() == [("灯\n路灯不亮", "urban", "correction")]
    await close(units, "urban-east", "urban")
    assert await taught() == [], "it takes nothing on any more"


@pytest.mark.gen_test
async def test_tickets_are_read_page_by_page_in_the_order_they_were_filed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{street}的路灯不亮" for street in STREETS[:7]]
    for text in texts:
        await office.deal_with(await office.process.file(text), "urban")
    signed = await office.process.file("水管爆了")
    await office.process.ledger.move(signed.id, moves.Dispatch(lead="water"), AGENT)
    await office.process.ledger.move(signed.id, moves.Sign(), clerk("water"))
    monkeypatch.setattr(teaching, "_PAGE", 3)
    store, units = office.process.store, office.process.units
    assert [example.text for example in await teaching.of_tickets(store, units)] == [*texts, "水管爆了"]
    monkeypatch.setattr(teaching, "TICKETS", 4)
    assert [example.text for example in await teaching.of_tickets(store, units)] == [*texts[-3:], "水管爆了"]


# -- by place -------------------------------------------------------------------------------------------------------


@pytest.mark.gen_test
async def test_what_towns_deal_with_is_suggested_to_the_town_it_is_in(office: Office) -> None:
    await office.suggesting.refresh()
    for street in STREETS[:8]:
        ticket = await office.process.file(f"{street}旁边村里的账目没有公开", place=Place(label="虎门"))
        await office.deal_with(ticket, "humen")
    await office.train()
    matter = "村里的账目一直没有公开"
    in_changan = await office.suggest(await office.process.file(matter, place=Place(label="长安镇")))
    assert (in_changan.units[0].unit, in_changan.units[0].name) == ("changan", "长安镇")
    assert (in_changan.place, in_changan.town) == ("长安镇", Town("changan", "长安镇"))
    in_either = await office.suggest(await office.process.file(matter, place=Place(label="新民村")))
    assert in_either.town is None
    assert {town.unit for town in in_either.towns} == {"changan", "changping"}
    nowhere = await office.suggest(await office.process.file(matter))
    assert (nowhere.place, nowhere.town, nowhere.towns) == ("", None, ())
    for suggestion in (in_either, nowhere):
        assert not {"humen", "changan", "changping"} & set(confidences(suggestion)), "nobody knows which"
    by_function = await office.suggest(await office.process.file("自来水停水了", place=Place(label="长安镇")))
    assert by_function.units[0].unit == "water"
    assert by_function.town == Town("changan", "长安镇")


# -- never ----------------------------------------------------------------------------------------------------------


@pytest.mark.gen_test
async def test_units_a_report_is_about_are_never_suggested(office: Office) -> None:
    east = Unit(id="urban-east", name="城管东城分局", short="东城城管", kind="department", parent="urban")
    await office.process.units.put([east.model_copy(update={"duties": ("东城占道经营罚款",)})], by="test")
    await office.suggesting.refresh()
    matter = "虎门镇城管对占道经营乱罚款，路灯不亮也不管"
    openly = await office.suggest(await office.process.file(matter))
    assert {"urban", "urban-east"} <= set(confidences(openly))
    for accused in (("urban",), ("urban", "humen"), ("urban", "water", "police", "humen")):
        report = await office.process.file(matter, kind="report", confidential=True, accused=accused)
        suggestion = await office.suggest(report)
        assert not {*accused, "urban-east"} & set(confidences(suggestion))
        assert "humen" not in accused or (suggestion.town, suggestion.towns) == (None, ())
    only_below = await office.process.file(matter, kind="report", confidential=True, accused=("urban-east",))
    assert "urban" in confidences(await office.suggest(only_below)), "the unit above may look into it"


@pytest.mark.gen_test
async def test_a_unit_that_was_closed_is_not_suggested(office: Office) -> None:
    await office.suggesting.refresh()
    ticket = await office.process.file("路灯不亮")
    assert (await office.suggest(ticket)).units[0].unit == "urban"
    units = office.process.units
    await close(units, "urban-east", "urban")
    assert "urban" not in confidences(await office.suggest(ticket))


# -- when something is wrong ----------------------------------------------------------------------------------------


@pytest.mark.gen_test
async def test_a_model_that_cannot_be_read_leaves_the_former_one(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.suggesting.refresh()
    store = office.process.store
    for blob in (await store.put_blob("classifier", b"spoilt", "application/octet-stream", {}), "nowhere"):
        model = await in_force(office)
        spoilt = model.model_copy(update={"blob_id": blob, "origin": "tickets"})
        assert await store.replace(teaching.CLASSIFIERS, spoilt.document())
        with caplog.at_level(logging.WARNING, "hotline.tickets"):
            assert not await office.suggesting.refresh()
        assert len(caplog.records) == 1
        assert not await office.suggesting.refresh()
        assert len(caplog.records) == 1, "said once"
        caplog.clear()
    assert await office.first("路灯不亮") == "urban"


@pytest.mark.gen_test
async def test_an_older_program_leaves_the_model_of_a_newer_one(office: Office) -> None:
    await office.suggesting.refresh()
    store = office.process.store
    newer = (await in_force(office)).model_copy(update={"format": FORMAT + 1, "units_digest": "another"})
    assert await store.replace(teaching.CLASSIFIERS, newer.document())
    await office.suggesting.refresh()
    assert (await in_force(office)).format == FORMAT + 1
    older = (await in_force(office)).model_copy(update={"format": FORMAT - 1})
    assert await store.replace(teaching.CLASSIFIERS, older.document())
    assert await office.suggesting.refresh()
    assert (await in_force(office)).format == FORMAT


@pytest.mark.gen_test
async def test_the_first_model_never_replaces_one_that_knows_tickets(office: Office) -> None:
    await office.deal_with(await office.process.file("路灯不亮"), "urban")
    await office.train()
    store, units = office.process.store, office.process.units
    trained = await in_force(office)
    assert await teaching.put_in_force(store, Classifier.fit([]), "duties", units, office.process.now()) == trained
    assert await in_force(office) == trained
