"""Danger that citizens told of: it rings at every desk that may know of it, and stands there until somebody sees to
it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Opened
from tests.browser.conversations import Citizen
from tests.browser.desk import Caller, Desk
from tests.browser.test_accessibility import violations
from tests.browser.test_desk_handover import NOTIFICATIONS
from tests.browser.tickets import TicketsPage
from tests.running import RunningGateway

pytestmark = pytest.mark.timeout(180)

At = Callable[..., Desk]
GAS = "楼下餐馆煤气泄漏，味道很大，快来人"


@pytest.fixture
def at(staffed: RunningGateway, opened: Opened) -> At:
    """`at(username)`: somebody signs in and is told what stands; script: runs before the page."""

    def open_(username: str, *, script: str = "", **options: Any) -> Desk:
        context = opened(staffed.url, **{"viewport": DESK, "trouble_expected": True, **options})
        if script:
            context.add_init_script(script)
        desk = Desk.open(context, staffed.url, "/desk/tickets")
        desk.sign_in(username)
        expect(desk.page.get_by_role("heading", level=1)).to_be_visible()
        live(desk.page)
        return desk

    return open_


def live(page: Page) -> None:
    page.wait_for_timeout(1_000)  # until the line is


def sees_to(desk: Desk, whose: str) -> None:
    desk.alarm(whose).get_by_role("button", name="我来处理").click()
    expect(desk.alarm(whose)).to_have_count(0)


def test_danger_told_in_the_form_rings_at_the_desk(staffed: RunningGateway, opened: Opened, at: At) -> None:
    lin, zhao = at("lin"), at("zhao")
    told = TicketsPage.open(opened(staffed.url), staffed.url)
    told.to_check(GAS, kind="求助")
    number, _ = told.send()
    for desk in (lin, zhao):
        expect(desk.alarm(number)).to_contain_text("可能有危险：火情险情")
    lin.alarm(number).get_by_role("link", name="去看").click()
    expect(lin.page).to_have_url(re.compile(f"/desk/tickets/{number}$"))
    expect(lin.page.get_by_role("main")).to_contain_text("加急")
    expect(lin.alarm(number).get_by_role("link")).to_have_count(0)
    assert Caller(staffed.url, "lin")("GET", f"/tickets/{number}")["urgent"]
    sees_to(lin, number)

    told.press("再说一件事")
    told.choose_kind("举报")
    told.write_matter("厂里私藏的煤气瓶正在漏气，快来人")
    told.on("在哪里，什么时候？")
    told.on("怎么找到您？")
    expect(told.page.get_by_role("switch", name="替我保密")).to_be_checked()
    told.on("看看对不对")
    secret, _ = told.send()
    expect(zhao.alarm(secret)).to_be_visible()
    expect(lin.page.get_by_text(secret)).to_have_count(0)
    sees_to(zhao, secret)
    expect(lin.page.get_by_text(secret)).to_have_count(0)


def test_who_signs_in_later_sees_it_until_another_sees_to_it(staffed: RunningGateway, opened: Opened, at: At) -> None:
    lin = at("lin")
    told = TicketsPage.open(opened(staffed.url), staffed.url)
    told.to_check("楼道的路灯坏了三天", kind="求助")
    number, _ = told.send()
    told.press("办到哪一步了")
    told.press("补充情况")
    told.page.get_by_role("textbox").fill(GAS)
    told.press("发出补充")
    expect(told.page.get_by_role("alert").get_by_role("link", name="119")).to_have_attribute("href", "tel:119")
    expect(lin.alarm(number)).to_contain_text("可能有危险：火情险情")
    lin.page.reload()
    expect(lin.alarm(number)).to_be_visible()

    zhao = at("zhao")
    expect(zhao.alarm(number)).to_contain_text("可能有危险：火情险情")
    zhao.alarm(number).get_by_role("link", name="去看").click()
    expect(zhao.page).to_have_url(re.compile(f"/desk/tickets/{number}$"))
    expect(zhao.page.get_by_role("main")).to_contain_text("加急")
    expect(zhao.page.get_by_role("main")).to_contain_text(GAS)
    expect(lin.alarm(number)).to_be_visible()  # that somebody looks ends it for nobody
    sees_to(zhao, number)
    expect(lin.alarm(number)).to_have_count(0)
    expect(lin.news).to_contain_text(re.compile(rf".+ \d\d:\d\d 去处理了：{number}"))
    later = at("lin")
    expect(later.alarm(number)).to_have_count(0)


def test_who_sees_to_a_conversation_has_it(staffed: RunningGateway, at: At) -> None:
    Caller(staffed.url, "lin")("PUT", "/agents/me", state="away")
    citizen = Citizen(staffed.url)
    citizen.say("家里燃气泄漏，味道很大")
    lin = at("lin")
    lin.alarm(citizen.label).get_by_role("button", name="我来处理").click()
    expect(lin.page).to_have_url(re.compile(f"/desk/conversations/{citizen.conversation_id}$"))
    expect(lin.alarm(citizen.label)).to_have_count(0)
    expect(lin.page.get_by_role("main")).to_contain_text("由您接待")
    expect(lin.news).to_have_count(0)


def test_it_rings_once_at_a_desk(staffed: RunningGateway, at: At) -> None:
    citizen = Citizen(staffed.url)
    citizen.say("家里燃气泄漏，味道很大")
    lin = at("lin", script=NOTIFICATIONS, permissions=["notifications"])
    expect(lin.alarm(citizen.label)).to_be_visible()
    assert lin.page.evaluate("shown") == ["可能有危险：火情险情"]
    lin.page.reload()
    expect(lin.alarm(citizen.label)).to_be_visible()
    assert lin.page.evaluate("shown") == []
    again = lin.page.context.new_page()
    again.goto(f"{staffed.url}/desk/tickets")
    expect(Desk(again, staffed.url).alarm(citizen.label)).to_be_visible()
    assert again.evaluate("shown") == []
    again.close()
    citizen.say("着火了，快来救人")
    lin.page.wait_for_function("shown.length > 0")
    assert lin.page.evaluate("shown") == ["可能有危险：火情险情"]
    expect(lin.alarm(citizen.label)).to_have_count(1)
    sees_to(lin, citizen.label)


def test_what_nobody_takes_is_shown_to_who_leads(staffed: RunningGateway, at: At) -> None:
    for username in ("lin", "zhao"):
        Caller(staffed.url, username)("PUT", "/agents/me", state="away")
    citizen = Citizen(staffed.url)
    citizen.say("家里燃气泄漏，味道很大")
    lin, zhao = at("lin"), at("zhao", script=NOTIFICATIONS, permissions=["notifications"])
    expect(zhao.alarm(citizen.label)).to_be_visible()
    late = zhao.alarm(citizen.label).get_by_text("60秒没有人接手")
    expect(late).to_be_in_viewport(ratio=1, timeout=80_000)
    box = late.bounding_box()
    assert box is not None
    assert box["width"] > 80, "it is not for those alone who listen to the page"
    assert zhao.page.evaluate("shown") == ["可能有危险：火情险情", "60秒没有人接手。可能有危险：火情险情"]
    assert "60秒" not in lin.alarm(citizen.label).inner_text()
    sees_to(zhao, citizen.label)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_strip_is_for_everybody(staffed: RunningGateway, at: At, theme: str) -> None:
    citizen = Citizen(staffed.url)
    citizen.say("家里燃气泄漏，味道很大")
    lin = at("lin", viewport=PHONE, has_touch=True, color_scheme=theme)
    expect(lin.alarm(citizen.label)).to_be_visible()
    assert lin.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert violations(lin.page) == []
    sees_to(lin, citizen.label)
