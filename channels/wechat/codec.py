"""WeChat callbacks to messages and replies to XML. Pure: a function of the bytes and the arguments.

Sources: https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html,
…/Receiving_event_pushes.html, …/Passive_user_reply_message.html
wechatpy's message classes are not built: they turn a `MsgId` that is no number into a `ValueError`, give events the
id 0, know no subscription-message events and no files. Its registry of event names is used.
"""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from wechatpy.events import EVENT_TYPES

from channels.contract import (
    Address,
    Capabilities,
    Event,
    File,
    Image,
    InboundMessage,
    Link,
    Location,
    Media,
    Part,
    Text,
    Video,
    Voice,
)
from channels.rendering import as_text
from channels.wechat.crypto import Cipher, digest, sign
from channels.wechat.errors import Malformed
from channels.wechat.xml import Document, Value

# Measured by developers (https://developers.weixin.qq.com/community/develop/doc/00084e2936c340b9015a753405b800):
# more is refused with 45002.
CAPABILITIES = Capabilities(max_text_bytes=2048, parts=frozenset({"text"}), merges=True)

# The platform asks three times, five seconds apart, and takes the reply from any of the three.
REPLY_WINDOW = 15.0

# Events a citizen does and may expect an answer to; every other known event only reports.
ACTS = frozenset({"subscribe", "scan", "click", "scancode_waitmsg"})
# Reports with a name of their own, because somebody may want to act on them.
_NAMED_REPORTS = {"unsubscribe": "unsubscribe", "location": "location", "view": "view", "view_miniprogram": "view"}
# Known to the platform's documentation and not to wechatpy.
_KNOWN_FAMILIES = ("subscribe_msg_", "kf_", "user_", "card_", "wxa_", "device_", "publishjobfinish", "freepublish")
_KNOWN = frozenset(EVENT_TYPES) - {"subscribe_scan", "subscribe_scan_product"}
SILENT_EVENTS = frozenset({"unsubscribe", "location", "view", "status"})
"""Names of events nobody waits for an answer to."""

