"""What processes saw of the channels, and what is read of it, over the real stores."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.contract import (
    Address,
    ChannelError,
    PermanentChannelError,
    Report,
    TemporaryChannelError,
    UncertainChannelError,
    Unreachable,
)
from gateway.core.channel_health import ChannelState, ChannelWatch, Processes, Quota, Setup, Token, Traffic
from gateway.core.channel_health.traffic import MOST_CODES, Hour, Seen, hour
from gateway.core.delivery import Reporting
from gateway.core.delivery.breaker import PATIENCE
from gateway.core.health import Health
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisLimits
from tests.core.conftest import Now
from tests.core.delivering import POLICY, Platform, Process

SETUPS = (
    Setup("wechat", False, missing=("HOTLINE_WECHAT__APP_ID",)),
    Setup("sms", True, "AC1", provider="twilio", sender="+8610"),
    Setup("web", True, delivers=False),
)
_numbers = itertools.count(1)


class Watched:
    """A process that delivers, and its watch."""

    def __init__(self, store: MongoStore, bus: RedisBus, limits: RedisLimits, now: Now, sms: Platform, **more: Any):
        self.process = Process(store, bus, limits, now, {"sms": sms})
        self.traffic = Traffic(now)
        self.process.courier.counts.heard = self.traffic.went
        self.reports = Reporting(store, bus, now, policy=POLICY, chance=lambda: 1.0, heard=self.traffic.went)
        self.health = Health({"mongo": store.ping})
        self.watch = ChannelWatch(
            store,
            now,
            setups=SETUPS,
            courier=self.process.courier,
            health=self.health,
            traffic=self.traffic,
            sockets=lambda: 7,
            accounts=more.get("accounts", {}),
            kept=0.0,
        )

    async def look(self, channel: str = "sms") -> ChannelState:
        found = await self.watch.overview()
        return next(one for one in found.channels if one.setup.channel == channel)


@pytest.fixture
def sms() -> Platform:
    return Platform()


@pytest.fixture
def new(
    open_store: Callable[..., MongoStore], bus: RedisBus, limits: RedisLimits, now: Now, sms: Platform
) -> Callable[..., Watched]:
    return lambda **more: Watched(open_store(), bus, limits, now, sms, **more)


def phone() -> Address:
    return Address(channel="sms", account="AC1", external_id=f"+8613900{next(_numbers):06d}")


@pytest.mark.gen_test
async def test_what_was_tried_is_counted_with_the_platforms_reasons(
    new: Callable[..., Watched], sms: Platform, now: Now
) -> None:
    one, other = new(), new()
    sms.script["甲"] = [
        PermanentChannelError("Twilio 30005: 号码不存在", code="30005", documentation="https://x/30005")
    ]
    sms.script["乙"] = [UncertainChannelError("no answer", code="no_answer")]
    sms.script["丙"] = [TemporaryChannelError("busy", code="429")]
    sms.script["丁"] = [Unreachable("opted out", code="21610")]
    for text in ("甲", "乙", "丙", "丁", "戊"):
        await one.process.post(phone(), text)
    await one.process.deliver()
    await other.process.post(phone(), "己")
    await other.process.deliver()
    await other.watch.write()
    seen = await one.look()
    found = seen.hour
    assert (found.sent, found.failed, found.uncertain, found.delayed, found.unreachable) == (2, 1, 1, 1, 1)
    code = next(code for code in found.codes if code.code == "30005")
    assert (code.meaning, code.documentation, code.number) == ("Twilio 30005: 号码不存在", "https://x/30005", 1)
    assert {code.code for code in found.codes} == {"30005", "no_answer", "429", "21610"}
    assert (seen.queued.number, seen.failed.number, seen.uncertain.number) == (1, 2, 0)
    assert seen.oldest_at == now()
    now.move(3601)
    assert (await one.look()).hour == Hour()


@pytest.mark.gen_test
async def test_what_a_platform_reports_later_counts_as_well(new: Callable[..., Watched]) -> None:
    one = new()
    sent, again = [(await one.process.post(phone(), text))[0] for text in ("甲", "乙")]
    await one.process.deliver()
    for message, temporary in ((sent, False), (again, True)):
        provider_id = (await one.process.message(message.id)).provider_id or ""
        report = Report(message.id, provider_id, "failed", "30003", "对方手机暂时无法接通", temporary=temporary)
        assert await one.reports.report(report)
    found = (await one.look()).hour
    assert (found.sent, found.failed, found.delayed) == (2, 1, 1)
    assert [(code.code, code.number) for code in found.codes] == [("30003", 2)]


@pytest.mark.gen_test
async def test_a_platform_that_takes_nothing_is_in_trouble(
    new: Callable[..., Watched], sms: Platform, now: Now
) -> None:
    one, other = new(), new()
    assert (await one.look()).verdict == "well"
    sms.everything = TemporaryChannelError("down", code="503")
    for _ in range(PATIENCE):
        await one.process.post(phone(), "您好")
    await one.process.deliver()
    seen = await one.look()
    assert (seen.verdict, seen.reasons) == ("trouble", ("left_alone", "most_fail"))
    assert (seen.left_alone, seen.queued.number) == (1, PATIENCE)
    assert 0 <= (seen.next_try or 0) <= 1
    await other.watch.write()
    seen = await one.look()
    assert "left_alone" not in seen.reasons, "one of two goes on"
    now.move(21)
    await other.watch.write()
    assert (await other.watch.overview()).processes == 1, "the other has been silent too long"


@pytest.mark.gen_test
async def test_each_channel_by_how_it_is_set_up(new: Callable[..., Watched]) -> None:
    one, other = new(), new()
    await other.watch.write()
    assert (await one.look("wechat")).reasons == ("not_set_up",)
    web = await one.look("web")
    assert (web.verdict, web.sockets, web.queued.number) == ("well", 14, 0)
    assert (await one.look("sms")).sockets is None
    await one.health.check()
    (store,) = (await one.watch.overview()).stores
    assert (store.name, store.verdict, store.cause) == ("mongo", "well", "")
    assert (store.took or 9) < 2


@pytest.mark.gen_test
async def test_when_something_was_last_said_outlives_the_process(new: Callable[..., Watched], now: Now) -> None:
    one = new()
    one.traffic.on_event({"messages": [{"identity": "web:site:v1", "direction": "in"}]})
    said = now()
    now.move(5)
    one.traffic.on_event({"messages": [{"identity": "web:site:v1", "direction": "out"}]})
    await one.watch.write()
    now.move(1800)
    later = new()
    await later.watch.start()
    await later.watch.write()
    now.move(1900)
    assert await later.watch.sweep() == 1
    web = await later.look("web")
    assert (web.last_in, web.last_out) == (said, said + timedelta(seconds=5))


class _Account:
    """A platform's answers."""

    def __init__(self) -> None:
        self.asked = 0
        self.says: Quota | ChannelError | None = Quota(1, 100)

    async def token(self) -> Token | None:
        return Token(None, datetime(2026, 11, 24, 4, 0, tzinfo=UTC))

    async def quota(self) -> Quota | None:
        self.asked += 1
        if isinstance(self.says, ChannelError):
            raise self.says
        return self.says


