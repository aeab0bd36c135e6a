"""The one place where bytes from outside become a document: bounded, without DTD, quick.

wechatpy parses with xmltodict, which strips the citizen's own spaces, leaks `ExpatError`, `ValueError`, `KeyError` and
`UnicodeDecodeError`, and has no bounds. This parser drives expat directly and raises `CallbackError`s only.
"""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from channels.wechat.errors import Malformed, TooLarge

# Real callbacks stay under 20 KB (the longest carries eight articles of a mass sending); the bounds leave room and
# keep what one request can cost small.
MAX_BYTES = 1024 * 1024
MAX_ELEMENTS = 2_000
MAX_DEPTH = 12

Value = str | dict[str, "Value"] | list["Value"]
Document = dict[str, Value]


def parse(body: bytes) -> Document:
    """The children of `<xml>` by name: text verbatim, elements as documents, a repeated name as a list.

    Attributes, and text between elements, are dropped: WeChat uses neither. The encoding is UTF-8 whatever the
    declaration says; only a byte order mark says otherwise.
    Raises `TooLarge` beyond the bounds above and `Malformed` for everything that is not such a document.
    """
    if len(body) > MAX_BYTES:
        raise TooLarge(f"{len(body)} bytes, the limit is {MAX_BYTES}")
    builder = _Builder()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    # Without a DTD there are no entities to expand and nothing to fetch.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Malformed(expat.errors.messages.get(error.code, "not well-formed")) from None
    except ValueError:
        raise Malformed("not UTF-8") from None
    return builder.document


def _refuse_doctype(*_: object) -> NoReturn:
    raise Malformed("a document type declaration is not part of any WeChat message")


class _Builder:
    """Builds the document from expat's callbacks."""

    __slots__ = ("_children", "_count", "_stack", "_texts", "document")

    def __init__(self) -> None:
        self.document: Document = {}
        self._count = 0
        # of the element being read: its text so far, its children once it has any; outer ones wait on the stack
        self._texts: list[str] = []
        self._children: Document | None = None
        self._stack: list[tuple[list[str], Document | None]] = []

    def start(self, name: str, _attributes: object) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise TooLarge(f"more than {MAX_ELEMENTS} elements")
        if not self._stack and name != "xml":
            raise Malformed("the root is not <xml>")
        if len(self._stack) >= MAX_DEPTH:
            raise TooLarge(f"elements nested deeper than {MAX_DEPTH}")
        self._stack.append((self._texts, self._children))
        self._texts = []
        self._children = None

    def text(self, data: str) -> None:
        self._texts.append(data)

    def end(self, name: str) -> None:
        value: Value = "".join(self._texts) if self._children is None else self._children
        self._texts, self._children = self._stack.pop()
        if not self._stack:
            # `<xml/>` and `<xml>text</xml>` are documents without fields
            self.document = value if isinstance(value, dict) else {}
            return
        if "." in name:
            # a dot in a stored field's name would read as a path
            name = name.replace(".", "_")
        if self._children is None:
            self._children = {name: value}
            return
        known = self._children.get(name)
        if known is None:
            self._children[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            self._children[name] = [known, value]
