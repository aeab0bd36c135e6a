"""The application all requests come in by: what is too large is refused before it is read into memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.routing import URLSpec
from tornado.web import Application, RequestHandler, stream_request_body

from channels.handling import BODY_LIMIT, ApiError, JsonHandler, declared_length
from gateway.core.english import in_english

# A body too long is read and thrown away up to here, so that the sender sees the 413 rather than a reset connection.
_DRAIN_BYTES = 2 * 1024 * 1024
_DRAIN_WITHIN = 10.0  # seconds


class Nowhere(JsonHandler):
    def prepare(self) -> None:
        raise ApiError(404, "not_found", "没有这个地址")


@stream_request_body
class _TooLarge(JsonHandler):
    def prepare(self) -> None:
        length = declared_length(self.request)
        if length is None or length > _DRAIN_BYTES:
            raise self._refusal()
        connection: Any = self.request.connection
        connection.set_max_body_size(_DRAIN_BYTES)
        connection.set_body_timeout(_DRAIN_WITHIN)

    def data_received(self, chunk: bytes) -> None:
        """Nothing of it is kept."""

    def _refuse(self, *_: str, **__: str) -> None:
        raise self._refusal()

    def _refusal(self) -> ApiError:
        return ApiError(413, "too_large", "内容太大", limit=BODY_LIMIT)

    head = get = post = delete = patch = put = options = _refuse


class Edge(Application):
    """Tornado refuses what is over the server's limit with a bare 400; here it is told as every other error is.
    Only a chunked body, whose length is not known before, still ends that way. Errors are told in English, too."""

    def __init__(self, routes: Sequence[URLSpec], **settings: Any) -> None:
        super().__init__(list(routes), in_english=in_english, **settings)

    def get_handler_delegate(
        self, request: HTTPServerRequest, target_class: type[RequestHandler], *args: Any, **kwargs: Any
    ) -> Any:
        delegate = super().get_handler_delegate(request, target_class, *args, **kwargs)
        if delegate.stream_request_body or (declared_length(request) or 0) <= BODY_LIMIT:
            return delegate
        return super().get_handler_delegate(request, _TooLarge)
