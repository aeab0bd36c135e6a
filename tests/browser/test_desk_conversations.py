"""Citizens are answered from the desk: taken, answered, noted, passed on, ended; with a cut line, and two at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import DESK, Opened, Visitor
from tests.browser.conversations import Citizen, Conversations, Phone
from tests.browser.desk import OFFICE, Caller, staff
from tests.browser.test_accessibility import violations
from tests.running import RunningGateway

pytestmark = pytest.mark.timeout(180)

SCRIPT = "<img src=x onerror=\"document.title='bad'\"><script>document.title='bad'</script>"
CUT_MS = 20_000
# the browser's own, with the page not in front
NOTIFICATIONS = """
  window.shown = []
  window.Notification = class {
    static permission = 'granted'
    static requestPermission = async () => 'granted'
    constructor(title) { window.shown.push(title) }
  }
  document.hasFocus = () => false
"""
SWITCHED_MS = 300  # a hundred on a machine that nobody else uses

At = Callable[..., Conversations]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    running = RunningGateway(tmp_path_factory.mktemp("conversations") / "data", OFFICE)
    running.start()
    staff(running.url)
    Caller(running.url, "zhao")("POST", "/canned", shortcut="wait", title="请稍等", text="请您稍等，正在为您查询。")
    yield running
    assert running.stop() == 0
    assert '"exception"' not in running.log()


@pytest.fixture
def at(gateway: RunningGateway, opened: Opened) -> At:
    """`at(username, conversation_id, **options)`: somebody's page of conversations; options as of `opened`."""

    def sit(username: str, id: str = "", **options: object) -> Conversations:
        context = opened(gateway.url, **{"viewport": DESK, "trouble_expected": True, **options})
        return Conversations.of(context, gateway.url, username, id)

    return sit


@pytest.fixture
def waiting(gateway: RunningGateway) -> Citizen:
    """Somebody who asked for a person."""
    citizen = Citizen(gateway.url)
    citizen.say("人工")
    return citizen


def taken(gateway: RunningGateway, citizen: Citizen, username: str = "lin") -> Caller:
    agent = Caller(gateway.url, username)
    agent("POST", f"/conversations/{citizen.conversation_id}/moves", move="take")
    return agent


# --- answering -------------------------------------------------------------------------------------------------------


def test_a_citizen_is_taken_and_answered_by_keyboard_alone(gateway: RunningGateway, at: At, visitor: Visitor) -> None:
    chat = visitor()
    chat.ask("人工")
    chat.say(SCRIPT)
    lin = at("lin")
    lin.show("等候")
    row = lin.rows.get_by_role("link").filter(has_text="网页").last
    expect(row).to_be_visible()
    keyboard = lin.page.keyboard
    while not row.evaluate("row => row === document.activeElement"):
        keyboard.press("j")
    keyboard.press("Enter")
    expect(lin.log).to_contain_text(SCRIPT)
    expect(lin.head).to_contain_text("等候人工")

    keyboard.press("t")
    expect(lin.head).to_contain_text("由您接待")
    expect(lin.reply).to_be_focused()
    keyboard.type(f"您好，{SCRIPT}")
    keyboard.press("Enter")
    expect(chat.answers.last).to_have_text(f"您好，{SCRIPT}")
    expect(lin.reply).to_have_value("")
    expect(lin.log.get_by_text(f"您好，{SCRIPT}", exact=True)).to_have_count(1)

    chat.say("我家楼下的路灯坏了")
    expect(lin.log).to_contain_text("我家楼下的路灯坏了")
    # what each has read is told to the other
    expect(chat.page.locator(".said .read")).to_be_visible()
    expect(lin.log.get_by_text("市民已读")).to_be_visible()
    assert [chat.page.title(), lin.page.title()].count("bad") == 0


def test_each_sees_the_other_write(gateway: RunningGateway, at: At, visitor: Visitor) -> None:
    chat = visitor()
    chat.ask("人工")
    lin = at("lin")
    lin.show("等候")
    lin.rows.get_by_role("link").last.click()
    lin.take()
    lin.reply.press_sequentially("正在查", delay=50)
    expect(chat.page.get_by_text("对方正在")).to_be_visible()
    chat.field.press_sequentially("还有", delay=50)
    expect(lin.log).to_contain_text("市民正在输入")


