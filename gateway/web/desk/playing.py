"""Sounds and films as a browser's player reads them: the part it asks for. Safari plays nothing that has no parts."""

from __future__ import annotations

import re
from dataclasses import replace

from channels.description import Operation, Parameter
from channels.handling import ApiError
from gateway.playing import Playable
from gateway.web.desk.access import DeskHandler

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_PART = 4 * 1024 * 1024  # what a player that was halted leaves in memory


def played(file: Operation) -> Operation:
    """The operation that gives a file to be played, described by the one that gives it to be kept."""
    return replace(
        file,
        path=f"{file.path}/played",
        summary="A voice or video, to be played",
        answers={200: ("As it is; a voice that no browser plays, as WAV", None), 206: ("The part", None)},
        parameters=(*file.parameters, Parameter("Range", "header", "One part; at most 4 MiB of it are given.")),
        errors=(*file.errors, 416, 422, 429),
        description="422 with `details.reason`: `kind` when it is no sound or video browsers know; of a voice "
        "`too_long`, over 60 s, or `unreadable`.",
    )


def send_played(handler: DeskHandler, file: Playable) -> None:
    """Raises `ApiError` 416."""
    size = len(file.data)
    part = part_of(handler.request.headers.get("Range", ""), size)
    handler.set_header("Content-Type", file.content_type)
    handler.set_header("Content-Disposition", "inline")
    handler.set_header("Accept-Ranges", "bytes")
    handler.set_header("Cache-Control", "private, max-age=3600, immutable")
    if part is None:
        handler.finish(file.data)
        return
    handler.set_status(206)
    handler.set_header("Content-Range", f"bytes {part.start}-{part.stop - 1}/{size}")
    handler.finish(file.data[part.start : part.stop])


def part_of(asked: str, size: int) -> range | None:
    """The bytes a Range header asks for; None for all: it asks for no part, for several, or in no way that is known.
    Raises `ApiError` 416."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, start + _PART, int(last) + 1 if first and last else size)
    if first and last and int(last) < start:
        return None
    if start >= stop:
        raise ApiError(416, "no_such_part", "文件没有这么长", size=size)
    return range(start, stop)
