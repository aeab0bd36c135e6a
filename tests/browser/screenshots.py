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
from tests.running import ROOT, RunningGateway

SIZES = ((360, 740), (390, 844), (1440, 900))


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
    name = f"phones-{width}x{height}"
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=2 if width < 800 else 1, locale="zh-CN"
    )
    page = context.new_page()
    page.goto(f"{url}/simulator")

    def picture(state: str) -> None:
        page.wait_for_timeout(600)
        page.screenshot(path=folder / f"{name}-{state}.png")

    def show(pane: str) -> None:
        if width < 800:
            page.get_by_role("navigation").get_by_role("button", name=pane).click()

    wechat = page.get_by_role("region", name="微信手机", exact=True)
    sms = page.get_by_role("region", name="短信手机", exact=True)
    expect(wechat.get_by_role("textbox", name="写消息")).to_be_visible()
    picture("1-empty")
    show("说明")
    picture("2-guide")
    for pane, phone in (("微信", wechat), ("短信", sms)):
        show(pane)
        phone.get_by_role("textbox", name="写消息").fill("身份证丢了怎么补办")
        phone.get_by_role("textbox", name="写消息").press("Enter")
        expect(phone.locator(".said.hotline").first).to_be_visible()
    picture("3-answered")
    sms.get_by_role("switch", name="关机").click()
    sms.get_by_role("textbox", name="写消息").fill("公积金怎么提取")
    sms.get_by_role("textbox", name="写消息").press("Enter")
    expect(sms.locator(".state.failed").first).to_be_visible()
    picture("4-off")
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
