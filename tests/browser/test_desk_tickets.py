"""A day's work at the desk, in Chromium, against a running gateway: agents, units, leaders, supervisors."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, Opened
from tests.browser.desk import MATTER, Caller, Desk
from tests.browser.samples import png
from tests.running import RunningGateway

pytestmark = pytest.mark.timeout(120)

DeskOf = Callable[..., Desk]
HOSTILE = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'


@pytest.fixture(scope="module")
def gateway(staffed: RunningGateway) -> RunningGateway:
    return staffed


@pytest.fixture
def desk_of(gateway: RunningGateway, opened: Opened) -> DeskOf:
    """`desk_of(username, path)`: their desk, signed in, in a browser of their own."""

    def open_(username: str, path: str = "/desk") -> Desk:
        return Desk.of(opened(gateway.url, trouble_expected=True, viewport=DESK), gateway.url, username, path)

    return open_


def choose_unit(page: Page, label: str, name: str) -> None:
    page.get_by_role("dialog").get_by_label(label).fill(name)
    page.get_by_role("option", name=name).first.click()


def test_what_was_written_of_a_call_is_left_only_once_that_is_asked(desk_of: DeskOf) -> None:
    agent = desk_of("lin", "/desk/tickets/new")
    page, way = agent.page, agent.page.get_by_role("navigation").get_by_role("link", name="会话")
    page.get_by_label("反映的事情").fill(MATTER["matter"])
    way.click()
    expect(agent.dialog).to_contain_text("写了的还没有发出")
    agent.dialog.get_by_role("button", name="接着写").click()
    expect(page.get_by_label("反映的事情")).to_have_value(MATTER["matter"])
    way.click()
    agent.dialog.get_by_role("button", name="不要了").click()
    expect(page).to_have_url(f"{agent.url}/desk/conversations")


def test_what_was_written_in_a_form_is_left_only_once_that_is_asked(gateway: RunningGateway, desk_of: DeskOf) -> None:
    lin = Caller(gateway.url, "lin")
    number = lin.file(title="桥下积水")
    agent = desk_of("lin", "/desk/tickets")
    page = agent.page
    page.get_by_role("link", name="桥下积水").click()
    page.get_by_role("button", name="更多").click()
    page.get_by_role("menuitem", name="内部备注").click()
    field = agent.dialog.get_by_label("内容")
    field.fill("已经和市政通过电话")
    page.go_back()
    expect(agent.dialog.last).to_contain_text("写了的还没有发出")
    agent.dialog.get_by_role("button", name="接着写").click()
    expect(field).to_have_value("已经和市政通过电话")
    expect(page).to_have_url(f"{agent.url}/desk/tickets/{number}")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="去哪里，找什么")).to_be_visible()
    page.keyboard.type("会话")
    page.keyboard.press("Enter")
    expect(agent.dialog.last).to_contain_text("写了的还没有发出")
    agent.dialog.get_by_role("button", name="不要了").click()
    expect(page).to_have_url(f"{agent.url}/desk/conversations")
    # what was sent is not asked about
    agent.go(f"/desk/tickets/{number}")
    page.get_by_role("button", name="更多").click()
    page.get_by_role("menuitem", name="内部备注").click()
    field.fill("已经和市政通过电话")
    agent.dialog.get_by_role("button", name="内部备注").click()
    expect(agent.dialog).to_have_count(0)
    page.get_by_role("navigation").get_by_role("link", name="会话").click()
    expect(page).to_have_url(f"{agent.url}/desk/conversations")


def test_from_a_call_to_the_citizens_verdict(desk_of: DeskOf) -> None:
    agent = desk_of("lin", "/desk/tickets/new")
    page = agent.page
    page.get_by_label("反映的事情").fill(MATTER["matter"])
    page.get_by_role("button", name="登记工单", exact=True).click()
    expect(page.get_by_text("选一种类型")).to_be_visible()
    expect(page.get_by_role("radio", name="咨询")).to_be_focused()
    page.get_by_role("radio", name="投诉").check()
    expect(page.get_by_text("选一种类型")).to_have_count(0)
    page.get_by_label("一句话概括").fill("电梯坏了没人修")
    page.get_by_label("姓名").fill("陈先生")
    page.get_by_label("电话").fill("138 0013 8000")
    page.get_by_role("button", name="登记工单", exact=True).click()
    expect(page.get_by_text("请念给来电人记下")).to_be_visible()
    number, code = page.locator(".large").all_inner_texts()
    assert number.startswith("DG")
    assert len(code.strip()) == 6
    page.get_by_role("button", name="打开这张工单").click()
    expect(page.get_by_role("heading", name="电梯坏了没人修")).to_be_visible()
    expect(page.get_by_text("138****8000")).to_be_visible()

    page.get_by_role("button", name="转派", exact=True).click()
    agent.dialog.get_by_role("button", name="转派", exact=True).click()
    expect(agent.dialog.get_by_text("还没有填")).to_be_visible()
    choose_unit(page, "主办单位", "市住建局")
    agent.dialog.get_by_label("说明").fill("楼里有行动不便的老人")
    agent.dialog.get_by_role("button", name="转派", exact=True).click()
    expect(agent.news).to_contain_text("转派")
    expect(page.locator("header .tags")).to_contain_text("待签收")

    clerk = desk_of("chen")
    expect(clerk.page).to_have_url(f"{clerk.url}/desk/unit")
    row = clerk.page.get_by_role("row", name="电梯坏了没人修")
    expect(row).to_contain_text("还剩")
    row.get_by_role("button", name="签收").click()
    expect(clerk.news).to_contain_text("已签收")
    row.get_by_role("link").click()
    expect(clerk.page.get_by_text("楼里有行动不便的老人")).to_be_visible()
    clerk.page.get_by_role("button", name="答复", exact=True).click()
    clerk.dialog.get_by_label("内容").fill("电梯配件已到，11月26日下午修好并试运行。")
    clerk.dialog.locator("input[type=file]").set_input_files(
        {"name": "维修单.png", "mimeType": "image/png", "buffer": png(40, 30)}
    )
    clerk.dialog.get_by_role("button", name="答复", exact=True).click()
    expect(clerk.page.locator("header .tags")).to_contain_text("待审核")
    expect(clerk.page.get_by_role("link", name="维修单.png")).to_be_visible()

    page.reload()
    expect(page.get_by_text("11月26日下午修好").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="维修单.png").click()
    assert download.value.suggested_filename == "维修单.png"
    page.get_by_role("button", name="审核通过", exact=True).click()
    expect(agent.dialog.get_by_label("内容")).to_have_value("电梯配件已到，11月26日下午修好并试运行。")
    agent.dialog.get_by_role("button", name="审核通过", exact=True).click()
    expect(page.locator("header .tags")).to_contain_text(re.compile("待回访.*还剩"))
    expect(page.locator("article aside")).to_contain_text(re.compile("回访截止还剩"))
    page.get_by_role("button", name="回访", exact=True).click()
    for answer in ("联系上了", "解决了", "满意"):
        agent.dialog.get_by_text(answer, exact=True).click()
    agent.dialog.get_by_role("button", name="回访", exact=True).click()
    expect(page.locator("header .tags")).to_contain_text("办结")
    expect(page.locator("article .main section").filter(has_text="市民评价")).to_contain_text("已解决")
    # the log tells whom it went to and what the call brought
    log = page.locator("article .log li")
    expect(log.filter(has_text="回访")).to_contain_text("联系上了 · 已解决 · 满意")
    expect(log.filter(has_text="转派")).to_contain_text("主办 市住建局")


def test_what_others_do_is_seen_without_reading_anew(gateway: RunningGateway, desk_of: DeskOf) -> None:
    lin, chen = Caller(gateway.url, "lin"), Caller(gateway.url, "chen")
    lin.file()
    clerk, leader = desk_of("chen", "/desk/unit"), desk_of("zhao", "/desk/tickets")
    expect(clerk.page.get_by_role("heading", level=1)).to_be_visible()
    expect(leader.page.get_by_role("table")).to_be_visible()
    clerk.page.wait_for_timeout(1_000)  # until the line is live
    number = lin.file(title="路口的井盖松了")
    lin.move(number, "dispatch", lead="housing")
    expect(clerk.page.get_by_role("row", name="路口的井盖松了")).to_be_visible()
    expect(clerk.news.filter(has_text=number)).to_contain_text("等您单位签收")
    # a list is not changed under who reads it
    again = leader.page.get_by_role("button", name="有工单变了，看最新的")
    expect(again).to_be_visible()
    expect(leader.page.get_by_role("row", name="路口的井盖松了")).to_have_count(0)
    again.click()
    expect(leader.page.get_by_role("row", name="路口的井盖松了")).to_be_visible()
    expect(again).to_have_count(0)
    leader.go(f"/desk/tickets/{number}")
    tags = leader.page.locator("header .tags")
    expect(tags).to_contain_text("待签收")
    leader.page.wait_for_timeout(1_000)
    chen.move(number, "sign")
    expect(tags).to_contain_text("办理中")
    expect(clerk.page.get_by_role("row", name="路口的井盖松了").get_by_role("button", name="签收")).to_have_count(0)


def test_a_limit_counts_down_by_the_gateways_clock(gateway: RunningGateway, opened: Opened) -> None:
    lin = Caller(gateway.url, "lin")
    number = lin.file(title="桥洞积水")
    lin.move(number, "dispatch", lead="housing")
    context = opened(gateway.url, trouble_expected=True, viewport=DESK)
    # the computer's is three days behind
    context.add_init_script("const now = Date.now; Date.now = () => now() - 3 * 86_400_000")
    desk = Desk.of(context, gateway.url, "zhao", f"/desk/tickets/{number}")
    # begun at a weekend, it is whole on its first workday
    left = desk.page.locator("header .tags time")
    expect(left).to_have_text(re.compile("^还剩(4个工作日23小时|5个工作日)$"))
    expect(desk.page.locator("article .log time").first).to_have_text(re.compile("刚刚|分钟前"))


def test_supervision_follows_what_others_do(gateway: RunningGateway, desk_of: DeskOf) -> None:
    lin, sun, wang = (Caller(gateway.url, username) for username in ("lin", "sun", "wang"))
    number = lin.file(title="河边的护栏断了")
    lin.move(number, "dispatch", lead="housing")
    desk = desk_of("sun", "/desk/tickets")
    page = desk.page
    again = page.get_by_role("button", name="有工单变了，看最新的")
    row = page.get_by_role("row", name="河边的护栏断了")

    def counted(tab: str) -> int:
        found = re.search(r"\d+$", page.get_by_role("button", name=re.compile(f"^{tab}")).inner_text())
        return int(found[0]) if found else 0

    def comes(path: str, act: Callable[[], object], words: str, tab: str = "") -> None:
        """After somebody else did this, the list says that it has changed, and has it when it is read anew; its tab
        counts it at once."""
        with page.expect_response(re.compile("/held" if tab else "/tickets")):
            desk.go(path)
        expect(page.locator("tbody, .empty").first).to_be_visible()
        page.wait_for_timeout(1_000)  # until the line is live
        expect(again).to_have_count(0)
        before = counted(tab) if tab else 0
        act()
        expect(again).to_be_visible()
        if tab:
            expect(page.get_by_role("button", name=re.compile(f"^{tab}"))).to_have_text(re.compile(rf"{before + 1}$"))
        expect(row.filter(has_text=words)).to_have_count(0)
        again.click()
        expect(row.filter(has_text=words)).to_be_visible()
        expect(again).to_have_count(0)

    def card() -> object:
        # red: three yellow ones of a unit are another one, which other tests do not expect
        return sun.move(number, "give_card", colour="red", reason="第三次反映")

    def appeal() -> object:
        (given,) = wang("GET", f"/tickets/{number}")["cards"]
        return wang.move(number, "appeal", card=given["id"], reason="已经派人去修")

    comes("/desk/supervision?tab=supervised", lambda: sun.move(number, "supervise", reason="第三次反映"), "", "督办中")
    comes("/desk/supervision?tab=cards", card, "红牌", "黄牌红牌")
    comes("/desk/supervision?tab=appeals", appeal, "待裁定", "申诉")
    comes("/desk/tickets", lambda: wang.move(number, "sign"), "办理中")
    # what is no card of theirs leaves the list of cards as it is
    desk.go("/desk/supervision?tab=cards")
    expect(row).to_be_visible()
    page.wait_for_timeout(1_000)
    lin.file()
    page.wait_for_timeout(2_500)
    expect(again).to_have_count(0)
    # nor is anything missed that happened while the line was away
    page.context.set_offline(True)
    page.wait_for_timeout(500)
    sun.move(number, "give_card", colour="red", reason="没有回音")
    page.context.set_offline(False)
    expect(again).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="有工单变了")).to_be_visible()


def test_a_return_is_asked_for_and_decided(gateway: RunningGateway, desk_of: DeskOf) -> None:
    agent = Caller(gateway.url, "lin")
    number = agent.file(title="工地半夜施工")
    agent.move(number, "dispatch", lead="housing")
    clerk = desk_of("chen", f"/desk/tickets/{number}")
    clerk.do("申请退单", 理由="夜间施工噪声由生态环境部门负责。")
    expect(clerk.page.get_by_text("申请退单，待审批")).to_be_visible()
    leader = desk_of("zhao", f"/desk/tickets/{number}")
    leader.page.get_by_role("button", name="审批退单").click()
    expect(leader.dialog).to_contain_text("夜间施工噪声由生态环境部门负责。")
    leader.dialog.get_by_text("同意", exact=True).click()
    leader.dialog.get_by_label("理由").fill("确实不属于住建职责。")
    leader.dialog.get_by_role("button", name="审批退单").click()
    expect(leader.page.locator("header .tags")).to_contain_text("待受理")
    expect(leader.page.locator("header .tags")).to_contain_text("已同意退单")
    clerk.page.reload()
    expect(clerk.page.get_by_role("alert")).to_contain_text("没有这张工单")


def test_what_was_written_is_kept_when_somebody_else_was_faster(gateway: RunningGateway, desk_of: DeskOf) -> None:
    agent = Caller(gateway.url, "lin")
    number = agent.file()
    desk = desk_of("zhao", f"/desk/tickets/{number}")
    desk.page.get_by_role("button", name="直接答复").click()
    desk.dialog.get_by_label("内容").fill("物业已经答应今天修好。")
    agent.move(number, "dispatch", lead="housing")
    desk.dialog.get_by_role("button", name="直接答复").click()
    expect(desk.dialog.get_by_role("alert")).to_contain_text("工单现在是“待签收”")
    expect(desk.dialog.get_by_label("内容")).to_have_value("物业已经答应今天修好。")
    expect(desk.page.locator("header .tags")).to_contain_text("待签收")


def test_personal_data_is_shown_for_a_reason_that_is_kept(gateway: RunningGateway, desk_of: DeskOf) -> None:
    number = Caller(gateway.url, "lin").file(phone="13912345678")
    desk = desk_of("lin", f"/desk/tickets/{number}")
    expect(desk.page.get_by_text("139****5678")).to_be_visible()
    expect(desk.page.get_by_text("13912345678")).to_have_count(0)
    desk.do("查看电话", "查看", 理由="回拨核实地址")
    expect(desk.page.get_by_text("13912345678")).to_be_visible()
    desk.page.get_by_role("button", name="遮住").click()
    expect(desk.page.get_by_text("13912345678")).to_have_count(0)
    supervisor = desk_of("sun", "/desk/office/audit")
    row = supervisor.page.get_by_role("row", name="回拨核实地址")
    expect(row).to_contain_text("lin")
    expect(row).to_contain_text("查看个人信息 · 电话")


def test_cards_are_appealed_and_decided(gateway: RunningGateway, desk_of: DeskOf) -> None:
    agent = Caller(gateway.url, "lin")
    number = agent.file(title="楼顶漏水没人管")
    agent.move(number, "dispatch", lead="housing")
    supervisor = desk_of("sun", f"/desk/tickets/{number}")
    supervisor.page.get_by_role("button", name="发牌").click()
    supervisor.dialog.get_by_text("黄牌").click()
    supervisor.dialog.get_by_label("理由").fill("第三次反映同一件事")
    supervisor.dialog.get_by_role("button", name="发牌").click()
    expect(supervisor.page.locator("header .tags")).to_contain_text("黄牌 1")
    head = desk_of("wang", "/desk/unit")
    head.page.get_by_role("button", name="黄牌红牌").click()
    head.page.get_by_role("row", name="楼顶漏水没人管").get_by_role("button", name="申诉").click()
    head.dialog.get_by_label("理由").fill("前两次是别的楼栋")
    head.dialog.get_by_role("button", name="申诉").click()
    expect(head.page.get_by_role("row", name="楼顶漏水没人管")).to_contain_text("已申诉，待裁定")
    supervisor.go("/desk/supervision?tab=appeals")
    row = supervisor.page.get_by_role("row", name="楼顶漏水没人管")
    expect(row).to_contain_text("前两次是别的楼栋")
    row.get_by_role("button", name="裁定申诉").click()
    supervisor.dialog.get_by_text("同意", exact=True).click()
    supervisor.dialog.get_by_label("理由").fill("核对属实")
    supervisor.dialog.get_by_role("button", name="裁定申诉").click()
    expect(row).to_contain_text("申诉成立，已撤销")


def test_a_supervision_waits_for_its_answer_though_the_ticket_was_replied_to(
    gateway: RunningGateway, desk_of: DeskOf
) -> None:
    lin, chen, sun = (Caller(gateway.url, name) for name in ("lin", "chen", "sun"))
    number = lin.file(title="河边栏杆松动")
    lin.move(number, "dispatch", lead="housing")
    chen.move(number, "sign")
    sun.move(number, "supervise", reason="第二次反映，请说明原因")
    chen.move(number, "reply", text="栏杆已经加固。")
    head = desk_of("wang", "/desk/unit")
    row = head.page.get_by_role("row", name="河边栏杆松动")
    expect(row).to_contain_text("回复督办")
    expect(row).to_contain_text("还剩")
    head.page.get_by_role("button", name=re.compile("^督办")).click()
    row.get_by_role("link").click()
    about = head.page.locator("article aside")
    expect(about).to_contain_text(re.compile("书面说明截止还剩"))
    head.do("回复督办", 内容="材料到货晚了，已换供应商。")
    expect(about).to_contain_text("材料到货晚了")
    expect(about).not_to_contain_text("书面说明截止")
    head.go("/desk/unit")
    expect(head.page.get_by_role("heading", level=1)).to_be_visible()
    expect(head.page.get_by_role("button", name="全部")).to_be_visible()
    expect(row).to_have_count(0)
    # what is closed while it is supervised is still the supervisor's to end
    lin.move(number, "approve")
    lin.move(number, "call_back", reached=True, solved=True, verdict="satisfied")
    supervisor = desk_of("sun", "/desk/supervision?tab=supervised")
    expect(supervisor.page.get_by_role("row", name="河边栏杆松动")).to_contain_text("办结")


def test_what_citizens_write_is_text(gateway: RunningGateway, desk_of: DeskOf) -> None:
    agent = Caller(gateway.url, "lin")
    number = agent.file(
        title=HOSTILE[:60], matter=HOSTILE, happened=HOSTILE, place={"label": HOSTILE}, name="<b>陈</b>"
    )
    agent.move(number, "dispatch", lead="housing", note=HOSTILE)
    for username, path in (("lin", f"/desk/tickets/{number}"), ("lin", "/desk/tickets"), ("chen", "/desk/unit")):
        desk = desk_of(username, path)
        expect(desk.page.get_by_text("<img src=x").first).to_be_visible()
        assert desk.page.evaluate("window.hit") is None
        assert desk.page.locator("main img, main script, main b:text('陈')").count() == 0


def test_each_sees_what_is_theirs(gateway: RunningGateway, desk_of: DeskOf) -> None:
    agent = Caller(gateway.url, "lin")
    other = agent.file(title="供水管爆了")
    agent.move(other, "dispatch", lead="water")
    hidden = agent.file(title="餐饮店用过期肉", kind="report", confidential=True)
    clerk = desk_of("chen", f"/desk/tickets/{other}")
    expect(clerk.page.get_by_role("alert")).to_contain_text("没有这张工单")
    places = [text.split()[0] for text in clerk.navigation.get_by_role("link").all_inner_texts()]
    assert places == ["会话", "工单", "我的单位"]
    clerk.go("/desk/office/people")
    expect(clerk.page.get_by_text("没有这个页面")).to_be_visible()
    plain = desk_of("lin", f"/desk/tickets/{hidden}")
    expect(plain.page.get_by_role("alert")).to_contain_text("没有这张工单")
    leader = desk_of("zhao", f"/desk/tickets/{hidden}")
    expect(leader.page.locator("header .tags")).to_contain_text("保密")


def test_a_list_is_narrowed_and_the_address_keeps_it(gateway: RunningGateway, desk_of: DeskOf) -> None:
    agent = Caller(gateway.url, "lin")
    number = agent.file(title="石拱桥栏杆断了", kind="help", matter="万江石拱桥的栏杆断了两根，小孩容易掉下去。")
    desk = desk_of("lin", "/desk/tickets")
    page = desk.page
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("石拱桥")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="石拱桥栏杆断了")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(2)
    page.reload()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("combobox", name="类别").select_option("praise")
    expect(page.get_by_text("没有符合的工单")).to_be_visible()
    page.get_by_role("button", name="去掉筛选").click()
    expect(page.get_by_role("row", name="石拱桥栏杆断了")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="石拱桥栏杆断了")).to_be_visible()


def test_what_waits_longest_is_seen_first(gateway: RunningGateway, desk_of: DeskOf) -> None:
    lin = Caller(gateway.url, "lin")
    earlier, later = lin.file(title="先说的"), lin.file(title="后说的")
    desk = desk_of("lin", "/desk/tickets")
    page, numbers = desk.page, desk.page.locator("tbody td:last-child")

    def shown() -> list[str]:
        return [number for number in numbers.all_inner_texts() if number in (earlier, later)]

    expect(page.locator("tbody")).to_contain_text(later)
    assert shown() == [later, earlier]
    page.get_by_role("button", name=re.compile("^待受理")).click()
    expect(page.get_by_label("怎么排")).to_have_value("oldest")
    expect(page.locator("tbody")).to_contain_text(later)
    assert shown() == [earlier, later]
    page.get_by_label("怎么排").select_option(label="登记最新的在前")
    expect(numbers.first).to_have_text(later)
    page.reload()
    expect(numbers.first).to_have_text(later)
    assert shown() == [later, earlier]


def test_rows_are_walked_with_keys(gateway: RunningGateway, desk_of: DeskOf) -> None:
    agent = Caller(gateway.url, "lin")
    for title in ("树枝压电线", "下水道堵了"):
        agent.file(title=title)
    page = desk_of("lin", "/desk/tickets").page
    expect(page.get_by_role("link", name="下水道堵了")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="下水道堵了")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="树枝压电线")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="下水道堵了")).to_be_visible()
