"""What a file is by its first bytes, never by its name or by what its sender calls it. Pure."""

from __future__ import annotations

# type → a name's extension, for every type that is told here
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "audio/amr": "amr",
    "audio/amr-wb": "awb",
    "audio/speex": "spx",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/wav": "wav",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "video/quicktime": "mov",
    "video/webm": "webm",
}
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"#!AMR\n", "audio/amr"),
    (b"#!AMR-WB\n", "audio/amr-wb"),
    (b"ID3", "audio/mpeg"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_OGG = ((b"Speex   ", "audio/speex"), (b"OpusHead", "audio/ogg"), (b"\x01vorbis", "audio/ogg"))
# of ISO base media files; others, pictures among them, are not told
_BRANDS = (
    (b"M4A", "audio/mp4"),
    (b"qt", "video/quicktime"),
    (b"3g", "video/3gpp"),
    *((brand, "video/mp4") for brand in (b"iso", b"mp4", b"avc1", b"M4V", b"MSNV", b"dash")),
)


def content_type(data: bytes) -> str | None:
    """One of `EXTENSIONS`; None for everything else."""
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[:4] == b"OggS" and len(data) > 26:
        return _first(_OGG, data[27 + data[26] :][:8])
    if data[4:8] == b"ftyp":
        return _first(_BRANDS, data[8:12])
    if data[:4] == b"\x1aE\xdf\xa3" and b"webm" in data[:64]:
        return "video/webm"
    return _mpeg(data[:4])


def _first(known: tuple[tuple[bytes, str], ...], found: bytes) -> str | None:
    return next((kind for beginning, kind in known if found.startswith(beginning)), None)


def _mpeg(head: bytes) -> str | None:
    """A frame's header: eleven bits set, the layer, and no reserved bit rate or sampling rate."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"  # a layer of 0 is ADTS
    is_frame = head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    return "audio/mpeg" if is_frame and head[2] >> 4 not in (0, 15) and head[2] & 0x0C != 0x0C else None
