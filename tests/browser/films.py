"""A film made here."""

from __future__ import annotations

import io

import av


def webm(seconds: float) -> bytes:
    """A grey picture that grows lighter, ten times a second."""
    held = io.BytesIO()
    with av.open(held, "w", format="webm") as film:
        stream = film.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(round(seconds * 10)):
            frame = av.VideoFrame(160, 120, "yuv420p")
            for place, plane in enumerate(frame.planes):
                plane.update(bytes([80 + 4 * number if place == 0 else 128]) * plane.buffer_size)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return held.getvalue()
