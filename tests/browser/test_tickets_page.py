"""A citizen tells a matter on the pages, follows it, adds to it, rates it; in Chromium, against a running gateway."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Citizen, Visitor
from tests.browser.keyboard import walk_to
from tests.browser.office import Office
from tests.browser.samples import png
from tests.browser.tickets import TicketsPage

MATTER = "楼下工地夜里十二点还在打桩，整栋楼都睡不着"
HOSTILE = '<img src=x onerror="window.caught=1"><script>window.caught=1</script>{{ 7*7 }}'


def test_a_matter_is_told_with_a_picture(citizen: Citizen, office: Office) -> None:
    told = citizen()
    told.choose_kind("投诉")
    told.write_matter(MATTER)
    told.add_picture("工地.png", png(320, 240))
    expect(told.page.get_by_role("img", name="工地.png")).to_be_visible()
    told.on("在哪里，什么时候？")
    told.page.get_by_label("在哪里").fill("南城鸿福路")
    told.press("今天")
    told.on("怎么找到您？")
    told.page.get_by_label("怎么称呼您").fill("李女士")
    told.page.get_by_label("电话").fill("１３８００１３８０００")
    told.on("看看对不对")
    for said in ("投诉", MATTER, "工地.png", "南城鸿福路", "李女士"):
        expect(told.page.get_by_role("definition").filter(has_text=said).first).to_be_visible()
    number, code = told.send()
    assert len(code) == 6
    ticket = office.ticket(number)
    assert (ticket.kind, ticket.matter, ticket.place.label) == ("complaint", MATTER, "南城鸿福路")
    assert ticket.happened.startswith("今天（")
    assert [file.name for file in ticket.attachments] == ["工地.png"]
    told.page.reload()
    assert told.filed() == (number, code), "kept until it is put away"
    told.press("再说一件事")
    told.choose_kind("建议")
    expect(told.page.get_by_label("是什么事")).to_have_value("")


def test_danger_is_told_where_to_call(citizen: Citizen) -> None:
    told = citizen()
    told.to_check("我家厨房着火了，火很大，快来人")
    told.send()
    expect(told.page.get_by_role("alert").get_by_role("link", name="119")).to_have_attribute("href", "tel:119")


def test_number_and_code_are_copied_together(citizen: Citizen) -> None:
    told = citizen(permissions=["clipboard-read", "clipboard-write"])
    told.to_check(MATTER)
    number, code = told.send()
    told.press("复制编号和查询码")
    expect(told.page.get_by_text("已复制")).to_be_visible()
    assert told.page.evaluate("navigator.clipboard.readText()") == f"编号 {number} 查询码 {code}"


def test_a_matter_is_followed_to_its_rating(citizen: Citizen, office: Office) -> None:
    told = citizen()
    told.to_check(MATTER)
    number, code = told.send()
    other = citizen("#look")  # another browser, which has the code alone
    other.look_up(number, code)
    expect(other.heading).to_have_text(MATTER)
    expect(other.page.get_by_role("main")).to_contain_text("已收到，正在看由谁来办")
    office.take_up(number)
    told.press("办到哪一步了")
    expect(told.page.get_by_role("main")).to_contain_text("市城管局正在办")
    expect(told.page.get_by_role("main")).to_contain_text("前答复")
    expect(told.story.first).to_contain_text("市城管局接手了")
    office.answer(number, "已到现场制止，夜间不再施工。")
    told.page.reload()
    expect(told.page.get_by_role("main")).to_contain_text("已到现场制止，夜间不再施工。")
    told.press("发出评价")
    expect(told.page.get_by_role("alert")).to_be_visible()
    told.page.get_by_label("解决了", exact=True).check()
    told.page.get_by_label("基本满意").check()
    told.page.get_by_label("还想说什么").fill("快了很多")
    told.press("发出评价")
    expect(told.page.get_by_text("收到您的评价，谢谢。")).to_be_visible()
    expect(told.page.get_by_role("main")).to_contain_text("已办结")
    rating = office.ticket(number).rating
    assert rating is not None
    assert (rating.solved, rating.verdict, rating.words) == (True, "fairly", "快了很多")


def test_what_is_not_solved_goes_back(citizen: Citizen, office: Office) -> None:
    told = citizen()
    told.to_check(MATTER)
    number, code = told.send()
    office.take_up(number)
    office.answer(number, "已处理。")
    other = citizen("#look")
    other.look_up(number, code)
    other.page.get_by_label("没解决").check()
    other.page.get_by_label("不满意").check()
    other.page.get_by_label("哪里没办好").fill("昨晚还在打桩")
    other.press("发出评价")
    expect(other.page.get_by_role("main")).to_contain_text("您说没解决，退回重办")
    ticket = office.ticket(number)
    assert (ticket.state, ticket.round) == ("signed", 1)


def test_a_wrong_code_is_told_and_nothing_else(citizen: Citizen) -> None:
    told = citizen()
    told.to_check(MATTER)
    number, code = told.send()
    other = citizen("#look", trouble_expected=True)
    other.look_up("DG123", code)
    expect(other.page.get_by_role("alert")).to_contain_text("DG 加15位数字")
    other.look_up(number, "12")
    expect(other.page.get_by_role("alert")).to_contain_text("6位数字")
    other.look_up(number, f"{(int(code) + 1) % 10**6:06d}")
    expect(other.page.get_by_role("alert")).to_contain_text("没有查到")
    assert MATTER not in other.page.content()
    other.look_up(f" {number[:10]} {number[10:].lower()} ", code)
    expect(other.heading).to_have_text(MATTER)


def test_more_is_added_later(citizen: Citizen, office: Office) -> None:
    told = citizen()
    told.to_check(MATTER)
    number, _ = told.send()
    told.press("办到哪一步了")
    told.press("补充情况")
    told.press("发出补充")
    expect(told.page.get_by_role("alert")).to_be_visible()
    told.page.get_by_role("textbox", name="补充情况").fill("今晚又开工了")
    told.add_picture("今晚.png", png(64, 64))
    told.press("发出补充")
    expect(told.page.get_by_text("收到您的补充。")).to_be_visible()
    expect(told.story.first).to_contain_text("收到您的补充")
    ticket = office.ticket(number)
    assert [one.text for one in ticket.supplements] == ["今晚又开工了"]
    assert [file.name for file in ticket.attachments] == ["今晚.png"]


def test_what_was_told_from_here_is_listed(citizen: Citizen) -> None:
    told = citizen("#mine")
    expect(told.page.get_by_text("这里还没有您说过的事")).to_be_visible()
    told.go("告诉我们")
    told.to_check(MATTER)
    number, _ = told.send()
    told.go("我的")
    told.page.get_by_role("link", name=MATTER).click()
    expect(told.heading).to_have_text(MATTER)
    assert told.page.url.endswith(f"#look/{number}")


def test_a_draft_outlives_a_reload(citizen: Citizen) -> None:
    told = citizen()
    told.choose_kind("举报")
    told.write_matter(MATTER)
    told.add_picture("证据.png", png(64, 64))
    expect(told.page.get_by_role("img", name="证据.png")).to_be_visible()
    told.page.reload()
    expect(told.page.get_by_label("是什么事")).to_have_value(MATTER)
    expect(told.page.get_by_role("img", name="证据.png")).to_be_visible()
    told.on("在哪里，什么时候？")
    told.on("怎么找到您？")
    expect(told.page.get_by_role("switch", name="替我保密")).to_be_checked()
    told.on("看看对不对")
    told.press("清空重写")
    told.press("确定清空")
    expect(told.heading).to_have_text("是哪一类事？")
    told.page.reload()
    assert MATTER not in str(told.page.evaluate("JSON.stringify(localStorage)"))


def test_an_answer_is_changed_from_the_summary(citizen: Citizen, office: Office) -> None:
    told = citizen()
    told.to_check(MATTER, place="东城")
    told.page.get_by_role("link", name="改在哪里").click()
    told.page.get_by_label("在哪里").fill("南城")
    told.press("改好了")
    expect(told.heading).to_have_text("看看对不对")
    number, _ = told.send()
    assert office.ticket(number).place.label == "南城"


def test_towns_are_suggested_and_the_place_is_asked_for_by_pressing_only(citizen: Citizen, office: Office) -> None:
    told = citizen(permissions=["geolocation"], geolocation={"latitude": 23.02, "longitude": 113.75})
    told.page.add_init_script(
        """const ask = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation)
           window.asked = 0
           navigator.geolocation.getCurrentPosition = (...given) => { window.asked += 1; ask(...given) }"""
    )
    told.page.reload()
    told.choose_kind("求助")
    told.write_matter(MATTER)
    told.on("在哪里，什么时候？")
    place = told.page.get_by_label("在哪里")
    place.fill("东")
    towns = told.page.get_by_role("group", name="选镇街").get_by_role("button")
    expect(towns).to_have_text(["东城", "东坑"])
    towns.first.click()
    expect(place).to_have_value("东城")
    expect(place).to_be_focused()
    told.press("选镇街")
    assert towns.count() >= 33
    assert told.page.evaluate("window.asked") == 0
    told.press("用我现在的位置")
    expect(told.page.get_by_text("已记下您现在的位置")).to_be_visible()
    told.on("怎么找到您？")
    told.on("看看对不对")
    number, _ = told.send()
    assert office.ticket(number).place.latitude == pytest.approx(23.02)


def test_what_is_missing_is_asked_for(citizen: Citizen) -> None:
    told = citizen("#tell/check")
    expect(told.heading).to_have_text("是哪一类事？")
    told.choose_kind("咨询")
    told.write_matter("太吵")
    told.press("下一步")
    expect(told.page.get_by_role("alert")).to_have_text("请再多写几个字，说说是什么事。")
    told.write_matter(MATTER)
    expect(told.page.get_by_role("alert")).to_have_count(0)
    told.on("在哪里，什么时候？")
    told.on("怎么找到您？")
    told.page.get_by_label("电话").fill("不告诉你")
    told.press("下一步")
    expect(told.page.get_by_role("alert")).to_have_text("电话好像不对，请看看数字。")
    told.page.go_back()
    expect(told.heading).to_have_text("在哪里，什么时候？")


def test_what_others_handle_is_told_with_where(citizen: Citizen) -> None:
    told = citizen(trouble_expected=True)
    told.to_check("法院已经判决了，对方不执行判决")
    told.press("发给我们")
    expect(told.page.get_by_role("alert")).to_contain_text("12368")
    expect(told.page.get_by_role("definition").filter(has_text="法院")).to_be_visible()


def test_a_file_of_another_kind_is_refused_with_words(citizen: Citizen) -> None:
    told = citizen()
    told.choose_kind("求助")
    told.add_picture("a.exe", b"MZ", "application/octet-stream")
    expect(told.page.get_by_role("alert")).to_contain_text("图片或 PDF")
    expect(told.page.get_by_role("list", name="图片")).to_have_count(0)


def test_words_are_shown_as_words(citizen: Citizen, office: Office) -> None:
    told = citizen()
    told.to_check(f"{MATTER}{HOSTILE}", place=HOSTILE)
    expect(told.page.get_by_role("definition").filter(has_text=MATTER)).to_contain_text(f"{MATTER}{HOSTILE}")
    number, _ = told.send()
    office.take_up(number)
    office.answer(number, f"已处理{HOSTILE}")
    told.press("办到哪一步了")
    expect(told.page.get_by_role("main")).to_contain_text(f"已处理{HOSTILE}")
    told.go("我的")
    expect(told.page.get_by_role("main").get_by_role("link")).to_have_count(1)
    assert told.page.evaluate("window.caught") is None
    assert told.page.get_by_role("main").locator("img, script").count() == 0


def test_all_of_it_is_done_by_keyboard(citizen: Citizen) -> None:
    told = citizen()

    def press(name: str, role: Literal["button", "switch"] = "button") -> None:
        walk_to(told.page.get_by_role(role, name=name))
        told.page.keyboard.press("Enter")

    press("投诉")
    expect(told.heading).to_be_focused()
    walk_to(told.page.get_by_label("是什么事"))
    told.page.keyboard.insert_text(MATTER)
    press("下一步")
    expect(told.heading).to_be_focused()
    press("下一步")
    expect(told.heading).to_have_text("怎么找到您？")
    press("替我保密", "switch")
    expect(told.page.get_by_role("switch", name="替我保密")).to_be_checked()
    press("下一步")
    expect(told.heading).to_have_text("看看对不对")
    press("发给我们")
    expect(told.heading).to_have_text("收到了")
    expect(told.heading).to_be_focused()


def test_english_is_complete(citizen: Citizen) -> None:
    told = citizen(locale="en-GB")
    expect(told.heading).to_have_text("What is it about?")
    told.page.get_by_role("button", name="Complaint").click()
    told.page.get_by_label("What happened").fill(MATTER)
    told.press("Next")
    told.press("Next")
    told.press("Next")
    told.press("Send")
    expect(told.heading).to_have_text("We have it")
    told.press("See progress")
    expect(told.page.get_by_role("main")).to_contain_text("Received; we are finding out who handles it")
    assert told.page.title() == "Tell us · Yixian 12345"


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_everything_fits_a_narrow_phone_and_a_thumb(citizen: Citizen, large: bool, locale: str) -> None:
    told = citizen(viewport={"width": 320, "height": 640}, locale=locale)
    if large:
        told.page.get_by_role("switch").click()
    told.page.evaluate(
        """matter => localStorage.setItem('yixian.ticket-draft', JSON.stringify(
             { clientId: 'narrow', kind: 'help', matter, place: 'x'.repeat(200), phone: '13800138000' }))""",
        MATTER * 9,
    )
    told.page.reload()
    for view in ("#tell/kind", "#tell/matter", "#tell/place", "#tell/person", "#tell/check", "#look", "#mine"):
        told.page.evaluate("view => { location.hash = view }", view)
        expect(told.page.get_by_role("main").get_by_role("heading", level=2)).to_be_focused()
        assert_fits(told, 320)
        assert told.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= (24 if large else 18)


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_the_ways_stand_in_one_row_on_a_phone(citizen: Citizen, locale: str) -> None:
    told = citizen(viewport={"width": 360, "height": 740}, locale=locale)
    ways = told.page.get_by_role("navigation").get_by_role("link")
    expect(ways).to_have_count(4)
    assert len({one.evaluate("one => one.getBoundingClientRect().top") for one in ways.all()}) == 1


def assert_fits(told: TicketsPage, width: int) -> None:
    assert told.page.evaluate("document.documentElement.scrollWidth") <= width
    pressed = told.page.locator("button, main a, nav a, input:not([hidden]):not([type=radio]), textarea")
    for element in pressed.all():
        box = element.bounding_box()
        assert box is not None
        assert box["height"] >= 47.9, element.evaluate("one => one.outerHTML")
        assert box["x"] >= 0, element.evaluate("one => one.outerHTML")
        assert box["x"] + box["width"] <= width + 0.1, element.evaluate("one => one.outerHTML")


def test_the_chat_leads_to_it(visitor: Visitor) -> None:
    chat = visitor()
    chat.page.get_by_role("link", name="告诉我们").click()
    expect(chat.page.get_by_role("heading", level=2)).to_have_text("是哪一类事？")
    chat.page.get_by_role("link", name="在线问").click()
    chat.ask("DG202611260001237")
    link = chat.said.first.get_by_role("link")
    expect(link).to_have_attribute("href", "/tickets#look/DG202611260001237")
    chat.page.get_by_role("button", name="发图片、文件或位置").click()
    expect(chat.page.get_by_role("link", name="办到哪一步了")).to_be_visible()
