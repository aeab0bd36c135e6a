"""Who is told what on their sockets: what became of an answer, who watches its conversation; which alarms stand; which
tickets changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import pytest
from tornado.ioloop import IOLoop

from channels.contract import Address, Capabilities, Media, PermanentChannelError, Report, Unreachable, Voice
from gateway.core.alarms.standing import Alarms
from gateway.core.media import MediaKeeper
from gateway.core.tickets.model import Assignment, Ticket
from gateway.core.tickets.sight import Sight
from gateway.core.units import Unit, Units
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisLimits
from gateway.web.desk import alarms as alarms_api
from gateway.web.desk import socket
from gateway.web.desk.hub import DeskHub
from gateway.web.desk.telling import Telling
from tests.core.conftest import Now, inbound, new_process
from tests.core.delivering import Platform, Process
from tests.core.delivery.conftest import join
from tests.core.handoff.conftest import channels, office, person
from tests.web.desk.live import PHONE, Live
from tests.web.desk.site import Site

__all__ = ["channels", "new_process", "office"]  # fixtures

WATER = Unit(id="water", name="市水务局", short="市水务局", kind="department")
ROADS = Unit(id="roads", name="市公路局", short="市公路局", kind="department")


@pytest.fixture
def live(
    office: Callable[..., Any],
    open_site: Callable[..., Site],
    open_store: Callable[..., MongoStore],
    redis_connection: RedisConnection,
    bus: RedisBus,
    now: Now,
    io_loop: IOLoop,
) -> Iterator[Live]:
    async def open_() -> tuple[Live, asyncio.Task[None]]:
        desks, hub, sms = await office(), DeskHub(), Platform()
        units = Units(desks.store)
        await units.put([WATER, ROADS], by="test")
        await units.refresh()
        sight = Sight(units)
        alarms = Alarms(desks.store, bus, now, desk=desks.desk, sight=sight)
        telling = Telling(hub, desks.desk, alarms, store=desks.store, sight=sight)
        site = open_site(
            also=lambda access: [
                *socket.routes(access, desks.desk, hub, alarms),
                *alarms_api.routes(access, alarms),
            ]
        )
        platforms = {"sms": sms, "wechat": Platform("wechat", Capabilities(max_text_bytes=2048, merges=True))}
        process = Process(open_store(), bus, RedisLimits(redis_connection), now, platforms)
        opened = Live(desks, site, hub, telling, alarms, process, sms)
        feeding = asyncio.get_running_loop().create_task(opened.feed(bus))
        await bus.listening()
        return opened, feeding

    opened, feeding = io_loop.run_sync(open_)
    yield opened
    feeding.cancel()


@pytest.mark.gen_test
async def test_it_is_told_as_the_thread_has_it_to_those_who_watch(live: Live) -> None:
    lin, zhao = await live.site.program("agent", username="lin"), await live.site.program("shift_leader")
    async with live.page(lin) as page, live.page(zhao) as leaders, live.page(zhao) as elsewhere:
        id, last = await live.taken("lin")
        for one in (page, leaders):
            await one.watch(id)
        live.sms.script["乙"] = [PermanentChannelError("filtered", code="30007")]
        sent, refused = [await live.answer("lin", id, text) for text in "甲乙"]
        await live.process.deliver()
        assert await live.process.reports.report(Report(sent.id, await live.provider_id(sent), "delivered"))
        for one in (page, leaders):
            frames = [await one.until("delivery") for _ in range(3)]
            assert [(frame["seq"], frame["delivery"]["state"]) for frame in frames] == [
                (last + 1, "sent"),
                (last + 2, "failed"),
                (last + 1, "delivered"),
            ]
            for message, frame in ((refused, frames[1]), (sent, frames[2])):
                shown = await live.shown(message)
                assert frame == {
                    "type": "delivery",
                    "conversation_id": id,
                    "message_id": shown["id"],
                    **{name: shown[name] for name in ("seq", "version", "delivery")},
                }
        assert await elsewhere.told() == []


@pytest.mark.gen_test
async def test_of_what_the_bot_said_nothing_is_told(live: Live) -> None:
    lin = await live.site.program("agent", username="lin")
    async with live.page(lin) as page:
        conversation = await live.office.writes(PHONE, "你好")
        await page.watch(conversation.id, conversation.seq)
        id, _ = await live.taken("lin")
        assert len(live.sms.taken) >= 2
        answer = await live.answer("lin", id, "甲")
        await live.process.deliver()
        assert (await page.until("delivery"))["message_id"] == answer.id


@pytest.mark.gen_test
async def test_that_another_conversation_used_of_its_answers_is_told(live: Live) -> None:
    lin, follower = await live.site.program("agent", username="lin"), PHONE.model_copy(update={"channel": "wechat"})
    conversation = await live.office.writes(follower, "人工")
    await join(live.process, PHONE, follower)
    async with live.page(lin) as page:
        await page.watch(conversation.id)
        live.sms.script["甲"] = [Unreachable("no phone there", code="30006")]
        await live.process.post(PHONE, "甲")
        await live.process.deliver()
        assert await page.until("allowance") == {"type": "allowance", "conversation_id": conversation.id}


@pytest.mark.gen_test
async def test_it_comes_after_the_message_though_the_bus_lost_that(live: Live) -> None:
    lin = await live.site.program("agent", username="lin")
    async with live.page(lin) as page:
        id, last = await live.taken("lin")
        await page.watch(id)
        live.deaf.add("conversation")
        await live.answer("lin", id, "甲")
        await live.process.deliver()
        told = [await page.until("message", "delivery") for _ in range(2)]
        assert [frame["type"] for frame in told] == ["message", "delivery"]
        assert told[0]["message"]["seq"] == told[1]["seq"] == last + 1
        assert told[1]["version"] >= told[0]["message"]["version"]


@pytest.mark.gen_test
async def test_a_message_comes_again_when_its_file_is_kept(live: Live, bus: RedisBus, now: Now) -> None:
    lin = await live.site.program("agent", username="lin")
    async with live.page(lin) as page:
        id, last = await live.taken("lin")
        await page.watch(id, last)
        message = inbound(PHONE, parts=(Voice(media=Media(url="https://mms.example/voice")),))
        await live.office.intake.accept(message)
        await live.office.intake.drain()
        first = (await page.until("message"))["message"]
        assert first["parts"][0]["media"]["blob_id"] is None
        assert await MediaKeeper(live.office.store, bus, {"sms": live.sms}, now).sweep() == 1
        again = (await page.until("message"))["message"]
        assert (again["id"], again["seq"]) == (first["id"], first["seq"])
        assert again["version"] > first["version"]
        assert again["parts"][0]["media"]["blob_id"]


@pytest.mark.gen_test
async def test_who_comes_back_is_told_from_before_what_was_not_settled(live: Live) -> None:
    lin = await live.site.program("agent", username="lin")
    id, last = await live.taken("lin")
    sent = await live.answer("lin", id, "甲")
    live.deaf.add("outcome")
    async with live.page(lin) as page:
        await page.watch(id)
        await live.process.deliver()
    async with live.page(lin) as page:
        await page.watch(id, last)
        assert (await page.until("message"))["message"] == await live.shown(sent)


@pytest.mark.gen_test
async def test_a_note_is_told_to_who_has_the_conversation_wherever_they_are(live: Live) -> None:
    lin, zhao = await live.site.program("agent", username="lin"), await live.site.program("shift_leader")
    wang = await live.site.program("agent", username="wang")
    async with live.page(lin) as page, live.page(zhao) as leaders, live.page(wang) as others:
        id, _ = await live.taken("lin")
        leader = person(zhao.username)
        await live.office.desk.note(leader, id, "先问清楚是哪一栋", client_id="n1")
        told = await page.until("mention")
        assert (told["note"]["text"], told["note"]["author"]) == ("先问清楚是哪一栋", zhao.username)
        # one's own is no news, and who has it and is mentioned hears it once
        await live.office.desk.note(person("lin"), id, "问过了", client_id="n2", mentions=[zhao.username])
        assert (await leaders.until("mention"))["note"]["text"] == "问过了"
        await live.office.desk.note(leader, id, "好", client_id="n3", mentions=["lin", "wang"])
        assert (await page.until("mention"))["note"]["text"] == "好"
        assert (await others.until("mention"))["note"]["text"] == "好"
        await live.office.desk.note(leader, id, "再看看", client_id="n4")
        assert (await page.until("mention"))["note"]["text"] == "再看看"


@pytest.mark.gen_test
async def test_what_reached_nobody_is_told_to_who_said_it_and_who_has_the_conversation(live: Live) -> None:
    lin, wang = [await live.site.program("agent", username=username) for username in ("lin", "wang")]
    async with live.page(lin) as page, live.page(wang) as theirs:
        id, last = await live.taken("lin")
        live.sms.script["乙"] = [PermanentChannelError("filtered", code="30007")]
        for text in "甲乙":
            await live.answer("lin", id, text)
        await live.office.desk.assign(person("lin"), id, person("wang"))
        await live.process.deliver()
        for one in (page, theirs):
            told = await one.until("undelivered")
            assert told.pop("row")["owner"]["id"] == "wang"
            assert told.pop("id").startswith(f"{id}:lin:")
            assert told == {"type": "undelivered", "conversation_id": id, "seq": last + 2, "by": "lin"}


@pytest.mark.gen_test
async def test_who_was_away_is_told_of_notes_until_they_have_looked(live: Live) -> None:
    lin, wang = [await live.site.program("agent", username=username) for username in ("lin", "wang")]
    clerk = await live.site.program("unit_clerk", username="clerk", unit="water")
    sun = await live.site.program("supervisor", username="sun")
    id, _ = await live.taken("lin")
    names = ["wang", "clerk", "sun"]
    note = await live.office.desk.note(person("zhao"), id, "先问清楚是哪一栋", client_id="n1", mentions=names)
    own = await live.office.desk.note(person("lin"), id, "问过了", client_id="n2", mentions=["wang"])
    async with live.page(lin) as page, live.page(lin) as other, live.page(wang) as theirs:
        for one, ids in ((page, {note.id}), (other, {note.id}), (theirs, {note.id, own.id})):
            marks = (await one.until("marks"))["marks"]
            assert {(mark["id"], mark["kind"], mark["row"]["id"]) for mark in marks} == {(n, "note", id) for n in ids}
        await page.say(type="looked", ids=[note.id])
        for one in (page, other):
            assert (await one.until("looked"))["ids"] == [note.id]
        assert await theirs.told("looked") == []
        # said once more, as a page does that had no answer, it is no news
        again = await live.office.desk.note(person("zhao"), id, "先问清楚是哪一栋", client_id="n1", mentions=names)
        assert again == note
    for who, count in ((lin, 0), (wang, 2)):
        async with live.page(who) as page:
            assert len((await page.until("marks"))["marks"]) == count
    async with live.page(clerk) as page, live.page(sun) as leaders:
        assert (await page.until("marks"))["marks"] == []
        await live.office.desk.note(person("zhao"), id, "再看看", client_id="n3", mentions=names)
        async with live.page(wang) as theirs:
            assert len((await theirs.until("marks"))["marks"]) == 3
        assert await page.told("mention") == await leaders.told("marks", "mention") == []


@pytest.mark.gen_test
async def test_who_was_away_is_told_what_reached_nobody_unless_it_did_later(live: Live) -> None:
    lin, wang = [await live.site.program("agent", username=username) for username in ("lin", "wang")]
    id, _ = await live.taken("lin")
    live.sms.script["乙"] = [PermanentChannelError("filtered", code="30007")]
    _, failed = [await live.answer("lin", id, text) for text in "甲乙"]
    await live.office.desk.assign(person("lin"), id, person("wang"))
    await live.process.deliver()
    for who in (lin, wang):
        async with live.page(who) as page:
            (mark,) = (await page.until("marks"))["marks"]
            assert (mark["id"], mark["kind"], mark["row"]["id"]) == (failed.id, "undelivered", id)
    await live.site.letters.retry(failed.id, by="wang", reason="再试一次")
    async with live.page(lin) as page:
        assert (await page.until("marks"))["marks"] == []
        await page.say(type="looked", ids=[])
        assert (await page.until("error", "looked"))["code"] == "invalid"


@pytest.mark.gen_test
async def test_what_was_done_with_their_conversation_is_marked_too(live: Live) -> None:
    lin, zhao = await live.site.program("agent", username="lin"), person("zhao", "shift_leader")
    id, _ = await live.taken("lin")
    other = await live.office.writes(Address(channel="sms", account="AC1", external_id="+8613900000000"), "人工")
    await live.office.desk.merge(zhao, id, other.id)
    async with live.page(lin) as page:
        marks = (await page.until("marks"))["marks"]
        assert {mark["row"]["id"] for mark in marks} == {id, other.id}


@pytest.mark.gen_test
async def test_who_connects_later_is_told_which_alarms_stand_until_somebody_sees_to_them(live: Live, now: Now) -> None:
    lin, zhao = await live.site.program("agent", username="lin"), await live.site.program("shift_leader")
    async with live.page(lin) as before:
        assert before.welcome["alarms"] == []
        conversation = await live.office.writes(PHONE, "家里燃气泄漏，味道很大")
        alarm = await before.until("alarm")
        about = {"id": alarm["id"], "conversation_id": conversation.id, "kind": "fire", "at": alarm["at"]}
        assert alarm == {"type": "alarm", **about}
        async with live.page(zhao) as later, live.page(lin) as again:
            assert later.welcome["alarms"] == again.welcome["alarms"] == [about]
            now.move(60)
            seen = await zhao.call("POST", "/alarms/see_to", {"id": alarm["id"]})
            assert (seen.status, seen.body["seen_to_by"]) == (200, zhao.username)
            for page in (before, later, again):
                told = await page.until("alarms")
                assert told["alarms"] == []
                assert told["seen_to"] == {
                    **about,
                    "seen_to_by": zhao.username,
                    "seen_to_name": seen.body["seen_to_name"],
                    "seen_to_at": now().isoformat(),
                }
    async with live.page(lin) as page:
        assert page.welcome["alarms"] == []
    late = await lin.call("POST", "/alarms/see_to", {"id": alarm["id"]})
    assert late.body == seen.body, "who was first"


@pytest.mark.gen_test
async def test_what_nobody_takes_for_a_minute_is_told_once_more_to_who_leads_and_to_nobody_else(
    live: Live, now: Now
) -> None:
    lin, zhao = await live.site.program("agent", username="lin"), await live.site.program("shift_leader")
    async with live.page(lin) as page, live.page(zhao) as leaders:
        await live.office.writes(PHONE, "家里燃气泄漏，味道很大")
        first = await leaders.until("alarm")
        assert await page.until("alarm") == first
        assert "escalated_at" not in first
        now.move(60)
        await live.alarms.escalate()
        assert await leaders.until("alarm") == {**first, "escalated_at": now().isoformat()}
        async with live.page(lin) as again, live.page(zhao) as later:
            assert ["escalated_at" in one.welcome["alarms"][0] for one in (again, later)] == [False, True]
        await zhao.call("POST", "/alarms/see_to", {"id": first["id"]})
        over = await page.until("alarm", "alarms")
        assert (over["type"], over["alarms"]) == ("alarms", [])
        assert "escalated_at" not in over["seen_to"]


@pytest.mark.gen_test
async def test_an_alarm_there_is_not_or_that_is_not_theirs(live: Live) -> None:
    lin = await live.site.program("agent", username="lin")
    clerk = await live.site.program("unit_clerk", unit="water")
    await live.office.writes(PHONE, "家里燃气泄漏，味道很大")
    async with live.page(lin) as page, live.page(clerk) as theirs:
        (alarm,) = page.welcome["alarms"]
        assert theirs.welcome["alarms"] == []
        for who, id in ((lin, "alarm:none"), (clerk, alarm["id"])):
            refused = await who.call("POST", "/alarms/see_to", {"id": id})
            assert (refused.status, refused.code) == (404, "not_found")
        assert (await lin.call("POST", "/alarms/see_to", {"id": ""})).status == 400
    assert [one.id for one in live.alarms.standing(person("lin"))] == [alarm["id"]]


def ticket(number: str, now: Now, **about: Any) -> Ticket:
    """With the water department."""
    lead = Assignment(unit="water", role="lead", at=now(), sign_due=now(), due=now())
    told = {"kind": "report", "state": "dispatched", "title": "水压低", "matter": "六楼水压低", "via": "phone"}
    return Ticket(
        id=number, number=number, filed_by="lin", code="-", filed_at=now(), assignments=(lead,), **(told | about)
    )


@pytest.mark.gen_test
async def test_that_a_ticket_changed_is_told_to_who_may_know_of_it(live: Live, bus: RedisBus, now: Now) -> None:
    programs = [await live.site.program("unit_clerk", username=f"of-{unit}", unit=unit) for unit in ("water", "roads")]
    lin = await live.site.program("agent", username="lin")
    number, secret = "DG202603020000016", "DG202603020000023"
    for one in (ticket(number, now), ticket(secret, now, confidential=True)):
        await live.office.store.insert("tickets", one.document())
    async with live.page(programs[0]) as theirs, live.page(programs[1]) as others, live.page(lin) as agents:
        for changed in (number, secret, number):
            await bus.publish("ticket", {"number": changed, "seq": 1, "unit": "water"})
        told = [await theirs.until("ticket") for _ in range(2)]
        assert told == [{"type": "ticket", "number": id, "seq": 0, "state": "dispatched"} for id in (number, secret)]
        assert (await agents.until("ticket"))["number"] == number
        assert await agents.told("ticket") == []
        assert await others.told("ticket") == []
    await asyncio.gather(*live.changed)


@pytest.mark.gen_test
async def test_who_only_has_lists_of_tickets_is_told_of_those_and_of_nothing_else(
    live: Live, bus: RedisBus, now: Now
) -> None:
    sun = await live.site.program("supervisor", username="sun")
    number = "DG202603020000016"
    await live.office.store.insert("tickets", ticket(number, now, confidential=True, accused=("roads",)).document())
    id, _ = await live.taken("lin")
    async with live.page(sun) as page:
        assert (page.welcome["rows"], page.welcome["agent"], page.welcome["me"]["leads"]) == ([], None, False)
        for said in ({"type": "watch"}, {"type": "read", "seq": 1}, {"type": "typing"}):
            await page.say(conversation_id=id, **said)
            assert (await page.until("error", "watched"))["code"] == "forbidden"
        # what waits, whom they are named to, danger in a conversation and danger on a ticket they may see
        await live.office.desk.note(person("lin"), id, "市民说在家", client_id="n1", mentions=["sun"])
        await live.office.writes(Address(channel="sms", account="AC1", external_id="+8613900000000"), "着火了，快来人")
        await bus.publish("alarm", {"id": "alarm:t", "ticket": number, "kind": "fire", "at": now().isoformat()})
        await bus.publish("ticket", {"number": number, "seq": 1, "unit": "water"})
        assert (await page.until())["type"] == "ticket"
        lin = await live.site.program("agent", username="lin")
        async with live.page(lin) as agents:
            alarm = agents.welcome["alarms"][0]
            assert (await sun.call("POST", "/alarms/see_to", {"id": alarm["id"]})).status == 403
            await lin.call("POST", "/alarms/see_to", {"id": alarm["id"]})
            await agents.until("alarms")
        assert await page.told("rows", "alarm", "alarms", "mention", "undelivered", "watched") == []
        assert page.welcome["alarms"] == []
    assert live.office.agents.is_here("lin")
    assert not live.office.agents.is_here("sun")
    assert "sun" not in {agent.id for agent in live.office.agents.all()}


@pytest.mark.gen_test
async def test_whose_pages_have_no_live_lists_does_not_connect(live: Live) -> None:
    for role in ("knowledge_editor", "administrator"):
        who = await live.site.program(role)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with live.page(who):
                pass
        assert refused.value.status == 403


@pytest.mark.gen_test
async def test_who_answers_no_more_is_told_no_more(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "BEAT_EVERY", 0.05)
    zhao = await live.site.program("shift_leader", username="zhao")
    id, _ = await live.taken("lin")
    async with live.page(zhao) as page:
        await page.watch(id)
        await live.site.people.accounts.change("zhao", by="root", roles=("supervisor",))
        assert await page.closed() == 1012
    async with live.page(zhao) as page:
        assert page.welcome["rows"] == []
