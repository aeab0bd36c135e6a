"""A newcomer's visits to the demo page: two phones, a gateway in demo mode and the platforms it simulates."""

from __future__ import annotations

import re
import urllib.request

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import DESK, Visit
from tests.browser.keyboard import walk_to
from tests.browser.phones import Demo, Phone
from tests.browser.samples import first_words, png
from tests.running import RunningGateway

LOST_CARD = "身份证丢了怎么补办"
HOSTILE = '<img src=x onerror="window.caught=1"><script>window.caught=1</script>{{ 7*7 }} javascript:alert(1)'


def phone(demo: Demo, name: str) -> Phone:
    return demo.wechat if name == "wechat" else demo.sms


def is_on_screen(element: Locator) -> bool:
    box, screen = element.bounding_box(), element.page.viewport_size
    assert box is not None
    assert screen is not None
    across = box["x"] >= 0 and box["x"] + box["width"] <= screen["width"] + 0.1
    return across and box["y"] >= 0 and box["y"] + box["height"] <= screen["height"] + 0.1


def test_a_newcomer_is_answered_on_both_phones_and_asks_for_a_person(demo: Visit) -> None:
    page = demo()
    expect(page.page.get_by_role("heading", name="两部手机，一条热线")).to_be_visible()
    for one in (page.wechat, page.sms):
        one.ask(LOST_CARD, first_words(f"{LOST_CARD}？"))
        expect(one.log.get_by_text("已送达")).to_have_count(1)
        # on duty or not, this is said to who waits
        one.ask("转人工", "取消排队")


def test_what_the_guide_proposes_is_done_by_one_press(demo: Visit) -> None:
    page = demo()
    for says, one, answer in (
        ("社保卡丢了怎么补办", page.wechat, first_words("社保卡丢了怎么补办？")),
        ("转人工", page.wechat, "取消排队"),
        ("公积金怎么提取", page.sms, first_words("公积金怎么提取？")),
        ("TD", page.sms, "已为您退订短信"),
    ):
        page.page.get_by_role("button", name=says).click()
        expect(one.said.last).to_have_text(says)
        expect(one.answers.last).to_contain_text(answer)


@pytest.mark.parametrize("name", ["wechat", "sms"])
def test_what_is_said_before_the_phone_is_there_is_not_lost(demo: Visit, name: str) -> None:
    page = demo()
    made: list[Route] = []

    def hold(route: Route) -> None:
        made.append(route)

    page.page.route("**/simulator/phones", hold)
    page.page.evaluate("sessionStorage.clear()")
    page.page.reload()
    one = phone(page, name)
    one.say(LOST_CARD)
    expect(one.field).to_have_value("")
    while len(made) < 2:
        page.page.wait_for_timeout(20)
    for route in made:
        route.continue_()
    expect(one.answers).to_contain_text([first_words(f"{LOST_CARD}？")])
    expect(one.notices).to_have_count(0)


def test_a_reload_finds_the_phones_again(demo: Visit) -> None:
    page = demo()
    for one in (page.wechat, page.sms):
        one.ask(LOST_CARD, first_words(f"{LOST_CARD}？"))
    names = page.page.locator(".number").all_inner_texts()
    page.page.reload()
    for one in (page.wechat, page.sms):
        expect(one.said).to_have_text([LOST_CARD])
        expect(one.answers).to_have_count(1)
        expect(one.notices).to_have_count(0)
    assert page.page.locator(".number").all_inner_texts() == names


def test_a_choice_is_made_by_number(demo: Visit) -> None:
    page = demo()
    for one in (page.wechat, page.sms):
        one.ask("菜单", "1. 大家都在问")
        one.ask("1", "常有人问")


def test_the_menu_of_the_account(demo: Visit) -> None:
    wechat = demo().wechat
    wechat.press("换成菜单")
    wechat.press("问一问")
    wechat.press("常用电话")
    expect(wechat.log.get_by_text("您点了“常用电话”")).to_be_visible()
    expect(wechat.answers.last).to_contain_text("110")
    wechat.press("人工")
    wechat.press("找人工客服")
    expect(wechat.answers.last).to_contain_text("取消排队")
    wechat.press("换成键盘")
    expect(wechat.field).to_be_focused()


def failed(gateway: RunningGateway) -> int:
    """How many messages the gateway has given up."""
    with urllib.request.urlopen(f"{gateway.url}/metrics", timeout=10) as answer:
        found = re.findall(r'outcome="failed"\} (\d+)', answer.read().decode())
    return sum(map(int, found))


