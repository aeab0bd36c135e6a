"""A test account that signs and seals as the platform does, and an intake that records."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from channels.contract import Accepted, InboundMessage, IntakeUnavailable, Reply, Text
from channels.wechat.codec import encrypted_xml
from channels.wechat.config import WeChatConfig
from channels.wechat.crypto import Cipher, sign
from channels.wechat.xml import parse

NOW = 1_760_000_000
TOKEN = "a-token"
APP_ID = "wx0123456789abcdef"
AES_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
OPENID = "oTest-openid_of_28_characters"
ACCOUNT = "gh_0123456789ab"


def config(**changes: Any) -> WeChatConfig:
    return WeChatConfig(**{"app_id": APP_ID, "token": TOKEN, "aes_key": AES_KEY, **changes})


def text_xml(content: str = "居住证怎么办", msg_id: str = "23456789012345678", openid: str = OPENID) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{NOW}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content>"
        f"<MsgId>{msg_id}</MsgId></xml>"
    )


def event_xml(event: str, rest: str = "", created: int = NOW) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{OPENID}]]></FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
        f"{rest}</xml>"
    )


def plain_query(timestamp: int = NOW, nonce: str = "12345", **more: str) -> str:
    signed = {"signature": sign(TOKEN, str(timestamp), nonce), "timestamp": str(timestamp), "nonce": nonce}
    return "/wechat?" + urlencode({**signed, **more})


def sealed(
    xml: str | bytes, timestamp: int = NOW, nonce: str = "67890", app_id: str = APP_ID, outside: str = ""
) -> tuple[str, bytes]:
    """The address and body of a callback in safe mode; with `outside`, in compatible mode."""
    cipher = Cipher(AES_KEY, app_id)
    ciphertext = cipher.seal(xml.encode() if isinstance(xml, str) else xml)
    query = {
        "signature": sign(TOKEN, str(timestamp), nonce),
        "timestamp": str(timestamp),
        "nonce": nonce,
        "openid": OPENID,
        "encrypt_type": "aes",
        "msg_signature": sign(TOKEN, str(timestamp), nonce, ciphertext),
    }
    body = (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>{outside}<Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>"
    )
    return "/wechat?" + urlencode(query), body.encode()


def unsealed(body: bytes) -> dict[str, Any]:
    """What the platform reads in an encrypted reply; the signature must be right."""
    envelope = parse(body)
    signature = sign(TOKEN, envelope["TimeStamp"], envelope["Nonce"], envelope["Encrypt"])
    assert signature == envelope["MsgSignature"]
    return parse(Cipher(AES_KEY, APP_ID).open(envelope["Encrypt"]))


def encrypted(xml: bytes) -> bytes:
    return encrypted_xml(xml, cipher=Cipher(AES_KEY, APP_ID), token=TOKEN, timestamp=NOW)


@dataclass
class RecordingIntake:
    """The gateway's port: keeps what it is given, answers with `answers`, once `release` is set."""

    answers: Sequence[str] = ("收到",)
    down: bool = False
    accepted: list[InboundMessage] = field(default_factory=list)
    calls: int = 0
    within: list[float] = field(default_factory=list)
    handed: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    asking: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        self.release.set()

    async def accept(self, message: InboundMessage) -> Accepted:
        self.calls += 1
        if self.down:
            raise IntakeUnavailable
        fresh = all(known.id != message.id for known in self.accepted)
        if fresh:
            self.accepted.append(message)
        return Accepted(message_id=message.id, fresh=fresh)

    async def replies(self, accepted: Accepted, within: float) -> Sequence[Reply] | None:
        async with self.asking:
            self.within.append(within)
            self.asking.notify_all()
        try:
            async with asyncio.timeout(within):
                await self.release.wait()
        except TimeoutError:
            return None
        return [
            Reply(message_id=f"{accepted.message_id}/{number}", seq=number, parts=(Text(text=text),))
            for number, text in enumerate(self.answers, start=1)
        ]

    async def waited_for(self, times: int) -> None:
        """Returns when replies have been asked for so many times."""
        async with self.asking:
            await self.asking.wait_for(lambda: len(self.within) >= times)

    def handed_over(self, accepted: Accepted, message_ids: Sequence[str]) -> None:
        self.handed.append((accepted.message_id, tuple(message_ids)))


def conformance(name: str) -> Any:
    """A file of the test data's `conformance` folder; skips where the folder is absent."""
    root = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("HOTLINE_TEST_DATA") or root.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}; name the folder in HOTLINE_TEST_DATA", allow_module_level=True)
    return json.loads((folder / "conformance" / name).read_text(encoding="utf-8"))
