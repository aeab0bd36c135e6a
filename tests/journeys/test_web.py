"""A citizen's day on the web page and in the mobile app, by the citizen API."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import aiohttp
import pytest

from channels.web import schemas
from gateway.storage.mongo import MongoStore
from tests.journeys.conftest import PICTURE
from tests.journeys.test_wechat import ID_CARD
from tests.running import RunningGateway


class Visitor:
    """One visitor of the API. Checks every answer against the published shapes."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str) -> None:
        self._http = http
        self._base_url = base_url
        self.session: schemas.Session | None = None
        self._sent = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session.token}"} if self.session else {}

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        headers = {**self.headers, **more.pop("headers", {})}
        async with self._http.request(method, self._base_url + path, json=body, headers=headers, **more) as response:
            found = await response.json(content_type=None)
            if response.status >= 400:
                schemas.Error.model_validate(found)
            return response.status, found

    async def begin(self, token: str | None = None) -> schemas.Session:
        status, found = await self.call("POST", "/api/v1/sessions", {"token": token} if token else {})
        assert status == (200 if token else 201)
        self.session = schemas.Session.model_validate(found)
        return self.session

    async def say(self, text: str, client_id: str | None = None) -> schemas.Message:
        self._sent += 1
        body = {"client_id": client_id or f"m{self._sent}", "text": text}
        status, found = await self.call("POST", "/api/v1/messages", body)
        assert status == 202, found
        return schemas.Message.model_validate(found)

    async def read(self, query: str = "after=0") -> schemas.MessagePage:
        status, found = await self.call("GET", f"/api/v1/messages?{query}")
        assert status == 200, found
        return schemas.MessagePage.model_validate(found)

    async def socket(self, after: int | None = 0) -> Socket:
        assert self.session is not None
        live = await self._http.ws_connect(self._base_url + "/ws/chat")
        await live.send_json({"type": "hello", "token": self.session.token, "after": after})
        welcome = await live.receive_json(timeout=10)
        assert welcome["type"] == "welcome"
        return Socket(live)


class Socket:
    def __init__(self, live: aiohttp.ClientWebSocketResponse) -> None:
        self.live = live

    async def until(self, kind: str) -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = await self.live.receive_json(timeout=10)
            if frame["type"] == kind:
                return frame

    async def messages(self, count: int) -> list[schemas.Message]:
        return [schemas.Message.model_validate((await self.until("message"))["message"]) for _ in range(count)]


@pytest.fixture
def visitor(http: aiohttp.ClientSession, gateway: RunningGateway) -> Visitor:
    return Visitor(http, gateway.url)


def words(message: schemas.Message) -> str:
    return "".join(part.text for part in message.parts if part.type == "text")


@pytest.mark.gen_test
async def test_a_question_is_answered_and_both_are_kept(visitor: Visitor, stored: MongoStore) -> None:
    session = await visitor.begin()
    question = await visitor.say(ID_CARD["question"])
    assert (question.seq, question.direction) == (1, "in")
    page = await visitor.read()
    assert [message.seq for message in page.messages] == [1, 2]
    assert ID_CARD["answer"] in words(page.messages[1])
    kept = await stored.find("messages", {"conversation_id": session.conversation_id}, sort=[("seq", 1)])
    assert [message["seq"] for message in kept] == [1, 2]


@pytest.mark.gen_test
async def test_a_session_resumes_elsewhere_with_everything_said(visitor: Visitor, http: Any, gateway: Any) -> None:
    session = await visitor.begin()
    await visitor.say(ID_CARD["question"])
    another_page = Visitor(http, gateway.url)
    resumed = await another_page.begin(session.token)
    assert (resumed.contact_id, resumed.conversation_id) == (session.contact_id, session.conversation_id)
    assert resumed.seq == 2
    assert (await another_page.read()).seq == 2


@pytest.mark.gen_test
async def test_a_repeated_send_is_harmless(visitor: Visitor) -> None:
    await visitor.begin()
    sent = await asyncio.gather(*(visitor.say("公积金怎么提取", "same") for _ in range(5)))
    assert len({message.id for message in sent}) == 1
    assert [message.direction for message in (await visitor.read()).messages].count("in") == 1


