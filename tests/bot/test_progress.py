"""How far a ticket is, and what is added to one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot import intents, reading, ticket_numbers
from bot.contract import AskMine, AskProgress, Known, Memory, Supplement
from tests.bot.conversation import WITH_TICKETS, Conversation, labels, said

NUMBER = ticket_numbers.number(date(2026, 11, 20), 7)
OTHER = ticket_numbers.number(date(2026, 11, 21), 1)
WRONG = NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10)
KNOWN = Known(
    NUMBER, "育华路路灯不亮", "市城管局正在办", ("11月20日 09:00 收到您反映的事",), "市城管局11月27日 24:00前答复。"
)
SECOND = Known(OTHER, "小区漏水", "等您评价")


@pytest.fixture
def citizen() -> Conversation:
    return Conversation(WITH_TICKETS)


@pytest.fixture
def stranger(citizen: Conversation) -> Conversation:
    """Somebody who has the number and the code, and filed nothing here."""
    citizen.others = {(NUMBER, "048213"): KNOWN}
    return citizen


def look_ups(citizen: Conversation) -> int:
    return sum(isinstance(ask, AskProgress) for ask in citizen.asked)


# ---- by number and code ----


@pytest.mark.parametrize(
    "text",
    [
        f"{NUMBER} 048213",
        f"{NUMBER.lower()}，048213",
        f"{NUMBER[2:]} 048213",
        f"查进度 {NUMBER} 048213",
        f"帮我查{NUMBER}，查询码048213",
        f"编号：{NUMBER} 查询码：０４８２１３",
        f"我的编号是{NUMBER}，查询码是048213，办到哪一步了？",
        f"DG 20261120-{NUMBER[10:16]} {NUMBER[16]} 048213",
        f"{NUMBER} 048213 这件事到底什么时候能办好，都等了很久了",
        f"please check {NUMBER} code 048213",
    ],
)
def test_number_and_code_in_any_text(stranger: Conversation, text: str) -> None:
    told = said(stranger.write(text))
    for expected in (NUMBER, "育华路路灯不亮", "市城管局正在办", "收到您反映的事", "11月27日"):
        assert expected in told


def test_a_matter_that_names_a_ticket_is_a_matter(stranger: Conversation) -> None:
    text = f"我要投诉，之前反映过路灯坏了（{NUMBER}），到现在没人修"
    assert stranger.write(text).intent.startswith("report")
    assert look_ups(stranger) == 0


def test_asked_for_the_number_then_the_code(stranger: Conversation) -> None:
    asked = stranger.write("查进度")
    assert "编号" in said(asked)
    assert "我反映的事" in said(asked)
    assert stranger.write(NUMBER).intent == "progress_code"
    assert stranger.write("查询码 048213").intent == "progress_told"


def test_the_code_is_asked_for_out_of_the_flow_too(stranger: Conversation) -> None:
    assert stranger.write(NUMBER).intent == "progress_code"
    assert stranger.write("048 213").intent == "progress_told"


def test_a_code_alone_is_not_enough(stranger: Conversation) -> None:
    stranger.write("查进度")
    assert stranger.write("048213").intent == "progress_number_needed"
    assert look_ups(stranger) == 0


def test_without_a_number_ways_are_offered(stranger: Conversation) -> None:
    stranger.write("查进度")
    decision = stranger.write("上周三反映的路灯不亮")
    assert labels(decision)[:2] == ["我反映的事", "请人帮我"]
    assert stranger.write("2").handoff is not None


def test_wrong_in_whichever_way_it_is_the_same_answer(stranger: Conversation) -> None:
    answers = {said(stranger.write(text)) for text in (f"{NUMBER} 111111", f"{OTHER} 048213", f"{OTHER} 111111")}
    assert len(answers) == 1
    assert "育华路" not in answers.pop()
    asked = {said(stranger.write(number)) for number in (NUMBER, OTHER)}
    assert len(asked) == 1, "nor does asking for the code tell whether there is such a number"


@pytest.mark.parametrize("text", [f"{WRONG} 048213", WRONG, f"查进度{WRONG}"])
def test_a_number_misheard_is_told_without_looking(stranger: Conversation, text: str) -> None:
    assert stranger.write(text).intent == "progress_wrong_number"
    assert look_ups(stranger) == 0


@pytest.mark.parametrize("text", [NUMBER[:-1], f"{NUMBER}1", f"编号{NUMBER[:-2]}，048213"])
def test_a_number_with_digits_missing_is_told_too(stranger: Conversation, text: str) -> None:
    assert "对不上" in said(stranger.write(text))
    assert look_ups(stranger) == 0


def test_too_many_look_ups(stranger: Conversation) -> None:
    stranger.limited = True
    decision = stranger.write(f"{NUMBER} 048213")
    assert decision.intent == "progress_limited"
    assert "育华路" not in said(decision)


@pytest.mark.parametrize("word", ["取消", "返回", "不查了，算了"])
def test_leaving(stranger: Conversation, word: str) -> None:
    stranger.write("查进度")
    stranger.write(word)
    assert stranger.write("取消").wish is None
    assert stranger.memory.flow in ("", "choose")


def test_another_question_is_answered_and_the_code_still_counts(stranger: Conversation) -> None:
    stranger.write(NUMBER)
    assert stranger.write("居住证怎么办").entries == ("residence",)
    assert stranger.write("048213").intent == "progress_told"


def test_in_the_middle_of_proving_a_phone(stranger: Conversation) -> None:
    stranger.write("绑定手机13800138000")
    assert stranger.write(f"{NUMBER} 048213").intent == "progress_told"
    assert stranger.write("042917").join is not None


def test_danger_comes_first(stranger: Conversation) -> None:
    assert stranger.write(f"{NUMBER} 048213 家里着火了快来救命").alarm is not None


def test_beside_people_nothing_is_looked_up(stranger: Conversation) -> None:
    stranger.owner = "queue"
    stranger.write(f"{NUMBER} 048213")
    assert look_ups(stranger) == 0


def test_a_long_story_fits_into_one_message(citizen: Conversation) -> None:
    story = tuple(f"11月{day}日 09:00 " + "很长的经过" * 60 for day in range(1, 30))
    citizen.tickets = (Known(NUMBER, "很长的题目" * 60, "很长" * 200, story, "接下来" * 200),)
    text = said(citizen.write("我的工单"))
    assert len(text.encode()) <= 2_048
    assert "11月29日" in text
    assert "11月1日 " not in text


# ---- one's own ----


@pytest.mark.parametrize("text", ["我的工单", "我反映的事", "查我的工单", "我的投诉", "查进度", NUMBER, "my tickets"])
def test_ones_own_need_no_code(citizen: Conversation, text: str) -> None:
    citizen.tickets = (KNOWN,)
    assert citizen.write(text).intent == "progress_told"


def test_several_of_ones_own_are_chosen_by_number(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN, SECOND)
    offered = citizen.write("我的工单")
    assert labels(offered) == ["育华路路灯不亮 · 市城管局正在办", "小区漏水 · 等您评价"]
    assert OTHER in said(citizen.write("2"))


def test_none_here(citizen: Conversation) -> None:
    decision = citizen.write("我的工单")
    assert decision.intent == "mine_none"
    assert "编号和查询码" in said(decision)


def test_the_menu_leads_there(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN,)
    assert citizen.do("menu_click", "progress").intent == "progress_told"


def test_in_english(stranger: Conversation) -> None:
    assert "number" in said(stranger.write("check progress"))
    assert "How far it is" in said(stranger.write(f"{NUMBER} 048213"))


# ---- something to add ----


def test_something_to_add_after_a_look_up(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN,)
    citizen.write("我的工单")
    assert citizen.write("补充：对面那盏也不亮").wish == Supplement(NUMBER, "对面那盏也不亮")
    assert citizen.write("补充").intent == "supplement_ask"
    assert citizen.write("旁边还有一盏").wish == Supplement(NUMBER, "旁边还有一盏")


def test_what_is_added_in_pieces_stays_together(citizen: Conversation) -> None:
    citizen.write(f"补充{OTHER}：第二天又坏了")
    decision = citizen.write("就在3号楼门口那盏")
    assert decision.wish == Supplement(OTHER, "就在3号楼门口那盏")
    assert "另一件事" in said(decision)
    citizen.do("image")
    assert citizen.write("照片里这盏").wish == Supplement(OTHER, "照片里这盏", ("m3",))


@pytest.mark.parametrize(
    "text", ["什么时候来修", "谢谢", "居住证怎么办", "怎么办理居住证", "我要投诉小区停水", "人工", "查进度"]
)
def test_what_is_no_piece_of_it_is_not_added(citizen: Conversation, text: str) -> None:
    citizen.write(f"补充{OTHER}：第二天又坏了")
    assert citizen.write(text).wish is None
    assert citizen.memory.flow != "supplement"


def test_much_later_nothing_is_added(citizen: Conversation) -> None:
    citizen.write(f"补充{OTHER}：第二天又坏了")
    citizen.wait(minutes=11)
    assert citizen.write("小区又停水了").wish is None


@pytest.mark.parametrize("word", ["补充照片", "我要补充图片", "再补充一下"])
def test_the_wish_to_add_in_other_words(citizen: Conversation, word: str) -> None:
    citizen.tickets = (KNOWN,)
    assert citizen.write(word).intent == "supplement_ask"


def test_something_to_add_with_the_number(citizen: Conversation) -> None:
    assert citizen.write(f"补充 {NUMBER} 对面那盏也不亮").wish == Supplement(NUMBER, "对面那盏也不亮")
    citizen.write(f"补充{OTHER}")
    assert citizen.write("第二天又坏了").wish == Supplement(OTHER, "第二天又坏了")


def test_something_to_add_right_after_telling(citizen: Conversation) -> None:
    citizen.write("投诉")
    citizen.write("昨天育华路路灯坏了没人修，我的电话13800138000")
    filed = citizen.write("1").file
    assert filed is not None
    assert citizen.write("补充：对面那盏也不亮").wish == Supplement(filed.name.number, "对面那盏也不亮")


def test_to_which_one(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN, SECOND, Known("DG202611010000099", "办完了的", "已办结", open=False))
    asked = citizen.write("补充：{对面}那盏也不亮 %s")
    assert len(labels(asked)) == 2
    assert citizen.write("2").wish == Supplement(OTHER, "{对面}那盏也不亮 %s")


def test_to_the_only_open_one(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN,)
    assert citizen.write("补充：对面那盏也不亮").wish == Supplement(NUMBER, "对面那盏也不亮")
    assert any(isinstance(ask, AskMine) for ask in citizen.asked)


def test_to_none(citizen: Conversation) -> None:
    citizen.tickets = (Known(NUMBER, "办完了的", "已办结", open=False),)
    assert citizen.write("补充：还有").intent == "supplement_none"


def test_pictures_sent_before_go_along_once(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN,)
    citizen.write("我的工单")
    citizen.write("补充")
    assert "一句说明" in said(citizen.do("image"))
    assert citizen.write("看图").wish == Supplement(NUMBER, "看图", ("m3",))
    citizen.write("补充")
    assert citizen.write("还有一句").wish == Supplement(NUMBER, "还有一句")


GAS = "楼道里煤气泄漏，味道很大，快来人"


@pytest.mark.parametrize("text", [f"补充 {NUMBER} {GAS}", f"补充{NUMBER}：{GAS}", f"补充：{GAS}"])
def test_danger_added_to_a_ticket_is_told_and_added(citizen: Conversation, text: str) -> None:
    citizen.tickets = (KNOWN,)
    citizen.write("我的工单")
    decision = citizen.write(text)
    assert decision.alarm is not None
    assert "119" in said(decision).partition("\n")[0]
    assert decision.wish == Supplement(NUMBER, GAS)


def test_danger_where_something_to_add_was_asked_for(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN,)
    citizen.write("我的工单")
    citizen.write("补充")
    citizen.do("image")
    decision = citizen.write(GAS)
    assert decision.alarm is not None
    assert decision.wish == Supplement(NUMBER, GAS, ("m3",))
    assert not [one for one in citizen.memory.lately if one.kind == "picture"]


def test_danger_that_names_no_ticket_is_added_to_none(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN,)
    citizen.write("我的工单")
    decision = citizen.write(GAS)
    assert decision.alarm is not None
    assert decision.wish is None


def test_danger_beside_people_is_added_to_none(citizen: Conversation) -> None:
    citizen.owner = "agent"
    decision = citizen.write(f"补充 {NUMBER} {GAS}")
    assert decision.alarm is not None
    assert decision.wish is None


@pytest.mark.parametrize("word", ["取消", "跳过", "不用了"])
def test_nothing_to_add_after_all(citizen: Conversation, word: str) -> None:
    citizen.write(f"补充{OTHER}")
    assert citizen.write(word).wish is None
    assert citizen.memory.flow == ""


def test_another_matter_ends_adding(citizen: Conversation) -> None:
    citizen.write(f"补充{OTHER}")
    assert citizen.write("居住证怎么办").entries == ("residence",)
    assert citizen.write("公积金").wish is None


@pytest.mark.parametrize("text", ["补充公积金怎么办", "补充医疗保险", "add a bus line"])
def test_other_matters_with_the_word(citizen: Conversation, text: str) -> None:
    citizen.tickets = (KNOWN,)
    citizen.write("我的工单")
    assert citizen.write(text).wish is None


def test_what_is_added_is_bounded(citizen: Conversation) -> None:
    wish = citizen.write(f"补充 {NUMBER} " + "很长" * 5_000).wish
    assert isinstance(wish, Supplement)
    assert len(wish.text) <= 2_000


# ---- said of a matter told before ----


@pytest.mark.parametrize("text", ["催办", "我要催单", "我上周反映的路灯还没修，催一下", "我投诉的路灯一直没人管"])
def test_who_is_in_a_hurry_is_carried_on_and_told_how_far_it_is(citizen: Conversation, text: str) -> None:
    citizen.tickets = (KNOWN,)
    decision = citizen.write(text)
    assert decision.wish == Supplement(NUMBER, text)
    assert "办的人会看到" in said(decision)
    assert "11月27日 24:00前答复" in said(decision)


def test_urged_by_its_number(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN,)
    assert "11月27日 24:00前答复" in said(citizen.write(f"工单{NUMBER}催一下，怎么还没人处理"))


def test_which_one_is_urged(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN, replace(SECOND, stage="正在办"))
    assert labels(citizen.write("催一下")) == ["育华路路灯不亮 · 市城管局正在办", "小区漏水 · 正在办"]
    assert citizen.write("2").wish == Supplement(OTHER, "催一下")


@pytest.mark.parametrize(
    "text", ["催办", "我忘记编号了", "工单号找不到了", "没有编号", "我上周反映的路灯还没修，催一下"]
)
def test_without_a_ticket_here_and_without_a_number_a_person_looks(citizen: Conversation, text: str) -> None:
    decision = citizen.write(text)
    assert "请人帮您查" in said(decision)
    assert labels(decision) == ["请人帮我", "把事情写给你们"]


def test_what_was_said_of_it_may_be_told_as_a_matter(citizen: Conversation) -> None:
    citizen.write("我上周反映的路灯还没修，催一下")
    assert "我上周反映的路灯还没修" in said(citizen.write("2"))


def test_who_lost_the_number_sees_what_they_told_here(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN,)
    assert NUMBER in said(citizen.write("编号忘了"))


@pytest.mark.parametrize(
    "text", ["撤诉", "我不投诉了", "我不想投诉了，他们已经道歉了", "撤销投诉", "把之前的投诉撤了", "不用处理了"]
)
def test_who_wants_no_more_done_is_heard(citizen: Conversation, text: str) -> None:
    citizen.tickets = (KNOWN,)
    decision = citizen.write(text)
    assert decision.wish == Supplement(NUMBER, text)
    assert "不想再办了" in said(decision)


@pytest.mark.parametrize(
    "text",
    [
        "查一下我的工单",
        "我的事办得怎么样了",
        "什么时候能修好",
        "什么时候有人来",
        "怎么还没人处理",
        "有结果了吗",
        "我上个月打电话反映的那个路灯的事怎么样了",
    ],
)
def test_how_far_it_is_in_other_words(citizen: Conversation, text: str) -> None:
    citizen.tickets = (KNOWN,)
    assert "市城管局正在办" in said(citizen.write(text))


@pytest.mark.parametrize(
    "text",
    [
        "我要投诉小区门口违停太多，没人管",
        "我跟物业反映了好几次都没人管",
        "催收电话骚扰我怎么办",
        "公司催我离职",
        "怎么催办房产证",
        "我的居住证办好了吗",
        "我报名的考试有结果了吗",
        "工单办理进度怎么查",
        "怎么撤销投诉",
        "可以撤诉吗",
        "居住证我不办了",
        "不用管了",
        "居住证不办了会怎样",
    ],
)
def test_other_matters_are_not_taken_for_it(text: str) -> None:
    assert intents.command(reading.plain(text)) is None


def test_who_has_no_number_is_shown_other_ways(citizen: Conversation) -> None:
    citizen.write("查进度")
    assert citizen.write("没有").intent == "progress_number_needed"


def test_how_long_it_takes_is_a_question_about_the_ticket_just_spoken_of(citizen: Conversation) -> None:
    citizen.tickets = (KNOWN,)
    citizen.write("我的工单")
    citizen.write("补充：今晚还是不亮")
    assert "市城管局正在办" in said(citizen.write("还要多久"))


@pytest.mark.parametrize("since", ["", "yesterday"])
def test_what_is_remembered_without_a_beginning_is_no_fault(citizen: Conversation, since: str) -> None:
    citizen.memory = Memory(flow="supplement", flow_state={"since": since, "number": NUMBER, "more": "1"})
    assert citizen.write("今晚路灯还是不亮").wish == Supplement(NUMBER, "今晚路灯还是不亮", ())
