"""A citizen's visits to the chat page, in Chromium, against a running gateway."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visitor
from tests.browser.keyboard import walk_to
from tests.browser.samples import first_words, png


def is_in_view(element: Locator) -> bool:
    inside: bool = element.evaluate(
        """element => {
             const box = element.getBoundingClientRect(), log = element.closest('.log').getBoundingClientRect()
             return box.top >= log.top && box.bottom <= log.bottom
           }"""
    )
    return inside


def test_a_question_is_answered_from_the_sample_knowledge(visitor: Visitor) -> None:
    chat = visitor()
    chat.ask("公司拖欠工资怎么办？")
    expect(chat.said).to_have_text(["公司拖欠工资怎么办？"])
    expect(chat.answers.first).to_contain_text(first_words("公司拖欠工资怎么办？"))


def test_every_example_is_answered_by_pressing_it(visitor: Visitor) -> None:
    chat = visitor()
    examples = chat.page.get_by_role("list", name="常问的问题")
    expect(examples).to_be_visible()
    questions = examples.get_by_role("button").all_inner_texts()
    assert len(questions) >= 3
    for question in questions:
        chat = visitor()
        chat.page.get_by_role("button", name=question).click()
        expect(chat.answers.first).to_contain_text(first_words(question))


def test_a_choice_is_made_by_button(visitor: Visitor) -> None:
    chat = visitor()
    chat.ask("菜单")
    label = chat.options.nth(1).locator(".label").inner_text()
    before = chat.answers.count()
    chat.options.nth(1).click()
    expect(chat.said.last).to_contain_text(label)
    expect(chat.answers.nth(before)).to_be_visible()


def test_a_choice_is_made_by_number(visitor: Visitor) -> None:
    chat = visitor()
    chat.ask("菜单")
    label = chat.options.first.locator(".label").inner_text()
    chat.ask("1")
    expect(chat.said.last).to_contain_text(label)


def test_a_reload_takes_the_conversation_up(visitor: Visitor) -> None:
    chat = visitor()
    chat.ask("社保卡丢了怎么补办？")
    before, answers = chat.log.inner_text(), chat.answers.count()
    chat.page.reload()
    expect(chat.said).to_have_count(1)
    expect(chat.answers).to_have_count(answers)
    assert chat.log.inner_text() == before
    chat.field.fill("写到一半")
    chat.page.reload()
    expect(chat.field).to_have_value("写到一半")
    expect(chat.answers).to_have_count(answers)
    chat.ask("公司拖欠工资怎么办？")
    assert chat.numbers() == [message["seq"] for message in chat.stored()]


def test_two_pages_of_one_visitor_show_the_same(visitor: Visitor) -> None:
    one = visitor()
    one.ask("社保卡丢了怎么补办？")
    other = one.another()
    expect(other.said).to_have_text(["社保卡丢了怎么补办？"])
    other.ask("公司拖欠工资怎么办？")
    expect(one.said).to_have_text(["社保卡丢了怎么补办？", "公司拖欠工资怎么办？"])
    expect(one.answers).to_have_count(other.answers.count())
    assert one.numbers() == other.numbers() == [message["seq"] for message in one.stored()]


def test_an_unknown_token_begins_a_new_conversation_and_says_so(visitor: Visitor) -> None:
    chat = visitor(trouble_expected=True)
    chat.page.evaluate("localStorage.setItem('yixian.session', 'not.a.token')")
    chat.page.reload()
    expect(chat.page.get_by_text("这是一段新的对话")).to_be_visible()
    chat.ask("社保卡丢了怎么补办？")
    assert chat.numbers() == [message["seq"] for message in chat.stored()]


def test_the_keyboard_alone_is_enough(visitor: Visitor) -> None:
    chat = visitor(viewport={"width": 1440, "height": 900})
    page = chat.page

    walk_to(chat.field)
    page.keyboard.type("菜")
    page.keyboard.press("Shift+Enter")
    assert chat.field.input_value() == "菜\n"
    page.keyboard.press("Backspace")
    page.keyboard.type("单")
    page.keyboard.press("Enter")
    expect(chat.options.first).to_be_visible()
    walk_to(chat.options.last, "Shift+Tab")
    page.keyboard.press("Enter")
    expect(chat.said).to_have_count(2)
    page.keyboard.press("Escape")
    expect(chat.field).to_be_focused()
    walk_to(page.get_by_role("button", name="发图片、文件或位置"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="图片或 PDF")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="图片或 PDF")).to_be_hidden()
    expect(page.get_by_role("button", name="发图片、文件或位置")).to_be_focused()


def test_enter_while_composing_a_word_sends_nothing(visitor: Visitor) -> None:
    chat = visitor()
    chat.field.fill("gongjijin")
    chat.field.evaluate(
        "field => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    chat.page.wait_for_timeout(200)
    expect(chat.said).to_have_count(0)
    assert chat.field.input_value() == "gongjijin"


def test_large_text_is_a_switch_that_is_kept(visitor: Visitor) -> None:
    chat = visitor(viewport={"width": 360, "height": 740})

    def size() -> float:
        return float(chat.field.evaluate("field => parseFloat(getComputedStyle(field).fontSize)"))

    assert size() == 18
    switch = chat.page.get_by_role("switch", name="大字模式")
    switch.click()
    expect(switch).to_be_checked()
    assert size() == 24
    chat.page.reload()
    expect(switch).to_be_checked()
    assert size() == 24
    switch.click()
    assert size() == 18


def test_english_is_chosen_by_the_browser_and_by_a_switch(visitor: Visitor) -> None:
    chat = visitor(locale="en-GB")
    expect(chat.page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    assert chat.page.evaluate("document.documentElement.lang") == "en"
    chat.page.get_by_role("button", name="切换到中文").click()
    expect(chat.page.get_by_role("button", name="发送", exact=True)).to_be_visible()
    chat.page.reload()
    expect(chat.page.get_by_role("button", name="发送", exact=True)).to_be_visible()


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_everything_fits_a_narrow_phone_and_a_thumb(visitor: Visitor, large: bool, locale: str) -> None:
    chat = visitor(viewport={"width": 320, "height": 640}, locale=locale)
    if large:
        chat.page.get_by_role("switch").click()

    def check() -> None:
        assert chat.page.evaluate("document.documentElement.scrollWidth") <= 320
        assert chat.page.locator(".log").evaluate("log => log.scrollWidth <= log.clientWidth")
        for button in chat.page.get_by_role("button").or_(chat.page.get_by_role("switch")).all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 47.9, button.inner_text()
            assert box["x"] >= 0, button.inner_text()
            assert box["x"] + box["width"] <= 320.1, button.inner_text()

    check()
    chat.ask("菜单")
    chat.say("https://example.cn/" + "a" * 200)
    expect(chat.said).to_have_count(2)
    check()


def test_words_are_shown_as_words(visitor: Visitor) -> None:
    chat = visitor()
    hostile = '<img src=x onerror="window.caught=1"><script>window.caught=1</script>{{ 7*7 }} javascript:alert(1)'
    chat.ask(hostile)
    expect(chat.said.first).to_have_text(hostile)
    chat.page.reload()
    expect(chat.said.first).to_have_text(hostile)
    assert chat.page.evaluate("window.caught") is None
    assert chat.said.first.locator("img, script, a").count() == 0


def test_numbers_and_addresses_can_be_followed(visitor: Visitor) -> None:
    chat = visitor()
    chat.ask("看 https://example.cn/a?b=1 ，电话12333")
    links = chat.said.first.get_by_role("link")
    expect(links).to_have_text(["https://example.cn/a?b=1", "12333"])
    expect(links.first).to_have_attribute("rel", re.compile("noopener"))
    expect(links.last).to_have_attribute("href", "tel:12333")
    numbers = chat.page.get_by_role("banner").get_by_role("link")
    expect(numbers).to_have_text(["110", "119", "120"])


def test_a_picture_is_sent_and_seen(visitor: Visitor) -> None:
    chat = visitor()
    picture = {"name": "楼道.png", "mimeType": "image/png", "buffer": png(320, 240)}
    chat.page.locator("input[type=file]").set_input_files([picture])
    shown = chat.log.get_by_role("img", name="楼道.png")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.naturalWidth") == 320
    expect(chat.answers.first).to_be_visible()
    chat.page.reload()
    expect(shown).to_be_visible()
    shown.click()
    dialog = chat.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert [part["type"] for part in chat.stored()[0]["parts"]] == ["image"]


def test_a_file_of_another_kind_is_refused_with_words(visitor: Visitor) -> None:
    chat = visitor()
    chat.page.locator("input[type=file]").set_input_files(
        [{"name": "a.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"}]
    )
    expect(chat.page.get_by_role("alert")).to_contain_text("图片或 PDF")
    expect(chat.said).to_have_count(0)


def test_asking_for_a_person_is_always_in_reach(visitor: Visitor) -> None:
    chat = visitor()
    button = chat.page.get_by_role("button", name="转人工")
    expect(button).to_be_visible()
    button.click()
    expect(chat.said).to_have_text(["转人工"])
    expect(chat.answers.first).to_be_visible()


def test_who_waits_may_stop_waiting(visitor: Visitor) -> None:
    chat = visitor()
    ask, stop = (chat.page.get_by_role("button", name=name) for name in ("转人工", "取消排队"))
    ask.click()
    expect(ask).to_be_hidden()
    stop.click()
    expect(chat.said).to_have_text(["转人工", "取消排队"])
    expect(stop).to_be_hidden()
    expect(ask).to_be_visible()


def test_what_is_being_read_does_not_move(visitor: Visitor) -> None:
    chat = visitor(viewport={"width": 360, "height": 560})
    for _ in range(3):
        chat.ask("社保卡丢了怎么补办？")
    other = chat.another()
    log = chat.page.locator(".log")
    log.evaluate("log => { log.scrollTop = 0 }")
    chat.page.wait_for_timeout(100)
    other.ask("公司拖欠工资怎么办？")
    pill = chat.page.get_by_role("button", name="有新消息")
    expect(pill).to_be_visible()
    assert log.evaluate("log => log.scrollTop") == 0
    pill.click()
    expect(pill).to_be_hidden()
    assert log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight") < 4


def test_a_new_answer_is_shown_from_its_beginning(visitor: Visitor) -> None:
    chat = visitor(viewport={"width": 360, "height": 560})
    chat.ask("社保卡丢了怎么补办？")
    chat.ask("公司拖欠工资怎么办？")
    last = chat.log.locator(".ours").last
    top = last.evaluate("row => row.getBoundingClientRect().top - row.closest('.log').getBoundingClientRect().top")
    assert top >= 0


def test_the_number_to_call_stays_in_view_in_large_text(visitor: Visitor) -> None:
    chat = visitor(viewport={"width": 360, "height": 740})
    chat.page.get_by_role("switch").click()
    chat.ask("我家楼下着火了")
    # the queue's bar makes the place for the conversation smaller
    expect(chat.page.get_by_role("button", name="取消排队")).to_be_visible()
    chat.page.wait_for_timeout(1_000)
    top = chat.page.locator(".log").bounding_box()
    answer = chat.answers.last.bounding_box()
    assert top is not None
    assert answer is not None
    assert answer["y"] >= top["y"]
    chat.say("在东城新世界花园3栋")
    expect(chat.answers).to_have_count(2)
    assert is_in_view(chat.said.last)


def test_earlier_messages_are_fetched_without_moving_what_is_read(visitor: Visitor) -> None:
    chat = visitor(viewport={"width": 360, "height": 640})
    for number in range(17):
        chat.ask("社保卡丢了怎么补办？" if number % 2 else "公司拖欠工资怎么办？")
    chat.page.reload()
    older = chat.page.get_by_role("button", name="看更早的消息")
    older.scroll_into_view_if_needed()
    first = chat.log.locator("[data-seq]").first
    number = first.get_attribute("data-seq")
    same = chat.log.locator(f'[data-seq="{number}"]')
    before = same.bounding_box()
    older.click()
    # while they are fetched, the button says so and is there still
    expect(chat.page.locator(".older")).to_have_count(0)
    after = same.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) <= 2
    assert chat.numbers() == [message["seq"] for message in chat.stored()]


def test_it_works_where_web_sockets_are_blocked(visitor: Visitor) -> None:
    chat = visitor(trouble_expected=True)
    chat.page.context.route_web_socket(re.compile("/ws/chat"), lambda socket: socket.close())
    chat.page.reload()
    chat.ask("社保卡丢了怎么补办？")
    other = chat.another()
    other.ask("公司拖欠工资怎么办？")
    expect(chat.said).to_have_count(2)
    expect(chat.page.get_by_text("正在重连")).to_have_count(0)
    assert chat.numbers() == [message["seq"] for message in chat.stored()]


def test_reading_aloud_finds_its_way(visitor: Visitor) -> None:
    chat = visitor()
    expect(chat.log).to_have_attribute("aria-live", "polite")
    page: Page = chat.page
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    for element in page.locator("button, textarea, a, input:not([hidden])").all():
        name: Any = element.evaluate(
            "one => one.getAttribute('aria-label') || one.innerText || one.labels?.[0]?.innerText"
        )
        assert name, element.evaluate("one => one.outerHTML")


def test_the_policy_forbids_everything_foreign(visitor: Visitor) -> None:
    chat = visitor()
    answer = chat.page.request.get(chat.url)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    chat.ask("社保卡丢了怎么补办？")
    assert is_in_view(chat.said.last)
