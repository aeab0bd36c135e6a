"""The callback address `/wechat`: verifies, decodes, has the message accepted, answers within five seconds.

Sources: https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html (verification),
…/Message_Management/Receiving_standard_messages.html (five seconds, three tries, `success`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import responses
from typing import Any, Protocol

from tornado.httputil import HTTPServerRequest
from tornado.iostream import StreamClosedError
from tornado.routing import URLSpec
from tornado.web import RequestHandler, stream_request_body

from channels.contract import Accepted, InboundMessage, Intake, IntakeUnavailable, Reply
from channels.rendering import first_fitting, fit
from channels.wechat.codec import CAPABILITIES, Callback, encrypted_xml, read, reply_xml, to_inbound
from channels.wechat.config import WeChatConfig
from channels.wechat.crypto import Cipher, verify
from channels.wechat.errors import (
    BadSignature,
    CallbackError,
    Crowded,
    Malformed,
    PlainRefused,
    Replayed,
    Stale,
    TooLarge,
    WrongAccount,
)
from channels.wechat.xml import MAX_BYTES, Document, parse

log = logging.getLogger("hotline.wechat")

# A body too long is read and thrown away up to here, so that the sender sees the 413 rather than a reset connection.
_DRAIN_BYTES = 16 * MAX_BYTES
# Bytes of bodies held at once by all requests together, beyond which only small ones, as real ones are, are taken.
_HELD_BYTES = 16 * MAX_BYTES
_SMALL_BYTES = 64 * 1024
_BODY_TIMEOUT = 10.0  # seconds a sender may take for the body
_REMEMBERED = 50_000  # signatures of plain messages
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class Clock(Protocol):
    def __call__(self) -> float:
        """Seconds since the epoch."""
        ...


@dataclass(frozen=True, slots=True)
class _Opened:
    callback: Callback
    encrypted: bool
    # what a plain message's signature covers, which is not the message
    signed: tuple[bytes, bytes] | None


class Endpoint:
    """What all requests to one account's callback share."""

    def __init__(self, config: WeChatConfig, intake: Intake, clock: Clock) -> None:
        self.config = config
        self.intake = intake
        self.clock = clock
        self.cipher = Cipher(config.aes_key, config.app_id) if config.aes_key else None
        self._safe = config.effective_mode == "safe"
        self.held = 0
        self._used: OrderedDict[tuple[bytes, bytes], str] = OrderedDict()

    def echo(self, request: HTTPServerRequest) -> bytes:
        """The answer to a URL verification. Raises `CallbackError`."""
        signature, timestamp = _argument(request, "signature"), _argument(request, "timestamp")
        nonce, echostr = _argument(request, "nonce"), _argument(request, "echostr")
        answer = echostr
        if signature:
            verify(signature, self.config.token, timestamp, nonce)
        else:
            # the variant of WeCom and open platforms, where the echo itself is signed and encrypted
            verify(_argument(request, "msg_signature"), self.config.token, timestamp, nonce, echostr)
            answer = self.cipher.open(_ascii(echostr)) if self.cipher else b""
        self._fresh(timestamp)
        if not answer:
            raise Malformed("no echostr")
        try:
            answer.decode()
        except UnicodeDecodeError:
            raise Malformed("echostr is not UTF-8") from None
        return answer

    def open(self, request: HTTPServerRequest, body: bytes) -> _Opened:
        """The callback in a request that is proved to come from the platform. Raises `CallbackError`."""
        timestamp, nonce = _argument(request, "timestamp"), _argument(request, "nonce")
        proof = _argument(request, "msg_signature")
        encrypted = bool(proof) or _argument(request, "encrypt_type").lower() == b"aes"
        signed = None
        if encrypted and self.cipher is not None:
            ciphertext = parse(body).get("Encrypt")
            if not isinstance(ciphertext, str):
                raise Malformed("no Encrypt element, or more than one")
            ciphertext = ciphertext.strip()
            verify(proof, self.config.token, timestamp, nonce, ciphertext)
            self._fresh(timestamp)
            # In compatible mode the body repeats the message in the open; only what was signed counts.
            document: Document = parse(self.cipher.open(ciphertext))
        else:
            # An account in compatible mode sends both forms: without a key of ours the open one is read.
            encrypted = False
            verify(_argument(request, "signature"), self.config.token, timestamp, nonce)
            self._fresh(timestamp)
            if self._safe:
                raise PlainRefused("the account is in safe mode")
            document = parse(body)
            signed = (timestamp, nonce)
        callback = read(document)
        if self.config.account_id and callback.to != self.config.account_id:
            raise WrongAccount("ToUserName is not the configured account")
        return _Opened(callback, encrypted, signed)

    def once(self, signed: tuple[bytes, bytes], message_id: str) -> None:
        """Raises `Replayed` when a plain message's signature came with another message before.

        A plain signature covers timestamp and nonce only, so whoever saw one could sign any message with it. An
        encrypted message's signature covers the message; a repeat of it is the same message and is joined to it.
        """
        known = self._used.get(signed)
        if known is None:
            self._used[signed] = message_id
            if len(self._used) > _REMEMBERED:
                self._used.popitem(last=False)
        elif known != message_id:
            raise Replayed("this timestamp and nonce came with another message")

    def _fresh(self, timestamp: bytes) -> None:
        if not (timestamp.isdigit() and len(timestamp) <= 12):
            raise Stale("timestamp is not a number of seconds")
        if abs(self.clock() - int(timestamp)) > self.config.timestamp_window:
            raise Stale(f"timestamp is more than {self.config.timestamp_window:g} s from this machine's clock")


