"""Whose a conversation is, seen from the desk: on every channel, passed on, ended, watched by leaders, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, Opened
from tests.browser.conversations import Citizen, Conversations, Phone
from tests.browser.desk import Caller, Desk
from tests.browser.test_accessibility import violations
from tests.browser.test_desk_conversations import At, at, gateway, looking, taken, waiting
from tests.running import RunningGateway

__all__ = ["at", "gateway", "looking", "waiting"]  # fixtures

pytestmark = pytest.mark.timeout(180)

# the browser's own, with the page not in front
NOTIFICATIONS = """
  window.shown = []
  window.Notification = class {
    static permission = 'granted'
    static requestPermission = async () => 'granted'
    constructor(title) { window.shown.push(title) }
  }
  document.hasFocus = () => false
"""


# --- channels --------------------------------------------------------------------------------------------------------


def test_a_short_message_says_what_it_costs_and_why_it_failed(gateway: RunningGateway, at: At) -> None:
    phone = Phone(gateway.url, "sms")
    phone.say("人工")
    lin = at("lin")
    lin.show("等候")
    lin.row("短信").last.click()
    lin.take()
    lin.reply.fill("好" * 71)
    expect(lin.thread).to_contain_text("71字 · 2条短信")
    phone.reachable(False)
    lin.say("您好，请问路灯在哪条路上？")
    expect(lin.log.locator(".trouble")).to_contain_text("没有送到", timeout=60_000)


def test_wechat_says_how_much_it_still_takes(gateway: RunningGateway, at: At) -> None:
    phone = Phone(gateway.url, "wechat")
    phone.say("人工")
    phone.act(type="voice", recognition="井盖坏了")
    phone.act(type="location", latitude=23.02, longitude=113.75, label="育兴路12号")
    lin = at("lin")
    lin.show("等候")
    lin.row("微信").last.click()
    expect(lin.log).to_contain_text("识别：井盖坏了")
    expect(lin.log).to_contain_text("育兴路12号")
    lin.take()
    allowed = lin.thread.get_by_text(re.compile(r"微信还能发\d条"))
    before = int(re.findall(r"发(\d)条", allowed.inner_text())[0])
    lin.say("收到，马上派人去看")
    expect(allowed).to_contain_text(f"微信还能发{before - 1}条")
    phone.say("好的")
    expect(allowed).to_contain_text("微信还能发5条")


# --- whose it is -----------------------------------------------------------------------------------------------------


def test_a_ticket_is_filed_from_what_was_said(gateway: RunningGateway, at: At, waiting: Citizen) -> None:
    waiting.say("东城街道育兴路12号的路灯坏了三天，晚上看不见路")
    taken(gateway, waiting)
    lin = at("lin", waiting.conversation_id)
    lin.about.get_by_role("button", name="登记工单").click()
    expect(lin.desk.dialog.get_by_label("反映的事情")).to_have_value(re.compile("路灯坏了三天"))
    lin.desk.dialog.get_by_label("姓名").fill("陈先生")
    lin.desk.dialog.get_by_role("button", name="登记工单").click()
    telling = lin.desk.dialog.locator(".tell")
    expect(telling).to_have_text(re.compile(r"单号 DG\d{15}，查询码 \d{6}"))
    lin.desk.dialog.get_by_role("button", name="填入回复").click()
    expect(lin.reply).to_have_value(re.compile(r"DG\d{15}"))
    expect(lin.about.locator(".ticket")).to_have_count(1)


def test_what_the_citizen_sent_and_said_fills_the_ticket(gateway: RunningGateway, at: At, opened: Opened) -> None:
    phone = Phone(gateway.url, "wechat")
    phone.act(type="image")
    phone.act(type="location", latitude=23.02, longitude=113.75, label="育兴路12号")
    phone.say("东城的路灯坏了三天，晚上看不见路", "我姓张，电话13912345678", "人工")
    lin = at("lin")
    lin.show("等候")
    lin.row("微信").last.click()
    lin.take()
    dialog = lin.desk.dialog
    lin.about.get_by_role("button", name="登记工单").click()
    expect(dialog.get_by_label("反映的事情")).to_have_value("东城的路灯坏了三天，晚上看不见路")
    expect(dialog.get_by_label("在哪里")).to_have_value("育兴路12号")
    expect(dialog.get_by_label("姓名")).to_have_value("张")
    expect(dialog.get_by_label("电话")).to_have_value("+8613912345678")
    sent = dialog.get_by_role("group", name="市民发来的").get_by_role("checkbox")
    expect(sent).to_be_checked()
    dialog.get_by_role("button", name="登记工单").click()
    dialog.get_by_role("link", name="看工单").click()
    files = lin.page.locator("section").filter(has=lin.page.get_by_role("heading", name="附件"))
    expect(files.last.get_by_role("listitem").get_by_role("link")).to_have_count(1)
    ticket = lin.page.url
    lin.page.get_by_role("link", name="看会话").click()
    expect(lin.log).to_contain_text("晚上看不见路")

    # whoever may not look into it is not led there, and misses nothing else
    Caller(gateway.url, "lin").move(ticket.rpartition("/")[2], "dispatch", lead="housing")
    for username in ("chen", "sun"):
        desk = Desk.of(opened(gateway.url, viewport=DESK, trouble_expected=True), gateway.url, username)
        desk.page.goto(ticket)
        expect(desk.page.locator("aside").get_by_text("139****5678")).to_be_visible()
        expect(desk.page.get_by_role("link", name="看会话")).to_have_count(0)
        expect(desk.page.get_by_role("alert")).to_have_count(0)


def test_what_was_written_in_a_dialog_goes_only_once_that_is_asked(
    gateway: RunningGateway, at: At, waiting: Citizen
) -> None:
    taken(gateway, waiting)
    lin = at("lin", waiting.conversation_id)
    dialog, keyboard = lin.desk.dialog, lin.page.keyboard
    lin.about.get_by_role("button", name="登记工单").click()
    name = dialog.get_by_label("姓名")
    expect(name).to_be_visible()
    keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    lin.about.get_by_role("button", name="登记工单").click()
    name.fill("陈先生")
    asked = lin.page.get_by_role("dialog", name="写了的还没有发出")
    for leave in ("key", "cross"):
        if leave == "key":
            keyboard.press("Escape")
        else:
            dialog.get_by_role("button", name="关闭").click()
        asked.get_by_role("button", name="接着写").click()
        expect(asked).to_have_count(0)
        expect(name).to_have_value("陈先生")
    keyboard.press("Escape")
    asked.get_by_role("button", name="不要了").click()
    expect(dialog).to_have_count(0)


def test_it_is_put_aside_passed_on_given_back_and_ended(gateway: RunningGateway, at: At, waiting: Citizen) -> None:
    taken(gateway, waiting)
    lin = at("lin", waiting.conversation_id)

    def more(move: str) -> None:
        lin.head.get_by_role("button", name="更多").click()
        lin.page.get_by_role("menuitem", name=move).click()

    more("15分钟")
    expect(lin.head).to_contain_text("搁置到")
    waiting.say("我想起来了")
    expect(lin.head).not_to_contain_text("搁置到")

    more("转回排队")
    lin.desk.dialog.get_by_label("给接手的人留句话").fill("要懂社保的人")
    lin.desk.dialog.get_by_role("button", name="转回排队").click()
    expect(lin.head).to_contain_text("等候人工")
    expect(lin.about).to_contain_text("要懂社保的人")

    lin.take()
    lin.head.get_by_role("button", name="结束").click()
    lin.desk.dialog.get_by_text("咨询已答复").click()
    lin.desk.dialog.get_by_role("button", name="结束").click()
    expect(lin.head).to_contain_text("机器人正在接待")
    expect(lin.about).to_contain_text("林小雨结束 · 咨询已答复")
    heard = len(waiting.heard())
    waiting.say("社保卡丢了怎么补办？")
    assert len(waiting.heard()) > heard
    # and from the bot once more
    expect(lin.log.locator(".bot").last).to_contain_text("补卡")
    lin.take()
    more("交回机器人")
    expect(lin.head).to_contain_text("机器人正在接待")


def test_a_leader_sees_what_goes_on_gives_it_to_somebody_and_whispers(
    gateway: RunningGateway, at: At, waiting: Citizen
) -> None:
    lin, zhao = at("lin"), at("zhao")
    zhao.desk.navigation.get_by_role("link", name="现场").click()
    row = zhao.page.get_by_role("listitem").filter(has_text=waiting.label)
    expect(row).to_contain_text("市民要求人工")
    row.get_by_role("button", name="分给…").click()
    zhao.desk.dialog.get_by_role("radio", name="林小雨").check()
    zhao.desk.dialog.get_by_role("button", name="转给").click()
    expect(lin.desk.news).to_contain_text(f"新会话：{waiting.label}")
    lin.show("我的")
    lin.look(waiting.label)

    zhao.page.get_by_role("button", name="林小雨").click()
    zhao.page.get_by_role("listitem", name="").filter(has_text=waiting.label).last.get_by_role(
        "link", name="写备注"
    ).click()
    expect(zhao.note).to_be_focused()
    zhao.note.fill("先问清楚是哪一栋")
    zhao.note.press("Enter")
    expect(lin.log.locator(".note")).to_contain_text("先问清楚是哪一栋")
    assert "先问清楚是哪一栋" not in waiting.heard()


def test_danger_is_told_on_every_desk(gateway: RunningGateway, at: At) -> None:
    lin = at("lin")
    citizen = Citizen(gateway.url)
    citizen.say("家里燃气泄漏，味道很大")
    alarm = lin.desk.alarm(citizen.label)
    expect(alarm).to_contain_text("可能有危险：火情")
    alarm.get_by_role("link", name="去看").click()
    expect(lin.head).to_contain_text("紧急")
    expect(alarm.get_by_role("button", name="我来处理")).to_be_visible()
    lin.take()
    expect(alarm).to_have_count(0)


def test_who_is_available_is_given_what_comes(gateway: RunningGateway, at: At) -> None:
    Caller(gateway.url, "zhao")("PUT", "/agents/lin", capacity=50)
    lin = at("lin")
    lin.page.get_by_role("switch", name="接待状态").click()
    expect(lin.desk.news).to_contain_text("已改为可接待")
    citizen = Citizen(gateway.url)
    citizen.say("人工")
    expect(lin.row(citizen.label)).to_be_visible()
    lin.page.get_by_role("switch", name="接待状态").click()
    expect(lin.page.get_by_role("switch", name="接待状态")).not_to_be_checked()


def test_what_is_given_is_told_to_who_looks_elsewhere(
    gateway: RunningGateway, opened: Opened, waiting: Citizen
) -> None:
    context = opened(gateway.url, viewport=DESK, trouble_expected=True, permissions=["notifications"])
    context.add_init_script(NOTIFICATIONS)
    lin = Conversations.of(context, gateway.url, "lin")
    expect(lin.page.get_by_role("button", name="提醒已打开")).to_have_attribute("aria-pressed", "true")
    assign = {"move": "assign", "to": "lin"}
    Caller(gateway.url, "zhao")("POST", f"/conversations/{waiting.conversation_id}/moves", **assign)
    expect(lin.desk.news.filter(has_text=waiting.label)).to_be_visible()
    given = "shown.filter((title) => title.startsWith('新会话'))"  # what danger there is rings, too
    assert lin.page.evaluate(given) == [f"新会话：{waiting.label}"]
    # what one takes oneself is no news
    other = Citizen(gateway.url)
    other.say("人工")
    lin.show("等候")
    lin.look(other.label)
    lin.take()
    assert len(lin.page.evaluate(given)) == 1


def test_on_a_phone_one_pane_at_a_time(gateway: RunningGateway, at: At, waiting: Citizen) -> None:
    taken(gateway, waiting)
    lin = at("lin", viewport={"width": 390, "height": 844}, has_touch=True)
    lin.show("我的")
    lin.look(waiting.label)
    expect(lin.rows).not_to_be_visible()
    expect(lin.about).not_to_be_visible()
    lin.page.get_by_role("button", name="市民资料").click()
    expect(lin.about).to_be_visible()
    lin.about.get_by_role("button", name="关上市民资料").click()
    lin.page.get_by_role("link", name="回到列表").click()
    expect(lin.rows).to_be_visible()
    assert lin.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_panes_stay_as_wide_as_they_were_left(at: At, waiting: Citizen) -> None:
    lin = at("lin", waiting.conversation_id)
    edge = lin.page.get_by_role("separator", name="调整列表宽度")
    before = int(edge.get_attribute("aria-valuenow") or 0)
    box = edge.bounding_box()
    assert box is not None
    lin.page.mouse.move(box["x"], 400)
    lin.page.mouse.down()
    lin.page.mouse.move(box["x"] + 60, 400)
    lin.page.mouse.up()
    edge.press("ArrowRight")
    lin.page.reload()
    expect(edge).to_have_attribute("aria-valuenow", str(before + 76))


@pytest.mark.usefixtures("looking")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_people_from_using_it(gateway: RunningGateway, at: At, waiting: Citizen, theme: str) -> None:
    taken(gateway, waiting)
    lin = at("lin", color_scheme=theme)
    lin.show("我的")
    found: dict[str, list[str]] = {"list": violations(lin.page)}
    lin.look(waiting.label)
    lin.whisper("记一下")
    lin.page.get_by_role("tab", name="回复").click()
    lin.reply.fill("/look")
    expect(lin.page.get_by_role("option")).to_be_visible()
    found["thread"] = violations(lin.page)
    lin.reply.fill("")
    lin.head.get_by_role("button", name="结束").click()
    expect(lin.desk.dialog).to_be_visible()
    found["close"] = violations(lin.page)
    lin.page.keyboard.press("Escape")
    zhao = at("zhao", color_scheme=theme)
    zhao.desk.go("/desk/board")
    expect(zhao.page.get_by_role("heading", name="坐席")).to_be_visible()
    found["board"] = violations(zhao.page)
    assert found == {place: [] for place in found}
