"""The yardstick: a bare Tornado handler that echoes the body it is sent.

`yardstick` says how fast the machine is just now, beside figures in milliseconds that say nothing without it.
"""

from __future__ import annotations

import asyncio
import sys

from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from bench.client import load
from bench.process import free_port, running
from bench.report import figure

_REQUESTS = 10_000
_CONNECTIONS = 128
_BODY = b"x" * 600


class Echo(RequestHandler):
    def get(self) -> None:
        self.finish(b"ready")

    def post(self) -> None:
        self.finish(self.request.body)


async def yardstick(bench: str) -> None:
    """Prints how many requests a second the bare handler answers just now; takes a few seconds."""
    port = free_port()
    with running(["-m", "bench.echo", str(port)], {}, f"http://127.0.0.1:{port}/"):
        requests = iter([(number, ("/", _BODY)) for number in range(_REQUESTS)])
        outcome = await load(port, requests, _CONNECTIONS, lambda *_: None)
    figure(bench, "machine", "bare echo", outcome.per_second, "1/s")


async def main(port: int) -> None:
    server = HTTPServer(Application([(r"/.*", Echo)], log_function=lambda _: None))
    server.listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
