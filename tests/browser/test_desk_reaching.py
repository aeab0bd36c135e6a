"""Conversations that are on nobody's list: seen while the bot answers, taken over, found again by what one knows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conversations import Citizen
from tests.browser.desk import Caller
from tests.browser.test_accessibility import violations
from tests.browser.test_desk_conversations import At, at, gateway
from tests.running import RunningGateway

__all__ = ["at", "gateway"]  # fixtures

pytestmark = pytest.mark.timeout(180)


def test_one_of_the_bots_is_seen_taken_ended_and_found_again(gateway: RunningGateway, at: At) -> None:
    citizen, later = Citizen(gateway.url), Citizen(gateway.url)
    citizen.say("社保卡丢了怎么补办？")
    lin = at("lin")
    lin.show("机器人")
    expect(lin.row(citizen.label)).to_contain_text("社保卡丢了怎么补办")
    expect(lin.row(citizen.label)).not_to_contain_text("未读")

    assert violations(lin.page) == []

    # another one writes: it comes when it is asked for, above what was heard of before
    later.say("社保卡丢了怎么补办？")
    lin.rows.get_by_role("button", name="刷新").click()
    expect(lin.rows.get_by_role("link").first).to_contain_text(later.label)

    lin.look(citizen.label)
    expect(lin.log).to_contain_text("补办")
    lin.page.keyboard.press("t")
    expect(lin.head).to_contain_text("由您接待")
    expect(lin.row(citizen.label)).to_have_count(0)

    # everything that can be done with one's own is in the command bar
    keyboard, bar = lin.page.keyboard, lin.desk.dialog
    lin.head.click()
    keyboard.press("Control+k")
    for move in ("转给…", "转回排队", "搁置 · 15分钟", "结束", "交回机器人", "并到一起接待…", "登记工单"):
        expect(bar.get_by_role("option", name=move, exact=True).first).to_be_visible()
    expect(bar.get_by_role("option", name="接手", exact=True)).to_have_count(0)
    bar.get_by_role("option", name="搁置 · 15分钟").click()
    expect(lin.head).to_contain_text("搁置到")
    keyboard.press("Control+k")
    bar.get_by_role("option", name="结束", exact=True).click()
    bar.get_by_text("咨询已答复").click()
    bar.get_by_role("button", name="结束").click()
    expect(lin.head).to_contain_text("机器人正在接待")

    # ended, it is on no live list; by the end of its name it is found, and as the only one opened
    end = citizen.label[-4:]
    lin.desk.go("/desk/conversations")
    expect(lin.rows).to_be_visible()
    keyboard.press("Control+k")
    bar.locator("input").fill(end.lower())
    bar.get_by_role("option", name=re.compile("在会话里找")).click()
    expect(lin.head.get_by_role("heading", name=citizen.label)).to_be_visible()

    # a ticket leads to where it was told
    filed = Caller(gateway.url, "lin")(
        "POST",
        f"/conversations/{citizen.conversation_id}/ticket",
        client_id="reaching-1",
        kind="help",
        matter="奇想路的路灯坏了",
    )
    field = lin.rows.get_by_role("searchbox", name="找会话")
    lin.desk.go("/desk/conversations")
    field.fill("13712345678")
    field.press("Enter")
    expect(lin.rows).to_contain_text("没有找到“13712345678”的会话")
    field.fill(filed["number"])
    field.press("Enter")
    expect(lin.head.get_by_role("heading", name=citizen.label)).to_be_visible()
    lin.rows.get_by_role("button", name="回到列表").click()
    expect(field).to_have_value("")


def test_what_was_said_when_somebody_had_it_is_a_press_away(gateway: RunningGateway, at: At) -> None:
    citizen, lin = Citizen(gateway.url), Caller(gateway.url, "lin")
    citizen.say("社保卡丢了怎么补办？", "人工")
    lin("POST", f"/conversations/{citizen.conversation_id}/moves", move="take")
    for number in range(150):
        path, text = f"/conversations/{citizen.conversation_id}/messages", f"第{number}句"
        lin("POST", path, client_id=f"reaching-{number:04}", text=text)
    page = at("lin", citizen.conversation_id)
    expect(page.log).to_contain_text("第149句")
    expect(page.log).not_to_contain_text("人工")
    page.about.get_by_role("button", name="林小雨接手").click()
    expect(page.log.locator(".pointed")).to_be_in_viewport()
    expect(page.log).to_contain_text("社保卡丢了怎么补办？")
    # and what is said meanwhile does not take it away
    citizen.say("还在吗")
    expect(page.thread.get_by_role("button", name="有新消息")).to_be_visible()
    expect(page.log).to_contain_text("社保卡丢了怎么补办？")

    page.thread.get_by_role("button", name="有新消息").click()
    expect(page.log).to_contain_text("还在吗")
    today = page.about.get_by_label("看哪一天说的")
    today.fill(today.get_attribute("max") or "")
    expect(page.log.get_by_text("社保卡丢了怎么补办？", exact=True)).to_be_in_viewport()
