"""Our exchanges with Twilio, held to Twilio's own published description.

A validating proxy stands between the real client and the simulated interface: what breaks the description on either
side, our request or the simulated answer, becomes an error. Where the description is absent the test is skipped.
"""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tornado.ioloop import IOLoop

from channels.contract import Address, OutboundMessage, PermanentChannelError, Text
from channels.sms.channel import SmsChannel
from channels.sms.config import SmsConfig
from channels.sms.twilio.provider import TwilioProvider
from simulator.running import RunningSimulator
from tests.channels.sms.sms_account import data_folder
from tests.running import ROOT, free_port

DESCRIPTION = "twilio_api_v2010.json"
PRISM = ROOT / "tests" / "prism"
CITIZEN = "+8613800138000"


class Proxy:
    def __init__(self, simulator: RunningSimulator, log: Path) -> None:
        self.simulator = simulator
        self.url = f"http://127.0.0.1:{free_port()}"
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, description: Path) -> None:
        assert (PRISM / "node_modules").is_dir(), "the proxy is not installed: `make test` does it"
        port = self.url.rpartition(":")[2]
        proxy = ["prism", "proxy", "--errors", "-h", "127.0.0.1", "-p", port, str(description), self.simulator.url]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "frontend" / "node.py"), "exec", "--prefix", str(PRISM), "--", *proxy],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while "Prism is listening" not in self.log():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.2)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(20)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    description = data_folder() / DESCRIPTION
    with RunningSimulator(gateway_url="http://127.0.0.1:9", callbacks=False) as simulator:
        made = Proxy(simulator, tmp_path_factory.mktemp("prism") / "log")
        try:
            made.start(description)
            yield made
        finally:
            made.stop()


@pytest.fixture
def channel(proxy: Proxy, io_loop: IOLoop) -> Iterator[SmsChannel]:
    made = SmsChannel(TwilioProvider(_config(proxy)))
    yield made
    io_loop.run_sync(made.close)


def _config(proxy: Proxy, **changes: Any) -> SmsConfig:
    account = proxy.simulator.account.twilio
    given = {
        "account_sid": account.account_sid,
        "auth_token": account.auth_token,
        "public_url": "https://hotline.example.cn",
        "from_number": account.from_number,
        "api_base": proxy.url,
    }
    return SmsConfig(**{**given, **changes})


def outbound(text: str, to: str = CITIZEN, id: str = "m1") -> OutboundMessage:
    return OutboundMessage(
        message_id=id,
        address=Address(channel="sms", account="AC", external_id=to),
        parts=(Text(text=text),),
        request_id="r",
    )


def _violations(log: str) -> list[str]:
    return [line for line in log.splitlines() if "Violation" in line]


@pytest.mark.timeout(120)
@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize(
    "text", ["您反映的路灯已经修好。", "ok", "😀" * 40, "长" * 1000], ids=["usual", "gsm", "emoji", "long"]
)
async def test_a_message_is_sent(proxy: Proxy, channel: SmsChannel, text: str) -> None:
    receipt = await channel.send(outbound(text))
    assert receipt.provider_id
    assert receipt.provider_id.startswith("SM")
    assert proxy.simulator.accepted("twilio")[-1]["text"] == text
    assert not _violations(proxy.log())


@pytest.mark.gen_test(timeout=60)
async def test_by_a_messaging_service(proxy: Proxy) -> None:
    service = proxy.simulator.account.twilio.messaging_service_sid
    channel = SmsChannel(TwilioProvider(_config(proxy, from_number="", messaging_service_sid=service)))
    try:
        assert (await channel.send(outbound("经由服务"))).provider_id
    finally:
        await channel.close()
    assert not _violations(proxy.log())


@pytest.mark.gen_test(timeout=60)
async def test_a_doubt_is_looked_up(proxy: Proxy, channel: SmsChannel) -> None:
    sent = await channel.send(outbound("这条有没有发出去？"))
    since = datetime.now(UTC) - timedelta(minutes=5)
    found = await channel.find(outbound("这条有没有发出去？"), since)
    assert found is not None
    assert found.provider_id == sent.provider_id
    assert await channel.find(outbound("这条从来没有"), since) is None
    assert not _violations(proxy.log())


@pytest.mark.gen_test(timeout=60)
async def test_refusals_pass_as_they_are(proxy: Proxy, channel: SmsChannel) -> None:
    """The description names no status but 201, so all that may be found is the status."""
    before = len(_violations(proxy.log()))
    with pytest.raises(PermanentChannelError) as refused:
        await channel.send(outbound("给座机", to="+862022222222"))
    assert refused.value.code == "21614"
    assert all("returned status code" in line for line in _violations(proxy.log())[before:])


@pytest.mark.gen_test(timeout=60)
async def test_what_breaks_the_description_is_noticed(proxy: Proxy) -> None:
    """The proxy does look: a request that Twilio does not describe is refused by it, not by the simulator."""
    account = proxy.simulator.account.twilio
    given = base64.b64encode(f"{account.account_sid}:{account.auth_token}".encode()).decode()
    url = f"{proxy.url}/2010-04-01/Accounts/{account.account_sid}/Messages.json"
    before = len(proxy.simulator.accepted("twilio"))
    wrong = {"To": CITIZEN, "From": account.from_number, "Body": "x", "ValidityPeriod": "soon"}
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Basic {given}"}) as http,
        http.post(url, data=wrong) as answer,
    ):
        assert answer.status == 422, await answer.text()
    assert len(proxy.simulator.accepted("twilio")) == before
