"""The Tornado base handler: one JSON error envelope, security headers, a request id, and limits on what is read."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Collection, Mapping
from ipaddress import IPv6Address, IPv6Network
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from tornado.httputil import HTTPServerRequest
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler
from ulid import ULID

from channels.contract import IntakeUnavailable, Language

log = logging.getLogger("hotline.http")

Model = TypeVar("Model", bound=BaseModel)

_PIECE = 64 * 1024  # bytes of a file that are sent at once
_STALLS = 10.0  # seconds for one to be taken
BODY_LIMIT = 64 * 1024  # bytes of a request; handlers that take more read it as it comes, and say how much

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class ApiError(Exception):
    """What the caller is told, as the envelope's code, message and details. retry_after: seconds."""

    def __init__(
        self, status: int, code: str, message: str, *, retry_after: float | None = None, **details: object
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.details = details


_CODES = {
    400: ("bad_request", "请求有误"),
    401: ("unauthorized", "请先开始会话"),
    403: ("forbidden", "不允许"),
    404: ("not_found", "没有这个地址"),
    405: ("method_not_allowed", "不支持这种请求方法"),
    413: ("too_large", "内容太大"),
    415: ("unsupported_type", "不支持这种内容类型"),
    429: ("too_many_requests", "操作太频繁，请稍后再试"),
    503: ("unavailable", "服务暂时不可用，请稍后再试"),
}


def client_address(request: HTTPServerRequest, trusted: Collection[str]) -> str:
    """Who called, as limits count it. X-Forwarded-For is believed only from trusted proxies, from the right.

    An IPv6 address is given as its network of 64 bits, which is the least that one line or machine is assigned.
    """
    address = _unmapped(request.remote_ip or "")
    if address in trusted:
        for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
            address = _unmapped(hop.strip()) or address
            if address not in trusted:
                break
    if ":" not in address:
        return address
    try:
        return str(IPv6Network((int(IPv6Address(address)), 64), strict=False))
    except ValueError:
        return address


def _unmapped(address: str) -> str:
    """An IPv4 address as a socket for both versions shows it, in its own form."""
    return address[7:] if address.startswith("::ffff:") and "." in address else address


def from_trusted_proxy(request: HTTPServerRequest, trusted: Collection[str]) -> bool:
    return _unmapped(request.remote_ip or "") in trusted


def own_origin(request: HTTPServerRequest, public_url: str, trusted: Collection[str]) -> str:
    """The origin our pages have: the public one, else that of the request. Behind a trusted proxy the scheme is the one
    it names in X-Forwarded-Proto, the last when there are several."""
    if public_url:
        return public_url
    scheme = request.protocol
    if from_trusted_proxy(request, trusted):
        named = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
        scheme = named if named in ("http", "https") else scheme
    return f"{scheme}://{request.host}"


def declared_length(request: HTTPServerRequest) -> int | None:
    """The body's length in bytes as its sender declares it; None when it is not declared, or not as a number."""
    length = request.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) <= 18 else None


def language_of(accepted: str) -> Language:
    """Which of ours an Accept-Language header prefers; Chinese when it names neither."""
    best: tuple[float, Language] = (0.0, "zh")
    for one in accepted.split(","):
        tag, _, rest = one.strip().lower().partition(";")
        weight = _weight(rest)
        if tag.startswith("zh") and weight > best[0]:
            best = (weight, "zh")
        elif tag.startswith("en") and weight > best[0]:
            best = (weight, "en")
    return best[1]


def _weight(parameters: str) -> float:
    found = re.search(r"q=([01](?:\.[0-9]{0,3})?)", parameters)
    return float(found[1]) if found else 1.0


def _untranslated(said: str) -> str:
    return said


