"""`python -m tests.browser.screenshots [FOLDER]`: pictures of the chat page and the demo's phones, to be looked at.

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
from tests.browser.phones import Demo
from tests.running import ROOT, RunningGateway

SIZES = ((360, 740), (390, 844), (1440, 900))
LOST_CARD = "身份证丢了怎么补办"


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


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        gateway = RunningGateway(Path(data) / "data", SETTINGS)
        gateway.start()
        try:
            with chromium() as browser:
                for size in SIZES:
                    take_phones(browser, gateway.url, folder, size)
                    for locale in ("zh-CN", "en-GB"):
                        for large in (False, True):
                            take(browser, gateway.url, folder, size, locale=locale, large=large)
        finally:
            gateway.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "screenshots")
