"""Where webhooks may lead: by the words of the address, and by what is connected to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.core.errors import Invalid
from gateway.core.webhooks import NoAnswer, signing
from gateway.core.webhooks.addresses import check_url, may_be_called
from gateway.posting import Poster
from tests.core.webhooks.conftest import LOOPBACK, Receivers

INNER = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "233.252.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff0e::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
)
PUBLIC = ("8.8.8.8", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808")


@pytest.mark.parametrize("address", INNER)
def test_what_only_we_can_reach_is_not_called(address: str) -> None:
    assert not may_be_called(address, ())
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Invalid, match="内部地址"):
        check_url(f"https://{host}/hook", ())


@pytest.mark.parametrize("address", PUBLIC)
def test_what_everybody_can_reach_is(address: str) -> None:
    assert may_be_called(address, ())


def test_what_the_operator_allows_is_called() -> None:
    allowed = (ip_network("10.20.0.0/16"), ip_network("fd12::/16"))
    assert may_be_called("10.20.3.4", allowed)
    assert may_be_called("::ffff:10.20.3.4", allowed)
    assert may_be_called("fd12::1", allowed)
    assert not may_be_called("10.21.0.1", allowed)
    check_url("https://10.20.3.4:8443/hook?key=1", allowed)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.gov.cn/hook",
        "ftp://example.gov.cn/",
        "http://example.gov.cn/hook",
        "http://8.8.8.8/hook",
        "https://",
        "https:///hook",
        "https://user:word@example.gov.cn/",
        "https://user@example.gov.cn/",
        "https://example.gov.cn/#part",
        "https://example.gov.cn:port/",
        "https://exa mple.gov.cn/",
        "https://example.gov.cn/\n",
        "https://例子.cn/",
        "https://[::1",
        f"https://example.gov.cn/{'x' * 2000}",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_address_to_tell_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        check_url(url, (LOOPBACK,))


def test_plain_http_within_this_machine_only_and_only_where_that_is_allowed() -> None:
    check_url("http://127.0.0.1:8000/hook", (LOOPBACK,))
    check_url("http://localhost:8000/hook", (LOOPBACK,))
    for url in ("http://127.0.0.1:8000/hook", "http://localhost/", "https://localhost/"):
        with pytest.raises(Invalid):
            check_url(url, ())
    with pytest.raises(Invalid):
        check_url("http://10.20.3.4/", (ip_network("10.0.0.0/8"),))


# Ways to write 127.0.0.1 that only the resolver understands, and a name that leads there.
@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "localhost"])
@pytest.mark.gen_test
async def test_nothing_connects_to_an_inner_address_however_it_is_written(receivers: Receivers, host: str) -> None:
    receiver = receivers()
    closed = Poster(())
    with pytest.raises(NoAnswer, match="address"):
        await closed(f"http://{host}:{receiver.port}/hook", {}, b"{}")
    await closed.close()
    assert receiver.heard == []


@pytest.mark.gen_test
async def test_a_name_that_leads_inside_when_it_is_called_is_caught_then(
    receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = receivers()
    check_url("https://portal.example.gov.cn/", ())

    def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    closed, open_ = Poster(()), Poster((LOOPBACK,))
    with pytest.raises(NoAnswer, match="address"):
        await closed(f"http://portal.example.gov.cn:{receiver.port}/hook", {}, b"{}")
    assert receiver.heard == []
    signed = signing.headers(["whsec_AAAA"], "a", 0, b'{"type": "x"}')
    assert (await open_(f"http://portal.example.gov.cn:{receiver.port}/hook", signed, b'{"type": "x"}')).taken
    await closed.close()
    await open_.close()


@pytest.mark.gen_test
async def test_an_address_nobody_listens_at_and_one_that_is_none(receivers: Receivers) -> None:
    receiver = receivers()
    await receiver.close()
    poster = Poster((LOOPBACK,))
    for url, code in ((receiver.url, "no_connection"), ("x", "address")):
        with pytest.raises(NoAnswer) as refused:
            await poster(url, {}, b"{}")
        assert refused.value.code == code
    await poster.close()


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(
        certificate.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem")
    return context


@pytest.mark.gen_test
async def test_who_has_no_right_certificate_is_told_nothing(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=_self_signed(tmp_path))
    poster = Poster((LOOPBACK,))
    with pytest.raises(NoAnswer, match="certificate"):
        await poster(f"https://localhost:{server.sockets[0].getsockname()[1]}/", {}, b"{}")
    await poster.close()
    server.close()
    await server.wait_closed()
    assert heard == []
