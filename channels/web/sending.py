"""What a visitor sends, on REST and on the socket alike: limits, checks, one way into the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tornado.httputil import HTTPServerRequest

from channels.contract import Address, File, Image, InboundMessage, Intake, IntakeUnavailable, Media, Part, Text
from channels.handling import ApiError, own_origin
from channels.web.ports import Threads
from channels.web.schemas import Message, SendRequest, SentFile, SentLocation, SentText, provider_id
from channels.web.sessions import Sessions
from channels.web.slots import Slots


@dataclass(frozen=True, slots=True)
class WebConfig:
    """allowed_origins: origins beside our own that may call. Rates: messages a minute, uploads an hour, sessions and
    requests a minute."""

    public_url: str
    allowed_origins: frozenset[str]
    trusted_proxies: frozenset[str]
    messages_per_visitor: int
    uploads_per_visitor: int
    sessions_per_address: int
    requests_per_address: int
    sockets_per_visitor: int
    sockets_per_address: int
    upload_bytes: int


@dataclass(frozen=True, slots=True)
class Web:
    """What every handler of this channel is given."""

    config: WebConfig
    sessions: Sessions
    intake: Intake
    threads: Threads
    clock: Callable[[], float]
    # Each of these holds a whole file in memory, several times over for an upload.
    uploading: Slots = field(default_factory=lambda: Slots(4, each=1))
    downloading: Slots = field(default_factory=lambda: Slots(4, each=2, waiting=100))
    # while a file is read from the store there are about three copies of it
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def origin_allowed(self, request: HTTPServerRequest) -> bool:
        """Browsers name the page's origin; it must be ours or a listed one. Other clients name none."""
        origin = request.headers.get("Origin")
        if origin is None:
            return True
        own = own_origin(request, self.config.public_url, self.config.trusted_proxies)
        return origin in self.config.allowed_origins or origin == own

    async def within(self, key: str, limit: int, per_seconds: float) -> None:
        """Count one call. Raises `ApiError` 429 with the seconds to wait."""
        wait = await self.threads.allow(key, limit, per_seconds)
        if wait > 0:
            raise ApiError(429, "too_many_requests", "操作太频繁，请稍后再试", retry_after=wait)

    async def send(self, visitor: Address, request: SendRequest, request_id: str) -> Message:
        """Accept a visitor's message. A repeat of a client_id gives the message stored before.

        Raises `ApiError`: 429 too fast, 400 for a file that is not this conversation's, 503 when it cannot be stored.
        """
        await self.within(f"messages:{visitor.key}", self.config.messages_per_visitor, 60.0)
        inbound = InboundMessage(
            address=visitor,
            provider_id=provider_id(visitor.external_id, request.client_id),
            sent_at=datetime.fromtimestamp(self.clock(), UTC),
            parts=await self._parts(visitor, request),
            request_id=request_id,
        )
        try:
            accepted = await self.intake.accept(inbound)
        except IntakeUnavailable:
            raise ApiError(503, "unavailable", "暂时收不下您的消息，请稍后再试", retry_after=2) from None
        said = await self.threads.said(accepted, within=2.0)
        if said is None:
            raise ApiError(503, "unavailable", "暂时收不下您的消息，请稍后再试", retry_after=2)
        return Message.of(said)

    async def _parts(self, visitor: Address, request: SendRequest) -> tuple[Part, ...]:
        if request.text is not None:
            return (Text(text=request.text),)
        parts: list[Part] = []
        thread_id = ""
        for sent in request.parts or ():
            match sent:
                case SentText():
                    parts.append(Text(text=sent.text))
                case SentLocation():
                    parts.append(sent.part())
                case SentFile():
                    thread_id = thread_id or (await self.threads.open(visitor)).conversation_id
                    parts.append(await self._file(thread_id, sent))
        return tuple(parts)

    async def _file(self, thread_id: str, sent: SentFile) -> Part:
        kept = await self.threads.kept_about(thread_id, sent.media.blob_id)
        if kept is None:
            raise ApiError(400, "invalid", "这个文件不存在，请重新上传", fields={"parts": "no such upload"})
        media = Media(blob_id=sent.media.blob_id, name=kept.name, content_type=kept.content_type, size=kept.size)
        return Image(media=media) if kept.content_type.startswith("image/") else File(media=media)
