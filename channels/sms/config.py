"""What the SMS channel must be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class SmsConfig:
    """One Twilio account.

    from_number: in E.164. messaging_service_sid: when given, the service chooses the number. public_url: where the
    platform reaches us, without the path; its signatures cover it, so that nothing can be believed without it.
    media_hosts: where pictures may be redirected to, `*.` for any host under a domain; the account's password goes to
    none of them. phone_off_retry: seconds until the first other try with a phone that is off or has no signal.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str
    from_number: str = ""
    messaging_service_sid: str = ""
    api_base: str = "https://api.twilio.com"
    media_hosts: tuple[str, ...] = ("*.twiliocdn.com", "*.amazonaws.com")
    phone_off_retry: float = 300.0

    def __post_init__(self) -> None:
        if not self.account_sid or not self.auth_token:
            raise ValueError("the SMS channel needs account_sid and auth_token")
        if not self.from_number and not self.messaging_service_sid:
            raise ValueError("the SMS channel needs from_number or messaging_service_sid")
        if not _is_address(self.public_url):
            raise ValueError(
                "the SMS channel needs the public URL that Twilio calls, without a query, e.g. https://12345.example.cn"
            )
        if not _is_address(self.api_base):
            raise ValueError("api_base is a URL, e.g. https://api.twilio.com")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
    except ValueError:
        return False
