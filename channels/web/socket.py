"""WebSocket `/ws/chat`: the citizen API live. A socket names the last number it has and gets what it missed, in order.

Only messages that follow the last one sent are written; whatever leaves a gap makes the socket read on from the store,
so an event lost on the way costs a query and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from tornado.routing import URLSpec
from tornado.websocket import WebSocketClosedError, WebSocketHandler
from ulid import ULID

from channels.contract import Address, IntakeUnavailable
from channels.handling import ApiError, JsonHandler, client_address
from channels.web.hub import Hub
from channels.web.ports import Said
from channels.web.schemas import Message, SendRequest, client_id
from channels.web.sending import Web

log = logging.getLogger("hotline.sockets")

FRAME_LIMIT = 32 * 1024
HELLO_WITHIN = 10.0
FRAMES_PER_SECOND = 20
UNSENT_LIMIT = 512 * 1024  # bytes a client may leave unread
TYPING_EVERY = 1.0  # seconds between two typing events of one socket; what comes sooner says nothing new
_PAGE = 100


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Hello(_Frame):
    type: Literal["hello"]
    token: str = Field(max_length=512)
    after: int | None = Field(None, ge=0, le=2**53, description="The last number the client has.")


class Send(SendRequest):
    type: Literal["send"]


class Typing(_Frame):
    type: Literal["typing"]


class Read(_Frame):
    type: Literal["read"]
    seq: int = Field(ge=0, le=2**53)


class Ping(_Frame):
    type: Literal["ping"]


ClientFrame = TypeAdapter[Hello | Send | Typing | Read | Ping](
    Annotated[Hello | Send | Typing | Read | Ping, Field(discriminator="type")]
)


def frame(**fields: Any) -> bytes:
    return orjson.dumps(fields)


def message_frame(said: Message) -> bytes:
    return b'{"type":"message","message":' + said.model_dump_json().encode() + b"}"


def from_event(stored: Mapping[str, Any]) -> Message:
    """A message as a live event carries it (the store's fields) in the API's shape."""
    return Message.model_validate(
        {
            "id": stored["id"],
            "seq": stored["seq"],
            "direction": stored["direction"],
            "sender": {"kind": stored["sender"]["kind"], "name": stored["sender"].get("name")},
            "parts": stored["parts"],
            "at": stored["sent_at"],
            "client_id": client_id(stored.get("provider_id")),
            "reply_to": stored.get("reply_to"),
            "delivery": (stored.get("delivery") or {}).get("state"),
        }
    )


class ChatSocket(JsonHandler, WebSocketHandler):
    """One open page. Before the upgrade it answers as the rest of the API does."""

    conversation_id = ""

    def initialize(self, web: Web, hub: Hub) -> None:
        self._web = web
        self._hub = hub
        self._visitor: Address | None = None
        self._last = 0
        self._owner = ""
        self._staff_read = 0
        self._catching_up: asyncio.Task[None] | None = None
        self._again = False
        self._frames = 0
        self._second = 0
        self._peer = ""
        self._impatient: asyncio.TimerHandle | None = None
        self._entered = False  # counted for its address
        self._admitted = ""  # the visitor it is counted for
        self._gone = False
        self._typed = 0.0
        self._unsent = 0

    # -- the connection -------------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        if not self._web.origin_allowed(self.request):
            raise ApiError(403, "origin_not_allowed", "这个网站不能使用本接口")
        self._peer = client_address(self.request, self._web.config.trusted_proxies)
        await self._count_request()
        if self.request.method == "GET" and self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise ApiError(426, "upgrade_required", "请用 WebSocket 连接")

    async def _count_request(self) -> None:
        await self._web.within(f"requests:{self._peer}", self._web.config.requests_per_address, 60.0)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        if status_code == 426:
            self.set_header("Upgrade", "websocket")
            self.set_header("Connection", "Upgrade")
        super().write_error(status_code, **kwargs)

    def check_origin(self, origin: str) -> bool:
        return self._web.origin_allowed(self.request)

    def get_compression_options(self) -> dict[str, Any] | None:
        return None  # a compressor costs each socket 300 KB and short Chinese lines gain little

    def open(self, *_: str, **__: str) -> None:
        if self._gone:  # left during the handshake, and counted out already
            return
        self._entered = self._hub.enter(self._peer, self._web.config.sockets_per_address)
        if not self._entered:
            self._turn_away()
            return
        self._impatient = asyncio.get_running_loop().call_later(HELLO_WITHIN, self._no_hello)

    def _no_hello(self) -> None:
        if self._visitor is None:
            self.close(4408, "no hello")

    def _turn_away(self) -> None:
        self.on_line(frame(type="error", code="too_many_requests", message="打开的页面太多了"))
        self.close(4429, "too many sockets")

    def on_close(self) -> None:
        self._gone = True
        if self._impatient is not None:
            self._impatient.cancel()
        if self._catching_up is not None:
            self._catching_up.cancel()
        if self._visitor is not None:
            self._hub.unlisten(self)
        self._dismiss()
        if self._entered:
            self._entered = False
            self._hub.leave(self._peer)

    def _dismiss(self) -> None:
        if self._admitted:
            self._hub.dismiss(self._admitted)
            self._admitted = ""

    async def on_message(self, message: str | bytes) -> None:
        client_says = ""
        try:
            if isinstance(message, bytes) or self._too_fast():
                raise ApiError(429, "too_many_requests", "操作太频繁，请稍后再试")
            try:
                received = ClientFrame.validate_json(message)
            except ValidationError as error:
                client_says = _client_id_in(message)
                fields = {
                    ".".join(str(part) for part in item["loc"]) or "frame": item["msg"]
                    for item in error.errors(include_input=False, include_url=False, include_context=False)[:5]
                }
                raise ApiError(400, "invalid", "请求内容有误", fields=fields) from None
            client_says = received.client_id if isinstance(received, Send) else ""
            await self._on_frame(received)
        except ApiError as error:
            self._refuse(error, client_says)
        except IntakeUnavailable:
            self._refuse(ApiError(503, "unavailable", "服务暂时不可用，请稍后再试"), client_says)

    def _refuse(self, error: ApiError, client_says: str) -> None:
        log.info("frame refused", extra={"code": error.code, "request_id": self.request_id})
        told = {"code": error.code, "message": error.message, "details": error.details}
        if client_says:
            self.on_line(frame(type="refused", client_id=client_says, **told))
        else:
            self.on_line(frame(type="error", **told))

    def _too_fast(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._frames = second, 0
        self._frames += 1
        return self._frames > FRAMES_PER_SECOND

    # -- what the client says -------------------------------------------------------------------------------------

    async def _on_frame(self, received: Hello | Send | Typing | Read | Ping) -> None:
        if isinstance(received, Ping):
            self.on_line(frame(type="pong"))
            return
        if isinstance(received, Hello):
            await self._hello(received)
            return
        if self._visitor is None:
            raise ApiError(401, "session_invalid", "请先说明会话")
        match received:
            case Send():
                await self._count_request()
                stored = await self._web.send(self._visitor, received, str(ULID()))
                self.on_line(
                    b'{"type":"stored","client_id":%b,"message":%b}'
                    % (orjson.dumps(received.client_id), stored.model_dump_json().encode())
                )
            case Typing():
                now = time.monotonic()
                if now - self._typed >= TYPING_EVERY:
                    self._typed = now
                    await self._web.threads.typing(self.conversation_id)
            case Read():
                await self._count_request()
                await self._web.threads.mark_read(self._visitor, received.seq)

    async def _hello(self, hello: Hello) -> None:
        if self._visitor is not None:
            raise ApiError(400, "invalid", "已经说明过会话")
        if not self._entered:  # turned away, and closing
            return
        await self._count_request()
        visitor = self._web.sessions.visitor(hello.token)
        if visitor is None:
            self.on_line(frame(type="error", code="session_invalid", message="会话已失效，请重新开始"))
            self.close(4401, "session_invalid")
            return
        if not self._hub.admit(visitor.key, self._web.config.sockets_per_visitor):
            self._turn_away()
            return
        self._admitted = visitor.key
        try:
            thread = await self._web.threads.open(visitor)
        except BaseException:
            # the client may say hello again, and is then counted again
            self._dismiss()
            raise
        if self._gone:  # the client left while we looked
            return
        self.conversation_id = thread.conversation_id
        self._last = thread.seq if hello.after is None else min(hello.after, thread.seq)
        self._owner = thread.owner
        self._staff_read = thread.read_by_staff
        self._visitor = visitor
        if self._impatient is not None:
            self._impatient.cancel()
            self._impatient = None
        self.on_line(frame(type="welcome", seq=thread.seq, owner=thread.owner))
        self._hub.listen(self)
        # also when nothing seems missed: something may have been said between the look and the listening
        self.on_gap()

    # -- what the client is told ----------------------------------------------------------------------------------

    def on_event(self, event: Mapping[str, Any]) -> None:
        messages = event.get("messages") or ()
        if self._catching_up is not None:
            self._again = True
        else:
            for stored in messages:
                if stored["seq"] == self._last + 1:
                    self._last = stored["seq"]
                    self.on_line(message_frame(from_event(stored)))
            if event["seq"] > self._last:
                self.on_gap()
        self._note(event["owner"], event["read"]["staff"])

    def _note(self, owner: str, staff_read: int) -> None:
        if owner != self._owner:
            self._owner = owner
            self.on_line(frame(type="owner", owner=owner))
        if staff_read > self._staff_read:
            self._staff_read = staff_read
            self.on_line(frame(type="read", who="staff", seq=staff_read))

    def on_line(self, line: bytes) -> None:
        if self._unsent > UNSENT_LIMIT:
            self.close(4408, "too slow")
            return
        try:
            flushed = asyncio.ensure_future(self.write_message(line.decode()))
        except WebSocketClosedError:
            return
        size = len(line)
        self._unsent += size
        flushed.add_done_callback(lambda done: self._flushed(done, size))

    def _flushed(self, done: asyncio.Future[None], size: int) -> None:
        self._unsent -= size
        if not done.cancelled():
            done.exception()  # a closed socket; on_close tidies up

    def on_gap(self) -> None:
        self._again = True
        if self._catching_up is None:
            self._catching_up = asyncio.get_running_loop().create_task(self._catch_up())

    async def _catch_up(self) -> None:
        try:
            while self._again:
                self._again = False
                more = True
                while more:
                    found, thread = await self._web.threads.history(
                        self.conversation_id, after=self._last, before=None, limit=_PAGE
                    )
                    for said in found:
                        self._write(said)
                    more = bool(found) and self._last < thread.seq
                    self._note(thread.owner, thread.read_by_staff)
        except IntakeUnavailable:
            # the client comes back with the last number it has
            self.close(1013, "try again")
        finally:
            self._catching_up = None

    def _write(self, said: Said) -> None:
        if said.seq is not None and said.seq > self._last:
            self._last = said.seq
            self.on_line(message_frame(Message.of(said)))


def _client_id_in(raw: str) -> str:
    """The id of a frame that could not be validated, so that its sender learns which one was refused."""
    try:
        value = orjson.loads(raw)["client_id"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
    return value[:64] if isinstance(value, str) else ""


def routes(web: Web, hub: Hub) -> list[URLSpec]:
    return [URLSpec(r"/ws/chat", ChatSocket, {"web": web, "hub": hub})]
