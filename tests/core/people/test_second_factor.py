"""One-time codes: the standard's own examples, and clocks that differ."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from gateway.core.people import second_factor

# RFC 6238, appendix B: the secret of its SHA-1 examples, whose codes end with these six digits
SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_examples_of_the_standard(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert second_factor.step_of(SECRET, code, at) == seconds // 30
    assert second_factor.step_of(SECRET, code, at + timedelta(seconds=30)) == seconds // 30, "a clock that is late"
    assert second_factor.step_of(SECRET, code, at - timedelta(seconds=30)) == seconds // 30, "one that is early"
    assert second_factor.step_of(SECRET, code, at + timedelta(seconds=90)) is None


@pytest.mark.parametrize("code", ["", "08180", "0818040", "０８１８０４", "abcdef"])
def test_what_is_no_code(code: str) -> None:
    assert second_factor.step_of(SECRET, code, datetime.fromtimestamp(1111111109, UTC)) is None


def test_secrets_are_new_and_understood_by_apps() -> None:
    secret = second_factor.new_secret()
    assert secret != second_factor.new_secret()
    read = pyotp.parse_uri(second_factor.address(secret, "li.na"))
    assert (read.secret, read.name, read.issuer) == (secret, "li.na", "12345热线")
