"""The channels' health over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from config.settings import Settings, Sms, WeChat
from gateway.configured import channel_setups
from gateway.core.channel_health import ChannelWatch, Traffic
from gateway.core.health import Health
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisLimits
from gateway.web.desk import channels as channels_api
from gateway.web.desk.channels import ChannelsView
from tests.core.conftest import Now
from tests.core.delivering import Platform, Process
from tests.web.desk.site import Site

SECRETS = ("wechat-token-word", "sms-auth-word")


def _settings(folder: Path) -> Settings:
    return Settings(
        data_dir=folder,
        public_url="https://12345.example.cn",
        wechat=WeChat(app_id="wx1", token=SecretStr(SECRETS[0])),
        sms=Sms(account_sid="AC1", auth_token=SecretStr(SECRETS[1]), from_number="+8610"),
    )


@pytest.mark.gen_test
async def test_each_channel_and_store_with_a_word_and_never_a_secret(
    open_site: Callable[..., Site],
    open_store: Callable[..., MongoStore],
    bus: RedisBus,
    limits: RedisLimits,
    now: Now,
    tmp_path: Path,
) -> None:
    store = open_store()
    health = Health({"mongo": store.ping})
    await health.check()
    watch = ChannelWatch(
        store,
        now,
        setups=channel_setups(_settings(tmp_path)),
        courier=Process(store, bus, limits, now, {"sms": Platform()}).courier,
        health=health,
        traffic=Traffic(now),
        sockets=lambda: 3,
        accounts={},
    )
    site = open_site(also=lambda access: channels_api.routes(access, watch))
    root = await site.program("administrator")
    answer = await root.call("GET", "/channels")
    assert not any(secret in str(answer.body) for secret in SECRETS)
    found = ChannelsView.model_validate(answer.body)
    wechat, sms, web = found.channels
    assert (wechat.verdict, wechat.reasons, wechat.missing) == (
        "slow",
        ("half_set_up",),
        ("HOTLINE_WECHAT__APP_SECRET",),
    )
    assert (sms.verdict, sms.account, sms.provider, sms.sender, sms.missing) == ("well", "AC1", "twilio", "+8610", ())
    assert (web.verdict, web.sockets, web.account) == ("well", 3, "https://12345.example.cn")
    assert [(one.name, one.verdict) for one in found.stores] == [("mongo", "well")]
    assert (await (await site.program("agent")).call("GET", "/channels")).code == "forbidden"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    wechat, sms, web = channel_setups(Settings(data_dir=tmp_path, demo=False))
    assert wechat.missing == ("HOTLINE_WECHAT__APP_ID", "HOTLINE_WECHAT__TOKEN", "HOTLINE_WECHAT__APP_SECRET")
    assert sms.missing == (
        "HOTLINE_SMS__ACCOUNT_SID",
        "HOTLINE_SMS__AUTH_TOKEN",
        "HOTLINE_PUBLIC_URL",
        "HOTLINE_SMS__FROM_NUMBER",
    )
    assert (web.configured, web.missing) == (True, ("HOTLINE_PUBLIC_URL",))
