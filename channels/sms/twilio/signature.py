"""Twilio's signature over a callback. Pure.

Source: https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from channels.sms.errors import BadSignature
from channels.sms.fields import Fields, form, json_object
from channels.sms.provider import Request

_FORM = "application/x-www-form-urlencoded"
_PORTS = {"http": 80, "https": 443}
_WITH_PORT = re.compile(r":\d*$")


def verified(request: Request, *, token: str, public_url: str) -> Fields:
    """The fields of a request that Twilio signed: those of its form or JSON body, else of its query.

    public_url: scheme, host and whatever stands before the path; what the request itself says of its host is not
    believed. Raises `BadSignature`, and `Malformed` for a signed body that cannot be read.
    """
    signature = request.headers.get("X-Twilio-Signature") or ""
    _, _, query = request.target.partition("?")
    kind = (request.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    in_query = Fields(form(_bytes(query)))
    read_json = False
    signed = Fields()
    if request.method == "GET":
        fields = in_query
    elif kind == _FORM or not request.body:
        fields = signed = Fields(form(request.body))
    else:
        # any other body is covered by its hash in the query, or by nothing
        hashes = set(in_query.getall("bodySHA256"))
        if len(hashes) != 1 or not _same(sha256(request.body).hexdigest(), hashes.pop().lower()):
            raise BadSignature("the body is not the one that was signed")
        read_json = True
        fields = in_query
    validator = RequestValidator(token)
    # The SDK's own choice of addresses loses a password before a port and an empty query; its sum is right.
    matches = [
        _same(validator.compute_signature(url, signed), signature) for url in addresses(public_url, request.target)
    ]
    if not any(matches):
        raise BadSignature("the signature is missing or wrong")
    return Fields(json_object(request.body)) if read_json else fields


def addresses(public_url: str, target: str) -> list[str]:
    """The spellings of our address that Twilio may have signed: as configured, without a port, with the scheme's."""
    scheme, _, rest = public_url.rstrip("/").partition("://")
    authority, slash, prefix = rest.partition("/")
    userinfo, at, host = authority.rpartition("@")
    bare = _WITH_PORT.sub("", host)
    standard = f"{bare}:{_PORTS.get(scheme.lower(), 443)}"
    path = _bytes(target).decode("utf-8", errors="replace")
    hosts = dict.fromkeys((host, bare, standard if host in (bare, standard) else host))
    return [f"{scheme}://{userinfo}{at}{spelling}{slash}{prefix}{path}" for spelling in hosts]


def _bytes(target: str) -> bytes:
    """A request target's bytes; the server reads them as Latin-1."""
    try:
        return target.encode("latin-1")
    except UnicodeEncodeError:
        return target.encode("utf-8", errors="replace")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", errors="replace"))
