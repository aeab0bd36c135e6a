"""`python -m tests.browser.desk_pictures [FOLDER]`: pictures of the desk's tickets, supervision and office.

Every page empty and full, on a phone and on a desk, light and dark; the lists in English, too. The folder defaults
to `build/screenshots`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.chromium import chromium, screen
from tests.browser.conversations import Phone
from tests.browser.desk import OFFICE, Caller, Desk, staff, until
from tests.running import ROOT, RunningGateway

SIZES = ((390, 844), (1440, 900))
THEMES = ("light", "dark")
HOOK = {"name": "城市运行中心", "url": "https://city.example/hooks/12345", "types": ["ticket.closed", "ticket.changed"]}


def work(url: str) -> str:
    """Some days' work; the number of a ticket with all there can be on one."""
    lin, chen, sun, root = (Caller(url, name) for name in ("lin", "chen", "sun", "root"))
    full = lin.file()
    lin.move(
        full, "dispatch", lead="housing", joint=["urban-management"], mode="joint", note="楼里有老人，请先上门看看。"
    )
    chen.move(full, "sign")
    chen.move(full, "contact", note="已经和陈先生通话，约好下午到现场。")
    sun.move(full, "supervise", reason="第三次反映同一部电梯，请说明原因。")
    sun.move(full, "give_card", colour="yellow", reason="多次反映没有解决")
    lin.file(
        kind="help", title="身份证丢了，明天要坐高铁", matter="身份证昨天丢了，明天一早要去深圳看病。", name="李女士"
    )
    lin.file(kind="report", title="餐饮店后厨用过期肉", matter="东城一家餐饮店后厨用过期的冻肉。", confidential=True)
    asked = lin.file(kind="consultation", title="公积金提取要带什么", matter="租房提取公积金，要带哪些材料。")
    lin.move(asked, "answer", text="租房提取公积金可以在公众号上办，要身份证和本人银行卡。")
    noise = lin.file(title="工地半夜施工", matter="小区旁边的工地每天晚上十一点以后还在施工，已经一个星期了。")
    lin.move(noise, "dispatch", lead="housing")
    chen.move(noise, "sign")
    chen.move(noise, "ask_return", reason="夜间施工噪声由生态环境部门负责。")
    lift = lin.file(title="老旧小区加装电梯补贴没到账", matter="加装电梯验收半年了，补贴还没有到账。")
    lin.move(lift, "dispatch", lead="housing")
    chen.move(lift, "sign")
    chen.move(lift, "reply", text="补贴资料已于11月20日审核通过，预计12月10日前拨付到账。")
    roof = lin.file(title="楼顶漏水没人管", matter="顶楼漏水两个月，物业说过了保修期。")
    lin.move(roof, "dispatch", lead="housing")
    root("POST", "/webhooks", **HOOK)
    zhao = Caller(url, "zhao")
    zhao("POST", "/canned", shortcut="wait", title="请稍等", text="请您稍等，正在为您查询。")
    zhao("POST", "/canned", shortcut="where", title="问地点", text="请问在哪个镇街、哪条路？附近有什么容易认的地方？")
    return full


def undelivered(url: str) -> None:
    """An answer that a landline does not take."""
    lin, phone = Caller(url, "lin"), Phone(url, "sms")
    phone.say("人工", "自来水停了两天，什么时候来水？")
    waiting = until(lambda: lin("GET", "/conversations?list=waiting")["conversations"])
    lin("POST", f"/conversations/{waiting[0]['id']}/moves", move="take")
    phone.is_now(landline=True)
    said = {"client_id": "pictures-undelivered", "text": "供水公司正在抢修，预计今晚八点前恢复。"}
    lin("POST", f"/conversations/{waiting[0]['id']}/messages", **said)
    root = Caller(url, "root")
    until(lambda: root("GET", "/deliveries?state=failed")["deliveries"])


