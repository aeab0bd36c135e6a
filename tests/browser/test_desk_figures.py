"""The page of figures as those who answer for them use it: read, sorted, compared, opened into tickets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from gateway.core.days import day_of
from tests.browser.conftest import DESK, PHONE, Opened
from tests.browser.desk import OFFICE, Caller, Desk, staff
from tests.browser.figures import fill
from tests.browser.test_accessibility import violations
from tests.running import RunningGateway

UNITS = ("housing", "urban-management", "water")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    running = RunningGateway(tmp_path_factory.mktemp("figures") / "data", OFFICE)
    running.start()
    staff(running.url)
    fill(running.stores(), UNITS, days=3, contacts=60, tickets=20)
    yield running
    assert running.stop() == 0
    assert '"exception"' not in running.log()


@pytest.fixture(scope="module")
def yesterday() -> str:
    """What is over, so that no number changes while it is looked at."""
    return f"{day_of(datetime.now(UTC)) - timedelta(days=1):%Y-%m-%d}"


def leader(gateway: RunningGateway, opened: Opened, query: str, **options: Any) -> Page:
    # what is looked for while nobody is signed in stands on the console
    context = opened(gateway.url, trouble_expected=True, **{"viewport": DESK, **options})
    desk = Desk.open(context, gateway.url, f"/desk/figures?{query}")
    desk.sign_in("zhao")
    expect(desk.page.locator(".large")).to_be_visible()
    return desk.page


def told(gateway: RunningGateway, who: str, query: str) -> dict[str, Any]:
    report: dict[str, Any] = Caller(gateway.url, who)("GET", f"/figures?{query}")
    return report


def count(report: dict[str, Any], name: str) -> int:
    return int(next(figure["amount"]["value"] for figure in report["figures"] if figure["name"] == name))


def test_the_numbers_are_those_of_the_logs_and_open_into_their_tickets(
    gateway: RunningGateway, opened: Opened, yesterday: str
) -> None:
    report = told(gateway, "zhao", f"on={yesterday}")
    filed = count(report, "filed")
    page = leader(gateway, opened, f"on={yesterday}")
    expect(page.locator(".large b").first).to_have_text(str(count(report, "contacts")))
    page.get_by_role("link", name="看工单：登记工单").first.click()
    expect(page.get_by_role("heading", name="登记工单")).to_be_visible()
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(filed)
    page.get_by_role("link", name="回到数据").click()
    expect(page.locator(".when")).to_have_text(f"{int(yesterday[5:7])}月{int(yesterday[8:])}日")
    expect(page.locator(".large b").first).to_have_text(str(count(report, "contacts")))


def test_the_upkeep_of_knowledge_opens_into_its_entries(
    gateway: RunningGateway, opened: Opened, yesterday: str
) -> None:
    page = leader(gateway, opened, f"on={yesterday}")
    upkeep = page.locator("section").filter(has=page.get_by_role("heading", name="知识库")).locator("dl > div")
    expect(upkeep.get_by_text("66.7%")).to_be_visible()
    page.get_by_role("link", name="没及时的").click()
    expect(page.get_by_role("heading", name="到期没有更新的知识")).to_be_visible()
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.get_by_text("已过期")).to_be_visible()
    # who keeps no knowledge is led no further
    expect(rows.get_by_role("link")).to_have_count(0)
    page.get_by_role("link", name="回到数据").click()
    page.get_by_role("link", name="看知识：知识库更新及时率").first.click()
    expect(page.get_by_role("table").locator("tbody tr")).to_have_count(2)


def test_units_stand_in_the_order_of_any_figure(gateway: RunningGateway, opened: Opened, yesterday: str) -> None:
    page = leader(gateway, opened, f"period=month&on={yesterday}")
    table = page.get_by_role("table", name="按单位")
    names = table.locator("tbody th")
    expect(names).to_have_count(len(UNITS))
    table.get_by_role("button", name="转派").click()
    head = table.get_by_role("columnheader", name="转派")
    expect(head).to_have_attribute("aria-sort", "descending")
    counts = [int(text) for text in table.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    table.get_by_role("button", name="转派").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    counts = [int(text) for text in table.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert counts == sorted(counts)
    page.get_by_role("button", name="按渠道").click()
    expect(page.get_by_role("table", name="按渠道").locator("tbody th").filter(has_text="微信")).to_be_visible()
    assert "by=channel" in page.url


def test_time_is_walked_through(gateway: RunningGateway, opened: Opened, yesterday: str) -> None:
    page = leader(gateway, opened, f"on={yesterday}")
    page.get_by_role("button", name="往后").click()
    expect(page.get_by_text("还在进行")).to_be_visible()
    expect(page.get_by_role("button", name="往后")).to_be_disabled()
    page.get_by_role("button", name="往前").click()
    expect(page.get_by_text("和前一天比")).to_be_visible()
    page.get_by_role("button", name="周", exact=True).click()
    expect(page.get_by_role("heading", name="每天")).to_be_visible()


def test_what_is_drawn_can_be_read_as_numbers(gateway: RunningGateway, opened: Opened, yesterday: str) -> None:
    report = told(gateway, "zhao", f"on={yesterday}")
    page = leader(gateway, opened, f"on={yesterday}")
    page.get_by_text("看数字：一天里的接待量").click()
    rows = page.get_by_role("table", name="一天里的接待量").locator("tbody tr")
    expect(rows).to_have_count(24)
    for hour in report["hours"]:
        cells = rows.nth(hour["hour"]).locator("td")
        assert cells.all_inner_texts() == [str(hour["counts"][name]) for name in ("contacts", "answered")]


def test_a_head_of_unit_sees_their_unit(gateway: RunningGateway, opened: Opened, yesterday: str) -> None:
    report = told(gateway, "wang", f"period=month&on={yesterday}")
    context = opened(gateway.url, trouble_expected=True, viewport=DESK)
    page = Desk.of(context, gateway.url, "wang", f"/desk/figures?period=month&on={yesterday}").page
    expect(page.locator(".large b").first).to_have_text(str(count(report, "dispatched")))
    expect(page.get_by_role("heading", name="机器人")).to_have_count(0)
    rows = page.get_by_role("table", name="按单位").locator("tbody tr")
    expect(rows).to_have_count(1)
    rows.get_by_role("link", name="看工单：转派").click()
    expect(page.get_by_role("table").locator("tbody tr")).to_have_count(count(report, "dispatched"))


def test_others_are_not_led_there(gateway: RunningGateway, opened: Opened) -> None:
    context = opened(gateway.url, trouble_expected=True, viewport=DESK)
    desk = Desk.of(context, gateway.url, "lin")
    expect(desk.navigation.get_by_role("link", name="数据")).to_have_count(0)
    desk.go("/desk/figures")
    expect(desk.page.get_by_text("没有这个页面")).to_be_visible()


def test_what_did_not_happen_is_not_drawn(gateway: RunningGateway, opened: Opened, yesterday: str) -> None:
    # early in the day nobody has asked yet
    for query in ("", f"on={yesterday}"):
        page = leader(gateway, opened, query)
        hours = told(gateway, "zhao", query)["hours"]
        drawn = any(hour["counts"]["contacts"] or hour["counts"]["answered"] for hour in hours)
        drawn += any(hour["waited_median"] or hour["waited_p90"] for hour in hours)
        expect(page.locator("canvas")).to_have_count(drawn)
        expect(page.get_by_role("figure").filter(has_text="这段时间还没有。")).to_have_count(2 - drawn)


def test_only_this_page_pays_for_the_drawings(gateway: RunningGateway, opened: Opened, yesterday: str) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    context = opened(gateway.url, trouble_expected=True, viewport=DESK)
    context.on("request", note)
    desk = Desk.of(context, gateway.url, "zhao", "/desk/tickets")
    expect(desk.page.get_by_role("heading", level=1)).to_be_visible()
    assert not [url for url in asked if "Figures" in url]
    desk.go(f"/desk/figures?on={yesterday}")
    expect(desk.page.locator("canvas").first).to_be_visible()
    assert [url for url in asked if "FiguresPage" in url]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_keeps_anybody_from_using_it(
    gateway: RunningGateway, opened: Opened, yesterday: str, size: dict[str, int], colours: str
) -> None:
    page = leader(gateway, opened, f"period=week&on={yesterday}", viewport=size, color_scheme=colours)
    page.get_by_text("看数字：每天").click()
    assert violations(page) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"]
    main = page.locator("main")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
