"""In danger: what the bot says first, to whom it hands over, and when it is over."""

from __future__ import annotations

import pytest

from bot.answers import Answers, Entry
from bot.engine import Engine
from tests.bot.conversation import ENTRIES, TOMORROW, Conversation, said


@pytest.fixture
def citizen() -> Conversation:
    return Conversation()


@pytest.mark.parametrize("written", ["算了", "不用了", "取消", "不等了", "取消排队"])
@pytest.mark.parametrize("hours", [0, 3])
def test_who_cannot_go_on_is_not_sent_away_for_giving_up(citizen: Conversation, written: str, hours: int) -> None:
    citizen.write("我不想活了")
    citizen.wait(hours=hours)
    decision = citizen.write(written)
    assert not decision.release
    assert citizen.owner == "queue"
    assert "12356" in said(decision)
    assert "还在" in said(decision)


def test_who_writes_on_in_despair_is_not_read_the_same_again(citizen: Conversation) -> None:
    first = citizen.write("我不想活了")
    again = citizen.write("真的活不下去了")
    assert again.alarm is not None
    assert "12356" in said(again)
    assert "接着说" in said(again)
    assert len(said(again)) < len(said(first)) / 2


def test_who_told_of_another_danger_may_leave_the_queue(citizen: Conversation) -> None:
    citizen.write("我家着火了")
    assert citizen.write("取消排队").release


def test_an_emergency_names_the_number_first_and_claims_nothing(citizen: Conversation) -> None:
    decision = citizen.write("隔壁着火了快来人")
    text = said(decision)
    assert text.startswith("请马上打119")
    assert "哪里" in text
    assert "电话" in text
    assert not any(claim in text for claim in ("已报警", "已经报警", "已通知", "已帮您", "已联系"))
    assert decision.handoff is not None
    assert decision.handoff.urgent
    assert decision.handoff.reason == "emergency"
    assert decision.alarm is not None
    assert (decision.alarm.kind, decision.alarm.number) == ("fire", "119")
    place = citizen.write("东城街道八一路3号，13800000000")
    assert "119" in said(place)
    assert "记下了" in said(place)


def test_danger_comes_before_choices_flows_and_waiting(citizen: Conversation) -> None:
    citizen.write("我要投诉")
    assert citizen.write("楼下有人拿刀砍人").alarm is not None
    citizen.owner = "queue"
    again = citizen.write("有人受伤流了好多血")
    assert again.alarm is not None
    assert again.handoff is not None


def test_at_night_nobody_is_promised() -> None:
    decision = Conversation(staffed=False, opens=TOMORROW).write("我爸晕倒了没有呼吸")
    assert said(decision).startswith("请马上打120")
    assert "没有人值班" in said(decision)


def test_despair_is_met_warmly_with_12356(citizen: Conversation) -> None:
    decision = citizen.write("我不想活了")
    assert decision.alarm is not None
    assert decision.alarm.kind == "mental"
    assert "12356" in said(decision)
    assert "120" in said(decision)


def test_doubt_says_the_number_and_goes_on_answering(citizen: Conversation) -> None:
    decision = citizen.write("如果着火了怎么办")
    assert decision.alarm is None
    assert "119" in said(decision).splitlines()[0]
    assert len(said(decision).splitlines()) > 1
    urgent = citizen.write("紧急")
    assert urgent.alarm is not None
    assert urgent.handoff is not None


def test_choosing_a_question_about_danger_is_answered_with_the_number_first() -> None:
    entry = Entry("fire", "家里着火了怎么办？", ("起火怎么逃生",), "弯腰走楼梯，不坐电梯，打119。")
    citizen = Conversation(Engine(Answers([*ENTRIES, entry]), hot=("fire",)))
    citizen.do("menu_click", "hot")
    decision = citizen.write("家里着火了怎么办？")
    assert decision.alarm is None
    assert decision.entries == ("fire",)
    assert "119" in said(decision).splitlines()[0]
    assert citizen.write("家里着火了").alarm is not None


@pytest.mark.parametrize("owner", ["bot", "queue", "agent"])
def test_the_emergency_menu_key_works_for_every_owner(citizen: Conversation, owner: str) -> None:
    citizen.owner = owner  # type: ignore[assignment]
    decision = citizen.do("menu_click", "emergency")
    assert decision.alarm is not None
    assert all(number in said(decision) for number in ("110", "119", "120", "122", "12356"))


# ---- what is written after it ----


@pytest.mark.parametrize("text", ["找到了 谢谢", "120来了", "已经出来了"])
def test_good_news_is_not_told_to_call_once_more(citizen: Conversation, text: str) -> None:
    citizen.write("我小孩在广场不见了")
    decision = citizen.write(text)
    assert "还没打电话" not in said(decision)
    assert "值班人员会看到" in said(decision)


@pytest.mark.parametrize(
    "texts",
    [
        ("我小孩被人抓走了救命", "他们来了"),
        ("有人拿刀砍人", "那帮人来了"),
        ("有人入室抢劫", "坏人来了"),
        ("我家着火了", "火从厨房窜出来了", "还没救出来，求求你们", "火没有灭了，越来越大", "119来了吗"),
        ("溺水了快来", "人还没救上来"),
        ("有人被车撞了流血", "没人送他去医院"),
        ("我小孩不见了", "找到了吗"),
        ("我小孩不见了", "谢谢，我在东城万达广场一楼", "他穿红色衣服"),
        ("有人拿刀砍人", "那人跑了，谢谢", "他又回来了"),
        ("someone is attacking me with a knife", "I am not safe"),
    ],
)
def test_danger_that_goes_on_is_not_heard_as_good_news(citizen: Conversation, texts: tuple[str, ...]) -> None:
    citizen.write(texts[0])
    for text in texts[1:]:
        words = said(citizen.write(text))
        assert "还没打电话" in words or "nobody has called yet" in words


def test_help_that_came_is_not_the_end_of_it(citizen: Conversation) -> None:
    citizen.write("我家着火了")
    assert "还没打电话" not in said(citizen.write("消防车来了"))
    assert "119" in said(citizen.write("火又大了"))
    assert "119" in said(citizen.write("还有孩子在里面"))
    citizen.write("人都出来了，谢谢")
    assert "119" not in said(citizen.write("怎么投诉物业"))


def test_after_good_news_what_is_written_next_is_no_place_of_danger(citizen: Conversation) -> None:
    citizen.write("电梯困人了，我在里面")
    citizen.write("出来了，谢谢")
    assert "119" not in said(citizen.write("怎么投诉物业"))
