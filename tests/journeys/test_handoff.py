"""A person takes over: shared out over the socket, answered, noted, passed on, closed; a cut line misses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from tornado.ioloop import IOLoop

from tests.journeys.conftest import PICTURE
from tests.journeys.test_desk_api import People, Staff, office, people
from tests.journeys.test_tickets import Visitor
from tests.running import RunningGateway

__all__ = ["office", "people"]  # fixtures

pytestmark = pytest.mark.timeout(180)


class Page:
    """A desk open in a browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.frames: list[dict[str, Any]] = []

    async def until(self, **wanted: Any) -> dict[str, Any]:
        """The next frame with these values."""
        async with asyncio.timeout(20):
            while True:
                frame = await self._socket.receive_json()
                self.frames.append(frame)
                if all(frame.get(name) == value for name, value in wanted.items()):
                    return dict(frame)

    async def row(self, conversation_id: str, **owner: Any) -> dict[str, Any]:
        """A conversation as the page has it once its owner is like this."""
        while True:
            frame = await self.until(type="rows")
            for row in frame["rows"]:
                if row["id"] == conversation_id and all(row["owner"][name] == value for name, value in owner.items()):
                    return dict(row)

    async def says(self, **frame: Any) -> None:
        await self._socket.send_json(frame)


@asynccontextmanager
async def desk(staff: Staff, http: aiohttp.ClientSession, url: str) -> AsyncIterator[Page]:
    async with http.ws_connect(f"{url}/ws/desk", headers=staff._headers) as socket:
        page = Page(socket)
        await page.until(type="welcome")
        yield page


@pytest.fixture
def citizen(office: RunningGateway, http: aiohttp.ClientSession, io_loop: IOLoop) -> Visitor:
    return io_loop.run_sync(Visitor(http, office.url).start)


async def writes(visitor: Visitor, text: str) -> None:
    writes.count += 1  # type: ignore[attr-defined]
    body = {"client_id": f"journey-{writes.count:04}", "text": text}  # type: ignore[attr-defined]
    status, said = await visitor.call("POST", "/messages", body)
    assert status in (200, 201, 202), said


writes.count = 0  # type: ignore[attr-defined]


async def hears(visitor: Visitor) -> list[str]:
    _, thread = await visitor.call("GET", "/messages")
    return [part["text"] for message in thread["messages"] for part in message["parts"] if part["type"] == "text"]


async def waiting(page: Page, staff: Staff) -> str:
    """The one conversation in the queue."""
    for _ in range(100):
        _, found = await staff.call("GET", "/conversations?list=waiting")
        if found["conversations"]:
            return str(found["conversations"][0]["id"])
        await asyncio.sleep(0.1)
    raise AssertionError("nobody waits")


