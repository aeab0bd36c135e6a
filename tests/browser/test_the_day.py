"""A day of the hotline, everybody at their page: a citizen on WeChat, one on SMS, one on another site; an agent takes
over, answers, makes a ticket; a unit is late, gets its card, signs and replies; the citizen gives their verdict."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, Opened
from tests.browser.conversations import Conversations
from tests.browser.desk import OFFICE, Desk, staff
from tests.browser.phones import Demo
from tests.browser.test_desk_tickets import choose_unit
from tests.browser.test_widget import Portal, chat
from tests.running import RunningGateway, free_port

SITE = free_port()
SCRIPT = "<script>document.title='bad'</script>"
NUMBER = re.compile(r"DG\d{15}")
FIXED = "路灯已经换好，当晚亮了。"
LIMITS = {"HOTLINE_TICKETS__SIGN": "3s", "HOTLINE_TICKETS__TELL_AFTER": "1s"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A hotline whose units must sign within seconds, and that one other site may frame."""
    framed = {"HOTLINE_WEB__ALLOWED_ORIGINS": f'["http://127.0.0.1:{SITE}"]'}
    running = RunningGateway(tmp_path_factory.mktemp("day") / "data", {**OFFICE, **LIMITS, **framed})
    running.start()
    staff(running.url)
    Portal.gateway = running.url
    server = ThreadingHTTPServer(("127.0.0.1", SITE), Portal)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield running
    server.shutdown()
    server.server_close()
    thread.join(10)
    assert running.stop() == 0
    assert '"exception"' not in running.log()


def comes(ticket: Page, tag: re.Pattern[str]) -> None:
    """A ticket's page says so, looked at again and again."""
    tags = ticket.locator("header .tags")
    for _ in range(20):
        expect(tags).to_be_visible()
        if tag.search(tags.inner_text()):
            return
        ticket.wait_for_timeout(1_000)
        ticket.reload()
    raise AssertionError(tags.inner_text())


@pytest.mark.timeout(300)
def test_the_day(gateway: RunningGateway, opened: Opened, browser: Browser) -> None:
    desk = {"viewport": DESK, "trouble_expected": True}
    demo = Demo.open(opened(gateway.url, **desk), gateway.url)
    site = browser.new_page(viewport=PHONE, locale="zh-CN")
    site.set_default_timeout(15_000)
    site.goto(f"http://127.0.0.1:{SITE}/")
    site.get_by_role("button", name="打开一线").click()
    visitor = chat(site)

    # three citizens ask for a person
    demo.wechat.ask("转人工", "取消排队")
    demo.sms.ask("转人工", "取消排队")
    visitor.get_by_role("textbox").fill("人工")
    visitor.get_by_role("textbox").press("Enter")
    expect(visitor.get_by_text("取消排队").last).to_be_visible()

    # an agent takes all of them over and answers each where they wrote
    lin = Conversations.of(opened(gateway.url, **desk), gateway.url, "lin")
    lin.show("等候")
    expect(lin.rows.get_by_role("link")).to_have_count(3)
    for channel in ("网页", "短信", "微信"):
        lin.show("等候")
        lin.rows.get_by_role("link").filter(has_text=channel).click()
        lin.take()
        lin.say(f"您好，这里是一线，{channel}上收到{SCRIPT}")
    for answers in (demo.wechat.answers, demo.sms.answers, visitor.locator(".ours .bubble")):
        expect(answers.filter(has_text=SCRIPT).last).to_be_visible()
    demo.wechat.say(f"育华路12号的路灯坏了三天没人修{SCRIPT}")
    expect(lin.log).to_contain_text(f"路灯坏了三天没人修{SCRIPT}")

    # the ticket is made of what the citizen wrote, and its number told
    lin.about.get_by_role("button", name="登记工单").click()
    expect(lin.desk.dialog.get_by_label("反映的事情")).to_have_value(re.compile("路灯坏了三天没人修"))
    lin.desk.dialog.get_by_role("button", name="登记工单").click()
    lin.desk.dialog.get_by_role("button", name="填入回复").click()
    lin.reply.press("Enter")
    told = demo.wechat.answers.filter(has_text=NUMBER).last
    expect(told).to_be_visible()
    found = NUMBER.search(told.inner_text())
    assert found
    number = found[0]

    # dispatched, not signed in time: the engine gives the card, once
    lin.desk.go(f"/desk/tickets/{number}")
    lin.page.get_by_role("button", name="转派", exact=True).click()
    choose_unit(lin.page, "主办单位", "市住建局")
    lin.desk.dialog.get_by_role("button", name="转派", exact=True).click()
    expect(lin.page.locator("header .tags")).to_contain_text("待签收")
    sun = Desk.of(opened(gateway.url, **desk), gateway.url, "sun", f"/desk/tickets/{number}")
    comes(sun.page, re.compile("黄牌 ?1"))

    # the unit signs and replies, the hotline passes it on
    clerk = Desk.of(opened(gateway.url, **desk), gateway.url, "chen", f"/desk/tickets/{number}")
    clerk.page.get_by_role("button", name="签收", exact=True).click()
    if clerk.dialog.count():
        clerk.dialog.get_by_role("button", name="签收", exact=True).click()
    expect(clerk.page.locator("header .tags")).to_contain_text("办理中")
    clerk.do("答复", 内容=FIXED)
    expect(clerk.page.locator("header .tags")).to_contain_text("待审核")
    lin.page.reload()
    lin.page.get_by_role("button", name="审核通过", exact=True).click()
    lin.desk.dialog.get_by_role("button", name="审核通过", exact=True).click()
    expect(lin.page.locator("header .tags")).to_contain_text("待回访")

    # told where they wrote, the citizen gives their verdict there
    expect(demo.wechat.answers.filter(has_text=FIXED).last).to_be_visible()
    lin.desk.go("/desk/conversations")
    lin.show("我的")
    lin.rows.get_by_role("link").filter(has_text="微信").click()
    lin.head.get_by_role("button", name="结束").click()
    lin.desk.dialog.get_by_role("radio").first.check()
    lin.desk.dialog.get_by_role("button", name="结束").click()
    expect(lin.head).not_to_contain_text("由您接待")
    demo.wechat.ask("1", "谢谢")
    comes(sun.page, re.compile("办结"))
    expect(sun.page.locator("header .tags")).to_contain_text(re.compile("黄牌 ?1"))
    assert "bad" not in (demo.page.title(), site.title(), lin.page.title(), sun.page.title(), clerk.page.title())
    site.close()