def test_a_note_is_for_colleagues_alone(at: At, visitor: Visitor) -> None:
    chat = visitor()
    chat.ask("人工")
    lin, zhao = at("lin"), at("zhao")
    lin.show("等候")
    lin.rows.get_by_role("link").last.click()
    citizen = lin.head.get_by_role("heading").inner_text()
    lin.take()
    lin.page.get_by_role("tab", name="内部备注").click()
    lin.note.press_sequentially("@赵")
    expect(lin.page.get_by_role("option", name="赵敏")).to_be_visible()
    lin.note.press("Enter")
    lin.note.press_sequentially(SCRIPT)
    lin.page.get_by_role("button", name="记下备注").click()
    expect(lin.log.locator(".note")).to_contain_text(SCRIPT)
    # who is mentioned hears of it wherever they are
    expect(zhao.desk.news).to_contain_text("林小雨在备注里提到您")
    zhao.show("全部")
    zhao.look(citizen)
    expect(zhao.log.locator(".note")).to_contain_text(f"@赵敏 {SCRIPT}")
    zhao.whisper("请他带上身份证")
    expect(lin.log.locator(".note")).to_have_count(2)

    lin.page.get_by_role("tab", name="回复").click()
    lin.say("请带上身份证")
    expect(chat.answers.last).to_have_text("请带上身份证")
    assert SCRIPT not in str(chat.stored())
    assert "请他" not in str(chat.stored())


def test_canned_replies_are_found_by_slash(gateway: RunningGateway, at: At, waiting: Citizen) -> None:
    taken(gateway, waiting)
    lin = at("lin", waiting.conversation_id)
    lin.reply.press_sequentially("您好，/wai")
    expect(lin.page.get_by_role("option")).to_have_count(1)
    lin.reply.press("Enter")
    expect(lin.reply).to_have_value("您好，请您稍等，正在为您查询。")
    # what ends the composition of a word is no wish to send
    lin.reply.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    lin.reply.press("Shift+Enter")
    assert waiting.heard()[-1:] != ["您好，请您稍等，正在为您查询。"]
    lin.page.get_by_role("checkbox", name="Enter 发送").uncheck()
    lin.reply.press("Enter")
    expect(lin.reply).not_to_have_value("")
    lin.reply.press("Control+Enter")
    expect(lin.reply).to_have_value("")
    expect(lin.log.locator(".agent .bubble")).to_have_text("您好，请您稍等，正在为您查询。")


def test_a_suggested_answer_is_put_in_by_one_key(gateway: RunningGateway, at: At, waiting: Citizen) -> None:
    waiting.say("社保卡丢了怎么补办？")
    taken(gateway, waiting)
    lin = at("lin", waiting.conversation_id)
    first = lin.about.locator(".suggested article").first
    expect(first).to_contain_text("社保卡")
    lin.reply.focus()
    lin.page.keyboard.press("Alt+1")
    expect(lin.reply).to_have_value(re.compile("补卡"))
    lin.about.get_by_role("searchbox").fill("居住证")
    expect(lin.about.get_by_role("search").locator("article").first).to_contain_text("居住证")


def test_a_draft_waits_for_its_writer_anywhere(gateway: RunningGateway, at: At, waiting: Citizen) -> None:
    taken(gateway, waiting)
    here = at("lin", waiting.conversation_id)
    here.reply.fill("写到一半")
    with here.page.expect_response(re.compile("/draft$")) as kept:
        pass
    assert kept.value.status == 204
    here.page.reload()
    expect(here.reply).to_have_value("写到一半")
    elsewhere = at("lin", waiting.conversation_id)
    expect(elsewhere.reply).to_have_value("写到一半")
    elsewhere.say("写完了")
    expect(elsewhere.log.locator(".agent .bubble")).to_have_text("写完了")
    with elsewhere.page.expect_response(re.compile("/draft$")) as emptied:
        pass
    assert emptied.value.status == 204


