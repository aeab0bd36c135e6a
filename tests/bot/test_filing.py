"""Telling a matter, on any channel, in whatever order things come up."""

from __future__ import annotations

import pytest

from bot.contract import JoinTicket, Similar
from tests.bot.conversation import WITH_TICKETS, Conversation, labels, said


@pytest.fixture
def citizen() -> Conversation:
    return Conversation(WITH_TICKETS)


def test_only_what_is_missing_is_asked_and_the_number_comes_at_the_end(citizen: Conversation) -> None:
    assert citizen.write("我要投诉").intent == "report_matter"
    assert citizen.write("楼下餐馆油烟很臭，投诉好几次没人管").intent == "report_place"
    assert citizen.write("育华路12号").intent == "report_when"
    assert citizen.write("这个月每天晚上").intent == "report_phone"
    summary = citizen.write("13800138000")
    assert summary.intent == "report_summary"
    shown = said(summary)
    for expected in ("投诉", "油烟", "育华路12号", "每天晚上", "138****8000"):
        assert expected in shown
    assert "13800138000" not in shown
    filed = citizen.write("1")
    assert filed.file is not None
    assert (filed.file.kind, filed.file.place, filed.file.phone) == ("complaint", "育华路12号", "+8613800138000")
    assert filed.file.name.number in said(filed)
    assert "048213" in said(filed)
    assert citizen.memory.draft == {}


def test_facts_in_the_first_words_are_not_asked_again(citizen: Conversation) -> None:
    citizen.write("投诉")
    summary = citizen.write("昨天晚上东城街道万达广场对面工地施工太吵，我姓陈，电话13800138000")
    assert summary.intent == "report_summary"
    shown = said(summary)
    assert "东城街道万达广场对面" in shown
    assert "昨天晚上" in shown
    assert "陈" in shown


def test_a_place_and_a_picture_sent_before_belong_to_it(citizen: Conversation) -> None:
    citizen.do("image")
    citizen.do("location", "东莞市南城街道鸿福路", latitude=23.02, longitude=113.75)
    citizen.write("投诉")
    assert citizen.write("路边垃圾堆了三天没人清，很臭").intent == "report_phone"
    citizen.write("跳过")
    filed = citizen.write("对，提交")
    assert filed.file is not None
    assert filed.file.pictures == ("m1",)
    assert (filed.file.latitude, filed.file.longitude) == (23.02, 113.75)
    assert "鸿福路" in filed.file.place


def test_a_picture_in_the_middle_is_kept_and_the_question_stays(citizen: Conversation) -> None:
    citizen.write("投诉")
    citizen.write("小区门口违停太多，没人管")
    decision = citizen.do("image")
    assert decision.intent == "report_place"
    assert "照片收到" in said(decision)


def test_another_question_is_answered_and_the_matter_goes_on(citizen: Conversation) -> None:
    citizen.write("投诉")
    citizen.write("公司拖欠工资两个月了，没人管")
    between = citizen.write("居住证怎么办？")
    assert between.entries == ("residence",)
    assert "接着说" in said(between)
    assert citizen.write("厚街镇河田村工业区").intent == "report_phone"


def test_corrected_by_words_and_from_the_summary(citizen: Conversation) -> None:
    citizen.write("投诉")
    citizen.write("昨天育华路路灯坏了没人修，电话13800138000")
    changed = citizen.write("地点错了，是鸿福路8号")
    assert "改好了" in said(changed)
    assert "地点：鸿福路8号" in said(changed)
    assert citizen.write("2").intent == "report_change"
    again = citizen.write("时间是前天早上")
    assert "时间：前天早上" in said(again)
    filed = citizen.write("确认")
    assert filed.file is not None
    assert (filed.file.place, filed.file.happened) == ("鸿福路8号", "前天早上")


@pytest.mark.parametrize("word", ["取消", "不说了", "算了"])
def test_dropped(citizen: Conversation, word: str) -> None:
    citizen.write("投诉")
    citizen.write("小区门口违停太多，没人管")
    assert citizen.write(word).intent == "report_dropped"
    assert citizen.memory.draft == {}
    assert citizen.memory.flow == ""


