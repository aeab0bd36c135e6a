"""Proving a phone number, as a citizen goes through it; and the words on STOP, START and HELP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import intents, proof, reading
from bot.contract import masked
from tests.bot.conversation import NOON, Conversation, labels, said

PHONE = "+8613800138000"


@pytest.fixture
def citizen() -> Conversation:
    return Conversation()


@pytest.fixture
def asked(citizen: Conversation) -> Conversation:
    """A code was sent and is awaited."""
    citizen.write("绑定手机13800138000")
    return citizen


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "１３８００１３８０００",
        "+86 138 0013 8000",
        "＋86-138-0013-8000",
        "+86(138)00138000",
        "(+86)13800138000",
        "008613800138000",
        "8613800138000",
        "我的手机号是13800138000",
        "手机：13800138000。",
        "電話13800138000",
        "my phone number is 13800138000",
    ],
)
def test_a_mobile_number_as_people_write_it(text: str) -> None:
    assert proof.number(reading.plain(text)) == PHONE


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+852 9123 4567", "+85291234567"),
        ("00 853 6612 3456", "+85366123456"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("+33 6 12 34 56 78", "+33612345678"),
    ],
)
def test_a_number_from_abroad(text: str, number: str) -> None:
    assert proof.number(reading.plain(text)) == number


@pytest.mark.parametrize(
    "text",
    [
        "0769-22112345",
        "12345678",
        "1380013800",
        "138001380001",
        "12800138000",
        "+8676922112345",
        "+86 1380013800",
        "12345",
    ],
)
def test_a_number_that_is_no_mobile(text: str) -> None:
    assert proof.number(reading.plain(text)) == ""


@pytest.mark.parametrize("text", ["居住证怎么办", "1", "第2个", "", "13800138000是谁的电话", "我有2个手机", "110"])
def test_no_number_at_all(text: str) -> None:
    assert proof.number(reading.plain(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "绑定手机",
        "綁定手機",
        "我想绑定手机号",
        "请帮我绑定手机号码吧",
        "关联手机",
        "手机收通知",
        "bind my phone",
        "I want to link my phone number",
    ],
)
def test_the_wish_is_a_command(text: str) -> None:
    assert intents.command(reading.plain(text)) == intents.Command("phone")


@pytest.mark.parametrize(
    "text",
    ["绑定手机13800138000", "我要绑定手机号：138 0013 8000", "绑定手机 +86-13800138000", "link my phone 138 0013 8000"],
)
def test_the_wish_with_the_number(text: str, citizen: Conversation) -> None:
    decision = citizen.write(text)
    assert decision.prove is not None
    assert decision.prove.phone == PHONE


@pytest.mark.parametrize(
    "text", ["社保卡绑定手机号", "公积金怎么绑定手机", "手机丢了怎么办", "绑定银行卡6217001234567890"]
)
def test_other_matters_with_phones_are_questions(text: str) -> None:
    assert intents.command(reading.plain(text)) is None


def test_the_whole_way(citizen: Conversation) -> None:
    first = citizen.write("绑定手机")
    assert first.intent == "phone"
    assert first.prove is None
    sent = citizen.write("138 0013 8000")
    assert sent.prove is not None
    assert (sent.prove.phone, sent.prove.code, sent.prove.sent_at) == (PHONE, "042917", NOON)
    assert "138****8000" in said(sent)
    assert "10分钟" in said(sent)
    assert "042917" not in said(sent)
    assert "042917" not in repr(sent.prove)
    citizen.wait(minutes=2)
    done = citizen.write("042917")
    assert done.join is not None
    assert (done.join.phone, done.join.sent_at) == (PHONE, NOON)
    assert "138****8000" in said(done)
    assert (citizen.memory.flow, citizen.memory.flow_state) == ("", {})
    assert citizen.write("042917").join is None


@pytest.mark.parametrize(
    "text", ["042917", " 042 917 ", "０４２９１７", "验证码是042917", "0 4 2 9 1 7", "042-917。", "The code is 042917"]
)
def test_the_code_as_people_write_it(text: str, asked: Conversation) -> None:
    assert asked.write(text).join is not None


def test_what_is_no_mobile_number_is_said_so(citizen: Conversation) -> None:
    citizen.write("绑定手机")
    decision = citizen.write("0769-22112345")
    assert decision.intent == "phone_not_mobile"
    assert "不是手机号" in said(decision)
    assert citizen.write("13800138000").prove is not None


def test_five_tries_and_the_code_is_void(asked: Conversation) -> None:
    for left in (4, 3, 2, 1):
        decision = asked.write("111111")
        assert decision.intent == "phone_wrong"
        assert f"{left}次" in said(decision)
    assert asked.write("111111").intent == "phone_tries_over"
    late = asked.write("042917")
    assert late.join is None
    asked.wait(minutes=1)
    asked.dice = "777777"
    assert asked.write("重发").prove is not None
    assert asked.write("042917").intent == "phone_wrong"
    assert asked.write("777777").join is not None


def test_after_ten_minutes_a_new_one_is_offered(asked: Conversation) -> None:
    asked.wait(minutes=10, seconds=1)
    late = asked.write("042917")
    assert late.join is None
    assert late.intent == "phone_expired"
    assert "重发" in said(late)
    assert asked.write("042917").join is None
    assert asked.write("重发").prove is not None


def test_at_the_tenth_minute_it_still_counts(asked: Conversation) -> None:
    asked.wait(minutes=10)
    assert asked.write("042917").join is not None


def test_another_code_not_within_a_minute_and_three_in_all(asked: Conversation) -> None:
    asked.wait(seconds=20.5)
    early = asked.write("没收到")
    assert early.prove is None
    assert "40秒" in said(early)
    for dice in ("222222", "333333"):
        asked.wait(seconds=61)
        asked.dice = dice
        assert asked.write("重发").prove is not None
    asked.wait(seconds=61)
    assert asked.write("重发").intent == "phone_no_more"
    # asking anew is no way round, nor is another number
    assert asked.write("绑定手机13900139000").intent == "phone_no_more"
    assert asked.write("333333").join is not None


def test_out_of_tries_and_out_of_codes_the_flow_ends(asked: Conversation) -> None:
    for _ in range(2):
        asked.wait(seconds=61)
        asked.write("重发")
    for _ in range(5):
        last = asked.write("111111")
    assert last.intent == "phone_tries_over"
    assert asked.memory.flow == ""
    assert "绑定手机" in said(last)


def test_another_number(asked: Conversation) -> None:
    assert asked.write("换号码").intent == "phone"
    asked.dice = "222222"
    sent = asked.write("13900139000")
    assert sent.prove is not None
    assert sent.prove.phone == "+8613900139000"
    assert asked.write("042917").join is None
    done = asked.write("222222")
    assert done.join is not None
    assert done.join.phone == "+8613900139000"


def test_a_number_instead_of_the_code_is_another_number(asked: Conversation) -> None:
    decision = asked.write("13900139000")
    assert decision.prove is not None
    assert decision.prove.phone == "+8613900139000"


def test_back_to_the_number_before_its_code_still_counts(asked: Conversation) -> None:
    asked.write("换号码")
    asked.dice = "222222"
    assert asked.write("13800138000").intent == "phone_wait"
    assert asked.write("042917").join is not None


@pytest.mark.parametrize("word", ["取消", "不用了", "返回", "cancel"])
def test_leaving(word: str, asked: Conversation) -> None:
    assert asked.write(word).intent == "phone_cancel"
    assert asked.memory.flow == ""
    assert asked.write("042917").join is None


def test_another_question_is_answered_and_the_code_still_counts(asked: Conversation) -> None:
    answer = asked.write("居住证怎么办")
    assert answer.entries == ("residence",)
    assert asked.write("042917").join is not None


def test_choices_met_on_the_way_can_be_chosen_from(asked: Conversation) -> None:
    assert labels(asked.write("菜单"))
    assert asked.write("1").intent == "hot"
    assert asked.write("1").entries == ("residence",)
    asked.write("菜单")
    assert asked.write("不是").intent == "none_of_these"
    assert asked.write("042917").join is not None


def test_a_click_and_a_picture_leave_it_waiting(asked: Conversation) -> None:
    assert asked.do("menu_click", "hot").intent == "hot"
    assert asked.do("image").intent == "image"
    assert asked.write("🙂").intent == "no_words"
    assert asked.write("042917").join is not None


def test_a_number_of_a_service_is_a_question(asked: Conversation) -> None:
    assert asked.write("12345").intent not in ("phone_wrong", "phone_code_odd")
    assert asked.write("12345678").intent == "phone_code_odd"
    assert "试4次" in said(asked.write("111111"))


def test_danger_comes_first(asked: Conversation) -> None:
    decision = asked.write("家里着火了")
    assert decision.alarm is not None
    assert asked.memory.flow == "emergency"


def test_a_person_is_fetched_and_the_code_counts_no_more(asked: Conversation) -> None:
    assert asked.write("人工").handoff is not None
    assert asked.write("042917").join is None


def test_walked_away_from(asked: Conversation) -> None:
    asked.wait(hours=3)
    assert not asked.write("042917").intent.startswith("phone")


def test_nothing_said_depends_on_anything_but_the_conversation(citizen: Conversation) -> None:
    texts = set()
    for phone in ("13800138000", "13911139111"):
        sent = citizen.write(f"绑定手机{phone}")
        texts.add(said(sent).replace(masked(f"+86{phone}"), ""))
        citizen.write("取消")
    assert len(texts) == 1


def test_on_sms_there_is_nothing_to_prove(citizen: Conversation) -> None:
    citizen.channel, citizen.phone = "sms", PHONE
    for text in ("绑定手机", "绑定手机13900139000"):
        decision = citizen.write(text)
        assert decision.intent == "phone_here"
        assert decision.prove is None
        assert citizen.memory.flow == ""
    assert "138****8000" in said(decision)


def test_in_english(citizen: Conversation) -> None:
    assert "mobile number" in said(citizen.write("bind my phone"))
    assert "138****8000" in said(citizen.write("13800138000"))
    citizen.wait(seconds=90)
    assert citizen.write("send it again").prove is not None
    assert "linked" in said(citizen.write("042917"))


@pytest.mark.parametrize(
    ("phone", "shown"), [(PHONE, "138****8000"), ("+85291234567", "+852****4567"), ("+2901234", "+29****34")]
)
def test_a_number_is_shown_in_part(phone: str, shown: str) -> None:
    assert masked(phone) == shown


@pytest.mark.parametrize("owner", ["bot", "queue", "agent"])
@pytest.mark.parametrize(("happened", "words"), [("opt_out", "START"), ("opt_in", "恢复"), ("help", "TD")])
def test_a_word_on_short_messages_is_confirmed_whoever_owns_the_conversation(
    citizen: Conversation, owner: str, happened: str, words: str
) -> None:
    citizen.channel, citizen.phone, citizen.owner = "sms", PHONE, owner  # type: ignore[assignment]
    decision = citizen.do(happened, "TD")
    assert decision.intent == happened
    assert len(decision.says) == 1
    assert words in said(decision)
    assert "12345热线" in said(decision)
    assert decision.handoff is None
    assert not decision.release


def test_the_moment_of_sending_is_kept_in_whole_milliseconds(citizen: Conversation) -> None:
    citizen.wait(milliseconds=1.4)
    sent = citizen.write("绑定手机13800138000")
    done = citizen.write("042917")
    assert sent.prove is not None
    assert done.join is not None
    assert sent.prove.sent_at == done.join.sent_at == NOON + timedelta(milliseconds=1)