@pytest.mark.gen_test(timeout=120)
async def test_taken_over_answered_and_closed(
    people: People, office: RunningGateway, http: aiohttp.ClientSession, citizen: Visitor
) -> None:
    alice, leader = people["alice"], people["leader"]
    async with desk(alice, http, office.url) as page:
        await writes(citizen, "转人工")
        id = await waiting(page, alice)
        status, _ = await alice.call("PUT", "/agents/me", {"state": "available"})
        assert status == 200
        row = await page.row(id, kind="agent", id="alice")
        assert (row["waiting_since"] is not None, row["latest"]["text"]) == (True, "转人工")
        await page.says(type="watch", conversation_id=id, after=row["seq"])
        await page.until(type="watched")
        await writes(citizen, "育华路12号门口的路灯坏了三天")
        heard = await page.until(type="message")
        assert heard["message"]["parts"][0]["text"] == "育华路12号门口的路灯坏了三天"

        status, helping = await alice.call("GET", f"/conversations/{id}/suggestions")
        assert (status, helping["question"]) == (200, "育华路12号门口的路灯坏了三天")
        answer = {"client_id": "alice-0001", "text": "您好，我马上登记。"}
        status, said = await alice.call("POST", f"/conversations/{id}/messages", answer)
        assert (status, said["sender"]["id"], said["client_id"]) == (201, "alice", "alice-0001")
        assert (await alice.call("POST", f"/conversations/{id}/messages", answer))[1]["id"] == said["id"]
        assert (await page.until(type="message"))["message"]["id"] == said["id"]
        note = {"client_id": "alice-0002", "text": "他住在12号", "mentions": ["leader"]}
        assert (await alice.call("POST", f"/conversations/{id}/notes", note))[0] == 201
        assert (await page.until(type="note"))["note"]["text"] == "他住在12号"
        said_to_citizen = await hears(citizen)
        assert said_to_citizen.count("您好，我马上登记。") == 1
        assert "他住在12号" not in str(said_to_citizen)

        status, draft = await alice.call("GET", f"/conversations/{id}/ticket")
        assert (status, draft["matter"]) == (200, "育华路12号门口的路灯坏了三天")
        assert "育华路12号" in draft["place"]["label"]
        filing = {"kind": draft["kind"], "matter": draft["matter"], "happened": "", "place": draft["place"]}
        status, filed = await alice.call("POST", f"/conversations/{id}/ticket", filing)
        assert (status, len(filed["code"])) == (201, 6), filed
        status, one = await alice.call("GET", f"/conversations/{id}")
        assert [ticket["number"] for ticket in one["citizen"]["tickets"]] == [filed["number"]]
        assert [handoff["to"] for handoff in one["citizen"]["handoffs"]] == ["agent", "queue"]
        await writes(citizen, "路口的垃圾桶也满了")
        assert (await alice.call("GET", f"/conversations/{id}/ticket"))[1]["matter"] == "路口的垃圾桶也满了"

        status, _ = await leader.call("POST", f"/conversations/{id}/moves", {"move": "assign", "to": "leader"})
        assert status == 200
        await page.row(id, id="leader")
        status, refused = await alice.call(
            "POST", f"/conversations/{id}/messages", {"client_id": "alice-0003", "text": "还有吗"}
        )
        assert (status, refused["error"]["details"]["reason"]) == (409, "not_yours")
        closing = {"move": "close", "category": "路灯"}
        assert (await leader.call("POST", f"/conversations/{id}/moves", closing))[0] == 200
    told = [text for text in await hears(citizen) if text.startswith("这次就先到这里")]
    assert len(told) == 1, "whoever writes on knows that the bot answers"
    await writes(citizen, "菜单")
    assert (await alice.call("GET", f"/conversations/{id}"))[1]["conversation"]["owner"]["kind"] == "bot"
    await alice.call("PUT", "/agents/me", {"state": "away"})


