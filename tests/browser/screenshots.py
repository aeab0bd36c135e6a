"""`python -m tests.browser.screenshots [FOLDER]`: pictures of the chat page, the ticket pages, the
demo's phones and the button on another site, to be looked at.

Every state at every size that matters, normal and large text,
against a gateway of its own. The folder defaults to `build/screenshots`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Route, expect

from tests.browser.chat import Chat
from tests.browser.chromium import SETTINGS, chromium
from tests.browser.office import Office
from tests.browser.phones import Demo
from tests.browser.samples import png
from tests.browser.tickets import TicketsPage
from tests.running import ROOT, RunningGateway

SIZES = ((360, 740), (390, 844), (1440, 900))
LOST_CARD = "身份证丢了怎么补办"
MATTER = "楼下工地夜里十二点还在打桩，整栋楼都睡不着，已经三天了。\n希望管一管。"
PORTAL = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>门户</title><body style="font: 14px sans-serif; margin: 40px"><h1>某某区政务服务</h1><p>办事指南、通知公告</p>
<script src="/widget.js" defer></script>"""


def unavailable(route: Route) -> None:
    route.fulfill(status=503, headers={"Retry-After": "60"}, content_type="application/json", body="{}")


def take(browser: Browser, url: str, folder: Path, size: tuple[int, int], *, locale: str, large: bool) -> None:
    width, height = size
    name = f"{width}x{height}-{locale[:2]}-{'large' if large else 'normal'}"
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=2 if width < 800 else 1, locale=locale
    )
    chat = Chat.open(context, url)
    page = chat.page

    def picture(state: str) -> None:
        page.wait_for_timeout(600)
        page.screenshot(path=folder / f"{name}-{state}.png")

    if large:
        page.get_by_role("switch").click()
    page.mouse.move(0, 0)
    picture("1-empty")
    chat.ask("菜单")
    picture("2-choices")
    chat.options.first.click()
    expect(chat.said).to_have_count(2)
    chat.ask("社保卡丢了怎么补办？")
    picture("3-answer")
    context.route("**/api/v1/messages", unavailable)
    chat.say("楼下装修吵得没法睡，找谁管？")
    picture("4-failed")
    context.unroute_all()
    context.set_offline(True)
    chat.say("还有一件事想问")
    page.wait_for_timeout(1_500)
    picture("5-offline")
    context.set_offline(False)
    expect(page.locator(".again")).to_have_count(0, timeout=60_000)
    chat.ask("人工" if locale.startswith("zh") else "agent")
    picture("6-person")
    context.close()


def take_phones(browser: Browser, url: str, folder: Path, size: tuple[int, int]) -> None:
    width, height = size
    narrow = width < 1100
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=2 if narrow else 1, locale="zh-CN"
    )
    demo = Demo.open(context, url)
    page = demo.page

    def picture(state: str) -> None:
        page.mouse.move(0, 0)
        page.wait_for_timeout(600)
        page.screenshot(path=folder / f"phones-{width}x{height}-{state}.png")

    expect(demo.wechat.place.get_by_role("button", name="换成菜单")).to_be_visible()
    picture("1-empty")
    if narrow:
        demo.show("说明")
        picture("2-guide")
        demo.show("微信")
    demo.wechat.ask(LOST_CARD, "派出所")
    if narrow:
        picture("3-talking-wechat")
        demo.show("短信")
    demo.sms.ask(LOST_CARD, "派出所")
    demo.sms.field.fill("那临时身份证要等多久才能拿到？")
    picture("3-talking-sms" if narrow else "3-talking")
    demo.sms.field.fill("")
    demo.sms.switch("关机").click()
    demo.sms.say("公积金怎么提取")
    expect(demo.sms.failures.first).to_be_visible()
    if narrow:
        picture("4-off")
        demo.show("微信")
    demo.wechat.switch("关注").click()
    expect(demo.wechat.place.get_by_role("button", name="关注公众号")).to_be_visible()
    picture("5-unfollowed" if narrow else "4-off-and-unfollowed")
    context.close()


