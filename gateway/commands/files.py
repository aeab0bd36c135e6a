"""Text files that commands are given."""

from __future__ import annotations

from pathlib import Path

from gateway.core.errors import Invalid

MAX_BYTES = 16 * 1024 * 1024


def read_text(path: Path) -> str:
    """UTF-8, with a mark at its beginning or without. Raises `Invalid`, in words for who typed the command."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Invalid(f"读不了 {path}：{error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise Invalid(f"文件太大，最多 {MAX_BYTES // 1024 // 1024} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("文字编码认不出来，请存成 UTF-8") from error
