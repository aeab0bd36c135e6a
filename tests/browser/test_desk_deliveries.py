"""What becomes of an answer is seen at the desk as it happens: nothing is asked for in between."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conversations import Conversations, Phone
from tests.browser.desk import Caller
from tests.browser.test_desk_conversations import At, at, gateway
from tests.running import RunningGateway

__all__ = ["at", "gateway"]  # fixtures

pytestmark = pytest.mark.timeout(180)


def answered(phone: Phone, lin: Conversations) -> list[str]:
    """Take the phone's conversation; what the page then asks for of its messages, which is nothing."""
    phone.say("人工")
    lin.show("等候")
    lin.row("短信").last.click()
    lin.take()
    lin.say("您好，我来帮您")
    expect(lin.log.locator(".agent .foot").last).to_have_text("已送达")
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.method == "GET" and re.search(r"/messages(\?|$)", request.url):
            asked.append(request.url)

    lin.page.on("request", note)
    return asked


def arrived(gateway: RunningGateway, conversation_id: str) -> None:
    """Wait until the last answer has, by what the gateway knows."""
    lin = Caller(gateway.url, "lin")
    for _ in range(150):
        messages = lin("GET", f"/conversations/{conversation_id}/messages")["messages"]
        if messages[-1]["delivery"]["state"] == "delivered":
            return
        time.sleep(0.2)
    raise AssertionError(messages[-1])


def test_a_number_that_takes_none_says_why_is_tried_again_and_what_arrives_is_marked(
    gateway: RunningGateway, at: At
) -> None:
    phone, lin = Phone(gateway.url, "sms"), at("lin")
    asked = answered(phone, lin)
    last = lin.log.locator(".agent .foot").last
    phone.is_now(landline=True)
    lin.say("请问路灯在哪条路上？")
    expect(last).to_contain_text("没有送到：")
    expect(last).to_contain_text("21614")
    again = lin.log.get_by_role("button", name="再试一次")
    phone.is_now(landline=False)
    again.click()
    expect(last).to_have_text("已送达")
    expect(again).to_have_count(0)
    phone.is_now(reachable=False)
    lin.say("请问路灯在哪条路上呢？")
    expect(last).to_contain_text("没有送到，会再发：")
    expect(last).to_contain_text("30003")
    phone.is_now(reachable=True)
    expect(last).to_have_text("已送达", timeout=30_000)
    assert asked == []


def test_what_happened_while_the_line_was_cut_is_seen_after_it(gateway: RunningGateway, at: At) -> None:
    phone, lin = Phone(gateway.url, "sms"), at("lin")
    answered(phone, lin)
    phone.is_now(reachable=False)
    lin.say("您还在吗？")
    last = lin.log.locator(".agent .foot").last
    expect(last).to_contain_text("没有送到，会再发：")
    lin.page.context.set_offline(True)
    phone.is_now(reachable=True)
    arrived(gateway, lin.page.url.rpartition("/")[2])
    expect(last).to_contain_text("没有送到，会再发：")
    lin.page.context.set_offline(False)
    expect(last).to_have_text("已送达", timeout=30_000)
