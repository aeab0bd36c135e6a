"""Signatures against values that `openssl dgst -sha256 -mac HMAC` made; the first is the specification's example."""

from __future__ import annotations

import base64

import pytest

from gateway.core.webhooks import signing

EXAMPLE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OURS = "whsec_YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcyBvayE="


@pytest.mark.parametrize(
    ("secret", "id", "timestamp", "body", "signed"),
    [
        (
            EXAMPLE,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            '{"test": 2432232314}',
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            OURS,
            "DG202603020000017#00002:01JXAMPLE",
            1772413200,
            '{"id":"DG202603020000017#00002","type":"ticket.dispatched"}',
            "x65aVVhZ7ZYnSgxIt/Yo+xjF/hJpS5wwj9ecbh5ahRU=",
        ),
        (OURS, "ping:1", 0, "", "yAdTBxo/d42Ue+YnaxU9hDn5UHoXqmvpBeIwBbXKNwg="),
        (OURS, "x", 1, "市民\n", "BZZHoCI2sfpwzXowKpQt2ceWceAfLVzJn+6FShmh+Es="),
    ],
)
def test_as_others_compute_it(secret: str, id: str, timestamp: int, body: str, signed: str) -> None:
    assert signing.signature(secret, id, timestamp, body.encode()) == f"v1,{signed}"


def test_a_signature_by_each_secret() -> None:
    headers = signing.headers([OURS, EXAMPLE], "ping:1", 0, b"")
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("ping:1", "0")
    ours, example = headers["webhook-signature"].split(" ")
    assert ours == "v1,yAdTBxo/d42Ue+YnaxU9hDn5UHoXqmvpBeIwBbXKNwg="
    assert example == signing.signature(EXAMPLE, "ping:1", 0, b"")


def test_a_new_secret_is_written_as_the_scheme_has_it() -> None:
    secret = signing.new_secret(bytes)
    assert secret.startswith("whsec_")
    assert base64.b64decode(secret.removeprefix("whsec_")) == bytes(32)
