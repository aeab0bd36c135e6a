"""What the platforms' side signs and seals, the SDKs open and confirm."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from simulator.signing import BadEnvelope, Envelope, twilio_signature, wechat_signature

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@pytest.mark.parametrize("text", ["<xml>您好</xml>", "x" * 31, "长" * 700, ""])
def test_the_sdk_opens_what_is_sealed(text: str) -> None:
    sealed = Envelope(KEY, "wx1").seal(f"<xml><Content>{text}</Content></xml>")
    signature = wechat_signature("token", "1700000000", "42", sealed)
    opened = WeChatCrypto("token", KEY, "wx1").decrypt_message(
        f"<xml><Encrypt>{sealed}</Encrypt></xml>", signature, "1700000000", "42"
    )
    assert opened == f"<xml><Content>{text}</Content></xml>"


def test_what_the_sdk_seals_is_opened() -> None:
    crypto = WeChatCrypto("token", KEY, "wx1")
    sealed = crypto.encrypt_message("<xml>回复</xml>", "42", "1700000000")
    inside = sealed.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    assert Envelope(KEY, "wx1").open(inside) == "<xml>回复</xml>"


@pytest.mark.parametrize("sealed", ["", "?", "AAAA", "A" * 64, Envelope(KEY, "wx2").seal("to another account")])
def test_what_this_account_cannot_have_sealed_is_refused(sealed: str) -> None:
    with pytest.raises(BadEnvelope):
        Envelope(KEY, "wx1").open(sealed)


def test_signatures_are_the_sdks() -> None:
    signer = WeChatSigner()
    signer.add_data("token", "1700000000", "42")
    assert wechat_signature("token", "1700000000", "42") == signer.signature
    fields = [("To", "+14155550100"), ("Body", "您好 & + ="), ("FromCity", ""), ("body", "lower")]
    url = "https://hotline.example:8443/sms/inbound?a=1"
    assert RequestValidator("secret").validate(url, dict(fields), twilio_signature("secret", url, fields))
