"""What tells somebody at the desk that they are wanted, wherever they look: sounds, notifications, counts, marks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, Opened
from tests.browser.conversations import Citizen, Conversations, Phone
from tests.browser.desk import Caller, until
from tests.browser.test_desk_conversations import taken
from tests.running import RunningGateway

pytestmark = pytest.mark.timeout(180)

At = Callable[..., Conversations]

# the browser's own, with the page not in front; what it was asked to show and to play is written down
BROWSER = """
  window.shown = []
  window.tones = 0
  window.Notification = class {
    static permission = '%s'
    static requestPermission = async () => (Notification.permission = 'granted')
    constructor(title, { body }) { window.shown.push([title, body]) }
  }
  const start = OscillatorNode.prototype.start
  OscillatorNode.prototype.start = function (at) { window.tones += 1; start.call(this, at) }
  document.hasFocus = () => false
"""
# looking at a page from a test counts as a press for Chromium
UNPRESSED = """
  window.addEventListener('keydown', () => { window.pressed = true }, { capture: true })
  Object.defineProperty(navigator, 'userActivation', { get: () => ({ hasBeenActive: window.pressed === true }) })
"""
SHOWN_WITHIN = 20.0


@pytest.fixture
def at(staffed: RunningGateway, opened: Opened) -> At:
    """`at(username, path)`: somebody's desk, out of sight; permission: what the browser may show."""

    def sit(username: str, id: str = "", *, permission: str = "granted", **options: Any) -> Conversations:
        context = opened(staffed.url, **{"viewport": DESK, "trouble_expected": True, **options})
        context.add_init_script(BROWSER % permission)
        return Conversations.of(context, staffed.url, username, id)

    return sit


def shown(page: Page, about: str) -> list[list[str]]:
    """What is shown about somebody or something, as soon as there is any of it; title and text of each."""
    for _ in range(int(SHOWN_WITHIN / 0.1)):
        told: list[list[str]] = page.evaluate("shown")
        if found := [one for one in told if about in " ".join(one)]:
            return found
        page.wait_for_timeout(100)
    raise AssertionError("nothing was shown")


def in_danger(url: str) -> Citizen:
    citizen = Citizen(url)
    citizen.say("家里燃气泄漏，味道很大")
    return citizen


def test_danger_is_heard_without_anything_being_turned_on(staffed: RunningGateway, at: At) -> None:
    lin = at("lin")
    expect(lin.page.get_by_role("button", name="提醒已打开")).to_have_attribute("aria-pressed", "true")
    lin.page.wait_for_timeout(1_000)  # until the line is live
    lin.page.evaluate("tones = 0")
    citizen = in_danger(staffed.url)
    # who it is about is said, though the alarm comes before the row
    assert shown(lin.page, citizen.label) == [["可能有危险：火情险情", citizen.label]]
    assert lin.page.evaluate("tones") > 0

    lin.page.get_by_role("button", name="提醒已打开").click()
    expect(lin.page.get_by_role("button", name="打开提醒")).to_be_visible()
    lin.page.evaluate("shown.length = tones = 0")
    other = in_danger(staffed.url)
    expect(lin.desk.alarm(other.label)).to_be_visible()
    lin.page.wait_for_timeout(2_000)
    assert lin.page.evaluate("[shown.length, tones]") == [0, 0]
    for one in (citizen, other):
        lin.desk.alarm(one.label).get_by_role("button", name="我来处理").click()
        expect(lin.desk.alarm(one.label)).to_have_count(0)


def test_what_came_before_the_browser_gives_sound_is_heard_at_the_first_press(staffed: RunningGateway, at: At) -> None:
    lin = at("lin")
    lin.page.add_init_script(UNPRESSED)
    lin.page.reload()
    expect(lin.rows).to_be_visible()
    lin.page.wait_for_timeout(1_000)  # until the line is live
    citizen = in_danger(staffed.url)
    expect(lin.desk.alarm(citizen.label)).to_be_visible()
    assert lin.page.evaluate("tones") == 0
    lin.page.keyboard.press("j")
    assert lin.page.evaluate("tones") > 0
    lin.desk.alarm(citizen.label).get_by_role("button", name="我来处理").click()
    expect(lin.desk.alarm(citizen.label)).to_have_count(0)


@pytest.mark.parametrize("wanted", [True, False])
def test_notifications_are_asked_for_once(at: At, wanted: bool) -> None:
    lin = at("lin", permission="default")
    invite = lin.page.get_by_role("group", name="打开通知")
    expect(invite).to_contain_text("页面不在眼前时")
    invite.get_by_role("button", name="打开通知" if wanted else "不用").click()
    expect(invite).to_have_count(0)
    assert lin.page.evaluate("Notification.permission") == ("granted" if wanted else "default")
    lin.page.reload()
    expect(lin.page.get_by_role("heading", name="会话", exact=True)).to_be_visible()
    expect(invite).to_have_count(0)


