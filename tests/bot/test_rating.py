"""The citizen's verdict: by the choices the gateway puts, by words, and the reason for a bad one."""

from __future__ import annotations

from datetime import date

import pytest

from bot import rating, ticket_numbers
from bot.contract import Known, Rate, Supplement
from tests.bot.conversation import WITH_TICKETS, Conversation, labels, said

NUMBER = ticket_numbers.number(date(2026, 11, 20), 7)
OTHER = ticket_numbers.number(date(2026, 11, 21), 1)
WAITING = Known(NUMBER, "路灯", "已经有答复，等您评价", rate=True)


@pytest.fixture
def citizen() -> Conversation:
    return Conversation(WITH_TICKETS)


@pytest.fixture
def surveyed(citizen: Conversation) -> Conversation:
    """The gateway has put the choices with its message."""
    offer = rating.survey(NUMBER)
    citizen.memory = citizen.memory.model_copy(update={"offered": offer.options, "flow": "choose"})
    return citizen


def test_the_choices_say_a_stable_command() -> None:
    zh, en = rating.survey(NUMBER), rating.survey(NUMBER, "en")
    assert [option.target for option in zh.options] == [
        f"评价 {NUMBER} 解决 满意",
        f"评价 {NUMBER} 解决 基本满意",
        f"评价 {NUMBER} 未解决 基本满意",
        f"评价 {NUMBER} 未解决 不满意",
    ]
    assert [option.label for option in zh.options] == [
        "解决了，满意",
        "解决了，基本满意",
        "没完全解决，基本满意",
        "没解决，不满意",
    ]
    assert [option.target for option in en.options] == [option.target for option in zh.options]
    assert [option.key for option in zh.options] == ["1", "2", "3", "4"]
    assert NUMBER in zh.prompt


@pytest.mark.parametrize(
    ("answer", "solved", "verdict"),
    [
        ("1", True, "satisfied"),
        ("2", True, "fairly"),
        ("3", False, "fairly"),
        ("4", False, "dissatisfied"),
        ("解决了，基本满意", True, "fairly"),
        ("解决了,满意", True, "satisfied"),
        ("满意", True, "satisfied"),
        ("很满意！", True, "satisfied"),
        ("不满意", False, "dissatisfied"),
        ("没解决，不满意。", False, "dissatisfied"),
        ("解决了但不满意", True, "dissatisfied"),
        ("没有完全解决，基本满意", False, "fairly"),
        ("非常满意，谢谢", True, "satisfied"),
        ("满意 谢谢你们", True, "satisfied"),
        ("解决了但是不满意", True, "dissatisfied"),
    ],
)
def test_the_verdict(surveyed: Conversation, answer: str, solved: bool, verdict: str) -> None:
    assert surveyed.write(answer).wish == Rate(NUMBER, solved, verdict)  # type: ignore[arg-type]
    assert surveyed.write("1").wish is None, "rated once"


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        ("不满意，根本没人来修", "dissatisfied", "根本没人来修"),
        ("很满意。就是慢了点", "satisfied", "就是慢了点"),
        ("not satisfied, nobody came", "dissatisfied", "nobody came"),
    ],
)
def test_the_verdict_with_its_reason(surveyed: Conversation, answer: str, verdict: str, reason: str) -> None:
    wish = surveyed.write(answer).wish
    assert wish == Rate(NUMBER, verdict == "satisfied", verdict, reason)  # type: ignore[arg-type]
    assert surveyed.memory.flow == "", "nothing more is asked"


@pytest.mark.parametrize("text", ["垃圾没人处理", "小区没来水", "不满意怎么投诉", "好的"])
def test_another_matter_is_no_verdict(surveyed: Conversation, text: str) -> None:
    assert surveyed.write(text).intent != "rate_which"


@pytest.mark.parametrize(
    "answer",
    [
        "解决了",
        "没解决",
        "基本满意",
        "还没解决呢",
        "没修好",
        "还没修",
        "没人来过",
        "修好了",
        "还行吧",
        "一般般",
        "好",
        "差评",
        "五星",
    ],
)
def test_words_on_one_thing_only_leave_the_choice_open(surveyed: Conversation, answer: str) -> None:
    decision = surveyed.write(answer)
    assert decision.wish is None
    assert len(labels(decision)) == 4
    assert surveyed.write("4").wish == Rate(NUMBER, False, "dissatisfied")


