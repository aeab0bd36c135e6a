"""The page behind a short link: the whole of an answer that was too long for a text message. No script, large print."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence

from tornado.routing import URLSpec

from channels.contract import Language, Part
from channels.handling import ApiError, JsonHandler
from channels.rendering import is_english
from gateway.core.delivery import Links
from gateway.core.ports import StoreUnavailable

_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title>
<link rel="stylesheet" href="/m/style.css"></head>
<body><header>{hotline}</header><main>{body}</main>
<footer>{more}</footer></body></html>
"""
_AROUND: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "lang": "zh-CN",
        "title": "12345 热线的答复",
        "hotline": "12345 热线",
        "more": '还有问题，直接回复短信即可，也可以<a href="/">在网页上继续问</a>。',
    },
    "en": {
        "lang": "en",
        "title": "An answer of the 12345 hotline",
        "hotline": "12345 Hotline",
        "more": 'For more, reply to the text message, or <a href="/">go on asking on our website</a>.',
    },
}
_NO_LINK: Mapping[Language, str] = {
    "zh": "这个链接不存在，或者输错了。请检查短信里的地址。",
    "en": "There is no such link, or it was mistyped. Please check the address in the text message.",
}
_STYLE = """
:root { color-scheme: light dark }
body { margin: 0 auto; max-width: 40rem; padding: 1.25rem; font: 18px/1.7 system-ui, "Noto Sans SC", sans-serif;
  color: #1a1c1f; background: #fff; overflow-wrap: anywhere }
header { color: #5a6270; border-bottom: 1px solid #dde1e7; padding-bottom: .75rem }
main { white-space: pre-wrap; padding: 1rem 0 1.5rem }
footer { color: #5a6270; font-size: 16px; border-top: 1px solid #dde1e7; padding-top: .75rem }
a { color: #1a5fb4 }
@media (prefers-color-scheme: dark) {
  body { color: #e8eaed; background: #16181c }
  header, footer { color: #aab2bf; border-color: #343a44 }
  a { color: #8ab8f5 }
}
"""
Words = Callable[[Sequence[Part]], str]


class Whole(JsonHandler):
    def initialize(self, links: Links, words: Words) -> None:
        self._links = links
        self._words = words

    async def get(self, name: str) -> None:
        try:
            parts = await self._links.parts(name)
        except StoreUnavailable:
            raise ApiError(503, "unavailable", "服务暂时不可用，请稍后再试", retry_after=2) from None
        if parts is None:
            self.set_status(404)
        text = _NO_LINK[self.language] if parts is None else self._words(parts)
        language: Language = "en" if is_english(text) else "zh"
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(_PAGE.format(body=html.escape(text), **_AROUND[language]))

    head = get


class Style(JsonHandler):
    def get(self) -> None:
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.set_header("Cache-Control", "public, max-age=86400")
        self.finish(_STYLE)


def routes(links: Links, words: Words) -> list[URLSpec]:
    """words: parts as text."""
    return [URLSpec(r"/m/style\.css", Style), URLSpec(r"/m/([a-z2-7]{12})", Whole, {"links": links, "words": words})]
