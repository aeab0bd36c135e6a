"""Citizens are answered from the desk: taken, answered, noted; by two at once, over a cut line, in long threads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import DESK, Opened, Visitor
from tests.browser.conversations import Citizen, Conversations
from tests.browser.desk import Caller
from tests.running import RunningGateway

pytestmark = pytest.mark.timeout(180)

SCRIPT = "<img src=x onerror=\"document.title='bad'\"><script>document.title='bad'</script>"
CUT_MS = 20_000
SWITCHED_MS = 300  # a hundred on a machine that nobody else uses

At = Callable[..., Conversations]


@pytest.fixture(scope="module")
def gateway(staffed: RunningGateway) -> RunningGateway:
    return staffed


@pytest.fixture
def looking(gateway: RunningGateway) -> Iterator[str]:
    """A canned reply of the house, `/looking`; its text."""
    zhao, text = Caller(gateway.url, "zhao"), "马上为您查，请您稍等。"
    made = zhao("POST", "/canned", shortcut="looking", title="在查了", text=text)
    yield text
    zhao("DELETE", f"/canned/{made['id']}")


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


def test_canned_replies_are_found_by_slash(gateway: RunningGateway, at: At, waiting: Citizen, looking: str) -> None:
    taken(gateway, waiting)
    lin = at("lin", waiting.conversation_id)
    lin.reply.press_sequentially("您好，/look")
    expect(lin.page.get_by_role("option")).to_have_count(1)
    lin.reply.press("Enter")
    expect(lin.reply).to_have_value(f"您好，{looking}")
    # what ends the composition of a word is no wish to send
    lin.reply.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    lin.reply.press("Shift+Enter")
    assert waiting.heard()[-1:] != [f"您好，{looking}"]
    lin.page.get_by_role("checkbox", name="Enter 发送").uncheck()
    lin.reply.press("Enter")
    expect(lin.reply).not_to_have_value("")
    lin.reply.press("Control+Enter")
    expect(lin.reply).to_have_value("")
    expect(lin.log.locator(".agent .bubble")).to_have_text(f"您好，{looking}")


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


def test_a_note_half_written_waits_for_its_writer_anywhere(gateway: RunningGateway, at: At, waiting: Citizen) -> None:
    taken(gateway, waiting)
    here = at("lin", waiting.conversation_id)
    here.thread.get_by_role("tab", name="内部备注").click()
    with here.page.expect_response(re.compile("/draft$")) as kept:
        here.note.fill("他耳背，写到一半")
    assert kept.value.status == 204
    elsewhere = at("lin", waiting.conversation_id)
    expect(elsewhere.reply).to_have_value("")
    elsewhere.thread.get_by_role("tab", name="内部备注").click()
    expect(elsewhere.note).to_have_value("他耳背，写到一半")

    def away_and_back() -> None:
        navigation = elsewhere.page.get_by_role("navigation")
        navigation.get_by_role("link", name="工单").click()
        expect(elsewhere.thread).to_have_count(0)
        navigation.get_by_role("link", name="会话").click()
        elsewhere.look(waiting.label)
        elsewhere.thread.get_by_role("tab", name="内部备注").click()

    # this tab has it from the gateway alone
    away_and_back()
    expect(elsewhere.note).to_have_value("他耳背，写到一半")
    with elsewhere.page.expect_response(re.compile("/draft$")):
        elsewhere.thread.get_by_role("button", name="记下备注").click()
    away_and_back()
    expect(elsewhere.note).to_have_value("")


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


def test_whoever_loses_it_while_writing_still_sees_what_they_wrote_and_types_into_nothing_else(
    gateway: RunningGateway, at: At, waiting: Citizen
) -> None:
    lin = at("lin", waiting.conversation_id)
    lin.take()
    lin.reply.press_sequentially("请问您")
    Caller(gateway.url, "zhao")("POST", f"/conversations/{waiting.conversation_id}/moves", move="pass_on")
    expect(lin.thread).to_contain_text("接手以后才能回复。您写的还在。")
    expect(lin.reply).to_have_value("请问您")
    expect(lin.reply).to_be_focused()
    # else this would take it again
    lin.page.keyboard.press("t")
    lin.page.wait_for_timeout(500)
    expect(lin.head).to_contain_text("等候人工")
    expect(lin.reply).to_have_value("请问您")
    lin.take()
    lin.reply.press_sequentially("在哪条路")
    lin.reply.press("Enter")
    expect(lin.log.locator(".agent .bubble")).to_have_text("请问您在哪条路")


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

    # back and forth at once, and nothing is drawn that is out of sight
    page.show("我的")
    page.look(other.label)
    switched, numbers = page.page.evaluate(
        """async label => {
          const drawn = new Set()
          const note = one => one.querySelectorAll?.('[data-seq]').forEach(line => drawn.add(Number(line.dataset.seq)))
          const watching = new MutationObserver(changes => {
            for (const {addedNodes, removedNodes} of changes) [...addedNodes, ...removedNodes].forEach(note)
          })
          watching.observe(document.body, {childList: true, subtree: true})
          const link = [...document.querySelectorAll('.list a')].find(one => one.textContent.includes(label))
          const begun = performance.now()
          link.click()
          const isHere = () => document.querySelector('.thread h2')?.textContent.includes(label)
          while (!isHere() || !document.querySelector('[data-seq]')) await new Promise(requestAnimationFrame)
          const took = performance.now() - begun
          await new Promise(done => setTimeout(done, 300))
          return [took, [...drawn]]
        }""",
        waiting.label,
    )
    assert switched < SWITCHED_MS, switched
    assert max(numbers) > 200
    assert not [number for number in numbers if 10 < number < 150], "the other's are fewer than ten"
