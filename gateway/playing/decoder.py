"""A program of its own, run by `gateway.playing`: a voice on standard input, the same as WAV on standard output.

It takes nothing but AMR and Speex. Ends with 0, with TOO_LONG, or with anything else for what cannot be decoded.
"""

from __future__ import annotations

import io
import resource
import sys
import wave
from collections.abc import Iterator

import av
import av.subtitles.stream  # PyAV would import it with the first stream, when no file can be opened any more

TOO_LONG = 3
_SECONDS = 61  # a voice message has 60 at most; the last frame may reach beyond
_FORMATS = {b"#!AM": "amr", b"OggS": "ogg"}
_CODECS = frozenset(("amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb", "speex"))
# What a decoder led astray may use. It needs no file, no connection and no other program, and can have none.
_LIMITS = (
    (resource.RLIMIT_CPU, 4),  # seconds
    (resource.RLIMIT_AS, 512 * 1024 * 1024),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_NPROC, 0),
    (resource.RLIMIT_NOFILE, 0),
    (resource.RLIMIT_CORE, 0),
)


def main() -> int:
    for what, most in _LIMITS:
        resource.setrlimit(what, (most, most))
    data = sys.stdin.buffer.read()
    sound, rate = bytearray(), 0
    try:
        for rate, samples in _decoded(data):
            sound += samples
            if len(sound) > 2 * rate * _SECONDS:
                return TOO_LONG
    except (av.FFmpegError, ValueError):
        pass  # what came before the fault can be heard
    if not sound:
        return 1
    held = io.BytesIO()
    with wave.open(held, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(sound)
    sys.stdout.buffer.write(held.getvalue())
    return 0


def _decoded(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The sampling rate and samples of 16 bits, one channel. Raises FFmpegError, ValueError."""
    with av.open(io.BytesIO(data), mode="r", format=_FORMATS[data[:4]]) as file:
        voice = next(iter(file.streams.audio), None)
        if voice is None or voice.codec_context.name not in _CODECS:
            raise ValueError("no voice in it")
        one_channel = av.AudioResampler(format="s16", layout="mono")
        for decoded in file.decode(voice):
            for frame in one_channel.resample(decoded):
                yield frame.sample_rate, bytes(frame.planes[0])[: 2 * frame.samples]


if __name__ == "__main__":
    sys.exit(main())
