"""A real gateway for tests: `python run.py serve` as a child on a free port, with a data directory of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from bench.process import resident_bytes

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RunningGateway:
    """`start`, `stop`, `kill` (SIGKILL), again and again on the same port and data.

    settings: HOTLINE_ variables beside port and data directory; nothing is taken over from the tests' environment.
    """

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None, workers: int = 1) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.log_file = data_dir.with_suffix(".log")
        self.settings = dict(settings or {})
        self._workers = workers
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stores(self) -> tuple[str, str]:
        """Where the embedded servers of this run are: (mongo_url, redis_url)."""
        mongo_url, redis_url = json.loads((self.data_dir / "stores.json").read_text())
        return mongo_url, redis_url

    def start(self, within: float = 60.0) -> None:
        """Returns once `/readyz` says ready; one that never is, is not left behind."""
        keep = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
        environment = {
            **keep,
            "HOTLINE_PORT": str(self.port),
            "HOTLINE_DATA_DIR": str(self.data_dir),
            "HOTLINE_LOG__FORMAT": "json",
            **self.settings,
        }
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "run.py", "serve", "--workers", str(self._workers)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self.wait_ready(within)
        except AssertionError:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            raise

    def wait_ready(self, within: float = 60.0) -> None:
        deadline = time.monotonic() + within
        while not self.ready():
            if self._process is None or self._process.poll() is not None:
                raise AssertionError(f"the gateway ended:\n{self.log()[-3000:]}")
            if time.monotonic() > deadline:
                raise AssertionError(f"the gateway was not ready within {within} s:\n{self.log()[-3000:]}")
            time.sleep(0.1)

    def ready(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    def kill(self) -> None:
        """SIGKILL to the gateway alone; what it started must notice by itself."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise
        finally:
            self._process = None

    def at_rest(self, within: float = 40.0) -> None:
        """Until what it does by itself after a start (it learns, the first time, what suggests units) takes no more
        memory: for tests that measure what others make it take."""
        deadline, known, since = time.monotonic() + within, 0, time.monotonic()
        while time.monotonic() - since < 3.0 and time.monotonic() < deadline:
            grown = resident_bytes(self.pid)
            if grown > known + 2**20:
                known, since = grown, time.monotonic()
            time.sleep(0.25)

    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