def test_left_and_taken_up_days_later(citizen: Conversation) -> None:
    citizen.write("投诉")
    citizen.write("小区门口违停太多，没人管")
    citizen.wait(days=3)
    assert citizen.write("居住证怎么办").entries == ("residence",)
    back = citizen.write("我要投诉")
    assert back.intent == "report_resume"
    assert "违停太多" in said(back)
    assert citizen.write("1").intent == "report_place"
    citizen.wait(days=8)
    assert citizen.write("我要投诉").intent == "report_matter", "after a week it is forgotten"


def test_what_the_hotline_does_not_take_is_told_with_the_right_door(citizen: Conversation) -> None:
    citizen.write("投诉")
    told = citizen.write("法院已经判决了，对方一直不执行判决")
    assert told.intent == "report_declined"
    assert "12368" in said(told)
    assert citizen.write("1").intent != "report_declined", "they can tell it all the same"
    citizen.write("取消")
    citizen.write("投诉")
    assert "12388" in said(citizen.write("镇里某主任收红包不办事"))
    assert citizen.write("2").intent == "report_dropped"


def test_a_report_asks_about_confidentiality(citizen: Conversation) -> None:
    citizen.write("我要举报")
    citizen.write("昨天发现河田村有黑作坊生产假酒")
    assert citizen.write("跳过").intent == "report_confidential"
    summary = citizen.write("要保密")
    assert "为您保密" in said(summary)
    filed = citizen.write("1")
    assert filed.file is not None
    assert filed.file.confidential
    assert not any(type(ask).__name__ == "AskSimilar" for ask in citizen.asked), "nobody else hears of it"


def test_others_told_the_same(citizen: Conversation) -> None:
    citizen.similar = (Similar("DG202611230000022", "育华路路灯不亮", "育华路", "正在办"),)
    citizen.write("投诉")
    citizen.write("昨天育华路路灯坏了没人修")
    offered = citizen.write("跳过")
    assert offered.intent == "report_similar"
    assert len(labels(offered)) == 2
    joined = citizen.write("1")
    assert isinstance(joined.wish, JoinTicket)
    assert joined.wish.number == "DG202611230000022"
    assert joined.file is None


def test_not_the_same(citizen: Conversation) -> None:
    citizen.similar = (Similar("DG202611230000022", "育华路路灯不亮", "育华路", "正在办"),)
    citizen.write("投诉")
    citizen.write("昨天育华路路灯坏了没人修")
    citizen.write("跳过")
    assert citizen.write("不是同一件事，另外反映").intent == "report_summary"
    assert citizen.write("1").file is not None


def test_a_number_that_cannot_be_had_keeps_the_matter(citizen: Conversation) -> None:
    citizen.name = None
    citizen.write("投诉")
    citizen.write("昨天育华路路灯坏了没人修，电话13800138000")
    decision = citizen.write("1")
    assert decision.file is None
    assert "都留着" in said(decision)
    assert citizen.memory.draft["matter"]


def test_danger_comes_before_the_matter(citizen: Conversation) -> None:
    citizen.write("投诉")
    assert citizen.write("我家着火了快来救命").intent == "emergency"


def test_on_sms_the_phone_is_known(citizen: Conversation) -> None:
    citizen.channel, citizen.phone = "sms", "+8613800138000"
    citizen.write("投诉")
    summary = citizen.write("昨天育华路路灯坏了没人修")
    assert summary.intent == "report_summary"
    filed = citizen.write("1")
    assert filed.file is not None
    assert filed.file.phone == "+8613800138000"


def test_a_suggestion_asks_for_no_place_or_time(citizen: Conversation) -> None:
    citizen.write("我要提建议")
    assert citizen.write("建议周末多开几班公交车").intent == "report_phone"


def test_in_english(citizen: Conversation) -> None:
    assert "what happened" in said(citizen.write("file a complaint"))


def test_a_question_not_answered_becomes_the_matter(citizen: Conversation) -> None:
    citizen.write("楼上天天漏水到我家没人管")
    assert citizen.write("告诉你们一件事").intent != "report_matter", "it was just said"
    assert "漏水" in citizen.memory.draft["matter"]
