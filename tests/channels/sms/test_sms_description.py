"""Our exchanges with Twilio, held to Twilio's own published description.

A validating proxy, Prism, stands between the real client and the simulated interface: a request or an answer that
breaks the description becomes an error, and a complaint in its log. Of refusals the description says nothing, so that
Prism complains of their status and of nothing else. Where the description is absent the tests are skipped.

proxy     Prism before a simulator, started once; after each test it has no complaint that the test did not name
channel   the real channel, for which the proxy is Twilio
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
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
LANDLINE, OPTED_OUT = "+862022222222", "+8613800138001"
REFUSED = "Violation: response Unable to match the returned status code with those defined in the document: 201"
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
        command = [sys.executable, str(ROOT / "frontend" / "node.py"), "exec", "--prefix", str(PRISM), "--", "prism"]
        options = ["--errors", "-h", "127.0.0.1", "-p", str(self.port), str(description), self.simulator.url]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "proxy", *options], stdout=log, stderr=log, start_new_session=True
            )
        self._wait_for(lambda lines: any("Prism is listening" in line for line in lines), within=60.0)

    def stop(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(20)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, Any]:
        """A call with the account's password, but not by our client; status and JSON of the answer."""
        account = self.simulator.account.twilio
        password = b64encode(f"{account.account_sid}:{account.auth_token}".encode()).decode()
        headers = {"Authorization": f"Basic {password}", "Content-Type": "application/x-www-form-urlencoded"}
        with contextlib.closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, urlencode(form) if form else None, headers)
            answer = connection.getresponse()
            return answer.status, json.load(answer)

    def complaints(self) -> list[str]:
        """Those since it was last asked."""
        # the log is written behind the answers: two lines on a call of our own show that it has come this far
        mark = f" /mark/{next(self._marks)} "
        self.ask("GET", mark.strip())
        lines = self._wait_for(lambda lines: sum(mark in line for line in lines) == 2, within=20.0)
        self._read += len(lines)
        return _COMPLAINT.findall("\n".join(line for line in lines if mark not in line))

    def _wait_for(self, there: Callable[[list[str]], bool], within: float) -> list[str]:
        """The lines not read yet, once they have something in them."""
        assert self._process is not None
        deadline = time.monotonic() + within
        while True:
            log = self._log.read_text(errors="replace")
            lines = log.splitlines()[self._read :]
            if there(lines):
                return lines
            assert self._process.poll() is None, log
            assert time.monotonic() < deadline, log
            time.sleep(0.02)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    description = data_folder() / DESCRIPTION
    account = fresh_account(gateway_url=f"http://127.0.0.1:{free_port()}", public_url=PUBLIC)
    with RunningSimulator(account, callbacks=False) as simulator:
        proxy = Proxy(simulator, tmp_path_factory.mktemp("prism") / "log")
        try:
            proxy.start(description)
            yield proxy
        finally:
            proxy.stop()


@pytest.fixture
def proxy(started: Proxy) -> Iterator[Proxy]:
    started.simulator.ask("/control/reset", {})
    started.complaints()
    yield started
    assert started.complaints() == []


@pytest.fixture
def open_channel(proxy: Proxy, io_loop: IOLoop) -> Iterator[Callable[..., SmsChannel]]:
    """`open_channel(**settings)`"""
    opened: list[SmsChannel] = []

    def open_(**settings: Any) -> SmsChannel:
        opened.append(SmsChannel(TwilioProvider(_config(proxy, **settings))))
        return opened[-1]

    yield open_
    for channel in opened:
        io_loop.run_sync(channel.close, timeout=10)


@pytest.fixture
def channel(open_channel: Callable[..., SmsChannel]) -> SmsChannel:
    return open_channel()


def _config(proxy: Proxy, **changes: Any) -> SmsConfig:
    account = proxy.simulator.account.twilio
    given = {
        "account_sid": account.account_sid,
        "auth_token": account.auth_token,
        "public_url": PUBLIC,
        "from_number": account.from_number,
        "api_base": f"http://127.0.0.1:{proxy.port}",
    }
    return SmsConfig(**{**given, **changes})


