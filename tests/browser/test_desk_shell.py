"""Coming to the desk and getting around in it, in Chromium, against a running gateway."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import DESK, PHONE, Opened
from tests.browser.desk import PASSWORD, Caller, Desk
from tests.running import RunningGateway

pytestmark = pytest.mark.timeout(120)

DeskOf = Callable[..., Desk]


@pytest.fixture(scope="module")
def gateway(staffed: RunningGateway) -> RunningGateway:
    return staffed


@pytest.fixture
def desk_of(gateway: RunningGateway, opened: Opened) -> DeskOf:
    """`desk_of(username, path)`: their desk, in a browser of their own; signed in unless the name is empty."""

    def open_(username: str, path: str = "/desk", **options: object) -> Desk:
        context = opened(gateway.url, trouble_expected=True, **{"viewport": DESK, **options})
        if not username:
            return Desk.open(context, gateway.url, path)
        return Desk.of(context, gateway.url, username, path)

    return open_


def test_a_wrong_password_is_told_and_a_link_is_kept(gateway: RunningGateway, desk_of: DeskOf) -> None:
    number = Caller(gateway.url, "lin").file()
    desk = desk_of("", f"/desk/tickets/{number}")
    desk.sign_in("lin", "not-the-password")
    expect(desk.page.get_by_role("alert")).to_contain_text("用户名或密码不对")
    expect(desk.page.get_by_label("用户名")).to_have_value("lin")
    expect(desk.page.get_by_label("密码", exact=True)).to_be_focused()
    desk.sign_in("lin")
    expect(desk.page.get_by_text(number).first).to_be_visible()
    expect(desk.page).to_have_title(re.compile(number))
    desk.navigation.get_by_role("link", name="工单").click()
    expect(desk.page).to_have_title(re.compile(r"^(\(\d+\) )?工单 · 一线$"))


def test_somebody_is_added_and_changes_the_password_they_were_given(desk_of: DeskOf) -> None:
    office = desk_of("root", "/desk/office")
    expect(office.page).to_have_url(re.compile("/desk/office/people$"))
    office.page.get_by_role("button", name="添加人员").click()
    office.dialog.get_by_label("用户名").fill("hu")
    office.dialog.get_by_label("姓名").fill("胡静")
    office.dialog.get_by_label("单位经办人").check()
    office.dialog.get_by_label("单位", exact=True).fill("水务")
    office.page.get_by_role("option", name="市水务局").click()
    office.dialog.get_by_role("button", name="添加人员").click()
    given = office.dialog.locator("code").inner_text()
    office.dialog.get_by_role("button", name="关闭").last.click()
    expect(office.page.get_by_role("row", name="胡静")).to_contain_text("还没有换密码")

    desk = desk_of("")
    desk.sign_in("hu", given)
    expect(desk.page.get_by_role("heading", name="先换一个自己的密码")).to_be_visible()
    desk.page.get_by_label("现在的密码").fill(given)
    desk.page.get_by_label("新密码", exact=True).fill("Sparrow-5521-morning")
    desk.page.get_by_label("再写一遍新密码").fill("Sparrow-5521-evening")
    desk.page.get_by_role("button", name="换密码").click()
    expect(desk.page.get_by_text("两遍写的不一样")).to_be_visible()
    desk.page.get_by_label("再写一遍新密码").fill("Sparrow-5521-morning")
    desk.page.get_by_role("button", name="换密码").click()
    expect(desk.page).to_have_url(re.compile("/desk/unit$"))
    expect(desk.page.get_by_role("heading", name="市水务局")).to_be_visible()

    office.page.get_by_role("link", name="胡静").click()
    office.page.get_by_role("button", name="停用").click()
    office.dialog.get_by_label("理由").fill("调离")
    office.dialog.get_by_role("button", name="停用").click()
    expect(office.page.get_by_text("已停用")).to_be_visible()
    desk.page.get_by_role("button", name="会办").click()
    desk.page.reload()
    expect(desk.page.get_by_role("heading", name="登录工作台")).to_be_visible()


def test_the_desk_weighs_little_before_its_first_screen(desk_of: DeskOf) -> None:
    desk = desk_of("lin", "/desk/conversations")
    expect(desk.page.get_by_role("navigation")).to_be_visible()
    desk.page.wait_for_load_state("networkidle")
    files: dict[str, int] = desk.page.evaluate(
        """Object.fromEntries(performance.getEntries().filter(one => one.encodedBodySize)
            .map(one => [new URL(one.name).pathname, one.encodedBodySize]))"""
    )
    loaded = {path: size for path, size in files.items() if not path.startswith("/api/")}
    assert any(path.endswith(".js") for path in loaded)
    assert sum(loaded.values()) <= 200_000, loaded


def test_what_was_being_written_survives_the_end_of_a_session(gateway: RunningGateway, desk_of: DeskOf) -> None:
    desk = desk_of("zhao", "/desk/tickets/new")
    desk.page.get_by_role("radio", name="求助").check()
    desk.page.get_by_label("反映的事情").fill("写到一半的事情，登录过期了。")
    Caller(gateway.url, "root")("DELETE", "/people/zhao/sessions")
    desk.page.get_by_role("button", name="登记工单", exact=True).click()
    expect(desk.page.get_by_role("heading", name="登录已经过期")).to_be_visible()
    desk.page.get_by_label("密码", exact=True).fill(PASSWORD)
    desk.page.get_by_role("button", name="登录", exact=True).click()
    expect(desk.page.get_by_label("反映的事情")).to_have_value("写到一半的事情，登录过期了。")
    desk.page.get_by_role("button", name="登记工单", exact=True).click()
    expect(desk.page.get_by_text("请念给来电人记下")).to_be_visible()


def test_one_time_codes_are_asked_for_once_they_are_on(desk_of: DeskOf) -> None:
    desk = desk_of("sun", "/desk/own")
    desk.page.get_by_role("button", name="开通").click()
    desk.dialog.get_by_label("先写一遍密码").fill(PASSWORD)
    desk.dialog.get_by_role("button", name="下一步").click()
    expect(desk.dialog.get_by_role("img", name="绑定用的二维码")).to_be_visible()
    secret = desk.dialog.locator("code").inner_text()
    assert re.fullmatch(r"[A-Z2-7]{16,}", secret)
    desk.dialog.get_by_label("6位数字").fill("000000")
    desk.dialog.get_by_role("button", name="开通").click()
    expect(desk.dialog.get_by_role("alert")).to_contain_text("动态验证码不对")


def test_keys_lead_around_and_are_silent_while_somebody_writes(desk_of: DeskOf) -> None:
    desk = desk_of("lin", "/desk/own")
    page = desk.page
    expect(page.get_by_role("heading", name="我的账号")).to_be_visible()
    page.keyboard.press("?")
    expect(desk.dialog).to_contain_text("打开命令栏")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("/desk/tickets$"))
    page.get_by_role("searchbox").fill("g")
    page.keyboard.type("n?")
    expect(page.get_by_role("searchbox")).to_have_value("gn?")
    page.get_by_role("heading", name="工单").click()
    composing = "new KeyboardEvent('keydown', {key: 'n', isComposing: true, bubbles: true})"
    page.evaluate(f"document.body.dispatchEvent({composing})")
    expect(page).to_have_url(re.compile(r"/desk/tickets(\?|$)"))
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/desk/tickets/new$"))
    page.get_by_role("button", name="账号菜单").click()
    page.get_by_role("menuitemcheckbox", name="单键快捷键").click()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.keyboard.press("Control+k")
    expect(desk.dialog).to_be_visible()
    expect(page).to_have_url(re.compile("/desk/tickets/new$"))
    page.keyboard.type("账号")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/desk/own$"))


def test_language_and_colours_are_kept(desk_of: DeskOf) -> None:
    desk = desk_of("lin", "/desk/tickets", color_scheme="light")
    page = desk.page
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="账号菜单").click()
    page.get_by_role("menuitemradio", name="深色").click()
    page.get_by_role("button", name="账号菜单").click()
    page.get_by_role("menuitemradio", name="English").click()
    page.reload()
    expect(root).to_have_attribute("data-theme", "dark")
    expect(root).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Tickets")).to_be_visible()


def test_a_lost_connection_is_told_and_found_again(desk_of: DeskOf) -> None:
    desk = desk_of("lin", "/desk/tickets")
    page = desk.page
    expect(page.get_by_role("row").or_(page.get_by_text("没有在办的工单")).first).to_be_visible()

    def gone(route: Route) -> None:
        route.abort()

    page.context.route("**/api/v1/desk/**", gone)
    page.context.route("**/readyz", gone)
    page.get_by_role("button", name="已办结").click()
    expect(page.get_by_text("连不上服务器，正在重试")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("没有读到")
    page.context.unroute_all()
    expect(page.get_by_text("已经恢复连接")).to_be_visible()
    page.get_by_role("button", name="再试一次").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_was_not_done_does_not_look_done(desk_of: DeskOf) -> None:
    desk = desk_of("zhao")
    desk.page.route("**/api/v1/desk/session", lambda route: route.fulfill(status=503, json={}))
    desk.page.get_by_role("button", name="账号菜单").click()
    desk.page.get_by_role("menuitem", name="退出登录").click()
    expect(desk.news).to_contain_text("还没有退出。")
    expect(desk.news).to_have_class(re.compile(r"\btrouble\b"))
    expect(desk.news.locator("svg").first).to_have_class(re.compile("triangle-alert"))


def test_a_phone_has_the_navigation_in_a_drawer(gateway: RunningGateway, desk_of: DeskOf) -> None:
    Caller(gateway.url, "lin").file(title="井盖松动")
    desk = desk_of("", "/desk/tickets", viewport=PHONE)
    desk.sign_in("lin")
    expect(desk.page.get_by_role("row", name="井盖松动")).to_be_visible()
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    desk.page.get_by_role("button", name="打开导航").click()
    desk.navigation.get_by_role("link", name="会话").click()
    expect(desk.page).to_have_url(re.compile("/desk/conversations"))
    expect(desk.dialog).to_have_count(0)