@pytest.mark.gen_test(timeout=120)
async def test_what_the_citizen_sent_goes_with_the_ticket(
    people: People, office: RunningGateway, http: aiohttp.ClientSession, citizen: Visitor
) -> None:
    alice = people["alice"]
    form = aiohttp.FormData()
    form.add_field("file", PICTURE, filename="lamp.png", content_type="image/png")
    async with http.post(f"{office.url}/api/v1/uploads", data=form, headers=citizen._headers) as uploaded:
        blob_id = (await uploaded.json())["media"]["blob_id"]
    async with desk(alice, http, office.url) as page:
        parts = [{"type": "image", "media": {"blob_id": blob_id}}]
        assert (await citizen.call("POST", "/messages", {"client_id": "sent-0001", "parts": parts}))[0] == 202
        await writes(citizen, "育华路12号门口的路灯坏了三天")
        await writes(citizen, "我姓张，电话13912345678")
        await writes(citizen, "转人工")
        id = await waiting(page, alice)

    shown = f"{office.url}/api/v1/desk/conversations/{id}/files/{blob_id}"
    async with http.get(shown, headers=alice._headers) as answer:
        assert (answer.status, await answer.read()) == (200, PICTURE)
    async with http.get(f"{shown}/played", headers=alice._headers) as answer:
        assert (answer.status, (await answer.json())["error"]["details"]) == (422, {"reason": "kind"})
    status, draft = await alice.call("GET", f"/conversations/{id}/ticket")
    assert (status, draft["matter"]) == (200, "育华路12号门口的路灯坏了三天")
    assert (draft["name"], draft["phone"], draft["known_phone"]) == ("张", "+8613912345678", "")
    (sent,) = draft["sent"]
    assert sent["content"]["media"]["name"] == "lamp.png"
    chosen = {"message": sent["message"], "part": sent["part"]}
    filing = {"kind": "help", "matter": draft["matter"], "name": draft["name"], "phone": draft["phone"]}
    for wrong in ({**chosen, "part": 1}, {**chosen, "message": "web:web:somebody"}):
        status, refused = await alice.call("POST", f"/conversations/{id}/ticket", {**filing, "sent": [wrong]})
        assert (status, refused["error"]["message"]) == (422, "市民没有发过这个附件")
    status, filed = await alice.call("POST", f"/conversations/{id}/ticket", {**filing, "sent": [chosen]})
    assert status == 201, filed
    _, listed = await alice.call("GET", f"/tickets/{filed['number']}/attachments")
    (attached,) = listed["attachments"]
    url = f"{office.url}/api/v1/desk/tickets/{filed['number']}/attachments/{attached['id']}"
    async with http.get(url, headers=alice._headers) as answer:
        assert (answer.status, await answer.read()) == (200, PICTURE)
    # whoever may look into conversations finds the way back to it, nobody else
    for who, wrote in (("alice", id), ("sun", None)):
        _, told = await people[who].call("GET", f"/tickets/{filed['number']}/reporters")
        assert [one["conversation_id"] for one in told["reporters"]] == [wrote]
    for move in ("take", "back_to_bot"):
        assert (await alice.call("POST", f"/conversations/{id}/moves", {"move": move}))[0] == 200


@pytest.mark.gen_test(timeout=120)
async def test_a_cut_line_misses_nothing_and_tells_nothing_twice(
    people: People, office: RunningGateway, http: aiohttp.ClientSession, citizen: Visitor
) -> None:
    alice = people["alice"]
    async with desk(alice, http, office.url) as page:
        await writes(citizen, "转人工")
        id = await waiting(page, alice)
        assert (await alice.call("POST", f"/conversations/{id}/moves", {"move": "take"}))[0] == 200
        await page.says(type="watch", conversation_id=id, after=0)
        last = 0
        while last < 2:
            last = (await page.until(type="message"))["message"]["seq"]
    for text in ("一", "二", "三"):
        await writes(citizen, text)
    async with desk(alice, http, office.url) as page:
        await page.says(type="watch", conversation_id=id, after=last)
        await writes(citizen, "四")
        texts = [(await page.until(type="message"))["message"]["parts"][0]["text"] for _ in range(4)]
        assert texts == ["一", "二", "三", "四"]
    assert (await alice.call("POST", f"/conversations/{id}/moves", {"move": "back_to_bot"}))[0] == 200


@pytest.mark.gen_test(timeout=120)
async def test_of_two_who_take_it_one_has_it(people: People, citizen: Visitor, office: RunningGateway) -> None:
    alice, leader = people["alice"], people["leader"]
    await writes(citizen, "转人工")
    id = await waiting(Page(None), alice)  # type: ignore[arg-type]
    both = await asyncio.gather(
        *(staff.call("POST", f"/conversations/{id}/moves", {"move": "take"}) for staff in (alice, leader))
    )
    assert sorted(status for status, _ in both) == [200, 409]
    await leader.call("POST", f"/conversations/{id}/moves", {"move": "back_to_bot"})


