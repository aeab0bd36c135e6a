"""Voices made here, frame by frame."""

from __future__ import annotations

import struct

AMR = b"#!AMR\n"
_FRAME = b"\x04" + bytes(12)  # 20 ms at 4.75 kbit/s


def amr(seconds: float) -> bytes:
    return AMR + _FRAME * round(seconds * 50)


def amr_wide(seconds: float) -> bytes:
    return b"#!AMR-WB\n" + (b"\x04" + bytes(17)) * round(seconds * 50)


def speex(seconds: float) -> bytes:
    """In Ogg; narrow band, frames of 20 ms that say that nobody speaks."""
    version = b"1.2.0".ljust(20, b"\0")
    head = b"Speex   " + version + struct.pack("<13i", 1, 80, 8000, 0, 4, 1, -1, 160, 0, 1, 0, 0, 0)
    frames, pages = round(seconds * 50), [_page(0, 0, 2, [head]), _page(1, 0, 0, [b"\0" * 8])]
    for number, start in enumerate(range(0, frames, 50), 2):
        count = min(50, frames - start)
        pages.append(_page(number, (start + count) * 160, 4 if start + count == frames else 0, [b"\x07"] * count))
    return b"".join(pages)


def _page(number: int, samples: int, kind: int, packets: list[bytes]) -> bytes:
    sizes = bytes(map(len, packets))
    page = struct.pack("<4sBBqIIIB", b"OggS", 0, kind, samples, 7, number, 0, len(sizes)) + sizes + b"".join(packets)
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _checksum(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        value &= 0xFFFFFFFF
    return value
