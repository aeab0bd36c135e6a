"""`python -m tests.browser.figures_pictures [FOLDER]`: pictures of the page of figures, to be looked at."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, expect

from gateway.core.days import day_of
from tests.browser.chromium import chromium, screen
from tests.browser.conftest import DESK, PHONE
from tests.browser.desk import OFFICE, Desk, staff
from tests.browser.figures import fill
from tests.running import ROOT, RunningGateway

UNITS = ("housing", "urban-management", "environment", "transport", "police", "water")
HOME = "/desk/figures"


def take(
    browser: Browser, url: str, folder: Path, who: str, path: str, called: str, *, narrow: bool, dark: bool
) -> None:
    context = screen(browser, PHONE if narrow else DESK, dark=dark)
    desk = Desk.open(context, url, path)
    desk.sign_in(who)
    expect(desk.page.locator("main .large, main .empty, main table").first).to_be_visible(timeout=30_000)
    # the page scrolls within the desk; all of it is to be seen
    main = desk.page.locator("main")
    height = int(main.evaluate("main => main.scrollHeight")) + (60 if narrow else 0)
    size = PHONE if narrow else DESK
    desk.page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
    desk.page.wait_for_timeout(300)
    name = f"figures-{called}-{'phone' if narrow else 'desk'}-{'dark' if dark else 'light'}.png"
    desk.page.screenshot(path=folder / name)
    context.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # a whole day, whatever the hour is
    yesterday = f"{day_of(datetime.now(UTC)) - timedelta(days=1):%Y-%m-%d}"
    with tempfile.TemporaryDirectory() as temporary:
        running = RunningGateway(Path(temporary) / "data", OFFICE)
        running.start()
        try:
            staff(running.url)
            with chromium() as browser:
                take(browser, running.url, folder, "zhao", HOME, "empty", narrow=False, dark=False)
                fill(running.stores(), UNITS, days=9, contacts=260, tickets=40)
                for narrow in (False, True):
                    for dark in (False, True):
                        for called, asked in (
                            ("day", f"period=day&on={yesterday}&by=unit"),
                            ("week", "period=week&by=channel"),
                        ):
                            path = f"{HOME}?{asked}"
                            take(browser, running.url, folder, "zhao", path, called, narrow=narrow, dark=dark)
                    unit = f"{HOME}?period=month&by=kind"
                    take(browser, running.url, folder, "wang", unit, "unit", narrow=narrow, dark=False)
                    behind = f"{HOME}/tickets?fact=filed&name=filed&on={yesterday}"
                    take(browser, running.url, folder, "zhao", behind, "behind", narrow=narrow, dark=False)
                    entries = f"{HOME}/entries?fact=renewed&period=week"
                    take(browser, running.url, folder, "zhao", entries, "entries", narrow=narrow, dark=False)
        finally:
            running.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "screenshots")
