"""Demo mode's platforms: WeChat and Twilio simulated by a child process, so that both channels work without an account.

The gateway talks to them as to the real ones: over HTTP, with signed callbacks. The page `/simulator` shows two phones.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from channels.contract import ChannelError
from channels.wechat import menu as menus
from channels.wechat.channel import WeChatChannel
from config.settings import Settings, Sms, WeChat
from gateway.configured import SEED, wechat_config
from gateway.ending import Ending
from gateway.storage import child
from simulator.accounts import Account, environment, fresh_account
from simulator.server import ACCOUNT_VARIABLE, account_to_json

log = logging.getLogger("hotline.demo")

_ROOT = Path(__file__).resolve().parent.parent
_WITHIN = 20.0


@contextmanager
def platforms(settings: Settings, port: int, ending: Ending) -> Iterator[Settings]:
    """The settings to serve with. In demo mode with no platform configured, one that is simulated until the end of the
    block, calling us back on `port`; else the settings as they are."""
    if not settings.demo_mode or settings.wechat.configured or settings.sms.configured or settings.simulator_url:
        yield settings
        return
    gateway_url = f"http://127.0.0.1:{port}"
    # the same accounts after a restart, so that the conversations kept in the store stay theirs
    seed = int.from_bytes(hashlib.sha256(b"demo accounts" + settings.signing_key()).digest()[:8])
    account = fresh_account(seed, gateway_url=gateway_url, public_url=settings.public_url)
    with _running(account, ending) as url:
        if url is None:
            yield settings
        else:
            with_accounts = _with_accounts(settings, account, url)
            ending.run(_publish_menu(with_accounts))
            yield with_accounts


async def _publish_menu(settings: Settings) -> None:
    """The sample menu, so that a newcomer's WeChat phone shows one; without it everything else works."""
    config = wechat_config(settings)
    assert config is not None, "the simulated account is whole"
    channel = WeChatChannel(config, time.time)
    try:
        await menus.publish(channel.client, SEED / "menu.json")
    except (ChannelError, menus.MenuError, OSError) as error:
        log.warning("the sample menu was not published", extra={"cause": str(error)})
    finally:
        await channel.close()


@contextmanager
def _running(account: Account, ending: Ending) -> Iterator[str | None]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    # it ends with us, however we end
    command = [sys.executable, child.__file__, str(os.getpid()), sys.executable, "-m", "simulator.server"]
    process = subprocess.Popen(  # noqa: S603 - our own
        [*command, "--port", str(port)],
        cwd=_ROOT,
        env={**os.environ, ACCOUNT_VARIABLE: account_to_json(account)},
        stdout=subprocess.DEVNULL,
    )
    try:
        if _answers(url, process, ending):
            yield url
        else:
            log.error("the simulated platforms did not start; WeChat and SMS stay off")
            yield None
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str, process: subprocess.Popen[bytes], ending: Ending) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        ending.check()
        with contextlib.suppress(OSError), opener.open(f"{url}/healthz", timeout=2):
            return True
        time.sleep(0.05)
    return False


def _with_accounts(settings: Settings, account: Account, url: str) -> Settings:
    given = environment(account, url)

    def section(name: str) -> dict[str, str]:
        prefix = f"HOTLINE_{name}__"
        return {key.removeprefix(prefix).lower(): value for key, value in given.items() if key.startswith(prefix)}

    return settings.model_copy(
        update={
            "public_url": given["HOTLINE_PUBLIC_URL"],
            "demo": True,
            "wechat": WeChat.model_validate({**settings.wechat.model_dump(), **section("WECHAT")}),
            "sms": Sms.model_validate({**settings.sms.model_dump(), **section("SMS")}),
            "simulator_url": url,
        }
    )


def as_environment(settings: Settings) -> dict[str, str]:
    """What a child must be told to use the same simulated platforms; nothing when there are none."""
    if not settings.simulator_url:
        return {}
    wechat, sms = settings.wechat, settings.sms
    return {
        "HOTLINE_SIMULATOR_URL": settings.simulator_url,
        "HOTLINE_PUBLIC_URL": settings.public_url,
        "HOTLINE_WECHAT__APP_ID": wechat.app_id,
        "HOTLINE_WECHAT__APP_SECRET": wechat.app_secret.get_secret_value(),
        "HOTLINE_WECHAT__TOKEN": wechat.token.get_secret_value(),
        "HOTLINE_WECHAT__AES_KEY": wechat.aes_key.get_secret_value(),
        "HOTLINE_WECHAT__MODE": wechat.mode,
        "HOTLINE_WECHAT__API_BASE": wechat.api_base,
        "HOTLINE_SMS__ACCOUNT_SID": sms.account_sid,
        "HOTLINE_SMS__AUTH_TOKEN": sms.auth_token.get_secret_value(),
        "HOTLINE_SMS__FROM_NUMBER": sms.from_number,
        "HOTLINE_SMS__MESSAGING_SERVICE_SID": sms.messaging_service_sid,
        "HOTLINE_SMS__API_BASE": sms.api_base,
        "HOTLINE_SMS__PHONE_OFF_RETRY": f"{sms.phone_off_retry}s",
    }
