"""WebSocket `/ws/desk`: a person's desk live. Rows of what is theirs and of the queue, and the threads they look at.

Whoever answers citizens connects, and whoever has lists of tickets; the latter alone are told of tickets and of nothing
else. Whose scopes change comes back as who they are then.

A watched thread is told in order and without gaps: only messages that follow the last one told are written, and
whatever leaves a gap is read from the store, so that an event lost on the way costs a query and nothing else.

A message comes once more, with a higher version, when a file of it is kept that a platform had.

What becomes of a person's message comes later, as `delivery`: the message's number, its version, and the delivery as
the thread has it. Of two words on a message the one with the higher version counts. A page that comes back watches
from before the first message whose end it does not know, and is told that one and all after it as they are now.

`welcome` has the alarms that stand; `alarm` is one more, by its id, which a page may have been told of before. Whoever
leads is told once more of one that nobody has seen to for 60 s: it has `escalated_at` for them from then on. `alarms`
are those that stand from then on, and in `seen_to` the one that somebody saw to, if that is why.

`allowance` says that a message from another conversation of the same person used one of the answers that the platform
of this one allows; how many are left the conversation tells.

Wherever they are in the desk, `mention` tells who is named in a note and who has its conversation, never its author;
`undelivered` tells who said a message, `by`, and who has its conversation that it failed. `marks` has all of those that
they have not looked at yet, soon after each `welcome`; what is told between the two may be missing in it. A page says
`looked` of notes and messages by their ids, and all pages of its person are told so.

`ticket` says that one changed, by its number, how many events its log has and its state; nothing else of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from tornado.routing import URLSpec
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from channels.handling import ApiError, JsonHandler, own_origin
from gateway.core.alarms.standing import Alarms
from gateway.core.errors import Conflict, HotlineError
from gateway.core.handoff import ConversationDesk, Row
from gateway.core.handoff.board import row_of
from gateway.core.handoff.desk import HANDLES
from gateway.core.model import Message
from gateway.core.people import Person
from gateway.core.ports import StoreUnavailable
from gateway.web.desk.access import COOKIE, Access
from gateway.web.desk.conversation_views import ConversationRow, MessageView
from gateway.web.desk.hub import DeskHub, frame
from gateway.web.desk.telling import standing

log = logging.getLogger("hotline.sockets")

LEADS = "conversations.lead"
READS = frozenset(("tickets.read", "tickets.read_unit"))
FRAME_LIMIT = 8 * 1024
FRAMES_PER_SECOND = 30
UNSENT_LIMIT = 4 * 1024 * 1024  # bytes a page may leave unread
WATCHED = 8  # threads at once
OPEN_AT_ONCE = 10  # pages of one person
TYPING_EVERY = 1.0
BEAT_EVERY = 8.0  # seconds between two signs that somebody is connected, and that they still may be
_PAGE = 100
_BEARER = "Bearer "


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _About(_Frame):
    conversation_id: str = Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")


class Watch(_About):
    type: Literal["watch"]
    after: int | None = Field(None, ge=0, le=2**53, description="The last number that is settled for the page.")


class Unwatch(_About):
    type: Literal["unwatch"]


class Typing(_About):
    type: Literal["typing"]


class Read(_About):
    type: Literal["read"]
    seq: int = Field(ge=0, le=2**53)


class Looked(_Frame):
    type: Literal["looked"]
    ids: tuple[Annotated[str, Field(pattern=r"^[!-~]{1,300}$")], ...] = Field(min_length=1, max_length=20)


class Ping(_Frame):
    type: Literal["ping"]


_Frames = Watch | Unwatch | Typing | Read | Looked | Ping
ClientFrame = TypeAdapter[_Frames](Annotated[_Frames, Field(discriminator="type")])


@dataclass(slots=True)
class _Thread:
    """A watched thread: the last number told. reading: the gap being read; again: something came meanwhile; held: what
    became of messages meanwhile, perhaps of those being read."""

    last: int
    reading: asyncio.Task[None] | None = None
    again: bool = False
    held: list[bytes] = field(default_factory=list)


class DeskSocket(JsonHandler, WebSocketHandler):
    """One open page of a person. Before the upgrade it answers as the rest of the API does."""

    username = ""
    answers = False
    leads = False
    of_unit = False

    def initialize(self, access: Access, desk: ConversationDesk, hub: DeskHub, alarms: Alarms) -> None:
        self._access = access
        self._desk = desk
        self._hub = hub
        self._alarms = alarms
        self._token = ""
        self.person: Person | None = None  # as of the last beat
        self._threads: dict[str, _Thread] = {}
        self._beating: asyncio.Task[None] | None = None
        self._marking: asyncio.Task[None] | None = None
        self._frames = self._second = 0
        self._typed = 0.0
        self._unsent = 0

    # -- the connection -------------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        header = self.request.headers.get("Authorization", "")
        by_program = header.startswith(_BEARER)
        self._token = header[len(_BEARER) :] if by_program else self.get_cookie(COOKIE) or ""
        if not by_program and not self._is_own_page(self.request.headers.get("Origin", "")):
            raise ApiError(403, "origin_not_allowed", "这个网站不能使用本接口")
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise ApiError(426, "upgrade_required", "请用 WebSocket 连接")
        self.person = await self._allowed()

    def _is_own_page(self, origin: str) -> bool:
        return origin == own_origin(self.request, self._access.public_url, self._access.trusted_proxies)

    def check_origin(self, origin: str) -> bool:
        return True  # `prepare` has; a program with a token has none

    async def _allowed(self) -> Person:
        """Who it is. Raises `ApiError` when they are signed out or not allowed any more."""
        person = await self._access.entrance.who(self._token) if self._token else None
        if person is None:
            raise ApiError(401, "unauthorized", "请先登录")
        if person.must_change_password:
            raise ApiError(403, "password_change_needed", "请先修改密码")
        if not (self._desk.answers(person) or READS & person.scopes):
            raise ApiError(403, "forbidden", "您的岗位不能这样做")
        return person

    def get_compression_options(self) -> dict[str, Any] | None:
        return None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        if status_code == 426:
            self.set_header("Upgrade", "websocket")
            self.set_header("Connection", "Upgrade")
        super().write_error(status_code, **kwargs)

    async def open(self, *_: str, **__: str) -> None:
        with contextlib.suppress(StoreUnavailable):
            # who may know of a ticket may have changed since it was read
            await self._alarms.refresh()
        person = self.person
        if self.ws_connection is None or self.ws_connection.is_closing():
            return
        if person is None or self._hub.open_of(person.username) >= OPEN_AT_ONCE:
            self.close(4429, "too many pages")
            return
        self.username, self.leads = person.username, LEADS in person.scopes
        self.answers = self._desk.answers(person)
        self.of_unit = HANDLES not in person.scopes
        self._hub.enter(self)
        self._welcome(person)
        self._beating = asyncio.get_running_loop().create_task(self._beat(person))

    def _welcome(self, person: Person) -> None:
        self._tell(
            type="welcome",
            me={"username": person.username, "name": person.name, "leads": self.leads},
            agent=self._agent(person) if self.answers else None,
            rows=[_shown(row) for row in self._rows(person)] if self.answers else [],
            alarms=standing(self._alarms, person),
            now=self._desk.now(),
        )
        if self._marking is not None:
            self._marking.cancel()
        if self.answers:
            self._marking = asyncio.get_running_loop().create_task(self._tell_marks(person))

    async def _tell_marks(self, person: Person) -> None:
        try:
            marked = await self._desk.marked(person)
        except (StoreUnavailable, HotlineError):
            self.close(1013, "try again")
            return
        self._tell(type="marks", marks=[{"id": mark.id, "kind": mark.kind, "row": _shown(row)} for mark, row in marked])

    def _agent(self, person: Person) -> dict[str, Any]:
        agent = self._desk.agents.get(person.username)
        return {"state": agent.state, "capacity": agent.capacity, "skills": agent.skills}

    def _rows(self, person: Person) -> list[Row]:
        board = self._desk.board
        waiting = [row for row in board.with_followers(board.waiting()) if self.sees(row)]
        return [*(board.with_people() if self.leads else board.of(person.username)), *waiting]

    def sees(self, row: Row) -> bool:
        return self.answers and self.person is not None and self._desk.may_see(self.person, row.owner)

    async def _beat(self, person: Person) -> None:
        """Say again and again that they are here, if they answer citizens, as long as they are who they were."""
        while True:
            try:
                if self.answers:
                    await self._desk.agents.beat(person.username)
                    await self._desk.agents.introduce(person.username, person.name, person.unit or "")
                await asyncio.sleep(BEAT_EVERY)
                found = await self._allowed()
                if (found.scopes, found.unit) != (person.scopes, person.unit):
                    self.close(1012, "come back")
                    return
                self.person = found
            except ApiError as error:
                self.close(4401 if error.status == 401 else 4403, error.code)
                return
            except (StoreUnavailable, Conflict):
                await asyncio.sleep(1.0)

    def on_close(self) -> None:
        for task in (self._beating, self._marking):
            if task is not None:
                task.cancel()
        for id, thread in self._threads.items():
            self._hub.unwatch(self, id)
            if thread.reading is not None:
                thread.reading.cancel()
        self._threads.clear()
        if self.username:
            self._hub.leave(self)

    # -- what the page says ---------------------------------------------------------------------------------------

    async def on_message(self, message: str | bytes) -> None:
        try:
            if isinstance(message, bytes) or self._too_fast():
                raise ApiError(429, "too_many_requests", "操作太频繁，请稍后再试")
            try:
                received = ClientFrame.validate_json(message)
            except ValidationError:
                raise ApiError(400, "invalid", "请求内容有误") from None
            await self._on_frame(received)
        except (ApiError, HotlineError) as error:
            log.info("frame refused", extra={"code": error.code, "request_id": self.request_id})
            self._tell(type="error", code=error.code, message=error.message)
        except StoreUnavailable:
            self._tell(type="error", code="unavailable", message="服务暂时不可用，请稍后再试")

    def _too_fast(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._frames = second, 0
        self._frames += 1
        return self._frames > FRAMES_PER_SECOND

    async def _on_frame(self, received: _Frames) -> None:
        person = self.person
        if person is None:
            return
        if not isinstance(received, Ping):
            self._desk.hand(person)  # else they have no business with conversations
        match received:
            case Ping():
                self._tell(type="pong")
            case Watch():
                await self._watch(person, received)
            case Unwatch():
                self._unwatch(received.conversation_id)
            case Typing():
                now = time.monotonic()
                if now - self._typed >= TYPING_EVERY:
                    self._typed = now
                    self._desk.typing(person, received.conversation_id)
            case Read():
                await self._desk.read(person, received.conversation_id, received.seq)
            case Looked():
                await self._desk.looked(person, received.ids)

    async def _watch(self, person: Person, wanted: Watch) -> None:
        id = wanted.conversation_id
        conversation = await self._desk.get(person, id)
        if id not in self._threads and len(self._threads) >= WATCHED:
            raise ApiError(429, "too_many_requests", "同时打开的会话太多了")
        last = conversation.seq if wanted.after is None else min(wanted.after, conversation.seq)
        self._unwatch(id)
        self._threads[id] = _Thread(last)
        self._hub.watch(self, id)
        self._tell_watched(row_of(conversation), conversation.read.citizen)
        # also when nothing seems missed: something may have been said between the look and the listening
        self._read_on(id)

    def _unwatch(self, id: str) -> None:
        thread = self._threads.pop(id, None)
        if thread is not None:
            self._hub.unwatch(self, id)
            if thread.reading is not None:
                thread.reading.cancel()

    # -- what the page is told ------------------------------------------------------------------------------------

    def on_event(self, event: Mapping[str, Any]) -> None:
        id = event["conversation_id"]
        thread = self._threads.get(id)
        if thread is None:
            return
        row = self._desk.board.get(id)
        if self.of_unit and (row is None or not self.sees(row)):
            # what is said from now on is not for them
            self._unwatch(id)
            self._tell(type="rows", rows=[], gone=[id])
            return
        if thread.reading is not None:
            thread.again = True
        else:
            for stored in event.get("messages") or ():
                if stored["seq"] == thread.last + 1:
                    thread.last = stored["seq"]
                    self._tell_message(id, Message.model_validate({**stored, "platform_fields": {}}))
            if event["seq"] > thread.last:
                self._read_on(id)
        self._tell(
            type="watched",
            conversation_id=id,
            row=_shown(row) if row is not None else None,
            owner=event["owner"],
            read_by_citizen=event["read"]["citizen"],
        )

    def _tell_watched(self, row: Row, read_by_citizen: int) -> None:
        self._tell(
            type="watched",
            conversation_id=row.id,
            row=_shown(row),
            owner=row.owner.kind,
            read_by_citizen=read_by_citizen,
        )

    def _tell_message(self, id: str, message: Message) -> None:
        view = MessageView.of(message).model_dump_json().encode()
        self.on_line(b'{"type":"message","conversation_id":"%b","message":%b}' % (id.encode(), view))

    def on_outcome(self, conversation_id: str, seq: int, line: bytes) -> None:
        thread = self._threads.get(conversation_id)
        if thread is None:
            return
        if thread.reading is None and seq > thread.last:
            self._read_on(conversation_id)  # what told of the message itself was lost
        if thread.reading is not None:
            thread.held.append(line)
        else:
            self.on_line(line)

    def on_gap(self) -> None:
        if self.person is not None:
            self._welcome(self.person)
        for id in tuple(self._threads):
            self._read_on(id)

    def _read_on(self, id: str) -> None:
        thread = self._threads[id]
        if thread.reading is not None:
            thread.again = True
            return
        thread.reading = asyncio.get_running_loop().create_task(self._read_gap(id, thread))

    async def _read_gap(self, id: str, thread: _Thread) -> None:
        person = self.person
        try:
            more = person is not None
            while person is not None and (more or thread.again):
                thread.again = False
                found, _, conversation = await self._desk.thread(person, id, after=thread.last, limit=_PAGE)
                for message in found:
                    if (message.seq or 0) > thread.last:
                        thread.last = message.seq or 0
                        self._tell_message(id, message)
                more = bool(found) and thread.last < conversation.seq
        except (StoreUnavailable, HotlineError):
            # the page comes back with the last number it has
            self.close(1013, "try again")
        finally:
            thread.reading = None
            held, thread.held = thread.held, []
            for line in held:
                self.on_line(line)

    def _tell(self, **fields: Any) -> None:
        self.on_line(frame(**fields))

    def on_line(self, line: bytes) -> None:
        if self.ws_connection is None or self.ws_connection.is_closing():
            return
        if self._unsent + len(line) > UNSENT_LIMIT:
            self.close(1013, "too slow")
            return
        self._unsent += len(line)
        try:
            sent = asyncio.ensure_future(self.write_message(line))
        except WebSocketClosedError:
            return

        def taken(done: asyncio.Future[None]) -> None:
            self._unsent -= len(line)
            if not done.cancelled():
                done.exception()  # a page that has gone is no error of ours

        sent.add_done_callback(taken)


def _shown(row: Row) -> dict[str, Any]:
    return ConversationRow.of(row).model_dump()


def routes(access: Access, desk: ConversationDesk, hub: DeskHub, alarms: Alarms) -> list[URLSpec]:
    given = {"access": access, "desk": desk, "hub": hub, "alarms": alarms}
    return [URLSpec(r"/ws/desk", DeskSocket, given)]
