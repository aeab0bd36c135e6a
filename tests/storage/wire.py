"""A wire to a MongoDB server that can change what the server answers: for what only a replica set does by itself.

Speaks just enough of the protocol (OP_MSG, https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/) to
know which command a reply belongs to.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import bson

_HEADER = struct.Struct("<iiii")  # length, request id, response to, operation
_OP_MSG = 2013

# the command's name, and the reply, which may be changed in place
Change = Callable[[str, dict[str, Any]], None]


class Wire:
    """`async with Wire(mongo_url) as wire:` then connect to `wire.url`; set `wire.change`, or None for no change."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self.change: Change | None = None
        self.url = ""
        self._ways: set[asyncio.Future[None]] = set()
        self._connections: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"mongodb://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/?directConnection=true"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._connections)

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        server, to_server = await asyncio.open_connection(self._host, self._port)
        asked: dict[int, str] = {}

        async def ask() -> None:
            while True:
                (_, request, _, operation), body = await _message(client)
                if operation == _OP_MSG:
                    asked[request] = next(iter(bson.decode(_first_section(body))))
                to_server.write(_HEADER.pack(16 + len(body), request, 0, operation) + body)

        async def answer() -> None:
            while True:
                (_, request, response_to, operation), body = await _message(server)
                command = asked.pop(response_to, "")
                if operation == _OP_MSG and self.change is not None and command:
                    reply = bson.decode(_first_section(body))
                    self.change(command, reply)
                    body = body[:5] + bson.encode(reply)
                to_client.write(_HEADER.pack(16 + len(body), request, response_to, operation) + body)

        ways = [asyncio.ensure_future(ask()), asyncio.ensure_future(answer())]
        self._ways.update(ways)
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for writer in (to_server, to_client):
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()


async def _message(reader: asyncio.StreamReader) -> tuple[tuple[int, ...], bytes]:
    header = _HEADER.unpack(await reader.readexactly(16))
    return header, await reader.readexactly(header[0] - 16)


def _first_section(body: bytes) -> bytes:
    """The document of the section of kind 0: after the flags and the kind, as long as it says itself."""
    (length,) = struct.unpack_from("<i", body, 5)
    return body[5 : 5 + length]
