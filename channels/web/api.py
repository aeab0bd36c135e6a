"""The citizen API: sessions, messages, uploads. Handlers parse, ask, answer; the rules live in `sending`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tornado.routing import URLSpec
from tornado.web import stream_request_body

from channels import uploads
from channels.contract import Address
from channels.handling import ApiError, JsonHandler, client_address, declared_length
from channels.web.ports import Kept, Thread
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

_PAGE_LIMIT = 200
_BEARER = "Bearer "
_UPLOAD_WITHIN = 120.0  # seconds, so that 10 MiB pass at 90 KB/s
_VISITORS_PER_ADDRESS = 10  # that may use up their uploads within the same hour
_DOWNLOAD_TURN = 5.0  # seconds to wait for one
_DOWNLOAD_WITHIN = 120.0  # seconds


class CitizenHandler(JsonHandler):
    """Origin and address limits for every call; the visitor behind the token where one is needed."""

    web: Web

    def initialize(self, web: Web) -> None:
        self.web = web

    async def prepare(self) -> None:
        if not self.web.origin_allowed(self.request):
            raise ApiError(403, "origin_not_allowed", "这个网站不能使用本接口")
        self._share()
        self.address = client_address(self.request, self.web.config.trusted_proxies)
        await self.web.within(f"requests:{self.address}", self.web.config.requests_per_address, 60.0)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self._share()  # an error begins with no headers, and the page must be able to read it
        super().write_error(status_code, **kwargs)

    def _share(self) -> None:
        """Let pages of the listed origins read the answer."""
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
        visitor = self.visitor()
        request = self.body(SendRequest)
        self.reply(await self.web.send(visitor, request, self.request_id), 202)


class Read(CitizenHandler):
    async def post(self) -> None:
        visitor = self.visitor()
        request = self.body(ReadRequest)
        self.reply(read_marks(await self.web.threads.mark_read(visitor, request.seq)))


@stream_request_body
class Uploads(CitizenHandler):
    """One file as multipart/form-data, field `file`. Read only after the visitor is known, a few at a time and one for
    each address."""

    _slot = ""  # the address it was given to
    _keeping = False
    _refusal: ApiError | None = None

    async def prepare(self) -> None:
        limit = self.web.config.upload_bytes + uploads.FORM_BYTES
        connection: Any = self.request.connection
        connection.set_max_body_size(limit)
        connection.set_body_timeout(_UPLOAD_WITHIN)
        await super().prepare()
        if self.request.method != "POST":
            return
        length = declared_length(self.request)
        if length is None or length > limit:
            raise ApiError(413, "too_large", "文件太大", limit=self.web.config.upload_bytes)
        visitor, self.owner = await self.thread()
        try:
            await self._admit(visitor)
        except ApiError as refusal:
            # Answered before it has sent all, a browser sees a reset connection and no reason: what a visitor sends is
            # read to its end, and thrown away.
            self._release()
            self._refusal = refusal

    async def _admit(self, visitor: Address) -> None:
        if not self.web.uploading.take(self.address):
            raise ApiError(503, "unavailable", "正在上传的人较多，请稍后再试", retry_after=2)
        self._slot = self.address
        self._received = bytearray()
        an_hour = self.web.config.uploads_per_visitor
        await self.web.within(f"uploads:{visitor.key}", an_hour, 3600.0)
        await self.web.within(f"uploads:{self.address}", an_hour * _VISITORS_PER_ADDRESS, 3600.0)

    def data_received(self, chunk: bytes) -> None:
        if self._slot:
            self._received += chunk

    def on_finish(self) -> None:
        self._release()

    def on_connection_close(self) -> None:
        self._release()
        super().on_connection_close()  # ends the wait for the rest of the body

    def _release(self) -> None:
        # the file is in memory until it is kept, whether or not somebody still waits for the answer
        if self._slot and not self._keeping:
            self.web.uploading.give_back(self._slot)
            self._slot = ""
            self._received = bytearray()

    async def post(self) -> None:
        if self._refusal is not None:
            raise self._refusal
        self._keeping = True
        try:
            media = await self._keep()
        finally:
            self._keeping = False
            self._release()
        self.reply(Upload(media=media), 201)

    async def _keep(self) -> KeptMedia:
        body = bytes(self._received)
        self._received = bytearray()
        file = uploads.only_file(self.request.headers.get("Content-Type", ""), body)
        kind = uploads.content_type(file.body)
        if kind is None:
            raise ApiError(415, "unsupported_type", "只能发图片（JPG、PNG、GIF、WebP）或 PDF 文件")
        if len(file.body) > self.web.config.upload_bytes:
            raise ApiError(413, "too_large", "文件太大", limit=self.web.config.upload_bytes)
        name = uploads.safe_name(file.filename, kind)
        blob_id = await self.web.threads.keep(self.owner.conversation_id, name, kind, file.body)
        return KeptMedia(blob_id=blob_id, name=name, content_type=kind, size=len(file.body))


class KeptFile(CitizenHandler):
    """A file is held in memory while it is sent, so a few are sent at a time and none to those who do not read."""

    async def get(self, blob_id: str) -> None:
        _, thread = await self.thread()
        about = await self.web.threads.kept_about(thread.conversation_id, blob_id)
        if about is None:
            raise ApiError(404, "not_found", "没有这个文件")
        try:
            async with self.web.downloading.hold(self.address, _DOWNLOAD_TURN):
                async with self.web.reading:
                    file = await self.web.threads.kept(thread.conversation_id, blob_id)
                if file is None:
                    raise ApiError(404, "not_found", "没有这个文件")
                await self._send(file)
        except TimeoutError:
            raise ApiError(503, "unavailable", "正在下载的人较多，请稍后再试", retry_after=2) from None

    async def _send(self, file: Kept) -> None:
        shown = "inline" if file.content_type.startswith("image/") else "attachment"
        self.set_header("Content-Type", file.content_type)
        self.set_header("Content-Length", str(len(file.data)))
        self.set_header("Content-Disposition", f"{shown}; filename*=UTF-8''{quote(file.name)}")
        self.set_header("Cache-Control", "private, max-age=86400, immutable")
        await self.send_in_pieces(file.data, within=_DOWNLOAD_WITHIN)


def routes(web: Web) -> list[URLSpec]:
    given = {"web": web}
    return [
        URLSpec(r"/api/v1/sessions", Sessions, given),
        URLSpec(r"/api/v1/messages", Messages, given),
        URLSpec(r"/api/v1/read", Read, given),
        URLSpec(r"/api/v1/uploads", Uploads, given),
        URLSpec(r"/api/v1/uploads/([A-Za-z0-9_-]{1,64})", KeptFile, given),
    ]