@pytest.mark.gen_test(timeout=120)
async def test_two_conversations_are_worked_as_one_over_the_api(
    people: People, office: RunningGateway, http: aiohttp.ClientSession
) -> None:
    alice, leader = people["alice"], people["leader"]
    ids: list[str] = []
    for count in range(1, 4):
        await writes(await Visitor(http, office.url).start(), "转人工")
        while len(ids) < count:
            _, found = await leader.call("GET", "/conversations?list=waiting")
            ids += [one["id"] for one in found["conversations"] if one["id"] not in ids]
    first, second, others = ids

    async def moved(staff: Staff, id: str, move: str, **particulars: str) -> tuple[int, Any]:
        return await staff.call("POST", f"/conversations/{id}/moves", {"move": move, **particulars})

    status, refused = await moved(alice, first, "merge", other=second)
    assert (status, refused["error"]["details"]["reason"]) == (409, "not_yours")
    await moved(alice, first, "take")
    await moved(leader, others, "take")
    status, refused = await moved(alice, first, "merge", other=others)
    assert (status, refused["error"]["details"]["reason"], refused["error"]["details"]["owner"]) == (
        409,
        "taken",
        "leader",
    )
    assert (await moved(alice, first, "merge", other=first))[0] == 409
    assert (await moved(alice, first, "merge", other=f"{first[:-4]}0000"))[0] == 404
    status, row = await moved(alice, first, "merge", other=second)
    assert (status, row["id"], row["merged_into"]) == (200, first, None)
    for _ in range(100):
        _, mine = await alice.call("GET", "/conversations?list=mine")
        joined = {one["id"]: one["merged_into"] for one in mine["conversations"]}
        if joined == {first: None, second: first}:
            break
        await asyncio.sleep(0.1)
    assert joined == {first: None, second: first}
    _, one = await alice.call("GET", f"/conversations/{second}")
    assert one["citizen"]["elsewhere"] == [], "who is one person is not said by it"
    status, row = await moved(alice, second, "back_to_bot")
    assert (status, row["id"], row["owner"]["kind"], row["merged_into"]) == (200, second, "bot", None)
    assert (await alice.call("GET", f"/conversations/{first}"))[1]["conversation"]["owner"]["kind"] == "bot"
    await moved(leader, others, "back_to_bot")


@pytest.mark.gen_test(timeout=120)
async def test_a_units_people_are_told_of_what_is_for_them_and_of_nothing_else(
    people: People, office: RunningGateway, http: aiohttp.ClientSession, citizen: Visitor
) -> None:
    leader, clerk, stranger = people["leader"], people["chen"], people["wang"]
    await writes(citizen, "转人工")
    id = await waiting(Page(None), leader)  # type: ignore[arg-type]
    await leader.call("POST", f"/conversations/{id}/moves", {"move": "take"})
    passing = {"move": "pass_on", "unit": "test-lights"}
    status, refused = await leader.call("POST", f"/conversations/{id}/moves", passing)
    assert (status, refused["error"]["details"]["reason"]) == (409, "nobody_there")
    async with desk(clerk, http, office.url) as page, desk(stranger, http, office.url) as elsewhere:
        assert (await clerk.call("PUT", "/agents/me", {"state": "available"}))[1]["unit"] == "test-lights"
        assert (await clerk.call("GET", f"/conversations/{id}"))[0] == 404
        for _ in range(50):  # every process learns within a second who is there
            status, row = await leader.call("POST", f"/conversations/{id}/moves", passing)
            if status == 200:
                break
            await asyncio.sleep(0.1)
        assert (status, row["owner"]["unit"]) == (200, "test-lights")
        await page.row(id, kind="agent", id="chen")
        answer = {"client_id": "clerk-0001", "text": "灯今晚就修"}
        assert (await clerk.call("POST", f"/conversations/{id}/messages", answer))[0] == 201
        assert (await stranger.call("GET", f"/conversations/{id}"))[0] == 404
        _, listed = await leader.call("GET", "/conversations?list=everyone&unit=test-lights")
        assert [one["id"] for one in listed["conversations"]] == [id]
        assert (await leader.call("GET", "/conversations?list=everyone&unit=test-water"))[1]["conversations"] == []
        await page.says(type="watch", conversation_id=id, after=None)
        await page.until(type="watched")
        await leader.call("POST", f"/conversations/{id}/moves", {"move": "assign", "to": "leader"})
        while id not in (await page.until(type="rows"))["gone"]:
            continue  # rows of before
        await writes(citizen, "还有一件别的事")
        await clerk.call("PUT", "/agents/me", {"state": "away"})
        await page.says(type="ping")
        await page.until(type="pong")
        await elsewhere.says(type="ping")
        await elsewhere.until(type="pong")
    assert "还有一件别的事" not in str(page.frames)
    assert not [row for frame in elsewhere.frames for row in frame.get("rows", ())]
    await leader.call("POST", f"/conversations/{id}/moves", {"move": "back_to_bot"})


