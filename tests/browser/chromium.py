"""A Chromium to look at the pages with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

BUILT = Path(__file__).resolve().parents[2] / "frontend" / "dist"
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# demo mode, and every page of a test run comes from one address
SETTINGS = {"HOTLINE_DEMO": "true", "HOTLINE_WEB__SESSIONS_PER_ADDRESS": "1000"}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, else the one Playwright brought."""
    assert (BUILT / "index.html").exists(), "the pages are not built: run `make build`"
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS), timeout=30_000)
        try:
            yield browser
        finally:
            browser.close()


def screen(browser: Browser, size: ViewportSize, *, dark: bool = False) -> BrowserContext:
    """To take pictures of a desk in: of a phone, which is touched and has finer dots, where it is narrow."""
    narrow = size["width"] < 800
    return browser.new_context(
        viewport=size,
        device_scale_factor=2 if narrow else 1,
        has_touch=narrow,
        color_scheme="dark" if dark else "light",
        locale="zh-CN",
    )
