"""The account's side of WeChat's interface: the access token, sending, media, the menu.

Sources: https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/getStableAccessToken.html,
…/Message_Management/Service_Center_messages.html, …/Asset_Management/Get_temporary_materials.html,
…/Custom_Menus/Creating_Custom-Defined_Menu.html, …/openApi/get_api_quota.html
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Protocol
from urllib.parse import urlsplit

from channels.contract import (
    Media,
    PermanentChannelError,
    TemporaryChannelError,
    UncertainChannelError,
)
from channels.http import Answer, Http
from channels.wechat.codec import clean
from channels.wechat.config import WeChatConfig
from channels.wechat.refusals import TOKEN_REFUSED, refusal

MEDIA_BYTES = 20 * 1024 * 1024  # the platform's largest temporary file is a video of 10 MB
MEDIA_TIMEOUT = 30.0  # seconds
# A token is replaced this many seconds before its end, or in the last tenth of its life; the old one works meanwhile.
_EARLY = 300.0
_SEND = "/cgi-bin/message/custom/send"

_HOST = re.compile(r"[a-z0-9.-]+")
_ODD = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. expires_at, renew_at: seconds since the epoch; from renew_at on a new one is asked for, while
    the old one still works. asked_at: when it was given first."""

    value: str
    expires_at: float
    renew_at: float
    asked_at: float = 0.0


class TokenStore(Protocol):
    """Where all processes of one account keep its token."""

    async def get(self) -> Token | None: ...

    async def put(self, token: Token) -> None: ...

    def lock(self) -> AbstractAsyncContextManager[object]:
        """Held by the one who fetches a new token. Must come free by itself when its holder dies."""
        ...


class ProcessTokens:
    """Keeps the token in this process; enough where only one runs."""

    def __init__(self) -> None:
        self._token: Token | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> Token | None:
        return self._token

    async def put(self, token: Token) -> None:
        self._token = token

    def lock(self) -> AbstractAsyncContextManager[object]:
        return self._lock


