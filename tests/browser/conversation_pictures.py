"""`python -m tests.browser.conversation_pictures [FOLDER]`: pictures of the desk's conversations, to be looked at.

Every state, and the leaders' board, on a phone and on a desk, light and dark. The folder defaults to
`build/screenshots`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.chromium import chromium, screen
from tests.browser.conversations import Citizen, Conversations, Phone
from tests.browser.desk import OFFICE, Caller, staff
from tests.running import ROOT, RunningGateway

SIZES = ((390, 844), (1440, 900))


def _talk(url: str) -> tuple[Citizen, Phone]:
    """A morning's work: some wait, some are answered, one is in danger."""
    lin, zhao = Caller(url, "lin"), Caller(url, "zhao")
    # nothing is shared out: what waits is to be seen waiting
    for person in (lin, zhao):
        person("PUT", "/agents/me", state="away")
    zhao("PUT", "/agents/lin", skills=["en"], capacity=4)
    zhao("POST", "/canned", shortcut="wait", title="请稍等", text="请您稍等，我正在为您查询，两分钟内回复您。")
    zhao("POST", "/canned", shortcut="bye", title="结束语", text="请问还有别的可以帮您吗？没有的话，祝您生活愉快。")

    card = Citizen(url)
    card.say("社保卡丢了怎么补办？", "人工", "我妈妈的社保卡也丢了，她八十岁不方便出门，能不能由我代办？")
    lin("POST", f"/conversations/{card.conversation_id}/moves", move="take")
    _say(lin, card.conversation_id, "您好，我是12345坐席。老人的社保卡可以由家属代办。")
    note = "已和社保局确认，80岁以上可以上门办理。"
    lin(
        "POST",
        f"/conversations/{card.conversation_id}/notes",
        client_id="pictures-note-1",
        text=note,
        mentions=["zhao"],
    )
    _say(lin, card.conversation_id, "请带上您和您母亲的身份证原件，到就近的社保服务窗口，当场可以领新卡。")
    card.say("好的，那要收费吗？")

    wechat = Phone(url, "wechat")
    wechat.say("人工")
    wechat.act(type="voice", recognition="我们楼下那个井盖坏了，晚上看不见")
    wechat.act(type="image")
    wechat.act(type="location", latitude=23.0207, longitude=113.7518, label="东城街道育兴路12号")
    sms = Phone(url, "sms")
    sms.say("人工", "自来水停了两天")
    noise = Citizen(url)
    noise.say("人工", "楼上半夜装修，投诉好几次都没人管")
    gas = Citizen(url)
    gas.say("家里燃气泄漏，味道很大")
    other = Citizen(url)
    other.say("人工", "公积金提取要多久")
    zhao("POST", f"/conversations/{other.conversation_id}/moves", move="take")
    return card, wechat


def _say(agent: Caller, conversation_id: str, text: str) -> None:
    agent("POST", f"/conversations/{conversation_id}/messages", client_id=f"pictures-{abs(hash(text))}", text=text)


def take(browser: Browser, url: str, folder: Path, size: tuple[int, int], theme: str, card: Citizen) -> None:
    width, height = size
    narrow = width < 700
    context = screen(browser, {"width": width, "height": height}, dark=theme == "dark")
    page = Conversations.of(context, url, "lin")

    def picture(state: str) -> None:
        page.page.mouse.move(0, 0)
        page.page.wait_for_timeout(500)
        page.page.screenshot(path=folder / f"conversations-{width}x{height}-{theme}-{state}.png")

    picture("1-mine")
    page.show("等候")
    picture("2-waiting")
    page.show("我的")
    page.look(card.label)
    expect(page.log).to_contain_text("要收费吗")
    picture("3-thread")
    page.reply.fill("/")
    picture("4-canned")
    page.reply.fill("")
    page.page.get_by_role("tab", name="内部备注").click()
    page.note.fill("@")
    picture("5-note")
    page.note.fill("")
    page.page.get_by_role("tab", name="回复").click()
    if narrow:
        page.page.get_by_role("button", name="市民资料").click()
        picture("6-citizen")
        page.page.get_by_role("button", name="关上市民资料").last.click()
    page.head.get_by_role("button", name="转给…").click()
    expect(page.desk.dialog).to_be_visible()
    picture("7-assign")
    page.page.keyboard.press("Escape")
    page.head.get_by_role("button", name="结束").click()
    picture("8-close")
    page.page.keyboard.press("Escape")
    page.head.get_by_role("button", name="更多").click()
    picture("9-more")
    page.page.keyboard.press("Escape")
    context.set_offline(True)
    page.say("代办不收费，您放心。")
    page.page.wait_for_timeout(2_500)
    picture("10-offline")
    page.page.get_by_role("button", name="删除").click()
    context.set_offline(False)
    expect(page.page.get_by_text("实时消息断开了")).to_have_count(0)
    if narrow:
        page.page.get_by_role("link", name="回到列表").click()
    page.show("等候")
    page.row("微信").click()
    expect(page.log).to_contain_text("识别：")
    picture("11-parts")
    danger = Citizen(url)
    danger.say("有人掉河里了，快不行了")
    expect(page.desk.alarm(danger.label)).to_be_visible()
    picture("13-alarm")
    for move in ("take", "back_to_bot"):
        Caller(url, "zhao")("POST", f"/conversations/{danger.conversation_id}/moves", move=move)
    context.close()


def take_waiting(browser: Browser, url: str, folder: Path, size: tuple[int, int], theme: str) -> None:
    """Before the gateway has said anything, and a conversation that is not there."""
    width, height = size
    context = screen(browser, {"width": width, "height": height}, dark=theme == "dark")
    page = Conversations.of(context, url, "lin")

    def picture(state: str) -> None:
        page.page.wait_for_timeout(1_500)
        page.page.screenshot(path=folder / f"conversations-{width}x{height}-{theme}-{state}.png")

    page.desk.go("/desk/conversations/01ARZ3NDEKTSV4RRFFQ69G5FAV")
    picture("14-not-there")
    # a line that stays silent
    context.route_web_socket("**/ws/desk", lambda _: None)
    page.desk.go("/desk/conversations")
    picture("15-loading")
    context.close()


def take_board(browser: Browser, url: str, folder: Path, size: tuple[int, int], theme: str) -> None:
    width, height = size
    context = screen(browser, {"width": width, "height": height}, dark=theme == "dark")
    page = Conversations.of(context, url, "zhao")
    page.show("全部")
    page.page.wait_for_timeout(500)
    page.page.screenshot(path=folder / f"conversations-{width}x{height}-{theme}-12-everyone.png")
    page.desk.go("/desk/board")
    page.page.get_by_role("button", name="林小雨").click()
    page.page.wait_for_timeout(500)
    page.page.screenshot(path=folder / f"board-{width}x{height}-{theme}.png")
    context.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        gateway = RunningGateway(Path(data) / "data", {**OFFICE, "HOTLINE_HANDOFF__LOST_AFTER": "1h"})
        gateway.start()
        try:
            staff(gateway.url)
            with chromium() as browser:
                empty = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
                page = Conversations.of(empty, gateway.url, "zhao")
                page.page.wait_for_timeout(500)
                page.page.screenshot(path=folder / "conversations-1440x900-light-0-empty.png")
                empty.close()
                card, _ = _talk(gateway.url)
                for size in SIZES:
                    for theme in ("light", "dark"):
                        take(browser, gateway.url, folder, size, theme, card)
                        take_board(browser, gateway.url, folder, size, theme)
                        take_waiting(browser, gateway.url, folder, size, theme)
        finally:
            gateway.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "screenshots")
