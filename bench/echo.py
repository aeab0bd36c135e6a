"""The yardstick: a bare Tornado handler that echoes the body it is sent."""

from __future__ import annotations

import asyncio
import sys

from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler


class Echo(RequestHandler):
    def get(self) -> None:
        self.finish(b"ready")

    def post(self) -> None:
        self.finish(self.request.body)


async def main(port: int) -> None:
    server = HTTPServer(Application([(r"/.*", Echo)], log_function=lambda _: None))
    server.listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
