"""`python -m tests.browser.state_pictures [FOLDER]`: pictures of the desk's pages while they wait for the gateway,
when there is nothing, and when it cannot be reached; and of forms that were refused.

On a phone and on a desk, light and dark. The folder defaults to `build/screenshots`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import chromium, screen
from tests.browser.conftest import DESK, PHONE
from tests.browser.desk import OFFICE, PASSWORD, Caller, Desk, staff
from tests.browser.desk_pictures import work
from tests.browser.knowledge import editors, written
from tests.browser.states import READINGS, failing, held_up
from tests.running import ROOT, RunningGateway


class _Camera:
    def __init__(self, browser: Browser, url: str, folder: Path, *, narrow: bool, dark: bool) -> None:
        self._browser = browser
        self._url = url
        self._folder = folder
        self._narrow = narrow
        self._dark = dark

    def context(self) -> BrowserContext:
        return screen(self._browser, PHONE if self._narrow else DESK, dark=self._dark)

    def shoot(self, desk: Desk, name: str) -> None:
        desk.page.mouse.move(0, 0)
        desk.page.wait_for_timeout(400)
        size = "phone" if self._narrow else "desk"
        desk.page.screenshot(path=self._folder / f"state-{name}-{size}-{'dark' if self._dark else 'light'}.png")

    def states(self, ids: dict[str, str]) -> None:
        for username in dict.fromkeys(reading.username for reading in READINGS):
            context = self.context()
            desk = Desk.open(context, self._url)
            desk.sign_in(username)
            desk.page.locator(".shell").wait_for()
            for reading in (one for one in READINGS if one.username == username):
                path = reading.at(**ids)
                with held_up(context):
                    desk.go(path)
                    desk.page.locator("main .skeleton").first.wait_for()
                    self.shoot(desk, f"{reading.name}-loading")
                with failing(context, 503):
                    desk.go(path)
                    desk.page.get_by_text("没有读到").first.wait_for()
                    self.shoot(desk, f"{reading.name}-error")
                if reading.nothing is not None:
                    desk.go(path + reading.nothing)
                    desk.page.locator("main .empty").first.wait_for()
                    self.shoot(desk, f"{reading.name}-empty")
            context.close()

    def refusals(self) -> None:
        context = self.context()
        desk = Desk.open(context, self._url)
        desk.sign_in("root", "not-the-password")
        desk.page.locator(".refusal").wait_for()
        self.shoot(desk, "sign-in-refused")
        desk.sign_in("root")
        desk.page.locator(".shell").wait_for()
        desk.go("/desk/office/people")
        desk.page.get_by_role("button", name="添加人员").click()
        for label in ("用户名", "姓名"):
            desk.dialog.get_by_label(label).fill("chen")
        desk.dialog.get_by_role("button", name="添加人员").click()
        self.shoot(desk, "person-refused")
        desk.dialog.get_by_label("坐席").check()
        desk.dialog.get_by_role("button", name="添加人员").click()
        desk.dialog.locator(".refusal, .error").first.wait_for()
        self.shoot(desk, "person-taken")
        desk.go("/desk/office/calendar")
        desk.page.get_by_role("button", name="修改", exact=True).click()
        for _ in range(2):
            desk.dialog.get_by_role("button", name="加一天").click()
            desk.dialog.get_by_label("日期").last.fill(f"{desk.page.get_by_label('年份').input_value()}-05-06")
        desk.dialog.get_by_role("button", name="保存").click()
        desk.dialog.locator(".refusal").wait_for()
        self.shoot(desk, "calendar-refused")
        desk.go("/desk/own")
        desk.page.get_by_role("button", name="开通").click()
        desk.dialog.get_by_label("先写一遍密码").fill(PASSWORD)
        desk.dialog.get_by_role("button", name="下一步").click()
        desk.dialog.get_by_label("6位数字").fill("000000")
        desk.dialog.get_by_role("button", name="开通").click()
        desk.dialog.locator(".refusal").wait_for()
        self.shoot(desk, "codes-refused")
        context.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        gateway = RunningGateway(Path(data) / "data", OFFICE)
        gateway.start()
        try:
            url = gateway.url
            staff(url)
            editors(url)
            ids = {"number": work(url), "webhook": Caller(url, "root")("GET", "/webhooks")["webhooks"][0]["id"]}
            ids["entry"] = written(Caller(url, "he"), "图书馆晚上几点关门", "总馆周二到周日开到21:00。")["id"]
            with chromium() as browser:
                for narrow in (True, False):
                    for dark in (False, True):
                        camera = _Camera(browser, url, folder, narrow=narrow, dark=dark)
                        camera.states(ids)
                        camera.refusals()
        finally:
            gateway.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "screenshots")
