"""What the chat page does when the network, the gateway or the page itself goes away: nothing is lost or said twice."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect
from playwright.sync_api import TimeoutError as NotInTime

from tests.browser.chat import Chat
from tests.browser.chromium import SETTINGS
from tests.browser.conftest import Visitor
from tests.running import RunningGateway

RECONNECTING = "正在重连"
PATIENCE_MS = 60_000


@pytest.fixture
def own_gateway(tmp_path: Path) -> Iterator[RunningGateway]:
    """A gateway that a test may stop and kill."""
    running = RunningGateway(tmp_path / "data", SETTINGS)
    running.start()
    yield running
    running.stop()


def answered_conversation(chat: Chat) -> list[dict[str, Any]]:
    """The conversation as the gateway has it, once every word of the citizen has its answer."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while True:
        stored = chat.stored()
        answered = {message["reply_to"] for message in stored if message["direction"] == "out"}
        if answered == {message["id"] for message in stored if message["direction"] == "in"}:
            return stored
        assert time.monotonic() < deadline, "a message was never answered"
        time.sleep(0.2)


def busy(route: Route) -> None:
    """What a gateway says that cannot take anything for a minute."""
    error = '{"error": {"code": "unavailable", "message": "", "details": {}}}'
    route.fulfill(status=503, headers={"Retry-After": "60"}, content_type="application/json", body=error)


def assert_whole(chat: Chat, said: list[str]) -> None:
    """The page shows what the gateway has, all of it and once, and every word of the citizen is there and answered."""
    expect(chat.log.locator(".theirs[data-seq]")).to_have_count(len(said), timeout=PATIENCE_MS)
    expect(chat.said).to_have_text(said, timeout=PATIENCE_MS)
    expect(chat.page.get_by_text("未发出")).to_have_count(0, timeout=PATIENCE_MS)
    stored = answered_conversation(chat)
    words = [message["parts"][0]["text"] for message in stored if message["direction"] == "in"]
    assert words == said
    expect(chat.log.locator("[data-seq]")).to_have_count(len(stored), timeout=PATIENCE_MS)
    assert chat.numbers() == [message["seq"] for message in stored]


def press_again(chat: Chat) -> None:
    """Press the retry of what was not sent. The page tries again by itself too, and may be quicker than the press."""
    with contextlib.suppress(NotInTime):
        chat.page.get_by_role("button", name="未发出，点按重试").click(timeout=3000)


def test_words_said_offline_leave_when_the_network_is_back(visitor: Visitor) -> None:
    chat = visitor(trouble_expected=True)
    chat.ask("社保卡丢了怎么补办？")
    context = chat.page.context
    context.set_offline(True)
    chat.say("公司拖欠工资怎么办？")
    chat.say("怎么办理居住证？")
    expect(chat.page.get_by_role("button", name="未发出，点按重试")).to_have_count(2)
    expect(chat.page.get_by_text(RECONNECTING)).to_be_visible()
    context.set_offline(False)
    assert_whole(chat, ["社保卡丢了怎么补办？", "公司拖欠工资怎么办？", "怎么办理居住证？"])
    expect(chat.page.get_by_text(RECONNECTING)).to_have_count(0)


def test_unsent_words_survive_a_reload(visitor: Visitor) -> None:
    chat = visitor(trouble_expected=True)
    chat.ask("社保卡丢了怎么补办？")
    chat.page.context.route("**/api/v1/messages", busy)
    chat.say("公司拖欠工资怎么办？")
    expect(chat.page.get_by_role("button", name="未发出，点按重试")).to_be_visible()
    chat.page.reload()
    expect(chat.said.last).to_have_text("公司拖欠工资怎么办？")
    chat.page.context.unroute_all()
    press_again(chat)
    assert_whole(chat, ["社保卡丢了怎么补办？", "公司拖欠工资怎么办？"])


def test_an_answer_lost_on_the_way_back_is_not_said_twice(visitor: Visitor) -> None:
    chat = visitor(trouble_expected=True)
    lost = 0

    def lose_first(route: Route) -> None:
        nonlocal lost
        if route.request.method == "POST" and lost == 0:
            lost += 1
            route.fetch()
            route.abort()
        else:
            route.continue_()

    chat.page.context.route("**/api/v1/messages", lose_first)
    chat.say("社保卡丢了怎么补办？")
    assert_whole(chat, ["社保卡丢了怎么补办？"])
    assert lost == 1


def test_a_picture_not_yet_sent_survives_a_reload(visitor: Visitor) -> None:
    chat = visitor(trouble_expected=True)
    chat.ask("社保卡丢了怎么补办？")
    chat.page.context.route("**/api/v1/uploads", busy)
    pdf = {"name": "合同.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"}
    chat.page.locator("input[type=file]").set_input_files([pdf])
    expect(chat.page.get_by_role("button", name="未发出，点按重试")).to_be_visible()
    chat.page.reload()
    expect(chat.log.get_by_text("合同.pdf")).to_be_visible()
    chat.page.context.unroute_all()
    press_again(chat)
    expect(chat.log.get_by_role("button", name="打开")).to_be_visible()
    stored = [message for message in chat.stored() if message["direction"] == "in"]
    assert [message["parts"][0]["type"] for message in stored] == ["text", "file"]
    with chat.page.expect_download() as download:
        chat.log.get_by_role("button", name="打开").click()
    assert download.value.suggested_filename == "合同.pdf"


def test_a_full_minute_says_when_to_go_on(visitor: Visitor) -> None:
    chat = visitor(trouble_expected=True)
    chat.ask("社保卡丢了怎么补办？")
    refusals = 0

    def too_fast(route: Route) -> None:
        nonlocal refusals
        if route.request.method == "POST" and refusals == 0:
            refusals += 1
            error = '{"error": {"code": "too_many_requests", "message": "", "details": {}}}'
            route.fulfill(status=429, headers={"Retry-After": "2"}, content_type="application/json", body=error)
        else:
            route.continue_()

    chat.page.context.route("**/api/v1/messages", too_fast)
    chat.say("公司拖欠工资怎么办？")
    expect(chat.page.get_by_role("button", name="未发出，点按重试")).to_be_visible()
    assert_whole(chat, ["社保卡丢了怎么补办？", "公司拖欠工资怎么办？"])


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_gateway_that_goes_and_comes_back_is_hardly_noticed(
    visitor: Visitor, own_gateway: RunningGateway, how: str
) -> None:
    chat = visitor(own_gateway.url, trouble_expected=True)
    chat.ask("社保卡丢了怎么补办？")
    getattr(own_gateway, how)()
    chat.say("公司拖欠工资怎么办？")
    expect(chat.page.get_by_role("button", name="未发出，点按重试")).to_be_visible()
    chat.say("怎么办理居住证？")
    own_gateway.start()
    assert_whole(chat, ["社保卡丢了怎么补办？", "公司拖欠工资怎么办？", "怎么办理居住证？"])
