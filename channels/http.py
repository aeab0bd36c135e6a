"""One asynchronous HTTP client for the platforms' interfaces: bounded, pooled, with typed errors.

The SDKs' own clients block the event loop and have no bounds. This one never reads proxies or credentials from the
environment, keeps no cookies, and follows no redirect to another origin.
"""

from __future__ import annotations

import asyncio
import json as json_codec
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp

from channels.contract import PermanentChannelError, TemporaryChannelError, UncertainChannelError

_REDIRECTS = 3
_SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Answer:
    """A response read to its end. Any status: what it means is the platform's to say."""

    status: int
    content_type: str
    body: bytes
    retry_after: float | None
    location: str = ""  # where a redirect that was not followed leads, as a whole address

    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is none."""
        return json_codec.loads(self.body)


class Http:
    """A pool of connections. timeout, connect_timeout: seconds. connections: more than delivery has in hand, since
    calls that hang would keep the rest waiting, and such a wait counts as no connection. max_bytes: the largest body
    read."""

    def __init__(
        self,
        *,
        timeout: float = 10.0,
        connect_timeout: float = 5.0,
        connections: int = 128,
        max_bytes: int = 1024 * 1024,
    ) -> None:
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._connections = connections
        self._max_bytes = max_bytes
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | list[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        max_bytes: int | None = None,
        follow: bool = True,
    ) -> Answer:
        """Send one request and read the answer.

        json: sent as UTF-8, without `\\u` escapes (WeChat shows those to the citizen). auth: name and password for
        Basic. follow: redirects on the same origin are followed, all others refused; when false a redirect is the
        answer, its `location` the caller's to judge. Raises `TemporaryChannelError` when the request did not leave or
        is safe to repeat, `UncertainChannelError` when it left and no whole answer came, `PermanentChannelError` for
        an address that is none, an answer larger than `max_bytes`, or a redirect elsewhere.
        """
        method = method.upper()
        sent: dict[str, Any] = {"params": params, "headers": dict(headers or {}), "allow_redirects": False}
        if json is not None:
            sent["data"] = json_codec.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
            sent["headers"].setdefault("Content-Type", "application/json; charset=utf-8")
        elif form is not None:
            sent["data"] = aiohttp.FormData(list(form.items()) if isinstance(form, Mapping) else form)
        if auth is not None:
            sent["headers"]["Authorization"] = "Basic " + b64encode(":".join(auth).encode()).decode()
        if timeout is not None:
            sent["timeout"] = aiohttp.ClientTimeout(total=timeout, connect=min(timeout, self._connect_timeout))
        # without the query: it may carry a token, and errors are logged
        place = f"{method} {url.partition('?')[0]}"
        try:
            return await self._follow(method, url, sent, max_bytes or self._max_bytes, follow)
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise PermanentChannelError(f"{place}: not an address", code="bad_address") from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise TemporaryChannelError(
                f"{place}: no connection ({type(error).__name__})", code="no_connection"
            ) from error
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            message = f"{place}: no answer ({type(error).__name__})"
            if method in _SAFE_METHODS:
                raise TemporaryChannelError(message, code="no_answer") from error
            raise UncertainChannelError(message, code="no_answer") from error

    async def _follow(self, method: str, url: str, sent: dict[str, Any], max_bytes: int, follow: bool) -> Answer:
        for _ in range(_REDIRECTS + 1):
            async with self._pool().request(method, url, **sent) as response:
                where = response.headers.get("Location")
                target = urljoin(str(response.url), where) if where else ""
                if not follow or not where or response.status not in (301, 302, 303, 307, 308):
                    return Answer(
                        status=response.status,
                        content_type=response.content_type,
                        body=await _read(response, max_bytes),
                        retry_after=_seconds(response.headers.get("Retry-After", "")),
                        location=target,
                    )
            if method not in _SAFE_METHODS or _origin(target) != _origin(url):
                raise PermanentChannelError(
                    f"{method} {url.partition('?')[0]}: redirected elsewhere", code="redirected"
                )
            url, sent["params"] = target, None
        raise PermanentChannelError(f"{method} {url.partition('?')[0]}: redirected too often", code="redirected")

    def _pool(self) -> aiohttp.ClientSession:
        # Made at the first request: a session belongs to the loop that runs then.
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout, connect=self._connect_timeout),
                # Idle connections are dropped before the platform does it: a request on one that it just closed would
                # be uncertain without need.
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=10.0),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            # aiohttp closes TLS transports only when the loop turns again
            await asyncio.sleep(0)


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    if (response.content_length or 0) > max_bytes:
        raise PermanentChannelError(f"the answer is larger than {max_bytes} bytes", code="too_large")
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > max_bytes:
            # leaving the response open makes the pool drop the connection
            raise PermanentChannelError(f"the answer is larger than {max_bytes} bytes", code="too_large")
    return bytes(body)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _seconds(retry_after: str) -> float | None:
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 9 else None