def outbound(text: str, to: str = CITIZEN, id: str = "m1") -> OutboundMessage:
    address = Address(channel="sms", account="AC", external_id=to)
    return OutboundMessage(message_id=id, address=address, parts=(Text(text=text),), request_id="r")


def _messages(proxy: Proxy) -> str:
    return f"/2010-04-01/Accounts/{proxy.simulator.account.twilio.account_sid}/Messages"


def _since() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=5)


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "text",
    ["您反映的路灯已经修好。", "ok", "a + b & c = 100 %\n第二行", "👨‍👩‍👧" * 40, "长" * 1600],
    ids=["usual", "gsm", "form", "emoji", "long"],
)
async def test_a_message_is_sent(proxy: Proxy, channel: SmsChannel, text: str) -> None:
    receipt = await channel.send(outbound(text))
    (taken,) = proxy.simulator.accepted("twilio")
    assert (taken["id"], taken["to"], taken["text"]) == (receipt.provider_id, CITIZEN, text)


@pytest.mark.gen_test
async def test_a_messaging_service_sends(proxy: Proxy, open_channel: Callable[..., SmsChannel]) -> None:
    service = proxy.simulator.account.twilio.messaging_service_sid
    channel = open_channel(from_number="", messaging_service_sid=service)
    assert (await channel.send(outbound("经由服务"))).provider_id == proxy.simulator.accepted("twilio")[0]["id"]


@pytest.mark.gen_test
async def test_the_status_comes_back_to_the_address_we_gave(proxy: Proxy, channel: SmsChannel) -> None:
    reports = RecordingReports()
    server = HTTPServer(Application(routes(TwilioProvider(_config(proxy)), RecordingIntake(), reports, time.time)))
    server.listen(int(proxy.simulator.account.gateway_url.rpartition(":")[2]), "127.0.0.1")
    proxy.simulator.ask("/control/settings", {"callbacks": "on", "step": 0.01})
    try:
        receipt = await channel.send(outbound("您的来信已转交", id="01K+/ =&?一"))
        async with asyncio.timeout(10):
            while len(reports.kept) < 2:
                await asyncio.sleep(0.01)
    finally:
        server.stop()
        await server.close_all_connections()
    assert reports.kept == [
        Report("01K+/ =&?一", str(receipt.provider_id), "sent"),
        Report("01K+/ =&?一", str(receipt.provider_id), "delivered"),
    ]


@pytest.mark.gen_test
async def test_a_doubt_is_looked_up(channel: SmsChannel) -> None:
    sent = await channel.send(outbound("这条有没有发出去？"))
    assert await channel.find(outbound("这条有没有发出去？"), _since()) == sent
    assert await channel.find(outbound("这条从来没有"), _since()) is None


@pytest.mark.gen_test
async def test_a_doubt_is_looked_up_among_all_kinds_of_messages(proxy: Proxy, channel: SmsChannel) -> None:
    """Failed ones, with their code, and the citizen's own are in the list too, as the description has them."""
    proxy.simulator.ask("/control/settings", {"step": 0.0})
    phone = proxy.simulator.ask("/phones", {"kind": "sms"})
    proxy.simulator.ask(f"/phones/{phone['id']}/state", {"fails_with": 30007})
    failed = await channel.send(outbound("没有送达的", phone["number"]))
    for act in ({"type": "text", "text": "没有送达的"}, {"type": "image", "text": "路灯照片"}):
        proxy.simulator.ask(f"/phones/{phone['id']}/messages", act)
    assert await channel.find(outbound("没有送达的", phone["number"]), _since()) == failed


