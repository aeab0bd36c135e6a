"""What an operator reads: one line an event, nobody's data in it."""

from __future__ import annotations

import json
import logging

import pytest

from config.logging import JsonFormatter, ReadableFormatter, _Stamp, mask, request_id


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13812345678，急", "电话138****5678，急"),
        ("身份证 441900199001011234", "身份证 441900********1234"),
        ("44190019900101123X", "441900********123X"),
        ("openid olPjZjsXuQPJoV0HlruZkNzKc91E", "openid olPj…c91E"),
        ("GET /cgi?access_token=abc123&x=1", "GET /cgi?access_token=***&x=1"),
        ("mongodb://user:pa55word@host/db", "mongodb://user:***@host/db"),
        ("ticket DG2026112400000017", "ticket DG2026112400000017"),
        ("12345 and 2026-11-24 10:00", "12345 and 2026-11-24 10:00"),
        ("01M85MXERHG8JK8EN5C7ZKEC92", "01M85MXERHG8JK8EN5C7ZKEC92"),
        ("status=400 code=invalid", "status=400 code=invalid"),
    ],
)
def test_personal_data_and_secrets_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


def record(**extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {
            "name": "hotline.test",
            "levelno": 30,
            "levelname": "WARNING",
            "msg": "call %s",
            "args": ("13812345678",),
            **extra,
        }
    )
    _Stamp().filter(made)
    return made


def test_a_json_line_has_its_fields_and_the_request_id() -> None:
    token = request_id.set("r-1")
    try:
        line = json.loads(JsonFormatter().format(record(channel="wechat", attempts=3)))
    finally:
        request_id.reset(token)
    assert line["message"] == "call 138****5678"
    assert (line["level"], line["channel"], line["attempts"], line["request_id"]) == ("warning", "wechat", 3, "r-1")


def test_a_line_break_in_a_value_does_not_make_a_second_line() -> None:
    assert "\n" not in JsonFormatter().format(record(cause="a\nlevel=error"))


def test_a_readable_line_has_its_fields() -> None:
    line = ReadableFormatter().format(record(channel="wechat", request_id="r-2"))
    assert line.endswith("hotline.test: call 138****5678 channel=wechat [r-2]")
