"""The built pages of the front-end, with a policy that runs no script but ours."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tornado.routing import URLSpec
from tornado.web import StaticFileHandler

from channels.handling import ApiError, JsonHandler

BUILT = Path(__file__).resolve().parent.parent.parent / "frontend" / "dist"
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Page(JsonHandler):
    """One built HTML file."""

    def initialize(self, file: str) -> None:
        self._file = BUILT / file

    def get(self) -> None:
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            raise ApiError(503, "page_not_built", "页面还没有构建，请先运行 make build") from None
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(content)

    head = get

    def compute_etag(self) -> str | None:
        return f'"{hashlib.sha256(b"".join(self._write_buffer)).hexdigest()[:32]}"'


class Asset(JsonHandler, StaticFileHandler):
    """Hashed file names: kept by browsers for good."""

    def compute_etag(self) -> str | None:
        return StaticFileHandler.compute_etag(self)

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")


def routes() -> list[URLSpec]:
    return [
        URLSpec(r"/", Page, {"file": "index.html"}),
        URLSpec(r"/assets/(.+)", Asset, {"path": str(BUILT / "assets")}),
    ]