@pytest.mark.gen_test(timeout=30)
async def test_pages_are_turned(channel: SmsChannel) -> None:
    oldest = await channel.send(outbound("最早的一条"))
    for at in range(0, PAGE_SIZE, 20):
        await asyncio.gather(*(channel.send(outbound(f"之后第{at + index}条")) for index in range(20)))
    assert await channel.find(outbound("最早的一条"), _since()) == oldest


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("to", "fault", "kind", "code"),
    [
        (LANDLINE, "", PermanentChannelError, "21614"),
        (OPTED_OUT, "", Unreachable, "21610"),
        (CITIZEN, "code:20429", TemporaryChannelError, "20429"),
        (CITIZEN, "http:503", UncertainChannelError, "503"),
    ],
)
async def test_a_refusal_comes_through_as_it_is(
    proxy: Proxy, channel: SmsChannel, to: str, fault: str, kind: type[ChannelError], code: str
) -> None:
    proxy.simulator.ask("/control/handsets", {"numbers": [OPTED_OUT], "opted_out": True})
    if fault:
        proxy.simulator.ask("/control/faults", {"twilio": {"rate": 1, "mix": {fault: 1}}})
    with pytest.raises(kind) as refused:
        await channel.send(outbound("收不到的", to))
    assert (type(refused.value), refused.value.code) == (kind, code)
    assert proxy.complaints() == [REFUSED]


@pytest.mark.gen_test
async def test_a_wrong_password_comes_through_as_it_is(proxy: Proxy, open_channel: Callable[..., SmsChannel]) -> None:
    with pytest.raises(TemporaryChannelError) as refused:
        await open_channel(auth_token="wrong").send(outbound("密码不对"))
    assert (refused.value.code, refused.value.account) == ("20003", True)
    assert proxy.complaints() == [REFUSED]


def test_a_picture_is_told_of(proxy: Proxy) -> None:
    """The description does not have the file itself, which is all our client asks for."""
    phone = proxy.simulator.ask("/phones", {"kind": "sms"})
    proxy.simulator.ask(f"/phones/{phone['id']}/messages", {"type": "image", "text": "路灯照片"})
    _, listed = proxy.ask("GET", f"{_messages(proxy)}.json")
    (message,) = listed["messages"]
    assert (message["direction"], message["num_media"]) == ("inbound", "1")
    at = f"{_messages(proxy)}/{message['sid']}"
    assert proxy.ask("GET", f"{at}.json") == (200, message)
    _, pictures = proxy.ask("GET", f"{at}/Media.json")
    (picture,) = pictures["media_list"]
    assert proxy.ask("GET", f"{at}/Media/{picture['sid']}.json") == (200, picture)


@pytest.mark.gen_test
async def test_a_request_that_is_not_described_is_noticed(
    proxy: Proxy, open_channel: Callable[..., SmsChannel]
) -> None:
    """Prism does look: it answers itself, and the platform is not asked."""
    with pytest.raises(PermanentChannelError) as refused:
        await open_channel(account_sid="AC12345").send(outbound("账号不对"))
    assert refused.value.code == "422"
    form = {"To": CITIZEN, "From": proxy.simulator.account.twilio.from_number, "Body": "x", "ValidityPeriod": "soon"}
    status, said = proxy.ask("POST", f"{_messages(proxy)}.json", form)
    assert (status, said["validation"][0]["location"]) == (422, ["body", "ValidityPeriod"])
    assert len(proxy.complaints()) == 2
    assert proxy.simulator.accepted("twilio") == []


@pytest.mark.gen_test
async def test_an_answer_that_is_not_described_is_noticed(proxy: Proxy, channel: SmsChannel) -> None:
    """Twilio itself gives paths where its description has whole addresses; a simulator that does so is caught."""
    await channel.send(outbound("列表里的"))
    proxy.simulator.ask("/control/settings", {"absolute_pages": False})
    with pytest.raises(TemporaryChannelError):
        await channel.find(outbound("列表里的"), _since())
    status, said = proxy.ask("GET", f"{_messages(proxy)}.json")
    assert (status, said["validation"][0]["location"]) == (500, ["response", "body", "first_page_uri"])
    assert len(proxy.complaints()) == 2
