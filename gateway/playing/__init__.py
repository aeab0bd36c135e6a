"""What citizens send to be heard or watched, as a browser plays it. `Player.playable` is the only door.

WeChat's voices are AMR, which no browser plays; FFmpeg decodes them (ADR 13). It reads what anybody may have sent, so
it runs in a process of its own, for this one voice, with nothing of ours in it and little it may use.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import dataclass
from pathlib import Path

from channels import signatures
from gateway.core.errors import TooSoon, Unplayable

log = logging.getLogger("hotline.playing")

_PLAYED = frozenset(kind for kind in signatures.EXTENSIONS if kind.startswith(("audio/", "video/")))
_DECODED = frozenset(("audio/amr", "audio/amr-wb", "audio/speex"))
_DECODER = Path(__file__).with_name("decoder.py")
_TOO_LONG = 3  # as it ends
_MOST_BYTES = 512 * 1024  # 60 s of the largest of them
_MOST_SOUND = 4 * 1024 * 1024
_AT_ONCE = 2
_TURN = 5.0  # seconds to wait for one
_WITHIN = 10.0  # seconds; the first one waits for its libraries to be read


@dataclass(frozen=True, slots=True)
class Playable:
    content_type: str
    data: bytes


class Player:
    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def playable(self, data: bytes) -> Playable:
        """The file as it is, or a voice as WAV. Raises `Unplayable`: `kind` (neither sound nor film), `too_long`,
        `unreadable`; `TooSoon` when many are being decoded, or the machine can start no process."""
        kind = signatures.content_type(data)
        if kind in _DECODED:
            return Playable("audio/wav", await self._in_turn(data))
        if kind in _PLAYED:
            return Playable(kind, data)
        raise Unplayable("kind", "这个文件不是能播放的声音或视频")

    async def _in_turn(self, data: bytes) -> bytes:
        if len(data) > _MOST_BYTES:
            raise _too_long()
        try:
            async with asyncio.timeout(_TURN):
                await self._turns.acquire()
        except TimeoutError:
            raise _busy() from None
        try:
            return await _decoded(data)
        except OSError as error:
            log.warning("no process can be started to decode a voice", extra={"code": error.errno})
            raise _busy() from error
        finally:
            self._turns.release()


async def _decoded(data: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",  # nothing from where it runs
        "-B",
        _DECODER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},  # ours has secrets
        cwd="/",
    )
    assert process.stdin is not None
    assert process.stdout is not None
    sound, ended = b"", -1
    try:
        async with asyncio.timeout(_WITHIN):
            process.stdin.write(data)
            process.stdin.close()
            try:
                await process.stdout.readexactly(_MOST_SOUND)
            except asyncio.IncompleteReadError as whole:
                sound, ended = whole.partial, await process.wait()
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if ended == _TOO_LONG:
        raise _too_long()
    if ended != 0:
        log.warning("a voice could not be decoded", extra={"ended": ended, "bytes": len(data)})
        raise Unplayable("unreadable", "这段语音放不出来，可以下载下来再听")
    return sound


def _busy() -> TooSoon:
    return TooSoon("正在听语音的人较多，请稍后再试", retry_after=2.0)


def _too_long() -> Unplayable:
    return Unplayable("too_long", "语音超过 60 秒，这里放不了，可以下载下来再听")