# --- two at once, and a cut line -------------------------------------------------------------------------------------


def test_of_two_who_take_it_one_has_it_and_the_other_is_told(gateway: RunningGateway, at: At, waiting: Citizen) -> None:
    lin, zhao = at("lin", waiting.conversation_id), at("zhao", waiting.conversation_id)
    expect(zhao.head.get_by_role("button", name="接手")).to_be_visible()

    def first(route: Route) -> None:
        # she is a moment faster
        taken(gateway, waiting)
        route.continue_()

    zhao.page.route("**/moves", first)
    zhao.head.get_by_role("button", name="接手").click()
    expect(zhao.thread.get_by_role("alert")).to_contain_text("林小雨已经接手了")
    expect(zhao.head).to_contain_text("由林小雨接待")
    expect(lin.head).to_contain_text("由您接待")
    zhao.page.get_by_role("tab", name="回复").click()
    expect(zhao.thread).to_contain_text("正由林小雨接待，您可以写内部备注。")
    expect(zhao.reply).to_have_count(0)
    lin.say("您好")
    expect(zhao.log.locator(".agent .bubble")).to_have_text("您好")


def test_a_cut_of_twenty_seconds_misses_nothing_and_repeats_nothing(
    gateway: RunningGateway, at: At, waiting: Citizen
) -> None:
    zhao = Caller(gateway.url, "zhao")
    taken(gateway, waiting)
    lin = at("lin", waiting.conversation_id)
    lin.say("我在")
    expect(lin.log.locator(".agent .bubble")).to_have_text("我在")
    lin.page.context.set_offline(True)
    lin.say("断线时写的")
    expect(lin.log).to_contain_text("没发出去，会自动再试")
    waiting.say("一", "二")
    note = {"client_id": "cut-line-note", "text": "断线时记的", "mentions": []}
    zhao("POST", f"/conversations/{waiting.conversation_id}/notes", **note)
    waiting.say("三")
    expect(lin.page.get_by_text("连不上服务器")).to_be_visible()
    lin.page.wait_for_timeout(CUT_MS)
    lin.page.context.set_offline(False)

    expect(lin.log.get_by_text("断线时写的", exact=True)).to_have_count(1)
    expect(lin.log).not_to_contain_text("没发出去")
    expect(lin.log).to_contain_text("断线时记的")
    for said in ("一", "二", "三"):
        expect(lin.log.get_by_text(said, exact=True)).to_have_count(1)
    numbers = lin.numbers()
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert waiting.heard().count("断线时写的") == 1
    waiting.say("四")
    expect(lin.log.get_by_text("四", exact=True)).to_be_visible()
    expect(lin.page.get_by_text("连不上服务器")).to_have_count(0)


def test_what_was_refused_says_why_and_goes_back_into_the_field(
    gateway: RunningGateway, at: At, waiting: Citizen
) -> None:
    taken(gateway, waiting)
    lin = at("lin", waiting.conversation_id)

    def passed_on(route: Route) -> None:
        Caller(gateway.url, "zhao")("POST", f"/conversations/{waiting.conversation_id}/moves", move="assign", to="zhao")
        route.continue_()

    lin.page.route(
        "**/messages", lambda route: passed_on(route) if route.request.method == "POST" else route.continue_()
    )
    lin.say("晚了一步")
    expect(lin.log.locator(".refused")).to_contain_text("没有发出：现在由赵敏接待")
    assert "晚了一步" not in waiting.heard()
    lin.log.get_by_role("button", name="删除").click()
    expect(lin.log.locator(".refused")).to_have_count(0)


# --- reading in peace ------------------------------------------------------------------------------------------------