def test_opting_out_by_the_carriers_word_and_back(gateway: RunningGateway, demo: Visit) -> None:
    sms, before = demo().sms, failed(gateway)
    sms.say("STOP")
    expect(sms.notices).to_contain_text(["这个号码已经退订"])
    sms.say(LOST_CARD)
    expect(sms.said).to_have_count(2)
    expect(sms.log.get_by_text("已送达")).to_have_count(2)
    for _ in range(100):
        if failed(gateway) > before:
            break
        sms.place.page.wait_for_timeout(100)
    expect(sms.answers).to_have_count(0)
    sms.say("START")
    expect(sms.notices).to_have_count(0)
    sms.ask("公积金怎么提取", first_words("公积金怎么提取？"))
    expect(sms.answers).to_have_count(1)


def test_opting_out_by_our_word_and_back(demo: Visit) -> None:
    sms = demo().sms
    sms.ask("TD", "已为您退订短信")
    sms.say(LOST_CARD)
    expect(sms.log.get_by_text("已送达")).to_have_count(2)
    # what answers it is decided, and kept from them, before they want messages again
    sms.place.page.wait_for_timeout(2_000)
    sms.say("START")
    expect(sms.log.get_by_text("已送达")).to_have_count(3)
    sms.ask("公积金怎么提取", first_words("公积金怎么提取？"))
    expect(sms.answers).to_have_count(2)


def test_a_phone_that_is_off_tells_why_nothing_arrives_and_gets_it_when_it_is_on(demo: Visit) -> None:
    sms = demo().sms
    sms.switch("关机").click()
    expect(sms.notices).to_contain_text(["这部手机现在收不到消息"])
    sms.say(LOST_CARD)
    expect(sms.failures.first).to_have_text("没送到这部手机：关机或没信号 · 30003")
    sms.switch("关机").click()
    expect(sms.notices).to_have_count(0)
    arrived = sms.log.locator(".hotline:not(.failed)").filter(has_text=first_words(f"{LOST_CARD}？"))
    expect(arrived.locator(".state")).to_have_count(0)
    expect(arrived).to_have_count(1)


def test_unfollowing_and_following_again(demo: Visit) -> None:
    wechat = demo().wechat
    wechat.switch("关注").click()
    expect(wechat.log.get_by_text("您取消了关注")).to_be_visible()
    expect(wechat.place.get_by_text("没有关注，不能对话。")).to_be_visible()
    expect(wechat.field).to_have_count(0)
    wechat.press("关注公众号")
    expect(wechat.log.get_by_text("您关注了公众号")).to_be_visible()
    expect(wechat.answers).to_contain_text(["12345"])
    wechat.ask(LOST_CARD, first_words(f"{LOST_CARD}？"))


def test_what_an_sms_costs_is_shown_while_it_is_written(demo: Visit) -> None:
    sms = demo().sms
    for text, cost in (
        ("字" * 70, "70字 · 1条"),
        ("字" * 71, "71字 · 2条"),
        ("a" * 160, "160字 · 1条"),
        ("a" * 160 + "€", "162字 · 2条"),
        ("好的🙂", "4字 · 1条"),
    ):
        sms.field.fill(text)
        expect(sms.place.get_by_text(cost, exact=True)).to_be_visible()
    sms.field.fill("")
    expect(sms.place.get_by_text("0字")).to_be_hidden()


@pytest.mark.parametrize("name", ["wechat", "sms"])
def test_a_picture_is_sent_and_seen(demo: Visit, name: str) -> None:
    one = phone(demo(), name)
    expect(one.place.get_by_role("switch").first).to_be_enabled()
    # the second has more bytes than may be passed on
    for count, picture in enumerate((png(320, 240), png(1000, 700, noise=True)), 1):
        one.place.locator("input[type=file]").set_input_files(
            [{"name": "楼道.png", "mimeType": "image/png", "buffer": picture}]
        )
        shown = one.said.get_by_role("img", name="图片")
        expect(shown).to_have_count(count)
        expect(one.answers).to_contain_text(["图片收到"] * count)
        expect(shown.last).to_have_js_property("naturalWidth", 320 if count == 1 else 1000)
    one.place.locator("input[type=file]").set_input_files([{"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"}])
    expect(one.notices).to_contain_text(["这张图片发不了"])
    expect(one.said).to_have_count(2)


def test_a_place_and_a_voice(demo: Visit) -> None:
    wechat = demo().wechat
    wechat.press("发图片、位置或语音")
    wechat.press("位置：南城鸿福路")
    expect(wechat.said.last).to_contain_text("东莞市南城街道鸿福路")
    expect(wechat.answers.last).to_contain_text("位置收到")
    wechat.press("发图片、位置或语音")
    wechat.press("语音")
    heard = wechat.place.get_by_role("textbox", name="微信听出来的话")
    expect(heard).to_be_focused()
    heard.fill(LOST_CARD)
    heard.press("Enter")
    expect(wechat.said.last).to_contain_text(LOST_CARD)
    expect(wechat.answers.last).to_contain_text(first_words(f"{LOST_CARD}？"))


