"""Signing in and out over HTTP, one's own password, one-time codes and sessions."""

from __future__ import annotations

import pyotp
import pytest

from gateway.core.people import scopes_of
from gateway.web.desk.session import DeskSession, NewDeskSession, OpenSessions, TotpOffer
from tests.core.conftest import Now
from tests.core.people.conftest import PASSWORD
from tests.web.desk.site import Browser, Program, Site

NEW = "换了一个新的密码 77"


async def _li_na(site: Site) -> Program:
    return await site.program("agent", username="li.na")


@pytest.mark.gen_test
async def test_who_signs_in_is_told_who_they_are_and_what_they_may(site: Site) -> None:
    await site.people.add("li.na", "agent", "knowledge_editor")
    answer = await site.call("POST", "/session", {"username": " Li.Na", "password": PASSWORD})
    assert answer.status == 201
    new = NewDeskSession.model_validate(answer.body)
    assert (new.username, new.name, new.roles, new.unit) == ("li.na", "李娜", ("agent", "knowledge_editor"), None)
    assert list(new.scopes) == sorted(scopes_of(("agent", "knowledge_editor")))
    assert (new.must_change_password, new.one_time_codes) == (False, False)
    shown = await Program(site, "li.na", new.token).call("GET", "/session")
    assert DeskSession.model_validate(shown.body) == DeskSession(**new.model_dump(exclude={"token"}))
    assert new.token not in str(shown.body)


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "li.na"},
        {"username": "li.na", "password": 1},
        {"username": "li.na", "password": "x" * 201},
        {"username": "li.na", "password": "x", "code": "12345"},
        {"username": "li.na", "password": "x", "roles": ["administrator"]},
        [],
        None,
    ],
)
async def test_what_is_no_sign_in(site: Site, body: object) -> None:
    answer = await site.call("POST", "/session", body)
    assert (answer.status, answer.code) == (400, "invalid")
    assert "x" * 201 not in str(answer.body)


@pytest.mark.gen_test
async def test_nobody_and_a_wrong_password_get_the_same_answer(site: Site) -> None:
    await site.people.add()
    found = [
        await site.call("POST", "/session", {"username": username, "password": "x"})
        for username in ("li.na", "nobody", "", "李娜", "\x01")
    ]
    assert {(answer.status, str(answer.body)) for answer in found} == {(401, str(found[0].body))}
    names = [{name for name in answer.headers if name != "X-Request-Id"} for answer in found]
    assert all(these == names[0] for these in names)


@pytest.mark.gen_test
async def test_guessing_ends_in_pauses_for_accounts_that_are_there_and_not(site: Site, now: Now) -> None:
    await site.people.add()
    for username in ("li.na", "nobody"):
        for _ in range(3):
            assert (await site.call("POST", "/session", {"username": username, "password": "x"})).status == 401
        answer = await site.call("POST", "/session", {"username": username, "password": PASSWORD})
        assert (answer.status, answer.code, answer.headers["Retry-After"]) == (429, "too_many_requests", "30")
    now.move(31)
    assert (await site.call("POST", "/session", {"username": "li.na", "password": PASSWORD})).status == 201


@pytest.mark.gen_test
async def test_who_is_signed_in_stays_so_while_others_guess(site: Site) -> None:
    li_na = await _li_na(site)
    for _ in range(6):
        await site.call("POST", "/session", {"username": "li.na", "password": "x"})
    assert (await li_na.call("GET", "/session")).status == 200


@pytest.mark.gen_test
async def test_signed_out(site: Site) -> None:
    li_na = await _li_na(site)
    assert (await li_na.call("DELETE", "/session")).status == 204
    assert (await li_na.call("DELETE", "/session")).status == 401


@pytest.mark.gen_test
async def test_a_new_password_ends_all_sessions_but_goes_on_here(site: Site) -> None:
    elsewhere, browser = await _li_na(site), Browser(site)
    await browser.sign_in("li.na")
    old_cookie, old_csrf = browser.cookie, browser.csrf
    answer = await browser.call("POST", "/session/password", {"old": PASSWORD, "new": NEW})
    assert answer.status == 200
    assert browser.cookie not in {"", old_cookie}
    assert browser.csrf != old_csrf
    assert (await browser.call("GET", "/session")).status == 200
    assert (await elsewhere.call("GET", "/session")).status == 401
    assert (await browser.call("DELETE", "/session")).status == 204
    assert (await browser.sign_in("li.na", NEW)).status == 201


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("old", "new", "status", "code"),
    [("x", NEW, 403, "forbidden"), (PASSWORD, "short", 422, "invalid"), (PASSWORD, PASSWORD, 422, "invalid")],
)
async def test_a_new_password_that_is_refused(site: Site, old: str, new: str, status: int, code: str) -> None:
    answer = await (await _li_na(site)).call("POST", "/session/password", {"old": old, "new": new})
    assert (answer.status, answer.code) == (status, code)
    assert PASSWORD not in str(answer.body)


@pytest.mark.gen_test
async def test_one_time_codes_from_the_offer_to_the_end(site: Site, now: Now) -> None:
    li_na = await _li_na(site)
    assert (await li_na.call("POST", "/session/totp", {"password": "x"})).status == 403
    offer = TotpOffer.model_validate((await li_na.call("POST", "/session/totp", {"password": PASSWORD})).body)
    codes = pyotp.parse_uri(offer.address)
    assert isinstance(codes, pyotp.TOTP)
    assert codes.secret == offer.secret
    assert (await li_na.call("POST", "/session/totp/confirm", {"code": "12345"})).status == 400
    assert (await li_na.call("POST", "/session/totp/confirm", {"code": codes.at(now.at)})).status == 204
    assert (await li_na.call("GET", "/session")).body["one_time_codes"] is True
    browser = Browser(site)
    asked = await browser.sign_in("li.na")
    assert (asked.status, asked.code) == (401, "code_needed")
    used = await browser.sign_in("li.na", code=codes.at(now.at))
    assert (used.status, used.code) == (401, "wrong_code"), "the code that confirmed"
    now.move(30)
    assert (await browser.sign_in("li.na", code=codes.at(now.at))).status == 201
    assert (await Browser(site).sign_in("li.na", code=codes.at(now.at))).code == "wrong_code", "once"
    assert (await browser.call("POST", "/session/totp", {"password": PASSWORD})).status == 409
    assert (await browser.call("POST", "/session/totp/remove", {"password": PASSWORD})).status == 204
    assert (await Browser(site).sign_in("li.na")).status == 201


@pytest.mark.gen_test
async def test_ones_own_sessions_and_nobody_elses(site: Site) -> None:
    here = await _li_na(site)
    there = Program(site, "li.na", await site.people.sign_in("li.na"))
    other = await site.program("agent", username="wang.wei")
    listed = OpenSessions.model_validate((await here.call("GET", "/sessions")).body).sessions
    assert [one.current for one in listed].count(True) == 1
    assert len(listed) == 2
    (elsewhere,) = [one for one in listed if not one.current]
    assert (await other.call("DELETE", f"/sessions/{elsewhere.id}")).status == 404
    assert (await there.call("GET", "/session")).status == 200
    assert (await here.call("DELETE", f"/sessions/{elsewhere.id}")).status == 204
    assert (await here.call("DELETE", f"/sessions/{elsewhere.id}")).status == 404
    assert (await there.call("GET", "/session")).status == 401
    assert (await here.call("GET", "/session")).status == 200