def test_a_long_thread_is_drawn_in_part_and_what_is_read_stays(
    gateway: RunningGateway, at: At, waiting: Citizen
) -> None:
    lin = taken(gateway, waiting)
    path = f"/conversations/{waiting.conversation_id}/messages"
    for number in range(200):
        text = f"第{number}句" + "，说得长一些" * (number % 9)
        lin("POST", path, client_id=f"long-thread-{number}", text=text)
    other = Citizen(gateway.url)
    other.say("人工")
    taken(gateway, other)
    page = at("lin", waiting.conversation_id)
    expect(page.log.get_by_text("第199句")).to_be_visible()

    def top_line() -> tuple[str, float]:
        """What stands at the upper edge, and where."""
        found: tuple[str, float] = page.log.evaluate(
            """log => {
              const edge = log.getBoundingClientRect().top
              const rows = [...log.querySelectorAll('[data-seq]')]
              const row = rows.find(row => row.getBoundingClientRect().top >= edge)
              return [row.dataset.seq, row.getBoundingClientRect().top]
            }"""
        )
        return found

    page.log.evaluate("log => { log.scrollTop = 900 }")
    page.page.wait_for_timeout(800)  # earlier ones come in above
    before = top_line()
    waiting.say("新的一句")
    pill = page.page.get_by_role("button", name="有新消息")
    expect(pill).to_be_visible()
    after = top_line()
    assert after[0] == before[0]
    assert abs(after[1] - before[1]) <= 1
    pill.click()
    expect(page.log.get_by_text("新的一句")).to_be_visible()

    # up to the very beginning, and never more lines than a screen or two
    for _ in range(60):
        page.log.evaluate("log => { log.scrollTop = 0 }")
        page.page.wait_for_timeout(120)
        assert page.log.locator(".line").count() < 80
        if page.numbers()[:1] == [1]:
            break
    assert page.numbers()[0] == 1

    # back and forth at once
    page.show("我的")
    page.look(other.label)
    switched = page.page.evaluate(
        """async label => {
          const link = [...document.querySelectorAll('.list a')].find(one => one.textContent.includes(label))
          const begun = performance.now()
          link.click()
          const isHere = () => document.querySelector('.thread h2')?.textContent.includes(label)
          while (!isHere() || !document.querySelector('[data-seq]')) await new Promise(requestAnimationFrame)
          return performance.now() - begun
        }""",
        waiting.label,
    )
    assert switched < SWITCHED_MS, switched


# --- channels --------------------------------------------------------------------------------------------------------


def test_a_short_message_says_what_it_costs_and_why_it_failed(gateway: RunningGateway, at: At) -> None:
    phone = Phone(gateway.url, "sms")
    phone.say("人工")
    lin = at("lin")
    lin.show("等候")
    lin.row("短信").last.click()
    lin.take()
    lin.reply.fill("好" * 71)
    expect(lin.thread).to_contain_text("71 字 · 2 条短信")
    phone.reachable(False)
    lin.say("您好，请问路灯在哪条路上？")
    expect(lin.log.locator(".trouble")).to_contain_text("没有送到", timeout=60_000)


def test_wechat_says_how_much_it_still_takes(gateway: RunningGateway, at: At) -> None:
    phone = Phone(gateway.url, "wechat")
    phone.say("人工")
    phone.act(type="voice", recognition="井盖坏了")
    phone.act(type="location", latitude=23.02, longitude=113.75, label="育兴路12号")
    lin = at("lin")
    lin.show("等候")
    lin.row("微信").last.click()
    expect(lin.log).to_contain_text("识别：井盖坏了")
    expect(lin.log).to_contain_text("育兴路12号")
    lin.take()
    allowed = lin.thread.get_by_text(re.compile(r"微信还能发 \d 条"))
    before = int(re.findall(r"发 (\d) 条", allowed.inner_text())[0])
    lin.say("收到，马上派人去看")
    expect(allowed).to_contain_text(f"微信还能发 {before - 1} 条")


# --- whose it is -----------------------------------------------------------------------------------------------------


