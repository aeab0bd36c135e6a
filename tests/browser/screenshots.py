"""`python -m tests.browser.screenshots [FOLDER]`: pictures of the chat page, to be looked at.

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


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        gateway = RunningGateway(Path(data) / "data", SETTINGS)
        gateway.start()
        try:
            with chromium() as browser:
                for size in SIZES:
                    for locale in ("zh-CN", "en-GB"):
                        for large in (False, True):
                            take(browser, gateway.url, folder, size, locale=locale, large=large)
        finally:
            gateway.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "screenshots")
