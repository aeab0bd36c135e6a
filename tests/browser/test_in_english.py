"""The pages in English, for citizens and at the desk: nothing of ours is left in Chinese."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, Opened
from tests.browser.desk import Desk
from tests.browser.office import Office
from tests.browser.tickets import TicketsPage
from tests.running import RunningGateway

pytestmark = pytest.mark.timeout(180)

HAN = re.compile(r"[\u3400-\u9fff]+")
MATTER = "The street lamps in Yuhua Road are dark"
REPLY = "The lamps are lit again."
UNIT = "市城管局"


@pytest.fixture
def told(gateway: RunningGateway, opened: Opened) -> TicketsPage:
    return TicketsPage.open(opened(gateway.url, trouble_expected=True, locale="en-US"), gateway.url)


def chinese_in(page: Page, *names: str) -> set[str]:
    """What is left in Chinese of the page without these names and the switch to the other language."""
    text = page.get_by_role("main").inner_text()
    for name in names:
        text = text.replace(name, "")
    return set(HAN.findall(text))


def send(told: TicketsPage, matter: str, kind: str = "Complaint") -> None:
    told.page.get_by_role("button", name=re.compile(f"^{kind}")).click()
    assert not chinese_in(told.page)
    told.page.get_by_label("What happened").fill(matter)
    for heading in ("Where, and when?", "How do we reach you?", "Is this right?"):
        told.press("Next")
        expect(told.heading).to_have_text(heading)
        if heading != "Where, and when?":  # towns are names
            assert not chinese_in(told.page, matter)
    told.press("Send")


def test_a_ticket_is_followed_in_english_to_the_verdict(told: TicketsPage, office: Office) -> None:
    send(told, MATTER)
    expect(told.heading).to_have_text("We have it")
    assert not chinese_in(told.page)
    number, _ = told.filed()
    told.page.goto(f"{told.url}/tickets#look/{number}")
    expect(told.story).to_contain_text(["We received what you told us"])
    assert not chinese_in(told.page)
    office.take_up(number)
    office.answer(number, REPLY)
    told.page.reload()
    expect(told.story.first).to_contain_text("The reply was sent to you for your verdict")
    expect(told.story).to_contain_text(
        ["verdict", "handed in a reply", f"{UNIT} took it up", f"Passed to {UNIT}", "We received"]
    )
    assert not chinese_in(told.page, UNIT)
    told.page.get_by_role("button", name="中文").click()
    expect(told.story.first).to_contain_text("把答复发给了您")
    told.page.get_by_role("button", name="EN").click()
    expect(told.story.first).to_contain_text("The reply was sent to you")


def test_what_is_not_accepted_is_said_in_english(told: TicketsPage) -> None:
    send(told, "法院已经判决了，我不服判决")
    refused = told.page.get_by_role("alert")
    expect(refused).to_contain_text("12345 cannot accept it")
    assert not HAN.search(refused.inner_text())


def test_the_desk_says_in_english_why_it_refuses(staffed: RunningGateway, opened: Opened) -> None:
    desk = Desk.of(opened(staffed.url, trouble_expected=True, viewport=DESK), staffed.url, "lin")
    desk.page.evaluate("localStorage.setItem('yixian.desk.language', 'en')")
    desk.go("/desk/tickets/DG202601010000016")
    expect(desk.page.get_by_role("main")).to_contain_text("There is no such ticket.")
    assert not chinese_in(desk.page)
