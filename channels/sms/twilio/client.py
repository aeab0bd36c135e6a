"""The account's side of Twilio's interface: sending, looking up what was sent, fetching what came.

Sources: https://www.twilio.com/docs/messaging/api/message-resource, …/media-resource,
https://www.twilio.com/docs/usage/twilios-response#pagination
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote, urlsplit

from channels.contract import (
    CannotTell,
    ChannelError,
    Media,
    PermanentChannelError,
    Receipt,
    TemporaryChannelError,
    UncertainChannelError,
)
from channels.http import Answer, Http
from channels.sms.config import SmsConfig
from channels.sms.twilio.errors import refusal

MEDIA_BYTES = 16 * 1024 * 1024
MEDIA_TIMEOUT = 30.0  # seconds
PAGE_SIZE = 100
PAGES = 5
_REDIRECTS = 2
_TRIAL = "Sent from your Twilio trial account - "
_HOST = re.compile(r"[a-z0-9.-]+")
_ODD = re.compile(r"[\x00-\x20\x7f\\]")


class TwilioClient:
    """Calls the platform for one account. All methods raise the `ChannelError` kinds, with the platform's code."""

    def __init__(self, config: SmsConfig, http: Http) -> None:
        self._config = config
        self._http = http
        self._base = config.api_base.rstrip("/")
        self._path = f"/2010-04-01/Accounts/{quote(config.account_sid, safe='')}/Messages.json"
        self._auth = (config.account_sid, config.auth_token)
        self._origin = _origin(self._base)

    async def send(self, to: str, text: str, message_id: str) -> Receipt:
        """Send one message. message_id: ours; status callbacks bring it back in their address."""
        callback = f"{self._config.public_url.rstrip('/')}/sms/status?message={quote(message_id, safe='')}"
        form = [("To", to), ("Body", text), ("StatusCallback", callback)]
        if self._config.messaging_service_sid:
            form.append(("MessagingServiceSid", self._config.messaging_service_sid))
        else:
            form.append(("From", self._config.from_number))
        answer = await self._http.request("POST", self._base + self._path, form=form, auth=self._auth)
        said = _said(answer)
        if answer.status not in (200, 201):
            raise _refusal(answer, said, safe=False)
        sid = said.get("sid")
        if not isinstance(sid, str) or not sid:
            raise UncertainChannelError(f"Twilio answered {answer.status} without a sid", code=str(answer.status))
        return Receipt(provider_id=sid)

    async def find(self, to: str, text: str, since: datetime) -> Receipt | None:
        """The oldest message with this text, to this number, made since then. Twilio's times are whole seconds.

        The list is not narrowed by DateSent: a message still queued has been sent at no time yet.
        """
        since = since.astimezone(UTC).replace(microsecond=0)
        found: list[tuple[datetime, str]] = []
        url, params, ended = self._base + self._path, {"To": to, "PageSize": str(PAGE_SIZE)}, False
        for _ in range(PAGES):
            page = await self._page(url, params)
            made = [(_time(item.get("date_created")), item) for item in _items(page)]
            for time, item in made:
                if time is not None and time >= since and _is_ours(item, text):
                    found.append((time, str(item.get("sid"))))
            # the newest come first
            ended = not page.get("next_page_uri") or all(time is not None and time < since for time, _ in made)
            following = _place(page.get("next_page_uri"))
            if ended or following is None:
                break
            url, params = self._base + following, {}
        if found:
            return Receipt(provider_id=min(found)[1])
        if ended:
            return None
        raise CannotTell("the messages to this number since then could not be listed to the end")

    async def _page(self, url: str, params: dict[str, str]) -> dict[str, Any]:
        try:
            answer = await self._http.request("GET", url, params=params or None, auth=self._auth)
        except PermanentChannelError as error:
            # the list could not be had; that says nothing of the message
            raise TemporaryChannelError(str(error), code=error.code) from error
        said = _said(answer)
        if answer.status == 200 and isinstance(said.get("messages"), list):
            return said
        refused = _refusal(answer, said, safe=True)
        if isinstance(refused, TemporaryChannelError):
            raise refused
        raise TemporaryChannelError(
            str(refused), code=refused.code, documentation=refused.documentation, retry_after=60.0
        )

    async def fetch(self, media: Media) -> tuple[bytes, str]:
        """A file a citizen sent and its content type. Twilio sends on to where it stores files; the password does not
        travel there."""
        url = media.url or ""
        for _ in range(_REDIRECTS + 1):
            trusted = self._allow(url)
            answer = await self._http.request(
                "GET",
                url,
                auth=self._auth if trusted else None,
                max_bytes=MEDIA_BYTES,
                timeout=MEDIA_TIMEOUT,
                follow=False,
            )
            if answer.status == 200:
                return answer.body, media.content_type or answer.content_type
            if answer.status not in (301, 302, 303, 307, 308) or not answer.location:
                if answer.status in (403, 404, 410):
                    # a file deleted, or an address that has run out: our account is not in question
                    raise PermanentChannelError(f"the file's host answered {answer.status}", code=str(answer.status))
                raise _refusal(answer, _said(answer), safe=True)
            url = answer.location
        raise PermanentChannelError("the file's address leads on and on", code="redirected")

    def _allow(self, url: str) -> bool:
        """Whether our password may be shown there. Raises `PermanentChannelError` where nothing may be fetched from: a
        message, or a redirect, could name any address, our own network's too."""
        try:
            parts, origin = urlsplit(url), _origin(url)
        except ValueError:
            raise PermanentChannelError("the file's address is none", code="bad_address") from None
        host = parts.hostname or ""
        # characters two parsers could read differently are refused rather than understood
        if "@" not in parts.netloc and not _ODD.search(url) and _HOST.fullmatch(host):
            if origin == self._origin:
                return True
            if parts.scheme == "https" and origin[2] == 443 and host == "api.twilio.com":
                return True
            place = host if parts.port is None else f"{host}:{parts.port}"
            if parts.scheme == "https" and any(fnmatchcase(place, known) for known in self._config.media_hosts):
                return False
        raise PermanentChannelError("the file's address is not one of the platform's", code="bad_address")


def _said(answer: Answer) -> dict[str, Any]:
    try:
        said = answer.json()
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _refusal(answer: Answer, said: dict[str, Any], *, safe: bool) -> ChannelError:
    code = said.get("code")
    known = code if isinstance(code, int) and not isinstance(code, bool) else None
    return refusal(answer.status, known, str(said.get("message") or ""), answer.retry_after, safe=safe)


def _items(page: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for item in page["messages"] if isinstance(item, dict)]


def _place(uri: Any) -> str | None:
    """Path and query of a list's page. Twilio's description has whole addresses there, its answers have paths; which
    host is asked, and shown the password, is never an answer's to say."""
    try:
        parts = urlsplit(str(uri))
    except ValueError:
        return None
    return f"{parts.path}?{parts.query}" if parts.path.startswith("/2010-04-01/Accounts/") else None


def _is_ours(item: dict[str, Any], text: str) -> bool:
    body = item.get("body")
    outbound = str(item.get("direction") or "outbound").startswith("outbound")
    return outbound and isinstance(body, str) and body.removeprefix(_TRIAL).strip() == text.strip()


def _time(written: Any) -> datetime | None:
    try:
        time = parsedate_to_datetime(str(written))
    except ValueError:
        return None
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
