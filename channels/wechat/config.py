"""What the WeChat channel must be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Mode = Literal["safe", "compatible", "plain"]


@dataclass(frozen=True, slots=True)
class WeChatConfig:
    """One official account.

    mode: `auto` is safe when there is an AES key, else plain. account_id: the account's original id (`gh_…`); when
    given, messages to another one are refused. timestamp_window, reply_within: seconds; the platform hangs up after
    five. media_hosts: where pictures may be fetched from, `*.` for any host under a domain; `host:port` where the
    port is not the scheme's own. The API's own host is always allowed. template_id: the template message to fall back
    to; template_fields: its fields and what they say, `{text}` being the beginning of the message.
    """

    app_id: str
    token: str = field(repr=False)
    app_secret: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)
    mode: Mode | Literal["auto"] = "auto"
    account_id: str = ""
    timestamp_window: float = 300.0
    reply_within: float = 4.5
    api_base: str = "https://api.weixin.qq.com"
    template_id: str = ""
    template_fields: tuple[tuple[str, str], ...] = (("first", "{text}"),)
    media_hosts: tuple[str, ...] = ("*.qpic.cn", "*.qlogo.cn", "*.qq.com")

    def __post_init__(self) -> None:
        if not self.app_id or not self.token:
            raise ValueError("the WeChat channel needs app_id and token")
        if self.mode in ("safe", "compatible") and not self.aes_key:
            raise ValueError(f"WeChat mode {self.mode} needs aes_key")
        base = urlsplit(self.api_base)
        if base.scheme not in ("http", "https") or not base.netloc:
            raise ValueError("api_base is a URL, e.g. https://api.weixin.qq.com")

    @property
    def effective_mode(self) -> Mode:
        if self.mode == "auto":
            return "safe" if self.aes_key else "plain"
        return self.mode
