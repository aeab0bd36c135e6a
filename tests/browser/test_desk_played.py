"""Voices and videos are played at the desk, where they stand; what cannot be played is said to be, and can be kept."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from gateway.core.tickets.attachments import File
from tests.browser.conftest import DESK, PHONE, Opened
from tests.browser.conversations import Conversations, Phone
from tests.browser.desk import Caller, Desk
from tests.browser.films import webm
from tests.browser.office import Office
from tests.browser.test_accessibility import violations
from tests.browser.test_conversations_in_english import taken
from tests.browser.test_desk_conversations import At, at, gateway
from tests.playing.voices import AMR, amr
from tests.running import RunningGateway

__all__ = ["at", "gateway"]  # fixtures

pytestmark = pytest.mark.timeout(180)

PLAY = """player => new Promise((done, failed) => {
  player.addEventListener('ended', () => done({ seconds: player.duration, wide: player.videoWidth || 0 }))
  player.addEventListener('error', () => failed(new Error('not played')))
  player.playbackRate = 4
  player.play().catch(failed)
})"""


def of_a_phone(gateway: RunningGateway, at: At, **options: Any) -> tuple[Phone, Conversations]:
    """Somebody on WeChat, and the page of who has their conversation."""
    phone = Phone(gateway.url, "wechat")
    one = taken(Caller(gateway.url, "lin"), "WeChat", lambda: phone.say("人工"))
    return phone, at("lin", one.id, **options)


def said(data: bytes) -> str:
    return base64.b64encode(data).decode()


def height(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["height"]


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_voice_is_heard_beside_its_words_as_soon_as_it_is_here(
    gateway: RunningGateway, at: At, viewport: dict[str, int]
) -> None:
    phone, lin = of_a_phone(gateway, at, viewport=viewport)
    phone.act(type="voice", data=said(amr(4)), recognition="我们楼下的井盖坏了")
    bubble = lin.log.locator(".bubble").filter(has_text="识别：我们楼下的井盖坏了")
    expect(bubble).to_be_visible()
    before = height(bubble)
    voice = bubble.get_by_label("语音", exact=True)
    # fetched from the platform meanwhile, and told to the page that is open
    expect(voice).to_have_attribute("preload", "none")
    expect(bubble).to_contain_text("3 KB")
    assert height(bubble) == before
    heard = voice.evaluate(PLAY)
    assert heard["seconds"] == pytest.approx(4, abs=0.1)
    assert height(bubble) == before
    with lin.page.expect_download() as saved:
        bubble.get_by_role("link", name="下载").click()
    assert saved.value.suggested_filename.endswith(".amr")
    assert saved.value.path().read_bytes() == amr(4)
    assert lin.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_a_voice_that_cannot_be_played_says_so_and_can_be_kept(gateway: RunningGateway, at: At) -> None:
    phone, lin = of_a_phone(gateway, at)
    for broken in (AMR + b"\xff" * 500, amr(62)):
        phone.act(type="voice", data=said(broken))
        bubble = lin.log.locator(".bubble").filter(has_text="没有识别出文字").last
        voice = bubble.get_by_label("语音", exact=True)
        expect(voice).to_be_visible()
        before = height(bubble)
        voice.evaluate("player => { player.play().catch(() => null) }")
        expect(bubble.get_by_role("status")).to_have_text("没能放出来，请下载后打开。")
        assert height(bubble) == before
        with lin.page.expect_download() as saved:
            bubble.get_by_role("link", name="下载").click()
        assert saved.value.path().read_bytes() == broken
    assert violations(lin.page) == []


def test_a_film_and_a_voice_of_a_ticket_are_played(gateway: RunningGateway, opened: Opened, office: Office) -> None:
    lin = Caller(gateway.url, "lin")
    number = lin.file()
    office.attach(number, File("现场.webm", "video/webm", webm(3)))
    office.attach(number, File("", "audio/amr", amr(2)))
    desk = Desk.of(
        opened(gateway.url, viewport=DESK, trouble_expected=True), gateway.url, "lin", f"/desk/tickets/{number}"
    )
    film, voice = desk.page.locator("video"), desk.page.locator("audio")
    expect(film).to_have_accessible_name("现场.webm")
    seen = film.evaluate(PLAY)
    assert (seen["wide"], seen["seconds"]) == (160, pytest.approx(3, abs=0.2))
    expect(voice).to_have_accessible_name("语音")
    assert voice.evaluate(PLAY)["seconds"] == pytest.approx(2, abs=0.1)
    assert violations(desk.page) == []
