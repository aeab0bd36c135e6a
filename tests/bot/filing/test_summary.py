"""From the summary to the number: corrected, told by others before, not accepted, confirmed."""

from __future__ import annotations

import pytest

from bot.contract import AskNumber, JoinTicket, Similar
from tests.bot.conversation import Conversation, labels, said

LAMP = Similar("DG202611230000022", "育华路路灯不亮", "育华路", "正在办")


# ---- corrected at any time ----


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("地点错了，是鸿福路8号", "鸿福路8号"),
        ("改地点：鸿福路8号", "鸿福路8号"),
        ("地址不对，应该是鸿福路8号。", "鸿福路8号"),
        ("位置改成鸿福路8号", "鸿福路8号"),
        ("地点在鸿福路8号", "鸿福路8号"),
    ],
)
def test_the_place_is_corrected_in_words(shown: Conversation, text: str, place: str) -> None:
    changed = shown.write(text)
    assert "改好了" in said(changed)
    assert f"地点：{place}" in said(changed)
    assert shown.memory.draft is not None
    assert "鸿福路" not in shown.memory.draft.matter


def test_corrected_from_the_summary(shown: Conversation) -> None:
    assert shown.write("2").intent == "report_change"
    assert shown.write("改时间").intent == "report_time"
    assert "时间：前天早上（11月22日）" in said(shown.write("前天早上"))
    shown.write("不对")
    assert shown.write("改电话").intent == "report_phone"
    assert "139****9000" in said(shown.write("13900139000"))
    assert shown.write("改内容").intent == "report_matter_again"
    assert "事情：路灯和红绿灯都坏了" in said(shown.write("路灯和红绿灯都坏了"))
    assert "称呼：李女士" in said(shown.write("称呼是李女士"))
    shown.write("改类别")
    shown.write("求助")
    filed = shown.write("没错")
    assert filed.file is not None
    assert (filed.file.kind, filed.file.happened) == ("help", "前天早上（11月22日）")
    assert filed.file.matter == "路灯和红绿灯都坏了"


def test_a_correction_is_taken_while_something_else_is_asked(asked: Conversation) -> None:
    assert asked.write("电话是13800138000").intent == "report_place"
    assert asked.write("改内容：小区门口货车占道，没人管").intent == "report_place"
    draft = asked.memory.draft
    assert draft is not None
    assert (draft.phone, draft.matter) == ("+8613800138000", "小区门口货车占道，没人管")


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("不对，是东城街道育华路15号", "place", "东城街道育华路15号"),
        ("写错了，应该是上周三", "happened", "上周三（11月18日）"),
        ("不对，是13900001111", "phone", "+8613900001111"),
        ("13900001111", "phone", "+8613900001111"),
        ("等一下，我不想留电话了", "phone", ""),
        ("电话不留了", "phone", ""),
    ],
)
def test_corrected_without_saying_what(shown: Conversation, text: str, field: str, value: str) -> None:
    decision = shown.write(text)
    assert decision.intent == "report_summary"
    assert said(decision).startswith("改好了")
    assert shown.memory.draft is not None
    assert getattr(shown.memory.draft, field) == value
    assert text not in shown.memory.draft.matter


def test_one_more_thing_that_is_wrong(shown: Conversation) -> None:
    assert shown.write("时间也错了").intent == "report_time"


def test_what_is_written_at_the_summary_is_added(shown: Conversation) -> None:
    again = shown.write("还有，旁边的井盖也松了")
    assert again.intent == "report_summary"
    assert "井盖" in said(again)


def test_confidential_may_be_wished_and_taken_back(shown: Conversation) -> None:
    assert "为您保密" in said(shown.write("请保密"))
    assert "为您保密" not in said(shown.write("不用保密"))
    shown.write("匿名")
    filed = shown.write("确认")
    assert filed.file is not None
    assert filed.file.confidential


# ---- others told the same ----


def test_others_told_the_same(shown: Conversation) -> None:
    shown.write("取消")
    shown.similar = (LAMP,)
    shown.write("投诉")
    offered = shown.write("昨天育华路路灯坏了没人修，我的电话13800138000")
    assert offered.intent == "report_similar"
    assert len(labels(offered)) == 2
    joined = shown.write("1")
    assert joined.wish == JoinTicket(LAMP.number, "昨天育华路路灯坏了没人修，我的电话13800138000", "", "+8613800138000")
    assert joined.file is None
    assert LAMP.number in said(joined).splitlines()
    assert shown.memory.draft is None


@pytest.mark.parametrize("answer", ["不是同一件，另外说", "2", "都不是", "不一样"])
def test_not_the_same(citizen: Conversation, answer: str) -> None:
    citizen.similar = (LAMP,)
    citizen.write("投诉")
    citizen.write("昨天育华路路灯坏了没人修，我的电话13800138000")
    assert citizen.write(answer).intent == "report_summary"
    assert citizen.write("改时间：前天").intent == "report_summary", "asked once"
    assert citizen.write("1").file is not None