def _argument(request: HTTPServerRequest, name: str) -> bytes:
    """A query parameter as it came; empty when it is missing."""
    values = request.query_arguments.get(name)
    if values is None:
        return b""
    if len(values) > 1:
        raise Malformed(f"{name} is given twice")
    return values[0]


def _ascii(value: bytes) -> str:
    try:
        return value.decode("ascii")
    except UnicodeDecodeError:
        raise BadSignature("not ASCII") from None


@stream_request_body
class WeChatHandler(RequestHandler):
    """GET verifies the address, POST takes a callback. All refusals are JSON and logged once, without content."""

    request_id: str

    def initialize(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._started = asyncio.get_running_loop().time()
        self._body: list[bytes] = []
        self._size = 0
        self._held = 0
        self._crowded = False
        self._gone = False

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def check_xsrf_cookie(self) -> None:
        """The platform keeps no cookies; its signature stands in."""

    def prepare(self) -> None:
        given = self.request.headers.get("X-Request-Id", "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        self.set_header("X-Request-Id", self.request_id)
        connection: Any = self.request.connection
        connection.set_max_body_size(_DRAIN_BYTES)
        connection.set_body_timeout(_BODY_TIMEOUT)
        length = self.request.headers.get("Content-Length", "")
        if length.isascii() and length.isdigit() and int(length[:20]) > _DRAIN_BYTES:
            self.set_header("Connection", "close")
            self._refuse(TooLarge(f"the limit is {MAX_BYTES} bytes"))

    def data_received(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > MAX_BYTES or self._crowded:
            self._drop()
        elif self._size > _SMALL_BYTES and self._endpoint.held + len(chunk) > _HELD_BYTES:
            self._crowded = True
            self._drop()
        else:
            self._body.append(chunk)
            self._held += len(chunk)
            self._endpoint.held += len(chunk)

    def _take(self) -> bytes:
        body = b"".join(self._body)
        self._drop()
        return body

    def _drop(self) -> None:
        self._body.clear()
        self._endpoint.held -= self._held
        self._held = 0

    def on_connection_close(self) -> None:
        self._gone = True
        self._drop()
        super().on_connection_close()  # ends the wait for the rest of the body

    def on_finish(self) -> None:
        self._drop()

    def get(self) -> None:
        try:
            answer = self._endpoint.echo(self.request)
        except CallbackError as error:
            self._refuse(error)
            return
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(answer)

    async def post(self) -> None:
        endpoint = self._endpoint
        try:
            if self._size > MAX_BYTES:
                raise TooLarge(f"the limit is {MAX_BYTES} bytes")
            if self._crowded:
                raise Crowded("too many large requests at once")
            opened = endpoint.open(self.request, self._take())
            now = datetime.fromtimestamp(endpoint.clock(), UTC)
            inbound = to_inbound(opened.callback, account=endpoint.config.app_id, request_id=self.request_id, now=now)
            if opened.signed is not None:
                endpoint.once(opened.signed, inbound.provider_id)
        except CallbackError as error:
            self._refuse(error)
            return
        try:
            accepted = await endpoint.intake.accept(inbound)
        except IntakeUnavailable:
            log.warning("message not accepted, the platform will repeat it", extra={"request_id": self.request_id})
            self._error(503, "unavailable", "the message cannot be stored now; repeat it")
            return
        await self._answer(opened, inbound, accepted)

    async def _answer(self, opened: _Opened, inbound: InboundMessage, accepted: Accepted) -> None:
        endpoint = self._endpoint
        replies: Sequence[Reply] | None = None
        if inbound.reply_window:
            spent = asyncio.get_running_loop().time() - self._started
            replies = await endpoint.intake.replies(accepted, max(endpoint.config.reply_within - spent, 0.0))
        if not replies:
            await self._leave(b"success", "text/plain; charset=utf-8")
            return
        parts, carried = first_fitting([reply.parts for reply in replies], CAPABILITIES)
        if not carried:
            # The first alone is too long for one message: its beginning is better than silence where an account may
            # not send later, but it is not reported, so that delivery sends it whole.
            parts = fit(replies[0].parts, CAPABILITIES)[0]
        if not parts:
            await self._leave(b"success", "text/plain; charset=utf-8")
        else:
            xml = self._reply(opened, parts, int(endpoint.clock()))
            if not await self._leave(xml, "application/xml; charset=utf-8"):
                return
        endpoint.intake.handed_over(accepted, [reply.message_id for reply in replies[:carried]])

    def _reply(self, opened: _Opened, parts: Sequence[Any], timestamp: int) -> bytes:
        endpoint = self._endpoint
        xml = reply_xml(to=opened.callback.openid, sender=opened.callback.to, parts=parts, timestamp=timestamp)
        if not opened.encrypted:
            return xml
        assert endpoint.cipher is not None
        return encrypted_xml(xml, cipher=endpoint.cipher, token=endpoint.config.token, timestamp=timestamp)

    async def _leave(self, body: bytes, content_type: str) -> bool:
        """Send the response; whether its bytes were taken by a connection that is still open."""
        if self._gone:
            return False
        self.set_header("Content-Type", content_type)
        self.set_header("Content-Length", str(len(body)))
        self.write(body)
        try:
            # Flushed before it is finished: finishing may close the connection, which would look like the platform
            # having gone.
            await self.flush()
        except StreamClosedError:
            return False
        left = not self._gone
        self.finish()
        return left

    def _refuse(self, error: CallbackError) -> None:
        log.warning(
            "callback refused: %s: %s",
            error.code,
            error,
            extra={"request_id": self.request_id, "remote": self.request.remote_ip},
        )
        self._error(error.status, error.code, str(error))

    def _error(self, status: int, code: str, message: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps({"error": {"code": code, "message": message, "details": {}}}))

    def _request_summary(self) -> str:
        # Tornado's logs would show the query, which names the citizen and proves the request.
        return f"{self.request.method} {self.request.path} ({self.request.remote_ip})"

    def write_error(self, status_code: int, **_: Any) -> None:
        name = responses.get(status_code, "Error")
        self._error(status_code, name.lower().replace(" ", "_"), name)


def routes(config: WeChatConfig, intake: Intake, clock: Callable[[], float]) -> list[URLSpec]:
    """The callback's route. clock: seconds since the epoch. Raises ValueError for an AES key that is none."""
    return [URLSpec(r"/wechat", WeChatHandler, {"endpoint": Endpoint(config, intake, clock)}, name="wechat")]