class JsonHandler(RequestHandler):
    """Writes JSON and turns every error into `{"error": {"code", "message", "details"}}` with the right status.

    Errors are raised in Chinese. The application's setting `in_english` says the same in English, for who prefers it.
    """

    request_id = ""

    def set_default_headers(self) -> None:
        for name, value in SECURITY_HEADERS.items():
            self.set_header(name, value)
        self.clear_header("Server")
        if not self.request_id:  # an error sets the headers anew, for the same request
            given = self.request.headers.get("X-Request-Id", "")
            self.request_id = given if re.fullmatch(r"[A-Za-z0-9-]{8,64}", given) else str(ULID())
        self.set_header("X-Request-Id", self.request_id)

    @property
    def language(self) -> Language:
        """The one whoever asks prefers."""
        return language_of(self.request.headers.get("Accept-Language", ""))

    def compute_etag(self) -> str | None:
        return None  # nothing here is kept by caches

    def reply(self, body: BaseModel | Mapping[str, Any], status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(body.model_dump_json() if isinstance(body, BaseModel) else orjson.dumps(body))

    async def send_in_pieces(self, data: bytes, *, within: float | None = None) -> None:
        """As the body, as fast as it is taken. What is not taken within so many seconds, or too slowly, is dropped with
        the connection."""
        try:
            async with asyncio.timeout(within):
                for start in range(0, len(data), _PIECE):
                    self.write(data[start : start + _PIECE])
                    async with asyncio.timeout(_STALLS):
                        await self.flush()
        except (TimeoutError, StreamClosedError):
            connection: Any = self.request.connection
            connection.close()
            return
        self.finish()

    def body(self, model: type[Model]) -> Model:
        """The request's JSON, validated. Raises `ApiError` 400 or 415."""
        kind = self.request.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()
        if self.request.body and kind != "application/json":
            raise ApiError(415, "unsupported_type", "请用 JSON")
        return validated(model, self.request.body or b"{}")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        code, message = _CODES.get(status_code, ("error", "出了点问题，请稍后再试"))
        details: Mapping[str, object] = {}
        if isinstance(error, ApiError):
            status_code, code, message, details = error.status, error.code, error.message, error.details
            self.set_status(status_code)
            if error.retry_after is not None:
                self.set_header("Retry-After", str(max(1, round(error.retry_after + 0.5))))
        if status_code == 405:
            self.set_header("Allow", ", ".join(self._methods()))
        body: Any = getattr(self.request, "_body_future", None)  # of a body that is read as it comes
        if body is not None and not body.done():
            # Tornado hangs up without a word, and what is sent next on this connection would be lost
            self.set_header("Connection", "close")
        if self.language == "en":
            in_english = self.settings.get("in_english", _untranslated)
            message, details = in_english(message), _details_in_english(details, in_english)
        self.reply({"error": {"code": code, "message": message, "details": details}}, status_code)

    def _methods(self) -> list[str]:
        unknown = RequestHandler._unimplemented_method
        return [name for name in self.SUPPORTED_METHODS if getattr(type(self), name.lower()) is not unknown]

    def _handle_request_exception(self, e: BaseException) -> None:
        if not isinstance(e, IntakeUnavailable):
            super()._handle_request_exception(e)
            return
        try:  # Tornado answers the exception being handled, not the one it is given
            raise ApiError(503, "unavailable", "服务暂时不可用，请稍后再试", retry_after=2) from e
        except ApiError as told:
            super()._handle_request_exception(told)

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        if isinstance(value, ApiError | HTTPError):
            status = value.status if isinstance(value, ApiError) else value.status_code
            code = value.code if isinstance(value, ApiError) else value.log_message
            log.info(
                "refused",
                extra={"status": status, "code": code, "path": self.request.path, "request_id": self.request_id},
            )
            return
        if isinstance(value, StreamClosedError):
            log.info("nobody waited for the answer", extra={"path": self.request.path, "request_id": self.request_id})
            return
        log.error(
            "a request failed",
            exc_info=value,
            extra={"path": self.request.path, "request_id": self.request_id},
        )

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        super().send_error(error.status if isinstance(error, ApiError) else status_code, **kwargs)


def _details_in_english(details: Mapping[str, object], in_english: Callable[[str], str]) -> Mapping[str, object]:
    """What is wrong with which field is in words, too; all else is data."""
    fields, problems = details.get("fields"), details.get("problems")
    told = dict(details)
    if isinstance(fields, Mapping):
        told["fields"] = {field: in_english(str(what)) for field, what in fields.items()}
    if isinstance(problems, list | tuple):
        told["problems"] = [in_english(str(what)) for what in problems]
    return told


def validated(model: type[Model], raw: bytes | str) -> Model:
    """The JSON as a value of the model. Raises `ApiError` 400 that names the fields, never repeating their values."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise ApiError(400, "invalid", "请求内容有误", fields=field_errors(error)) from None


def field_errors(error: ValidationError) -> dict[str, str]:
    """What is wrong with which field, without the values."""
    return {
        ".".join(str(part) for part in item["loc"]) or "body": item["msg"]
        for item in error.errors(include_input=False, include_url=False, include_context=False)[:20]
    }
