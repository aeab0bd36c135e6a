"""Files are what their first bytes say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.uploads import ALLOWED, content_type, safe_name


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"<html><script>alert(1)</script>", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_content_type(data: bytes, kind: str | None) -> None:
    assert content_type(data) == kind


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\fakepath\\照片.jpg", "照片.png"),
        ("a\x00b\r\n.exe", "ab.png"),
        ("...", "file.png"),
        ("", "file.png"),
        ("\ud800-.png", "-.png"),
        ('x"onload=1.png', "xonload=1.png"),
    ],
)
def test_names(given_name: str, shown: str) -> None:
    assert safe_name(given_name, "image/png") == shown


@given(st.text(max_size=300), st.sampled_from(sorted(ALLOWED)))
def test_a_name_is_short_and_has_no_path(given_name: str, kind: str) -> None:
    shown = safe_name(given_name, kind)
    assert 1 <= len(shown) <= 86
    assert not set(shown) & set('/\\"\r\n\x00<>')
    assert shown.endswith("." + ALLOWED[kind])
