"""The desk in English, page by page: what is left in Chinese is what people wrote, and names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, Opened
from tests.browser.conversations import Citizen
from tests.browser.desk import Caller, Desk
from tests.browser.knowledge import changed, moved, written
from tests.running import RunningGateway

pytestmark = pytest.mark.timeout(240)

HAN = re.compile(r"[\u3000-\u9fff\uff01-\uff60]")  # punctuation as well
# the fields of the API that hold what somebody wrote or a name, wherever they are
WRITTEN = frozenset(
    (
        *("actor", "aliases", "answer", "category", "changes", "contacts", "duties", "happened", "label", "matter"),
        *("name", "note", "place", "question", "reason", "short", "similar", "source_note", "territory", "text"),
        *("title", "unit", "units"),
    )
)
# everything there is to read or to hear on a page, or in an element: text, and what stands for it in attributes
READ = """(root) => {
  const SPOKEN = ['aria-label', 'title', 'placeholder', 'alt', 'value']
  const found = []
  const walker = document.createTreeWalker(root ?? document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (node.parentElement.tagName === 'NOSCRIPT') continue
    if (node.nodeType === Node.TEXT_NODE) found.push(node.data)
    else for (const name of SPOKEN) found.push(node.getAttribute(name) ?? '')
  }
  return found
}"""


# what the desk's API and its socket told a page
LISTEN = """() => {
  const fetched = window.fetch
  window.told = []
  window.WebSocket = class extends WebSocket {
    constructor(address) {
      super(address)
      this.addEventListener('message', (event) => window.told.push(JSON.parse(event.data)))
    }
  }
  window.fetch = async (...asked) => {
    const answer = await fetched(...asked)
    const body = await answer.clone().text()
    try { window.told.push(JSON.parse(body)) } catch { /* nothing to read */ }
    return answer
  }
}"""


@dataclass
class Words:
    """What people wrote, as far as the desk's API told it to a page."""

    known: set[str] = field(default_factory=lambda: {"中文"})  # the one name that no language changes

    def read(self, page: Page) -> None:
        self._take("", page.evaluate("window.told"))

    def _take(self, key: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, one in value.items():
                self._take(name, one)
        elif isinstance(value, list):
            for one in value:
                self._take(key, one)
        elif key in WRITTEN and isinstance(value, str):
            if key == "changes":  # JSON in itself
                self._take("text", list(_leaves(json.loads(value))))
            elif HAN.search(value):
                self.known |= {value, *value.split("\n")}

    def hold(self, text: str) -> bool:
        """Whether it is of these, a piece of one, or has no more Chinese than they."""
        if any(text in known for known in self.known):
            return True
        for known in sorted(self.known, key=len, reverse=True):
            text = text.replace(known, "")
        return not HAN.search(text)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _leaves(one)
    elif isinstance(value, str):
        yield value


def left_in_chinese(desk: Desk, words: Words) -> set[str]:
    texts = {text.strip() for text in desk.page.evaluate(READ) if HAN.search(text)}
    return {text for text in texts if not words.hold(text)}


@pytest.fixture(scope="module")
def gateway(staffed: RunningGateway) -> RunningGateway:
    return staffed


@pytest.fixture(scope="module")
def number(gateway: RunningGateway) -> str:
    """A ticket with all there can be on one."""
    lin, chen, sun = (Caller(gateway.url, name) for name in ("lin", "chen", "sun"))
    filed = lin.file()
    lin.move(filed, "dispatch", lead="housing", joint=["urban-management"], mode="joint", note="先上门看看")
    chen.move(filed, "sign")
    chen.move(filed, "contact", note="约好下午到现场")
    sun.move(filed, "supervise", reason="第三次反映")
    # red: three yellow ones of a unit are another one, which other modules do not expect
    sun.move(filed, "give_card", colour="red", reason="多次反映没有解决")
    return filed


@pytest.fixture(scope="module")
def entry(gateway: RunningGateway) -> str:
    he, luo = Caller(gateway.url, "he"), Caller(gateway.url, "luo")
    made = written(he, "夜间施工几点以后不行", "晚上十点以后不能施工。", ("submit",))
    changed(he, moved(luo, made, ["publish"]), answer="晚上十点到早上六点不能施工。")
    return str(made["id"])


@pytest.fixture(scope="module")
def conversation(gateway: RunningGateway) -> str:
    """One that an agent has, and another that waits."""
    citizens = Citizen(gateway.url), Citizen(gateway.url)
    for citizen in citizens:
        citizen.say("The street lamps are dark", "I want to speak to a person")
    lin = Caller(gateway.url, "lin")
    lin("POST", f"/conversations/{citizens[0].conversation_id}/moves", move="take")
    return citizens[0].conversation_id


OFFICE = "/desk/office"


@pytest.mark.parametrize(
    ("username", "path", "forms"),
    [
        pytest.param("lin", "/desk/tickets", ("Find", "Account menu"), id="tickets"),
        pytest.param(
            "lin",
            "/desk/tickets/{number}",
            ("Add joint units", "Merge", "Internal note", "Show the name", "Show the phone"),
            id="ticket",
        ),
        pytest.param("lin", "/desk/tickets/new", (), id="new-ticket"),
        pytest.param("lin", "/desk/conversations", (), id="conversations"),
        pytest.param(
            "lin",
            "/desk/conversations/{conversation}",
            ("More", "More > Work as one with…", "Close", "File a ticket"),
            id="conversation",
        ),
        pytest.param("zhao", "/desk/board", ("Assign…", "Adjust"), id="board"),
        pytest.param("zhao", OFFICE + "/canned", ("Add a canned reply",), id="canned"),
        pytest.param("zhao", "/desk/figures", (), id="figures"),
        pytest.param("zhao", "/desk/figures/tickets?fact=filed&name=filed&period=month", (), id="behind-figures"),
        pytest.param("chen", "/desk/unit", (), id="unit"),
        pytest.param(
            "chen",
            "/desk/tickets/{number}",
            ("Reply", "Citizen contacted", "Ask for return", "More"),
            id="unit-ticket",
        ),
        pytest.param("sun", "/desk/supervision", (), id="supervision"),
        pytest.param("sun", "/desk/supervision?tab=cards", (), id="cards"),
        pytest.param("he", "/desk/knowledge", (), id="knowledge"),
        pytest.param("he", "/desk/knowledge/inbox", (), id="inbox"),
        pytest.param("he", "/desk/knowledge/try", (), id="try"),
        pytest.param("he", "/desk/knowledge/new", (), id="new-entry"),
        pytest.param("he", "/desk/knowledge/entries/{entry}", ("Compare", "Withdraw", "Delete"), id="entry"),
        pytest.param("root", "/desk/own", ("Change password", "Turn on"), id="own"),
        pytest.param("root", OFFICE + "/people", ("Add somebody",), id="people"),
        pytest.param("root", OFFICE + "/people/chen", ("Reset password", "Change", "Disable"), id="person"),
        pytest.param("root", OFFICE + "/units", ("Add a unit", "Change", "Retire"), id="units"),
        pytest.param("root", OFFICE + "/calendar", ("Change",), id="calendar"),
        pytest.param("root", OFFICE + "/limits", (), id="limits"),
        pytest.param("root", OFFICE + "/channels", (), id="channels"),
        pytest.param("root", OFFICE + "/webhooks", ("Add a system",), id="webhooks"),
        pytest.param("root", OFFICE + "/deliveries", (), id="deliveries"),
        pytest.param("root", OFFICE + "/audit", (), id="audit"),
    ],
)
def test_nothing_of_ours_is_left_in_chinese(
    gateway: RunningGateway,
    opened: Opened,
    number: str,
    entry: str,
    conversation: str,
    username: str,
    path: str,
    forms: tuple[str, ...],
) -> None:
    context = opened(gateway.url, trouble_expected=True, viewport=DESK)
    context.add_init_script(f"({LISTEN})()")
    desk, words = Desk.of(context, gateway.url, username), Words()
    desk.page.evaluate("localStorage.setItem('yixian.desk.language', 'en')")
    desk.go(path.format(number=number, entry=entry, conversation=conversation))
    expect(desk.page.get_by_role("heading", level=1).first).to_be_visible()
    expect(desk.page.get_by_role("status", name="Loading")).to_have_count(0)
    desk.page.wait_for_load_state("networkidle")
    words.read(desk.page)
    assert not left_in_chinese(desk, words)
    for form in forms:
        for step in form.split(" > "):
            desk.page.get_by_role("button", name=step).or_(desk.page.get_by_role("menuitem", name=step)).first.click()
        opens = desk.page.get_by_role("dialog").or_(desk.page.get_by_role("menu")).first
        expect(opens).to_be_visible()
        desk.page.wait_for_load_state("networkidle")
        words.read(desk.page)
        assert not left_in_chinese(desk, words), form
        desk.page.keyboard.press("Escape")
        expect(opens).to_be_hidden()