@pytest.mark.gen_test
async def test_the_platform_is_asked_for_its_quota_seldom(new: Callable[..., Watched]) -> None:
    account = _Account()
    one = new(accounts={"sms": account})
    for _ in range(3):
        seen = await one.look()
        assert (seen.quota, seen.reasons) == (Quota(1, 100), ("quota_low",))
    assert account.asked == 1
    assert seen.token is not None
    silent = _Account()
    silent.says = TemporaryChannelError("away", code="-1")
    other = new(accounts={"sms": silent})
    assert (await other.look()).quota is None
    assert (await other.look()).verdict == "well"
    assert silent.asked == 1


@pytest.mark.gen_test
async def test_a_row_that_was_swept_away_is_written_again(store: MongoStore, now: Now) -> None:
    processes = Processes(store, now)
    await processes.write(Seen(sockets=1))
    await store.delete("process_reports", [(await store.find("process_reports", {}))[0]["_id"]])
    await processes.write(Seen(sockets=2))
    await processes.write(Seen(sockets=3))
    (report,) = await processes.all()
    assert (report.seen.sockets, report.alive) == (3, True)


def test_a_row_is_read_as_it_was_written_and_codes_are_bounded(now: Now) -> None:
    traffic = Traffic(now)
    for number in range(3 * MOST_CODES):
        traffic.went("sms", "failed", 2, PermanentChannelError("x" * 1000, code=f"code{number}"))
    seen = traffic.seen(3, {"sms": 1.5})
    assert Seen.unpack(seen.pack()) == seen
    assert len(seen.meanings) == MOST_CODES
    assert hour("sms", [seen], now()).failed == 6 * MOST_CODES
    assert len(seen.pack()) < 64_000