def test_a_ticket_that_was_not_offered_cannot_be_joined(citizen: Conversation) -> None:
    citizen.similar = (LAMP,)
    citizen.write("投诉")
    citizen.write("昨天育华路路灯坏了没人修，我的电话13800138000")
    assert citizen.write("加入 DG202611230000030").wish is None


# ---- what is not accepted ----


def test_what_the_hotline_does_not_take_is_told_with_the_right_door(citizen: Conversation) -> None:
    citizen.write("投诉")
    told = citizen.write("法院已经判决了，对方一直不执行判决")
    assert told.intent == "report_elsewhere"
    assert "12368" in said(told)
    assert citizen.write("1").intent == "report_place", "they can tell it all the same"
    citizen.write("取消")
    citizen.write("投诉")
    assert "12388" in said(citizen.write("镇里某主任收红包不办事"))
    assert citizen.write("2").intent == "report_dropped"


def test_it_is_told_once(citizen: Conversation) -> None:
    citizen.write("投诉")
    citizen.write("法院已经判决了，对方一直不执行判决")
    citizen.write("还是要告诉你们")
    assert citizen.write("改内容：法院判决下来了对方还在闹事扰民").intent == "report_place"


# ---- the number ----


def test_a_number_that_cannot_be_had_keeps_the_matter_and_fetches_a_person(shown: Conversation) -> None:
    shown.name = None
    decision = shown.write("1")
    assert decision.file is None
    assert "都留着" in said(decision)
    assert decision.handoff is not None
    assert shown.memory.draft is not None
    shown.write("取消排队")
    shown.name = Conversation().name
    assert shown.write("接着写").intent == "report_summary"
    assert shown.write("1").file is not None


def test_too_many_filed_must_wait(shown: Conversation) -> None:
    shown.limited = True
    decision = shown.write("1")
    assert decision.file is None
    assert "过一阵" in said(decision)
    shown.limited = False
    assert shown.write("确认").file is not None


@pytest.mark.parametrize(
    "word", ["1", "确认", "对", "没错", "好的", "是", "确认提交", "对，就这样", "没问题，谢谢", "都对，提交吧", "ok"]
)
def test_confirmed(shown: Conversation, word: str) -> None:
    assert shown.write(word).file is not None
    assert sum(isinstance(ask, AskNumber) for ask in shown.asked) == 1


@pytest.mark.parametrize("word", ["谢谢", "哦", "9", "不用", "🙂", "会保密吗", "对方很凶"])
def test_not_confirmed_by_accident(shown: Conversation, word: str) -> None:
    assert shown.write(word).file is None
    assert shown.memory.draft is not None


def test_a_wrong_number_at_the_summary_is_told(shown: Conversation) -> None:
    assert "第9项" in said(shown.write("9"))


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("称呼写何女士", "caller", "何女士"),
        ("名字写王先生就行", "caller", "王先生"),
        ("姓刘", "caller", "刘"),
        ("我姓欧阳", "caller", "欧阳"),
        ("应该是前天晚上", "happened", "前天晚上（11月22日）"),
        ("时间不对，是周五周六", "happened", "周五周六"),
        ("不是育华路，是育英路", "place", "育英路"),
        ("把电话改成13800138001", "phone", "+8613800138001"),
    ],
)
def test_each_correction_goes_where_it_belongs(shown: Conversation, text: str, field: str, value: str) -> None:
    before = shown.memory.draft
    assert before is not None
    assert shown.write(text).intent == "report_summary"
    draft = shown.memory.draft
    assert draft is not None
    assert (getattr(draft, field), draft.matter) == (value, before.matter)


def test_a_nearer_place_keeps_the_town(citizen: Conversation) -> None:
    citizen.write("我要投诉凤岗镇雁田网吧很吵，昨天，13800138000")
    citizen.write("凤岗镇雁田")
    citizen.write("不对，是雁田村三巷5号")
    assert citizen.memory.draft is not None
    assert citizen.memory.draft.place == "凤岗镇雁田村三巷5号"


def test_a_wish_to_write_the_matter_anew_is_no_part_of_it(shown: Conversation) -> None:
    assert shown.write("内容改一下").intent == "report_matter_again"


def test_a_wrong_digit_asks_for_the_phone_again(shown: Conversation) -> None:
    assert shown.write("电话最后一位是9").intent == "report_phone_again"


def test_a_question_at_the_summary_is_no_part_of_the_matter(shown: Conversation) -> None:
    decision = shown.write("停车的事也写进去了吗")
    assert decision.intent == "report_summary"
    assert "交上去的就是" in said(decision)
    assert shown.memory.draft is not None
    assert "写进去了吗" not in shown.memory.draft.matter


@pytest.mark.parametrize("text", ["looks good", "yes please", "啱喇", "挺好", "好，谢谢姑娘"])
def test_agreed_in_other_words(shown: Conversation, text: str) -> None:
    assert shown.write(text).file is not None


def test_a_time_told_alone_at_the_summary_is_the_time(shown: Conversation) -> None:
    assert shown.write("上个月开始的").intent == "report_summary"
    assert shown.memory.draft is not None
    assert shown.memory.draft.happened == "上个月开始的"
    assert "上个月" not in shown.memory.draft.matter
