"""What the demo page does when words come by themselves, and when its simulator goes away and comes back."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from simulator.running import RunningSimulator
from tests.browser.chromium import SETTINGS
from tests.browser.conftest import DESK, PHONE, Opened
from tests.browser.phones import Demo
from tests.browser.samples import first_words
from tests.running import RunningGateway

LOST_CARD = "身份证丢了怎么补办"
HOSTILE = '<img src=x onerror="window.caught=1"><script>window.caught=1</script>{{ 7*7 }} javascript:alert(1)'
AWAY = "模拟器没有回应，正在重试。"
RENEWED = "这是一部新的"


class Town:
    """A gateway, and a simulator that a test may stop and that says what the test wants said."""

    def __init__(self, gateway: RunningGateway, simulator: RunningSimulator) -> None:
        self.url = gateway.url
        self.simulator = simulator

    def text(self, page: Page, to: str, body: str) -> None:
        """Send an SMS as the hotline, over the carrier's interface."""
        account = self.simulator.account.twilio
        secret = base64.b64encode(f"{account.account_sid}:{account.auth_token}".encode()).decode()
        answer = page.request.post(
            f"{self.simulator.url}/2010-04-01/Accounts/{account.account_sid}/Messages.json",
            headers={"Authorization": f"Basic {secret}"},
            form={"To": to, "From": account.from_number, "Body": body},
        )
        assert answer.status == 201, answer.text()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    gateway = RunningGateway(tmp_path_factory.mktemp("town") / "data", SETTINGS)
    with RunningSimulator(gateway_url=gateway.url) as simulator:
        gateway.settings |= {**simulator.settings, "HOTLINE_SIMULATOR_URL": simulator.url}
        gateway.start()
        yield Town(gateway, simulator)
        assert gateway.stop() == 0
    assert '"exception"' not in gateway.log()


def number_of(demo: Demo) -> str:
    """The SMS phone's number, once it has one; a narrow screen may be showing the other phone."""
    number = demo.page.get_by_label("短信手机", exact=True).locator(".number")
    number.wait_for(state="attached")
    return number.text_content() or ""


def test_what_the_hotline_says_is_shown_as_words_and_counted_on_its_tab(town: Town, opened: Opened) -> None:
    demo = Demo.open(opened(town.url, viewport=PHONE), town.url)
    tab = demo.tabs.filter(has_text="短信")
    town.text(demo.page, number_of(demo), HOSTILE)
    expect(tab.get_by_label("1条新消息")).to_be_visible()
    tab.click()
    expect(tab.get_by_label("新消息")).to_have_count(0)
    expect(demo.sms.answers).to_have_text([HOSTILE])
    expect(demo.sms.answers.locator("img, script, a")).to_have_count(0)
    assert demo.page.evaluate("window.caught") is None


def test_what_is_being_read_does_not_move(town: Town, opened: Opened) -> None:
    demo = Demo.open(opened(town.url, viewport=DESK), town.url)
    number = number_of(demo)
    for count in range(1, 6):
        town.text(demo.page, number, "一条很长的通知。" * 30)
        expect(demo.sms.answers).to_have_count(count)
    log = demo.sms.place.get_by_role("region", name="对话")
    log.evaluate("log => { log.scrollTop = 40 }")
    town.text(demo.page, number, "新来的")
    pill = demo.sms.place.get_by_role("button", name="有新消息")
    expect(pill).to_be_visible()
    assert log.evaluate("log => log.scrollTop") == 40
    pill.click()
    expect(pill).to_be_hidden()
    assert log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight") < 4


def test_without_a_published_menu_there_is_none_to_open(town: Town, opened: Opened) -> None:
    wechat = Demo.open(opened(town.url, viewport=DESK), town.url).wechat
    expect(wechat.switch("关注")).to_be_enabled()
    expect(wechat.place.get_by_text("写一句话，比如")).not_to_contain_text("菜单")
    expect(wechat.place.get_by_role("button", name="换成菜单")).to_have_count(0)


def test_a_simulator_that_goes_and_comes_back_is_noticed_and_used_again(town: Town, opened: Opened) -> None:
    demo = Demo.open(opened(town.url, trouble_expected=True, viewport=DESK), town.url)
    for one in (demo.wechat, demo.sms):
        one.ask(LOST_CARD, first_words(f"{LOST_CARD}？"))
    town.simulator.stop()
    try:
        for one in (demo.wechat, demo.sms):
            expect(one.notices.filter(has_text=AWAY)).to_be_visible()
            one.say("在吗")
            expect(one.notices.filter(has_text="没能发出，请再试一次。")).to_be_visible()
            expect(one.field).to_have_value("在吗")
    finally:
        town.simulator.start()
    for one in (demo.wechat, demo.sms):
        expect(one.notices.filter(has_text=RENEWED)).to_be_visible(timeout=40_000)
        expect(one.notices.filter(has_text=AWAY)).to_have_count(0)
        expect(one.said).to_have_count(0)
        one.ask(LOST_CARD, first_words(f"{LOST_CARD}？"))
        expect(one.notices).to_have_count(0)