class WeChatClient:
    """Calls the platform for one account. All methods raise the `ChannelError` kinds, with the platform's code."""

    def __init__(self, config: WeChatConfig, http: Http, tokens: TokenStore, clock: Callable[[], float]) -> None:
        self._config = config
        self._base = config.api_base.rstrip("/")
        self._http = http
        self._tokens = tokens
        self._clock = clock
        self._media_hosts = (*config.media_hosts, urlsplit(config.api_base).netloc)

    async def send_text(self, openid: str, text: str) -> None:
        """A customer-service message. text: at most 2,048 bytes."""
        message = {"touser": openid, "msgtype": "text", "text": {"content": clean(text)}}
        await self._call(_SEND, message)

    async def send_template(self, openid: str, template_id: str, fields: Mapping[str, str]) -> str:
        """A template message; the platform's id for it."""
        message = {
            "touser": openid,
            "template_id": template_id,
            "data": {name: {"value": clean(value)} for name, value in fields.items()},
        }
        said = await self._call("/cgi-bin/message/template/send", message)
        return str(said.get("msgid", ""))

    async def create_menu(self, menu: Mapping[str, Any]) -> None:
        """Replace the account's menu. Followers see it within 24 hours."""
        await self._call("/cgi-bin/menu/create", menu)

    async def quota(self) -> tuple[int, int] | None:
        """How many customer-service messages may still be sent today, and of how many; None when it is not said."""
        said = (await self._call("/cgi-bin/openapi/quota/get", {"cgi_path": _SEND})).get("quota")
        left, of = (said.get("remain"), said.get("daily_limit")) if isinstance(said, dict) else (None, None)
        return (left, of) if isinstance(left, int) and isinstance(of, int) else None

    async def fetch(self, media: Media) -> tuple[bytes, str]:
        """A file a citizen sent and its content type: by its id, else from the address the platform gave.

        The platform keeps temporary files three days.
        """
        if media.platform_id:
            try:
                return await self._temporary(media.platform_id)
            except PermanentChannelError:
                if not media.url:
                    raise
        if not media.url:
            raise PermanentChannelError("the message names no file", code="no_file")
        return await self._from_address(media.url)

    async def _temporary(self, media_id: str) -> tuple[bytes, str]:
        async def get(token: str) -> Answer:
            return await self._http.request(
                "GET",
                f"{self._base}/cgi-bin/media/get",
                params={"access_token": token, "media_id": media_id},
                max_bytes=MEDIA_BYTES,
                timeout=MEDIA_TIMEOUT,
            )

        token = await self._token()
        for attempt in (1, 2):
            answer = await get(token)
            if answer.status == 200 and answer.content_type not in ("application/json", "text/plain"):
                return answer.body, answer.content_type
            said = _said(answer, safe=True)
            code = _code(said)
            if attempt == 1 and code in TOKEN_REFUSED:
                token = await self._token(refused=token)
                continue
            if code:
                raise refusal(code, str(said.get("errmsg", "")))
            # a video is not given but named
            if isinstance(said.get("video_url"), str):
                return await self._from_address(said["video_url"])
            break
        raise PermanentChannelError("the platform sent neither a file nor a reason", code="no_file")

    async def _from_address(self, url: str) -> tuple[bytes, str]:
        answer = await self._http.request(
            "GET", file_address(url, self._media_hosts), max_bytes=MEDIA_BYTES, timeout=MEDIA_TIMEOUT
        )
        if answer.status >= 500:
            raise TemporaryChannelError(f"the file's host answered {answer.status}", code=str(answer.status))
        if answer.status != 200:
            raise PermanentChannelError(f"the file's host answered {answer.status}", code=str(answer.status))
        return answer.body, answer.content_type

    async def _call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        token = await self._token()
        for attempt in (1, 2):
            answer = await self._http.request("POST", self._base + path, params={"access_token": token}, json=body)
            said = _said(answer, safe=False)
            code = _code(said)
            if not code:
                return said
            if attempt == 2 or code not in TOKEN_REFUSED:
                raise refusal(code, str(said.get("errmsg", "")))
            token = await self._token(refused=token)
        raise AssertionError("the second attempt returns or raises")

    async def _token(self, refused: str = "") -> str:
        """A token that is not `refused`; one process fetches it for all."""
        token = await self._tokens.get()
        if token is None or self._is_stale(token, refused):
            async with self._tokens.lock():
                # another may have fetched it while this one waited
                known = await self._tokens.get()
                if known is not None and not self._is_stale(known, refused):
                    return known.value
                token = await self._new_token(force=False)
                if token.value == refused:
                    # The platform thinks its token good though it refuses it: have it made anew. Not the first
                    # thing to try, because this is allowed 20 times a day.
                    token = await self._new_token(force=True)
                elif known is not None and token.value == known.value:
                    # not yet replaced by the platform: good to its end, and not asked for again before
                    token = replace(token, renew_at=token.expires_at, asked_at=known.asked_at)
                await self._tokens.put(token)
        return token.value

    def _is_stale(self, token: Token, refused: str) -> bool:
        return token.value == refused or token.renew_at <= self._clock()

    async def _new_token(self, *, force: bool) -> Token:
        asked = self._clock()
        answer = await self._http.request(
            "POST",
            f"{self._base}/cgi-bin/stable_token",
            json={
                "grant_type": "client_credential",
                "appid": self._config.app_id,
                "secret": self._config.app_secret,
                "force_refresh": force,
            },
        )
        # asking again for a token harms nothing, so that no answer is uncertain
        said = _said(answer, safe=True)
        code = _code(said)
        if code:
            raise refusal(code, str(said.get("errmsg", "")))
        value, lifetime = said.get("access_token"), said.get("expires_in")
        if not isinstance(value, str) or not value or not isinstance(lifetime, int):
            raise TemporaryChannelError("the platform gave no access token", code="no_token")
        return Token(value, asked + lifetime, asked + lifetime - min(_EARLY, lifetime / 10), asked)


def file_address(url: str, hosts: Iterable[str]) -> str:
    """The address to fetch a file from, when it is on one of `hosts` (see `WeChatConfig.media_hosts`).

    A message could name any address, our own network's too. Raises `PermanentChannelError` for all others.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise PermanentChannelError("the file's address is none", code="bad_address") from None
    # Characters two parsers could read differently are refused rather than understood.
    plain = "@" not in parts.netloc and not _ODD.search(url) and _HOST.fullmatch(host)
    place = f"{host}:{port}" if port is not None else host
    matched = next((pattern for pattern in hosts if fnmatchcase(place, pattern.lower())), None)
    if parts.scheme not in ("http", "https") or not plain or matched is None:
        raise PermanentChannelError("the file's address is not one of the platform's", code="bad_address")
    if parts.scheme == "http" and matched.startswith("*."):
        # the platform writes http:// though its hosts have TLS; a citizen's pictures need not travel in the open
        return "https" + url[len("http") :]
    return url


def _said(answer: Answer, *, safe: bool) -> dict[str, Any]:
    """The platform's JSON. safe: whether the request can be repeated without harm."""
    if answer.status == 429:
        raise TemporaryChannelError("the platform answered 429", code="429", retry_after=answer.retry_after)
    if 400 <= answer.status < 500:
        raise PermanentChannelError(f"the platform answered {answer.status}", code=str(answer.status))
    if answer.status == 200:
        try:
            said = answer.json()
        except ValueError:
            said = None
        if isinstance(said, dict):
            return said
    message = f"the platform answered {answer.status} without JSON"
    if safe:
        raise TemporaryChannelError(message, code=str(answer.status), retry_after=answer.retry_after)
    raise UncertainChannelError(message, code=str(answer.status))


def _code(said: Mapping[str, Any]) -> int:
    code = said.get("errcode", 0)
    return code if isinstance(code, int) else -1
