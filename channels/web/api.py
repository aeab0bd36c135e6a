"""The citizen API: sessions, messages, uploads. Handlers parse, ask, answer; the rules live in `sending`."""

from __future__ import annotations

import asyncio
from typing import ClassVar
from urllib.parse import quote

from tornado.httputil import HTTPFile, HTTPHeaders, parse_body_arguments
from tornado.routing import URLSpec
from tornado.web import HTTPError, stream_request_body

from channels.contract import Address, IntakeUnavailable
from channels.handling import ApiError, JsonHandler, client_address
from channels.web import uploads
from channels.web.ports import Thread
from channels.web.schemas import (
    KeptMedia,
    Message,
    MessagePage,
    ReadRequest,
    SendRequest,
    Session,
    SessionRequest,
    Upload,
    read_marks,
)
from channels.web.sending import Web

BODY_LIMIT = 64 * 1024
_PAGE_LIMIT = 200
_BEARER = "Bearer "


class CitizenHandler(JsonHandler):
    """Origin and address limits for every call; the visitor behind the token where one is needed."""

    web: Web

    def initialize(self, web: Web) -> None:
        self.web = web

    async def prepare(self) -> None:
        self._allow_origin()
        if len(self.request.body or b"") > BODY_LIMIT:
            raise ApiError(413, "too_large", "内容太大")
        self.address = client_address(self.request, self.web.config.trusted_proxies)
        await self.web.within(f"requests:{self.address}", self.web.config.requests_per_address, 60.0)

    def _allow_origin(self) -> None:
        if not self.web.origin_allowed(self.request):
            raise ApiError(403, "origin_not_allowed", "这个网站不能使用本接口")
        origin = self.request.headers.get("Origin")
        if origin in self.web.config.allowed_origins:
            self.set_header("Access-Control-Allow-Origin", origin)
            self.set_header("Vary", "Origin")
            self.set_header("Access-Control-Expose-Headers", "X-Request-Id, Retry-After")

    async def options(self, *_: str) -> None:
        """A browser asks before it calls from another origin."""
        self.set_header("Access-Control-Allow-Methods", "GET, POST")
        self.set_header("Access-Control-Allow-Headers", "Authorization, Content-Type")
        self.set_header("Access-Control-Max-Age", "600")
        self.set_status(204)

    def visitor(self) -> Address:
        header = self.request.headers.get("Authorization", "")
        token = header[len(_BEARER) :] if header.startswith(_BEARER) else ""
        visitor = self.web.sessions.visitor(token)
        if visitor is None:
            raise ApiError(401, "session_invalid", "会话已失效，请重新开始")
        return visitor

    async def thread(self) -> tuple[Address, Thread]:
        visitor = self.visitor()
        return visitor, await self.web.threads.open(visitor)

    def number(self, name: str) -> int | None:
        raw = self.get_query_argument(name, None)
        if raw is None:
            return None
        if not raw.isascii() or not raw.isdigit() or len(raw) > 15:
            raise ApiError(400, "invalid", "请求参数有误", fields={name: "a whole number, 0 or more"})
        return int(raw)

    def _handle_request_exception(self, e: BaseException) -> None:
        if isinstance(e, IntakeUnavailable):
            e = ApiError(503, "unavailable", "服务暂时不可用，请稍后再试", retry_after=2)
        super()._handle_request_exception(e)


class Sessions(CitizenHandler):
    async def post(self) -> None:
        request = self.body(SessionRequest)
        if request.token is None:
            await self.web.within(f"sessions:{self.address}", self.web.config.sessions_per_address, 60.0)
            visitor = self.web.sessions.new_visitor()
        else:
            known = self.web.sessions.visitor(request.token)
            if known is None:
                raise ApiError(401, "session_invalid", "会话已失效，请重新开始")
            visitor = known
        thread = await self.web.threads.open(visitor)
        session = Session(
            token=self.web.sessions.issue(visitor),
            contact_id=thread.contact_id,
            conversation_id=thread.conversation_id,
            seq=thread.seq,
            read=read_marks(thread),
        )
        self.reply(session, 201 if request.token is None else 200)


