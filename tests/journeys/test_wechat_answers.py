"""A person answers on WeChat until the platform allows no more: the desk says so, and nothing more is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from tests.follower import SETTINGS, Follower
from tests.journeys.conftest import Platform
from tests.journeys.test_desk_api import PASSWORD, People, Staff, people
from tests.running import RunningGateway

__all__ = ["people"]  # a fixture

pytestmark = pytest.mark.timeout(180)
CLOSED = "这次就先到这里"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, platform: Platform) -> Iterator[RunningGateway]:
    settings = {
        **SETTINGS,
        "HOTLINE_WECHAT__API_BASE": platform.url,
        "HOTLINE_ADMIN__USERNAME": "root",
        "HOTLINE_ADMIN__PASSWORD": PASSWORD,
    }
    running = RunningGateway(tmp_path_factory.mktemp("answers") / "data", settings)
    running.start()
    yield running
    assert running.stop() == 0
    assert '"exception"' not in running.log()


class Answering:
    """Alice and one citizen."""

    def __init__(self, alice: Staff, http: aiohttp.ClientSession, citizen: Follower) -> None:
        self._alice, self._http, self._citizen = alice, http, citizen
        self.id = ""

    async def taken(self) -> None:
        await self._citizen.say(self._http, "转人工")
        for _ in range(100):
            _, found = await self._alice.call("GET", "/conversations?list=waiting")
            if found["conversations"]:
                break
            await asyncio.sleep(0.1)
        self.id = found["conversations"][0]["id"]
        await self.move("take")

    async def move(self, move: str, **particulars: str) -> None:
        said = {"move": move, **particulars}
        status, answer = await self._alice.call("POST", f"/conversations/{self.id}/moves", said)
        assert status == 200, answer

    async def says(self, text: str) -> dict[str, Any]:
        """How far it has come, once that is known."""
        answer = {"client_id": f"alice-{ord(text):05}", "text": text}
        status, said = await self._alice.call("POST", f"/conversations/{self.id}/messages", answer)
        assert status == 201, said
        for _ in range(150):
            _, page = await self._alice.call("GET", f"/conversations/{self.id}/messages")
            (message,) = [one for one in page["messages"] if one["id"] == said["id"]]
            if message["delivery"]["state"] not in ("queued", "sending"):
                return dict(message["delivery"])
            await asyncio.sleep(0.1)
        raise AssertionError(message)

    async def left(self) -> int:
        _, one = await self._alice.call("GET", f"/conversations/{self.id}")
        return int(one["citizen"]["allowance"]["left"])


@pytest.mark.gen_test(timeout=150)
async def test_seven_answers_where_five_are_allowed_and_a_farewell_where_one_is_left_over(
    people: People, office: RunningGateway, http: aiohttp.ClientSession, platform: Platform
) -> None:
    citizen = Follower(office.url)
    talk = Answering(people["alice"], http, citizen)
    await talk.taken()
    states, left = [], [await talk.left()]
    for text in "一二三四五六七":
        states.append((await talk.says(text))["state"])
        left.append(await talk.left())
    assert left == [5, 4, 3, 2, 1, 0, 0, 0]
    assert states == ["sent"] * 5 + ["failed"] * 2
    received = [text for to, text in platform.sent if to == citizen.openid]
    assert received == list("一二三四五")
    await talk.move("close", category="其他")

    await talk.taken()
    await talk.says("八")
    await talk.move("close", category="其他")
    for _ in range(100):
        received = [text for to, text in platform.sent if to == citizen.openid]
        if len(received) > 6:
            break
        await asyncio.sleep(0.1)
    assert received[5] == "八"
    assert [text[:7] for text in received[6:]] == [CLOSED], "once, and not when nothing was left"
    _, thread = await people["alice"].call("GET", f"/conversations/{talk.id}/messages")
    assert sum(CLOSED in str(message["parts"]) for message in thread["messages"]) == 1
