"""Conversations on a desk in English: what the system says of citizens and of what they sent is in English too."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, Opened
from tests.browser.conversations import Citizen, Phone
from tests.browser.desk import Caller, Desk, until
from tests.browser.test_desk_in_english import HAN, READ
from tests.running import RunningGateway

pytestmark = pytest.mark.timeout(240)

LIN = "林小雨"
ASKED = "I want to speak to a person"


@pytest.fixture(scope="module")
def gateway(staffed: RunningGateway) -> RunningGateway:
    return staffed


@dataclass(frozen=True, slots=True)
class Taken:
    """A conversation that lin has, and what names its citizen on an English page."""

    id: str
    name: str

    def row(self, page: Page) -> Locator:
        return page.locator(f".row[data-id='{self.id}']")


def taken(lin: Caller, channel: str, asks: Callable[[], None]) -> Taken:
    """Let somebody ask for a person, and take them. channel: as an English page names it."""

    def waiting() -> dict[str, Any]:
        return {row["id"]: row for row in lin("GET", "/conversations?list=waiting")["conversations"]}

    before = waiting()
    asks()
    id, row = until(lambda: next((one for one in waiting().items() if one[0] not in before), None)) or ("", {})
    lin("POST", f"/conversations/{id}/moves", move="take")
    return Taken(id, f"{channel} {row['citizen']}")


def chinese_in(*shown: Locator) -> set[str]:
    """What is left there in Chinese, less lin's name."""
    texts = (text.replace(LIN, "") for one in shown for text in one.evaluate(READ))
    return {text for text in texts if HAN.search(text)}


def test_pictures_voices_places_follows_and_merging_are_told_in_english(
    gateway: RunningGateway, opened: Opened
) -> None:
    lin = Caller(gateway.url, "lin")
    phones = [Phone(gateway.url, "wechat") for _ in range(4)]
    picture, voice, place, follow = (taken(lin, "WeChat", lambda phone=phone: phone.say(ASKED)) for phone in phones)
    text = taken(lin, "SMS", lambda: Phone(gateway.url, "sms").say(ASKED))
    web = taken(lin, "Web", lambda: Citizen(gateway.url).say(ASKED))
    phones[0].act(type="image")
    phones[1].act(type="voice")
    phones[2].act(type="location", latitude=23.02, longitude=113.75, label="12 Yuhua Road")
    phones[3].act(type="event", event="unsubscribe")
    phones[3].act(type="event", event="subscribe")

    desk = Desk.of(opened(gateway.url, trouble_expected=True, viewport=DESK), gateway.url, "lin")
    page = desk.page
    page.evaluate("localStorage.setItem('yixian.desk.language', 'en')")
    desk.go(f"/desk/conversations/{web.id}")
    for one, said in (
        (picture, "[Picture]"),
        (voice, "[Voice]"),
        (place, "[Place] 12 Yuhua Road"),
        (follow, "[Followed us]"),
        (text, ""),
        (web, ""),
    ):
        expect(one.row(page)).to_contain_text(one.name)
        expect(one.row(page).locator(".said")).to_contain_text(said)
        assert not chinese_in(one.row(page))

    head = page.get_by_role("region", name="Conversation", exact=True).locator("header").first
    expect(head.get_by_role("heading")).to_have_text(web.name)
    head.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Work as one with…").click()
    desk.dialog.get_by_label("Find a conversation").fill("picture")
    choice = desk.dialog.locator(".one", has_text=picture.name)
    expect(choice).to_contain_text("[Picture]")
    assert not chinese_in(choice, desk.dialog.get_by_role("heading"), desk.dialog.locator("legend").first)
    desk.dialog.get_by_label("Find a conversation").fill(place.name)
    desk.dialog.locator(".one", has_text=place.name).get_by_role("radio").check()
    desk.dialog.get_by_role("button", name="Work as one").click()
    expect(desk.dialog).to_have_count(0)

    note = page.get_by_role("log").locator(".note")
    expect(note).to_contain_text(f"This is worked as one with {place.name} from now on.")
    about = page.get_by_role("complementary", name="About the citizen")
    expect(about.get_by_role("heading", name=web.name)).to_be_visible()
    together = about.locator("section", has=page.get_by_role("heading", name="Worked as one"))
    expect(together.get_by_role("link")).to_have_text(place.name)
    before = about.locator("section", has=page.get_by_role("heading", name="Who answered before"))
    strip = page.get_by_role("navigation", name="Worked as one")
    assert not chinese_in(head, note, about.locator("header").first, together, before, strip)

    strip.get_by_role("link", name="WeChat").click()
    expect(head.get_by_role("heading")).to_have_text(place.name)
    expect(note).to_contain_text(f"This is worked as one with {web.name} from now on.")
    assert not chinese_in(head, page.get_by_role("log"), web.row(page))
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Work apart").click()
    expect(note.last).to_contain_text(f"This is worked apart from {web.name} again.")
    assert not chinese_in(page.get_by_role("log"))

    page.evaluate("localStorage.setItem('yixian.desk.language', 'zh')")
    page.reload()
    expect(page.get_by_role("log").locator(".note").last).to_contain_text(
        f"把这个会话和“{web.name.replace('Web', '网页')}”分开了。"
    )
    expect(picture.row(page).locator(".said")).to_have_text(re.compile("［图片］$"))
