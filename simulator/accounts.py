"""Whose platform this is: the credentials of one official account and one SMS account."""

from __future__ import annotations

import random
import secrets
import string
from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["safe", "plain", "compatible"]


@dataclass(frozen=True, slots=True)
class WeChatAccount:
    """An official account. account_id: its original id, `gh_…`. template_ids: templates it may send."""

    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    account_id: str
    mode: Mode = "safe"
    template_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """An SMS account with one number and one messaging service, which sends from that number."""

    account_sid: str
    auth_token: str = field(repr=False)
    from_number: str
    messaging_service_sid: str


@dataclass(frozen=True, slots=True)
class Account:
    """Both, and where their callbacks go.

    gateway_url: where callbacks are sent. public_url: the address the gateway is configured with, which Twilio's
    signatures are made over; the same when empty.
    """

    wechat: WeChatAccount
    twilio: TwilioAccount
    gateway_url: str = "http://127.0.0.1:8000"
    public_url: str = ""

    @property
    def signed_url(self) -> str:
        """The address signatures are made over, without a slash at its end."""
        return (self.public_url or self.gateway_url).rstrip("/")


def fresh_account(
    seed: int | None = None,
    *,
    gateway_url: str = "http://127.0.0.1:8000",
    public_url: str = "",
    mode: Mode = "safe",
) -> Account:
    """Random credentials; the same ones for the same seed."""
    source = secrets.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311  a seed asks for no secret

    def text(alphabet: str, length: int) -> str:
        return "".join(source.choice(alphabet) for _ in range(length))

    hexadecimal, letters = "0123456789abcdef", string.ascii_letters + string.digits
    return Account(
        wechat=WeChatAccount(
            app_id="wx" + text(hexadecimal, 16),
            app_secret=text(hexadecimal, 32),
            token=text(letters, 24),
            aes_key=text(letters, 43),
            account_id="gh_" + text(hexadecimal, 12),
            mode=mode,
            template_ids=(text(letters, 43),),
        ),
        twilio=TwilioAccount(
            account_sid="AC" + text(hexadecimal, 32),
            auth_token=text(hexadecimal, 32),
            from_number="+1415555" + text(string.digits, 4),
            messaging_service_sid="MG" + text(hexadecimal, 32),
        ),
        gateway_url=gateway_url,
        public_url=public_url,
    )


def environment(account: Account, url: str) -> dict[str, str]:
    """What a gateway must be told to work with the simulator at `url`."""
    wechat, twilio = account.wechat, account.twilio
    return {
        "HOTLINE_PUBLIC_URL": account.signed_url,
        "HOTLINE_WECHAT__APP_ID": wechat.app_id,
        "HOTLINE_WECHAT__APP_SECRET": wechat.app_secret,
        "HOTLINE_WECHAT__TOKEN": wechat.token,
        "HOTLINE_WECHAT__AES_KEY": wechat.aes_key,
        "HOTLINE_WECHAT__MODE": wechat.mode,
        "HOTLINE_WECHAT__API_BASE": url,
        "HOTLINE_SMS__ACCOUNT_SID": twilio.account_sid,
        "HOTLINE_SMS__AUTH_TOKEN": twilio.auth_token,
        "HOTLINE_SMS__FROM_NUMBER": twilio.from_number,
        "HOTLINE_SMS__MESSAGING_SERVICE_SID": twilio.messaging_service_sid,
        "HOTLINE_SMS__API_BASE": url,
        # nobody who switches a phone off and on again waits the minutes that a network is given
        "HOTLINE_SMS__PHONE_OFF_RETRY": "2s",
    }
