"""Our exchanges with Twilio, held to Twilio's own published description.

A validating proxy, Prism, stands between the real client and the simulated interface: a request or an answer that
breaks the description becomes an error, and a complaint in its log. Of refusals the description says nothing, and so
Prism complains of their status alone. Where the description is absent the tests are skipped.

proxy     Prism before a simulator, started once; after each test there is no complaint that the test has not named
channel   the real channel, which takes the proxy for Twilio
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.web import Application

from channels.contract import (
    Address,
    ChannelError,
    OutboundMessage,
    PermanentChannelError,
    Receipt,
    Report,
    TemporaryChannelError,
    Text,
    UncertainChannelError,
    Unreachable,
)
from channels.sms.channel import SmsChannel
from channels.sms.config import SmsConfig
from channels.sms.twilio.client import PAGE_SIZE
from channels.sms.twilio.provider import TwilioProvider
from channels.sms.webhook import routes
from simulator.accounts import fresh_account
from simulator.running import RunningSimulator
from tests.channels.sms.sms_account import CITIZEN, PUBLIC, RecordingIntake, RecordingReports, data_folder
from tests.running import ROOT, free_port

DESCRIPTION = "twilio_api_v2010.json"
PRISM = ROOT / "tests" / "prism"
LANDLINE, STOPPED = "+862022222222", "+8613800138001"
UNDESCRIBED_STATUS = "Unable to match the returned status code with those defined in the document: 201"
_COMPLAINT = re.compile(r"Violation: .*|Request terminated with error: .*")


class Proxy:
    """Prism as a child, and what it complains of."""

    def __init__(self, simulator: RunningSimulator, log: Path) -> None:
        self.simulator = simulator
        self.port = free_port()
        self._log = log
        self._read = 0
        self._marks = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, description: Path) -> None:
        assert (PRISM / "node_modules").is_dir(), "the proxy is not installed: `make test` does it"
        prism = ["prism", "proxy", "--errors", "-h", "127.0.0.1", "-p", str(self.port), str(description)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, str(ROOT / "frontend" / "node.py"), "exec", "--prefix", str(PRISM), "--"),
                    *(*prism, self.simulator.url),
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_for("Prism is listening", 60.0)
        self.complaints()

    def stop(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(20)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> int:
        """A call with the account's password but without our client; the status of the answer."""
        account = self.simulator.account.twilio
        secret = b64encode(f"{account.account_sid}:{account.auth_token}".encode()).decode()
        headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/x-www-form-urlencoded"}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, urlencode(form) if form else None, headers)
            return connection.getresponse().status

    def complaints(self) -> list[str]:
        """Those since it was last asked."""
        # the log is written behind the answers; a call of our own shows that it has come this far
        mark = f"/mark/{next(self._marks)}"
        self.ask("GET", mark)
        before = self._wait_for(f"{mark} ", 20.0)[self._read :].partition(mark)[0]
        self._read = self._wait_for("NO_PATH_MATCHED_ERROR", 20.0, self._read + len(before))
        return _COMPLAINT.findall(before)
