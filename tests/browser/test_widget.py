"""The button on another site: a page of another origin, which forbids all it can, loads it from a running gateway."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.chromium import BUILT, SETTINGS
from tests.browser.keyboard import walk_to
from tests.running import RunningGateway, free_port

Site = Callable[..., Page]

LISTED, UNLISTED = free_port(), free_port()


class Portal(BaseHTTPRequestHandler):
    """A page of another site, with a text size, a style and a policy of its own."""

    gateway = ""

    def do_GET(self) -> None:
        attributes = self.path.partition("?")[2].replace("&", " ")
        page = (
            '<!doctype html><html lang="zh-CN"><title>门户</title><link rel="icon" href="data:,">'
            "<h1>门户</h1><a href='/next'>下一页</a>"
            f'<script src="{self.gateway}/widget.js" defer {attributes}></script>'
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'none'; img-src data:; script-src {self.gateway}; frame-src {self.gateway}",
        )
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Not on the terminal."""


@pytest.fixture(scope="module")
def portals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway that one of two sites may frame."""
    data: Path = tmp_path_factory.mktemp("widget") / "data"
    listed = f'["http://127.0.0.1:{LISTED}"]'
    gateway = RunningGateway(data, {**SETTINGS, "HOTLINE_WEB__ALLOWED_ORIGINS": listed})
    gateway.start()
    Portal.gateway = gateway.url
    servers = [ThreadingHTTPServer(("127.0.0.1", port), Portal) for port in (LISTED, UNLISTED)]
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    yield gateway
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        server.server_close()
        thread.join(10)
    assert gateway.stop() == 0


@pytest.fixture
def site(portals: RunningGateway, browser: Browser) -> Iterator[Site]:
    """`site(port=…, attributes=…, width=…)`: the page of a site; at the end asserts that no script of it failed."""
    pages: list[Page] = []
    faults: list[str] = []

    def open_(port: int = LISTED, attributes: str = "", width: int = 1280) -> Page:
        page = browser.new_page(viewport={"width": width, "height": 800}, locale="zh-CN")
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "style" in said.text else None)
        page.goto(f"http://127.0.0.1:{port}/?{attributes}")
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.close()
    assert not faults, faults


def chat(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def test_the_chat_is_opened_and_closed_by_keyboard(site: Site) -> None:
    page = site()
    launch = page.get_by_role("button", name="打开一线 12345，在线问")
    expect(launch).to_have_attribute("aria-expanded", "false")
    assert page.frames == [page.main_frame], "nothing is loaded before it is asked for"
    walk_to(launch)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="一线 12345 在线对话")
    expect(dialog).to_be_visible()
    expect(page.get_by_role("button", name="收起")).to_be_focused()
    field = chat(page).get_by_role("textbox")
    expect(field).to_be_visible()
    walk_to(field)
    field.fill("社保卡丢了怎么补办？")
    field.press("Enter")
    expect(chat(page).locator(".ours .bubble").first).to_be_visible()
    page.get_by_role("button", name="收起").press("Escape")
    expect(dialog).to_be_hidden()
    expect(launch).to_be_focused()


def test_the_next_page_shows_what_this_one_did(site: Site) -> None:
    page = site()
    page.get_by_role("button", name="打开一线").click()
    expect(chat(page).get_by_role("textbox")).to_be_visible()
    page.evaluate("location.href = '/next'")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="收起").click()
    page.reload()
    expect(page.get_by_role("button", name="打开一线")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()


def ask_and_close(page: Page) -> None:
    page.get_by_role("button", name="打开一线").click()
    field = chat(page).get_by_role("textbox")
    field.fill("社保卡丢了怎么补办？")
    field.press("Enter")
    expect(chat(page).locator(".ours .bubble").first).to_be_visible()
    page.get_by_role("button", name="收起").click()


def ask_unseen(page: Page) -> None:
    """In the chat while it is closed."""
    unseen = chat(page).locator("textarea")
    unseen.evaluate("field => { field.value = '公司拖欠工资怎么办？'; field.dispatchEvent(new Event('input')) }")
    unseen.evaluate("field => field.form.requestSubmit()")


def test_answers_nobody_saw_are_counted(site: Site) -> None:
    page = site()
    ask_and_close(page)
    launch = page.get_by_role("button", name="打开一线")
    expect(launch).to_have_text("一线")
    ask_unseen(page)
    expect(launch).to_have_accessible_name("打开一线 12345，在线问，1条新消息")
    launch.click()
    page.get_by_role("button", name="收起").click()
    expect(launch).to_have_text("一线")


def test_they_are_counted_on_the_sites_next_page_too(site: Site) -> None:
    page = site()
    ask_and_close(page)
    page.evaluate("location.href = '/next'")
    launch = page.get_by_role("button", name="打开一线")
    expect(chat(page).locator(".ours .bubble")).to_have_count(1)
    expect(launch).to_have_text("一线")
    ask_unseen(page)
    expect(launch).to_have_accessible_name("打开一线 12345，在线问，1条新消息")


def test_links_to_other_pages_leave_the_frame(site: Site) -> None:
    page = site()
    page.get_by_role("button", name="打开一线").click()
    with page.context.expect_page() as opened:
        chat(page).get_by_role("link", name="告诉我们").click()
    expect(opened.value.get_by_role("heading", level=2)).to_have_text("是哪一类事？")


def test_a_site_that_is_not_listed_shows_nothing(site: Site) -> None:
    page = site(UNLISTED)
    page.get_by_role("button", name="打开一线").click()
    page.wait_for_timeout(1_000)
    assert chat(page).get_by_role("textbox").count() == 0


def test_language_and_side_are_chosen_by_the_site(site: Site) -> None:
    page = site(attributes="data-language=en&data-side=left")
    launch = page.get_by_role("button", name="Open Yixian, the 12345 chat")
    box = launch.bounding_box()
    assert box is not None
    assert box["x"] < 100
    assert box["height"] >= 48


def test_on_a_phone_it_takes_the_whole_page(site: Site) -> None:
    page = site(width=390)
    page.get_by_role("button", name="打开一线").click()
    assert page.get_by_role("dialog").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 800}


def test_it_is_small_and_asked_for_anew_within_the_hour(portals: RunningGateway, browser: Browser) -> None:
    assert len(gzip.compress((BUILT / "widget.js").read_bytes())) <= 5_000
    context = browser.new_context()
    answer = context.request.get(f"{portals.url}/widget.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=3600, stale-while-revalidate=604800"
    again = context.request.get(f"{portals.url}/widget.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status == 304
    context.close()


def test_only_the_chat_may_be_framed(portals: RunningGateway, browser: Browser) -> None:
    context = browser.new_context()
    framed = context.request.get(f"{portals.url}/").headers
    assert framed["content-security-policy"].endswith(f"frame-ancestors http://127.0.0.1:{LISTED}")
    assert "x-frame-options" not in framed
    for path in ("/tickets", "/simulator", "/desk", "/healthz", "/api/docs"):
        headers = context.request.get(f"{portals.url}{path}").headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-frame-options"] == "DENY", path
    context.close()
