"""How far a ticket is, and the citizen's verdict."""

from __future__ import annotations

from datetime import date

import pytest

from bot import rating, ticket_numbers
from bot.contract import AskProgress, Known, Rate, Supplement
from tests.bot.conversation import WITH_TICKETS, Conversation, labels, said

NUMBER = ticket_numbers.number(date(2026, 11, 20), 7)
KNOWN = Known(
    NUMBER, "育华路路灯不亮", "市城管局正在办", ("11月20日 09:00 收到您反映的事",), "市城管局最晚11月27日 24:00前答复。"
)


@pytest.fixture
def citizen() -> Conversation:
    return Conversation(WITH_TICKETS)


def test_number_and_code_in_any_text(citizen: Conversation) -> None:
    citizen.others = {(NUMBER, "048213"): KNOWN}
    told = said(citizen.write(f"{NUMBER} 048213"))
    for expected in (NUMBER, "市城管局正在办", "收到您反映的事", "11月27日"):
        assert expected in told
    assert "市城管局正在办" in said(citizen.write(f"帮我查{NUMBER.lower()}，查询码048213"))


def test_asked_for_the_number_then_the_code(citizen: Conversation) -> None:
    citizen.others = {(NUMBER, "048213"): KNOWN}
    assert "编号" in said(citizen.write("查进度"))
    assert citizen.write(NUMBER).intent == "progress_code"
    assert citizen.write("048213").intent == "progress_told"


def test_wrong_in_whichever_way_it_is_the_same_answer(citizen: Conversation) -> None:
    citizen.others = {(NUMBER, "048213"): KNOWN}
    other = ticket_numbers.number(date(2026, 11, 20), 8)
    wrong_code, wrong_number = said(citizen.write(f"{NUMBER} 111111")), said(citizen.write(f"{other} 048213"))
    assert wrong_code == wrong_number
    assert "育华路" not in wrong_code


def test_a_number_misheard_is_told_without_looking(citizen: Conversation) -> None:
    wrong = NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10)
    assert citizen.write(f"{wrong} 048213").intent == "progress_wrong_number"
    assert not any(isinstance(ask, AskProgress) for ask in citizen.asked)


def test_too_many_look_ups(citizen: Conversation) -> None:
    citizen.limited = True
    assert citizen.write(f"{NUMBER} 048213").intent == "progress_limited"


def test_ones_own_need_no_code(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN,)
    assert citizen.write("我的工单").intent == "progress_told"
    assert citizen.write("查进度").intent == "progress_told"
    assert citizen.write(NUMBER).intent == "progress_told"


def test_several_of_ones_own_are_chosen_by_number(citizen: Conversation) -> None:
    second = Known(ticket_numbers.number(date(2026, 11, 21), 1), "小区漏水", "等您评价")
    citizen.tickets = (KNOWN, second)
    offered = citizen.write("我的工单")
    assert len(labels(offered)) == 2
    assert second.number in said(citizen.write("2"))


def test_none_here(citizen: Conversation) -> None:
    assert citizen.write("我的工单").intent == "mine_none"


@pytest.mark.parametrize(
    ("choice", "solved", "verdict"),
    [("1", True, "satisfied"), ("2", True, "fairly"), ("3", False, "fairly"), ("4", False, "dissatisfied")],
)
def test_the_verdict_by_number(citizen: Conversation, choice: str, solved: bool, verdict: str) -> None:
    citizen.tickets = (Known(NUMBER, "路灯", "等您评价", rate=True),)
    assert len(labels(citizen.write("我的工单"))) == 4
    assert citizen.write(choice).wish == Rate(NUMBER, solved, verdict)  # type: ignore[arg-type]


def test_the_choices_the_gateway_puts_are_understood(citizen: Conversation) -> None:
    offer = rating.survey(NUMBER)
    citizen.memory = citizen.memory.model_copy(update={"offered": offer.options, "flow": "choose"})
    assert citizen.write("解决了，基本满意").wish == Rate(NUMBER, True, "fairly")


def test_a_bad_verdict_asks_why_and_passes_it_on(citizen: Conversation) -> None:
    offer = rating.survey(NUMBER)
    citizen.memory = citizen.memory.model_copy(update={"offered": offer.options, "flow": "choose"})
    assert "哪里没办好" in said(citizen.write("4"))
    assert citizen.write("还是每天晚上不亮").wish == Supplement(NUMBER, "还是每天晚上不亮")
    assert citizen.memory.flow == ""


def test_a_reason_may_be_skipped(citizen: Conversation) -> None:
    offer = rating.survey(NUMBER)
    citizen.memory = citizen.memory.model_copy(update={"offered": offer.options, "flow": "choose"})
    citizen.write("4")
    assert citizen.write("跳过").wish is None


def test_something_to_add(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN,)
    citizen.write("我的工单")
    assert citizen.write("补充：对面那盏也不亮").wish == Supplement(NUMBER, "对面那盏也不亮")
    citizen.write("我的工单")
    citizen.write("补充")
    assert citizen.write("旁边还有一盏").wish == Supplement(NUMBER, "旁边还有一盏")


def test_looked_up_in_the_middle_of_telling_something(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN,)
    citizen.write("投诉")
    citizen.write("小区门口违停太多，没人管")
    assert citizen.write(NUMBER).intent == "progress_told"
    assert citizen.memory.draft["matter"]
