"""Calls to the platform: the token's life, what codes mean, files, and that no message makes us call elsewhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.contract import (
    Address,
    Channel,
    ChannelError,
    Choice,
    Choices,
    Media,
    OutboundMessage,
    Part,
    PermanentChannelError,
    TemporaryChannelError,
    Text,
    UncertainChannelError,
    Unreachable,
)
from channels.wechat.channel import WeChatChannel
from channels.wechat.client import ProcessTokens, Token, file_address
from channels.wechat.menu import publish
from tests.channels.wechat.fake_platform import FakePlatform
from tests.channels.wechat.wechat_account import NOW, OPENID, config

SEND = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"
MEDIA = "/cgi-bin/media/get"


def said(
    address: Address, parts: tuple[Part, ...], *, wrote: float | None = 0, acted: float | None = None, spent: int = 0
) -> OutboundMessage:
    """wrote, acted: seconds ago."""
    last, act = (None if ago is None else datetime.fromtimestamp(NOW - ago, UTC) for ago in (wrote, acted))
    return OutboundMessage("m", address, parts, "r", last_message_at=last, last_act_at=act, spent=spent)


class Account:
    def __init__(self, **settings: Any) -> None:
        self.platform = FakePlatform()
        self.now: float = NOW
        self.tokens = ProcessTokens()
        account = config(app_secret="secret", api_base=self.platform.url, **settings)
        self.channel = WeChatChannel(account, lambda: self.now, tokens=self.tokens)

    async def send(self, *texts: str) -> None:
        address = Address(channel="wechat", account="wx", external_id=OPENID)
        parts = tuple(Text(text=text) for text in texts)
        await self.channel.send(said(address, parts))

    async def close(self) -> None:
        await self.channel.close()
        await self.platform.close()


@pytest.fixture
def account(io_loop: Any) -> Iterator[Account]:
    made = Account()
    yield made
    io_loop.run_sync(made.close, timeout=10)


def test_it_is_a_channel(account: Account) -> None:
    channel: Channel = account.channel
    assert channel.name == "wechat"


class TestToken:
    @pytest.mark.gen_test
    async def test_asked_for_once(self, account: Account) -> None:
        await asyncio.gather(*(account.send(str(n)) for n in range(10)))
        (asked,) = account.platform.called(TOKEN)
        assert asked.body == {
            "grant_type": "client_credential",
            "appid": "wx0123456789abcdef",
            "secret": "secret",
            "force_refresh": False,
        }
        assert len(account.platform.called(SEND)) == 10

    @pytest.mark.gen_test
    async def test_replaced_before_its_end(self, account: Account) -> None:
        await account.send("一")
        account.now += 7200 - 299
        await account.send("二")
        assert len(account.platform.called(TOKEN)) == 2

    @pytest.mark.gen_test
    async def test_the_one_that_is_given_again_keeps_its_age(self, account: Account) -> None:
        await account.send("一")
        account.now += 7200 - 299
        await account.send("二")
        token = await account.tokens.get()
        assert token is not None
        assert (token.value, token.asked_at) == ("token-1", NOW)

    @pytest.mark.gen_test
    async def test_taken_from_the_shared_store(self, account: Account) -> None:
        account.platform.expire()
        await account.tokens.put(Token("token-1", NOW + 3600, NOW + 3300))
        await account.send("一")
        assert account.platform.called(TOKEN) == []

    @pytest.mark.gen_test
    @pytest.mark.parametrize("code", [40001, 40014, 42001])
    async def test_refused_once_is_renewed_and_tried_again(self, account: Account, code: int) -> None:
        await account.send("一")
        account.platform.expire()
        account.platform.answers[SEND] = [{"errcode": code, "errmsg": "expired"}]
        await account.send("二")
        assert [call.query["access_token"] for call in account.platform.called(SEND)] == [
            "token-1",
            "token-1",
            "token-2",
        ]
        assert [call.body["force_refresh"] for call in account.platform.called(TOKEN)] == [False, False]

    @pytest.mark.gen_test
    async def test_forced_when_the_platform_repeats_the_refused_one(self, account: Account) -> None:
        await account.send("一")
        account.platform.answers[SEND] = [{"errcode": 40001, "errmsg": "invalid credential"}]
        await account.send("二")
        assert [call.body["force_refresh"] for call in account.platform.called(TOKEN)] == [False, False, True]

    @pytest.mark.gen_test
    async def test_refused_twice_is_given_up_for_now(self, account: Account) -> None:
        account.platform.answers[SEND] = [{"errcode": 40001}, {"errcode": 40001}]
        with pytest.raises(TemporaryChannelError, match="40001"):
            await account.send("一")
        assert len(account.platform.called(SEND)) == 2

    @pytest.mark.gen_test
    async def test_a_wrong_secret_is_permanent(self, account: Account) -> None:
        account.platform.answers[TOKEN] = [{"errcode": 40125, "errmsg": "invalid appsecret"}]
        with pytest.raises(PermanentChannelError, match="40125"):
            await account.send("一")

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        "answer", [500, {"expires_in": 7200}, {"access_token": 5, "expires_in": 1}, ("text/html", b"<p>")]
    )
    async def test_no_token_now(self, account: Account, answer: Any) -> None:
        account.platform.answers[TOKEN] = [answer]
        with pytest.raises(TemporaryChannelError):
            await account.send("一")


class TestSending:
    @pytest.mark.gen_test
    async def test_text_travels_unescaped(self, account: Account) -> None:
        await account.send("您好\n😀")
        (call,) = account.platform.called(SEND)
        assert call.body == {"touser": OPENID, "msgtype": "text", "text": {"content": "您好\n😀"}}
        assert "您好".encode() in call.raw

    @pytest.mark.gen_test
    async def test_long_text_is_several_messages(self, account: Account) -> None:
        await account.send("带齐材料到窗口办理。" * 100)
        contents = [call.body["text"]["content"] for call in account.platform.called(SEND)]
        assert len(contents) == 2
        assert all(len(content.encode()) <= 2048 for content in contents)
        assert "".join(contents) == "带齐材料到窗口办理。" * 100

    @pytest.mark.gen_test
    async def test_choices_become_lines(self, account: Account) -> None:
        choices = Choices(prompt="请选：", options=(Choice(key="1", label="社保"),))
        address = Address(channel="wechat", account="wx", external_id=OPENID)
        await account.channel.send(said(address, (choices,)))
        assert account.platform.called(SEND)[0].body["text"]["content"] == "请选：\n1. 社保"

    @pytest.mark.gen_test
    async def test_nothing_to_say(self, account: Account) -> None:
        with pytest.raises(PermanentChannelError):
            await account.send(" ")

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        ("answer", "kind", "code"),
        [
            ({"errcode": -1, "errmsg": "system error"}, TemporaryChannelError, "-1"),
            ({"errcode": 45009, "errmsg": "reach max api daily quota limit"}, TemporaryChannelError, "45009"),
            ({"errcode": 45011, "errmsg": "api minute-quota reach limit"}, TemporaryChannelError, "45011"),
            ({"errcode": 45015, "errmsg": "response out of time limit"}, Unreachable, "45015"),
            ({"errcode": 45047, "errmsg": "out of response count limit"}, Unreachable, "45047"),
            ({"errcode": 48001, "errmsg": "api unauthorized"}, Unreachable, "48001"),
            ({"errcode": 48002, "errmsg": "user block receive message"}, Unreachable, "48002"),
            ({"errcode": 43004, "errmsg": "require subscribe"}, Unreachable, "43004"),
            ({"errcode": 43101, "errmsg": "user refuse to accept the msg"}, Unreachable, "43101"),
            ({"errcode": 40164, "errmsg": "invalid ip"}, PermanentChannelError, "40164"),
            ({"errcode": 999999, "errmsg": "new"}, PermanentChannelError, "999999"),
            (429, TemporaryChannelError, "429"),
            (404, PermanentChannelError, "404"),
            (502, UncertainChannelError, "502"),
            (("text/html", b"<html>"), UncertainChannelError, "200"),
            (("application/json", b"[]"), UncertainChannelError, "200"),
            ("hang up", UncertainChannelError, "no_answer"),
        ],
    )
    async def test_refusals(self, account: Account, answer: Any, kind: type[ChannelError], code: str) -> None:
        account.platform.answers[SEND] = [answer]
        with pytest.raises(kind) as caught:
            await account.send("一")
        assert caught.value.code == code
        assert "token-1" not in str(caught.value)
        if isinstance(answer, dict):
            assert caught.value.documentation.startswith("https://developers.weixin.qq.com/")

    @pytest.mark.gen_test
    async def test_nobody_there(self, account: Account) -> None:
        await account.tokens.put(Token("token-0", NOW + 3600, NOW + 3300))
        await account.platform.close()
        with pytest.raises(TemporaryChannelError, match="no connection"):
            await account.send("一")


class TestFiles:
    @pytest.mark.gen_test
    async def test_by_id(self, account: Account) -> None:
        account.platform.answers[MEDIA] = [("image/jpeg", b"\xff\xd8picture")]
        assert await account.channel.fetch(Media(platform_id="m1")) == (b"\xff\xd8picture", "image/jpeg")
        assert account.platform.called(MEDIA)[0].query == {"access_token": "token-1", "media_id": "m1"}

    @pytest.mark.gen_test
    async def test_the_token_is_renewed_for_files_too(self, account: Account) -> None:
        await account.send("一")
        account.platform.expire()
        account.platform.answers[MEDIA] = [{"errcode": 42001}, ("audio/amr", b"#!AMR")]
        assert await account.channel.fetch(Media(platform_id="v")) == (b"#!AMR", "audio/amr")

    @pytest.mark.gen_test
    async def test_a_video_is_fetched_where_the_platform_says(self, account: Account) -> None:
        account.platform.answers[MEDIA] = [{"video_url": f"{account.platform.url}/video"}]
        account.platform.answers["/video"] = [("video/mp4", b"film")]
        assert await account.channel.fetch(Media(platform_id="v")) == (b"film", "video/mp4")

    @pytest.mark.gen_test
    async def test_the_address_when_the_id_is_gone(self, account: Account) -> None:
        account.platform.answers[MEDIA] = [{"errcode": 40007, "errmsg": "invalid media_id"}]
        account.platform.answers["/pic"] = [("image/png", b"png")]
        media = Media(platform_id="gone", url=f"{account.platform.url}/pic")
        assert await account.channel.fetch(media) == (b"png", "image/png")

    @pytest.mark.gen_test
    async def test_gone_altogether(self, account: Account) -> None:
        account.platform.answers[MEDIA] = [{"errcode": 40007, "errmsg": "invalid media_id"}]
        with pytest.raises(PermanentChannelError, match="40007"):
            await account.channel.fetch(Media(platform_id="gone"))
        with pytest.raises(PermanentChannelError):
            await account.channel.fetch(Media())

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        "url",
        [
            "http://169.254.169.254/latest/meta-data",
            "http://127.0.0.1:1/pic",
            "http://localhost/pic",
            "file:///etc/passwd",
            "ftp://mmbiz.qpic.cn/x",
            "http://mmbiz.qpic.cn.evil.example/x",
            "http://evil.example/mmbiz.qpic.cn",
            "http://mmbiz.qpic.cn:8080/x",
            "http://user@mmbiz.qpic.cn/x",
            "http://evil.example\\.qpic.cn/x",
            "http://evil.example#.qpic.cn/x",
            "http://evil.example?.qpic.cn/x",
            "http://qpic.cn@evil.example/x",
            "http://[::1]/x",
            "http://mmbiz.qpic.cn:99999/x",
            "//mmbiz.qpic.cn/x",
            "this is a url",
            "",
        ],
    )
    async def test_no_other_address_is_asked(self, account: Account, url: str) -> None:
        with pytest.raises(PermanentChannelError):
            await account.channel.fetch(Media(url=url))
        assert account.platform.calls == []

    def test_the_platforms_pictures_travel_sealed(self) -> None:
        hosts = ("*.qpic.cn", "127.0.0.1:8123", "platform")
        assert file_address("http://mmbiz.qpic.cn/a/0", hosts) == "https://mmbiz.qpic.cn/a/0"
        assert file_address("HTTP://MMBIZ.QPIC.CN/a/0", hosts) == "https://MMBIZ.QPIC.CN/a/0"
        assert file_address("https://mmbiz.qpic.cn/a/0", hosts) == "https://mmbiz.qpic.cn/a/0"
        assert file_address("http://platform/a", hosts) == "http://platform/a"
        assert file_address("http://127.0.0.1:8123/a", hosts) == "http://127.0.0.1:8123/a"

    @pytest.mark.gen_test
    async def test_a_redirect_elsewhere_is_not_followed(self, account: Account) -> None:
        other = FakePlatform()
        account.platform.answers["/pic"] = [{"redirect": f"{other.url}/secret"}]
        with pytest.raises(PermanentChannelError, match="redirected"):
            await account.channel.fetch(Media(url=f"{account.platform.url}/pic"))
        assert other.calls == []
        await other.close()

    @pytest.mark.gen_test
    async def test_a_file_too_large_is_not_kept(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("channels.wechat.client.MEDIA_BYTES", 1000)
        account.platform.answers["/pic"] = [("image/png", b"x" * 1001)]
        with pytest.raises(PermanentChannelError, match="larger"):
            await account.channel.fetch(Media(url=f"{account.platform.url}/pic"))


class TestMenu:
    @pytest.mark.gen_test
    async def test_published_from_a_file(self, account: Account, tmp_path: Path) -> None:
        menu = {"button": [{"type": "click", "name": "我要咨询", "key": "ask"}]}
        path = tmp_path / "menu.json"
        path.write_text(json.dumps(menu, ensure_ascii=False), encoding="utf-8")
        assert await publish(account.channel.client, path) == 1
        (call,) = account.platform.called("/cgi-bin/menu/create")
        assert call.body == menu


class TestWindow:
    """What the platform would refuse is not asked for."""

    ADDRESS = Address(channel="wechat", account="wx", external_id=OPENID)

    @pytest.mark.gen_test
    @pytest.mark.parametrize(
        ("wrote", "acted", "spent", "code"),
        [
            (48 * 3600 - 1, None, 4, ""),
            (48 * 3600, None, 0, "45015"),
            (None, None, 0, "45015"),
            (60, None, 5, "45047"),
            (None, 59, 2, ""),
            (None, 59, 3, "45047"),
            (None, 60, 0, "45015"),
            (3600, 30, 4, ""),
        ],
    )
    async def test_rules(
        self, account: Account, wrote: float | None, acted: float | None, spent: int, code: str
    ) -> None:
        message = said(self.ADDRESS, (Text(text="办好了"),), wrote=wrote, acted=acted, spent=spent)
        if not code:
            assert (await account.channel.send(message)).via == "api"
            return
        with pytest.raises(Unreachable) as refused:
            await account.channel.send(message)
        assert refused.value.code == code
        assert account.platform.called(SEND) == []

    @pytest.mark.gen_test
    async def test_a_template_message_goes_out_instead(self) -> None:
        account = Account(template_id="T1", template_fields=(("thing1", "{text}"), ("phrase2", "已答复")))
        try:
            account.platform.answers["/cgi-bin/message/template/send"] = [{"errcode": 0, "msgid": 200163836}]
            message = said(self.ADDRESS, (Text(text="办" * 300),), wrote=None)
            receipt = await account.channel.send(message)
            assert (receipt.via, receipt.provider_id) == ("template", "200163836")
            (sent,) = account.platform.called("/cgi-bin/message/template/send")
            assert sent.body["data"] == {"thing1": {"value": "办" * 200}, "phrase2": {"value": "已答复"}}
            account.platform.answers["/cgi-bin/message/template/send"] = [{"errcode": 40037, "errmsg": "bad template"}]
            with pytest.raises(Unreachable):
                await account.channel.send(message)
        finally:
            await account.close()

    @pytest.mark.gen_test
    @pytest.mark.parametrize("code", [43004, 43101, 48002])
    async def test_whoever_wants_no_messages_is_sent_no_template_message(self, code: int) -> None:
        account = Account(template_id="T1", template_fields=(("thing1", "{text}"),))
        try:
            account.platform.answers[SEND] = [{"errcode": code, "errmsg": "no"}]
            with pytest.raises(Unreachable) as refused:
                await account.send("办好了")
            assert refused.value.code == str(code)
            assert account.platform.called("/cgi-bin/message/template/send") == []
        finally:
            await account.close()


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({"errcode": 0, "quota": {"daily_limit": 500, "used": 20, "remain": 480}}, (480, 500)),
        ({"errcode": 0, "errmsg": "ok"}, None),
        ({"errcode": 0, "quota": {"remain": "many"}}, None),
    ],
)
async def test_what_is_left_of_the_day(account: Account, answer: dict[str, Any], left: tuple[int, int] | None) -> None:
    account.platform.answers["/cgi-bin/openapi/quota/get"] = [answer]
    assert await account.channel.client.quota() == left
    (asked,) = account.platform.called("/cgi-bin/openapi/quota/get")
    assert asked.body == {"cgi_path": SEND}
