"""Limits set at a page by an administrator, and the ticket that is dispatched next."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import DESK, PHONE, Opened
from tests.browser.desk import Caller, Desk
from tests.browser.test_desk_shell import gateway
from tests.running import RunningGateway

__all__ = ["gateway"]  # a fixture

pytestmark = pytest.mark.timeout(120)

PAGE = "/desk/office/limits"


def field(desk: Desk, label: str) -> Locator:
    return desk.page.locator(".field").filter(has=desk.page.get_by_text(label, exact=True))


def check(desk: Desk) -> None:
    desk.page.get_by_role("button", name="看看改了什么").click()
    expect(desk.dialog).to_contain_text("这样改，对吗")


def test_an_administrator_sets_a_limit_and_the_next_ticket_has_it(gateway: RunningGateway, opened: Opened) -> None:
    lin = Caller(gateway.url, "lin")
    early, late = lin.file(), lin.file()
    lin.move(early, "dispatch", lead="housing")
    desk = Desk.of(opened(gateway.url, trouble_expected=True, viewport=DESK), gateway.url, "root", "/desk/office")
    desk.navigation.get_by_role("link", name="时限").click()
    expect(desk.page.get_by_text("按转派时给它的时限办")).to_be_visible()
    expect(desk.page.get_by_text("现在按配置文件里的时限")).to_be_visible()
    expect(desk.page.get_by_text("还没有改动")).to_be_visible()

    # a form that makes no sense is told so at its field, and nothing of it is lost
    desk.page.get_by_label("投诉", exact=True).fill("8")
    desk.page.get_by_label("复杂工单", exact=True).fill("3")
    desk.page.get_by_label("用掉多少时提醒").fill("150")
    check(desk)
    expect(desk.dialog).to_contain_text("投诉5个工作日 → 8个工作日")
    desk.dialog.get_by_role("button", name="保存").click()
    expect(desk.dialog).to_have_count(0)
    expect(field(desk, "复杂工单")).to_contain_text("不能比最长的一般时限还短")
    expect(field(desk, "用掉多少时提醒")).to_contain_text("0 到 100 之间")
    expect(desk.page.get_by_label("复杂工单", exact=True)).to_be_focused()
    expect(desk.page.get_by_label("投诉", exact=True)).to_have_value("8")

    # nor by a step aside
    desk.navigation.get_by_role("link", name="人员").click()
    expect(desk.dialog).to_contain_text("改了的还没有保存")
    desk.dialog.get_by_role("button", name="接着写").click()
    expect(desk.page.get_by_label("投诉", exact=True)).to_have_value("8")

    desk.page.get_by_label("复杂工单", exact=True).fill("15")
    desk.page.get_by_label("用掉多少时提醒").fill("80")
    desk.page.get_by_label("签收的单位").select_option("h")
    expect(field(desk, "签收")).to_contain_text("自己设的 · 配置文件里是1个工作日")
    check(desk)
    expect(desk.dialog).to_contain_text("签收1个工作日 → 1小时")
    desk.dialog.get_by_label("理由").fill("市里有新规定")
    desk.dialog.get_by_role("button", name="保存").click()
    expect(desk.news.last).to_contain_text("时限已保存")
    expect(desk.page.get_by_text("最近由 root 修改")).to_be_visible()

    lin.move(late, "dispatch", lead="housing")
    limits = [lin("GET", f"/tickets/{number}")["limit"] for number in (early, late)]
    assert limits == ["5wd", "8wd"]

    # somebody else was there meanwhile
    root = Caller(gateway.url, "root")
    found = root("GET", "/limits")
    others = {**found["limits"], "yellows": 4}
    root("PUT", "/limits", limits=others, version=found["version"], reason="")
    desk.page.get_by_label("会办答复", exact=True).fill("4")
    check(desk)
    desk.dialog.get_by_role("button", name="保存").click()
    expect(desk.page.get_by_role("alert")).to_contain_text("刚被别人改过")
    desk.page.get_by_role("button", name="看最新的").click()
    expect(desk.page.get_by_label("一个月几张黄牌换红牌")).to_have_value("4")
    expect(desk.page.get_by_label("会办答复", exact=True)).to_have_value("4")
    check(desk)
    expect(desk.dialog.locator("dt")).to_have_count(1)
    desk.dialog.get_by_role("button", name="保存").click()
    expect(desk.news.last).to_contain_text("时限已保存")

    desk.do("改回配置", 理由="改回去")
    expect(desk.page.get_by_text("现在按配置文件里的时限")).to_be_visible()
    expect(desk.page.get_by_label("投诉", exact=True)).to_have_value("5")
    desk.go("/desk/office/audit")
    expect(desk.page.get_by_role("row", name="时限").first).to_be_visible()


def test_the_page_fits_a_phone(gateway: RunningGateway, opened: Opened) -> None:
    desk = Desk.open(opened(gateway.url, trouble_expected=True, viewport=PHONE), gateway.url, PAGE)
    desk.sign_in("root")
    expect(desk.page.get_by_label("咨询", exact=True)).to_have_value("2")
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert desk.page.get_by_label("咨询的单位").bounding_box()["height"] >= 32  # type: ignore[index]
