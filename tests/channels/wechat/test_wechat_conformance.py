"""Every recorded and hostile case of the test data gets its verdict, at the codec and at the callback address."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from channels.contract import Event, Text
from channels.rendering import split
from channels.wechat.codec import CAPABILITIES, Callback, decode, encrypted_xml, read, reply_xml
from channels.wechat.config import WeChatConfig
from channels.wechat.crypto import Cipher, sign, verify
from channels.wechat.webhook import routes
from channels.wechat.xml import parse
from tests.channels.wechat.wechat_account import RecordingIntake, conformance

MESSAGES = conformance("wechat_messages.json")
CRYPTO = conformance("wechat_crypto.json")
BAD = conformance("bad_inputs.json")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANY_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def _id(case: dict[str, Any]) -> str:
    return str(case.get("id", "case"))


def _body(case: dict[str, Any]) -> bytes:
    if "generate" in case:
        built = case["generate"]
        return (built.get("prefix", "") + built["unit"] * built["times"] + built["suffix"]).encode()
    return base64.b64decode(case["body_base64"]) if "body_base64" in case else case["body"].encode()


class Site:
    """A callback address with the token, key and clock of one case."""

    def __init__(self, token: str, aes_key: str, app_id: str, timestamp: str, mode: Any = "auto") -> None:
        self.intake = RecordingIntake()
        config = WeChatConfig(app_id=app_id, token=token or "token", aes_key=aes_key, mode=mode)
        self.server = HTTPServer(Application(routes(config, self.intake, lambda: float(timestamp or NOW.timestamp()))))
        socket, port = bind_unused_port()
        self.server.add_socket(socket)
        self.url = f"http://127.0.0.1:{port}/wechat?"
        self.client = AsyncHTTPClient(force_instance=True)

    async def call(self, query: dict[str, str], body: bytes | None = None) -> HTTPResponse:
        method = "GET" if body is None else "POST"
        return await self.client.fetch(self.url + urlencode(query), method=method, body=body, raise_error=False)

    async def close(self) -> None:
        self.client.close()
        self.server.stop()
        await self.server.close_all_connections()


@pytest.fixture
def open_site(io_loop: Any) -> Iterator[Callable[..., Site]]:
    opened: list[Site] = []

    def open_(*arguments: Any, **options: Any) -> Site:
        opened.append(Site(*arguments, **options))
        return opened[-1]

    yield open_
    for site in opened:
        io_loop.run_sync(site.close, timeout=10)


@pytest.mark.parametrize("case", MESSAGES, ids=_id)
def test_recorded_messages_decode(case: dict[str, Any]) -> None:
    document = parse(case["xml"].encode())
    callback = read(document)
    expected = case["expected"]
    assert callback == Callback(
        msgtype=expected["msgtype"],
        event=expected["event"],
        openid=expected["openid"],
        to=expected["to"],
        create_time=expected["create_time"],
        msg_id=expected["msg_id"],
        fields=expected["fields"],
    )
    message = decode(document, account="wx", request_id="r", now=NOW)
    assert message.address.external_id == expected["openid"]
    assert message.sent_at.timestamp() == int(expected["create_time"])
    if expected["msg_id"] and expected["event"] is None and callback.msgtype.isalpha():
        assert message.provider_id == expected["msg_id"]
    (part,) = message.parts
    if case["kind"].startswith("text"):
        assert part == Text(text=expected["fields"]["Content"])
    elif case["kind"].startswith("event"):
        assert isinstance(part, Event)
        assert part.data["Event"] == expected["event"]
        assert {name: part.data[name] for name in expected["fields"]} == expected["fields"]
    else:
        assert part.type in (callback.msgtype.removeprefix("short"), "event")


@pytest.mark.gen_test
@pytest.mark.parametrize("case", MESSAGES, ids=_id)
async def test_recorded_messages_are_accepted(case: dict[str, Any], open_site: Callable[..., Site]) -> None:
    timestamp = "1700000000"
    query = {"timestamp": timestamp, "nonce": "1", "signature": sign("token", timestamp, "1")}
    plain = open_site("token", "", "wx", timestamp)
    assert (await plain.call(query, case["xml"].encode())).code == 200
    safe = open_site("token", ANY_KEY, "wx", timestamp)
    ciphertext = Cipher(ANY_KEY, "wx").seal(case["xml"].encode())
    query |= {"encrypt_type": "aes", "msg_signature": sign("token", timestamp, "1", ciphertext)}
    assert (await safe.call(query, f"<xml><Encrypt>{ciphertext}</Encrypt></xml>".encode())).code == 200
    assert plain.intake.accepted[0].id == safe.intake.accepted[0].id


@pytest.mark.parametrize("case", CRYPTO["vectors"], ids=_id)
def test_encrypted_bodies_open(case: dict[str, Any]) -> None:
    cipher = Cipher(case["encoding_aes_key"], case["appid"])
    envelope = parse(case["body"].encode())
    query = case["query"]
    if "msg_signature" in query:
        verify(
            query["msg_signature"].encode(), case["token"], query["timestamp"], query["nonce"], str(envelope["Encrypt"])
        )
    plaintext = cipher.open(str(envelope["Encrypt"]))
    expected = case["expected"]
    if "plaintext" in expected:
        assert plaintext.decode() == expected["plaintext"]
    fields = parse(plaintext)
    assert {name: fields[name] for name in expected.get("fields", {})} == expected.get("fields", {})
    if expected.get("deterministic_encrypt"):
        assert cipher.seal(plaintext, expected["random"].encode()) == case["encrypt"]
    if case["mode"] == "encrypt-reply":
        timestamp, nonce, random = int(query["timestamp"]), query["nonce"], expected["random"].encode()
        sealed = encrypted_xml(
            plaintext, cipher=cipher, token=case["token"], timestamp=timestamp, nonce=nonce, random=random
        )
        assert sealed.decode() == case["body"]


@pytest.mark.gen_test
@pytest.mark.parametrize("case", [case for case in CRYPTO["vectors"] if case["mode"] == "safe"], ids=_id)
async def test_encrypted_bodies_are_accepted(case: dict[str, Any], open_site: Callable[..., Site]) -> None:
    site = open_site(case["token"], case["encoding_aes_key"], case["appid"], case["query"]["timestamp"])
    response = await site.call(case["query"], case["body"].encode())
    assert response.code == 200
    assert len(site.intake.accepted) == 1


@pytest.mark.gen_test
@pytest.mark.parametrize("case", CRYPTO["negatives"] + BAD["crypto"], ids=_id)
async def test_bad_ciphertexts_are_refused(case: dict[str, Any], open_site: Callable[..., Site]) -> None:
    site = open_site(case["token"], case["encoding_aes_key"], case["appid"], case["query"]["timestamp"])
    codes = {(await site.call(case["query"], case["body"].encode())).code for _ in range(2)}
    if case["expected"].startswith("reject"):
        assert len(codes) == 1
        assert 400 <= codes.pop() < 500
        assert site.intake.calls == 0
    else:
        assert codes <= {200, 400, 403}
        assert len(codes) == 1


@pytest.mark.parametrize("case", CRYPTO["signatures"], ids=_id)
def test_signatures(case: dict[str, Any]) -> None:
    values = [case["token"], case["timestamp"], case["nonce"], *([case["encrypt"]] if "encrypt" in case else [])]
    assert case["valid"]
    verify(case["signature"].encode(), *values)


@pytest.mark.gen_test
@pytest.mark.parametrize("case", [case for case in CRYPTO["signatures"] if "echostr" in case], ids=_id)
async def test_verification_requests(case: dict[str, Any], open_site: Callable[..., Site]) -> None:
    site = open_site(case["token"], "", "wx", case["timestamp"])
    response = await site.call({name: case[name] for name in ("signature", "timestamp", "nonce", "echostr")})
    assert (response.code, response.body.decode()) == (200, case["echostr"])


@pytest.mark.gen_test
@pytest.mark.parametrize("case", BAD["wechat_get"], ids=_id)
async def test_bad_verification_requests(case: dict[str, Any], open_site: Callable[..., Site]) -> None:
    site = open_site(case["token"], "", "wx", case["query"]["timestamp"])
    response = await site.call(case["query"])
    echo = case["query"].get("echostr")
    if response.code == 200:
        assert echo is not None
        assert case["expected"].startswith("echoed")
        assert response.body.decode() == echo
    else:
        assert 400 <= response.code < 500
        assert echo is None or echo.encode() not in response.body


@pytest.mark.gen_test
@pytest.mark.parametrize("case", BAD["xml"], ids=_id)
@pytest.mark.parametrize("aes_key", ["", ANY_KEY], ids=["plain", "safe"])
async def test_bad_documents(case: dict[str, Any], aes_key: str, open_site: Callable[..., Site]) -> None:
    body, timestamp = _body(case), "1700000000"
    query = {"timestamp": timestamp, "nonce": "1", "signature": sign("token", timestamp, "1")}
    if aes_key:
        ciphertext = Cipher(aes_key, "wx").seal(body)
        query |= {"encrypt_type": "aes", "msg_signature": sign("token", timestamp, "1", ciphertext)}
        body = f"<xml><Encrypt>{ciphertext}</Encrypt></xml>".encode()
    site = open_site("token", aes_key, "wx", timestamp)
    response = await site.call(query, body)
    if case["expected"].startswith("accept"):
        assert response.code == 200
        (message,) = site.intake.accepted
        assert isinstance(message.parts[0], Text)
    elif case["expected"].startswith("reject"):
        assert 400 <= response.code < 500
        assert site.intake.calls == 0
    else:
        assert response.code == 200 or 400 <= response.code < 500
        for message in site.intake.accepted:
            assert message.provider_id.isprintable()
            assert len(message.provider_id) <= 230


def test_surrounding_spaces_are_the_citizens() -> None:
    (case,) = [case for case in BAD["xml"] if case["id"] == "content-lead-trail-ws"]
    assert decode(parse(_body(case)), account="wx", request_id="r", now=NOW).parts == (Text(text="  hi  "),)


@pytest.mark.parametrize("case", BAD["outgoing_reply_text"], ids=lambda case: repr(case["content"]))
def test_reply_text(case: dict[str, Any]) -> None:
    text = str(case["content"])
    document = parse(reply_xml(to="o", sender="gh", parts=[Text(text=text)], timestamp=1))
    assert document["Content"] == text
    assert document["MsgType"] == "text"


@pytest.mark.parametrize("case", BAD["wechat_text_length"]["cases"], ids=_id)
def test_text_length(case: dict[str, Any]) -> None:
    text = _body(case).decode()
    pieces = split(text, CAPABILITIES)
    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= 2048 for piece in pieces)
    assert (len(pieces) == 1) == case["within_2048"]