def take_tickets(
    browser: Browser, gateway: RunningGateway, folder: Path, size: tuple[int, int], *, large: bool
) -> None:
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=2 if width < 800 else 1, locale="zh-CN"
    )
    told = TicketsPage.open(context, gateway.url)
    page = told.page

    def picture(state: str) -> None:
        page.mouse.move(0, 0)
        page.wait_for_timeout(600)
        size = "large" if large else "normal"
        page.screenshot(path=folder / f"tickets-{width}x{height}-{size}-{state}.png", full_page=True)

    if large:
        page.get_by_role("switch").click()
    picture("01-kind")
    told.choose_kind("投诉")
    told.write_matter("太吵")
    told.press("下一步")
    picture("02-too-short")
    told.write_matter(MATTER)
    told.add_picture("工地.png", png(300, 200, noise=True))
    told.add_picture("施工许可.pdf", b"%PDF-1.4", "application/pdf")
    picture("03-matter")
    told.on("在哪里，什么时候？")
    page.get_by_label("在哪里").fill("东")
    picture("04-place-suggested")
    told.press("选镇街")
    picture("05-towns")
    page.get_by_role("button", name="东城", exact=True).click()
    told.press("今天")
    told.on("怎么找到您？")
    page.get_by_label("电话").fill("13800138000")
    picture("06-person")
    told.on("看看对不对")
    picture("07-check")
    context.set_offline(True)
    told.press("发给我们")
    expect(page.get_by_text("连接断了")).to_be_visible()
    picture("08-offline")
    context.set_offline(False)
    expect(told.heading).to_have_text("收到了", timeout=60_000)
    number, _ = told.filed()
    picture("09-filed")
    office = Office(gateway.stores())
    office.take_up(number)
    told.press("办到哪一步了")
    told.press("补充情况")
    picture("10-progress")
    office.answer(number, "已到现场制止，夜间不再施工。\n再有施工请打12345。")
    page.reload()
    expect(page.get_by_text("说说办得怎么样")).to_be_visible()
    page.get_by_label("没解决").check()
    picture("11-rate")
    told.go("我的")
    picture("12-mine")
    told.go("办到哪一步了")
    told.look_up("DG123", "1")
    picture("13-wrong-number")
    page.get_by_role("button", name="EN, switch to English").click()
    told.go("Tell us")
    picture("14-english")
    context.close()


def take_widget(browser: Browser, url: str, folder: Path, size: tuple[int, int]) -> None:
    """On a page of the gateway's own origin, which stands for a site that may frame the chat."""
    width, height = size
    page = browser.new_page(
        viewport={"width": width, "height": height}, device_scale_factor=2 if width < 800 else 1, locale="zh-CN"
    )
    page.route("**/portal", lambda route: route.fulfill(content_type="text/html", body=PORTAL))
    page.route(f"{url}/", lambda route: route.fulfill(response=route.fetch(), headers={"content-type": "text/html"}))
    page.goto(f"{url}/portal")
    page.screenshot(path=folder / f"widget-{width}x{height}-1-closed.png")
    page.get_by_role("button", name="打开一线").click()
    expect(page.frame_locator("iframe").get_by_role("textbox")).to_be_visible()
    page.wait_for_timeout(600)
    page.screenshot(path=folder / f"widget-{width}x{height}-2-open.png")
    page.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        gateway = RunningGateway(Path(data) / "data", SETTINGS)
        gateway.start()
        try:
            with chromium() as browser:
                for size in SIZES:
                    take_widget(browser, gateway.url, folder, size)
                    for large in (False, True):
                        take_tickets(browser, gateway, folder, size, large=large)
                    take_phones(browser, gateway.url, folder, size)
                    for locale in ("zh-CN", "en-GB"):
                        for large in (False, True):
                            take(browser, gateway.url, folder, size, locale=locale, large=large)
        finally:
            gateway.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "screenshots")
