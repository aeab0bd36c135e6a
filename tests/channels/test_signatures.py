"""Sounds and films are what their first bytes say; pictures and documents are in test_uploads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.signatures import EXTENSIONS, content_type
from tests.playing.voices import amr, amr_wide, speex


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (amr(0.1), "audio/amr"),
        (amr_wide(0.1), "audio/amr-wb"),
        (speex(0.1), "audio/speex"),
        (speex(0.1).replace(b"Speex   ", b"OpusHead"), "audio/ogg"),
        (speex(0.1).replace(b"Speex   ", b"\x80theora\0"), None),
        (b"OggS", None),
        (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf3\x84\xc4", "audio/mpeg"),
        (b"\xff\xfb\xf0\x64", None),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\xff\xfe<\0h\0", None),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (b"\0\0\0\x18ftyp3gp4", "video/3gpp"),
        (b"\0\0\0\x18ftypheic", None),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm"),
        (b"#!AMR", None),
        (b"", None),
    ],
)
def test_content_type(data: bytes, kind: str | None) -> None:
    assert content_type(data) == kind


@given(st.sampled_from([b"", b"OggS", b"RIFF", b"\0\0\0\0ftyp", b"\xff", b"\x1aE\xdf\xa3"]), st.binary(max_size=80))
def test_whatever_the_bytes(beginning: bytes, rest: bytes) -> None:
    assert content_type(beginning + rest) in {None, *EXTENSIONS}
