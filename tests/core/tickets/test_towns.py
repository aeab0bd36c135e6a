"""Which town or park a matter is in, and that a ticket knows it once it is filed: by the sample units' names."""

from __future__ import annotations

from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from bot.contract import Decision, Filing, Memory
from channels.contract import Address
from gateway.core.model import Message, Sender
from gateway.core.tickets.ledger import Matter
from gateway.core.tickets.ledger import Person as Caller
from gateway.core.tickets.model import Place
from gateway.core.tickets.towns import Towns, Whereabouts
from gateway.core.units import Units, read
from gateway.storage.mongo import MongoStore
from tests.core.tickets.conftest import Desks, person

SAMPLE = Path(__file__).parents[3] / "config" / "seed" / "units.jsonl"


@pytest.fixture
def units(store: MongoStore, io_loop: IOLoop) -> Units:
    units = Units(store)

    async def put() -> None:
        await units.put(read(SAMPLE.read_text("utf-8"))[0].values(), by="test")

    io_loop.run_sync(put)
    return units


def test_words_tell_the_town_when_they_name_one_and_nothing_else(units: Units) -> None:
    towns = Towns(units)
    for label, matter, town in (
        ("虎门镇大宁社区", "路灯三天不亮", "town-humen"),
        ("长安", "路灯三天不亮", "town-changan"),
        ("桥头", "路灯三天不亮", "town-qiaotou"),
        ("育华路12号", "厚街镇的路灯三天不亮", "town-houjie"),
        ("", "松山湖的公交太少", "park-songshanhu"),
        ("虎门", "我是长安人，在这里上班被欠薪", "town-humen"),
        ("上元村", "茶山上元村的垃圾没人清", "town-chashan"),
        ("桥头", "在企石，路灯三天不亮", "town-qiaotou"),
        ("村口桥头", "桥头镇的路灯三天不亮", "town-qiaotou"),
        # nothing, or not one thing
        ("育华路", "路灯三天不亮", None),
        ("", "", None),
        ("上元村", "垃圾没人清", None),
        ("", "从虎门坐车到长安要两个小时", None),
        ("东城路", "路灯不亮", None),
        ("村口桥头", "有积水", None),
        ("", "校长安排学生去工厂", None),
        ("", "买了一辆长安汽车，变速箱坏了", None),
    ):
        assert towns.find(Place(label=label), matter).town == town, (label, matter)
        assert towns.located(Place(label=label), matter) == Place(label=label, unit=town)


def test_a_village_of_two_towns_may_be_in_either(units: Units) -> None:
    found = Towns(units).find(Place(label="上元村"), "垃圾没人清")
    assert sorted(found.units) == ["town-chashan", "town-qingxi"]
    assert (found.words, found.sure, found.town) == ("上元村", False, None)


def test_a_town_that_was_told_stays(units: Units) -> None:
    towns = Towns(units)
    told = Place(label="虎门", unit="town-changan")
    assert towns.located(told, "在虎门") == told
    assert towns.find(told, "在虎门") == Whereabouts(("town-changan",), "虎门", sure=True)
    for unit in ("police", "nobody"):
        assert towns.find(told.model_copy(update={"unit": unit}), "").town == "town-humen", "no town is of that name"


@pytest.mark.gen_test
async def test_names_follow_the_units(units: Units) -> None:
    towns = Towns(units)
    assert towns.find(Place(label="奇想新村"), "").town is None
    humen = units.known("town-humen")
    await units.put([humen.model_copy(update={"territory": (*humen.territory, "奇想新村")})], by="test")
    assert towns.find(Place(label="奇想新村"), "").town == "town-humen"
    await units.put([units.known("town-humen").model_copy(update={"active": False})], by="test")
    assert towns.find(Place(label="奇想新村"), "").town is None


@pytest.mark.gen_test
async def test_what_the_bot_and_the_desk_file_knows_its_town(desks: Desks) -> None:
    process = desks()
    by_phone = await process.file(place=Place(label="虎门镇大宁"))
    assert by_phone.place.unit == "humen"
    caller = person("alice", "agent")
    matter = Matter(kind="complaint", matter="太平的路灯三天不亮")
    by_desk, _ = await process.desk.file(caller, matter, Caller())
    assert (by_desk.place.label, by_desk.place.unit) == ("", "humen")
    identity = await process.conversations.open(Address(channel="web", account="site", external_id="v-town"))
    conversation = await process.conversations.get(identity.conversation_id)
    assert conversation is not None
    name = await process.ledger.name()
    filing = Filing(name, kind="help", matter="路灯三天不亮", place="虎门")
    at, sender = process.now(), Sender(kind="citizen")
    said = Message(
        id="web:1", identity=identity.id, direction="in", sender=sender, parts=(), sent_at=at, accepted_at=at
    )
    (effect,) = process.counter.effects(Decision("filed", Memory(), file=filing), conversation, said)
    assert effect.document["place"]["unit"] == "humen"
    elsewhere = await process.file(place=Place(label="育华路"))
    assert elsewhere.place.unit is None
    (event,) = await process.ledger.events(by_phone)
    assert '"unit":"humen"' in event.changes, "the log tells it, too"