@pytest.mark.gen_test
async def test_a_socket_gets_what_it_missed_then_what_is_new_in_order(visitor: Visitor) -> None:
    await visitor.begin()
    await visitor.say(ID_CARD["question"])
    socket = await visitor.socket(after=1)
    assert [message.seq for message in await socket.messages(1)] == [2]
    await visitor.say("人工")
    assert [message.seq for message in await socket.messages(2)] == [3, 4]
    assert (await socket.until("owner"))["owner"] == "queue"
    await socket.live.close()


@pytest.mark.gen_test
async def test_sending_by_socket_is_stored_and_seen_on_another_page(visitor: Visitor) -> None:
    await visitor.begin()
    here, there = await visitor.socket(), await visitor.socket()
    await here.live.send_json({"type": "send", "client_id": "w1", "text": ID_CARD["question"]})
    stored = await here.until("stored")
    assert (stored["client_id"], stored["message"]["seq"]) == ("w1", 1)
    assert [message.seq for message in await there.messages(2)] == [1, 2]
    await here.live.close()
    await there.live.close()


@pytest.mark.gen_test
async def test_a_wrong_frame_is_refused_by_its_id_and_the_socket_lives(visitor: Visitor) -> None:
    await visitor.begin()
    socket = await visitor.socket()
    await socket.live.send_json({"type": "send", "client_id": "w1", "text": ""})
    refused = await socket.until("refused")
    assert (refused["client_id"], refused["code"]) == ("w1", "invalid")
    await socket.live.send_str("not json")
    assert (await socket.until("error"))["code"] == "invalid"
    await socket.live.send_json({"type": "ping"})
    assert (await socket.until("pong"))["type"] == "pong"
    await socket.live.close()


@pytest.mark.gen_test
async def test_read_marks_only_move_forward(visitor: Visitor) -> None:
    await visitor.begin()
    await visitor.say(ID_CARD["question"])
    for seq, expected in ((1, 1), (99, 2), (1, 2)):
        status, found = await visitor.call("POST", "/api/v1/read", {"seq": seq})
        assert (status, found["citizen"]) == (200, expected)


@pytest.mark.gen_test
async def test_a_picture_is_uploaded_said_and_shown_to_its_owner_only(
    visitor: Visitor, http: aiohttp.ClientSession, gateway: RunningGateway
) -> None:
    await visitor.begin()
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", PICTURE, filename="../../路面 坑.jpg", content_type="image/jpeg")
    async with http.post(gateway.url + "/api/v1/uploads", data=form, headers=visitor.headers) as response:
        assert response.status == 201, await response.text()
        media = schemas.Upload.model_validate(await response.json()).media
    assert (media.content_type, media.name, media.size) == ("image/png", "路面 坑.png", len(PICTURE))
    body = {"client_id": "p1", "parts": [{"type": "image", "media": {"blob_id": media.blob_id}}]}
    status, found = await visitor.call("POST", "/api/v1/messages", body)
    assert (status, found["parts"][0]["type"]) == (202, "image")
    async with http.get(f"{gateway.url}/api/v1/uploads/{media.blob_id}", headers=visitor.headers) as response:
        assert await response.read() == PICTURE
    stranger = Visitor(http, gateway.url)
    await stranger.begin()
    status, found = await stranger.call("GET", f"/api/v1/uploads/{media.blob_id}")
    assert (status, found["error"]["code"]) == (404, "not_found")
    status, found = await stranger.call("POST", "/api/v1/messages", body)
    assert status == 400


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"MZ\x90\x00 not a picture", 415), (b"<svg onload=alert(1)>", 415), (b"\xff\xd8\xff" + b"0" * 11_000_000, 413)],
    ids=["a program", "a drawing with a script", "too large"],
)
@pytest.mark.gen_test
async def test_files_that_are_not_wanted_are_refused(
    visitor: Visitor, http: aiohttp.ClientSession, gateway: RunningGateway, content: bytes, status: int
) -> None:
    await visitor.begin()
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", io.BytesIO(content), filename="a.png", content_type="image/png")
    try:
        async with http.post(gateway.url + "/api/v1/uploads", data=form, headers=visitor.headers) as response:
            assert response.status == status
    except aiohttp.ClientConnectionError:
        assert status == 413, "only a body that is too large may be cut off"


@pytest.mark.gen_test
async def test_foreign_origins_are_refused_and_listed_ones_may_call(
    visitor: Visitor, http: aiohttp.ClientSession, gateway: RunningGateway
) -> None:
    status, found = await visitor.call("POST", "/api/v1/sessions", {}, headers={"Origin": "https://evil.example"})
    assert (status, found["error"]["code"]) == (403, "origin_not_allowed")
    async with http.options(gateway.url + "/api/v1/messages", headers={"Origin": "https://portal.example"}) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Origin"] == "https://portal.example"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await http.ws_connect(gateway.url + "/ws/chat", headers={"Origin": "https://evil.example"})
    assert refused.value.status == 403


