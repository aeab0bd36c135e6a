"""Fixtures of the browser tests.

gateway   a running gateway in demo mode, one for all: a test finds what others left, and counts on nothing but its own
staffed   another, with an office of people, for the desk's modules: each calls it its `gateway`
browser   a Chromium for all, gone before tests with a loop of their own run: Playwright's would be in their way
opened    opens a context of one's own; at the end asserts that its pages were clean
visitor   opens the chat page as a new visitor
demo      opens the demo page with two new phones
citizen   opens the ticket pages as a new visitor
office    the people who handle what citizens filed
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from tests.browser.chat import Chat
from tests.browser.chromium import SETTINGS, chromium
from tests.browser.desk import OFFICE, PASSWORD, clear, staff
from tests.browser.knowledge import editors
from tests.browser.office import Office
from tests.browser.phones import Demo
from tests.browser.tickets import TicketsPage
from tests.running import RunningGateway

Opened = Callable[..., BrowserContext]
Visitor = Callable[..., Chat]
Visit = Callable[..., Demo]
Citizen = Callable[..., TicketsPage]

# the machine may be busy with other tests
expect.set_options(timeout=15_000)

STAFFED = pytest.StashKey[RunningGateway]()
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@contextmanager
def serving(place: Path, settings: Mapping[str, str]) -> Iterator[RunningGateway]:
    """A gateway that ends in order and met nothing that it did not expect."""
    running = RunningGateway(place / "data", settings)
    try:
        running.start(within=110)  # many wait for it
        yield running
        assert running.stop() == 0
        assert '"exception"' not in running.log()
    finally:
        running.stop()


@pytest.fixture(scope="package")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with serving(tmp_path_factory.mktemp("browser"), SETTINGS) as running:
        yield running


@pytest.fixture(scope="package")
def staffed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with serving(tmp_path_factory.mktemp("office"), OFFICE) as running:
        staff(running.url)
        editors(running.url)
        request.session.stash[STAFFED] = running
        yield running
        del request.session.stash[STAFFED]
    assert PASSWORD not in running.log()


@pytest.fixture(scope="module", autouse=True)
def put_back(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a module leaves to people goes back to the bot, and they leave their desks: the next one's lists are short
    enough to be drawn whole."""
    yield
    running = request.session.stash.get(STAFFED, None)
    if running is not None:
        clear(running.url)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


class Watch:
    """What a page did that it should not: errors on its console, requests to anybody else."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.faults: list[str] = []
        self.trouble_expected = False

    def follow(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        trouble = re.search(r"net::ERR_|status of (401|404|409|422|429|502|503)|WebSocket connection", message.text)
        if not (self.trouble_expected and trouble):
            self.faults.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.url, f"blob:{self.url}", self.url.replace("http", "ws", 1))):
            self.faults.append(f"a request to {request.url}")


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """`opened(url, trouble_expected=True, **context_options)` for pages of `url`, which must be clean to the end."""
    contexts: list[tuple[BrowserContext, Watch]] = []

    def open_(url: str, trouble_expected: bool = False, **options: Any) -> BrowserContext:
        context = browser.new_context(**{"viewport": PHONE, "locale": "zh-CN", **options})
        context.set_default_timeout(15_000)
        watch = Watch(url)
        watch.trouble_expected = trouble_expected
        context.on("page", watch.follow)
        contexts.append((context, watch))
        return context

    yield open_
    for context, _ in contexts:
        context.close()
    faults = [fault for _, watch in contexts for fault in watch.faults]
    assert not faults, faults


@pytest.fixture
def visitor(gateway: RunningGateway, opened: Opened) -> Visitor:
    """`visitor(url=…, **options)`: the chat page; options as of `opened`."""

    def visit(url: str = "", **options: Any) -> Chat:
        return Chat.open(opened(url or gateway.url, **options), url or gateway.url)

    return visit


@pytest.fixture
def demo(gateway: RunningGateway, opened: Opened) -> Visit:
    """`demo(**options)`: the demo page on a desk; options as of `opened`."""

    def visit(**options: Any) -> Demo:
        return Demo.open(opened(gateway.url, **{"viewport": DESK, **options}), gateway.url)

    return visit


@pytest.fixture
def citizen(gateway: RunningGateway, opened: Opened) -> Citizen:
    """`citizen(hash=…, url=…, **options)`: the ticket pages; options as of `opened`."""

    def visit(hash: str = "", url: str = "", **options: Any) -> TicketsPage:
        return TicketsPage.open(opened(url or gateway.url, **options), url or gateway.url, hash)

    return visit


@pytest.fixture
def office(gateway: RunningGateway) -> Office:
    return Office(gateway.stores())
