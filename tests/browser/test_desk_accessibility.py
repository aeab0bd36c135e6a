"""What axe-core finds on the desk's pages, light and dark: nothing serious."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, Opened
from tests.browser.desk import Caller, Desk
from tests.browser.test_accessibility import violations
from tests.running import RunningGateway

pytestmark = pytest.mark.timeout(120)

Prepare = Callable[[Desk], None]


@pytest.fixture(scope="module")
def gateway(staffed: RunningGateway) -> RunningGateway:
    return staffed


@pytest.fixture(scope="module")
def number(gateway: RunningGateway) -> str:
    """A ticket with all there can be on one."""
    agent, clerk, supervisor = (Caller(gateway.url, name) for name in ("lin", "chen", "sun"))
    filed = agent.file()
    agent.move(filed, "dispatch", lead="housing", joint=["urban-management"], note="先上门看看")
    clerk.move(filed, "sign")
    supervisor.move(filed, "supervise", reason="第三次反映")
    supervisor.move(filed, "give_card", colour="yellow", reason="多次反映")
    agent.file(title="身份证丢了")
    return filed


def as_opened(_: Desk) -> None:
    pass


def in_a_form(name: str) -> Prepare:
    def open_form(desk: Desk) -> None:
        desk.page.get_by_role("button", name=name, exact=True).first.click()
        expect(desk.dialog).to_be_visible()

    return open_form


def in_the_menu(desk: Desk) -> None:
    desk.page.get_by_role("button", name="账号菜单").click()
    expect(desk.page.get_by_role("menu")).to_be_visible()


def in_the_command_bar(desk: Desk) -> None:
    desk.page.keyboard.press("Control+k")
    expect(desk.dialog).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("username", "path", "prepare"),
    [
        pytest.param("lin", "/desk/tickets", as_opened, id="tickets"),
        pytest.param("lin", "/desk/tickets", in_the_menu, id="menu"),
        pytest.param("lin", "/desk/tickets", in_the_command_bar, id="commands"),
        pytest.param("lin", "/desk/tickets/new", as_opened, id="file"),
        pytest.param("lin", "/desk/tickets/{number}", as_opened, id="ticket"),
        pytest.param("lin", "/desk/tickets/{number}", in_a_form("增加会办"), id="joint"),
        pytest.param("chen", "/desk/tickets/{number}", in_a_form("答复"), id="reply"),
        pytest.param("lin", "/desk/tickets/{number}", in_a_form("查看电话"), id="reveal"),
        pytest.param("wang", "/desk/unit", as_opened, id="unit"),
        pytest.param("sun", "/desk/supervision?tab=supervised", as_opened, id="supervised"),
        pytest.param("sun", "/desk/supervision?tab=cards", as_opened, id="cards"),
        pytest.param("root", "/desk/office/people", in_a_form("添加人员"), id="person"),
        pytest.param("root", "/desk/office/people/chen", as_opened, id="account"),
        pytest.param("root", "/desk/office/units", as_opened, id="units"),
        pytest.param("root", "/desk/office/calendar", in_a_form("修改"), id="calendar"),
        pytest.param("root", "/desk/office/limits", as_opened, id="limits"),
        pytest.param("root", "/desk/office/channels", as_opened, id="channels"),
        pytest.param("root", "/desk/office/webhooks", in_a_form("添加外部系统"), id="webhooks"),
        pytest.param("zhao", "/desk/office/canned", in_a_form("添加常用语"), id="canned"),
        pytest.param("root", "/desk/office/deliveries", as_opened, id="deliveries"),
        pytest.param("root", "/desk/office/audit", as_opened, id="audit"),
        pytest.param("root", "/desk/own", as_opened, id="own"),
    ],
)
def test_nothing_keeps_staff_out(
    gateway: RunningGateway, opened: Opened, number: str, username: str, path: str, prepare: Prepare, theme: str
) -> None:
    context = opened(gateway.url, trouble_expected=True, viewport=DESK, color_scheme=theme)
    desk = Desk.of(context, gateway.url, username, path.format(number=number))
    expect(desk.page.get_by_role("heading", level=1)).to_be_visible()
    expect(desk.page.get_by_role("status", name="正在读取")).to_have_count(0)
    prepare(desk)
    assert violations(desk.page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_staff_from_coming_in(gateway: RunningGateway, opened: Opened, theme: str) -> None:
    context = opened(gateway.url, trouble_expected=True, viewport=DESK, color_scheme=theme)
    desk = Desk.open(context, gateway.url)
    desk.sign_in("lin", "not-the-password")
    expect(desk.page.get_by_role("alert")).to_contain_text("不对")
    assert violations(desk.page) == []
