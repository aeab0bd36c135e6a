"""What the pages are given to show, and what the sample knowledge base answers."""

from __future__ import annotations

import json
import random
import struct
import zlib

from tests.running import ROOT

SAMPLE = [json.loads(line) for line in (ROOT / "config" / "seed" / "knowledge.jsonl").read_text().splitlines()]


def first_words(question: str) -> str:
    """The beginning of the sample knowledge base's answer."""
    entry = next(entry for entry in SAMPLE if entry["question"] == question)
    return str(entry["answer"]).strip().splitlines()[0][:24]


def png(width: int, height: int, *, noise: bool = False) -> bytes:
    """A plain blue picture; with noise, one that cannot be made smaller without loss."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    source = random.Random(12345)
    rows = (b"\0" + (source.randbytes(3 * width) if noise else b"\x1a\x5f\xb4" * width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"".join(rows), 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")