_VOICE_TYPES = {"amr": "audio/amr", "speex": "audio/speex", "mp3": "audio/mpeg", "silk": "audio/silk"}
_ENVELOPE = frozenset({"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"})
_PLAIN_ID = re.compile(r"[A-Za-z0-9_@.+=-]{1,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_YEAR_2100 = 4_102_444_800


@dataclass(frozen=True, slots=True)
class Callback:
    """What one callback says, as the platform wrote it.

    msg_id: the platform's `MsgId` (of an event: `MsgID`, when it has one), as text. fields: everything beside the
    envelope, verbatim.
    """

    msgtype: str
    event: str | None
    openid: str
    to: str
    create_time: str
    msg_id: str | None
    fields: Document

    @property
    def is_event(self) -> bool:
        return self.msgtype == "event" or self.msgtype.startswith("device_")


def read(document: Document) -> Callback:
    """The callback in a parsed document. Raises `Malformed` when there is no sender or type, or when a field of the
    envelope is repeated, nested, too long, or carries control characters."""
    msgtype = _word(document, "MsgType", 64)
    openid = _word(document, "FromUserName", 64)
    if msgtype is None or openid is None:
        raise Malformed("no MsgType or no FromUserName")
    msgtype = msgtype.lower()
    msg_id = _word(document, "MsgId", 65_536)
    if msg_id is None:
        msg_id = _word(document, "MsgID", 65_536)
    return Callback(
        msgtype=msgtype,
        event=_word(document, "Event", 128),
        openid=openid,
        to=_word(document, "ToUserName", 128) or "",
        create_time=_word(document, "CreateTime", 64) or "",
        msg_id=msg_id or None,
        fields={name: value for name, value in document.items() if name not in _ENVELOPE},
    )


def _word(document: Document, name: str, longest: int) -> str | None:
    """A field of the envelope without the spaces some senders put around it; None when it is missing."""
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Malformed(f"{name} is repeated or not text")
    value = value.strip()
    if len(value) > longest:
        raise Malformed(f"{name} is too long")
    if _CONTROL.search(value):
        # such a name could write lines of its own into logs and headers
        raise Malformed(f"{name} has control characters")
    return value


def to_inbound(callback: Callback, *, account: str, request_id: str, now: datetime) -> InboundMessage:
    """The message for the gateway. `now` stands in for a `CreateTime` that is none.

    Types and events that are not known, and known ones without what they need, become the event `unknown` with all
    fields kept. Reports of the platform become `status`, `view`, `location` or `unsubscribe`.
    """
    part = _event(callback) if callback.is_event else _message(callback)
    fields = callback.fields
    silent = False
    if isinstance(part, Event):
        silent = part.name in SILENT_EVENTS
        kept: dict[str, Value] = {}
    else:
        shown = _SHOWN.get(callback.msgtype, ())
        kept = {name: value for name, value in fields.items() if name not in shown and name != "Encrypt"}
    kept["MsgType"] = callback.msgtype
    kept["ToUserName"] = callback.to
    kept["CreateTime"] = callback.create_time
    return InboundMessage(
        address=Address(channel="wechat", account=account, external_id=callback.openid),
        provider_id=provider_id(callback),
        sent_at=_time(callback.create_time) or now,
        parts=(part,),
        request_id=request_id,
        platform_fields=kept,
        reply_window=0.0 if silent else REPLY_WINDOW,
    )


def provider_id(callback: Callback) -> str:
    """The key a repeat of the callback has too; at most 200 characters, safe in a key.

    Messages: MsgId. Events: FromUserName + CreateTime + Event + EventKey, as the platform's documentation says;
    reports may come several to a second (one for each template sent), so theirs has a digest of the fields as well.
    """
    fields = {name: value for name, value in callback.fields.items() if name != "Encrypt"}
    if not callback.is_event:
        if callback.msg_id is not None:
            return callback.msg_id if _PLAIN_ID.fullmatch(callback.msg_id) else f"id-{digest(callback.msg_id)}"
        content = json.dumps(fields, sort_keys=True, ensure_ascii=False)
        return f"none-{digest(callback.openid, callback.create_time, callback.msgtype, content)}"
    event = (callback.event or "").lower()
    key = fields.get("EventKey", "")
    words = [callback.openid, callback.create_time, event, key if isinstance(key, str) else json.dumps(key)]
    if event not in ACTS and event != "unsubscribe":
        words.append(digest(json.dumps(fields, sort_keys=True, ensure_ascii=False)))
    readable = all(_PLAIN_ID.fullmatch(word) for word in words if word)
    return "event-" + ("~".join(words) if readable and sum(map(len, words)) < 190 else digest(*words))


def _time(create_time: str) -> datetime | None:
    if not (create_time.isascii() and create_time.isdigit() and len(create_time) <= 10):
        return None
    seconds = int(create_time)
    return datetime.fromtimestamp(seconds, UTC) if seconds < _YEAR_2100 else None


# The fields a part shows; the others are kept beside it for operators.
_SHOWN = {
    "text": ("Content",),
    "image": ("MediaId", "PicUrl"),
    "voice": ("MediaId", "Recognition"),
    "video": ("MediaId", "ThumbMediaId"),
    "shortvideo": ("MediaId", "ThumbMediaId"),
    "location": ("Location_X", "Location_Y", "Label"),
    "link": ("Title", "Description", "Url"),
    "file": ("Title", "FileKey", "FileTotalLen"),
}


def _message(callback: Callback) -> Part:
    fields = callback.fields
    part: Part | None = None
    match callback.msgtype:
        case "text":
            content = fields.get("Content")
            part = Text(text=content[:20_000]) if isinstance(content, str) else None
        case "image":
            media = _media(fields, "MediaId", "PicUrl")
            part = Image(media=media) if media else None
        case "voice":
            media = _media(fields, "MediaId", content_type=_VOICE_TYPES.get(_text(fields, "Format").lower()))
            heard = _text(fields, "Recognition")[:20_000]
            # without a media id what was heard is still worth answering
            part = Voice(media=media or Media(), recognition=heard or None) if media or heard else None
        case "video" | "shortvideo":
            media = _media(fields, "MediaId")
            part = Video(media=media, thumbnail=_media(fields, "ThumbMediaId")) if media else None
        case "location":
            part = _location(fields)
        case "link":
            url = _text(fields, "Url")
            title, description = _text(fields, "Title")[:512], _text(fields, "Description")[:2048]
            if (url or title) and len(url) <= 2048:
                part = Link(url=url, title=title, description=description)
        case "file":
            part = _file(fields)
    return part or Event(name="unknown", key=callback.msgtype, data=_data(callback))


def _text(fields: Document, name: str) -> str:
    value = fields.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _media(fields: Document, id_field: str, url_field: str = "", content_type: str | None = None) -> Media | None:
    media_id, url = _text(fields, id_field), _text(fields, url_field)
    if len(media_id) > 512:
        media_id = ""
    if len(url) > 2048:
        url = ""
    if not media_id and not url:
        return None
    return Media(platform_id=media_id or None, url=url or None, content_type=content_type)


def _location(fields: Document) -> Location | None:
    try:
        latitude, longitude = float(_text(fields, "Location_X")), float(_text(fields, "Location_Y"))
    except ValueError:
        return None
    if not (math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    return Location(latitude=latitude, longitude=longitude, label=_text(fields, "Label")[:512])


def _file(fields: Document) -> File:
    size = _text(fields, "FileTotalLen")
    return File(
        media=Media(
            platform_id=_text(fields, "FileKey")[:512] or None,
            name=_text(fields, "Title")[:255] or None,
            size=int(size) if size.isascii() and size.isdigit() and len(size) <= 15 else None,
        )
    )


def _event(callback: Callback) -> Event:
    raw = callback.event or ""
    name = raw.lower()
    key = _text(callback.fields, "EventKey")
    if name in ACTS:
        shown = name
        if name == "subscribe":
            # the scene of the code that was scanned to follow; a scan by a follower has it without the prefix
            key = key.removeprefix("qrscene_")
    elif name in _NAMED_REPORTS:
        shown = _NAMED_REPORTS[name]
    elif name in _KNOWN or name.startswith(_KNOWN_FAMILIES) or callback.msgtype != "event":
        shown = "status"
    else:
        shown = "unknown"
        key = key or raw
    return Event(name=shown, key=key[:1024], data=_data(callback))


def _data(callback: Callback) -> dict[str, Value]:
    data = {name: value for name, value in callback.fields.items() if name != "Encrypt"}
    if callback.event is not None:
        data["Event"] = callback.event
    return data


def decode(document: Document, *, account: str, request_id: str, now: datetime) -> InboundMessage:
    """`read` and `to_inbound` in one."""
    return to_inbound(read(document), account=account, request_id=request_id, now=now)


def reply_xml(*, to: str, sender: str, parts: Iterable[Part], timestamp: int) -> bytes:
    """A passive text reply.

    to: the citizen's openid. sender: the account's original id, the `ToUserName` of what is answered. parts: already
    fitted to `CAPABILITIES`. timestamp: seconds since the epoch.
    """
    text = "\n".join(filter(None, (as_text(part) for part in parts)))
    return (
        f"<xml><ToUserName>{_cdata(to)}</ToUserName><FromUserName>{_cdata(sender)}</FromUserName>"
        f"<CreateTime>{timestamp}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_cdata(text)}</Content></xml>"
    ).encode()


def _cdata(text: str) -> str:
    """Text as CDATA that cannot be left from inside: `]]>` is divided between two sections, and characters XML has no
    place for are dropped."""
    return "<![CDATA[" + clean(text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def clean(text: str) -> str:
    """Text without the characters that neither XML nor UTF-8 has a place for: controls, lone surrogates."""
    return _NOT_XML.sub("", text)


def encrypted_xml(
    message: bytes, *, cipher: Cipher, token: str, timestamp: int, nonce: str = "", random: bytes | None = None
) -> bytes:
    """A reply for an account in compatible or safe mode. nonce, random: given by tests that need the same result
    twice."""
    nonce = nonce or str(secrets.randbelow(10**10))
    ciphertext = cipher.seal(message, random)
    signature = sign(token, str(timestamp), nonce, ciphertext)
    return (
        f"<xml>\n<Encrypt><![CDATA[{ciphertext}]]></Encrypt>\n<MsgSignature><![CDATA[{signature}]]></MsgSignature>\n"
        f"<TimeStamp>{timestamp}</TimeStamp>\n<Nonce><![CDATA[{nonce}]]></Nonce>\n</xml>"
    ).encode()
