"""Errors over HTTP in the language of whoever asks: the same code and details, another message."""

from __future__ import annotations

import re

import pytest

from channels.handling import language_of
from tests.web.desk.office import Office
from tests.web.desk.site import Site

HAN = re.compile(r"[\u3400-\u9fff]")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("en-GB", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("fr, en;q=0.5", "en"),
        ("en;q=0.1, zh;q=0.2", "zh"),
        ("zh;q=0, en;q=0.1", "en"),
        ("en;q=0", "zh"),
        ("en;q=nonsense", "en"),
        (",;,;q=", "zh"),
        ("*", "zh"),
    ],
)
def test_the_language_preferred_of_those_there_are(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


@pytest.mark.gen_test
async def test_a_refusal_is_told_in_the_language_asked_in(site: Site) -> None:
    wrong = {"username": "nobody", "password": "nothing that is right"}
    chinese = await site.call("POST", "/session", wrong)
    english = await site.call("POST", "/session", wrong, Accept_Language="en-GB,en;q=0.9")
    assert (chinese.status, chinese.code) == (english.status, english.code) == (401, "unauthorized")
    assert chinese.body["error"]["message"] == "用户名或密码不对"
    assert english.body["error"]["message"] == "The user name or the password is not right."
    nowhere = await site.call("GET", "/nowhere", Accept_Language="en")
    assert nowhere.body["error"]["message"] == "There is nothing at this address."
    for method in ("PUT", "PATCH"):
        refused = await site.call(method, "/session", wrong, Accept_Language="en")
        assert not HAN.search(refused.body["error"]["message"])


@pytest.mark.gen_test(timeout=30)
async def test_details_are_data_and_stay(office: Office) -> None:
    leader = await office.site.program("shift_leader")
    ticket = await office.file("育华路水管漏水")
    refused = await leader.call("POST", f"/tickets/{ticket.id}/moves", {"move": "approve"}, Accept_Language="en")
    assert refused.body["error"] == {
        "code": "refused",
        "message": "The ticket is “to be accepted” now, so this cannot be done.",
        "details": {"state": "submitted", "reason": "wrong_state"},
    }
    missing = {"move": "dispatch", "lead": "nowhere"}
    unknown = await leader.call("POST", f"/tickets/{ticket.id}/moves", missing, Accept_Language="en")
    assert unknown.body["error"]["message"] == "There is no such unit."
    assert unknown.body["error"]["details"] == {"units": ["nowhere"]}