def test_words_are_shown_as_words(demo: Visit) -> None:
    page = demo()
    for one in (page.wechat, page.sms):
        one.say(HOSTILE)
        expect(one.answers).to_have_count(1)
    page.page.reload()
    for one in (page.wechat, page.sms):
        expect(one.said).to_have_text([HOSTILE])
        expect(one.said.locator("img, script, a")).to_have_count(0)
    assert page.page.evaluate("window.caught") is None


def test_the_keyboard_alone_is_enough(demo: Visit) -> None:
    page = demo()
    wechat, sms, keyboard = page.wechat, page.sms, page.page.keyboard
    expect(wechat.place.get_by_role("button", name="换成菜单")).to_be_visible()
    walk_to(wechat.field)
    keyboard.type(LOST_CARD)
    keyboard.press("Enter")
    expect(wechat.answers.last).to_contain_text(first_words(f"{LOST_CARD}？"))
    walk_to(wechat.place.get_by_role("button", name="发图片、位置或语音"))
    keyboard.press("Enter")
    expect(wechat.place.get_by_role("button", name="选图片")).to_be_focused()
    keyboard.press("Escape")
    expect(wechat.place.get_by_role("button", name="发图片、位置或语音")).to_be_focused()
    walk_to(wechat.place.get_by_role("button", name="换成菜单"), "Shift+Tab")
    keyboard.press("Enter")
    walk_to(wechat.place.get_by_role("button", name="人工", exact=True))
    keyboard.press("Enter")
    expect(wechat.place.get_by_role("button", name="找人工客服")).to_be_focused()
    keyboard.press("Enter")
    expect(wechat.answers.last).to_contain_text("取消排队")
    walk_to(sms.switch("关机"))
    keyboard.press("Space")
    expect(sms.switch("关机")).to_be_checked()
    walk_to(sms.field)
    keyboard.type(LOST_CARD)
    keyboard.press("Enter")
    expect(sms.failures.first).to_be_visible()


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_everything_fits_a_narrow_phone_and_a_thumb(demo: Visit, locale: str) -> None:
    page = demo(viewport={"width": 360, "height": 740}, locale=locale)
    places = page.page.get_by_role("main").get_by_role("region").filter(visible=True)

    def check() -> None:
        assert page.page.evaluate("document.documentElement.scrollWidth") <= 360
        for one in page.page.get_by_role("button").or_(page.page.get_by_role("switch")).filter(visible=True).all():
            box = one.bounding_box()
            assert box is not None
            assert box["height"] >= 47.9, one.inner_text()
            assert box["x"] >= 0, one.inner_text()
            assert box["x"] + box["width"] <= 360.1, one.inner_text()

    for tab in (0, 1):
        page.tabs.nth(tab).click()
        field = places.get_by_role("textbox")
        expect(places.get_by_role("switch")).to_be_enabled()
        check()
        field.fill("https://example.cn/" + "a" * 200)
        assert is_on_screen(field)
        field.press("Enter")
        expect(places.locator(".hotline .bubble")).to_have_count(1)
        assert places.locator(".log").evaluate("log => log.scrollWidth <= log.clientWidth")
        check()
    page.tabs.nth(2).click()
    expect(page.page.get_by_role("heading", level=2)).to_be_visible()
    check()
    page.tabs.nth(0).click()
    places.get_by_role("button", name=re.compile("发图片|Send a picture")).click()
    check()
    places.get_by_role("button", name=re.compile("换成菜单|Show the menu")).click()
    for name in ("问一问", "诉求", "人工"):
        places.get_by_role("button", name=name, exact=True).click()
        check()


def test_a_desk_shows_all_at_once(demo: Visit) -> None:
    page = demo()
    expect(page.tabs).to_have_count(0)
    for one in (page.wechat, page.sms):
        for _ in range(3):
            one.ask(LOST_CARD, first_words(f"{LOST_CARD}？"))
        assert is_on_screen(one.field)
        assert is_on_screen(one.place)
    assert is_on_screen(page.page.get_by_role("heading", name="两部手机，一条热线"))
    tops = [
        one.place.locator(".phone").evaluate("box => box.getBoundingClientRect().top")
        for one in (page.wechat, page.sms)
    ]
    assert abs(tops[0] - tops[1]) <= 1
    assert page.page.evaluate("document.documentElement.scrollHeight") <= DESK["height"]


def test_the_policy_forbids_everything_foreign(demo: Visit) -> None:
    page = demo()
    policy = page.page.request.get(f"{page.url}/simulator").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
