"""A simulator of one's own, for tests and benchmarks: a child process with its own core and its own end."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

from simulator.accounts import Account, environment, fresh_account
from simulator.server import ACCOUNT_VARIABLE, account_to_json

_ROOT = Path(__file__).resolve().parent.parent


class RunningSimulator:
    """`start`, `stop`, again and again on the same port with the same account; also a context manager.

    gateway_url: where callbacks go, unless an account is given. rules, callbacks: as `--no-rules`, `--no-callbacks`.
    """

    def __init__(
        self,
        account: Account | None = None,
        *,
        gateway_url: str = "http://127.0.0.1:8000",
        port: int = 0,
        rules: bool = True,
        callbacks: bool = True,
    ) -> None:
        self.account = account or fresh_account(gateway_url=gateway_url)
        self.port = port or _free_port()
        self._options = [*([] if rules else ["--no-rules"]), *([] if callbacks else ["--no-callbacks"])]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """HOTLINE_ variables for the gateway."""
        return environment(self.account, self.url)

    def start(self, within: float = 20.0) -> None:
        """Returns once it answers. Raises RuntimeError when it does not in so many seconds."""
        assert self._process is None, "started already"
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "simulator.server", "--port", str(self.port), *self._options],
            cwd=_ROOT,
            env={**os.environ, ACCOUNT_VARIABLE: account_to_json(self.account)},
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + within
        while True:
            try:
                self.ask("/healthz")
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    self.stop()
                    raise RuntimeError("the simulator did not start") from None
                time.sleep(0.05)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def __enter__(self) -> RunningSimulator:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def ask(self, path: str, body: dict[str, Any] | None = None, timeout: float = 30.0) -> Any:
        """GET, or POST when there is a body; the JSON that came back. Raises OSError (HTTPError among them)."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})  # noqa: S310
        with _OPENER.open(request, timeout=timeout) as response:
            return json.load(response)

    def state(self) -> Any:
        return self.ask("/control/state")

    def accepted(self, api: str | None = None) -> list[dict[str, Any]]:
        """The whole ground truth that is kept, oldest first."""
        entries: list[dict[str, Any]] = []
        after = 0
        while True:
            page = self.ask(f"/control/accepted?after={after}&limit=10000" + (f"&api={api}" if api else ""))
            entries += page["accepted"]
            if page["next"] >= page["last"]:
                return entries
            after = page["next"]


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
