"""Voices and videos of a ticket are played: who may, in parts, and what cannot be."""

from __future__ import annotations

import pytest

from channels.handling import ApiError
from gateway.core.tickets.model import Attachment
from gateway.web.desk.playing import part_of
from tests.playing.voices import AMR, amr
from tests.web.desk.office import Office

FILM = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40


async def with_files(office: Office, *files: tuple[str, bytes]) -> str:
    """A ticket with what a citizen sent, kept as a platform called it."""
    kept = []
    for place, (said, data) in enumerate(files):
        blob = await office.store.put_blob(f"{place}", data, said, {"owner": "C1"})
        kept.append(Attachment(id=f"A{place}", blob_id=blob, name=f"{place}", content_type=said, by="citizen"))
    return (await office.file(attachments=tuple(kept))).id


@pytest.mark.gen_test(timeout=60)
async def test_a_voice_and_a_film_are_played(office: Office) -> None:
    number = await with_files(office, ("text/html", amr(1)), ("video/mp4", FILM))
    agent = await office.site.program("agent")
    path = f"/tickets/{number}/attachments"
    voice = await office.raw(agent, "GET", f"{path}/A0/played")
    assert (voice.status, voice.headers["Content-Type"]) == (200, "audio/wav")
    assert len(voice.body) == 44 + 16_000
    for name, value in (
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Disposition", "inline"),
        ("Accept-Ranges", "bytes"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ):
        assert voice.headers[name] == value
    # what Safari asks first, what every player does, and the end of the file
    for asked, start, stop in (("0-1", 0, 2), ("0-", 0, len(FILM)), ("-10", len(FILM) - 10, len(FILM))):
        part = await office.raw(agent, "GET", f"{path}/A1/played", Range=f"bytes={asked}")
        assert (part.status, part.headers["Content-Type"], part.body) == (206, "video/mp4", FILM[start:stop])
        assert part.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(FILM)}"
    beyond = await agent.call("GET", f"{path}/A1/played", Range=f"bytes={len(FILM)}-")
    assert (beyond.status, beyond.code) == (416, "no_such_part")


@pytest.mark.gen_test(timeout=60)
async def test_what_cannot_be_played_says_why(office: Office) -> None:
    # what their senders called them is not believed
    number = await with_files(office, ("audio/mpeg", b"<html><script>"), ("audio/amr", AMR), ("audio/wav", amr(62)))
    agent = await office.site.program("agent")
    for place, reason in enumerate(("kind", "unreadable", "too_long")):
        answer = await agent.call("GET", f"/tickets/{number}/attachments/A{place}/played", Accept_Language="en")
        assert (answer.status, answer.code) == (422, "unplayable")
        assert answer.body["error"]["details"] == {"reason": reason}
        assert answer.body["error"]["message"].isascii()


@pytest.mark.gen_test(timeout=60)
async def test_only_who_may_see_the_ticket_hears_it(office: Office) -> None:
    number = await with_files(office, ("audio/amr", amr(1)))
    played = f"/tickets/{number}/attachments/A0/played"
    supervisor = await office.site.program("supervisor")
    assert (await office.raw(supervisor, "GET", played)).status == 200
    administrator = await office.site.program("administrator")
    assert (await administrator.call("GET", played)).status == 403
    stranger = await office.site.program("unit_clerk", unit="water")
    assert (await stranger.call("GET", played)).status == 404
    assert (await office.site.call("GET", played)).status == 401


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", range(100)),
        ("bytes=10-19", range(10, 20)),
        ("bytes=90-500", range(90, 100)),
        ("bytes=-1", range(99, 100)),
        ("bytes=-500", range(100)),
        ("bytes=0-0", range(1)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-4", None),
        ("bytes=0-1,5-6", None),
        ("bytes=٣-", None),
        ("lines=1-2", None),
        ("bytes=" + "9" * 30 + "-", None),
    ],
)
def test_the_part_that_is_asked_for(asked: str, part: range | None) -> None:
    assert part_of(asked, 100) == part


def test_no_part_is_longer_than_a_halted_player_may_leave_in_memory() -> None:
    assert part_of("bytes=5-", 50 * 1024 * 1024) == range(5, 5 + 4 * 1024 * 1024)


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=-0", "bytes=100-200"])
def test_there_is_no_part_beyond_the_end(asked: str) -> None:
    with pytest.raises(ApiError) as error:
        part_of(asked, 100)
    assert error.value.status == 416
