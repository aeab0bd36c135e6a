"""WeChat's interface: tokens, the codes it refuses with, windows and budgets."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from simulator.server import Simulator
from tests.simulator.conftest import Caller, Clock, ScriptedGateway

pytestmark = pytest.mark.usefixtures("gateway")
OPENID = "oFollower0000000000000000001"


def _set(simulator: Simulator, **changes: Any) -> None:
    simulator.world.behaviour = simulator.world.behaviour.model_copy(update=changes)


@pytest.mark.gen_test
async def test_a_token_is_the_same_until_shortly_before_its_end(caller: Caller, clock: Clock) -> None:
    first = await caller.fetch_token()
    assert first["expires_in"] == 7200
    assert len(first["access_token"]) < 512
    clock.now += 6800
    again = await caller.fetch_token()
    assert (again["access_token"], again["expires_in"]) == (first["access_token"], 400)
    clock.now += 150
    assert (await caller.fetch_token())["access_token"] != first["access_token"]
    assert caller.simulator.wechat.token_refreshes == 2


@pytest.mark.gen_test
async def test_an_old_token_outlives_its_replacement_by_five_minutes(caller: Caller, clock: Clock) -> None:
    old = (await caller.fetch_token())["access_token"]
    clock.now += 6950
    await caller.fetch_token()
    caller.token = old
    assert (await caller.wechat("menu/create", {"button": [{"type": "click", "name": "a", "key": "b"}]}))[
        "errcode"
    ] == 0
    clock.now += 299
    assert await caller.say(OPENID) == 40003  # the token is good, the follower unknown
    clock.now += 2
    assert await caller.say(OPENID) == 40001


@pytest.mark.gen_test
async def test_tokens_end(caller: Caller, clock: Clock, simulator: Simulator) -> None:
    _set(simulator, token_lifetime=1.0)
    assert (await caller.fetch_token())["expires_in"] == 1
    clock.now += 1
    assert await caller.say(OPENID) == 42001
    old = caller.token
    assert (await caller.fetch_token())["access_token"] != old
    assert await caller.say(OPENID) == 40003
    caller.token = old
    assert await caller.say(OPENID) == 40001


@pytest.mark.gen_test
async def test_forcing_ends_the_old_token_at_once(caller: Caller) -> None:
    old = (await caller.fetch_token())["access_token"]
    await caller.fetch_token(force_refresh=True)
    assert await caller.say(OPENID) == 40003
    caller.token = old
    assert await caller.say(OPENID) == 40001


@pytest.mark.gen_test
async def test_the_older_interface_gives_a_new_token_each_time(caller: Caller) -> None:
    wechat = caller.account.wechat
    query = {"grant_type": "client_credential", "appid": wechat.app_id, "secret": wechat.app_secret}
    tokens = [(await caller.get("/cgi-bin/token", params=query))["access_token"] for _ in range(2)]
    assert tokens[0] != tokens[1]
    for caller.token in tokens:
        assert await caller.say(OPENID) == 40003


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"appid": "wx0"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"grant_type": "password"}, 40002),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
    ],
)
async def test_wrong_credentials_are_refused(caller: Caller, changes: dict[str, str], code: int) -> None:
    assert (await caller.fetch_token(**changes))["errcode"] == code
    assert caller.simulator.world.journal.refused["wechat"] == {str(code): 1}


@pytest.mark.gen_test
async def test_tokens_that_are_none(caller: Caller) -> None:
    body = {"touser": OPENID, "msgtype": "text", "text": {"content": "您好"}}
    for token, code in (("", 41001), ("short", 40014), ("x" * 134, 40001)):
        answer = await caller.post(f"/cgi-bin/message/custom/send?access_token={token}", body)
        assert answer["errcode"] == code


@pytest.mark.gen_test
async def test_five_answers_to_each_message(caller: Caller, simulator: Simulator, clock: Clock) -> None:
    follower = simulator.wechat.followers.add(OPENID)
    assert await caller.say(OPENID) == 45015
    follower.wrote(clock.now)
    assert [await caller.say(OPENID) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    follower.wrote(clock.now)
    assert await caller.say(OPENID) == 0
    clock.now += 48 * 3600
    await caller.fetch_token()
    assert await caller.say(OPENID) == 45015
    assert simulator.world.journal.accepted == {"wechat.custom": 6}


@pytest.mark.gen_test
async def test_three_answers_to_an_act_within_a_minute(caller: Caller, simulator: Simulator, clock: Clock) -> None:
    follower = simulator.wechat.followers.add(OPENID)
    follower.acted(clock.now)
    assert [await caller.say(OPENID) for _ in range(4)] == [0, 0, 0, 45047]
    follower.wrote(clock.now)
    assert [await caller.say(OPENID) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    follower.acted(clock.now)
    clock.now += 60
    assert await caller.say(OPENID) == 45047
    clock.now += 48 * 3600
    await caller.fetch_token()
    follower.acted(clock.now)
    clock.now += 59.9
    assert await caller.say(OPENID) == 0


@pytest.mark.gen_test
async def test_what_a_message_may_be(caller: Caller, simulator: Simulator, clock: Clock) -> None:
    simulator.wechat.followers.add(OPENID).wrote(clock.now)
    assert await caller.say(OPENID, "汉" * 682 + "ab") == 0
    assert await caller.say(OPENID, "汉" * 683) == 45002
    assert await caller.say(OPENID, "") == 44004
    assert await caller.say("nobody") == 40003
    for body, code in (
        ({"touser": OPENID, "msgtype": "telegram"}, 40008),
        ({"touser": OPENID, "msgtype": "text"}, 44004),
        ({"touser": OPENID, "msgtype": "image", "image": {"media_id": "gone"}}, 40007),
        ([], 47001),
    ):
        assert (await caller.wechat("message/custom/send", body))["errcode"] == code
    url = f"/cgi-bin/message/custom/send?access_token={caller.token}"
    assert (await caller.ask("POST", url, data=b"{"))[1]["errcode"] == 47001
    assert (await caller.ask("POST", url))[1]["errcode"] == 44002
    assert (await caller.get(url))["errcode"] == 43002
    assert (await caller.get("/cgi-bin/nothing"))["errcode"] == 40066


@pytest.mark.gen_test
async def test_states_of_account_and_follower(caller: Caller, simulator: Simulator, clock: Clock) -> None:
    follower = simulator.wechat.followers.add(OPENID)
    follower.wrote(clock.now)
    follower.following = False
    assert await caller.say(OPENID) == 43004
    follower.following = True
    for changes, code in (
        ({"permitted": False}, 48001),
        ({"address_allowed": False}, 40164),
        ({"daily_quota": 0}, 45009),
        ({}, 0),
    ):
        before = simulator.world.behaviour
        _set(simulator, **changes)
        assert await caller.say(OPENID) == code
        simulator.world.behaviour = before
    _set(simulator, address_allowed=False)
    assert (await caller.fetch_token())["errcode"] == 40164


@pytest.mark.gen_test
async def test_a_quota_is_for_one_day_in_beijing(caller: Caller, simulator: Simulator, clock: Clock) -> None:
    _set(simulator, daily_quota=2, rules=False)
    assert [await caller.say("anybody") for _ in range(3)] == [0, 0, 45009]
    asked = {"cgi_path": "/cgi-bin/message/custom/send"}
    left = (await caller.wechat("openapi/quota/get", asked))["quota"]
    assert left == {"daily_limit": 2, "used": 2, "remain": 0}
    assert (await caller.wechat("openapi/quota/get", {"cgi_path": "/cgi-bin/nothing"}))["errcode"] == 76021
    clock.now += 86400
    await caller.fetch_token()
    assert await caller.say("anybody") == 0


@pytest.mark.gen_test
async def test_without_rules_everybody_can_be_answered(caller: Caller, simulator: Simulator) -> None:
    _set(simulator, rules=False)
    assert [await caller.say("stranger") for _ in range(20)] == [0] * 20


@pytest.mark.gen_test
async def test_a_template_message_reports_how_it_went(
    caller: Caller, simulator: Simulator, gateway: ScriptedGateway
) -> None:
    follower = simulator.wechat.followers.add(OPENID)
    template = caller.account.wechat.template_ids[0]
    body = {"touser": OPENID, "template_id": template, "data": {"thing1": {"value": "路灯"}}, "client_msg_id": "m1"}
    assert (await caller.wechat("message/template/send", {**body, "template_id": "x"}))["errcode"] == 40037
    answer = await caller.wechat("message/template/send", body)
    assert answer["errcode"] == 0
    assert (await caller.wechat("message/template/send", body))["msgid"] == answer["msgid"]
    follower.reachable = False
    await caller.wechat("message/template/send", {**body, "client_msg_id": "m2"})
    seen = await gateway.wait_for(2)
    plain = [
        simulator.wechat._line._envelope.open(one.body.decode().split("<Encrypt><![CDATA[")[1].split("]]>")[0])
        for one in seen
    ]
    assert all("<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event>" in one for one in plain)
    assert f"<MsgID>{answer['msgid']}</MsgID>" in plain[0]
    assert "<![CDATA[success]]>" in plain[0]
    assert "<![CDATA[failed: system failed]]>" in plain[1]
    assert [entry.text for entry in simulator.world.journal.after(0, 10)[0]] == ["路灯", "路灯"]
    follower.refuses = True
    assert (await caller.wechat("message/template/send", {**body, "client_msg_id": "m3"}))["errcode"] == 43101
    assert (await caller.wechat("message/subscribe/bizsend", body))["errcode"] == 43101
    follower.following = False
    assert (await caller.wechat("message/template/send", {**body, "client_msg_id": "m4"}))["errcode"] == 43004


@pytest.mark.gen_test
async def test_a_menu_is_published_and_read(caller: Caller) -> None:
    await caller.fetch_token()
    where = f"?access_token={caller.token}"
    assert (await caller.get(f"/cgi-bin/menu/get{where}"))["errcode"] == 46003
    click = {"type": "click", "name": "我要投诉", "key": "COMPLAIN"}
    menu = {"button": [click, {"name": "办事", "sub_button": [click] * 5}]}
    assert (await caller.wechat("menu/create", menu))["errcode"] == 0
    assert (await caller.get(f"/cgi-bin/menu/get{where}"))["menu"] == menu
    for wrong, code in (
        ({"button": [click] * 4}, 40016),
        ({"button": [{**click, "name": "太长的菜单名称"}]}, 40018),
        ({"button": [{"type": "click", "name": "a"}]}, 40019),
        ({"button": [{"type": "view", "name": "a"}]}, 40020),
        ({"button": [{"type": "odd", "name": "a"}]}, 40017),
        ({"button": [{"name": "a", "sub_button": [click] * 6}]}, 40023),
    ):
        assert (await caller.wechat("menu/create", wrong))["errcode"] == code
    await caller.get(f"/cgi-bin/menu/delete{where}")
    assert (await caller.get(f"/cgi-bin/menu/get{where}"))["errcode"] == 46003


@pytest.mark.gen_test
async def test_two_callers_at_once_cause_one_refresh(caller: Caller) -> None:
    answers = await asyncio.gather(*(caller.fetch_token() for _ in range(20)))
    assert len({answer["access_token"] for answer in answers}) == 1
    assert caller.simulator.wechat.token_refreshes == 1
