"""Hostile callbacks cost little memory: measured in a process of its own, from the peak before to the peak after."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_MEASURE = """
import resource, sys
from datetime import UTC, datetime
from channels.wechat.codec import decode
from channels.wechat.errors import CallbackError
from channels.wechat.xml import MAX_BYTES, parse

M = MAX_BYTES
HEAD = b"<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>"
BODIES = {
    "text": lambda: HEAD + b"a" * (M - 200) + b"</Content></xml>",
    "sections": lambda: HEAD + b"<![CDATA[a]]>" * ((M - 200) // 13) + b"</Content></xml>",
    "references": lambda: HEAD + b"&#65;" * ((M - 200) // 5) + b"</Content></xml>",
    "elements": lambda: b"<xml>" + b"<a/>" * (M // 4 - 10) + b"</xml>",
    "depth": lambda: b"<xml>" + b"<a>" * (M // 3 - 10),
    "attributes": lambda: b"<xml" + b"".join(b" a%x=''" % n for n in range(M // 10)) + b"/>",
    "a long name": lambda: b"<xml><" + b"a" * (M - 20) + b"/></xml>",
    "comments": lambda: b"<xml>" + b"<!---->" * (M // 7 - 10) + b"</xml>",
    "instructions": lambda: b"<xml>" + b"<?a b?>" * (M // 7 - 10) + b"</xml>",
    "nothing but open brackets": lambda: b"<" * M,
    "ten megabytes": lambda: HEAD + b"a" * (10 * M) + b"</Content></xml>",
    "a bomb": lambda: b"<!DOCTYPE xml [" + b"".join(
        b'<!ENTITY e%d "%s">' % (n, (b"&e%d;" % (n - 1)) * 10 if n else b"x" * 100) for n in range(12)
    ) + b"]><xml>&e11;</xml>",
    "a message id": lambda: b"<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>a</Content><MsgId>"
    + b"9" * (M - 200) + b"</MsgId></xml>",
}
body = BODIES[sys.argv[1]]()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(3):
    try:
        decode(parse(body), account="wx", request_id="r", now=datetime.now(UTC))
    except CallbackError:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""

KINDS = [
    "text",
    "sections",
    "references",
    "elements",
    "depth",
    "attributes",
    "a long name",
    "comments",
    "instructions",
    "nothing but open brackets",
    "ten megabytes",
    "a bomb",
    "a message id",
]


@pytest.mark.parametrize("kind", KINDS)
def test_no_callback_costs_64_mib(kind: str) -> None:
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", _MEASURE, kind]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 64 * 1024