@pytest.mark.gen_test
async def test_a_visitor_who_floods_is_told_to_wait(visitor: Visitor, http: Any, gateway: Any) -> None:
    await visitor.begin()
    statuses = []
    for number in range(40):
        status, _ = await visitor.call("POST", "/api/v1/messages", {"client_id": f"f{number}", "text": "在吗"})
        statuses.append(status)
    assert statuses.count(202) >= 30
    assert 429 in statuses
    other = Visitor(http, gateway.url)
    await other.begin()
    assert (await other.say("在吗")).seq == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/v1/messages", None, 401, "session_invalid"),
        ("POST", "/api/v1/messages", {"client_id": "a", "text": "x"}, 401, "session_invalid"),
        ("POST", "/api/v1/sessions", {"token": "2|1:0|10:1|14:yixian-visitor|4:eHg=|beef"}, 401, "session_invalid"),
        ("POST", "/api/v1/sessions", {"tokn": "x"}, 400, "invalid"),
        ("PUT", "/api/v1/messages", {}, 405, "method_not_allowed"),
        ("GET", "/api/v1/none", None, 404, "not_found"),
        ("GET", "/api/v1/messages?after=-1", None, 400, "invalid"),
    ],
)
@pytest.mark.gen_test
async def test_mistakes_are_named(visitor: Visitor, method: str, path: str, body: Any, status: int, code: str) -> None:
    got, found = await visitor.call(method, path, body)
    assert (got, found["error"]["code"]) == (status, code)


@pytest.mark.gen_test
async def test_the_description_names_every_path_and_can_be_read(
    http: aiohttp.ClientSession, gateway: RunningGateway
) -> None:
    async with http.get(gateway.url + "/api/openapi.json") as response:
        description = await response.json()
    assert description["openapi"].startswith("3.1")
    assert {path for path in description["paths"] if not path.startswith("/api/v1/desk/")} == {
        "/api/v1/sessions",
        "/api/v1/messages",
        "/api/v1/places",
        "/api/v1/read",
        "/api/v1/tickets",
        "/api/v1/tickets/{number}",
        "/api/v1/tickets/{number}/rating",
        "/api/v1/tickets/{number}/supplements",
        "/api/v1/uploads",
        "/api/v1/uploads/{blob_id}",
    }
    named = set(description["components"]["schemas"])
    used = {ref.rpartition("/")[2] for ref in _refs(description)}
    assert used <= named
    async with http.get(gateway.url + "/api/docs") as response:
        page = await response.text()
    assert "/api/v1/messages" in page
    assert "SendRequest" in page


def _refs(node: Any) -> set[str]:
    if isinstance(node, dict):
        found = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return found.union(*(_refs(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(_refs(value) for value in node))
    return set()


@pytest.mark.gen_test
async def test_every_response_carries_the_security_headers(
    http: aiohttp.ClientSession, gateway: RunningGateway
) -> None:
    for path in ("/", "/healthz", "/readyz", "/metrics", "/api/docs", "/api/v1/messages", "/nowhere", "/wechat"):
        async with http.get(gateway.url + path) as response:
            await response.read()
            assert response.headers["X-Content-Type-Options"] == "nosniff", path
            assert "Server" not in response.headers or "Tornado" not in response.headers["Server"], path
            if path == "/wechat":
                continue
            policy = response.headers["Content-Security-Policy"]
            assert "unsafe-inline" not in policy, path
            # only the chat may be framed, by the site that is listed
            framing = "https://portal.example" if path == "/" else "'none'"
            assert policy.endswith(f"frame-ancestors {framing}") or f"frame-ancestors {framing};" in policy, path
            assert response.headers.get("X-Frame-Options") == (None if path == "/" else "DENY"), path


@pytest.mark.gen_test
async def test_figures_are_there_for_a_scraper(visitor: Visitor, http: aiohttp.ClientSession, gateway: Any) -> None:
    await visitor.begin()
    await visitor.say(ID_CARD["question"])
    async with http.get(gateway.url + "/metrics") as response:
        text = await response.text()
    assert 'hotline_messages_total{outcome="accepted"}' in text