class _Camera:
    """One size and one set of colours."""

    def __init__(self, browser: Browser, url: str, folder: Path, size: tuple[int, int], theme: str, state: str) -> None:
        self._browser = browser
        self._url = url
        self._folder = folder
        self._size = size
        self._theme = theme
        self._state = state

    def _context(self) -> BrowserContext:
        width, height = self._size
        return screen(self._browser, {"width": width, "height": height}, dark=self._theme == "dark")

    def _shoot(self, desk: Desk, name: str) -> None:
        desk.page.mouse.move(0, 0)
        desk.page.wait_for_timeout(500)
        width, height = self._size
        desk.page.screenshot(path=self._folder / f"desk-{name}-{self._state}-{width}x{height}-{self._theme}.png")

    def entrance(self) -> None:
        context = self._context()
        desk = Desk.open(context, self._url)
        expect(desk.page.get_by_label("用户名")).to_be_visible()
        self._shoot(desk, "sign-in")
        context.close()

    def pages(
        self,
        username: str,
        pages: dict[str, str],
        forms: dict[str, tuple[str, str]] | None = None,
        *,
        english: bool = False,
    ) -> None:
        """Pages by name, and forms by name: the page, and the button that opens it."""
        context = self._context()
        desk = Desk.open(context, self._url)
        desk.sign_in(username)
        desk.page.locator(".shell").wait_for()
        if english:
            desk.page.evaluate("localStorage.setItem('yixian.desk.language', 'en')")
        for name, path in pages.items():
            desk.go(path)
            self._shoot(desk, f"{name}-en" if english else name)
        for name, (path, button) in (forms or {}).items():
            desk.go(path)
            desk.page.get_by_role("button", name=button, exact=True).first.click()
            desk.dialog.wait_for()
            self._shoot(desk, name)
        context.close()

    def shell(self) -> None:
        """What lies around every page."""
        context = self._context()
        desk = Desk.open(context, self._url)
        desk.sign_in("sun")
        page = desk.page
        page.locator(".shell").wait_for()
        desk.go("/desk/tickets")
        page.get_by_role("heading", level=1).wait_for()
        page.keyboard.press("ControlOrMeta+k")
        page.get_by_role("dialog").wait_for()
        self._shoot(desk, "commands")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        page.get_by_role("dialog").wait_for()
        self._shoot(desk, "shortcuts")
        page.keyboard.press("Escape")
        if self._size[0] < 900:
            page.get_by_role("button", name="打开导航").click()
            page.get_by_role("dialog").wait_for()
            self._shoot(desk, "drawer")
        page.get_by_role("button", name="账号菜单").click()
        self._shoot(desk, "account-menu")
        page.keyboard.press("Escape")
        desk.go("/desk/nowhere")
        self._shoot(desk, "not-found")
        context.close()


LISTS = {
    "lin": {"tickets": "/desk/tickets"},
    "wang": {"unit": "/desk/unit"},
    "sun": {
        "supervision": "/desk/supervision",
        "supervised": "/desk/supervision?tab=supervised",
        "cards": "/desk/supervision?tab=cards",
        "appeals": "/desk/supervision?tab=appeals",
    },
    "zhao": {"canned": "/desk/office/canned"},
    "root": {"webhooks": "/desk/office/webhooks", "deliveries": "/desk/office/deliveries"},
}


def take(browser: Browser, url: str, folder: Path, state: str, number: str) -> None:
    for size in SIZES:
        for theme in THEMES:
            camera = _Camera(browser, url, folder, size, theme, state)
            for username, pages in LISTS.items():
                camera.pages(username, pages)
            if state != "full":
                continue
            camera.entrance()
            camera.shell()
            one = f"/desk/tickets/{number}"
            camera.pages("lin", {"ticket": one, "file": "/desk/tickets/new"}, {"joint": (one, "增加会办")})
            camera.pages("chen", {"unit-ticket": one}, {"reply": (one, "答复"), "reveal": (one, "查看电话")})
            office = {
                name: f"/desk/office/{name}" for name in ("people", "units", "calendar", "limits", "channels", "audit")
            }
            forms = {"person": ("/desk/office/people", "添加人员"), "unit-form": ("/desk/office/units", "添加单位")}
            hook = Caller(url, "root")("GET", "/webhooks")["webhooks"][0]["id"]
            alone = {
                "account": "/desk/office/people/chen",
                "webhook": f"/desk/office/webhooks/{hook}",
                "own": "/desk/own",
            }
            camera.pages("root", {**office, **alone}, forms)
            if theme == "light":
                camera.pages("lin", {**LISTS["lin"], "ticket": one, "file": "/desk/tickets/new"}, english=True)
                camera.pages("wang", LISTS["wang"], english=True)
                camera.pages("sun", LISTS["sun"], english=True)
                camera.pages("root", {**LISTS["root"], **office, **alone}, english=True)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        gateway = RunningGateway(Path(data) / "data", OFFICE)
        gateway.start()
        try:
            staff(gateway.url)
            with chromium() as browser:
                take(browser, gateway.url, folder, "empty", "")
                number = work(gateway.url)
                undelivered(gateway.url)
                take(browser, gateway.url, folder, "full", number)
        finally:
            gateway.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "screenshots")