class Messages(CitizenHandler):
    async def get(self) -> None:
        after, before, limit = self.number("after"), self.number("before"), self.number("limit")
        if after is not None and before is not None:
            raise ApiError(400, "invalid", "请求参数有误", fields={"before": "not together with after"})
        limit = min(limit or 50, _PAGE_LIMIT)
        _, thread = await self.thread()
        found, now = await self.web.threads.history(thread.conversation_id, after=after, before=before, limit=limit)
        if after is not None:
            more = bool(found) and (found[-1].seq or 0) < now.seq
        else:
            more = bool(found) and (found[0].seq or 0) > 1
        page = MessagePage(
            messages=tuple(map(Message.of, found)), seq=now.seq, more=more, owner=now.owner, read=read_marks(now)
        )
        self.reply(page)

    async def post(self) -> None:
        request = self.body(SendRequest)
        visitor, thread = await self.thread()
        self.reply(await self.web.send(visitor, thread.conversation_id, request, self.request_id), 202)


class Read(CitizenHandler):
    async def post(self) -> None:
        request = self.body(ReadRequest)
        self.reply(read_marks(await self.web.threads.mark_read(self.visitor(), request.seq)))


@stream_request_body
class Uploads(CitizenHandler):
    """One file as multipart/form-data, field `file`. Read only after the visitor is known, a few at a time."""

    AT_ONCE: ClassVar[int] = 4
    _under_way: ClassVar[int] = 0
    _counted = False

    async def prepare(self) -> None:
        limit = self.web.config.upload_bytes + 16 * 1024
        self.request.connection.set_max_body_size(limit)  # type: ignore[union-attr]
        await super().prepare()
        if self.request.method != "POST":
            return
        length = self.request.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > limit:
            raise ApiError(413, "too_large", "文件太大", limit=self.web.config.upload_bytes)
        visitor, self.owner = await self.thread()
        await self.web.within(f"uploads:{visitor.key}", self.web.config.uploads_per_visitor, 3600.0)
        if Uploads._under_way >= self.AT_ONCE:
            raise ApiError(503, "unavailable", "正在上传的人较多，请稍后再试", retry_after=2)
        Uploads._under_way += 1
        self._counted = True
        self._received = bytearray()

    def data_received(self, chunk: bytes) -> None:
        if self._counted:
            self._received += chunk

    def on_finish(self) -> None:
        self._release()

    def on_connection_close(self) -> None:
        self._release()

    def _release(self) -> None:
        if self._counted:
            self._counted = False
            Uploads._under_way -= 1
            self._received = bytearray()

    async def post(self) -> None:
        file = self._file()
        kind = uploads.content_type(file.body)
        if kind is None:
            raise ApiError(415, "unsupported_type", "只能发图片（JPG、PNG、GIF、WebP）或 PDF 文件")
        if len(file.body) > self.web.config.upload_bytes:
            raise ApiError(413, "too_large", "文件太大", limit=self.web.config.upload_bytes)
        name = uploads.safe_name(file.filename, kind)
        blob_id = await asyncio.shield(self.web.threads.keep(self.owner.conversation_id, name, kind, file.body))
        media = KeptMedia(blob_id=blob_id, name=name, content_type=kind, size=len(file.body))
        self.reply(Upload(media=media), 201)

    def _file(self) -> HTTPFile:
        files: dict[str, list[HTTPFile]] = {}
        kind = self.request.headers.get("Content-Type", "")
        if kind.partition(";")[0].strip().lower() != "multipart/form-data":
            raise ApiError(415, "unsupported_type", "请用 multipart/form-data 上传")
        try:
            parse_body_arguments(kind, bytes(self._received), {}, files, HTTPHeaders())
        except HTTPError:
            raise ApiError(400, "invalid", "上传内容无法读取") from None
        if len(files.get("file", ())) != 1:
            raise ApiError(400, "invalid", "每次上传一个文件", fields={"file": "exactly one"})
        return files["file"][0]


class Kept(CitizenHandler):
    async def get(self, blob_id: str) -> None:
        _, thread = await self.thread()
        file = await self.web.threads.kept(thread.conversation_id, blob_id)
        if file is None:
            raise ApiError(404, "not_found", "没有这个文件")
        shown = "inline" if file.content_type.startswith("image/") else "attachment"
        self.set_header("Content-Type", file.content_type)
        self.set_header("Content-Disposition", f"{shown}; filename*=UTF-8''{quote(file.name)}")
        self.set_header("Cache-Control", "private, max-age=86400, immutable")
        self.finish(file.data)


def routes(web: Web) -> list[URLSpec]:
    given = {"web": web}
    return [
        URLSpec(r"/api/v1/sessions", Sessions, given),
        URLSpec(r"/api/v1/messages", Messages, given),
        URLSpec(r"/api/v1/read", Read, given),
        URLSpec(r"/api/v1/uploads", Uploads, given),
        URLSpec(r"/api/v1/uploads/([A-Za-z0-9_-]{1,64})", Kept, given),
    ]
