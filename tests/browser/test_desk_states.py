"""The desk's pages while they wait, when they find nothing and when the gateway fails; by mouse and by finger."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import DESK, PHONE, Opened
from tests.browser.desk import OFFICE, Caller, Desk, staff
from tests.browser.desk_pictures import work
from tests.browser.knowledge import editors, written
from tests.browser.states import READINGS, Reading, failing, held_up
from tests.running import RunningGateway

pytestmark = pytest.mark.timeout(180)

PEOPLE = tuple(dict.fromkeys(reading.username for reading in READINGS))
# all that can be pressed or written in, but a word within a text and what its label makes larger
SMALL = """minimum => [...document.querySelectorAll('main :is(button, select, input, textarea, a, label.choice)')]
    .filter(one => one.checkVisibility() && !one.closest('td, dd') && !['checkbox', 'radio'].includes(one.type))
    .filter(one => one.getBoundingClientRect().height < minimum)
    .map(one => one.outerHTML.slice(0, 120))"""
CHINESE = re.compile(r"[\u4e00-\u9fff]+")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    running = RunningGateway(tmp_path_factory.mktemp("states") / "data", OFFICE)
    running.start()
    staff(running.url)
    editors(running.url)
    yield running
    assert running.stop() == 0
    assert '"exception"' not in running.log()


@pytest.fixture(scope="module")
def ids(gateway: RunningGateway) -> dict[str, str]:
    """What the paths of the pages name, in an office with some work in it."""
    number = work(gateway.url)
    webhooks = Caller(gateway.url, "root")("GET", "/webhooks")["webhooks"]
    entry = written(Caller(gateway.url, "he"), "图书馆晚上几点关门", "总馆周二到周日开到21:00。")
    return {"number": number, "webhook": webhooks[0]["id"], "entry": entry["id"]}


def readings(username: str) -> list[Reading]:
    return [reading for reading in READINGS if reading.username == username]


def at_desk(gateway: RunningGateway, opened: Opened, username: str, **options: object) -> tuple[BrowserContext, Desk]:
    context = opened(gateway.url, trouble_expected=True, **{"viewport": DESK, **options})
    desk = Desk.open(context, gateway.url, "/desk/own")
    desk.sign_in(username)
    expect(desk.page.get_by_role("heading", name="我的账号")).to_be_visible()
    return context, desk


@pytest.mark.parametrize("username", PEOPLE)
def test_a_page_says_that_it_waits_and_why_it_could_not_be_read(
    gateway: RunningGateway, opened: Opened, ids: dict[str, str], username: str
) -> None:
    context, desk = at_desk(gateway, opened, username)
    waiting = desk.page.get_by_role("status", name="正在读取")
    trouble = desk.page.get_by_role("main").get_by_role("alert").filter(has_text="没有读到")
    for reading in readings(username):
        with held_up(context):
            desk.go(reading.at(**ids))
            expect(waiting.first).to_be_visible()
        expect(waiting).to_have_count(0)
        expect(trouble).to_have_count(0)
        for status in (503, 0):
            with failing(context, status):
                desk.go(reading.at(**ids))
                expect(trouble.first).to_be_visible()
                expect(waiting).to_have_count(0)
            while trouble.count():
                before = trouble.count()
                trouble.first.get_by_role("button", name="再试一次").click()
                expect(trouble).not_to_have_count(before)
            expect(waiting).to_have_count(0)


@pytest.mark.parametrize("username", PEOPLE)
def test_no_chinese_is_left_over_in_english(
    gateway: RunningGateway, opened: Opened, ids: dict[str, str], username: str
) -> None:
    context, desk = at_desk(gateway, opened, username)
    desk.page.evaluate("localStorage.setItem('yixian.desk.language', 'en')")
    main = desk.page.get_by_role("main")
    with failing(context, 503):
        for reading in readings(username):
            desk.go(reading.at(**ids))
            expect(main.get_by_text("This could not be loaded").first).to_be_visible()
            assert CHINESE.findall(main.inner_text()) == [], reading.name


@pytest.mark.parametrize("username", PEOPLE)
def test_fingers_find_what_they_press(
    gateway: RunningGateway, opened: Opened, ids: dict[str, str], username: str
) -> None:
    _, desk = at_desk(gateway, opened, username, viewport=PHONE, has_touch=True)
    for reading in readings(username):
        for more in ("", *filter(None, (reading.nothing,))):
            desk.go(reading.at(**ids) + more)
            expect(desk.page.locator("main :is(h1, .back, article)").first).to_be_visible()
            expect(desk.page.get_by_role("status", name="正在读取")).to_have_count(0)
            assert desk.page.evaluate(SMALL, 40) == [], reading.name
            assert desk.page.evaluate("document.querySelector('main').scrollWidth <= innerWidth"), reading.name


def test_a_list_that_finds_nothing_says_so(gateway: RunningGateway, opened: Opened, ids: dict[str, str]) -> None:
    for username in PEOPLE:
        empty = [reading for reading in readings(username) if reading.nothing is not None]
        if not empty:
            continue
        _, desk = at_desk(gateway, opened, username)
        for reading in empty:
            desk.go(reading.at(**ids) + (reading.nothing or ""))
            expect(desk.page.locator(".empty")).to_contain_text("没有")


def test_more_that_cannot_be_read_is_told_and_tried_again(gateway: RunningGateway, opened: Opened) -> None:
    for _ in range(55):
        Caller(gateway.url, "sun")
    context, desk = at_desk(gateway, opened, "root")
    desk.go("/desk/office/audit")
    rows = desk.page.get_by_role("row")
    expect(rows).to_have_count(51)
    with failing(context, 503):
        desk.page.get_by_role("button", name="再看一些").click()
        expect(desk.page.get_by_role("alert").filter(has_text="连不上服务器")).to_be_visible()
        expect(rows).to_have_count(51)
    desk.page.get_by_role("button", name="再试一次").click()
    expect(rows.nth(60)).to_be_visible()


def test_a_page_that_cannot_be_fetched_is_told_and_tried_again(gateway: RunningGateway, opened: Opened) -> None:
    context, desk = at_desk(gateway, opened, "root")
    page = desk.page
    pages = re.compile(r"/assets/(AuditPage|UnitsPage)[^/]*\.js|/readyz")
    desk.go("/desk/office/people")
    expect(page.get_by_role("row", name="林小雨")).to_be_visible()
    context.route(pages, lambda route: route.abort())
    desk.navigation.get_by_role("link", name="审计日志").click()
    expect(page.get_by_text("连不上服务器，正在重试")).to_be_visible()
    expect(page.get_by_role("row", name="林小雨")).to_be_visible()
    context.unroute(pages)
    expect(page.get_by_text("已经恢复连接")).to_be_visible()
    desk.navigation.get_by_role("link", name="审计日志").click()
    expect(page.get_by_role("heading", name="审计日志")).to_be_visible()

    context.route(pages, lambda route: route.abort())
    desk.go("/desk/office/units")
    trouble = page.get_by_role("main").get_by_role("alert")
    expect(trouble).to_contain_text("没有读到")
    context.unroute(pages)
    trouble.get_by_role("button", name="再试一次").click()
    expect(page.get_by_role("row", name="市住建局").last).to_be_visible()


def test_units_are_named_once_the_gateway_is_back(gateway: RunningGateway, opened: Opened) -> None:
    context, desk = at_desk(gateway, opened, "wang")
    title = desk.page.get_by_role("heading", level=1)
    with failing(context, 503):
        desk.go("/desk/unit")
        expect(title).to_have_text("我的单位")
    expect(title).to_have_text("市住建局")


def test_a_unit_in_an_address_is_named_once_the_units_are_read(gateway: RunningGateway, opened: Opened) -> None:
    _, desk = at_desk(gateway, opened, "sun")
    desk.go("/desk/supervision?tab=cards&unit=water")
    unit = desk.page.get_by_label("全部单位")
    expect(unit).to_have_value("市水务局")
    unit.click()
    unit.press("ControlOrMeta+a")
    unit.press_sequentially("自来水")
    desk.page.get_by_role("option", name="市供水公司").click()
    expect(unit).to_have_value("市供水公司")
    expect(desk.page).to_have_url(re.compile("unit=water-supply"))
    unit.fill("")
    expect(desk.page).not_to_have_url(re.compile("unit="))
    expect(unit).to_have_value("")


def test_one_year_is_not_shown_as_another(gateway: RunningGateway, opened: Opened) -> None:
    context, desk = at_desk(gateway, opened, "root")
    desk.go("/desk/office/calendar")
    table = desk.page.get_by_role("table", name="节假日和调休")
    expect(table).to_be_visible()
    with failing(context, 503):
        desk.page.get_by_label("年份").select_option(index=0)
        expect(desk.page.get_by_role("alert")).to_contain_text("没有读到")
        expect(table).to_have_count(0)


def test_who_was_signed_out_elsewhere_can_still_sign_out(gateway: RunningGateway, opened: Opened) -> None:
    context, desk = at_desk(gateway, opened, "sun")
    page = desk.page
    with failing(context, 503):
        context.route("**/api/v1/desk/session", lambda route: route.abort())
        page.get_by_role("button", name="账号菜单").click()
        page.get_by_role("menuitem", name="退出登录").click()
        expect(desk.news).to_contain_text("还没有退出")
    context.unroute_all()
    Caller(gateway.url, "root")("DELETE", "/people/sun/sessions")
    page.get_by_role("button", name="账号菜单").click()
    page.get_by_role("menuitem", name="退出登录").click()
    expect(page.get_by_role("heading", name="登录工作台")).to_be_visible()
