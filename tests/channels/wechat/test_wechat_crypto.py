"""Signatures and ciphertexts: what opens, and that all else is refused with the typed error."""

from __future__ import annotations

import contextlib
from base64 import b64decode, b64encode, encodebytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from wechatpy.crypto.cryptography import WeChatCipher

from channels.wechat.codec import encrypted_xml
from channels.wechat.crypto import Cipher, sign, verify
from channels.wechat.errors import BadCiphertext, BadSignature
from channels.wechat.xml import parse
from tests.channels.wechat.wechat_account import AES_KEY, APP_ID

CIPHER = Cipher(AES_KEY, APP_ID)


def raw(plain: bytes) -> str:
    """Any bytes under the account's key, without the protocol's frame."""
    return b64encode(WeChatCipher(b64decode(AES_KEY + "=")).encrypt(plain)).decode()


def framed(message: bytes, *, size: int | None = None, app_id: str = APP_ID, pad: bytes | None = None) -> str:
    plain = b"r" * 16 + (len(message) if size is None else size).to_bytes(4, "big") + message + app_id.encode()
    missing = 32 - len(plain) % 32
    return raw(plain + (bytes([missing]) * missing if pad is None else pad * missing))


def test_the_signature_is_sorted_sha1() -> None:
    # sha1("123" "456" "token")
    assert sign("token", "456", "123") == sign("456", b"123", "token")
    verify(sign("token", "1", "2").encode(), "token", b"1", b"2")


@pytest.mark.parametrize(
    "signature", [b"", b"0" * 40, "é".encode() * 20, sign("token", "1", "2").upper().encode(), b"\xff"]
)
def test_other_signatures_are_refused(signature: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(signature, "token", b"1", b"2")


@given(st.binary(max_size=500))
def test_what_is_sealed_opens(message: bytes) -> None:
    assert CIPHER.open(CIPHER.seal(message)) == message


def test_lines_may_be_broken() -> None:
    assert CIPHER.open(encodebytes(b64decode(framed(b"<xml/>" * 20))).decode()) == b"<xml/>" * 20


def test_the_sdk_reads_our_replies() -> None:
    xml = "<xml><Content><![CDATA[你好]]></Content></xml>"
    body = encrypted_xml(xml.encode(), cipher=CIPHER, token="token", timestamp=5, nonce="n")
    signature = str(parse(body)["MsgSignature"])
    assert WeChatCrypto("token", AES_KEY, APP_ID).decrypt_message(body.decode(), signature, "5", "n") == xml


@pytest.mark.parametrize(
    "ciphertext",
    [
        "",
        "not base64",
        "中文",
        "AAAA",
        b64encode(b"x" * 15).decode(),
        b64encode(b"x" * 32).decode(),
        b64encode(b"x" * 33).decode(),
        framed(b"<xml/>").replace("=", ""),
        framed(b"<xml/>") + "==",
        framed(b"<xml/>", app_id="wx-other"),
        framed(b"<xml/>", app_id=APP_ID + "\x00"),
        framed(b"<xml/>", app_id=""),
        framed(b"<xml/>", size=5),
        framed(b"<xml/>", size=7),
        framed(b"<xml/>", size=2**32 - 1),
        framed(b"<xml/>", pad=b"\x00"),
        framed(b"<xml/>", pad=b"\x21"),
        raw(bytes([32]) * 32),
        raw(b"r" * 16 + b"\x00\x00\x00\x00" + bytes([12]) * 12),
    ],
)
def test_what_does_not_open_is_refused(ciphertext: str) -> None:
    with pytest.raises(BadCiphertext):
        CIPHER.open(ciphertext)


@settings(max_examples=300)
@given(
    st.one_of(
        st.text(max_size=100),
        st.binary(max_size=128).map(lambda b: b64encode(b).decode()),
        st.binary(min_size=32, max_size=32).map(raw),
    )
)
def test_any_ciphertext_raises_the_typed_error_only(ciphertext: str) -> None:
    with contextlib.suppress(BadCiphertext):
        CIPHER.open(ciphertext)


@pytest.mark.parametrize("key", ["", "short", AES_KEY + "A", "中" * 43, "*" * 43])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(ValueError, match="EncodingAESKey"):
        Cipher(key, APP_ID)
