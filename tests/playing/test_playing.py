"""What citizens send is played as a browser can, or refused with a reason."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import resource
import signal
import wave
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.errors import TooSoon, Unplayable
from gateway.playing import Player
from tests.playing.voices import AMR, amr, amr_wide, speex

MP3 = b"ID3\x04\0\0\0\0\0\0" + bytes(40)


def children() -> set[int]:
    """Processes of this one's own."""
    found: set[int] = set()
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread may end meanwhile
            found |= set(map(int, (thread / "children").read_text().split()))
    return found


async def refused(data: bytes) -> str:
    with pytest.raises(Unplayable) as error:
        await Player().playable(data)
    return error.value.reason


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize(
    ("voice", "rate", "seconds"),
    [
        (amr(2), 8000, 2),
        (amr(60), 8000, 60),
        (amr_wide(2), 16000, 2),
        (speex(2), 8000, 2),
        (amr(2)[:-5], 8000, 1.98),
        (amr(1) + b"\xff" * 400, 8000, 1),
    ],
    ids=["amr", "the longest", "wide band", "speex", "cut off", "broken at its end"],
)
async def test_a_voice_is_heard_as_wav(voice: bytes, rate: int, seconds: float) -> None:
    played = await Player().playable(voice)
    assert played.content_type == "audio/wav"
    with wave.open(io.BytesIO(played.data)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, rate)
        assert sound.getnframes() / rate == pytest.approx(seconds, abs=0.05)


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (MP3, "audio/mpeg"),
        (b"\0\0\0\x18ftypmp42" + bytes(40), "video/mp4"),
        (b"\0\0\0\x18ftyp3gp5" + bytes(40), "video/3gpp"),
    ],
)
async def test_what_browsers_know_goes_as_it_is(data: bytes, kind: str) -> None:
    played = await Player().playable(data)
    assert (played.content_type, played.data) == (kind, data)


@pytest.mark.gen_test(timeout=60)
async def test_what_cannot_be_played_is_refused_with_a_reason() -> None:
    assert await refused(b"\x89PNG\r\n\x1a\n" + bytes(100)) == "kind"
    assert await refused(b"<html><script>alert(1)</script>") == "kind"
    assert await refused(b"") == "kind"
    assert await refused(amr(62)) == "too_long"
    assert await refused(AMR + bytes(600_000)) == "too_long"
    assert await refused(AMR) == "unreadable"
    assert await refused(AMR + b"\xff" * 300) == "unreadable"
    assert await refused(speex(1)[:70]) == "unreadable"


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([AMR, b"#!AMR-WB\n", speex(0.2)]), st.binary(max_size=2000))
def test_whatever_the_bytes_it_is_sound_or_a_refusal(beginning: bytes, rest: bytes) -> None:
    try:
        played = asyncio.run(Player().playable(beginning + rest))
    except Unplayable:
        return
    assert played.data.startswith(b"RIFF")


@pytest.mark.gen_test(timeout=60)
async def test_many_at_once_are_all_heard() -> None:
    player, before = Player(), children()
    hearing = [asyncio.ensure_future(player.playable(amr(20))) for _ in range(6)]
    most = 0
    while not all(one.done() for one in hearing):
        most = max(most, len(children() - before))
        await asyncio.sleep(0.01)
    assert len({one.result().data for one in hearing}) == 1
    assert most == 2
    assert children() == before


@pytest.mark.gen_test
async def test_when_no_process_can_be_started_it_is_for_later() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(TooSoon):
            await Player().playable(amr(1))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.gen_test(timeout=60)
async def test_one_that_hangs_is_ended() -> None:
    before = children()
    hearing = asyncio.ensure_future(refused(amr(20)))
    while not (decoding := children() - before):
        await asyncio.sleep(0)
    for process in decoding:
        os.kill(process, signal.SIGSTOP)
    assert await hearing == "unreadable"
    assert children() == before
