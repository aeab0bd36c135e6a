"""The demo page with its two phones, as a newcomer uses it: a gateway in demo mode and its simulated platforms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import Watch
from tests.running import RunningGateway

WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 360, "height": 740}
ASK = "身份证丢了怎么补办"
Open = Callable[..., "Demo"]


class Demo:
    def __init__(self, page: Page) -> None:
        self.page = page

    def phone(self, name: str) -> Phone:
        return Phone(self.page.get_by_role("region", name=name, exact=True))


class Phone:
    """One of the two, by what its screen says."""

    def __init__(self, place: Locator) -> None:
        self.place = place
        self.mine = place.locator(".said.me .bubble")
        self.answers = place.locator(".said.hotline .bubble")
        self.field = place.get_by_role("textbox", name="写消息")

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def ask(self, text: str, answer: str | re.Pattern[str]) -> None:
        self.say(text)
        expect(self.answers.filter(has_text=answer).first).to_be_visible()


@pytest.fixture
def demo(gateway: RunningGateway, browser: Browser) -> Iterator[Open]:
    contexts: list[tuple[BrowserContext, Watch]] = []

    def open_(viewport: dict[str, int] = WIDE, **options: Any) -> Demo:
        context = browser.new_context(viewport=viewport, locale="zh-CN", **options)
        context.set_default_timeout(15_000)
        watch = Watch(gateway.url)
        context.on("page", watch.follow)
        contexts.append((context, watch))
        page = context.new_page()
        page.goto(f"{gateway.url}/simulator")
        expect(page.get_by_role("heading", name="演示")).to_be_visible()
        return Demo(page)

    yield open_
    for context, _ in contexts:
        context.close()
    faults = [fault for _, watch in contexts for fault in watch.faults]
    assert not faults, faults


def test_a_question_is_answered_on_both_phones(demo: Open) -> None:
    page = demo()
    wechat, sms = page.phone("微信手机"), page.phone("短信手机")
    wechat.ask(ASK, "身份证")
    sms.ask(ASK, "身份证")
    expect(wechat.place.get_by_text("已送达").first).to_be_visible()


def test_what_the_guide_proposes_is_done_by_one_press(demo: Open) -> None:
    page = demo()
    page.page.get_by_role("button", name=re.compile("社保卡丢了怎么补办")).click()
    wechat = page.phone("微信手机")
    expect(wechat.mine.last).to_have_text("社保卡丢了怎么补办")
    expect(wechat.answers.last).to_contain_text("挂失")


def test_opting_out_and_back(demo: Open) -> None:
    sms = demo().phone("短信手机")
    sms.ask("TD", "退订")
    sms.ask("START", "恢复")
    sms.say("STOP")
    expect(sms.place.get_by_text("这个号码已经退订").first).to_be_visible()
    sms.say("START")
    expect(sms.place.get_by_text("这个号码已经退订")).to_have_count(0)


def test_a_phone_that_is_off_shows_what_did_not_reach_it(demo: Open) -> None:
    sms = demo().phone("短信手机")
    sms.ask(ASK, "身份证")
    sms.place.get_by_role("switch", name="关机／没信号").click()
    expect(sms.place.get_by_text("这部手机现在收不到消息").first).to_be_visible()
    sms.say("公积金怎么提取")
    expect(sms.place.get_by_text(re.compile("没送到这部手机")).first).to_be_visible()


def test_unfollowing_and_following_again(demo: Open) -> None:
    wechat = demo().phone("微信手机")
    wechat.ask(ASK, "身份证")
    follow = wechat.place.get_by_role("switch", name="关注")
    follow.click()
    expect(wechat.place.get_by_text("您没有关注这个公众号").first).to_be_visible()
    wechat.place.get_by_role("button", name="关注公众号").click()
    expect(wechat.field).to_be_visible()
    expect(wechat.answers.last).to_contain_text("12345")


def test_what_an_sms_costs_is_shown_while_it_is_written(demo: Open) -> None:
    sms = demo().phone("短信手机")
    sms.field.fill("字" * 71)
    expect(sms.place.get_by_text("71 字 · 2 条")).to_be_visible()
    sms.field.fill("a" * 160)
    expect(sms.place.get_by_text("160 字 · 1 条")).to_be_visible()


def test_a_place_and_the_menu(demo: Open) -> None:
    wechat = demo().phone("微信手机")
    wechat.place.get_by_role("button", name="发图片、位置或语音").click()
    wechat.place.get_by_role("button", name="位置：南城鸿福路").click()
    expect(wechat.answers.last).to_contain_text("位置收到")
    wechat.place.get_by_role("button", name="换成菜单").click()
    wechat.place.get_by_role("button", name="人工", exact=True).click()
    wechat.place.get_by_role("button", name=re.compile("找人工客服")).or_(
        wechat.place.get_by_role("menuitem", name=re.compile("找人工客服"))
    ).click()
    expect(wechat.answers.last).to_contain_text(re.compile("人工|前面|下一个|上班"))


def test_words_are_shown_as_words(demo: Open) -> None:
    wechat = demo().phone("微信手机")
    wechat.say("<img src=x onerror=alert(1)><b>你好</b>")
    expect(wechat.mine.last).to_have_text("<img src=x onerror=alert(1)><b>你好</b>")


def test_everything_fits_a_narrow_phone(demo: Open) -> None:
    page = demo(NARROW)
    wechat = page.phone("微信手机")
    wechat.ask(ASK, "身份证")
    wide = page.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= NARROW["width"]
    page.page.get_by_role("button", name=re.compile("^短信")).click()
    sms = page.phone("短信手机")
    sms.ask(ASK, "身份证")
    page.page.get_by_role("button", name=re.compile("^说明")).click()
    expect(page.page.get_by_role("heading", name="两部手机，一条热线")).to_be_visible()


def test_the_keyboard_alone_is_enough(demo: Open) -> None:
    page = demo()
    wechat = page.phone("微信手机")
    expect(wechat.field).to_be_visible()
    for _ in range(40):
        page.page.keyboard.press("Tab")
        if wechat.field.evaluate("field => field === document.activeElement"):
            break
    else:
        raise AssertionError("the field cannot be reached")
    page.page.keyboard.type(ASK)
    page.page.keyboard.press("Enter")
    expect(wechat.answers.last).to_contain_text("身份证")