def test_a_ticket_is_filed_from_what_was_said(gateway: RunningGateway, at: At, waiting: Citizen) -> None:
    waiting.say("东城街道育兴路12号的路灯坏了三天，晚上看不见路")
    taken(gateway, waiting)
    lin = at("lin", waiting.conversation_id)
    lin.about.get_by_role("button", name="登记工单").click()
    expect(lin.desk.dialog.get_by_label("反映的事情")).to_have_value(re.compile("路灯坏了三天"))
    lin.desk.dialog.get_by_label("姓名").fill("陈先生")
    lin.desk.dialog.get_by_role("button", name="登记工单").click()
    telling = lin.desk.dialog.locator(".tell")
    expect(telling).to_have_text(re.compile(r"单号 DG\d{15}，查询码 \d{6}"))
    lin.desk.dialog.get_by_role("button", name="填入回复").click()
    expect(lin.reply).to_have_value(re.compile(r"DG\d{15}"))
    expect(lin.about.locator(".ticket")).to_have_count(1)


def test_it_is_put_aside_passed_on_given_back_and_ended(gateway: RunningGateway, at: At, waiting: Citizen) -> None:
    taken(gateway, waiting)
    lin = at("lin", waiting.conversation_id)

    def more(move: str) -> None:
        lin.head.get_by_role("button", name="更多").click()
        lin.page.get_by_role("menuitem", name=move).click()

    more("15 分钟")
    expect(lin.head).to_contain_text("搁置到")
    waiting.say("我想起来了")
    expect(lin.head).not_to_contain_text("搁置到")

    more("转回排队")
    lin.desk.dialog.get_by_label("给接手的人留句话").fill("要懂社保的人")
    lin.desk.dialog.get_by_role("button", name="转回排队").click()
    expect(lin.head).to_contain_text("等候人工")
    expect(lin.about).to_contain_text("要懂社保的人")

    lin.take()
    lin.head.get_by_role("button", name="结束").click()
    lin.desk.dialog.get_by_text("咨询已答复").click()
    lin.desk.dialog.get_by_role("button", name="结束").click()
    expect(lin.head).to_contain_text("机器人正在接待")
    expect(lin.about).to_contain_text("林小雨结束 · 咨询已答复")
    heard = len(waiting.heard())
    waiting.say("社保卡丢了怎么补办？")
    assert len(waiting.heard()) > heard
    # and from the bot once more
    expect(lin.log.locator(".bot").last).to_contain_text("补卡")
    lin.take()
    more("交回机器人")
    expect(lin.head).to_contain_text("机器人正在接待")


def test_a_leader_sees_what_goes_on_gives_it_to_somebody_and_whispers(
    gateway: RunningGateway, at: At, waiting: Citizen
) -> None:
    lin, zhao = at("lin"), at("zhao")
    zhao.desk.navigation.get_by_role("link", name="现场").click()
    row = zhao.page.get_by_role("listitem").filter(has_text=waiting.label)
    expect(row).to_contain_text("市民要求人工")
    row.get_by_role("button", name="分给…").click()
    zhao.desk.dialog.get_by_role("radio", name="林小雨").check()
    zhao.desk.dialog.get_by_role("button", name="转给").click()
    expect(lin.desk.news).to_contain_text(f"新会话：{waiting.label}")
    lin.show("我的")
    lin.look(waiting.label)

    zhao.page.get_by_role("button", name="林小雨").click()
    zhao.page.get_by_role("listitem", name="").filter(has_text=waiting.label).last.get_by_role(
        "link", name="写备注"
    ).click()
    expect(zhao.note).to_be_focused()
    zhao.note.fill("先问清楚是哪一栋")
    zhao.note.press("Enter")
    expect(lin.log.locator(".note")).to_contain_text("先问清楚是哪一栋")
    assert "先问清楚是哪一栋" not in waiting.heard()


def test_danger_is_told_on_every_desk(gateway: RunningGateway, at: At) -> None:
    lin = at("lin")
    citizen = Citizen(gateway.url)
    citizen.say("家里燃气泄漏，味道很大")
    alarm = lin.page.get_by_role("alert").filter(has_text=citizen.label)
    expect(alarm).to_contain_text("可能有危险：火情")
    alarm.get_by_role("link", name="去看").click()
    expect(lin.head).to_contain_text("紧急")
    expect(alarm).to_have_count(0)


