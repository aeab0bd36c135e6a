"""The settings: one frozen object, read once at start from the environment, `.env` and `config/hotline.toml`.

Order of precedence: environment variables (prefix `HOTLINE_`, nested by `__`), then `.env`, then the file.
Everything wrong is named at once (`SettingsError`), so that an operator mends it in one go.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from datetime import time
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

ROOT = Path(__file__).resolve().parent.parent
FILE = Path(__file__).resolve().parent / "hotline.toml"
PREFIX = "HOTLINE_"
SHORTEST_KEY = 8  # characters; fewer are a slip of the hand. The doctor asks for KEY_BYTES.
KEY_BYTES = 32  # the least a key that signs may have: as long as the digest of HMAC-SHA256 (RFC 2104, section 3)
_DATA_KEY_BYTES = 32  # of AES-256
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class SettingsError(Exception):
    """One line for each setting that is wrong, missing or unknown."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _duration(value: object) -> object:
    if isinstance(value, str):
        found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|h|d)", value.strip())
        if not found:
            raise ValueError("a duration is written 30s, 15m, 2h or 1d")
        return float(found[1]) * _UNITS[found[2]]
    return value


Seconds = Annotated[float, BeforeValidator(_duration), Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Log(_Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "readable"] = "auto"


class WeChat(_Section):
    app_id: str = ""
    app_secret: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    aes_key: SecretStr = SecretStr("")
    mode: Literal["auto", "plain", "compatible", "safe"] = "auto"
    api_base: str = "https://api.weixin.qq.com"
    timestamp_window: Seconds = 300.0
    reply_within: Annotated[Seconds, Field(le=4.8)] = 4.5
    template_id: str = ""
    template_fields: dict[str, str] = {"first": "{text}"}
    messages_per_second: float = Field(0.0, ge=0)

    @property
    def configured(self) -> bool:
        return bool(self.app_id and self.token.get_secret_value())

    @model_validator(mode="after")
    def _whole(self) -> WeChat:
        key = self.aes_key.get_secret_value()
        problems = []
        if bool(self.app_id) != bool(self.token.get_secret_value()):
            problems.append("app_id and token belong together: set both, or neither to keep the channel off")
        if key and not re.fullmatch(r"[A-Za-z0-9]{43}", key):
            problems.append("aes_key has 43 letters and digits (EncodingAESKey)")
        if self.mode in ("safe", "compatible") and not key:
            problems.append(f"mode {self.mode} needs aes_key")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Sms(_Section):
    account_sid: str = ""
    auth_token: SecretStr = SecretStr("")
    from_number: str = ""
    messaging_service_sid: str = ""
    api_base: str = "https://api.twilio.com"
    messages_per_second: float = Field(0.0, ge=0)
    phone_off_retry: Seconds = 300.0

    @property
    def configured(self) -> bool:
        return bool(self.account_sid and self.auth_token.get_secret_value())

    @model_validator(mode="after")
    def _whole(self) -> Sms:
        problems = []
        if bool(self.account_sid) != bool(self.auth_token.get_secret_value()):
            problems.append("account_sid and auth_token belong together: set both, or neither to keep the channel off")
        if self.configured and not (self.from_number or self.messaging_service_sid):
            problems.append("set from_number or messaging_service_sid, so that answers can be sent")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Delivery(_Section):
    lease: Annotated[Seconds, Field(ge=1)] = 30.0
    attempts: int = Field(10, ge=1, le=100)
    first_retry: Seconds = 2.0
    longest_retry: Seconds = 600.0
    doubt_after: Seconds = 10.0
    patience: Seconds = 2 * 86400.0


class Web(_Section):
    allowed_origins: tuple[str, ...] = ()
    session_lifetime: Seconds = 90 * 86400.0
    sessions_per_address: int = Field(30, ge=1)
    messages_per_visitor: int = Field(30, ge=1)
    uploads_per_visitor: int = Field(20, ge=1)
    requests_per_address: int = Field(1200, ge=1)
    sockets_per_visitor: int = Field(5, ge=1)
    sockets_per_address: int = Field(200, ge=1)
    upload_bytes: int = Field(10 * 1024 * 1024, ge=1024, le=16 * 1024 * 1024)
    trusted_proxies: tuple[str, ...] = ()


def _span(value: str) -> str:
    """As it is written; `5wd` are workdays."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(wd|s|m|h|d)", value.strip())
    if not found or float(found[1]) <= 0:
        raise ValueError("a duration is written 30s, 15m, 2h, 1d or, in workdays, 5wd")
    return value.strip()


Span = Annotated[str, AfterValidator(_span)]


class Finish(_Section):
    consultation: Span = "2wd"
    help: Span = "5wd"
    complaint: Span = "5wd"
    report: Span = "5wd"
    suggestion: Span = "5wd"
    praise: Span = "5wd"


class Tickets(_Section):
    contact: Span = "30m"
    sign: Span = "1wd"
    return_within: Span = "1wd"
    finish: Finish = Finish()
    complex: Span = "15wd"
    urgent: Span = "1d"
    joint: Span = "3wd"
    remind_at: float = Field(0.8, gt=0, lt=1)
    red_after: Span = "2wd"
    yellows: int = Field(3, ge=2)
    supervision: Span = "2wd"
    callback: Span = "3wd"
    again_after: Span = "1wd"
    attempts: int = Field(3, ge=1, le=10)
    most_extension: float = Field(10.0, gt=0)
    archive_after: Span = "30d"
    tell_after: Seconds = 60.0


class People(_Section):
    hours: str = Field("08:30-17:30", pattern=r"^\d\d:\d\d-\d\d:\d\d$")
    days: str = Field("1-7", pattern=r"^[1-7](-[1-7])?$")

    @field_validator("hours")
    @classmethod
    def _times(cls, hours: str) -> str:
        try:
            for part in hours.split("-"):
                time.fromisoformat(part)
        except ValueError:
            raise ValueError("hours are two times from 00:00 to 23:59, e.g. 08:30-17:30") from None
        return hours

    @field_validator("days")
    @classmethod
    def _first_before_last(cls, days: str) -> str:
        if days[0] > days[-1]:
            raise ValueError("days run from the earlier to the later in the week, e.g. 1-5; 1 is Monday")
        return days


class Desk(_Section):
    session_idle: Seconds = 2 * 3600.0
    session_lifetime: Seconds = 12 * 3600.0
    sign_ins_per_address: int = Field(120, ge=1)
    attempts: int = Field(5, ge=1)
    first_pause: Seconds = 30.0
    longest_pause: Seconds = 3600.0


class Handoff(_Section):
    lost_after: Seconds = 60.0
    unclaimed_after: Seconds = 900.0
    silent_after: Seconds = 12 * 3600.0
    skill_after: Seconds = 120.0


class Webhooks(_Section):
    networks: tuple[str, ...] = ()
    patience: Seconds = 86400.0
    grace: Seconds = 86400.0
    keep: Seconds = 30 * 86400.0

    @field_validator("networks")
    @classmethod
    def _whole_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for network in networks:
                ip_network(network)
        except ValueError:
            raise ValueError('networks are written as in ["10.20.0.0/16", "fd12:3456::/48"]') from None
        return networks


class Admin(_Section):
    username: str = ""
    password: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _whole(self) -> Admin:
        problems = []
        if bool(self.username) != bool(self.password.get_secret_value()):
            problems.append("username and password belong together: set both, or neither to have them made up")
        if self.username and not _USERNAME.fullmatch(self.username.lower()):
            problems.append("username has 2 to 64 letters, digits and . _ @ -")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Settings(BaseSettings):
    """Everything an operator may set. Durations are seconds here, `30s 15m 2h 1d` in the sources."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_file=".env", extra="forbid", frozen=True, toml_file=FILE
    )

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    public_url: str = ""
    data_dir: Path = Path("var")
    mongo_url: SecretStr = SecretStr("")
    mongo_database: str = Field("hotline", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,37}$")
    redis_url: SecretStr = SecretStr("")
    redis_prefix: str = Field("hotline", pattern=r"^[A-Za-z0-9_-]{1,38}$")
    secret_key: SecretStr = SecretStr("")
    data_keys: SecretStr = SecretStr("")
    demo: bool | None = None
    simulator_url: str = ""
    store_timeout: Seconds = 5.0
    start_timeout: Seconds = 60.0
    log: Log = Log()
    wechat: WeChat = WeChat()
    sms: Sms = Sms()
    delivery: Delivery = Delivery()
    web: Web = Web()
    people: People = People()
    tickets: Tickets = Tickets()
    desk: Desk = Desk()
    handoff: Handoff = Handoff()
    webhooks: Webhooks = Webhooks()
    admin: Admin = Admin()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        problems = []
        if 0 < len(self.secret_key.get_secret_value()) < SHORTEST_KEY:
            problems.append(f"secret_key has at least {SHORTEST_KEY} characters; `openssl rand -hex 32` makes one")
        if self.public_url and not re.fullmatch(r"https?://[^/\s?#]+", self.public_url):
            problems.append("public_url is scheme and host only, without a path, e.g. https://12345.example.cn")
        if self.simulator_url and not re.fullmatch(r"http://127\.0\.0\.1:\d+", self.simulator_url):
            problems.append("simulator_url is on this machine: http://127.0.0.1:8090")
        try:
            self.keys_for_data()
        except ValueError as error:
            problems.append(f"data_keys: {error}")
        if self.sms.configured and not self.public_url:
            problems.append("SMS needs public_url: the provider signs the address it calls, and that must be known")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def embedded(self) -> bool:
        """At least one of the two stores is an embedded server of this data directory."""
        return not (self.mongo_url.get_secret_value() and self.redis_url.get_secret_value())

    @property
    def demo_mode(self) -> bool:
        """Sample data, and no platform: when nothing is configured, unless it is said outright."""
        if self.demo is not None:
            return self.demo
        shared = self.mongo_url.get_secret_value() or self.redis_url.get_secret_value()
        return not (shared or self.wechat.configured or self.sms.configured)

    def keys_for_data(self) -> tuple[tuple[str, bytes], ...]:
        """Ids and keys that seal personal data, the newest first; none when the one made of the signing key is used.
        Raises ValueError that repeats no key."""
        keys: dict[str, bytes] = {}
        given = self.data_keys.get_secret_value()
        for position, part in enumerate(given.split(",") if given else (), 1):
            id, _, encoded = part.strip().partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                key = b""
            if not re.fullmatch(r"[A-Za-z0-9]{1,16}", id) or len(key) != _DATA_KEY_BYTES:
                about = f"key {position} is not id:base64 of {_DATA_KEY_BYTES} bytes"
                raise ValueError(f"{about}; `openssl rand -base64 {_DATA_KEY_BYTES}` makes one")
            if id == "0" or id in keys:
                raise ValueError(f"the id of key {position} is taken; 0 is the key made of secret_key")
            keys[id] = key
        return tuple(keys.items())

    def signing_key(self) -> bytes:
        """The key for session tokens: the configured one, or one made once and kept beside the embedded data.

        Raises `SettingsError` when it cannot be kept there, or what is kept there is no whole key."""
        given = self.secret_key.get_secret_value()
        if given:
            return given.encode()
        path = self.data_dir / "secret.key"
        try:
            if not path.exists():
                _make_key(path)
            key = path.read_bytes().strip()
        except OSError as error:
            raise SettingsError([f"{path}: the key for sessions cannot be kept here: {error.strerror}"]) from error
        if len(key) < KEY_BYTES:
            about = f"no whole key ({len(key)} bytes); delete the file: a new key is made, and visitors start anew"
            raise SettingsError([f"{path}: {about}"])
        return key


def _make_key(path: Path) -> None:
    """Put a new key at `path`, whole or not at all; of several processes the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        # not renamed: that would take the place of another process's key
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


def _known_keys(model: type[BaseModel], prefix: str = "") -> set[str]:
    keys: set[str] = set()
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            keys |= _known_keys(kind, f"{prefix}{name}__")
        keys.add(f"{prefix}{name}")
    return keys


def _unknown_names(environment: Mapping[str, str]) -> list[str]:
    known = {f"{PREFIX}{key}".upper() for key in _known_keys(Settings)}
    return [
        f"{name}: no such setting"
        for name in sorted(environment)
        if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_") and name.upper() not in known
    ]


def load(**overrides: Any) -> Settings:
    """The settings of this process. `overrides` come before every source (command line options).

    Raises `SettingsError` naming every bad, missing or unknown key; values are never repeated in it.
    """
    problems = _unknown_names(os.environ)
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        for item in error.errors(include_input=False, include_url=False):
            where = "__".join(str(part) for part in item["loc"]).upper()
            problems.append(f"{PREFIX}{where}: {item['msg']}" if where else item["msg"])
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{FILE.name}: {error}")
    if problems:
        raise SettingsError(problems)
    return settings
