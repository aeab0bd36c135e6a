"""What axe-core finds on the pages, as anybody opens them: nothing serious, in normal text and in large."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened
from tests.browser.office import Office
from tests.browser.samples import png
from tests.browser.tickets import TicketsPage
from tests.running import ROOT, RunningGateway

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
DRAFT = """localStorage.setItem('yixian.ticket-draft', JSON.stringify(
  { clientId: 'axe', kind: 'help', matter: '楼道里的灯不亮，老人看不见台阶', phone: '13800138000', place: '东' }))"""

Prepare = Callable[[Page, RunningGateway], None]


def violations(page: Page) -> list[str]:
    """What keeps people from using the page, as it is now: each with where."""
    # evaluated, not added as a tag: the page's policy runs no script but ours
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]


def talked(page: Page, _: RunningGateway) -> None:
    page.get_by_role("textbox").fill("菜单")
    page.get_by_role("textbox").press("Enter")
    expect(page.get_by_role("log").locator(".options")).to_be_visible()


def with_picture(page: Page, gateway: RunningGateway) -> None:
    page.get_by_label("是什么事").fill("短")
    TicketsPage(page, gateway.url).add_picture("灯.png", png(32, 32))
    expect(page.get_by_role("img", name="灯.png")).to_be_visible()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("alert")).to_be_visible()


def with_towns(page: Page, _: RunningGateway) -> None:
    page.get_by_role("button", name="选镇街").click()
    expect(page.get_by_role("button", name="东城", exact=True)).to_be_visible()


def filed(page: Page, gateway: RunningGateway) -> tuple[TicketsPage, str]:
    told = TicketsPage(page, gateway.url)
    return told, told.send()[0]


def kept(page: Page, gateway: RunningGateway) -> None:
    filed(page, gateway)


def listed(page: Page, gateway: RunningGateway) -> None:
    told, _ = filed(page, gateway)
    told.go("我的")
    expect(page.get_by_role("main").get_by_role("link")).to_have_count(1)


def answered(page: Page, gateway: RunningGateway) -> None:
    told, number = filed(page, gateway)
    office = Office(gateway.stores())
    office.take_up(number)
    office.answer(number, "灯已经换好，当晚亮了。")
    told.press("办到哪一步了")
    expect(page.get_by_text("说说办得怎么样")).to_be_visible()
    told.press("补充情况")
    told.press("发出评价")
    expect(page.get_by_role("alert")).to_be_visible()


def as_opened(page: Page, _: RunningGateway) -> None:
    expect(page.locator("h1, h2").first).to_be_visible()


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
@pytest.mark.parametrize(
    ("path", "prepare"),
    [
        pytest.param("/", as_opened, id="chat"),
        pytest.param("/", talked, id="chat-talking"),
        pytest.param("/tickets", as_opened, id="kind"),
        pytest.param("/tickets#tell/matter", with_picture, id="matter"),
        pytest.param("/tickets#tell/place", with_towns, id="place"),
        pytest.param("/tickets#tell/person", as_opened, id="person"),
        pytest.param("/tickets#tell/check", as_opened, id="check"),
        pytest.param("/tickets#tell/check", kept, id="filed"),
        pytest.param("/tickets#tell/check", answered, id="progress"),
        pytest.param("/tickets#look", as_opened, id="look"),
        pytest.param("/tickets#mine", as_opened, id="nothing-mine"),
        pytest.param("/tickets#tell/check", listed, id="mine"),
    ],
)
def test_nothing_keeps_people_out(
    gateway: RunningGateway, opened: Opened, path: str, prepare: Prepare, large: bool
) -> None:
    page = opened(gateway.url).new_page()
    page.add_init_script(f"localStorage.setItem('yixian.large-text', '{int(large)}')")
    if "#tell" in path:
        page.add_init_script(DRAFT)
    page.goto(f"{gateway.url}{path}")
    prepare(page, gateway)
    assert page.evaluate("document.documentElement.classList.contains('large-text')") is large
    assert violations(page) == []


def test_axe_finds_what_is_wrong(gateway: RunningGateway, opened: Opened) -> None:
    page = opened(gateway.url).new_page()
    page.goto(f"{gateway.url}/tickets")
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert [found.partition(":")[0] for found in violations(page)] == ["label"]
