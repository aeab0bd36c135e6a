"""Reads Twilio's callbacks. Pure.

Sources: https://www.twilio.com/docs/messaging/guides/webhook-request (inbound),
https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks (status),
https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out (OptOutType)
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Literal

from pydantic import ValidationError

from channels.contract import File, Image, Location, Media, Part, Report, Video, Voice
from channels.sms.errors import Malformed, NotSms, WrongAccount
from channels.sms.fields import Fields
from channels.sms.provider import Consent, Inbound, StatusReport
from channels.sms.twilio.errors import PHONE_OFF, entry

MAX_MEDIA = 10  # of one message, by Twilio's rules

# A SID is two letters and 32 hexadecimal digits. Nothing longer is taken: a signature does not show where a value
# ends, so that a replay could lengthen this one by the field behind it and pass for another message.
_SID = re.compile(r"[A-Za-z0-9]{3,34}")
_PHONE = re.compile(r"\+[1-9]\d{1,14}|\d{3,8}", re.ASCII)
_MEDIA_SID = re.compile(r"/Media/(ME[0-9a-fA-F]{32})(?:[/?.]|$)")
_INTERPRETED = frozenset({"MessageSid", "AccountSid", "From", "Body"})
_CONSENTS: dict[str, Consent] = {"STOP": "opt_out", "START": "opt_in", "HELP": "help"}
_STATES: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
CANCELED = "it was cancelled before it was sent"
UNDELIVERED = "the carrier gave no reason"
_MEDIA_KINDS: dict[str, type[Image] | type[Voice] | type[Video]] = {"image": Image, "audio": Voice, "video": Video}


def to_inbound(fields: Fields, *, account: str, at: datetime) -> Inbound:
    """The short message in a callback. account: the configured one. at: when it came; Twilio tells no time. Raises the
    `CallbackError` kinds."""
    if fields.one("AccountSid") not in ("", account):
        raise WrongAccount("AccountSid is not the configured account")
    sender = fields.one("From")
    scheme, colon, _ = sender.partition(":")
    if colon:
        raise NotSms(f"a message by {scheme[:16] if scheme.isascii() and scheme.isalnum() else 'another service'}")
    provider_id = fields.one("MessageSid") or fields.one("SmsMessageSid") or fields.one("SmsSid")
    if not _SID.fullmatch(provider_id):
        raise Malformed("no MessageSid, or none that can be")
    if not sender:
        raise Malformed("no From")
    if not _PHONE.fullmatch(sender):
        raise NotSms("From is not a phone number")
    try:
        parts = _parts(fields)
    except ValidationError:
        raise Malformed("a media field is longer than it can be") from None
    return Inbound(
        account=account,
        sender=sender,
        provider_id=provider_id,
        sent_at=at,
        text=fields.one("Body"),
        parts=parts,
        consent=_CONSENTS.get(fields.one("OptOutType").strip().upper()),
        fields={
            name: values[0] if len(values) == 1 else values
            for name, values in fields.items()
            if name not in _INTERPRETED
        },
    )


def _parts(fields: Fields) -> tuple[Part, ...]:
    parts: list[Part] = []
    place = _location(fields)
    if place is not None:
        parts.append(place)
    # by what is there, not by NumMedia, which may say anything
    for number in range(MAX_MEDIA):
        url = fields.one(f"MediaUrl{number}")
        if url:
            parts.append(_media(url, fields.one(f"MediaContentType{number}")))
    return tuple(parts)


def _media(url: str, content_type: str) -> Part:
    sid = _MEDIA_SID.search(url)
    media = Media(platform_id=sid.group(1) if sid else None, url=url, content_type=content_type or None)
    kind = content_type.partition("/")[0].strip().lower()
    return _MEDIA_KINDS[kind](media=media) if kind in _MEDIA_KINDS else File(media=media)


def _location(fields: Fields) -> Location | None:
    try:
        latitude, longitude = float(fields.one("Latitude")), float(fields.one("Longitude"))
    except ValueError:
        return None
    if not (math.isfinite(latitude) and abs(latitude) <= 90 and math.isfinite(longitude) and abs(longitude) <= 180):
        return None
    words = (fields.one("Label"), fields.one("Address"))
    return Location(latitude=latitude, longitude=longitude, label=" ".join(word for word in words if word)[:512])


def to_status(fields: Fields, message_id: str, *, phone_off_retry: float) -> StatusReport:
    """What a status callback tells. message_id: ours, from the address we gave; empty when it was not there.
    phone_off_retry: see `SmsConfig`.

    Never refuses: what is wrong with a status is not helped by Twilio's calling again.
    """
    status = _first(fields, "MessageStatus") or _first(fields, "SmsStatus")
    provider_id = _first(fields, "MessageSid") or _first(fields, "SmsSid")
    state = _STATES.get(status.lower())
    if state is None or not provider_id or not message_id:
        return StatusReport(status, None)
    if state != "failed":
        return StatusReport(status, Report(message_id=message_id, provider_id=provider_id, state=state))
    code = _first(fields, "ErrorCode")
    known = entry(code)
    meaning = known.meaning if known else _first(fields, "ErrorMessage")[:200]
    if not code:
        code, words = ("canceled", CANCELED) if status.lower() == "canceled" else ("undelivered", UNDELIVERED)
        meaning = meaning or words
    if known is None or known.kind not in ("temporary", "account"):
        return StatusReport(status, Report(message_id, provider_id, state, code, meaning or UNDELIVERED))
    retry_after = phone_off_retry if code == PHONE_OFF else known.retry_after
    return StatusReport(status, Report(message_id, provider_id, state, code, meaning, True, retry_after))


def _first(fields: Fields, name: str) -> str:
    values = fields.getall(name)
    return values[0][: 64 if name != "ErrorMessage" else 500] if values else ""
