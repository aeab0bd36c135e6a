"""Files citizens send: what they may be, told by their first bytes and not by their name. Pure."""

from __future__ import annotations

import re

ALLOWED = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
}


def content_type(data: bytes) -> str | None:
    """The type of an allowed file by its signature; None for everything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    return None


def safe_name(given: str, kind: str) -> str:
    """A name to show: no path, no control characters, no half characters (surrogates), at most 80 characters, the
    extension of what it really is."""
    stem = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069\"<>|:*?]", "", re.split(r"[/\\]", given)[-1])
    stem = stem.rpartition(".")[0] or stem
    return f"{stem[:80].strip(' .') or 'file'}.{ALLOWED[kind]}"
