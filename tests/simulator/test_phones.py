"""The phones: what their callbacks are, and what their screens show."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from simulator.accounts import Account, Mode, fresh_account
from simulator.media import PICTURE
from simulator.phones import MOST_PHONES
from simulator.server import Simulator
from simulator.wechat_line import BROKEN
from tests.simulator.conftest import PUBLIC_URL, Callback, Caller, ScriptedGateway


class WeChatSide:
    """The gateway's side of WeChat's callbacks, by the SDK."""

    def __init__(self, account: Account) -> None:
        self.wechat = account.wechat
        self.crypto = WeChatCrypto(self.wechat.token, self.wechat.aes_key, self.wechat.app_id)

    def open(self, callback: Callback) -> Any:
        query = callback.query
        signer = WeChatSigner()
        signer.add_data(self.wechat.token, query["timestamp"], query["nonce"])
        assert query["signature"] == signer.signature
        body = callback.body.decode()
        if self.wechat.mode != "plain":
            assert query["encrypt_type"] == "aes"
            opened = self.crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
            if self.wechat.mode == "compatible":
                assert parse_message(body).id == parse_message(opened).id
            body = opened
        return parse_message(body)

    def reply(self, callback: Callback, text: str) -> web.Response:
        body = create_reply(text, self.open(callback)).render()
        if self.wechat.mode == "safe":
            body = self.crypto.encrypt_message(body, "77")
        return web.Response(text=body, content_type="text/xml")


@pytest.fixture
def side(account: Account) -> WeChatSide:
    return WeChatSide(account)


async def _phone(caller: Caller, kind: str) -> Any:
    status, phone = await caller.ask("POST", "/phones", json={"kind": kind})
    assert status == 201, phone
    return phone


async def _do(caller: Caller, phone: Any, status: int = 202, **act: Any) -> Any:
    answered, body = await caller.ask("POST", f"/phones/{phone['id']}/messages", json=act)
    assert answered == status, body
    return body


async def _events(caller: Caller, phone: Any, count: int) -> list[Any]:
    """Once so many are there."""
    found: list[Any] = []
    async with asyncio.timeout(4):
        while len(found) < count:
            after = found[-1]["n"] if found else 0
            found += (await caller.get(f"/phones/{phone['id']}/events?after={after}&wait=5"))["events"]
    return found


def _answers(*made: Callable[[Callback], web.Response]) -> Callable[[Callback], Awaitable[web.Response]]:
    rest = iter(made)

    async def answer(callback: Callback) -> web.Response:
        return next(rest)(callback)

    return answer


def _status(status: int) -> Callable[[Callback], web.Response]:
    return lambda callback: web.Response(status=status)


@pytest.mark.gen_test
@pytest.mark.parametrize("mode", ["safe", "compatible", "plain"])
async def test_a_follower_writes_and_is_answered(gateway: ScriptedGateway, mode: Mode) -> None:
    simulator = Simulator(fresh_account(3, gateway_url=gateway.url, mode=mode))
    side = WeChatSide(simulator.account)
    gateway.answer = _answers(lambda callback: side.reply(callback, "您好，请讲"))
    await simulator.start()
    try:
        phone = simulator.phones.make("wechat")
        simulator.phones.act_wechat(phone, "text", "路灯不亮", {"Content": "路灯]]>不亮"})
        async with asyncio.timeout(4):
            while phone.last < 3:
                await asyncio.sleep(0.01)
        message = side.open(gateway.seen[0])
        assert (message.type, message.content, message.source) == ("text", "路灯]]>不亮", phone.address)
        assert message.target == simulator.account.wechat.account_id
        events = list(phone.events)
        assert [(e["from"], e["text"], e.get("state"), e.get("of")) for e in events] == [
            ("me", "路灯不亮", "sending", None),
            ("me", "", "delivered", 1),
            ("hotline", "您好，请讲", "delivered", None),
        ]
        assert simulator.world.journal.accepted == {"wechat.passive": 1}
    finally:
        await simulator.stop()


@pytest.mark.gen_test
async def test_everything_a_follower_can_do(
    caller: Caller, gateway: ScriptedGateway, side: WeChatSide, simulator: Simulator
) -> None:
    phone = await _phone(caller, "wechat")
    await _do(caller, phone, type="image")
    picture = side.open((await gateway.wait_for(1))[0])
    status, data = await caller.ask("GET", picture.image.removeprefix(simulator.url))
    assert (status, data) == (200, PICTURE.data)
    await caller.fetch_token()
    media = f"/cgi-bin/media/get?access_token={caller.token}&media_id="
    assert (await caller.get(media + picture.media_id)) == PICTURE.data
    assert (await caller.get(media + "gone"))["errcode"] == 40007

    own = b"\xff\xd8\xff" + bytes(2000)
    await _do(caller, phone, type="image", data=base64.b64encode(own).decode(), content_type="image/jpeg")
    assert (await caller.get(media + side.open((await gateway.wait_for(2))[1]).media_id)) == own

    await _do(caller, phone, type="voice", recognition="噪音扰民")
    voice = side.open((await gateway.wait_for(3))[2])
    assert (voice.type, voice.recognition, voice.format) == ("voice", "噪音扰民", "amr")
    await _do(caller, phone, type="location", latitude=23.02, longitude=113.75, label="东莞市政府")
    place = side.open((await gateway.wait_for(4))[3])
    assert (place.type, place.label, place.location) == ("location", "东莞市政府", ("23.020000", "113.750000"))

    for index, (event, key, seen) in enumerate(
        [
            ("CLICK", "COMPLAIN", ("click", "COMPLAIN")),
            ("SCAN", "7", ("scan", "7")),
            ("unsubscribe", "", ("unsubscribe", None)),
            ("SCAN", "7", ("subscribe_scan", "7")),
        ]
    ):
        await _do(caller, phone, type="event", event=event, key=key)
        message = side.open((await gateway.wait_for(5 + index))[4 + index])
        assert message.type == "event"
        assert message.event == seen[0]
        if seen[1]:
            scene = message.scene_id if "scan" in seen[0] else message.key
            assert scene == seen[1]
    ids = {one.body for one in gateway.seen}
    assert len(ids) == 8


@pytest.mark.gen_test
async def test_who_does_not_follow_cannot_write(caller: Caller) -> None:
    phone = await _phone(caller, "wechat")
    await _do(caller, phone, 409, type="event", event="subscribe")
    await _do(caller, phone, type="event", event="unsubscribe")
    assert (await caller.get(f"/phones/{phone['id']}"))["following"] is False
    await _do(caller, phone, 409, type="text", text="您好")
    assert await caller.say(phone["openid"]) == 43004
    await _do(caller, phone, type="event", event="subscribe")
    assert await caller.say(phone["openid"]) == 0


@pytest.mark.gen_test
async def test_what_opens_the_window(caller: Caller) -> None:
    phone = await _phone(caller, "wechat")
    assert await caller.say(phone["openid"]) == 45015
    await _do(caller, phone, type="event", event="CLICK", key="HELP")
    assert [await caller.say(phone["openid"]) for _ in range(4)] == [0, 0, 0, 45047]
    await _do(caller, phone, type="text", text="您好")
    assert [await caller.say(phone["openid"]) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    shown = [e for e in (await caller.get(f"/phones/{phone['id']}/events"))["events"] if e["from"] == "hotline"]
    assert len(shown) == 8


@pytest.mark.gen_test
async def test_wechat_calls_three_times_with_the_same_id(
    caller: Caller, simulator: Simulator, gateway: ScriptedGateway, side: WeChatSide
) -> None:
    simulator.world.behaviour = simulator.world.behaviour.model_copy(update={"wechat_patience": 0.2})

    async def answer(callback: Callback) -> web.Response:
        if len(gateway.seen) == 1:
            await asyncio.sleep(0.5)
        return web.Response(status=503) if len(gateway.seen) == 2 else side.reply(callback, "来了")

    gateway.answer = answer
    phone = await _phone(caller, "wechat")
    await _do(caller, phone, type="text", text="您好")
    events = await _events(caller, phone, 3)
    assert [(e["from"], e["text"]) for e in events[1:]] == [("me", ""), ("hotline", "来了")]
    assert len({side.open(one).id for one in gateway.seen}) == 1
    assert len({one.query["nonce"] for one in gateway.seen}) == 3


@pytest.mark.gen_test
@pytest.mark.parametrize("kind", ["down", "json", "unencrypted", "stranger", "404"])
async def test_what_wechat_cannot_show_is_a_fault(
    caller: Caller, gateway: ScriptedGateway, side: WeChatSide, kind: str
) -> None:
    def broken(callback: Callback) -> web.Response:
        match kind:
            case "down":
                return web.Response(status=500)
            case "404":
                return web.Response(status=404)
            case "json":
                return web.json_response({"text": "您好"})
            case "unencrypted":
                return web.Response(text=create_reply("您好", side.open(callback)).render())
            case _:
                reply = create_reply("您好", side.open(callback))
                reply.target = "somebody"
                return web.Response(text=side.crypto.encrypt_message(reply.render(), "1"))

    gateway.answer = _answers(broken, broken, broken)
    phone = await _phone(caller, "wechat")
    await _do(caller, phone, type="text", text="您好")
    events = await _events(caller, phone, 3)
    assert (events[1]["of"], events[1]["state"]) == (1, "failed")
    assert events[1]["reason"]
    assert (events[2]["from"], events[2]["text"]) == ("platform", BROKEN)
    assert len(gateway.seen) == (3 if kind == "down" else 1)


@pytest.mark.gen_test
@pytest.mark.parametrize("body", ["", "success"])
async def test_an_empty_answer_shows_nothing(caller: Caller, gateway: ScriptedGateway, body: str) -> None:
    gateway.answer = _answers(lambda callback: web.Response(text=body))
    phone = await _phone(caller, "wechat")
    await _do(caller, phone, type="text", text="您好")
    events = await _events(caller, phone, 2)
    assert [e.get("state") for e in events] == ["sending", "delivered"]


@pytest.mark.gen_test
async def test_an_sms_and_its_answers(caller: Caller, gateway: ScriptedGateway) -> None:
    twiml = "<Response><Message>已收到 &amp; 受理</Message><Message><Body>第二条</Body></Message></Response>"
    gateway.answer = _answers(lambda callback: web.Response(text=twiml, content_type="text/xml"))
    phone = await _phone(caller, "sms")
    assert phone["name"] == phone["number"]
    await _do(caller, phone, type="text", text="路灯 不亮 & +1")
    form = (await gateway.wait_for(1))[0].form
    assert (form["Body"], form["From"], form["NumMedia"]) == ("路灯 不亮 & +1", phone["number"], "0")
    assert form["To"] == caller.account.twilio.from_number
    validator = RequestValidator(caller.account.twilio.auth_token)
    signature = gateway.seen[0].headers["X-Twilio-Signature"]
    assert validator.validate(f"{PUBLIC_URL}/sms/inbound", form, signature)
    events = await _events(caller, phone, 6)
    said = {e["n"]: e["text"] for e in events if e["from"] == "hotline" and "of" not in e}
    assert list(said.values()) == ["已收到 & 受理", "第二条"]
    assert {e["of"]: e["state"] for e in events if "of" in e} == dict.fromkeys([1, *said], "delivered")


@pytest.mark.gen_test
async def test_what_the_interface_sends_arrives_on_the_handset(caller: Caller) -> None:
    phone = await _phone(caller, "sms")
    await caller.sms(phone["number"], "一")
    await caller.ask("POST", f"/phones/{phone['id']}/state", json={"reachable": False})
    await caller.sms(phone["number"], "二")
    events = await _events(caller, phone, 4)
    shown = {e["n"]: e["text"] for e in events if "of" not in e}
    ends = {shown[e["of"]]: (e["state"], e["reason"]) for e in events if "of" in e}
    assert ends == {"一": ("delivered", ""), "二": ("failed", "30003")}
    assert all(e["at"].endswith("Z") for e in events)


@pytest.mark.gen_test
async def test_a_picture_is_an_mms_whose_file_needs_credentials(
    caller: Caller, simulator: Simulator, gateway: ScriptedGateway
) -> None:
    phone = await _phone(caller, "sms")
    await _do(caller, phone, type="image", text="看")
    form = (await gateway.wait_for(1))[0].form
    assert (form["NumMedia"], form["MediaContentType0"], form["MessageSid"][:2]) == ("1", "image/png", "MM")
    path = form["MediaUrl0"].removeprefix(simulator.url)
    assert (await caller.ask("GET", path))[0] == 401
    assert (await caller.twilio(path)) == (200, PICTURE.data)
    simulator.world.behaviour = simulator.world.behaviour.model_copy(update={"media_redirect": True})
    assert (await caller.twilio(path))[0] == 307
    status, data = await caller.ask("GET", path, headers=caller.basic(), allow_redirects=True)
    assert (status, data) == (200, PICTURE.data)


@pytest.mark.gen_test
async def test_stop_and_start_are_twilios_own(caller: Caller, gateway: ScriptedGateway) -> None:
    phone = await _phone(caller, "sms")
    answer = "<Response><Message>不该送达</Message></Response>"
    gateway.answer = _answers(lambda callback: web.Response(text=answer), _status(204), _status(204))
    await _do(caller, phone, type="text", text=" stop ")
    assert (await gateway.wait_for(1))[0].form["OptOutType"] == "STOP"
    events = await _events(caller, phone, 3)
    assert [e["from"] for e in events] == ["me", "platform", "me"]
    assert "unsubscribed" in events[1]["text"]
    assert (await caller.sms(phone["number"]))[1]["code"] == 21610
    assert (await caller.get(f"/phones/{phone['id']}"))["opted_out"] is True
    await _do(caller, phone, type="text", text="START")
    assert (await gateway.wait_for(2))[1].form["OptOutType"] == "START"
    assert (await caller.sms(phone["number"]))[0] == 201
    await _do(caller, phone, type="text", text="please stop it")
    assert "OptOutType" not in (await gateway.wait_for(3))[2].form
    assert (await caller.sms(phone["number"]))[0] == 201


@pytest.mark.gen_test
async def test_an_sms_is_brought_again_with_the_same_sid(caller: Caller, gateway: ScriptedGateway) -> None:
    gateway.answer = _answers(_status(503), _status(500), _status(204), _status(503), _status(503), _status(503))
    phone = await _phone(caller, "sms")
    await _do(caller, phone, type="text", text="一")
    await gateway.wait_for(3)
    await _do(caller, phone, type="text", text="二")
    seen = await gateway.wait_for(6)
    sids = [one.form["MessageSid"] for one in seen]
    assert [len(set(sids[:3])), len(set(sids[3:])), len(set(sids))] == [1, 1, 2]
    ends = [(e["of"], e["state"], e["reason"]) for e in await _events(caller, phone, 4) if "of" in e]
    assert ends == [(1, "delivered", ""), (3, "failed", "HTTP 503")]


@pytest.mark.gen_test
async def test_events_are_waited_for(caller: Caller) -> None:
    phone = await _phone(caller, "sms")
    waiting = asyncio.ensure_future(caller.get(f"/phones/{phone['id']}/events?after=0&wait=25"))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await caller.sms(phone["number"], "来信")
    assert (await waiting)["events"][0]["text"] == "来信"
    assert (await caller.get(f"/phones/{phone['id']}/events?after=99&wait=0"))["events"] == []


@pytest.mark.gen_test
async def test_the_phone_unused_for_longest_is_dropped(caller: Caller, simulator: Simulator) -> None:
    first, second = [await _phone(caller, kind) for kind in ("wechat", "sms")]
    waiting = asyncio.ensure_future(caller.ask("GET", f"/phones/{second['id']}/events?wait=25"))
    await asyncio.sleep(0.02)
    for _ in range(MOST_PHONES - 2):
        simulator.phones.make("sms")
    await caller.get(f"/phones/{first['id']}")
    await _phone(caller, "sms")
    assert (await waiting)[0] == 404
    assert (await caller.ask("GET", f"/phones/{first['id']}"))[0] == 200
    assert (await caller.ask("GET", f"/phones/{second['id']}"))[0] == 404
    assert len(simulator.phones) == MOST_PHONES


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("kind", "act", "status"),
    [
        ("sms", {"type": "voice", "recognition": "x"}, 422),
        ("sms", {"type": "event", "event": "CLICK"}, 422),
        ("sms", {"type": "text", "text": ""}, 422),
        ("sms", {"type": "image", "data": "!"}, 422),
        ("wechat", {"type": "location", "latitude": 91, "longitude": 0}, 422),
        ("wechat", {"type": "sticker"}, 422),
        ("wechat", {"type": "text", "text": "x", "more": 1}, 422),
    ],
)
async def test_what_a_phone_cannot_do(caller: Caller, kind: str, act: dict[str, Any], status: int) -> None:
    phone = await _phone(caller, kind)
    error = (await _do(caller, phone, status, **act))["error"]
    assert error["code"] in ("invalid", "not_of_this_phone")
    assert (await caller.get(f"/phones/{phone['id']}/events"))["events"] == []


@pytest.mark.gen_test
async def test_states_are_set(caller: Caller) -> None:
    wechat, sms = [await _phone(caller, kind) for kind in ("wechat", "sms")]
    await caller.post(f"/phones/{wechat['id']}/state", {"following": False})
    assert await caller.say(wechat["openid"]) == 43004
    await caller.post(f"/phones/{sms['id']}/state", {"landline": True})
    assert (await caller.sms(sms["number"]))[1]["code"] == 21614
    await _do(caller, sms, 409, type="text", text="您好")
    for phone, wrong in ((wechat, {"landline": True}), (sms, {"following": False}), (sms, {"reachable": None})):
        assert (await caller.ask("POST", f"/phones/{phone['id']}/state", json=wrong))[0] == 422
    assert (await caller.ask("POST", "/phones/none/state", json={}))[0] == 404
    assert (await caller.ask("POST", "/phones", json={"kind": "fax"}))[0] == 422
    assert (await caller.ask("POST", "/phones", data=b"{"))[0] == 400
