"""A scripted WeChat follower: signs and encrypts callbacks as the platform does, and opens what comes back.

Written from the platform's description with the AES primitive alone, so that it does not share the channel's code.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import struct
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

APP_ID = "wx0123456789abcdef"
TOKEN = "journeytoken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT = "gh_0123456789ab"
SETTINGS = {
    "HOTLINE_WECHAT__APP_ID": APP_ID,
    "HOTLINE_WECHAT__APP_SECRET": "journeysecret",
    "HOTLINE_WECHAT__TOKEN": TOKEN,
    "HOTLINE_WECHAT__AES_KEY": AES_KEY,
    "HOTLINE_DEMO": "true",
}
_ids = itertools.count(int(time.time() * 1000) * 1_000_000)


def sign(*values: str) -> str:
    return hashlib.sha1("".join(sorted(values)).encode()).hexdigest()


def _cipher() -> Cipher[modes.CBC]:
    key = base64.b64decode(AES_KEY + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def seal(text: str) -> str:
    data = os.urandom(16) + struct.pack(">I", len(text.encode())) + text.encode() + APP_ID.encode()
    pad = 32 - len(data) % 32
    encryptor = _cipher().encryptor()
    return base64.b64encode(encryptor.update(data + bytes([pad]) * pad) + encryptor.finalize()).decode()


def unseal(sealed: str) -> str:
    decryptor = _cipher().decryptor()
    data = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
    size = struct.unpack(">I", data[16:20])[0]
    assert data[20 + size : -data[-1]].decode() == APP_ID
    return data[20 : 20 + size].decode()


@dataclass(frozen=True)
class Callback:
    """One callback, ready to be posted, as often as the platform would."""

    msg_id: str
    target: str
    body: str


@dataclass(frozen=True)
class Answered:
    """status, and the text of the passive reply; empty for `success`."""

    status: int
    text: str


class Follower:
    """One citizen on WeChat, behind their openid."""

    def __init__(self, base_url: str, openid: str | None = None) -> None:
        self.base_url = base_url
        self.openid = openid or "o" + base64.b32encode(os.urandom(17)).decode()[:27]

    @property
    def identity(self) -> str:
        return f"wechat:{APP_ID}:{self.openid}"

    def text(self, content: str) -> Callback:
        return self.callback("text", f"<Content><![CDATA[{content}]]></Content>")

    def event(self, event: str, extra: str = "") -> Callback:
        return self.callback("event", f"<Event><![CDATA[{event}]]></Event>{extra}", with_id=False)

    def callback(self, kind: str, fields: str, *, with_id: bool = True, at: int | None = None) -> Callback:
        now, nonce, msg_id = str(at or int(time.time())), str(next(_ids))[-9:], str(next(_ids))
        plain = (
            f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{self.openid}]]></FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{fields}"
            + (f"<MsgId>{msg_id}</MsgId>" if with_id else "")
            + "</xml>"
        )
        sealed = seal(plain)
        query = {
            "signature": sign(TOKEN, now, nonce),
            "timestamp": now,
            "nonce": nonce,
            "openid": self.openid,
            "encrypt_type": "aes",
            "msg_signature": sign(TOKEN, now, nonce, sealed),
        }
        body = f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        return Callback(msg_id, f"/wechat?{urlencode(query)}", body)

    async def post(self, session: aiohttp.ClientSession, callback: Callback) -> Answered:
        async with session.post(self.base_url + callback.target, data=callback.body.encode()) as response:
            body = await response.text()
            if response.status != 200 or body in ("", "success"):
                return Answered(response.status, "")
        envelope = ET.fromstring(body)
        sealed, now, nonce = (envelope.findtext(name) or "" for name in ("Encrypt", "TimeStamp", "Nonce"))
        assert envelope.findtext("MsgSignature") == sign(TOKEN, now, nonce, sealed)
        reply = ET.fromstring(unseal(sealed))
        assert reply.findtext("ToUserName") == self.openid
        assert reply.findtext("FromUserName") == ACCOUNT
        assert reply.findtext("MsgType") == "text"
        return Answered(200, reply.findtext("Content") or "")

    async def say(self, session: aiohttp.ClientSession, content: str) -> str:
        """What the hotline answers in the response."""
        answered = await self.post(session, self.text(content))
        assert answered.status == 200
        return answered.text
