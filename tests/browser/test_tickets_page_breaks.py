"""What the ticket pages do when the network or the page itself goes away: nothing is lost, nothing is filed twice."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Route, expect

from tests.browser.conftest import Citizen
from tests.browser.office import Office
from tests.browser.samples import png
from tests.browser.tickets import TicketsPage

MATTER = "路口的红绿灯坏了，早上差点撞车"
PATIENCE_MS = 60_000
FILE = "**/api/v1/tickets"


def mine(told: TicketsPage) -> list[dict[str, Any]]:
    """The visitor's tickets as the gateway has them."""
    token = told.page.evaluate("localStorage.getItem('yixian.session')")
    answer = told.page.request.get(f"{told.url}/api/v1/tickets", headers={"Authorization": f"Bearer {token}"})
    assert answer.ok, answer.text()
    tickets: list[dict[str, Any]] = answer.json()["tickets"]
    return tickets


def filed(told: TicketsPage) -> str:
    """The number, once it is there."""
    expect(told.heading).to_have_text("收到了", timeout=PATIENCE_MS)
    return told.filed()[0]


def test_an_answer_that_was_lost_files_once(citizen: Citizen) -> None:
    told = citizen(trouble_expected=True)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().json()["number"])
        route.abort()

    told.page.route(FILE, lose)
    told.to_check(MATTER)
    told.press("发给我们")
    assert [filed(told)] == lost
    assert [ticket["number"] for ticket in mine(told)] == lost


def test_a_page_left_while_sending_sends_when_it_is_back(citizen: Citizen, office: Office) -> None:
    told = citizen(trouble_expected=True)
    told.choose_kind("求助")
    told.write_matter(MATTER)
    told.add_picture("路口.png", png(64, 64))
    told.on("在哪里，什么时候？")
    told.on("怎么找到您？")
    told.on("看看对不对")
    told.page.context.set_offline(True)
    told.press("发给我们")
    expect(told.page.get_by_text("连接断了，通了会自动接着发")).to_be_visible()
    expect(told.page.get_by_role("link", name="改什么事")).to_have_count(0)
    told.page.context.set_offline(False)
    told.page.goto(f"{told.url}/tickets")
    number = filed(told)
    assert [ticket["number"] for ticket in mine(told)] == [number]
    assert [file.name for file in office.ticket(number).attachments] == ["路口.png"]


def test_two_pages_of_one_draft_file_once(citizen: Citizen) -> None:
    told = citizen()
    told.to_check(MATTER)
    other = TicketsPage.open(told.page.context, told.url, "#tell/check")
    expect(other.heading).to_have_text("看看对不对")
    number = told.send()[0]
    assert other.send()[0] == number
    assert [ticket["number"] for ticket in mine(told)] == [number]


def test_what_was_added_while_the_answer_was_lost_is_added_once(citizen: Citizen, office: Office) -> None:
    told = citizen(trouble_expected=True)
    told.to_check(MATTER)
    number, _ = told.send()
    told.press("办到哪一步了")
    told.press("补充情况")
    told.page.get_by_role("textbox", name="补充情况").fill("下午还没修")
    lost: list[int] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    told.page.route("**/supplements", lose)
    told.press("发出补充")
    expect(told.page.get_by_text("收到您的补充。")).to_be_visible(timeout=PATIENCE_MS)
    assert lost == [201]
    assert [one.text for one in office.ticket(number).supplements] == ["下午还没修"]


def test_a_verdict_whose_answer_was_lost_counts(citizen: Citizen, office: Office) -> None:
    told = citizen(trouble_expected=True)
    told.to_check(MATTER)
    number, _ = told.send()
    office.take_up(number)
    office.answer(number, "已修好。")
    told.press("办到哪一步了")
    told.page.get_by_label("解决了", exact=True).check()
    told.page.get_by_label("满意", exact=True).check()
    lost: list[int] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    told.page.route("**/rating", lose)
    told.press("发出评价")
    expect(told.page.get_by_role("alert")).to_contain_text("没能发出，请再试一次")
    told.press("发出评价")
    expect(told.page.get_by_text("收到您的评价，谢谢。")).to_be_visible()


def test_a_session_that_has_ended_is_begun_anew(citizen: Citizen) -> None:
    told = citizen(trouble_expected=True)
    told.page.evaluate("localStorage.setItem('yixian.session', 'no longer good')")
    told.go("我的")
    expect(told.page.get_by_text("这里还没有您说过的事")).to_be_visible()
    told.go("告诉我们")
    told.choose_kind("求助")
    told.write_matter(MATTER)
    told.add_picture("路口.png", png(64, 64))
    told.on("在哪里，什么时候？")
    told.on("怎么找到您？")
    told.on("看看对不对")
    number, code = told.send()
    assert [ticket["number"] for ticket in mine(told)] == [number]
    told.page.evaluate("localStorage.setItem('yixian.session', 'no longer good')")
    told.press("再说一件事")
    told.go("办到哪一步了")
    told.look_up(number, code)
    expect(told.heading).to_contain_text("红绿灯")


def test_too_many_guesses_are_told_with_when(citizen: Citizen) -> None:
    told = citizen("#look", trouble_expected=True)
    for guess in range(30):
        answer = told.page.request.get(f"{told.url}/api/v1/tickets/DG202611260000011?code={guess:06d}")
        if answer.status == 429:
            break
        assert json.loads(answer.text())["error"]["code"] == "not_found"
    told.look_up("DG202611260000011", "123456")
    expect(told.page.get_by_role("alert")).to_contain_text("分钟再查")
