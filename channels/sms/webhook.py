"""The callback addresses `/sms/inbound` and `/sms/status`, for whichever carrier: verified, accepted, acknowledged.

Twilio waits 15 seconds, and calls the fallback address after that:
https://www.twilio.com/docs/messaging/guides/webhook-request. Replies never travel in the response.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from tornado.routing import URLSpec
from tornado.web import stream_request_body

from channels.contract import Intake, Reports
from channels.handling import BODY_LIMIT, ApiError, JsonHandler, declared_length
from channels.sms.codec import to_message
from channels.sms.errors import CallbackError
from channels.sms.provider import Acknowledgement, Provider, Request

log = logging.getLogger("hotline.sms")

# A body too long is read and thrown away up to here, so that the sender sees the 413 rather than a reset connection.
_DRAIN_BYTES = 1024 * 1024
_BODY_TIMEOUT = 10.0  # seconds a sender may take for the body


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What all callbacks share. clock: seconds since the epoch."""

    provider: Provider
    intake: Intake
    reports: Reports
    clock: Callable[[], float]


@stream_request_body
class _Callback(JsonHandler):
    """Reads the body as it comes, as bytes; Tornado's own reading of forms changes them."""

    def initialize(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._body = bytearray()
        self._size = 0

    def check_xsrf_cookie(self) -> None:
        """The platform keeps no cookies; its signature stands in."""

    def prepare(self) -> None:
        connection: Any = self.request.connection
        connection.set_max_body_size(_DRAIN_BYTES)
        connection.set_body_timeout(_BODY_TIMEOUT)
        if (declared_length(self.request) or 0) > _DRAIN_BYTES:
            self.set_header("Connection", "close")
            self._too_large()

    def data_received(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > BODY_LIMIT:
            self._body.clear()
        else:
            self._body += chunk

    async def get(self) -> None:
        await self._answer()

    async def post(self) -> None:
        await self._answer()

    async def _answer(self) -> None:
        if self._size > BODY_LIMIT:
            self._too_large()
        request = Request(
            method=self.request.method or "",
            target=self.request.uri or "",
            headers=self.request.headers,
            body=bytes(self._body),
            at=datetime.fromtimestamp(self._endpoint.clock(), UTC),
        )
        try:
            acknowledgement = await self._take(request)
        except CallbackError as error:
            raise ApiError(error.status, error.code, str(error)) from None
        self.set_status(acknowledgement.status)
        if acknowledgement.body:
            self.set_header("Content-Type", acknowledgement.content_type)
            self.write(acknowledgement.body)
        else:
            self.clear_header("Content-Type")
        await self.finish()

    def _take(self, request: Request) -> Awaitable[Acknowledgement]:
        """Have the request's content made durable. Raises `CallbackError` and `IntakeUnavailable`."""
        raise NotImplementedError

    def _too_large(self) -> NoReturn:
        raise ApiError(413, "too_large", "内容太大", limit=BODY_LIMIT)

    def _request_summary(self) -> str:
        # Tornado's logs would show the query, which names the citizen and proves the request.
        return f"{self.request.method} {self.request.path} ({self.request.remote_ip})"


class InboundHandler(_Callback):
    """A citizen's message: acknowledged only when it is durable; a repeat is found by its provider id."""

    async def _take(self, request: Request) -> Acknowledgement:
        endpoint = self._endpoint
        for inbound in endpoint.provider.inbound(request):
            await endpoint.intake.accept(to_message(inbound, self.request_id))
        return endpoint.provider.inbound_acknowledgement


class StatusHandler(_Callback):
    """What became of a message of ours."""

    async def _take(self, request: Request) -> Acknowledgement:
        endpoint = self._endpoint
        for status in endpoint.provider.status(request):
            if status.report is None:
                log.info("status not kept", extra={"status": status.status, "request_id": self.request_id})
            else:
                await endpoint.reports.report(status.report)
        return endpoint.provider.status_acknowledgement


def routes(provider: Provider, intake: Intake, reports: Reports, clock: Callable[[], float]) -> list[URLSpec]:
    """The callbacks' routes. clock: seconds since the epoch."""
    endpoint = {"endpoint": Endpoint(provider, intake, reports, clock)}
    return [
        URLSpec(r"/sms/inbound", InboundHandler, endpoint, name="sms_inbound"),
        URLSpec(r"/sms/status", StatusHandler, endpoint, name="sms_status"),
    ]