def test_a_citizen_who_writes_is_told_of_on_every_page(staffed: RunningGateway, at: At) -> None:
    citizen = Citizen(staffed.url)
    citizen.say("人工")
    taken(staffed, citizen)("PUT", "/agents/me", state="away")
    lin = at("lin")
    away(lin)
    lin.page.evaluate("tones = 0")
    place = lin.desk.navigation.get_by_role("link", name="会话")
    citizen.say("还在吗")
    expect(place).to_contain_text("个会话有新消息")
    expect(lin.page).to_have_title(re.compile(r"^\(\d+\) 工单 · 一线$"))
    assert shown(lin.page, citizen.label) == [[f"{citizen.label}来话了", "还在吗"]]
    assert lin.page.evaluate("tones") > 0

    before = counted(lin.page)
    waiting = Citizen(staffed.url)
    waiting.say("人工")
    expect(place).to_contain_text("个会话在等候")
    expect(lin.page).to_have_title(f"({before + 1}) 工单 · 一线")
    taken(staffed, waiting, "zhao")
    expect(lin.page).to_have_title(f"({before}) 工单 · 一线")


def test_a_note_is_told_to_who_has_the_conversation_wherever_they_are(staffed: RunningGateway, at: At) -> None:
    citizen = Citizen(staffed.url)
    citizen.say("人工")
    taken(staffed, citizen)
    lin = at("lin")
    away(lin)
    note = {"client_id": "whisper-1", "text": "先问清楚是哪一栋"}
    Caller(staffed.url, "zhao")("POST", f"/conversations/{citizen.conversation_id}/notes", **note)
    told = f"赵敏给您写了备注：{citizen.label}"
    expect(lin.desk.news.filter(has_text=told)).to_be_visible()
    assert shown(lin.page, told) == [[told, "先问清楚是哪一栋"]]
    back(lin)
    lin.show("我的")
    expect(lin.row(citizen.label)).to_contain_text("新备注")
    lin.look(citizen.label)
    expect(lin.log.locator(".note")).to_contain_text("先问清楚是哪一栋")
    expect(lin.row(citizen.label)).not_to_contain_text("新备注")


def test_what_did_not_arrive_is_told_and_marked_until_it_is_looked_at(staffed: RunningGateway, at: At) -> None:
    phone = Phone(staffed.url, "sms")
    phone.say("人工")
    lin = at("lin")
    lin.show("等候")
    lin.row("短信").last.click()
    lin.take()
    citizen = lin.head.get_by_role("heading").inner_text()
    phone.is_now(landline=True)
    lin.say("您好，请问路灯在哪条路上？")
    away(lin)
    told = f"有一句话没有送到：{citizen}"
    expect(lin.desk.news.filter(has_text=told)).to_be_visible(timeout=60_000)
    assert shown(lin.page, told) == [[told, ""]]
    back(lin)
    lin.page.reload()
    lin.show("我的")
    expect(lin.row(citizen)).to_contain_text("没送到")
    lin.look(citizen)
    expect(lin.row(citizen)).not_to_contain_text("没送到")
    expect(lin.log.locator(".trouble")).to_contain_text("没有送到")


def test_who_was_away_finds_what_was_written_for_them(staffed: RunningGateway, at: At) -> None:
    citizen = Citizen(staffed.url)
    citizen.say("人工")
    lin_calls, zhao = taken(staffed, citizen), Caller(staffed.url, "zhao")

    def note(client_id: str, text: str, by: Caller = zhao, mentions: tuple[str, ...] = ()) -> None:
        by("POST", f"/conversations/{citizen.conversation_id}/notes", client_id=client_id, text=text, mentions=mentions)

    # before they signed in
    note("away-0001", "先问清楚是哪一栋")
    lin = at("lin")
    lin.show("我的")
    expect(lin.row(citizen.label)).to_contain_text("新备注")
    place = lin.desk.navigation.get_by_role("link", name="会话")
    before = counted(lin.page)
    lin.look(citizen.label)
    expect(lin.row(citizen.label)).not_to_contain_text("新备注")
    expect(lin.page).to_have_title(re.compile(rf"^{re.escape(f'({before - 1}) ') if before > 1 else ''}会话"))
    expect(place).not_to_contain_text("备注")
    away(lin)
    lin.page.reload()
    back(lin)
    lin.show("我的")
    expect(lin.row(citizen.label)).to_be_visible()
    lin.page.wait_for_timeout(1_500)
    expect(lin.row(citizen.label)).not_to_contain_text("新备注")

    # while the network was gone, and on their other page, too
    other = at("lin")
    other.show("我的")
    away(lin)
    lin.page.context.set_offline(True)
    note("away-0002", "是三栋")
    expect(other.row(citizen.label)).to_contain_text("新备注")
    lin.page.context.set_offline(False)
    expect(place).to_contain_text("个会话有备注或没送到的话要看")
    assert counted(lin.page) == before
    back(lin)
    lin.look(citizen.label)
    expect(other.row(citizen.label)).not_to_contain_text("新备注")

    # in a conversation that is not theirs the list leads to it until it is left
    note("away-0003", "请班长看看", lin_calls, ("zhao",))
    leader = at("zhao")
    leader.show("我的")
    row = leader.row(citizen.label)
    expect(row).to_contain_text("新备注")
    expect(row).to_contain_text("林小雨")
    expect(row).not_to_contain_text("已等")
    leader.look(citizen.label)
    expect(row).to_be_visible()
    expect(row).not_to_contain_text("新备注")
    away(leader)
    back(leader)
    leader.show("我的")
    expect(row).to_have_count(0)


