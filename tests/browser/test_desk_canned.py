"""Canned replies, from the leader who writes them to the agent who says them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, Opened
from tests.browser.conversations import Citizen, Conversations
from tests.browser.desk import Caller, Desk
from tests.browser.test_desk_shell import gateway
from tests.running import RunningGateway

__all__ = ["gateway"]  # a fixture

pytestmark = pytest.mark.timeout(120)

PAGE = "/desk/office/canned"
FIRST, LATER = "请您稍等，正在为您查询。", "请您稍等两分钟，正在为您查询。"


def test_a_leader_writes_what_agents_then_say(gateway: RunningGateway, opened: Opened) -> None:
    citizen = Citizen(gateway.url)
    citizen.say("人工")
    Caller(gateway.url, "lin")("POST", f"/conversations/{citizen.conversation_id}/moves", move="take")

    zhao = Desk.of(opened(gateway.url, trouble_expected=True, viewport=DESK), gateway.url, "zhao")
    zhao.navigation.get_by_role("link", name="管理").click()
    zhao.navigation.get_by_role("link", name="常用语").click()
    expect(zhao.page).to_have_url(re.compile(f"{PAGE}$"))
    expect(zhao.page.get_by_text("在会话里输入 / 就能用")).to_be_visible()
    # the sign is no part of the shortcut
    zhao.do("添加常用语", 快捷词="/wait", 名称="请稍等", 内容=FIRST)
    expect(zhao.news.last).to_contain_text("添加常用语：请稍等")
    expect(zhao.page.get_by_role("row", name="请稍等")).to_contain_text(f"/wait请稍等{FIRST}")

    lin = Conversations.of(
        opened(gateway.url, trouble_expected=True, viewport=DESK), gateway.url, "lin", citizen.conversation_id
    )
    lin.reply.press_sequentially("/wai")
    expect(lin.page.get_by_role("option", name="请稍等")).to_be_visible()
    lin.reply.press("Enter")
    expect(lin.reply).to_have_value(FIRST)
    lin.reply.press("Enter")
    expect(lin.log.locator(".agent .bubble")).to_have_text(FIRST)

    zhao.do("修改 请稍等", "保存", 内容=LATER)
    expect(zhao.page.get_by_role("row", name="请稍等")).to_contain_text(LATER)
    # a desk that stays open asks again after a while
    lin.page.clock.install()
    lin.page.reload()
    lin.reply.press_sequentially("/wai")
    expect(lin.page.get_by_role("option", name="请稍等")).to_contain_text(LATER)
    lin.reply.fill("")

    zhao.do("删除 请稍等", "删除")
    expect(zhao.news.last).to_contain_text("删除：请稍等")
    expect(zhao.page.get_by_role("row", name="请稍等")).to_have_count(0)
    lin.page.clock.fast_forward("01:01")
    lin.reply.press_sequentially("/wai")
    expect(lin.page.get_by_text("没有这样的常用语")).to_be_visible()

    lin.desk.go(PAGE)
    expect(lin.page.get_by_text("没有这个页面")).to_be_visible()


def test_the_administrator_keeps_them_too(gateway: RunningGateway, opened: Opened) -> None:
    root = Desk.of(opened(gateway.url, trouble_expected=True, viewport=DESK), gateway.url, "root", "/desk/office")
    root.navigation.get_by_role("link", name="常用语").click()
    root.do("添加常用语", 快捷词="/thanks", 名称="谢谢来电", 内容="谢谢您告诉我们。")
    expect(root.page.get_by_role("row", name="谢谢来电")).to_contain_text("/thanks")
    root.do("删除 谢谢来电", "删除")
    expect(root.page.get_by_role("row", name="谢谢来电")).to_have_count(0)


def test_what_another_leader_removed_is_refused_in_words(gateway: RunningGateway, opened: Opened) -> None:
    leader = Caller(gateway.url, "zhao")
    made = leader("POST", "/canned", shortcut="bye", title="结束语", text="感谢您的来电。")
    context = opened(gateway.url, trouble_expected=True, viewport=DESK)
    zhao = Desk.of(context, gateway.url, "zhao", PAGE)
    zhao.page.get_by_role("button", name="修改 结束语").click()
    leader("DELETE", f"/canned/{made['id']}")
    zhao.dialog.get_by_label("内容").fill("感谢您的来电，再见。")
    zhao.dialog.get_by_role("button", name="保存").click()
    expect(zhao.dialog.get_by_role("alert")).to_contain_text("没有这条常用语")
    expect(zhao.dialog.get_by_label("内容")).to_have_value("感谢您的来电，再见。")
    zhao.dialog.get_by_role("button", name="取消").click()
    expect(zhao.page.get_by_role("row", name="结束语")).to_have_count(0)
