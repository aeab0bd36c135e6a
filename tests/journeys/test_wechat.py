"""A citizen's day on WeChat."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from gateway.storage.mongo import MongoStore
from tests.follower import Answered, Follower
from tests.journeys.conftest import PICTURE, Platform
from tests.running import ROOT, RunningGateway

ENTRIES = [
    json.loads(line) for line in (ROOT / "config/seed/knowledge.jsonl").read_text(encoding="utf-8").splitlines() if line
]
ID_CARD = next(entry for entry in ENTRIES if "身份证" in entry["question"])


@pytest.fixture
def citizen(gateway: RunningGateway) -> Follower:
    return Follower(gateway.url)


async def settled(store: MongoStore, identity: str, count: int) -> list[dict[str, Any]]:
    """The messages of an identity in the order of their numbers, once there are so many."""
    deadline = time.monotonic() + 15
    while True:
        found = await store.find("messages", {"identity": identity}, sort=[("seq", 1)], limit=200)
        if len(found) >= count and all("seq" in message for message in found):
            return found
        assert time.monotonic() < deadline, f"{len(found)} messages"
        await asyncio.sleep(0.2)


@pytest.mark.gen_test
async def test_a_question_is_answered_in_the_response_and_both_messages_are_kept(
    citizen: Follower, http: aiohttp.ClientSession, stored: MongoStore
) -> None:
    text = await citizen.say(http, ID_CARD["question"])
    assert ID_CARD["answer"] in text
    question, answer = await settled(stored, citizen.identity, 2)
    assert (question["direction"], question["seq"]) == ("in", 1)
    assert question["parts"] == [{"type": "text", "text": ID_CARD["question"]}]
    assert (answer["direction"], answer["seq"], answer["reply_to"]) == ("out", 2, question["_id"])
    assert answer["delivery"]["state"] == "sent"
    assert answer["delivery"]["via"] == "passive"
    assert answer["entries"][0] == ID_CARD["id"]
    assert answer["request_id"] == question["request_id"] != ""


@pytest.mark.gen_test
async def test_the_platforms_three_calls_get_the_same_reply_and_store_one_message(
    citizen: Follower, http: aiohttp.ClientSession, stored: MongoStore
) -> None:
    callback = citizen.text(ID_CARD["question"])
    answers = await asyncio.gather(*(citizen.post(http, callback) for _ in range(3)))
    later = await citizen.post(http, callback)
    assert {answer.text for answer in (*answers, later)} == {answers[0].text}
    assert ID_CARD["answer"] in later.text
    await asyncio.sleep(1)
    assert len(await settled(stored, citizen.identity, 2)) == 2


@pytest.mark.gen_test
async def test_following_greets_and_an_event_repeated_greets_once(
    citizen: Follower, http: aiohttp.ClientSession, stored: MongoStore
) -> None:
    callback = citizen.event("subscribe")
    first, again = [await citizen.post(http, callback) for _ in range(2)]
    assert first == again
    assert "12345" in first.text
    assert len(await settled(stored, citizen.identity, 2)) == 2


@pytest.mark.gen_test
async def test_a_menu_click_is_answered(citizen: Follower, http: aiohttp.ClientSession) -> None:
    answered = await citizen.post(http, citizen.event("CLICK", "<EventKey><![CDATA[person]]></EventKey>"))
    assert answered.status == 200
    assert answered.text


@pytest.mark.gen_test
async def test_voice_with_recognition_is_answered_like_text(citizen: Follower, http: aiohttp.ClientSession) -> None:
    voice = citizen.callback(
        "voice",
        "<MediaId><![CDATA[VOICE-1]]></MediaId><Format><![CDATA[amr]]></Format>"
        f"<Recognition><![CDATA[{ID_CARD['question']}]]></Recognition>",
    )
    assert ID_CARD["answer"] in (await citizen.post(http, voice)).text


@pytest.mark.gen_test
async def test_a_location_is_named_back(citizen: Follower, http: aiohttp.ClientSession) -> None:
    location = citizen.callback(
        "location",
        "<Location_X>23.020536</Location_X><Location_Y>113.751765</Location_Y><Scale>16</Scale>"
        "<Label><![CDATA[东莞市南城街道鸿福路99号]]></Label>",
    )
    assert "鸿福路99号" in (await citizen.post(http, location)).text


@pytest.mark.gen_test
async def test_a_picture_is_fetched_before_it_expires_and_kept(
    citizen: Follower, http: aiohttp.ClientSession, stored: MongoStore, platform: Platform
) -> None:
    image = citizen.callback(
        "image", "<PicUrl><![CDATA[http://mmbiz.example/x]]></PicUrl><MediaId><![CDATA[MEDIA-1]]></MediaId>"
    )
    assert (await citizen.post(http, image)).text
    deadline = time.monotonic() + 20
    while True:
        picture = (await settled(stored, citizen.identity, 2))[0]["parts"][0]["media"]
        if "blob_id" in picture:
            break
        assert time.monotonic() < deadline, "the picture was not fetched"
        await asyncio.sleep(0.3)
    kept = await stored.get_blob(picture["blob_id"])
    assert kept is not None
    assert kept[1] == PICTURE
    assert "MEDIA-1" in platform.asked


@pytest.mark.gen_test
async def test_an_unknown_type_is_kept_and_answered(
    citizen: Follower, http: aiohttp.ClientSession, stored: MongoStore
) -> None:
    answered = await citizen.post(http, citizen.callback("hologram", "<Depth>3</Depth>"))
    assert answered.status == 200
    assert answered.text
    kept = (await settled(stored, citizen.identity, 2))[0]
    assert kept["parts"][0]["type"] == "event"
    assert kept["parts"][0]["name"] == "unknown"


@pytest.mark.gen_test
async def test_danger_is_named_before_anything_else_and_raises_an_alarm(
    citizen: Follower, http: aiohttp.ClientSession, stored: MongoStore
) -> None:
    text = await citizen.say(http, "我家楼下着火了，快来人")
    assert "119" in text[:40]
    await settled(stored, citizen.identity, 2)
    identity = await stored.get("identities", citizen.identity)
    assert identity is not None
    alarms = await stored.find("alarms", {"conversation_id": identity["conversation_id"]})
    assert [alarm["kind"] for alarm in alarms] == ["fire"]
    conversation = await stored.get("conversations", identity["conversation_id"])
    assert conversation is not None
    assert (conversation["owner"]["kind"], conversation["owner"]["urgent"]) == ("queue", True)


@pytest.mark.gen_test
async def test_asking_for_a_person_queues_the_conversation(
    citizen: Follower, http: aiohttp.ClientSession, stored: MongoStore
) -> None:
    assert await citizen.say(http, "人工")
    await citizen.say(http, "我在等")
    await settled(stored, citizen.identity, 3)
    identity = await stored.get("identities", citizen.identity)
    assert identity is not None
    conversation = await stored.get("conversations", identity["conversation_id"])
    assert conversation is not None
    assert (conversation["owner"]["kind"], conversation["owner"]["reason"]) == ("queue", "asked")


@pytest.mark.gen_test
async def test_a_word_on_an_answer_is_kept(citizen: Follower, http: aiohttp.ClientSession, stored: MongoStore) -> None:
    await citizen.say(http, ID_CARD["question"])
    assert await citizen.say(http, "没用")
    await settled(stored, citizen.identity, 4)
    identity = await stored.get("identities", citizen.identity)
    assert identity is not None
    [feedback] = await stored.find("feedback", {"conversation_id": identity["conversation_id"]})
    assert (feedback["entry_id"], feedback["helpful"]) == (ID_CARD["id"], False)


@pytest.mark.gen_test
async def test_many_messages_at_once_are_numbered_without_gap_or_repeat(
    citizen: Follower, http: aiohttp.ClientSession, stored: MongoStore
) -> None:
    callbacks = [citizen.text(f"{entry['question']}") for entry in ENTRIES[:20]]
    answers: list[Answered] = await asyncio.gather(
        *(citizen.post(http, callback) for callback in callbacks for _ in range(3))
    )
    assert all(answer.status == 200 for answer in answers)
    messages = await settled(stored, citizen.identity, 40)
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
    incoming = [message for message in messages if message["direction"] == "in"]
    assert sorted(message["provider_id"] for message in incoming) == sorted(one.msg_id for one in callbacks)


@pytest.mark.gen_test
async def test_a_stale_callback_is_refused_and_not_kept(
    citizen: Follower, http: aiohttp.ClientSession, stored: MongoStore
) -> None:
    old = citizen.callback("text", "<Content><![CDATA[在吗]]></Content>", at=int(time.time()) - 3600)
    assert (await citizen.post(http, old)).status in (401, 403)
    assert await stored.find("messages", {"identity": citizen.identity}) == []


def test_logs_name_no_citizen(gateway: RunningGateway, citizen: Follower) -> None:
    assert citizen.openid not in gateway.log()
    assert "journeysecret" not in gateway.log()
