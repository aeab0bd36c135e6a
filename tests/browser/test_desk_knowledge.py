"""The knowledge base's pages as its keepers use them, on a running gateway whose bot answers citizens meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import DESK, Opened
from tests.browser.desk import Caller, Desk
from tests.browser.knowledge import changed, written
from tests.browser.test_accessibility import violations
from tests.running import RunningGateway

HOME = "/desk/knowledge"


@pytest.fixture(scope="module")
def gateway(staffed: RunningGateway) -> RunningGateway:
    return staffed


def office(gateway: RunningGateway, opened: Opened, **options: Any) -> BrowserContext:
    """A browser at a desk. What is refused stands on its console as well."""
    return opened(gateway.url, trouble_expected=True, viewport=DESK, **options)


@pytest.fixture
def desk(gateway: RunningGateway, opened: Opened) -> Desk:
    return Desk.of(office(gateway, opened), gateway.url, "he", HOME)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_what_is_written_reviewed_and_published_is_what_citizens_are_told(
    desk: Desk, gateway: RunningGateway, opened: Opened
) -> None:
    page = desk.page
    citizen = Chat.open(opened(gateway.url), gateway.url)
    press(page, "写一条")
    page.get_by_label("问题", exact=True).fill("月亮湖公园的划船几点开始")
    page.get_by_label("相似问法").fill("月亮湖公园可以划船吗\n\n月亮湖划船要多少钱")
    press(page, "保存草稿")
    expect(desk.news).to_contain_text("已保存")
    expect(page.get_by_role("heading", name="月亮湖公园的划船几点开始")).to_be_visible()
    press(page, "提交审核")
    expect(page.get_by_role("alert").filter(has_text="还没有写答案")).to_be_visible()
    page.get_by_label("答案").fill("每天9:00到17:30可以划船，一小时三十元。")
    press(page, "提交审核")
    expect(page.locator(".pills")).to_have_text("待审核")
    citizen.ask("月亮湖公园的划船几点开始")
    expect(citizen.answers.last).not_to_contain_text("三十元")
    expect(page.locator(".notice")).to_contain_text("要由另一位知识编辑审核发布")
    expect(page.get_by_role("button", name="发布", exact=True)).to_have_count(0)
    theirs = Desk.of(office(gateway, opened), gateway.url, "luo", page.url.removeprefix(gateway.url)).page
    press(theirs, "发布")
    expect(theirs.locator(".pills")).to_have_text("已发布")
    citizen.ask("月亮湖公园的划船几点开始")
    expect(citizen.answers.last).to_contain_text("一小时三十元")
    page.reload()
    expect(page.locator(".pills")).to_have_text("已发布")
    page.get_by_label("答案").fill("每天9:00到17:30可以划船，一小时四十元。")
    press(page, "保存草稿")
    expect(page.locator(".pills")).to_contain_text("有修改没提交")
    expect(page.get_by_text("市民看到的还是已发布的内容")).to_be_visible()
    citizen.ask("月亮湖划船要多少钱")
    expect(citizen.answers.last).to_contain_text("一小时三十元")
    page.get_by_role("button", name="对照 第4版 第5版").click()
    expect(desk.dialog.locator("del")).to_have_text("三")
    expect(desk.dialog.locator("ins")).to_have_text("四")
    desk.dialog.get_by_role("button", name="关闭", exact=True).click()
    press(page, "放弃修改")
    desk.dialog.get_by_role("button", name="放弃修改").click()
    expect(page.locator(".pills")).to_have_text("已发布")
    expect(page.get_by_label("答案")).to_have_value("每天9:00到17:30可以划船，一小时三十元。")


def test_a_reviewer_sends_back_and_the_writer_reads_why(desk: Desk, gateway: RunningGateway, opened: Opened) -> None:
    writer = Caller(gateway.url, "luo")
    entry = written(writer, "青石桥早市在哪里", "在桥边。", ["submit"])
    page = desk.page
    page.get_by_role("button", name="待审核").click()
    page.get_by_role("link", name="青石桥早市在哪里").click()
    press(page, "退回修改")
    desk.dialog.get_by_role("button", name="退回修改").click()
    expect(desk.dialog).to_contain_text("必填")
    desk.dialog.get_by_label("说明").fill("写清楚几点到几点")
    desk.dialog.get_by_role("button", name="退回修改").click()
    expect(desk.dialog).to_have_count(0)
    theirs = Desk.of(office(gateway, opened), gateway.url, "luo", f"{HOME}/entries/{entry['id']}")
    expect(theirs.page.locator(".notice")).to_contain_text("写清楚几点到几点")


def test_after_a_refusal_one_is_where_something_is_missing(desk: Desk) -> None:
    page = desk.page
    desk.go(f"{HOME}/new")
    page.get_by_label("答案").fill("每天9:00到17:30。")
    press(page, "保存草稿")
    expect(page.get_by_role("alert").filter(has_text="有的地方没有填对")).to_be_visible()
    question = page.get_by_role("textbox", name="问题", exact=True)
    expect(question).to_be_focused()
    expect(question).to_have_accessible_description("没有填")


def test_two_who_write_at_once_lose_nothing(desk: Desk, gateway: RunningGateway) -> None:
    other = Caller(gateway.url, "luo")
    entry = written(other, "白鹭滩能露营吗", "可以。")
    page = desk.page
    desk.go(f"{HOME}/entries/{entry['id']}")
    page.get_by_label("答案").fill("可以，要先预约。")
    changed(other, entry, answer="可以，天黑前离开。")
    with page.expect_response(lambda answer: answer.status == 409):
        press(page, "保存草稿")
    expect(page.get_by_role("alert").filter(has_text="别人也改了这条")).to_be_visible()
    expect(page.get_by_label("答案")).to_have_value("可以，要先预约。")
    press(page, "用我写的")
    press(page, "保存草稿")
    expect(desk.news).to_contain_text("已保存")
    assert other("GET", f"/kb/entries/{entry['id']}")["answer"] == "可以，要先预约。"
    page.get_by_role("button", name="对照 第2版 第3版").click()
    expect(desk.dialog.locator("ins")).to_have_text("要先预约")
    press(page, "把左边的填回来")
    expect(page.get_by_label("答案")).to_have_value("可以，天黑前离开。")
    page.get_by_role("link", name="回到列表").click()
    expect(desk.dialog).to_contain_text("有内容没保存")
    press(page, "留下继续写")
    expect(page.get_by_label("答案")).to_have_value("可以，天黑前离开。")
    page.get_by_role("link", name="回到列表").click()
    press(page, "不保存，离开")
    expect(page.get_by_role("table", name="知识")).to_be_visible()


def test_what_was_asked_in_vain_becomes_knowledge_with_a_press(
    desk: Desk, gateway: RunningGateway, opened: Opened
) -> None:
    citizen = Chat.open(opened(gateway.url), gateway.url)
    for question in ("飞鱼岛轮渡几点开船", "飞鱼岛的轮渡几点开船", "萤火虫小镇怎么报名"):
        citizen.ask(question)
    page = desk.page
    page.get_by_role("link", name="没答好的问题").click()
    ferry = page.get_by_role("article").filter(has_text="轮渡")
    expect(ferry).to_have_count(1)
    expect(ferry).to_contain_text("问了2次")
    expect(ferry.get_by_role("checkbox")).to_have_count(2)
    ferry.get_by_role("button", name="写成新知识").click()
    expect(page.get_by_role("status").filter(has_text="已写成草稿")).to_be_visible()
    firefly = page.get_by_role("article", name="萤火虫小镇怎么报名")
    firefly.get_by_role("button", name="加到别的知识").click()
    firefly.get_by_label("找一条知识").fill("社保卡丢了")
    firefly.get_by_role("button", name="加到这条：社保卡丢了怎么补办？").click()
    expect(page.get_by_role("status").filter(has_text="已加成相似问法")).to_be_visible()
    page.get_by_role("link", name="打开").first.click()
    expect(page.get_by_label("相似问法")).to_have_value("飞鱼岛轮渡几点开船")
    citizen.ask("萤火虫小镇怎么报名")
    expect(citizen.answers.last).to_contain_text("挂失")
    desk.go(f"{HOME}/inbox")
    expect(page.get_by_role("article").filter(has_text="轮渡")).to_have_count(0)


def test_the_box_shows_what_the_bot_would_say(desk: Desk) -> None:
    page = desk.page
    page.get_by_role("link", name="试一试").click()
    page.get_by_label("市民会这样问").fill("社保卡丢了怎么补办？")
    press(page, "问一问")
    expect(page.get_by_text("直接回答")).to_be_visible()
    expect(page.locator(".said").first).to_contain_text("挂失")
    expect(page.locator(".ranks li").first).to_contain_text("社保卡丢了怎么补办？")


def test_scripts_are_text(desk: Desk, gateway: RunningGateway, opened: Opened) -> None:
    attack = "<img src=x onerror=\"document.title='坏了'\">怎么办理通行"
    citizen = Chat.open(opened(gateway.url), gateway.url)
    citizen.ask(attack)
    entry = written(Caller(gateway.url, "luo"), f"{attack}证", attack)
    page = desk.page
    for path in (HOME, f"{HOME}/entries/{entry['id']}", f"{HOME}/inbox"):
        desk.go(path)
        expect(page.get_by_text(attack).or_(page.get_by_role("heading", name="onerror")).first).to_be_visible()
        assert page.locator("main img").count() == 0
        assert page.title() != "坏了"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_keeps_people_from_using_the_pages(gateway: RunningGateway, opened: Opened, dark: bool) -> None:
    context = office(gateway, opened, color_scheme="dark" if dark else "light")
    desk = Desk.of(context, gateway.url, "he", HOME)
    page = desk.page
    expect(page.get_by_role("table", name="知识")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="历史")).to_be_visible()
    assert violations(page) == []
    Chat.open(opened(gateway.url), gateway.url).ask(f"竹溪古镇灯会几号开始{'呢' if dark else ''}")
    desk.go(f"{HOME}/inbox")
    expect(page.get_by_role("article").first).to_be_visible()
    assert violations(page) == []
    desk.go(f"{HOME}/try")
    page.get_by_label("市民会这样问").fill("竹溪古镇灯会几号开始")
    press(page, "问一问")
    expect(page.locator(".said").first).to_be_visible()
    assert violations(page) == []
