"""The simulator as a server: both platforms, the phones and the control interface on one port."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from aiohttp import web

from simulator.accounts import Account, TwilioAccount, WeChatAccount, environment, fresh_account
from simulator.control import Control
from simulator.phone_api import PhoneApi
from simulator.phones import Phones
from simulator.settings import Behaviour
from simulator.twilio import Twilio
from simulator.twilio_line import TwilioLine
from simulator.wechat import WeChat
from simulator.wechat_line import WeChatLine
from simulator.world import World, json_response

DEFAULT_PORT = 8090
ACCOUNT_VARIABLE = "SIMULATOR_ACCOUNT"  # an account as JSON, so that its secrets are on no command line

_BODY_BYTES = 8 * 1024 * 1024


class Simulator:
    """Both platforms. clock: seconds since the epoch, for their rules."""

    def __init__(
        self, account: Account, behaviour: Behaviour | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.account = account
        self.world = World(account, behaviour, clock)
        wechat_line, twilio_line = WeChatLine(self.world), TwilioLine(self.world)
        self.wechat = WeChat(self.world, wechat_line)
        self.twilio = Twilio(self.world, twilio_line)
        self.phones = Phones(self.world, self.wechat, wechat_line, self.twilio, twilio_line)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it is, once it is started."""
        return self.world.own_url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve; port 0 takes any free one. Raises OSError when it is taken."""
        app = web.Application(client_max_size=_BODY_BYTES)
        app.add_routes(self.wechat.routes())
        app.add_routes(self.twilio.routes())
        app.add_routes(PhoneApi(self.world, self.phones).routes())
        app.add_routes(Control(self.world, self.wechat, self.twilio, self.phones).routes())
        app.router.add_get("/healthz", _alive)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        listening = socket.create_server((host, port), backlog=1024)
        try:
            await web.SockSite(runner, listening).start()
        except BaseException:
            listening.close()
            await runner.cleanup()
            raise
        self._runner = runner
        bound = listening.getsockname()
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        self.world.own_url = f"http://{shown}:{bound[1]}"

    async def stop(self) -> None:
        """Stop serving, and stop what is under way."""
        self.phones.reset()  # ends the long polls
        await self.world.courier.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


async def _alive(request: web.Request) -> web.Response:
    return json_response({"status": "ok"})


def run(
    account: Account,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    behaviour: Behaviour | None = None,
    started: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve until SIGINT or SIGTERM. started: told the address. Raises OSError when the port is taken."""

    async def serve() -> None:
        simulator = Simulator(account, behaviour)
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(name, stopping.set)
        await simulator.start(host, port)
        try:
            started(simulator.url)
            await stopping.wait()
        finally:
            await simulator.stop()

    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    if sys.platform != "win32":
        import uvloop  # noqa: PLC0415  not there on every platform

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve())


def account_to_json(account: Account) -> str:
    """For `ACCOUNT_VARIABLE`."""
    return json.dumps(asdict(account))


def account_from_json(text: str) -> Account:
    """Raises ValueError for what is no account."""
    try:
        given: dict[str, Any] = json.loads(text)
        wechat, twilio = given.pop("wechat"), given.pop("twilio")
        wechat["template_ids"] = tuple(wechat.get("template_ids", ()))
        return Account(wechat=WeChatAccount(**wechat), twilio=TwilioAccount(**twilio), **given)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no account: {error}") from error


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `run.py simulator`."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help=f"default {DEFAULT_PORT}; 0 takes any free one")
    parser.add_argument("--gateway", default="http://127.0.0.1:8000", help="where callbacks are sent")
    parser.add_argument("--public-url", default="", help="the gateway's HOTLINE_PUBLIC_URL, when it is another")
    parser.add_argument("--mode", choices=("safe", "compatible", "plain"), default="safe", help="WeChat's message mode")
    parser.add_argument("--seed", type=int, default=12345, help="the same number makes the same credentials")
    parser.add_argument("--no-rules", action="store_true", help="no windows, budgets or unknown followers")
    parser.add_argument("--no-callbacks", action="store_true", help="no status callbacks of SMS")


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """`run.py simulator`: print what the gateway must be told, and serve. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="run.py simulator", description="WeChat's and Twilio's interfaces, simulated")
    add_arguments(parser)
    return serve(parser.parse_args(arguments), environ)


def serve(given: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> int:
    """The same, with the options of `add_arguments` read already."""
    if ACCOUNT_VARIABLE in environ:
        account = account_from_json(environ[ACCOUNT_VARIABLE])
    else:
        account = fresh_account(given.seed, gateway_url=given.gateway, public_url=given.public_url, mode=given.mode)
    behaviour = Behaviour(rules=not given.no_rules, callbacks="off" if given.no_callbacks else "on")

    def started(url: str) -> None:
        lines = [f"# {url} simulates WeChat and Twilio; the gateway at {account.gateway_url} needs:"]
        lines += [f"{name}={value}" for name, value in environment(account, url).items()]
        lines += [f"# a template of WeChat's: {template}" for template in account.wechat.template_ids]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()

    try:
        run(account, given.host, given.port, behaviour, started)
    except OSError as error:
        sys.stderr.write(f"cannot listen on {given.host}:{given.port}: {error.strerror or error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
