"""Twilio's interface: creating, refusing, looking up, listing."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator.server import Simulator
from simulator.twilio_messages import segments
from tests.simulator.conftest import Caller, Clock

TO = "+8613800000001"
DATA = Path(os.environ.get("HOTLINE_TEST_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")


def _set(simulator: Simulator, **changes: Any) -> None:
    simulator.world.behaviour = simulator.world.behaviour.model_copy(update=changes)


@pytest.mark.gen_test
async def test_a_message_is_taken_and_goes_its_way(caller: Caller, simulator: Simulator, clock: Clock) -> None:
    status, made = await caller.sms(TO, "您好 👍")
    assert (status, made["status"], made["date_sent"], made["error_code"]) == (201, "queued", None, None)
    assert re.fullmatch(r"SM[0-9a-f]{32}", made["sid"])
    assert (made["num_segments"], made["num_media"]) == ("1", "0")
    assert (made["to"], made["from"], made["body"]) == (TO, caller.account.twilio.from_number, "您好 👍")
    clock.now += 1
    status, read = await caller.twilio(f"{caller.messages}/{made['sid']}.json")
    assert (status, read["status"]) == (200, "delivered")
    assert read["date_sent"] == datetime.fromtimestamp(clock.now - 1, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    [entry] = simulator.world.journal.after(0, 10)[0]
    assert (entry.n, entry.to, entry.text, entry.id, entry.answer_lost) == (1, TO, "您好 👍", made["sid"], False)


@pytest.mark.gen_test
async def test_a_service_chooses_the_number_later(caller: Caller, clock: Clock) -> None:
    service = caller.account.twilio.messaging_service_sid
    _, made = await caller.sms(TO, From=None, MessagingServiceSid=service)
    assert (made["status"], made["from"], made["messaging_service_sid"]) == ("accepted", None, service)
    clock.now += 1
    _, read = await caller.twilio(f"{caller.messages}/{made['sid']}.json")
    assert (read["status"], read["from"]) == ("delivered", caller.account.twilio.from_number)


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"to": ""}, 400, 21604),
        ({"to": "13800000001"}, 400, 21211),
        ({"to": "+0123456789"}, 400, 21211),
        ({"body": ""}, 400, 21602),
        ({"body": "字" * 1601}, 400, 21617),
        ({"From": None}, 400, 21603),
        ({"From": "12345"}, 400, 21212),
        ({"From": "+14155550000"}, 400, 21606),
        ({"MessagingServiceSid": "MG" + "0" * 32}, 404, 21701),
        ({"StatusCallback": "not a url"}, 400, 21609),
        ({"to": "+861062345678"}, 400, 21614),
        ({"to": "+8676922112345"}, 400, 21614),
    ],
)
async def test_what_is_refused(caller: Caller, form: dict[str, Any], status: int, code: int) -> None:
    answered, error = await caller.sms(**form)
    assert (answered, error["status"], error["code"]) == (status, status, code)
    assert error["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert error["message"]
    assert caller.simulator.world.journal.last == 0


@pytest.mark.gen_test
async def test_the_longest_body_is_taken(caller: Caller) -> None:
    status, made = await caller.sms(TO, "字" * 1600)
    assert (status, made["num_segments"]) == (201, "24")


@pytest.mark.gen_test
async def test_credentials_are_checked(caller: Caller) -> None:
    for headers in ({}, caller.basic(secret="wrong"), caller.basic(sid="AC" + "0" * 32)):
        status, error = await caller.ask("POST", f"{caller.messages}.json", data={"To": TO}, headers=headers)
        assert (status, error["code"]) == (401, 20003)
    other = f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"
    for path in (other, f"{caller.messages}/SM{'0' * 32}.json", "/2010-04-01/Nothing.json"):
        status, error = await caller.twilio(path)
        assert (status, error["code"]) == (404, 20404)


@pytest.mark.gen_test
async def test_states_of_handsets(caller: Caller, simulator: Simulator, clock: Clock) -> None:
    handset = simulator.twilio.handset(TO)
    handset.opted_out = True
    assert (await caller.sms(TO))[1]["code"] == 21610
    handset.opted_out = False
    handset.landline = True
    assert (await caller.sms(TO))[1]["code"] == 21614
    handset.landline = False
    for reachable, fails_with, code in ((False, None, 30003), (True, 30007, 30007)):
        handset.reachable, handset.fails_with = reachable, fails_with
        _, made = await caller.sms(TO)
        clock.now += 1
        _, read = await caller.twilio(f"{caller.messages}/{made['sid']}.json")
        assert (read["status"], read["error_code"]) == ("undelivered", code)
        assert read["error_message"]


@pytest.mark.gen_test
async def test_lists_are_narrowed_by_number_and_date(caller: Caller, clock: Clock) -> None:
    clock.now = datetime(2025, 3, 10, 23, 59, 58, tzinfo=UTC).timestamp()
    other = "+8613900000002"
    sids = []
    for to in (TO, other, TO):
        sids.append((await caller.sms(to))[1]["sid"])
        clock.now += 86400
    clock.now += 1

    async def listed(query: str) -> list[int]:
        status, page = await caller.twilio(f"{caller.messages}.json?{query}")
        assert status == 200, page
        return [sids.index(message["sid"]) for message in page["messages"]]

    assert await listed("") == [2, 1, 0]
    assert await listed(f"To=%2B{TO[1:]}") == [2, 0]
    assert await listed(f"From=%2B{caller.account.twilio.from_number[1:]}") == [2, 1, 0]
    assert await listed("From=%2B14155559999") == []
    assert await listed("DateSent=2025-03-11") == [1]
    for after in ("DateSent%3E=2025-03-11", "DateSent>=2025-03-11", "DateSent%3E%3D=2025-03-11"):
        assert await listed(after) == [2, 1]
    for before in ("DateSent%3C=2025-03-11", "DateSent<=2025-03-11", "DateSent%3C%3D=2025-03-11"):
        assert await listed(before) == [1, 0]
    assert await listed("DateSent%3E=2025-03-11T23:59:58Z") == [2, 1]
    assert await listed("DateSent%3E=2025-03-11T23:59:59Z") == [2]
    assert await listed("DateSent%3E=2025-03-11&DateSent%3C=2025-03-11&To=%2B8613900000002") == [1]
    status, error = await caller.twilio(f"{caller.messages}.json?DateSent=yesterday")
    assert (status, error["code"]) == (400, 20001)


@pytest.mark.gen_test
async def test_what_waits_has_no_date_yet(caller: Caller, clock: Clock) -> None:
    await caller.sms(TO)
    today = datetime.fromtimestamp(clock.now, UTC).strftime("%Y-%m-%d")
    assert (await caller.twilio(f"{caller.messages}.json?DateSent%3E={today}"))[1]["messages"] == []
    clock.now += 0.5
    assert len((await caller.twilio(f"{caller.messages}.json?DateSent%3E={today}"))[1]["messages"]) == 1


@pytest.mark.gen_test
@pytest.mark.parametrize("absolute", [False, True])
async def test_pages_follow_each_other_while_messages_come(
    caller: Caller, simulator: Simulator, absolute: bool
) -> None:
    _set(simulator, absolute_pages=absolute)
    sids = [(await caller.sms(TO, str(n)))[1]["sid"] for n in range(7)]
    path, found = f"{caller.messages}.json?PageSize=3", []
    while path:
        _, page = await caller.twilio(path)
        found += [message["sid"] for message in page["messages"]]
        assert page["start"] == page["page"] * 3
        await caller.sms("+8613900000002", "between")
        path = (page["next_page_uri"] or "").removeprefix(simulator.url)
    assert found == sids[::-1]


@pytest.mark.gen_test
async def test_the_oldest_messages_are_forgotten(caller: Caller, simulator: Simulator) -> None:
    simulator.twilio.messages._size = 3
    sids = [(await caller.sms(to))[1]["sid"] for to in (TO, "+8613900000002", TO, TO)]
    assert (await caller.twilio(f"{caller.messages}/{sids[0]}.json"))[0] == 404
    _, page = await caller.twilio(f"{caller.messages}.json?To=%2B{TO[1:]}")
    assert [message["sid"] for message in page["messages"]] == [sids[3], sids[2]]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("字" * 70, 1),
        ("字" * 71, 2),
        ("字" * 135, 3),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
    ],
)
def test_segments(text: str, count: int) -> None:
    assert segments(text) == count


def _disagreements(value: Any, schema: dict[str, Any], schemas: dict[str, Any], at: str) -> list[str]:
    """What of a value the description does not allow."""
    if "$ref" in schema:
        return _disagreements(value, schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, at)
    if value is None:
        return [] if schema.get("nullable") else [f"{at} is null"]
    kinds = {"string": str, "integer": int, "object": dict, "array": list, "boolean": bool}
    found = []
    if "type" in schema and not isinstance(value, kinds[schema["type"]]):
        found.append(f"{at} is no {schema['type']}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at} is {value}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{at} does not match")
    if schema.get("format") == "uri" and not re.match(r"[a-z]+://", value):
        found.append(f"{at} is no URI")
    for name, below in schema.get("properties", {}).items():
        if name in value:
            found += _disagreements(value[name], below, schemas, f"{at}.{name}")
        else:
            found.append(f"{at}.{name} is missing")
    if isinstance(value, list):
        for row in value:
            found += _disagreements(row, schema["items"], schemas, f"{at}[]")
    return found


@pytest.mark.gen_test
async def test_answers_are_as_twilio_describes_them(caller: Caller, simulator: Simulator, clock: Clock) -> None:
    file = DATA / "twilio_api_v2010.json"
    if not file.exists():
        pytest.skip(f"Twilio's description is not at {file}; set HOTLINE_TEST_DATA")
    described = json.loads(file.read_text())
    schemas, base = described["components"]["schemas"], "/2010-04-01/Accounts/{AccountSid}/Messages"

    def check(value: Any, path: str, method: str, status: str) -> None:
        answer = described["paths"][path][method]["responses"][status]["content"]["application/json"]
        assert _disagreements(value, answer["schema"], schemas, "answer") == []

    service = caller.account.twilio.messaging_service_sid
    simulator.twilio.handset("+8613800000003").reachable = False
    made = []
    for to, rest in (
        (TO, {}),
        ("+8613800000002", {"From": None, "MessagingServiceSid": service}),
        ("+8613800000003", {}),
        (TO, {"MediaUrl": "https://example.com/a.png"}),
    ):
        _, message = await caller.sms(to, **rest)
        check(message, f"{base}.json", "post", "201")
        made.append(message["sid"])
    clock.now += 1
    phone = simulator.phones.make("sms")
    await caller.post(f"/phones/{phone.id}/messages", {"type": "image"})
    for sid in made:
        check((await caller.twilio(f"{caller.messages}/{sid}.json"))[1], f"{base}/{{Sid}}.json", "get", "200")
    _, page = await caller.twilio(f"{caller.messages}.json?PageSize=2&Page=1")
    check(page, f"{base}.json", "get", "200")
    _, page = await caller.twilio(f"{caller.messages}.json?From=%2B{phone.address[1:]}")
    sid = page["messages"][0]["sid"]
    assert (sid[:2], page["messages"][0]["direction"]) == ("MM", "inbound")
    _, media = await caller.twilio(f"{caller.messages}/{sid}/Media.json")
    check(media, f"{base}/{{MessageSid}}/Media.json", "get", "200")
    _, one = await caller.twilio(f"{caller.messages}/{sid}/Media/{media['media_list'][0]['sid']}.json")
    check(one, f"{base}/{{MessageSid}}/Media/{{Sid}}.json", "get", "200")