def test_who_is_available_is_given_what_comes(gateway: RunningGateway, at: At) -> None:
    Caller(gateway.url, "zhao")("PUT", "/agents/lin", capacity=50)
    lin = at("lin")
    lin.page.get_by_role("switch", name="接待状态").click()
    expect(lin.desk.news).to_contain_text("已改为可接待")
    citizen = Citizen(gateway.url)
    citizen.say("人工")
    expect(lin.row(citizen.label)).to_be_visible()
    lin.page.get_by_role("switch", name="接待状态").click()
    expect(lin.page.get_by_role("switch", name="接待状态")).not_to_be_checked()


def test_who_asked_for_it_is_alerted_while_they_look_elsewhere(
    gateway: RunningGateway, opened: Opened, waiting: Citizen
) -> None:
    context = opened(gateway.url, viewport=DESK, trouble_expected=True, permissions=["notifications"])
    context.add_init_script(NOTIFICATIONS)
    lin = Conversations.of(context, gateway.url, "lin")
    lin.page.get_by_role("button", name="打开提醒").click()
    expect(lin.page.get_by_role("button", name="提醒已打开")).to_have_attribute("aria-pressed", "true")
    assign = {"move": "assign", "to": "lin"}
    Caller(gateway.url, "zhao")("POST", f"/conversations/{waiting.conversation_id}/moves", **assign)
    expect(lin.desk.news.filter(has_text=waiting.label)).to_be_visible()
    assert lin.page.evaluate("shown") == [f"新会话：{waiting.label}"]
    # what one takes oneself is no news
    other = Citizen(gateway.url)
    other.say("人工")
    lin.show("等候")
    lin.look(other.label)
    lin.take()
    assert len(lin.page.evaluate("shown")) == 1


def test_on_a_phone_one_pane_at_a_time(gateway: RunningGateway, at: At, waiting: Citizen) -> None:
    taken(gateway, waiting)
    lin = at("lin", viewport={"width": 390, "height": 844}, has_touch=True)
    lin.show("我的")
    lin.look(waiting.label)
    expect(lin.rows).not_to_be_visible()
    expect(lin.about).not_to_be_visible()
    lin.page.get_by_role("button", name="市民资料").click()
    expect(lin.about).to_be_visible()
    lin.about.get_by_role("button", name="关上市民资料").click()
    lin.page.get_by_role("link", name="回到列表").click()
    expect(lin.rows).to_be_visible()
    assert lin.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_panes_stay_as_wide_as_they_were_left(at: At, waiting: Citizen) -> None:
    lin = at("lin", waiting.conversation_id)
    edge = lin.page.get_by_role("separator", name="调整列表宽度")
    before = int(edge.get_attribute("aria-valuenow") or 0)
    box = edge.bounding_box()
    assert box is not None
    lin.page.mouse.move(box["x"], 400)
    lin.page.mouse.down()
    lin.page.mouse.move(box["x"] + 60, 400)
    lin.page.mouse.up()
    edge.press("ArrowRight")
    lin.page.reload()
    expect(edge).to_have_attribute("aria-valuenow", str(before + 76))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_people_from_using_it(gateway: RunningGateway, at: At, waiting: Citizen, theme: str) -> None:
    taken(gateway, waiting)
    lin = at("lin", color_scheme=theme)
    lin.show("我的")
    found: dict[str, list[str]] = {"list": violations(lin.page)}
    lin.look(waiting.label)
    lin.whisper("记一下")
    lin.page.get_by_role("tab", name="回复").click()
    lin.reply.fill("/")
    expect(lin.page.get_by_role("option")).to_be_visible()
    found["thread"] = violations(lin.page)
    lin.reply.fill("")
    lin.head.get_by_role("button", name="结束").click()
    expect(lin.desk.dialog).to_be_visible()
    found["close"] = violations(lin.page)
    lin.page.keyboard.press("Escape")
    zhao = at("zhao", color_scheme=theme)
    zhao.desk.go("/desk/board")
    expect(zhao.page.get_by_role("heading", name="坐席")).to_be_visible()
    found["board"] = violations(zhao.page)
    assert found == {place: [] for place in found}
