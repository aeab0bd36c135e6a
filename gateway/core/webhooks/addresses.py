"""Where webhooks may lead: pure. Who enters an address must not reach through us what only we can reach."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from gateway.core.errors import Invalid

Network = IPv4Network | IPv6Network
_MOST = 2000  # characters
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052


def may_be_called(address: str, allowed: Sequence[Network]) -> bool:
    """Whether an IP address is public, or in a network the operator allows."""
    meant = _meant(address)
    if any(meant in network for network in allowed):
        return True
    return meant.is_global and not meant.is_multicast


def check_url(url: str, allowed: Sequence[Network]) -> None:
    """What can be known of an address before its name is looked up. Raises `Invalid`."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or len(url) > _MOST or not url.isascii() or not url.isprintable() or " " in url:
        raise Invalid("地址要写完整，例如 https://example.gov.cn/hotline")
    if "@" in parts.netloc or parts.fragment:
        raise Invalid("地址里不要写用户名、密码和 # 后面的部分")
    ip = _ip(host)
    if ip is not None and not may_be_called(ip, allowed):
        raise Invalid("这是内部地址，没有允许通知到这里")
    # within this machine there is nobody to listen in
    if parts.scheme != "https" and not (parts.scheme == "http" and ip is not None and _meant(ip).is_loopback):
        raise Invalid("地址要以 https:// 开头")


def _ip(host: str) -> str | None:
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def _meant(address: str) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    ip = ip_address(address)
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
