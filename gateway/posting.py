"""Posts to other systems' addresses, which people entered: bounded, without redirects, and to no address of ours.

The check is made on the address that is connected to, when it is: a name that was looked up before may lead elsewhere
by then.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from gateway import VERSION
from gateway.core.webhooks import Answer, NoAnswer
from gateway.core.webhooks.addresses import Network, may_be_called

_READ = 4096  # bytes of an answer, which are not looked at: some systems do not like to be left in the middle of a word


class _NotAllowed(OSError):
    """The same words for each address, so that a name with several keeps this error."""

    def __init__(self) -> None:
        super().__init__("the address is not public and not allowed")


class Poster:
    """networks: may be called although they are not public. timeout: seconds for all of it."""

    def __init__(self, networks: Sequence[Network], *, timeout: float = 10.0) -> None:
        self._networks = networks
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The status, whatever it is. Raises `NoAnswer`: `timeout`, `address` (it is none, or not allowed),
        `certificate`, `no_connection`, `no_answer`."""
        sent = {"Content-Type": "application/json", "User-Agent": f"Yixian/{VERSION}", **headers}
        try:
            async with self._pool().post(url, data=body, headers=sent, allow_redirects=False) as response:
                with contextlib.suppress(aiohttp.ClientError, EOFError, TimeoutError):
                    await response.content.readexactly(_READ)
                return Answer(response.status, _seconds(response.headers.get("Retry-After", "")))
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            raise NoAnswer(_code(error)) from error

    def _pool(self) -> aiohttp.ClientSession:
        # made at the first request: a session belongs to the loop that runs then
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                # the sender bounds how many there are at once; a connection kept open could be checked only once
                connector=aiohttp.TCPConnector(limit=0, force_close=True, socket_factory=self._socket),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    def _socket(self, found: tuple[Any, ...]) -> socket.socket:
        """For an address that is about to be connected to."""
        family, kind, protocol, _, address = found
        if not may_be_called(address[0], self._networks):
            raise _NotAllowed
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            # aiohttp closes TLS transports only when the loop turns again
            await asyncio.sleep(0)


def _code(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "timeout"
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return "address"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "certificate"
        case aiohttp.ClientConnectorError(os_error=_NotAllowed()):
            return "address"
        case aiohttp.ClientConnectorError():
            return "no_connection"
    return "no_answer"


def _seconds(retry_after: str) -> float | None:
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 9 else None
