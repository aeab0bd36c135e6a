"""Accounts over HTTP, by an administrator."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.units import Unit
from gateway.web.desk.people import StaffAccount, StaffAccounts, TemporaryPassword
from gateway.web.desk.session import OpenSessions
from tests.core.people.conftest import PASSWORD
from tests.web.desk.site import Browser, Program, Site

WANG: dict[str, Any] = {"username": "wang.wei", "name": "王伟", "roles": ["agent"]}


async def _root(site: Site) -> Program:
    return await site.program("administrator", username="root")


@pytest.mark.gen_test
async def test_somebody_new_comes_in_with_a_temporary_password(site: Site) -> None:
    root = await _root(site)
    answer = await root.call("POST", "/people", WANG)
    assert answer.status == 201
    given = TemporaryPassword.model_validate(answer.body)
    assert (given.account.username, given.account.must_change_password) == ("wang.wei", True)
    browser = Browser(site)
    assert (await browser.sign_in("wang.wei", given.password)).body["must_change_password"] is True
    change = {"old": given.password, "new": "王伟自己选的密码 8"}
    assert (await browser.call("POST", "/session/password", change)).status == 200
    shown = StaffAccount.model_validate((await root.call("GET", "/people/wang.wei")).body)
    assert (shown.must_change_password, shown.signed_in_at) == (False, site.people.now.at)
    assert given.password not in str(await site.people.store.find("audit", {}, limit=100))


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"username": "root"}, 409),
        ({"username": "王伟"}, 422),
        ({"username": ""}, 422),
        ({"name": "  "}, 400),
        ({"roles": []}, 400),
        ({"roles": ["mayor"]}, 400),
        ({"roles": ["agent", "agent"]}, 422),
        ({"roles": ["agent", "administrator"]}, 422),
        ({"roles": ["unit_clerk"]}, 422),
        ({"roles": ["unit_clerk"], "unit": "nowhere"}, 422),
        ({"unit": "dept-cg"}, 422),
        ({"password": "choosing it for them"}, 400),
    ],
)
async def test_what_is_no_account(site: Site, change: dict[str, Any], status: int) -> None:
    root = await _root(site)
    assert (await root.call("POST", "/people", {**WANG, **change})).status == status
    assert (await root.call("GET", "/people/wang.wei")).status == 404


@pytest.mark.gen_test
async def test_lists_page_by_page_and_by_unit(site: Site) -> None:
    root = await _root(site)
    unit = Unit(id="dept-cg", name="城市管理局", short="城管", kind="department")
    await site.people.store.insert("units", unit.document())
    for number in range(5):
        await site.people.add(f"p{number}", "unit_clerk", unit="dept-cg")
    names: list[str] = []
    asked = "/people?limit=2"
    while True:
        page = StaffAccounts.model_validate((await root.call("GET", asked)).body)
        names += [person.username for person in page.people]
        if page.next is None:
            break
        asked = f"/people?limit=2&after={page.next}"
    assert names == ["p0", "p1", "p2", "p3", "p4", "root"]
    page = StaffAccounts.model_validate((await root.call("GET", "/people?unit=dept-cg")).body)
    assert len(page.people) == 5
    for asked, count in {"q=P3": 1, "q=p&unit=dept-cg": 5, "role=administrator": 1, "q=nobody": 0}.items():
        page = StaffAccounts.model_validate((await root.call("GET", f"/people?{asked}")).body)
        assert len(page.people) == count, asked
    for wrong in ("role=king", "limit=0", "limit=x", "unit=A", "unknown=1"):
        assert (await root.call("GET", f"/people?{wrong}")).status == 400


@pytest.mark.gen_test
async def test_a_change_of_roles_counts_at_once(site: Site) -> None:
    root, agent = await _root(site), await site.program("agent", username="li.na")
    assert (await agent.call("GET", "/deliveries")).status == 403
    changed = await root.call("PATCH", "/people/li.na", {"roles": ["shift_leader"], "name": "李娜（班长）"})
    assert (changed.status, changed.body["roles"], changed.body["name"]) == (200, ["shift_leader"], "李娜（班长）")
    assert (await agent.call("GET", "/deliveries")).status == 200
    for nothing in ({}, {"unit": "dept-cg"}):
        assert (await root.call("PATCH", "/people/li.na", nothing)).status == 400


@pytest.mark.gen_test
async def test_disabled_and_enabled(site: Site) -> None:
    root, agent = await _root(site), await site.program("agent", username="li.na")
    assert (await root.call("POST", "/people/li.na/disable", {})).status == 400, "without a reason"
    assert (await root.call("POST", "/people/li.na/disable", {"reason": "离岗"})).body["disabled"] is True
    assert (await agent.call("GET", "/session")).status == 401
    answer = await Browser(site).sign_in("li.na")
    assert (answer.status, answer.code) == (403, "forbidden")
    assert (await root.call("POST", "/people/li.na/enable", {"reason": "回岗"})).body["disabled"] is False
    assert (await agent.call("GET", "/session")).status == 401, "what has ended stays ended"
    assert (await Browser(site).sign_in("li.na")).status == 201
    lines = await site.people.store.find("audit", {"about": "li.na"}, sort=[("_id", 1)], limit=100)
    told = {(line["action"], line["actor"], line["reason"]) for line in lines}
    assert {("account.disable", "root", "离岗"), ("account.enable", "root", "回岗")} <= told


@pytest.mark.gen_test
async def test_not_to_oneself(site: Site) -> None:
    root = await _root(site)
    for method, path, body in (
        ("POST", "/disable", {"reason": "x"}),
        ("POST", "/password", None),
        ("POST", "/totp/remove", None),
        ("PATCH", "", {"roles": ["administrator", "knowledge_editor"]}),
    ):
        answer = await root.call(method, f"/people/root{path}", body)
        assert (answer.status, answer.code) == (409, "conflict")


@pytest.mark.gen_test
async def test_a_pause_is_shown_and_ended(site: Site) -> None:
    root = await _root(site)
    await site.people.add()
    for _ in range(3):
        await site.call("POST", "/session", {"username": "li.na", "password": "x"})
    assert (await root.call("GET", "/people/li.na")).body["waits_until"] is not None
    assert (await root.call("POST", "/people/li.na/unlock")).body["waits_until"] is None
    assert (await Browser(site).sign_in("li.na")).status == 201


@pytest.mark.gen_test
async def test_a_temporary_password_and_all_sessions_ended(site: Site) -> None:
    root, agent = await _root(site), await site.program("agent", username="li.na")
    listed = OpenSessions.model_validate((await root.call("GET", "/people/li.na/sessions")).body)
    assert [one.current for one in listed.sessions] == [False]
    assert (await root.call("DELETE", "/people/li.na/sessions")).status == 204
    assert (await agent.call("GET", "/session")).status == 401
    again = await site.people.sign_in("li.na")
    given = TemporaryPassword.model_validate((await root.call("POST", "/people/li.na/password")).body)
    assert (await Program(site, "li.na", again).call("GET", "/session")).status == 401
    assert (await Browser(site).sign_in("li.na", PASSWORD)).status == 401
    assert (await Browser(site).sign_in("li.na", given.password)).body["must_change_password"] is True


@pytest.mark.gen_test
async def test_a_lost_phone(site: Site) -> None:
    root, agent = await _root(site), await site.program("agent", username="li.na")
    await agent.call("POST", "/session/totp", {"password": PASSWORD})
    offered = (await site.people.accounts.get("li.na")).totp_offered
    assert offered is not None
    await site.people.accounts.update(
        "li.na", lambda account: account.model_copy(update={"totp": offered}), by="test", action="test"
    )
    assert (await Browser(site).sign_in("li.na")).code == "code_needed"
    assert (await root.call("POST", "/people/li.na/totp/remove")).body["one_time_codes"] is False
    assert (await Browser(site).sign_in("li.na")).status == 201


@pytest.mark.gen_test
async def test_nobody_is_not_found(site: Site) -> None:
    root = await _root(site)
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("POST", "/disable", {"reason": "x"}),
        ("POST", "/enable", {"reason": "x"}),
        ("POST", "/unlock", None),
        ("POST", "/password", None),
        ("POST", "/totp/remove", None),
        ("GET", "/sessions", None),
        ("DELETE", "/sessions", None),
    ):
        for username in ("nobody", "%00", "$where", "%E6%9D%8E"):
            assert (await root.call(method, f"/people/{username}{path}", body)).status == 404
