"""Properties of the signature: what is signed is taken, whatever differs is not."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.errors import BadSignature
from channels.sms.fields import Fields
from channels.sms.provider import Request
from channels.sms.twilio.signature import addresses, verified
from tests.channels.sms.sms_account import sign

PUBLIC = "https://hotline.example.cn"
AT = datetime(2026, 1, 1, tzinfo=UTC)
PAIRS = st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=8)


def request(pairs: list[tuple[str, str]], signature: str, target: str = "/sms/inbound") -> Request:
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return Request("POST", target, headers, urlencode(pairs).encode(), AT)


def taken(pairs: list[tuple[str, str]], signature: str, target: str = "/sms/inbound", token: str = "key") -> Fields:
    return verified(request(pairs, signature, target), token=token, public_url=PUBLIC)


@given(PAIRS)
def test_signed_fields_are_taken_as_they_are(pairs: list[tuple[str, str]]) -> None:
    fields = taken(pairs, sign(PUBLIC + "/sms/inbound", pairs, "key"))
    assert [(name, value) for name, values in fields.items() for value in values] == sorted(
        pairs, key=lambda pair: [name for name, _ in pairs].index(pair[0])
    )


@given(PAIRS, st.text(alphabet="/?=&%.;:abc", max_size=20).map(lambda rest: "/sms/inbound?" + rest))
def test_the_address_is_signed_to_the_byte(pairs: list[tuple[str, str]], target: str) -> None:
    signature = sign(PUBLIC + target, pairs, "key")
    taken(pairs, signature, target)
    for other in (target + "&", target[:-1], target + "x"):
        with pytest.raises(BadSignature):
            taken(pairs, signature, other)


@given(PAIRS, st.tuples(st.text(min_size=1), st.text(min_size=1)))
def test_one_field_more_is_refused(pairs: list[tuple[str, str]], more: tuple[str, str]) -> None:
    signature = sign(PUBLIC + "/sms/inbound", pairs, "key")
    if more not in pairs:
        with pytest.raises(BadSignature):
            taken([*pairs, more], signature)
    with pytest.raises(BadSignature):
        taken(pairs, signature, token="another")


@given(st.text(max_size=40))
def test_a_guess_is_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        taken([("Body", "x")], signature)


@pytest.mark.parametrize(
    ("public", "spelled"),
    [
        ("https://a.cn", ["https://a.cn/x", "https://a.cn:443/x"]),
        ("https://a.cn:443", ["https://a.cn:443/x", "https://a.cn/x"]),
        ("http://a.cn", ["http://a.cn/x", "http://a.cn:80/x"]),
        ("https://a.cn:8443", ["https://a.cn:8443/x", "https://a.cn/x"]),
        ("https://A.cn/p/", ["https://A.cn/p/x", "https://A.cn:443/p/x"]),
        ("https://u:p@a.cn:443", ["https://u:p@a.cn:443/x", "https://u:p@a.cn/x"]),
        ("https://[::1]", ["https://[::1]/x", "https://[::1]:443/x"]),
        ("https://[::1]:443", ["https://[::1]:443/x", "https://[::1]/x"]),
    ],
)
def test_spellings_of_an_address(public: str, spelled: list[str]) -> None:
    assert addresses(public, "/x") == spelled


def test_a_target_in_utf_8_is_read_as_such() -> None:
    assert addresses("https://a.cn", "/x?n=" + "好".encode().decode("latin-1"))[0] == "https://a.cn/x?n=好"
