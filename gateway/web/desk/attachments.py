"""`/api/v1/desk/tickets/{number}/attachments`: files are added to a ticket, listed and read."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from tornado.iostream import StreamClosedError
from tornado.routing import URLSpec
from tornado.web import stream_request_body

from channels import uploads
from channels.description import StaffOperations
from channels.handling import ApiError, declared_length
from gateway.core.tickets.attachments import MOST_BYTES, Attachments, File
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.model import Attachment
from gateway.playing import Player
from gateway.web.desk.access import Access, DeskHandler, needs
from gateway.web.desk.playing import played, send_played
from gateway.web.desk.tickets import SEES

ADDS = ("tickets.handle", "unit.handle")
_IN_MEMORY = 6  # files that are received or sent at once
_WAIT = 5.0  # seconds for one's turn
_UPLOAD_WITHIN = 120.0  # seconds


class AttachmentQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    public: bool = Field(False, description="The citizen may see it; else it is for colleagues.")


class AttachmentView(BaseModel):
    id: str
    name: str
    content_type: str = Field(description="Empty for a citizen's file that is not fetched yet.")
    by: str
    unit: str | None
    public: bool

    @classmethod
    def of(cls, attachment: Attachment) -> AttachmentView:
        return cls.model_validate(attachment, from_attributes=True)


class AttachmentList(BaseModel):
    attachments: tuple[AttachmentView, ...]


class _AttachmentHandler(DeskHandler):
    def initialize(
        self, access: Access, desk: Desk, attachments: Attachments, player: Player, turns: asyncio.Semaphore
    ) -> None:
        super().initialize(access)
        self.player = player
        self.desk = desk
        self.attachments = attachments
        self.turns = turns
        self._has_turn = self._is_gone = False

    async def take_turn(self) -> None:
        """A file is held in memory until it is kept or sent, so a few are at a time."""
        try:
            async with asyncio.timeout(_WAIT):
                await self.turns.acquire()
        except TimeoutError:
            raise ApiError(503, "unavailable", "正在传文件的人较多，请稍后再试", retry_after=2) from None
        if self._is_gone:
            self.turns.release()
            raise StreamClosedError
        self._has_turn = True

    def end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self.turns.release()

    def on_finish(self) -> None:
        self.end_turn()

    def on_connection_close(self) -> None:
        self._is_gone = True
        super().on_connection_close()


@stream_request_body
class TicketAttachments(_AttachmentHandler):
    """One file as multipart/form-data, field `file`; read only once it is known that it may be added."""

    _is_keeping = False

    async def admitted(self) -> None:
        self._received = bytearray()
        if self.request.method != "POST":
            return
        limit = MOST_BYTES + uploads.FORM_BYTES
        length = declared_length(self.request)
        if length is None or length > limit:
            raise ApiError(413, "too_large", "文件太大", limit=MOST_BYTES)
        self.asked = self.query(AttachmentQuery)
        await self.attachments.check(self.person, self.path_args[0])
        connection: Any = self.request.connection
        connection.set_max_body_size(limit)
        connection.set_body_timeout(_UPLOAD_WITHIN)
        await self.take_turn()

    def data_received(self, chunk: bytes) -> None:
        self._received += chunk

    def on_connection_close(self) -> None:
        if not self._is_keeping:
            self.end_turn()
        super().on_connection_close()  # ends the wait for the rest of the body

    @needs(*SEES)
    async def get(self, number: str) -> None:
        ticket = await self.desk.get(self.person, number)
        found = await self.attachments.listed(self.person, ticket)
        self.reply(AttachmentList(attachments=tuple(map(AttachmentView.of, found))))

    @needs(*ADDS)
    async def post(self, number: str) -> None:
        self._is_keeping = True
        body = bytes(self._received)
        self._received = bytearray()
        file = uploads.only_file(self.request.headers.get("Content-Type", ""), body)
        if len(file.body) > MOST_BYTES:
            raise ApiError(413, "too_large", "文件太大", limit=MOST_BYTES)
        kind = uploads.content_type(file.body) or uploads.office_type(file.body)
        if kind is None:
            raise ApiError(415, "unsupported_type", "只能添加图片（JPG、PNG、GIF、WebP）、PDF、Word 或 Excel 文件")
        kept = File(uploads.safe_name(file.filename, kind), kind, file.body)
        added = await self.attachments.add(self.person, number, kept, public=self.asked.public)
        self.reply(AttachmentView.of(added), 201)


class TicketAttachment(_AttachmentHandler):
    @needs(*SEES)
    async def get(self, number: str, id: str) -> None:
        await self.take_turn()
        file = await self.attachments.file(self.person, number, id)
        self.set_header("Content-Type", file.content_type or "application/octet-stream")
        self.set_header("Content-Length", str(len(file.data)))
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(file.name, safe='')}")
        await self.send_in_pieces(file.data)


class PlayedAttachment(_AttachmentHandler):
    @needs(*SEES)
    async def get(self, number: str, id: str) -> None:
        await self.take_turn()
        file = await self.attachments.file(self.person, number, id)
        send_played(self, await self.player.playable(file.data))


_operation = StaffOperations(
    "desk: tickets",
    "/api/v1/desk/tickets/{number}/attachments",
    SEES,
    {"number": "DG and 15 digits", "id": "As listed"},
)
_one_file = _operation("get", "/{id}", "One file", (200, "The file, to be saved", None), binary=True)

OPERATIONS = (
    _operation(
        "get",
        "",
        "Files of a ticket",
        (200, "In the order they were added; of what is not for the citizen a unit sees only its own", AttachmentList),
    ),
    _operation(
        "post",
        "",
        "Add a file",
        (201, "It is kept", AttachmentView),
        409,
        scopes=ADDS,
        query=AttachmentQuery,
        upload=True,
        description="JPG, PNG, GIF, WebP, PDF, Word or Excel without macros, at most 10 MiB, by what its bytes say.",
    ),
    _one_file,
    played(_one_file),
)


def routes(access: Access, desk: Desk, attachments: Attachments, player: Player) -> list[URLSpec]:
    turns = asyncio.Semaphore(_IN_MEMORY)
    given = {"access": access, "desk": desk, "attachments": attachments, "player": player, "turns": turns}
    path = r"/api/v1/desk/tickets/(DG[0-9]{15})/attachments"
    return [
        URLSpec(path, TicketAttachments, given),
        URLSpec(rf"{path}/([0-9A-Za-z]{{1,40}})", TicketAttachment, given),
        URLSpec(rf"{path}/([0-9A-Za-z]{{1,40}})/played", PlayedAttachment, given),
    ]
