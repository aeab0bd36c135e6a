"""Messages that reached nobody, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.contract import Text
from gateway.core.model import Delivery, Message, Sender, milliseconds
from gateway.web.desk.deliveries import DeadLetter, DeadLetterPage
from tests.web.desk.site import Program, Site

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
WORDS, PHONE = "您反映的路灯已经修好", "+8613800138000"


async def _failed(site: Site, *ids: str, state: str = "failed") -> None:
    for id in ids:
        delivery = Delivery(
            state=state,
            due=milliseconds(AT) if state == "queued" else None,
            at=AT,
            attempts=3,
            code="30003",
            meaning="unreachable",
            channel="sms",
        )
        message = Message(
            id=id,
            identity=f"sms:AC1:{PHONE}",
            conversation_id="C1",
            seq=1,
            state="numbered",
            direction="out",
            sender=Sender(kind="bot"),
            parts=(Text(text=WORDS),),
            sent_at=AT,
            accepted_at=AT,
            delivery=delivery,
        )
        await site.people.store.insert("messages", message.document())


async def _leader(site: Site) -> Program:
    return await site.program("shift_leader", username="leader")


@pytest.mark.gen_test
async def test_where_it_stands_and_why_not_what_it_says_or_to_whom(site: Site) -> None:
    await _failed(site, "m1")
    answer = await (await _leader(site)).call("GET", "/deliveries")
    (letter,) = DeadLetterPage.model_validate(answer.body).deliveries
    assert (letter.id, letter.channel, letter.to, letter.code, letter.attempts) == ("m1", "sms", "…8000", "30003", 3)
    assert WORDS not in str(answer.body)
    assert PHONE not in str(answer.body)


@pytest.mark.gen_test
async def test_page_by_page(site: Site) -> None:
    leader = await _leader(site)
    await _failed(site, *(f"m{number}" for number in range(5)))
    await _failed(site, "other", state="uncertain")
    ids: list[str] = []
    more: str | None = ""
    while more is not None:
        page = DeadLetterPage.model_validate((await leader.call("GET", f"/deliveries?limit=2&before={more}")).body)
        ids += [letter.id for letter in page.deliveries]
        more = page.next
    assert ids == ["m4", "m3", "m2", "m1", "m0"]
    assert len((await leader.call("GET", "/deliveries?state=uncertain&channel=sms")).body["deliveries"]) == 1
    assert (await leader.call("GET", "/deliveries?channel=wechat")).body == {"deliveries": [], "next": None}
    for wrong in ("state=lost", "limit=201", "channel=SMS!", "x=1"):
        assert (await leader.call("GET", f"/deliveries?{wrong}")).status == 400


@pytest.mark.gen_test
async def test_tried_again_or_let_go_with_the_name_of_who_did(site: Site) -> None:
    leader = await _leader(site)
    await _failed(site, "m1", "m2")
    retried = await leader.call("POST", "/deliveries/m1/retry", {"reason": "运营商恢复了"})
    assert DeadLetter.model_validate(retried.body).state == "queued"
    assert (await leader.call("POST", "/deliveries/m1/retry", {})).status == 409
    for nothing in ({}, {"reason": "  "}):
        assert (await leader.call("POST", "/deliveries/m2/drop", nothing)).status == 400
    dropped = await leader.call("POST", "/deliveries/m2/drop", {"reason": "市民已来电"})
    assert DeadLetter.model_validate(dropped.body).state == "dropped"
    assert (await leader.call("POST", "/deliveries/nowhere/retry", {})).status == 404
    lines = [(await site.people.store.find("audit", {"about": id}, limit=9))[0] for id in ("m1", "m2")]
    assert [(line["action"], line["actor"], line["reason"]) for line in lines] == [
        ("delivery.retry", "leader", "运营商恢复了"),
        ("delivery.drop", "leader", "市民已来电"),
    ]
