"""Whether the channels are well, as the people who run the hotline see it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import DESK, PHONE, Opened
from tests.browser.conversations import Citizen
from tests.browser.desk import Desk
from tests.browser.test_desk_shell import gateway
from tests.running import RunningGateway

__all__ = ["gateway"]  # a fixture

pytestmark = pytest.mark.timeout(120)

PAGE = "/desk/office/channels"
DOWN = {
    "verdict": "trouble",
    "reasons": ["left_alone", "waits_very_long"],
    "queued": {"number": 200, "more": True},
    "failed": {"number": 3, "more": False},
    "left_alone": 1,
    "next_try_in": 11.2,
}
CODES = [
    {
        "code": "30003",
        "meaning": "the phone is off or has no signal",
        "documentation": "https://www.twilio.com/docs/api/errors/30003",
        "number": 7,
    },
    {"code": "30999", "meaning": "something new", "documentation": "", "number": 2},
]


def sheet(desk: Desk, name: str) -> Locator:
    return desk.page.get_by_role("region", name=name)


def test_each_channel_has_its_word_and_is_looked_at_again(gateway: RunningGateway, opened: Opened) -> None:
    Citizen(gateway.url).say("公积金怎么提取")
    desk = Desk.of(opened(gateway.url, trouble_expected=True, viewport=DESK), gateway.url, "root", "/desk/office")
    desk.page.clock.install()
    desk.navigation.get_by_role("link", name="渠道状态").click()
    expect(desk.page.get_by_text("1个进程在工作")).to_be_visible()
    for name in ("微信", "短信"):
        expect(sheet(desk, name)).to_contain_text(re.compile("正常|不太顺|有故障"))
    expect(sheet(desk, "网页")).to_contain_text("正常")
    # on a slow machine it is told by the next reading only
    expect(sheet(desk, "网页")).to_contain_text(re.compile(r"最近收到(刚刚|\d+分钟前)"), timeout=40_000)
    expect(sheet(desk, "微信")).to_contain_text("今天还能发")
    expect(sheet(desk, "短信")).to_contain_text("服务商Twilio")
    expect(sheet(desk, "存储")).to_contain_text(re.compile("文档库[0-9.]+毫秒正常"))

    def in_trouble(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        sms = next(one for one in body["channels"] if one["channel"] == "sms")
        sms.update(DOWN, oldest_at=body["at"])
        sms["hour"].update(failed=7, codes=CODES)
        route.fulfill(response=answer, json=body)

    desk.page.context.route("**/api/v1/desk/channels", in_trouble)
    desk.page.clock.fast_forward(16_000)
    expect(sheet(desk, "短信")).to_contain_text("有故障")
    expect(sheet(desk, "短信")).to_contain_text("接连发不出去，约12秒后再试")
    expect(sheet(desk, "短信")).to_contain_text("7次对方手机暂时无法接通 · 30003平台的说明")
    expect(sheet(desk, "短信")).to_contain_text("2次something new · 30999")
    expect(sheet(desk, "短信")).to_contain_text("排队等发200+")

    desk.page.context.unroute_all()
    desk.page.context.route("**/api/v1/desk/channels", lambda route: route.abort())
    desk.page.clock.fast_forward(16_000)
    expect(desk.page.get_by_text("刚才没有读到新的情况")).to_be_visible()
    expect(sheet(desk, "短信")).to_contain_text("有故障")
    desk.page.context.unroute_all()
    sheet(desk, "短信").get_by_role("link", name="没有送到 3").click()
    expect(desk.page).to_have_url(re.compile(r"/desk/office/deliveries\?channel=sms&state=failed$"))
    expect(desk.page.get_by_label("全部渠道")).to_have_value("sms")


def test_the_page_fits_a_phone_and_a_failure_can_be_tried_again(gateway: RunningGateway, opened: Opened) -> None:
    context = opened(gateway.url, trouble_expected=True, viewport=PHONE)
    context.route("**/api/v1/desk/channels", lambda route: route.fulfill(status=503, json={}))
    desk = Desk.open(context, gateway.url, PAGE)
    desk.sign_in("zhao")
    expect(desk.page.get_by_role("alert")).to_contain_text("没有读到")
    context.unroute_all()
    desk.page.get_by_role("button", name="再试一次").click()
    expect(sheet(desk, "微信")).to_be_visible()
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
