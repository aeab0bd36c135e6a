"""What becomes of an answer is seen at the desk as it happens: nothing is asked for in between."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.conftest import DESK, Opened
from tests.browser.conversations import Conversations, Phone
from tests.browser.desk import Caller, Desk, until
from tests.browser.test_desk_conversations import At, at, gateway
from tests.running import RunningGateway

__all__ = ["at", "gateway"]  # fixtures

pytestmark = pytest.mark.timeout(180)


def taken(gateway: RunningGateway, phone: Phone) -> str:
    """The phone's conversation, which lin has."""
    lin = Caller(gateway.url, "lin")

    def waiting() -> set[str]:
        return {row["id"] for row in lin("GET", "/conversations?list=waiting")["conversations"]}

    before = waiting()
    phone.say("人工")
    until(lambda: waiting() > before)
    (id,) = waiting() - before
    lin("POST", f"/conversations/{id}/moves", move="take")
    return id


def in_english(page: Page) -> None:
    page.evaluate("localStorage.setItem('yixian.desk.language', 'en')")
    page.reload()


def mark(page: Conversations) -> Locator:
    """What the last answer says of itself."""
    return page.log.locator(".agent .foot").last


def test_a_number_that_takes_none_says_why_is_tried_again_and_what_arrives_is_marked(
    gateway: RunningGateway, at: At
) -> None:
    phone = Phone(gateway.url, "sms")
    lin = at("lin", taken(gateway, phone))
    lin.say("您好，我来帮您")
    expect(mark(lin)).to_have_text("已送达")
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.method == "GET" and re.search(r"/messages(\?|$)", request.url):
            asked.append(request.url)

    lin.page.on("request", note)
    phone.is_now(landline=True)
    lin.say("请问路灯在哪条路上？")
    expect(mark(lin)).to_have_text("没有送到：对方号码不是手机号 · 21614")
    phone.is_now(landline=False)
    again = lin.log.get_by_role("button", name="再试一次")
    again.click()
    expect(mark(lin)).to_have_text("已送达")
    expect(again).to_have_count(0)
    phone.is_now(reachable=False)
    lin.say("请问路灯在哪条路上呢？")
    expect(mark(lin)).to_have_text("没有送到，会再发：对方手机暂时无法接通 · 30003")
    phone.is_now(reachable=True)
    expect(mark(lin)).to_have_text("已送达", timeout=30_000)
    assert asked == []


def test_what_happened_while_the_line_was_cut_is_seen_after_it(gateway: RunningGateway, at: At) -> None:
    phone = Phone(gateway.url, "sms")
    id = taken(gateway, phone)
    lin = at("lin", id)
    phone.is_now(reachable=False)
    lin.say("您还在吗？")
    expect(mark(lin)).to_contain_text("没有送到，会再发：")
    lin.page.context.set_offline(True)
    phone.is_now(reachable=True)
    known = Caller(gateway.url, "lin")

    def has_arrived() -> bool:
        return bool(known("GET", f"/conversations/{id}/messages")["messages"][-1]["delivery"]["state"] == "delivered")

    until(has_arrived)
    expect(mark(lin)).to_contain_text("没有送到，会再发：")
    lin.page.context.set_offline(False)
    expect(mark(lin)).to_have_text("已送达", timeout=30_000)


def test_the_reason_is_told_in_the_readers_language(gateway: RunningGateway, at: At, opened: Opened) -> None:
    phone = Phone(gateway.url, "sms")
    lin = at("lin", taken(gateway, phone))
    phone.is_now(landline=True)
    lin.say("请问路灯在哪条路上？")
    expect(mark(lin)).to_have_text("没有送到：对方号码不是手机号 · 21614")
    in_english(lin.page)
    expect(mark(lin)).to_have_text("Not delivered: The citizen’s number is not a mobile one · 21614")
    root = Desk.of(
        opened(gateway.url, trouble_expected=True, viewport=DESK), gateway.url, "root", "/desk/office/deliveries"
    )
    # the newest stands first
    row = root.page.get_by_role("row").nth(1)
    expect(row).to_contain_text("对方号码不是手机号 · 21614")
    page = row.get_by_role("link", name="平台的说明 21614")
    expect(page).to_have_attribute("href", "https://www.twilio.com/docs/api/errors/21614")
    in_english(root.page)
    expect(row).to_contain_text("The citizen’s number is not a mobile one · 21614")
    row.get_by_role("button", name="Drop").click()
    root.dialog.get_by_label(re.compile("^Reason")).fill("市民打电话来过了")
    root.dialog.get_by_role("button", name="Drop").click()
    expect(mark(lin)).to_have_text("Given up: 市民打电话来过了")
