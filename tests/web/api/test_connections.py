"""Who is refused before everything was sent is told that the connection ends, so that nothing more is sent on it."""

from __future__ import annotations

import http.client

import pytest

from channels.handling import BODY_LIMIT
from tests.web.api.office import API, DESK, Office
from tests.web.api.who_may import CITIZEN


@pytest.mark.parametrize(
    ("method", "path", "length"),
    [
        ("POST", f"{API}/uploads", 2),
        ("POST", f"{API}/uploads", 10**9),
        ("PUT", f"{DESK}/calendar/2031", 10**9),
        ("POST", f"{DESK}/tickets/DG202601010000000/attachments", 2),
    ],
)
def test_a_connection_that_ends_says_so(office: Office, method: str, path: str, length: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", office.gateway.port, timeout=10)
    connection.putrequest(method, path)
    connection.putheader("Content-Length", str(length))
    connection.endheaders(b"{}")
    answer = connection.getresponse()
    assert (answer.status in (401, 413), answer.getheader("Connection")) == (True, "close")
    connection.close()


def test_a_connection_goes_on_where_everything_was_read(office: Office) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", office.gateway.port, timeout=10)
    headers = dict(office.headers(CITIZEN))
    for path, length in ((f"{API}/messages", 2), (f"{API}/uploads", 2), (f"{API}/messages", BODY_LIMIT + 1)):
        connection.request("POST", path, b"{" + b" " * (length - 2) + b"}", headers)
        answer = connection.getresponse()
        answer.read()
        assert (answer.status in (400, 413, 415), answer.getheader("Connection")) == (True, None), (path, answer.status)
    connection.close()
