"""WeChat calling the gateway: what a follower does, signed and sealed, and the answer that comes back.

Source: https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Passive_user_reply_message.html
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from simulator.courier import NotDelivered
from simulator.signing import BadEnvelope, Envelope, wechat_signature
from simulator.world import World

TRIES = 3
BROKEN = "该公众号提供的服务出现故障，请稍后再试"

Fields = Mapping[str, "str | int"]
_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n\r"} | {0xFFFE: None, 0xFFFF: None}


@dataclass(frozen=True, slots=True)
class PassiveReply:
    """What the gateway answered a callback with. kind: text, image, voice …; text: what of it can be shown."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a callback went. reply: None when the gateway wanted none shown. reason: why it is broken."""

    state: Literal["answered", "broken"]
    reply: PassiveReply | None = None
    reason: str = ""


class BadReply(Exception):
    """The gateway answered something WeChat cannot show."""


def xml(fields: Fields) -> str:
    """A callback's body; numbers bare, all else as CDATA."""
    parts = []
    for name, value in fields.items():
        if isinstance(value, int):
            parts.append(f"<{name}>{value}</{name}>")
        else:
            clean = value.translate(_CONTROLS).replace("]]>", "]]]]><![CDATA[>")
            parts.append(f"<{name}><![CDATA[{clean}]]></{name}>")
    return f"<xml>{''.join(parts)}</xml>"


class WeChatLine:
    """Sends callbacks for one account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._account = world.account.wechat
        self._envelope = Envelope(self._account.aes_key, self._account.app_id)
        self._ids = itertools.count(int(time.time() * 1000) * 1_000_000 + secrets.randbelow(1_000_000))

    def message_id(self) -> int:
        """A MsgId: 64 bits, never given before."""
        return next(self._ids)

    def fields(self, openid: str, kind: str, rest: Fields) -> dict[str, str | int]:
        """A callback's fields, those common to all first."""
        return {
            "ToUserName": self._account.account_id,
            "FromUserName": openid,
            "CreateTime": int(time.time()),
            "MsgType": kind,
            **rest,
        }

    async def call(self, openid: str, fields: Fields) -> Outcome:
        """Tell the gateway, up to three times, and read its answer."""
        plain = xml(fields)
        reason = ""
        for attempt in range(TRIES):
            url, body = self._request(openid, plain)
            self._world.journal.counts["wechat_callbacks"] += 1
            if attempt:
                self._world.journal.counts["wechat_callback_retries"] += 1
            try:
                answer = await self._world.courier.post(
                    url, body, {"Content-Type": "text/xml"}, self._world.behaviour.wechat_patience
                )
            except NotDelivered as error:
                reason = str(error)
                continue
            if answer.status != 200:
                reason = f"HTTP {answer.status}"
                if answer.status >= 500:
                    continue
                break
            try:
                return Outcome("answered", self.read(answer.body, openid))
            except BadReply as error:
                reason = str(error)
                break
        self._world.journal.counts["wechat_callbacks_broken"] += 1
        return Outcome("broken", None, reason)

    def _request(self, openid: str, plain: str) -> tuple[str, bytes]:
        """Address and body of one try; each is signed and sealed afresh."""
        token, mode = self._account.token, self._account.mode
        timestamp, nonce = str(int(time.time())), str(secrets.randbelow(10**10))
        query = {
            "signature": wechat_signature(token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": openid,
        }
        body = plain
        if mode != "plain":
            sealed = self._envelope.seal(plain)
            query |= {
                "encrypt_type": "aes",
                "msg_signature": wechat_signature(token, timestamp, nonce, sealed),
            }
            encrypt = f"<Encrypt><![CDATA[{sealed}]]></Encrypt>"
            body = (
                plain.removesuffix("</xml>") + encrypt + "</xml>"
                if mode == "compatible"
                else f"<xml><ToUserName><![CDATA[{self._account.account_id}]]></ToUserName>{encrypt}</xml>"
            )
        return f"{self._world.account.gateway_url.rstrip('/')}/wechat?{urlencode(query)}", body.encode()

    def read(self, body: bytes, openid: str) -> PassiveReply | None:
        """The reply in an answer's body. Raises `BadReply` for what WeChat would not show."""
        if body.strip() in (b"", b"success"):
            return None
        root = _parse(body)
        sealed = root.findtext("Encrypt")
        if sealed is not None:
            values = (root.findtext("TimeStamp") or "", root.findtext("Nonce") or "", sealed)
            if root.findtext("MsgSignature") != wechat_signature(self._account.token, *values):
                raise BadReply("the reply's signature does not match")
            try:
                root = _parse(self._envelope.open(sealed).encode())
            except BadEnvelope as error:
                raise BadReply(str(error)) from error
        elif self._account.mode == "safe":
            raise BadReply("the reply is not encrypted")
        if root.findtext("ToUserName") != openid or root.findtext("FromUserName") != self._account.account_id:
            raise BadReply("the reply is to somebody else")
        if not (root.findtext("CreateTime") or "").strip().isdecimal():
            raise BadReply("the reply has no CreateTime")
        return _shown(root)


def _parse(body: bytes) -> Element:
    try:
        root: Element = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadReply("the answer is no XML") from error
    return root


def _shown(root: Element) -> PassiveReply:
    kind = root.findtext("MsgType") or ""
    match kind:
        case "text":
            content = root.findtext("Content") or ""
            if not content:
                raise BadReply("the text is empty")
            if len(content.encode()) > 2048:
                raise BadReply("the text is longer than 2048 bytes")
            return PassiveReply("text", content)
        case "news":
            titles = [item.findtext("Title") or "" for item in root.iterfind("Articles/item")]
            return PassiveReply("news", "\n".join(titles))
        case "image" | "voice" | "video" | "music" | "transfer_customer_service":
            return PassiveReply(kind, "")
        case _:
            raise BadReply(f"no reply has the type {kind!r}")