def test_who_was_away_finds_what_did_not_arrive(staffed: RunningGateway, at: At) -> None:
    phone = Phone(staffed.url, "sms")
    phone.say("人工")
    lin = at("lin")
    lin.show("等候")
    lin.row("短信").last.click()
    lin.take()
    citizen = lin.head.get_by_role("heading").inner_text()
    phone.is_now(landline=True)
    lin.say("您好，请问路灯在哪条路上？")
    lin.page.goto("about:blank")
    calls = Caller(staffed.url, "lin")
    id = next(row["id"] for row in calls("GET", "/conversations?list=mine")["conversations"] if row["channel"] == "sms")

    def failed() -> bool:
        messages = calls("GET", f"/conversations/{id}/messages")["messages"]
        return any(one["delivery"] and one["delivery"]["state"] == "failed" for one in messages)

    until(failed)
    lin.page.goto(f"{staffed.url}/desk/conversations")
    lin.show("我的")
    expect(lin.row(citizen)).to_contain_text("没送到")
    lin.look(citizen)
    expect(lin.row(citizen)).not_to_contain_text("没送到")
    lin.page.reload()
    lin.show("我的")
    expect(lin.row(citizen)).to_be_visible()
    lin.page.wait_for_timeout(1_500)
    expect(lin.row(citizen)).not_to_contain_text("没送到")


def test_a_waiting_row_says_what_the_citizen_said_and_why(staffed: RunningGateway, at: At) -> None:
    citizen = Citizen(staffed.url)
    citizen.say("人工", "育兴路的路灯坏了三天")
    assert any("收到" in one or "记" in one for one in citizen.heard()), "the bot answers after it"
    lin = at("lin")
    lin.show("等候")
    row = lin.row(citizen.label)
    expect(row).to_contain_text("育兴路的路灯坏了三天")
    expect(row).to_contain_text("市民要求人工")
    expect(row).not_to_contain_text("我们：")
    taken(staffed, citizen)(
        "POST", f"/conversations/{citizen.conversation_id}/messages", client_id="answer-0001", text="马上派人去看"
    )
    lin.show("我的")
    expect(row).to_contain_text("我们：马上派人去看")


def test_who_is_away_is_told_why_nothing_comes(staffed: RunningGateway, at: At) -> None:
    Caller(staffed.url, "lin")("PUT", "/agents/me", state="away")
    citizen = Citizen(staffed.url)
    citizen.say("人工")
    lin = at("lin")
    line = lin.rows.get_by_text(re.compile(r"您现在是“暂离”，新会话不会分给您；有\d+位市民在等。"))
    expect(line).to_be_visible()
    lin.rows.get_by_role("button", name="改为可接待").click()
    expect(lin.page.get_by_role("switch", name="接待状态")).to_be_checked()
    expect(line).to_have_count(0)
    Caller(staffed.url, "lin")("PUT", "/agents/me", state="away")


def away(page: Conversations) -> None:
    """To another page of the desk."""
    page.desk.navigation.get_by_role("link", name="工单").click()
    expect(page.page).to_have_title(re.compile("工单 · 一线$"))


def back(page: Conversations) -> None:
    page.desk.navigation.get_by_role("link", name="会话").click()
    expect(page.rows).to_be_visible()


def counted(page: Page) -> int:
    """How many conversations the title says want somebody."""
    found = re.match(r"\((\d+)\)", page.title())
    return int(found[1]) if found else 0
