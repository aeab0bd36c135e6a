"""The parser takes one shape of document and refuses everything else with its own errors."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.wechat.errors import CallbackError, Malformed, TooLarge
from channels.wechat.xml import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, parse
from tests.channels.wechat.wechat_account import text_xml


def test_text_is_kept_verbatim() -> None:
    document = parse("<xml><A>  你好 \n</A><B><![CDATA[ <b>&amp; ]]></B><C/><D>&lt;&#x4e2d;</D></xml>".encode())
    assert document == {"A": "  你好 \n", "B": " <b>&amp; ", "C": "", "D": "<中"}


def test_nested_elements_are_documents_and_repeated_ones_lists() -> None:
    document = parse(b"<xml><L><i><n>1</n></i><i><n>2</n></i></L><R>a</R><R>b</R><R>c</R></xml>")
    assert document == {"L": {"i": [{"n": "1"}, {"n": "2"}]}, "R": ["a", "b", "c"]}


def test_a_byte_order_mark_is_no_text() -> None:
    assert parse(b"\xef\xbb\xbf<xml><A>1</A></xml>") == {"A": "1"}


def test_attributes_and_declarations_do_not_matter() -> None:
    assert parse(b'<?xml version="1.0" encoding="gb2312"?><!-- c --><xml a="1"><A b="2">1</A><?pi x?></xml>') == {
        "A": "1"
    }


def test_names_cannot_read_as_paths() -> None:
    assert parse(b"<xml><a.b>1</a.b></xml>") == {"a_b": "1"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"text",
        b"{}",
        b"<xml>",
        b"<xml></xml><xml></xml>",
        b"<root><MsgType>text</MsgType></root>",
        b"<xml><A>\xff\xfe</A></xml>",
        b"<xml><A>\xed\xa0\x80</A></xml>",
        b"<xml><A>a\x00b</A></xml>",
        b"<xml><A>&#0;</A></xml>",
        b"<xml><A>&#xD800;</A></xml>",
        b"<xml><A>&nbsp;</A></xml>",
        b"<xml><A>]]></A></xml>",
        b"<xml a='1' a='2'/>",
        b"<!DOCTYPE xml><xml><A>1</A></xml>",
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x.dtd"><xml><A>1</A></xml>',
        b'<!DOCTYPE xml [<!ENTITY a "1">]><xml><A>&a;</A></xml>',
        b'<!DOCTYPE xml [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><xml/>',
    ],
)
def test_everything_else_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)


@pytest.mark.parametrize(
    "body",
    [
        b"<xml>" + b" " * MAX_BYTES + b"</xml>",
        b"<xml>" + b"<a/>" * (MAX_ELEMENTS + 1) + b"</xml>",
        b"<xml>" + b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH + b"</xml>",
    ],
)
def test_bounds(body: bytes) -> None:
    with pytest.raises(TooLarge):
        parse(body)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_raise_the_typed_error_only(body: bytes) -> None:
    with contextlib.suppress(CallbackError):
        parse(body)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_messages_raise_the_typed_error_only(data: st.DataObject) -> None:
    body = bytearray(text_xml().encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body)))
        until = data.draw(st.integers(at, min(len(body), at + 30)))
        body[at:until] = data.draw(
            st.sampled_from([b"", b"<", b">", b"]]>", b"<![CDATA[", b"&x;", b"\xff", b"</xml>", b"<A/>"])
        )
    with contextlib.suppress(CallbackError):
        parse(bytes(body))
