"""The built pages of the front-end, with a policy that runs no script but ours, and the button for other sites."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from tornado.routing import URLSpec
from tornado.web import StaticFileHandler

from channels.handling import ApiError, JsonHandler

BUILT = Path(__file__).resolve().parent.parent.parent / "frontend" / "dist"
_RULES = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
)
POLICY = f"{_RULES}; frame-ancestors 'none'"


class _Built(JsonHandler):
    """A built file under a name of its own."""

    def initialize(self, file: str) -> None:
        self._file = BUILT / file

    def send_file(self, content_type: str, cache: str) -> None:
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            raise ApiError(503, "page_not_built", "页面还没有构建，请先运行 make build") from None
        self.set_header("Cache-Control", cache)
        self.set_header("Content-Type", f"{content_type}; charset=utf-8")
        self.finish(content)

    def compute_etag(self) -> str | None:
        return f'"{hashlib.sha256(b"".join(self._write_buffer)).hexdigest()[:32]}"'


class Page(_Built):
    """One built HTML file. framing: origins whose pages may show it in a frame."""

    def initialize(self, file: str, framing: Collection[str] = ()) -> None:
        super().initialize(file)
        self._framing = framing

    def get(self) -> None:
        self.set_header("Content-Security-Policy", POLICY)
        if self._framing:
            self.set_header("Content-Security-Policy", f"{_RULES}; frame-ancestors {' '.join(sorted(self._framing))}")
            self.clear_header("X-Frame-Options")  # it knows no list of origins
        self.send_file("text/html", "no-cache")

    head = get


class Widget(_Built):
    """The script other sites load. Its name never changes, so browsers keep it for an hour, and use it for a week while
    they ask for a newer one."""

    def get(self) -> None:
        self.send_file("text/javascript", "public, max-age=3600, stale-while-revalidate=604800")

    head = get


class Asset(JsonHandler, StaticFileHandler):
    """Hashed file names: kept by browsers for good."""

    def compute_etag(self) -> str | None:
        return StaticFileHandler.compute_etag(self)

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")


def routes(framing: Collection[str]) -> list[URLSpec]:
    """framing: origins whose pages may show the chat in a frame."""
    return [
        URLSpec(r"/", Page, {"file": "index.html", "framing": framing}),
        URLSpec(r"/tickets", Page, {"file": "tickets.html"}),
        URLSpec(r"/desk(?:/.*)?", Page, {"file": "desk.html"}),
        URLSpec(r"/widget\.js", Widget, {"file": "widget.js"}),
        URLSpec(r"/assets/(.+)", Asset, {"path": str(BUILT / "assets")}),
    ]
