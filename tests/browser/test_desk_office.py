"""The office as an administrator keeps it, and one's own account, in Chromium against a running gateway."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conversations import Phone
from tests.browser.desk import OFFICE, PASSWORD, Caller, staff
from tests.browser.test_desk_shell import DeskOf, desk_of
from tests.receiver import Receiver
from tests.running import RunningGateway

__all__ = ["desk_of"]  # a fixture

pytestmark = pytest.mark.timeout(150)

# what other systems do not take is given up at once
SETTINGS = {**OFFICE, "HOTLINE_WEBHOOKS__PATIENCE": "2s"}
CHOSEN = "Sparrow-5521-morning"
BLOCKED = 30004


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    running = RunningGateway(tmp_path_factory.mktemp("office") / "data", SETTINGS)
    running.start()
    staff(running.url)
    yield running
    assert running.stop() == 0
    assert '"exception"' not in running.log()
    assert PASSWORD not in running.log()


@pytest.fixture(scope="module")
def root(gateway: RunningGateway) -> Caller:
    return Caller(gateway.url, "root")


def added(gateway: RunningGateway, root: Caller, username: str, name: str, role: str = "agent") -> None:
    """Somebody with a password of their own."""
    made = root("POST", "/people", username=username, name=name, roles=[role])
    given = made["password"]
    Caller(gateway.url, username, given)("POST", "/session/password", old=given, new=PASSWORD)


def press(place: Page | Locator, name: str) -> None:
    place.get_by_role("button", name=name, exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="账号菜单").click()
    page.get_by_role("menuitem", name="退出登录").click()
    expect(page.get_by_role("heading", name="登录工作台")).to_be_visible()


@contextmanager
def listening(*acts: str) -> Iterator[Receiver]:
    """Another system, on a thread of its own, since Playwright's loop runs on this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    async def begin() -> Receiver:
        return Receiver(*acts)

    receiver = run(begin())
    try:
        yield receiver
    finally:
        run(receiver.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


# --- one's own account, and coming in --------------------------------------------------------------------------------


def test_codes_are_turned_on_asked_for_and_taken_off(gateway: RunningGateway, root: Caller, desk_of: DeskOf) -> None:
    added(gateway, root, "qin", "秦岚")
    desk = desk_of("qin", "/desk/own")
    page = desk.page
    press(page, "开通")
    desk.dialog.get_by_label("先写一遍密码").fill(PASSWORD)
    press(desk.dialog, "下一步")
    expect(desk.dialog.get_by_role("img", name="绑定用的二维码")).to_be_visible()
    codes = pyotp.TOTP(desk.dialog.locator("code").inner_text())
    now = datetime.now(UTC)
    desk.dialog.get_by_label("6位数字").fill(codes.at(now))
    press(desk.dialog, "开通")
    expect(page.get_by_text("已开通：登录时除了密码")).to_be_visible()

    sign_out(page)
    desk.sign_in("qin")
    code = page.get_by_label("动态验证码")
    expect(code).to_be_focused()
    code.fill(codes.at(now - timedelta(hours=1)))
    press(page, "登录")
    expect(page.get_by_role("alert")).to_contain_text("动态验证码不对，或者已经用过")
    expect(code).to_have_value("")
    # whoever signs in instead has none
    page.get_by_label("用户名").fill("lin")
    expect(code).to_have_count(0)
    desk.sign_in("qin")
    code.fill(codes.at(now + timedelta(seconds=30)))
    press(page, "登录")
    expect(desk.navigation).to_be_visible()
    sign_out(page)

    office = desk_of("root", "/desk/office/people/qin")
    expect(office.page.get_by_text("动态验证码", exact=True)).to_be_visible()
    office.do("关闭动态验证码")
    expect(office.page.get_by_role("button", name="关闭动态验证码")).to_have_count(0)
    desk.sign_in("qin")
    expect(desk.navigation).to_be_visible()


def test_who_guesses_waits_until_an_administrator_ends_it(
    gateway: RunningGateway, root: Caller, desk_of: DeskOf
) -> None:
    added(gateway, root, "bai", "白露")
    desk = desk_of("")
    alert = desk.page.get_by_role("alert")
    for guess in range(5):
        desk.sign_in("bai", f"guess-{guess}")
        expect(alert).to_contain_text("用户名或密码不对")
        expect(desk.page.get_by_label("密码", exact=True)).to_have_value("")
    desk.sign_in("bai")
    expect(alert).to_contain_text(re.compile(r"试得太多了，请稍后再登录。 请等\d+秒再试。"))

    office = desk_of("root", "/desk/office/people/bai")
    expect(office.page.get_by_text("多次输错，暂停登录")).to_be_visible()
    office.do("解除暂停")
    expect(office.page.get_by_text("多次输错，暂停登录")).to_have_count(0)
    desk.sign_in("bai")
    expect(desk.navigation).to_be_visible()


def test_an_administrator_gives_a_new_password_and_ends_sessions(
    gateway: RunningGateway, root: Caller, desk_of: DeskOf
) -> None:
    added(gateway, root, "gu", "顾平", "knowledge_editor")
    desk = desk_of("gu", "/desk/knowledge/new")
    desk.page.get_by_label("问题", exact=True).fill("写到一半，密码被重置了。")
    office = desk_of("root", "/desk/office/people/gu")
    expect(office.page.get_by_role("listitem")).not_to_have_count(0)
    press(office.page, "重置密码")
    press(office.dialog, "重置密码")
    given = office.dialog.locator("code").inner_text()
    office.dialog.get_by_role("button", name="关闭").last.click()
    expect(office.page.get_by_text("还没有换密码")).to_be_visible()
    expect(office.page.get_by_text("现在没有登录。")).to_be_visible()
    expect(office.page.get_by_role("button", name="全部退出")).to_have_count(0)

    press(desk.page, "保存草稿")
    expect(desk.page.get_by_role("heading", name="登录已经过期")).to_be_visible()
    desk.page.get_by_label("密码", exact=True).fill(given)
    press(desk.page, "登录")
    expect(desk.page.get_by_role("heading", name="先换一个自己的密码")).to_be_visible()
    desk.page.get_by_label("现在的密码").fill(given)
    for field in ("新密码", "再写一遍新密码"):
        desk.page.get_by_label(field, exact=True).fill(CHOSEN)
    press(desk.page, "换密码")
    expect(desk.page.get_by_role("heading", name="先换一个自己的密码")).to_have_count(0)
    expect(desk.navigation).to_be_visible()
    expect(desk.page.get_by_label("问题", exact=True)).to_have_value("写到一半，密码被重置了。")

    office.page.reload()
    office.do("全部退出")
    expect(office.page.get_by_text("现在没有登录。")).to_be_visible()
    desk.go("/desk/own")
    expect(desk.page.get_by_role("heading", name="登录工作台")).to_be_visible()


def test_one_session_is_ended_from_another(gateway: RunningGateway, root: Caller, desk_of: DeskOf) -> None:
    added(gateway, root, "he2", "何舟")
    here, there = desk_of("he2", "/desk/own"), desk_of("he2", "/desk/own")
    here.page.reload()
    expect(here.page.get_by_text("这一个")).to_have_count(1)
    rows = here.page.get_by_role("listitem").filter(has=here.page.get_by_role("button", name="退出"))
    before = rows.count()
    rows.first.get_by_role("button", name="退出").click()
    expect(here.news).to_contain_text("已退出那一处")
    expect(rows).to_have_count(before - 1)
    there.page.reload()
    expect(there.page.get_by_role("heading", name="登录工作台")).to_be_visible()


# --- people and units ------------------------------------------------------------------------------------------------


def test_somebody_without_a_role_is_not_added_and_roles_count_at_once(desk_of: DeskOf) -> None:
    office = desk_of("root", "/desk/office/people")
    press(office.page, "添加人员")
    office.dialog.get_by_label("用户名").fill("yu")
    office.dialog.get_by_label("姓名").fill("于洋")
    press(office.dialog, "添加人员")
    expect(office.dialog.get_by_role("alert").filter(has_text="至少选一个岗位")).to_be_visible()
    office.dialog.get_by_label("坐席").check()
    press(office.dialog, "添加人员")
    expect(office.dialog.locator("code")).to_be_visible()
    office.dialog.get_by_role("button", name="关闭").last.click()
    press(office.page, "添加人员")
    office.dialog.get_by_label("用户名").fill("yu")
    office.dialog.get_by_label("姓名").fill("余阳")
    office.dialog.get_by_label("坐席").check()
    press(office.dialog, "添加人员")
    expect(office.dialog.get_by_role("alert").filter(has_text="已经有这个账号了")).to_be_visible()
    press(office.dialog, "取消")

    office.page.get_by_role("link", name="于洋").click()
    press(office.page, "修改")
    office.dialog.get_by_label("督查").check()
    press(office.dialog, "保存")
    expect(office.news.last).to_contain_text("修改：yu")
    expect(office.page.locator("dl")).to_contain_text("坐席 · 督查")
    office.do("停用", 理由="调离")
    expect(office.page.get_by_text("已停用")).to_be_visible()
    office.do("启用", 理由="回来了")
    expect(office.page.get_by_text("已停用")).to_have_count(0)


def test_somebody_is_found_among_many_and_the_address_keeps_it(
    gateway: RunningGateway, root: Caller, desk_of: DeskOf
) -> None:
    added(gateway, root, "pei", "裴一舟")
    added(gateway, root, "peng", "彭越", "supervisor")
    desk = desk_of("root", "/desk/office/people")
    page, rows = desk.page, desk.page.locator("tbody tr")
    expect(rows.nth(2)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("pe")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(2)
    page.get_by_label("岗位").select_option(label="督查")
    expect(rows).to_have_count(1)
    rows.get_by_role("link", name="彭越").click()
    expect(page.get_by_role("heading", name="彭越")).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(1)
    page.get_by_label("姓名或用户名").fill("一舟")
    page.get_by_label("姓名或用户名").press("Enter")
    expect(page.get_by_text("没有符合的人")).to_be_visible()
    page.get_by_label("岗位").select_option(label="全部岗位")
    expect(rows).to_contain_text("裴一舟")


def test_a_unit_is_made_renamed_and_retired(desk_of: DeskOf) -> None:
    office = desk_of("root", "/desk/office/units")
    page = office.page
    office.do("添加单位", 编号="river-office", 全称="市河长制办公室", 简称="市河长办")
    expect(office.news.last).to_contain_text("添加单位：市河长办")
    search = page.get_by_label("找单位")
    search.fill("河长")
    expect(page.get_by_role("row", name="市河长办")).to_contain_text("正常")
    press(page, "添加单位")
    for label, text in (("编号", "river-office"), ("全称", "另一个单位"), ("简称", "另一个")):
        office.dialog.get_by_label(label).fill(text)
    press(office.dialog, "添加单位")
    expect(office.dialog.get_by_role("alert").filter(has_text="这个编号已经有单位用了")).to_be_visible()
    expect(office.dialog.get_by_label("全称")).to_have_value("另一个单位")
    press(office.dialog, "取消")
    press(page, "修改市河长办")
    office.dialog.get_by_label("简称").fill("市河湖办")
    press(office.dialog, "保存")
    search.fill("河湖")
    row = page.get_by_role("row", name="市河湖办")
    expect(row).to_be_visible()
    press(page, "停用市河湖办")
    office.dialog.get_by_label("理由").fill("并入水务局")
    press(office.dialog, "停用")
    expect(page.get_by_text("没有符合的单位")).to_be_visible()
    page.get_by_label("也看停用的").check()
    expect(row).to_contain_text("已停用")
    press(page, "恢复使用市河湖办")
    office.dialog.get_by_label("理由").fill("不并了")
    press(office.dialog, "恢复使用")
    expect(row).to_contain_text("正常")


# --- the calendar ----------------------------------------------------------------------------------------------------


def _next_workday(root: Caller) -> date:
    """In Beijing, after today."""
    day = (datetime.now(UTC) + timedelta(hours=8)).date() + timedelta(days=1)
    while True:
        special = {one["day"]: one["workday"] for one in root("GET", f"/calendar/{day.year}")["days"]}
        if special.get(str(day), day.weekday() < 5):
            return day
        day += timedelta(days=1)


def test_a_day_off_moves_a_tickets_limit_and_is_taken_back(
    gateway: RunningGateway, root: Caller, desk_of: DeskOf
) -> None:
    lin = Caller(gateway.url, "lin")

    def due() -> date:
        """Of a ticket that is dispatched now."""
        number = lin.file(kind="consultation", title="问一问")
        return datetime.fromisoformat(lin.move(number, "dispatch", lead="housing")["due"]).date()

    ordinary = due()
    off = _next_workday(root)
    office = desk_of("root", "/desk/office/calendar")
    page = office.page
    page.get_by_label("年份").select_option(str(off.year))
    press(page, "修改")
    for name in ("停电", "又写一遍"):
        press(office.dialog, "加一天")
        office.dialog.get_by_label("日期").last.fill(str(off))
        office.dialog.get_by_label("属于哪个节日").last.fill(name)
    press(office.dialog, "保存")
    expect(office.dialog.get_by_role("alert")).to_contain_text(f"写了不止一次：{off}")
    refused = office.dialog.locator("[aria-invalid=true]")
    expect(refused).to_have_count(2)
    expect(refused.first).to_be_focused()
    press(office.dialog.get_by_role("listitem").last, "去掉这一天")
    press(office.dialog, "保存")
    expect(office.dialog).to_have_count(0)
    row = page.get_by_role("row", name=re.compile(f"^{off.month}月{off.day}日 "))
    expect(row).to_contain_text("放假")
    expect(row).to_contain_text("自己设的")
    assert due() > ordinary

    press(page, "修改")
    press(office.dialog.get_by_role("listitem").filter(has=page.locator("input[type=date]")).last, "去掉这一天")
    press(office.dialog, "保存")
    expect(office.dialog).to_have_count(0)
    expect(row).to_have_count(0)
    assert due() == ordinary


# --- other systems ---------------------------------------------------------------------------------------------------


def test_another_system_is_told_fails_is_told_again_and_let_go(gateway: RunningGateway, desk_of: DeskOf) -> None:
    office = desk_of("root", "/desk/office/webhooks")
    page = office.page
    with listening("200") as portal:
        press(page, "添加外部系统")
        office.dialog.get_by_label("名称").fill("市民门户")
        office.dialog.get_by_label("地址").fill(portal.url)
        for kind in office.dialog.get_by_role("group", name="告诉它什么").get_by_role("checkbox").all():
            kind.uncheck()
        press(office.dialog, "添加外部系统")
        expect(office.dialog.get_by_role("alert").filter(has_text="至少选一样")).to_be_visible()
        office.dialog.get_by_label("待受理").check()
        press(office.dialog, "添加外部系统")
        portal.secret = office.dialog.locator("code").inner_text()
        office.dialog.get_by_role("button", name="关闭").last.click()
        expect(page.locator("body")).not_to_contain_text(portal.secret)

        page.get_by_role("link", name="市民门户").click()
        expect(page.get_by_text("还没有通知过", exact=True)).to_be_visible()
        press(page, "发一次测试")
        # without anybody asking again
        expect(page.get_by_role("row", name="测试")).to_contain_text("已收到")
        assert portal.heard[0].trusted

        portal.acts = ["500"]
        press(page, "发一次测试")
        failed = page.get_by_role("row", name="没有收到")
        expect(failed).to_contain_text("500 · 对方没有接受")
        portal.acts = ["200"]
        press(failed, "再发一次")
        expect(failed).to_have_count(0)
        expect(page.get_by_role("row", name="已收到")).to_have_count(2)
        assert portal.ids[1] == portal.ids[-1]

        office.do("停用", 理由="对方升级")
        expect(page.get_by_text("对方升级")).to_be_visible()
        office.do("启用")
        press(page, "换密钥")
        press(office.dialog, "换密钥")
        secret = office.dialog.last.locator("code").inner_text()
        assert secret != portal.secret
        office.dialog.get_by_role("button", name="关闭").last.click()
        expect(page.get_by_text("旧密钥用到")).to_be_visible()
        portal.secret = secret
        press(page, "发一次测试")
        expect(page.get_by_role("row", name="已收到")).to_have_count(3)
        assert portal.heard[-1].trusted
        assert portal.heard[-1].signatures == 2

        office.do("删除", 理由="不用了")
        expect(page.get_by_text("还没有外部系统")).to_be_visible()


# --- what reached nobody ---------------------------------------------------------------------------------------------


def test_what_reached_nobody_is_sent_again_or_let_go(gateway: RunningGateway, desk_of: DeskOf) -> None:
    phone = Phone(gateway.url, "sms")
    phone.is_now(fails_with=BLOCKED)
    phone.say("身份证丢了怎么补办")
    office = desk_of("root", "/desk/office/deliveries")
    page = office.page
    letters = page.get_by_role("row", name="短信")

    def listed(state: str) -> None:
        press(page, "排队中" if state == "没有送到" else "没有送到")
        press(page, state)

    for _ in range(20):
        listed("没有送到")
        expect(page.get_by_role("status", name="正在读取")).to_have_count(0)
        if letters.count():
            break
        page.wait_for_timeout(500)
    expect(letters.first).to_contain_text(re.compile(r"\s· \d{5}"))
    phone.is_now(fails_with=None)
    count = letters.count()
    press(letters.first, "重发")
    press(office.dialog, "重发")
    expect(office.news.last).to_contain_text("重发：短信")
    expect(letters).to_have_count(count - 1)

    phone.is_now(fails_with=BLOCKED)
    phone.say("公积金怎么提取")
    for _ in range(40):
        listed("没有送到")
        expect(page.get_by_role("status", name="正在读取")).to_have_count(0)
        if letters.count() >= count:
            break
        page.wait_for_timeout(500)
    press(letters.first, "放弃")
    press(office.dialog, "放弃")
    expect(office.dialog).to_be_visible()  # it takes a reason
    office.dialog.get_by_label("理由").fill("号码不要短信")
    press(office.dialog, "放弃")
    expect(office.news.last).to_contain_text("放弃：短信")
    press(page, "已放弃")
    expect(letters).to_have_count(1)

    office.go("/desk/office/audit")
    for action, reason in (("消息 · 重发", ""), ("消息 · 放弃", "号码不要短信")):
        page.get_by_label("做了什么").select_option(label=action)
        lines = page.get_by_role("row", name=action)
        expect(page.get_by_role("row")).to_have_count(2)
        for text in ("root", reason, "原来是 没有送到"):
            expect(lines).to_contain_text(text)


# --- the audit log ---------------------------------------------------------------------------------------------------


def test_the_log_is_read_by_person_and_by_act_in_words(gateway: RunningGateway, root: Caller, desk_of: DeskOf) -> None:
    added(gateway, root, "mo", "莫言行")
    root("PATCH", "/people/mo", roles=["agent", "supervisor"])
    with pytest.raises(OSError, match="401"):
        Caller(gateway.url, "mo", "wrong")
    office = desk_of("root", "/desk/office/audit")
    page = office.page
    rows = page.locator("tbody tr")
    expect(rows.first).to_be_visible()
    page.get_by_label("谁（用户名）").fill("mo")
    page.get_by_label("谁（用户名）").press("Enter")
    expect(rows.filter(has_text="登录 · 被拒绝")).to_contain_text("密码不对")
    expect(rows.filter(has_text="root")).to_have_count(0)
    page.get_by_label("谁（用户名）").fill("root")
    page.get_by_label("做了什么").select_option(label="账号 · 修改")
    page.get_by_label("对什么").fill("mo")
    page.get_by_label("对什么").press("Enter")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("岗位 坐席 → 坐席、督查")
    page.get_by_label("从").fill(str(datetime.now(UTC).date() + timedelta(days=2)))
    page.get_by_label("从").press("Tab")
    expect(page.get_by_text("没有符合的记录")).to_be_visible()

    office.go("/desk/office/audit")
    expect(rows.first).to_be_visible()
    while page.get_by_role("button", name="再看一些").count():
        count = rows.count()
        page.get_by_role("button", name="再看一些").click()
        expect(rows.nth(count)).to_be_visible()
    done = page.locator("tbody td:nth-child(3)").all_inner_texts()
    assert [text for text in done if re.search("[a-z]", text)] == []
