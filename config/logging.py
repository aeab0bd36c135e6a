"""Logs an operator can read: one line an event, JSON or readable, personal data masked, a request id on each line."""

from __future__ import annotations

import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

request_id: ContextVar[str] = ContextVar("request_id", default="")

# mainland mobile numbers, identity numbers (GB 11643), WeChat OpenIDs, and secrets in a query string
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")
_OPENID = re.compile(r"(?<![\w-])(o[\w-]{3})[\w-]{20}([\w-]{4})(?![\w-])")
_SECRET = re.compile(
    r"([?&](?:access_token|secret|token|code|signature|msg_signature|password)=)[^&\s\"']+", re.IGNORECASE
)
_URL_PASSWORD = re.compile(r"(\w+://[^:/@\s]*:)[^@/\s]+@")


def mask(text: str) -> str:
    """The text with phone and identity numbers, OpenIDs and secrets blanked in the middle."""
    text = _IDENTITY.sub(r"\1********\2", text)
    text = _PHONE.sub(r"\1****\2", text)
    text = _OPENID.sub(r"\1…\2", text)
    text = _URL_PASSWORD.sub(r"\1***@", text)
    return _SECRET.sub(r"\1***", text)


_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _OWN}


class _Stamp(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "request_id"):
            record.request_id = request_id.get()
        return True


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update((key, value) for key, value in _fields(record).items() if value not in ("", None))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return mask(orjson.dumps(line, default=str).decode())


class ReadableFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = _fields(record)
        about = fields.pop("request_id", "")
        extra = "".join(f" {key}={value}" for key, value in fields.items())
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S.%f")[:-3]
        line = f"{time} {record.levelname:<7} {record.name}: {record.getMessage()}{extra}"
        if about:
            line += f" [{about}]"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return mask(line)


def configure(level: str, style: str) -> None:
    """Send every log line to standard error. style: json, readable, or auto (readable on a terminal)."""
    readable = style == "readable" or (style == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ReadableFormatter() if readable else JsonFormatter())
    handler.addFilter(_Stamp())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("pymongo", "motor", "asyncio", "aiohttp", "tornado.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
