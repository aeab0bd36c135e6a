"""A citizen's day on SMS, over the simulated platforms, and one citizen on two channels."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tornado.ioloop import IOLoop

from gateway.storage.mongo import MongoStore
from simulator.accounts import fresh_account
from simulator.running import RunningSimulator
from tests.commands.test_running_commands import run
from tests.journeys.test_wechat import ENTRIES, ID_CARD
from tests.running import RunningGateway

SHORT = next(entry for entry in ENTRIES if len(entry["answer"]) < 180 and "身份证" in entry["question"])
STEPS = "\n".join(
    f"第{number}步，带齐第{number}份材料到奇想亭{number}号窗口，当场核对，当场取回原件。" for number in range(1, 21)
)
LONG = f'编号,问题,相似问题,答案,单位\nqx-long,奇想亭证怎么办理？,奇想亭证办理流程|办奇想亭证,"{STEPS}",市城管局\n'


SECRET = "k" * 40


class Phone:
    """A simulated phone, by what its screen shows."""

    def __init__(self, http: aiohttp.ClientSession, simulator: RunningSimulator, kind: str) -> None:
        self._http = http
        self._url = simulator.url
        self._kind = kind
        self.id, self.name = "", ""
        self._seen = 0

    async def start(self) -> Phone:
        made = await self._post("/phones", {"kind": self._kind})
        self.id, self.name = made["id"], made["name"]
        return self

    async def _post(self, path: str, body: Any) -> Any:
        async with self._http.post(self._url + path, json=body) as response:
            assert response.status < 300, await response.text()
            return await response.json()

    async def say(self, text: str) -> None:
        await self.act(type="text", text=text)

    async def act(self, **act: Any) -> None:
        await self._post(f"/phones/{self.id}/messages", act)

    async def state(self, **changes: Any) -> None:
        await self._post(f"/phones/{self.id}/state", changes)

    async def hears(self, what: str = "", within: float = 20.0) -> str:
        """The next thing the hotline says here that contains `what`."""
        deadline = time.monotonic() + within
        heard: list[str] = []
        while time.monotonic() < deadline:
            url = f"{self._url}/phones/{self.id}/events?after={self._seen}&wait=2"
            async with self._http.get(url) as response:
                events = (await response.json())["events"]
            for event in events:
                self._seen = event["n"]
                if event["from"] == "hotline" and event.get("text"):
                    heard.append(event["text"])
                    if what in event["text"]:
                        return str(event["text"])
        raise AssertionError(f"{what!r} was not heard, but {heard}")

    async def hears_nothing(self, seconds: float = 2.5) -> None:
        with contextlib.suppress(AssertionError):
            heard = await self.hears(within=seconds)
            pytest.fail(f"heard {heard!r}")

    async def ask(self, text: str, what: str = "") -> str:
        await self.say(text)
        return await self.hears(what)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningGateway, RunningSimulator]]:
    """A gateway on both simulated platforms, with the sample knowledge."""
    gateway = RunningGateway(tmp_path_factory.mktemp("town") / "data", {})
    with RunningSimulator(fresh_account(gateway_url=gateway.url)) as simulator:
        gateway.settings |= {
            **simulator.settings,
            "HOTLINE_DEMO": "true",
            "HOTLINE_SECRET_KEY": SECRET,
            "HOTLINE_TICKETS__TELL_AFTER": "1s",
        }
        gateway.start()
        yield gateway, simulator
        assert gateway.stop() == 0
    assert '"exception"' not in gateway.log()


@pytest.fixture
def kept(town: tuple[RunningGateway, RunningSimulator], io_loop: IOLoop) -> Iterator[MongoStore]:
    store = MongoStore(town[0].stores()[0], "hotline")
    yield store
    io_loop.run_sync(store.close)


@pytest.fixture
def sms(town: tuple[RunningGateway, RunningSimulator], http: aiohttp.ClientSession, io_loop: IOLoop) -> Phone:
    return io_loop.run_sync(Phone(http, town[1], "sms").start)


@pytest.fixture
def wechat(town: tuple[RunningGateway, RunningSimulator], http: aiohttp.ClientSession, io_loop: IOLoop) -> Phone:
    return io_loop.run_sync(Phone(http, town[1], "wechat").start)


async def outgoing(store: MongoStore, number: str) -> list[dict[str, Any]]:
    found = await store.find("messages", {"direction": "out"}, sort=[("_id", -1)], limit=200)
    return [message for message in found if message["identity"].endswith(number)]


@pytest.mark.gen_test(timeout=60)
async def test_a_question_by_sms_is_answered_and_its_delivery_is_known(sms: Phone, kept: MongoStore) -> None:
    assert SHORT["answer"][:40] in await sms.ask(SHORT["question"])
    deadline = time.monotonic() + 15
    while True:
        (answer,) = await outgoing(kept, sms.name)
        if answer["delivery"]["state"] == "delivered":
            break
        assert time.monotonic() < deadline, answer["delivery"]
        await asyncio.sleep(0.2)
    assert answer["delivery"]["attempts"] == 1
    assert answer["provider_id"].startswith("SM")


@pytest.mark.gen_test(timeout=60)
async def test_a_long_answer_is_short_on_sms_and_whole_behind_its_link(
    sms: Phone, town: tuple[RunningGateway, RunningSimulator], http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    (tmp_path / "long.csv").write_text(LONG, encoding="utf-8")
    done = await asyncio.to_thread(run, town[0].data_dir, "kb", "import", str(tmp_path / "long.csv"))
    assert done.returncode == 0, done.stderr
    await asyncio.sleep(2)
    text = await sms.ask("奇想亭证怎么办理？", "第1步")
    assert len(text) <= 320
    link = re.search(r"https?://\S+/m/\w+", text)
    assert link, text
    async with http.get(link[0]) as response:
        assert response.status == 200
        page = await response.text()
    assert STEPS[-20:] in page
    nowhere = link[0].rpartition("/")[0] + "/aaaaaaaaaaaa"
    async with http.get(nowhere, headers={"Accept-Language": "en"}) as response:
        assert response.status == 404
        assert "There is no such link" in await response.text()


@pytest.mark.gen_test(timeout=60)
async def test_choices_are_numbers(sms: Phone) -> None:
    offered = await sms.ask("菜单")
    assert re.search(r"(?m)^1[.、 ]", offered), offered
    assert await sms.ask("1")


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize("word", ["TD", "退订", "STOP"])
async def test_whoever_wants_no_messages_gets_none_until_they_ask(sms: Phone, word: str, kept: MongoStore) -> None:
    assert await sms.ask(SHORT["question"], SHORT["answer"][:20])
    await sms.say(word)
    if word != "STOP":  # the platform answers its own word
        await sms.hears("退订")
    else:
        await asyncio.sleep(1)
    await sms.say(SHORT["question"])
    await sms.hears_nothing()
    held = [message["delivery"] for message in await outgoing(kept, sms.name)]
    assert [delivery["code"] for delivery in held if delivery["state"] == "failed"] in (["opted_out"], ["21610"])
    await sms.say("START")
    await asyncio.sleep(1)
    assert await sms.ask(SHORT["question"], SHORT["answer"][:20])


@pytest.mark.gen_test(timeout=90)
async def test_a_phone_proved_on_wechat_gets_what_wechat_cannot_bring(
    sms: Phone, wechat: Phone, kept: MongoStore, town: tuple[RunningGateway, RunningSimulator]
) -> None:
    await wechat.ask("绑定手机")
    await wechat.ask(sms.name.removeprefix("+86"), "验证码")
    code = re.search(r"\d{6}", await sms.hears("验证码"))
    assert code
    wrong = f"{(int(code[0]) + 1) % 10**6:06d}"
    await wechat.ask(wrong)
    assert "****" in await wechat.ask(code[0], sms.name[-4:])
    deadline = time.monotonic() + 10
    while True:
        identities = await kept.find("identities", {}, limit=1000)
        phone = next(one for one in identities if one["external_id"] == sms.name)
        together = [one for one in identities if one["contact_id"] == phone["contact_id"]]
        if len(together) == 2:
            break
        assert time.monotonic() < deadline, together
        await asyncio.sleep(0.2)
    assert {one["channel"] for one in together} == {"wechat", "sms"}
    assert phone["verified"]


@pytest.mark.gen_test(timeout=60)
async def test_nothing_is_joined_on_a_number_that_was_only_said(sms: Phone, wechat: Phone, kept: MongoStore) -> None:
    await wechat.ask("绑定手机")
    await wechat.ask(sms.name.removeprefix("+86"), "验证码")
    await sms.hears("验证码")
    await asyncio.sleep(1.5)
    identities = await kept.find("identities", {}, limit=1000)
    phone = next(one for one in identities if one["external_id"] == sms.name)
    assert sum(one["contact_id"] == phone["contact_id"] for one in identities) == 1
    assert not phone["verified"]


@pytest.mark.gen_test(timeout=60)
async def test_a_question_asked_on_both_phones_is_answered_alike(sms: Phone, wechat: Phone) -> None:
    assert ID_CARD["answer"][:30] in await wechat.ask(ID_CARD["question"])
    assert ID_CARD["answer"][:30] in await sms.ask(ID_CARD["question"])
