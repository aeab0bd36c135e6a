"""`python -m tests.browser.knowledge_pictures [FOLDER]`: pictures of the knowledge base's pages, to be looked at."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.chat import Chat
from tests.browser.chromium import chromium, screen
from tests.browser.conftest import DESK, PHONE
from tests.browser.desk import OFFICE, Caller, Desk
from tests.browser.knowledge import changed, editors, moved, written
from tests.running import ROOT, RunningGateway

HOME = "/desk/knowledge"


def prepare(browser: Browser, url: str) -> str:
    """Entries in every state and questions asked in vain; the id of one with a history."""
    editors(url)
    he, luo = Caller(url, "he"), Caller(url, "luo")
    unit = "市文化广电旅游局"
    written(he, "月亮湖公园可以带狗吗", "可以带小型犬，要牵绳。", unit=unit)
    written(luo, "青石桥早市几点开", "每天5:30到9:00。", ["submit"], unit=unit)
    camping = written(luo, "白鹭滩能露营吗", "可以，先在公众号预约。", ["submit"], unit=unit)
    moved(he, camping, ["publish", "withdraw"])
    entry = written(
        he,
        "图书馆晚上几点关门",
        "总馆周二到周日开到21:00，周一闭馆。\n分馆的时间打电话问。",
        ["submit"],
        unit=unit,
        similar=["图书馆开到几点", "图书馆周末开门吗"],
        valid_until=f"{datetime.now(UTC) + timedelta(days=24):%Y-%m-%d}",
        source_note="今年的开放时间公告",
    )
    entry = moved(luo, entry, ["publish"])
    changed(luo, entry, answer="总馆每天开到21:30，周一上午闭馆。\n分馆的时间打电话问。")
    chat = Chat.open(browser.new_context(), url)
    for question in (
        "飞鱼岛轮渡几点开船",
        "飞鱼岛的轮渡几点开船",
        "去飞鱼岛的轮渡几点",
        "萤火虫小镇怎么报名",
        "社保卡坏了能换个照片吗",
        "飞鱼岛轮渡几点开船",
        "竹溪古镇灯会几号",
    ):
        chat.ask(question)
    chat.ask("社保卡丢了怎么补办？")
    chat.ask("没用")
    return str(entry["id"])


def take(browser: Browser, url: str, folder: Path, id: str, *, narrow: bool, dark: bool, english: bool) -> None:
    context = screen(browser, PHONE if narrow else DESK, dark=dark)
    if english:
        context.add_init_script("localStorage.setItem('yixian.desk.language', 'en')")
    name = f"{'phone' if narrow else 'desk'}-{'dark' if dark else 'light'}{'-en' if english else ''}"
    desk = Desk.open(context, url, HOME)
    page = desk.page
    page.locator("input").nth(0).fill("he")
    page.locator("input[type=password]").fill("Lantern-7314-quiet")
    page.locator("button[type=submit]").click()

    def picture(state: str) -> None:
        page.mouse.move(0, 0)
        page.wait_for_timeout(700)
        page.screenshot(path=folder / f"knowledge-{name}-{state}.png")

    expect(page.get_by_role("table")).to_be_visible()
    picture("1-entries")
    desk.go(f"{HOME}?q=zzz")
    expect(page.get_by_role("table")).to_have_count(0)
    picture("2-none")
    desk.go(f"{HOME}/entries/{id}")
    expect(page.locator(".notice")).to_be_visible()
    picture("3-entry")
    if narrow:
        page.locator(".history").scroll_into_view_if_needed()
        picture("3-entry-below")
    page.locator(".history button").first.click()
    expect(desk.dialog.locator("ins").first).to_be_visible()
    picture("4-compare")
    page.keyboard.press("Escape")
    desk.go(f"{HOME}/new")
    page.locator("main form button[type=submit]").click()
    picture("7-new")
    desk.go(f"{HOME}/inbox")
    expect(page.get_by_role("article").first).to_be_visible()
    picture("5-inbox")
    desk.go(f"{HOME}/try")
    page.locator(".try input").fill("社保卡坏了怎么换新卡")
    page.locator(".try button").click()
    expect(page.locator(".said").first).to_be_visible()
    picture("6-try")
    context.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        gateway = RunningGateway(Path(data) / "data", OFFICE)
        gateway.start()
        try:
            with chromium() as browser:
                id = prepare(browser, gateway.url)
                for narrow in (False, True):
                    for dark in (False, True):
                        take(browser, gateway.url, folder, id, narrow=narrow, dark=dark, english=False)
                take(browser, gateway.url, folder, id, narrow=False, dark=False, english=True)
        finally:
            gateway.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "screenshots")
