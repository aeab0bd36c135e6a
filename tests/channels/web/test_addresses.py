"""Who called, as limits count it, and how much they say they send."""

from __future__ import annotations

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from channels.handling import client_address, declared_length

PROXIES = frozenset({"10.0.0.1", "10.0.0.2", "2001:db8:aa::1"})


def request(remote_ip: str, **headers: str) -> HTTPServerRequest:
    named = HTTPHeaders({name.replace("_", "-"): value for name, value in headers.items()})
    named["Host"] = "h"
    made = HTTPServerRequest(start_line=RequestStartLine("GET", "/", "HTTP/1.1"), headers=named)
    made.remote_ip = remote_ip
    return made


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "", "2001:db8:1:2::/64"),
        ("2001:db8:aa::1", "2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "not:an:address", "not:an:address"),
        ("::1", "", "::/64"),
    ],
)
def test_client_address(peer: str, forwarded: str, address: str) -> None:
    headers = {"X_Forwarded_For": forwarded} if forwarded else {}
    assert client_address(request(peer, **headers), PROXIES) == address


@pytest.mark.parametrize(
    ("given", "length"),
    [("0", 0), ("65537", 65537), ("", None), ("-1", None), ("1.5", None), ("²", None), ("9" * 5000, None)],
)
def test_declared_length(given: str, length: int | None) -> None:
    assert declared_length(request("192.0.2.1", Content_Length=given)) == length