@pytest.mark.gen_test(timeout=120)
async def test_who_may_not_answer_citizens_is_kept_out(
    people: People, office: RunningGateway, http: aiohttp.ClientSession
) -> None:
    for name in ("sun", "editor", "root"):
        assert (await people[name].call("GET", "/conversations"))[0] == 403
    for name in ("editor", "root"):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            async with desk(people[name], http, office.url):
                pass
    async with desk(people["sun"], http, office.url) as page:
        await page.says(type="watch", conversation_id="01ARZ3NDEKTSV4RRFFQ69G5FAV")
        assert (await page.until(type="error"))["code"] == "forbidden"
    with pytest.raises(aiohttp.WSServerHandshakeError, match=r"40[13]"):
        async with desk(Staff(http, office.url), http, office.url):
            pass


@pytest.mark.gen_test(timeout=120)
async def test_a_conversation_of_the_bots_is_found_and_taken(people: People, citizen: Visitor) -> None:
    alice, leader, clerk, editor = people["alice"], people["leader"], people["chen"], people["editor"]
    await writes(citizen, "公积金怎么提取")
    status, page = await alice.call("GET", "/conversations?list=bot&limit=1")
    assert (status, len(page["conversations"])) == (200, 1)
    row = page["conversations"][0]
    id = row["id"]
    assert (row["owner"]["kind"], row["latest"]["text"]) == ("bot", "公积金怎么提取")
    assert row["heard_at"]
    if page["next"]:
        _, further = await alice.call("GET", f"/conversations?list=bot&limit=1&before={page['next']}")
        assert id not in [one["id"] for one in further["conversations"]]
    assert (await alice.call("GET", "/conversations?list=bot&before=nowhere"))[0] == 422

    async def found(staff: Staff, text: str) -> list[str]:
        status, said = await staff.call("GET", f"/conversations/search?q={quote(text)}")
        assert status == 200, said
        return [one["id"] for one in said["conversations"]]

    assert await found(alice, row["citizen"]) == await found(alice, row["contact_id"][-4:])
    assert id in await found(alice, row["citizen"])
    assert await found(alice, "13800138000") == [], "which the log does not tell"
    assert (await alice.call("GET", "/conversations/search?q="))[0] == 400
    assert (await editor.call("GET", "/conversations/search?q=abcd"))[0] == 403

    numbers = {}
    for confidential in (False, True):
        filing = {"client_id": f"finding-{confidential}", "kind": "complaint", "matter": "奇想路的灯坏了三天"}
        filed = await alice.call("POST", f"/conversations/{id}/ticket", {**filing, "confidential": confidential})
        assert filed[0] == 201, filed
        numbers[confidential] = filed[1]["number"]
    for _ in range(50):  # who told it is written behind the ticket
        if await found(leader, numbers[True]) == [id] == await found(alice, numbers[False]):
            break
        await asyncio.sleep(0.1)
    assert await found(leader, numbers[True]) == [id] == await found(alice, numbers[False].removeprefix("DG"))
    assert await found(alice, numbers[True]) == [], "who told a confidential matter is not to be found out by it"
    assert await found(clerk, numbers[False]) == await found(clerk, row["citizen"]) == []
    assert (await clerk.call("GET", "/conversations?list=bot"))[1] == {"conversations": [], "next": None}

    taken = await alice.call("POST", f"/conversations/{id}/moves", {"move": "take"})
    assert (taken[0], taken[1]["heard_at"]) == (200, None)
    assert id not in [one["id"] for one in (await alice.call("GET", "/conversations?list=bot"))[1]["conversations"]]
    assert id in await found(leader, row["citizen"])
    await alice.call("POST", f"/conversations/{id}/moves", {"move": "close", "category": "咨询已答复"})
    assert (await alice.call("GET", "/conversations?list=bot"))[1]["conversations"][0]["id"] == id
