"""Fixtures of the browser tests.

gateway   a running gateway in demo mode, one a module
browser   a Chromium, one a module: Playwright's loop must be gone before tests with a loop of their own run
visitor   opens the chat page as a new visitor; at the end asserts that the page was clean
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from tests.browser.chat import Chat
from tests.browser.chromium import SETTINGS, chromium
from tests.running import RunningGateway

Visitor = Callable[..., Chat]

# the machine may be busy with other tests
expect.set_options(timeout=15_000)

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    running = RunningGateway(tmp_path_factory.mktemp("browser") / "data", SETTINGS)
    running.start()
    yield running
    assert running.stop() == 0
    assert '"exception"' not in running.log()


@pytest.fixture(scope="module")
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
        trouble = re.search(r"net::ERR_|status of (401|429|503)|WebSocket connection", message.text)
        if not (self.trouble_expected and trouble):
            self.faults.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.url, f"blob:{self.url}", self.url.replace("http", "ws", 1))):
            self.faults.append(f"a request to {request.url}")


@pytest.fixture
def visitor(gateway: RunningGateway, browser: Browser) -> Iterator[Visitor]:
    """`visitor(url=…, trouble_expected=True, **context_options)` opens the page; at the end it must have been clean."""
    contexts: list[tuple[BrowserContext, Watch]] = []

    def open_(url: str = "", trouble_expected: bool = False, **options: Any) -> Chat:
        options = {"viewport": PHONE, "locale": "zh-CN", **options}
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        watch = Watch(url or gateway.url)
        watch.trouble_expected = trouble_expected
        context.on("page", watch.follow)
        contexts.append((context, watch))
        return Chat.open(context, watch.url)

    yield open_
    for context, _ in contexts:
        context.close()
    faults = [fault for _, watch in contexts for fault in watch.faults]
    assert not faults, faults
