"""One citizen on two channels is answered as one, and what one unit knows goes to its people: seen from the desk."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conversations import Citizen, Conversations, Phone
from tests.browser.desk import Caller, until
from tests.browser.test_accessibility import violations
from tests.browser.test_desk_conversations import At, at, gateway, taken, waiting
from tests.running import RunningGateway

__all__ = ["at", "gateway", "waiting"]  # fixtures

pytestmark = pytest.mark.timeout(180)


def strip(desk: Conversations) -> Locator:
    return desk.thread.get_by_role("navigation", name="一起接待")


def on_wechat(gateway: RunningGateway) -> str:
    """How lists name who began to wait on WeChat last."""
    waits = Caller(gateway.url, "lin")("GET", "/conversations?list=waiting")["conversations"]
    return "微信 " + str([row["citizen"] for row in waits if row["channel"] == "wechat"][-1])


def more(desk: Conversations, move: str) -> None:
    desk.head.get_by_role("button", name="更多").click()
    desk.page.get_by_role("menuitem", name=move).click()


def test_on_two_channels_merged_answered_on_both_and_closed_together(
    gateway: RunningGateway, at: At, waiting: Citizen
) -> None:
    phone = Phone(gateway.url, "wechat")
    phone.say("人工", "我在网页上也说过，路灯坏了")
    label = on_wechat(gateway)
    taken(gateway, waiting)
    lin = at("lin", waiting.conversation_id)
    lin.page.keyboard.press("m")
    dialog = lin.desk.dialog
    expect(dialog).to_contain_text("联系方式都不会变")
    dialog.get_by_label("找会话").fill(label)
    dialog.get_by_role("radio").check()
    assert violations(lin.page) == []
    dialog.get_by_role("button", name="并到一起").click()
    expect(strip(lin).get_by_role("link")).to_have_text(["网页", re.compile("微信")])
    expect(lin.log.locator(".note")).to_contain_text("并到一起接待")

    lin.show("我的")
    row = lin.row(waiting.label)
    expect(row).to_have_count(1)
    expect(row.locator(".channel")).to_have_count(2)
    expect(lin.row(label)).to_have_count(0)
    expect(lin.about.get_by_role("heading", name="一起接待")).to_be_visible()

    lin.say("您好，路灯的事两边都收到了")
    expect(lin.log).to_contain_text("两边都收到了")
    phone.say("晚上看不见路")
    expect(strip(lin).get_by_role("link", name="微信")).to_contain_text(re.compile(r"\d"))
    strip(lin).get_by_role("link", name="微信").click()
    expect(lin.log).to_contain_text("晚上看不见路")
    expect(lin.log).not_to_contain_text("两边都收到了")
    expect(lin.head).to_contain_text("由您接待")
    lin.say("今晚就派人去修")
    expect(lin.log).to_contain_text("今晚就派人去修")
    assert "您好，路灯的事两边都收到了" in waiting.heard()
    assert "今晚就派人去修" not in waiting.heard()

    lin.head.get_by_role("button", name="结束").click()
    lin.desk.dialog.get_by_text("咨询已答复").click()
    lin.desk.dialog.get_by_role("button", name="结束").click()
    expect(lin.head).to_contain_text("机器人正在接待")
    expect(strip(lin)).to_have_count(0)
    expect(row).to_have_count(0)
    lin.desk.go(f"/desk/conversations/{waiting.conversation_id}")
    expect(lin.head).to_contain_text("机器人正在接待")
    expect(lin.about).to_contain_text("林小雨结束 · 咨询已答复")


def test_what_another_has_is_refused_with_who_and_what_was_joined_is_parted(
    gateway: RunningGateway, at: At, waiting: Citizen
) -> None:
    taken(gateway, waiting)
    others, queued = Citizen(gateway.url), Citizen(gateway.url)
    others.say("人工", "水管也漏了")
    queued.say("人工", "还是路灯的事")
    taken(gateway, others, "zhao")
    lin = at("lin", waiting.conversation_id)
    more(lin, "并到一起接待…")
    dialog = lin.desk.dialog
    dialog.locator(".one", has_text=others.label).get_by_role("radio").check()
    dialog.get_by_role("button", name="并到一起").click()
    expect(dialog).to_contain_text("赵敏正在接待那一位")
    dialog.locator(".one", has_text=queued.label).get_by_role("radio").check()
    dialog.get_by_role("button", name="并到一起").click()
    expect(strip(lin).get_by_role("link")).to_have_text([waiting.label, re.compile(queued.label)])
    lin.page.keyboard.press("Control+k")
    lin.page.get_by_role("option", name="分开接待").click()
    expect(strip(lin)).to_have_count(0)
    lin.show("我的")
    expect(lin.row(queued.label)).to_be_visible()


def test_passed_on_to_a_unit_whose_people_see_that_and_nothing_else(
    gateway: RunningGateway, at: At, waiting: Citizen
) -> None:
    taken(gateway, waiting)
    stranger = Citizen(gateway.url)
    stranger.say("人工")
    lin = at("lin", waiting.conversation_id)
    lin.head.get_by_role("button", name="转给…").click()
    lin.desk.dialog.get_by_role("button", name="单位", exact=True).click()
    expect(lin.desk.dialog).to_contain_text("现在没有单位的人在线接待")
    lin.page.keyboard.press("Escape")

    chen = at("chen")
    chen.page.get_by_role("switch", name="接待状态").click()
    expect(chen.desk.news).to_contain_text("已改为可接待")
    chen.show("等候")
    expect(chen.row(stranger.label)).to_have_count(0)
    lin.head.get_by_role("button", name="转给…").click()
    lin.desk.dialog.get_by_role("button", name="单位", exact=True).click()
    lin.desk.dialog.get_by_label("哪个单位").select_option("housing")
    assert violations(lin.page) == []
    lin.desk.dialog.get_by_role("button", name="转给").click()
    chen.show("我的")
    chen.look(waiting.label)
    chen.say("房管局的陈晓来答复您")
    expect(chen.log).to_contain_text("陈晓来答复您")
    until(lambda: "房管局的陈晓来答复您" in waiting.heard())
    chen.desk.go(f"/desk/conversations/{stranger.conversation_id}")
    expect(chen.thread).to_contain_text("没有这个会话")
    expect(chen.page.get_by_role("separator", name="调整市民资料宽度")).to_have_count(0)
    Caller(gateway.url, "chen")("PUT", "/agents/me", state="away")
