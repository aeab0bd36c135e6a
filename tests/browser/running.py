"""A gateway as an operator runs it, and a Chromium to look at it with."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "frontend" / "dist"
READY_WITHIN = 60.0
STOPPED_WITHIN = 30.0
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class RunningGateway:
    """`python run.py serve` in demo mode, on a port and a data directory of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir / "gateway.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when `/readyz` says so. Raises `RuntimeError` with the end of the log."""
        if not (BUILT / "index.html").exists():
            raise RuntimeError("the pages are not built: run `make build`")
        self.data_dir.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
        environment |= {
            "HOTLINE_HOST": "127.0.0.1",
            "HOTLINE_PORT": str(self.port),
            "HOTLINE_DATA_DIR": str(self.data_dir),
            "HOTLINE_DEMO": "true",
            # every page of a test run comes from one address
            "HOTLINE_WEB__SESSIONS_PER_ADDRESS": "1000",
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "run.py", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + READY_WITHIN
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the gateway did not start:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.1)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def stop(self) -> None:
        """As an operator stops it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a crash does."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOPPED_WITHIN)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, else the one Playwright brought."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGUMENTS), timeout=30_000)
        try:
            yield browser
        finally:
            browser.close()