def test_another_question_while_the_choices_are_open(surveyed: Conversation) -> None:
    assert surveyed.write("噪音怎么解决").wish is None
    assert surveyed.write("居住证怎么办").entries == ("residence",)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        (f"评价 {NUMBER} 解决 满意", Rate(NUMBER, True, "satisfied")),
        (f"评价{NUMBER.lower()}，没解决，不满意", Rate(NUMBER, False, "dissatisfied")),
        (f"评价 {NUMBER} 未解决 不满意 灯还是不亮", Rate(NUMBER, False, "dissatisfied", "灯还是不亮")),
    ],
)
def test_in_one_text(citizen: Conversation, text: str, wish: Rate) -> None:
    assert citizen.write(text).wish == wish


def test_a_bad_verdict_asks_why_and_passes_it_on(surveyed: Conversation) -> None:
    assert "哪里没办好" in said(surveyed.write("4"))
    assert surveyed.write("还是每天晚上不亮").wish == Supplement(NUMBER, "还是每天晚上不亮")
    assert surveyed.write("来的人态度也差").wish == Supplement(NUMBER, "来的人态度也差")


def test_reasons_given_with_it_are_not_asked_for(citizen: Conversation) -> None:
    citizen.write(f"评价 {NUMBER} 未解决 不满意 灯还是不亮")
    assert citizen.memory.flow == ""


def test_danger_told_as_the_reason_is_passed_on_too(surveyed: Conversation) -> None:
    surveyed.write("4")
    decision = surveyed.write("现在又漏煤气了，味道很大，快来人")
    assert decision.alarm is not None
    assert decision.wish == Supplement(NUMBER, "现在又漏煤气了，味道很大，快来人")


def test_danger_told_beside_a_verdict_does_not_cost_the_verdict(citizen: Conversation) -> None:
    decision = citizen.write(f"评价 {NUMBER} 未解决 不满意 现在又漏煤气了，味道很大，快来人")
    assert decision.alarm is not None
    assert isinstance(decision.wish, Rate)
    assert (decision.wish.number, decision.wish.verdict) == (NUMBER, "dissatisfied")
    assert "漏煤气" in decision.wish.words


@pytest.mark.parametrize("word", ["跳过", "不说了", "没有", "算了", "谢谢", "skip"])
def test_a_reason_may_be_skipped(surveyed: Conversation, word: str) -> None:
    surveyed.write("4")
    assert surveyed.write(word).wish is None
    assert surveyed.memory.flow == ""
    assert surveyed.write("每天晚上不亮").wish is None


def test_another_question_is_no_reason(surveyed: Conversation) -> None:
    surveyed.write("4")
    assert surveyed.write("居住证怎么办").entries == ("residence",)
    assert surveyed.write("每天晚上不亮").wish is None


def test_much_later_it_is_no_reason_either(surveyed: Conversation) -> None:
    surveyed.write("4")
    surveyed.wait(hours=3)
    assert surveyed.write("每天晚上不亮").wish is None


def test_choices_that_come_while_a_matter_is_told(citizen: Conversation) -> None:
    citizen.write("我要投诉小区门口违停太多，没人管")
    citizen.memory = citizen.memory.model_copy(update={"offered": rating.survey(NUMBER).options})
    rated = citizen.write("1")
    assert rated.wish == Rate(NUMBER, True, "satisfied")
    assert "事情在哪里" in said(rated)
    assert citizen.write("育华路12号").intent == "report_time"


def test_a_ticket_that_waits_for_it_is_shown_with_the_choices(citizen: Conversation) -> None:
    citizen.tickets = (WAITING,)
    assert len(labels(citizen.write("我的工单"))) == 4
    assert citizen.write("1").wish == Rate(NUMBER, True, "satisfied")


@pytest.mark.parametrize("how", ["评价", "我要评价"])
def test_the_wish_to_rate(citizen: Conversation, how: str) -> None:
    citizen.tickets = (WAITING, Known(OTHER, "漏水", "正在办"))
    assert len(labels(citizen.write(how))) == 4
    citizen.tickets = (WAITING, Known(OTHER, "漏水", "等您评价", rate=True))
    assert labels(citizen.write(how)) == ["路灯 · 已经有答复，等您评价", "漏水 · 等您评价"]
    assert len(labels(citizen.write("2"))) == 4
    assert citizen.write("1").wish == Rate(OTHER, True, "satisfied")


def test_from_the_menu(citizen: Conversation) -> None:
    assert citizen.do("menu_click", "rate").intent == "rate"
    citizen.tickets = (WAITING,)
    assert len(labels(citizen.do("menu_click", "rate"))) == 4


def test_in_english(citizen: Conversation) -> None:
    citizen.tickets = (WAITING,)
    assert "Solved, satisfied" in labels(citizen.write("my tickets"))
    assert citizen.write("not satisfied").wish == Rate(NUMBER, False, "dissatisfied")
