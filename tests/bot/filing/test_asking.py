"""What is asked of a matter, on any channel: only what is missing."""

from __future__ import annotations

import pytest

from bot import filing
from bot.contract import AskSimilar, Known
from tests.bot.conversation import Conversation, labels, said

# ---- only what is missing ----


def test_only_what_is_missing_is_asked_and_the_number_comes_at_the_end(citizen: Conversation) -> None:
    assert citizen.write("我要投诉").intent == "report_matter"
    assert citizen.write("楼下餐馆油烟很臭，投诉好几次没人管").intent == "report_place"
    assert citizen.write("育华路12号").intent == "report_time"
    assert citizen.write("这个月每天晚上").intent == "report_phone"
    summary = citizen.write("13800138000")
    assert summary.intent == "report_summary"
    text = said(summary)
    for expected in ("投诉", "油烟", "育华路12号", "每天晚上", "138****8000"):
        assert expected in text
    assert "13800138000" not in text
    filed = citizen.write("1")
    assert filed.file is not None
    assert (filed.file.kind, filed.file.place, filed.file.phone) == ("complaint", "育华路12号", "+8613800138000")
    assert filed.file.matter == "楼下餐馆油烟很臭，投诉好几次没人管"
    assert not filed.file.confidential
    assert citizen.memory.draft is None
    assert citizen.memory.flow == ""


def test_number_and_code_stand_on_lines_of_their_own_with_what_comes_next(shown: Conversation) -> None:
    filed = shown.write("确认")
    assert filed.file is not None
    lines = said(filed).splitlines()
    assert filed.file.name.number in lines
    assert filed.file.name.code in lines
    text = said(filed)
    for expected in ("记下来", "转给负责的单位", "我反映的事", "补充"):
        assert expected in text
    assert "048213" not in repr(filed.file)


def test_facts_in_the_first_words_are_not_asked_again(citizen: Conversation) -> None:
    citizen.write("投诉")
    summary = citizen.write("昨天晚上东城街道万达广场对面工地施工太吵，我姓陈，电话13800138000")
    assert summary.intent == "report_summary"
    text = said(summary)
    for expected in ("东城街道万达广场对面", "昨天晚上（11月23日）", "称呼：陈", "138****8000"):
        assert expected in text


def test_the_words_that_open_it_may_be_the_matter(citizen: Conversation) -> None:
    decision = citizen.write("我要投诉育华路3号楼下烧烤店每天半夜扰民")
    assert decision.intent == "report_phone"
    assert citizen.memory.draft is not None
    assert (citizen.memory.draft.kind, citizen.memory.draft.place) == ("complaint", "育华路3号楼下")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我要投诉小区停水", "complaint"),
        ("您好，我想反映一下，厚街镇河田村每天晚上有人烧垃圾，味道很臭", "complaint"),
        ("我想反映个问题：小区门口的路一直堵", None),
        ("建议在鸿福路口增加红绿灯", "suggestion"),
        ("举报河田村有人无证行医", "report"),
        ("我还要投诉楼下烧烤店油烟", "complaint"),
        ("我要投诉路灯坏了好几天没人修", "complaint"),
        ("隔壁工地晚上12点还在打桩，吵得睡不着，我要投诉", "complaint"),
        ("楼上半夜跳绳，怎么说都不听，还是要投诉他", "complaint"),
        ("隔壁有人无证行医，举报他们", "report"),
        ("小区的路灯不亮了，我要报修", "help"),
        ("谢谢小王，服务态度很好，要表扬", "praise"),
        ("表扬一下派出所的李警官", "praise"),
        ("I want to file a complaint about my landlord", "complaint"),
    ],
)
def test_the_ways_it_is_opened(citizen: Conversation, text: str, kind: str | None) -> None:
    citizen.write(text)
    assert citizen.memory.draft is not None
    assert (citizen.memory.draft.matter, citizen.memory.draft.kind) == (text, kind)


@pytest.mark.parametrize(
    "text",
    [
        "投诉电话是多少",
        "举报有奖励吗",
        "怎么投诉物业不作为",
        "投诉热线电话",
        "表扬信格式",
        "表扬信格式范文",
        "点赞刷单被骗",
        "送锦旗要提前预约",
        "我想咨询公积金提取的事",
        "我被邻居投诉了",
        "微信怎么投诉",
    ],
)
def test_a_question_about_telling_tells_nothing(citizen: Conversation, text: str) -> None:
    citizen.write(text)
    assert citizen.memory.draft is None


def test_a_few_words_are_no_matter_yet(citizen: Conversation) -> None:
    citizen.write("我要投诉")
    assert citizen.write("噪音").intent == "report_matter_more"
    assert citizen.write("半夜装修").intent == "report_place"
    assert citizen.memory.draft is not None
    assert citizen.memory.draft.matter == "噪音\n半夜装修"


def test_the_kind_is_asked_only_when_the_words_do_not_tell(citizen: Conversation) -> None:
    citizen.write("反映问题")
    asked = citizen.write("小区门口的路一直堵，孩子上学很慢")
    assert asked.intent == "report_kind"
    assert len(labels(asked)) == 6
    assert citizen.write("表扬").intent == "report_summary", "who praises is asked for nothing more"
    citizen.write("改类别")
    assert citizen.write("2").intent == "report_place"


@pytest.mark.parametrize(
    ("opening", "kind"), [("我要提建议", "suggestion"), ("我要表扬", "praise"), ("我要求助", "help")]
)
def test_the_kind_may_be_named_at_the_beginning(citizen: Conversation, opening: str, kind: str) -> None:
    citizen.write(opening)
    assert citizen.memory.draft is not None
    assert citizen.memory.draft.kind == kind


def test_a_suggestion_asks_for_no_place_or_time(citizen: Conversation) -> None:
    citizen.write("我要提建议")
    assert citizen.write("建议多开几班公交车").intent == "report_phone"


def test_what_cannot_be_said_is_skipped(asked: Conversation) -> None:
    assert asked.write("跳过").intent == "report_time"
    assert asked.write("记不清了").intent == "report_phone"
    summary = asked.write("不用了")
    assert summary.intent == "report_summary"
    for line in ("地点", "时间", "电话"):
        assert f"{line}：" not in said(summary)


@pytest.mark.parametrize("text", ["不知道具体地点", "我也说不清楚在哪", "没有固定的地方", "不想说"])
def test_nothing_to_tell_in_many_words(asked: Conversation, text: str) -> None:
    assert asked.write(text).intent == "report_time"
    assert asked.memory.draft is not None
    assert asked.memory.draft.place == ""
    assert asked.memory.draft.matter == "我要投诉小区门口违停太多，没人管"


@pytest.mark.parametrize("text", ["什么意思", "你们是谁", "会保密吗", "为什么要问这个？"])
def test_asked_back_is_no_answer(asked: Conversation, text: str) -> None:
    again = asked.write(text)
    assert again.intent == "report_place"
    assert "人工" in said(again)


def test_the_place_is_corrected_when_the_time_is_asked(asked: Conversation) -> None:
    asked.write("南城石竹新花园")
    assert asked.write("不对，是东城石竹山水园").intent == "report_time"
    assert asked.memory.draft is not None
    assert (asked.memory.draft.place, asked.memory.draft.happened) == ("东城石竹山水园", "")
    assert asked.write("不对").intent == "report_change"


@pytest.mark.parametrize("word", ["no", "不是", "没有", "不留"])
def test_a_no_to_the_phone_is_no_phone(asked: Conversation, word: str) -> None:
    asked.write("南城石竹新花园")
    asked.write("昨天")
    assert asked.write(word).intent == "report_summary"


@pytest.mark.parametrize("text", ["另外我还要投诉楼下烧烤店油烟", "你们多久能处理"])
def test_what_is_no_time_is_not_taken_for_one(asked: Conversation, text: str) -> None:
    asked.write("南城石竹新花园")
    assert asked.write(text).intent == "report_time"
    assert asked.memory.draft is not None
    assert asked.memory.draft.happened == ""


def test_who_has_said_enough_is_asked_no_more(asked: Conversation) -> None:
    asked.write("南城石竹新花园")
    assert asked.write("就这样").intent == "report_phone"
    assert asked.write("就这样").intent == "report_summary"


def test_an_answer_may_tell_more_than_was_asked(asked: Conversation) -> None:
    summary = asked.write("东城街道育华路12号，上周三开始的，我叫李明，电话13800138000")
    assert summary.intent == "report_summary"
    draft = asked.memory.draft
    assert draft is not None
    assert (draft.place, draft.happened, draft.caller) == ("东城街道育华路12号", "上周三（11月18日）", "李明")


def test_who_tells_on_instead_of_answering_is_listened_to(asked: Conversation) -> None:
    more = (
        "其实已经反映过很多次了，保安说管不了，物业也说管不了，孩子放学的时候根本过不去，非常危险，希望有人来看看这件事"
    )
    again = asked.write(more)
    assert again.intent == "report_place"
    assert "补进去了" in said(again)
    assert asked.write(f"{more}，真的").intent == "report_time", "not asked a third time"
    assert asked.memory.draft is not None
    assert more in asked.memory.draft.matter


def test_a_phone_that_is_none_is_asked_again_and_a_landline_will_do(asked: Conversation) -> None:
    asked.write("育华路12号")
    asked.write("昨天")
    assert asked.write("1380013").intent == "report_phone_again"
    assert asked.write("0769-22112345").intent == "report_summary"
    filed = asked.write("对，提交")
    assert filed.file is not None
    assert filed.file.phone == "0769-22112345"


@pytest.mark.parametrize("text", ["13800138000", "我的电话是138 0013 8000", "手机：0769-22221111"])
def test_a_phone_told_while_something_else_is_asked_is_the_phone(asked: Conversation, text: str) -> None:
    assert asked.write(text).intent == "report_place"
    asked.write("东城街道育华路15号")
    again = asked.write(text)
    assert again.intent == "report_time"
    assert said(again).startswith("记下了")
    asked.write("昨天晚上")
    draft = asked.memory.draft
    assert draft is not None
    assert draft.phone
    assert (draft.place, draft.happened) == ("东城街道育华路15号", "昨天晚上（11月23日）")
    assert not any(number in draft.matter for number in ("138", "0769"))


@pytest.mark.parametrize("text", ["收费太高了", "态度很差", "他们不给退钱"])
def test_what_is_wrong_is_no_place_and_no_time(citizen: Conversation, text: str) -> None:
    citizen.write("投诉")
    citizen.write("小区的物业有问题")
    assert citizen.write(text).intent == "report_place"
    citizen.write("南城阳光小区")
    assert citizen.write("保安打人，没人管").intent == "report_time"
    draft = citizen.memory.draft
    assert draft is not None
    assert draft.matter == f"小区的物业有问题\n{text}\n保安打人，没人管"
    assert (draft.place, draft.happened) == ("南城阳光小区", "")


@pytest.mark.parametrize(
    ("place", "more", "whole"),
    [
        ("南城", "阳光花园3栋", "南城 阳光花园3栋"),
        ("南城", "南城阳光花园3栋", "南城阳光花园3栋"),
        ("南城阳光花园3栋", "阳光花园3栋", "南城阳光花园3栋"),
        ("南城阳光花园", "东城育华路15号", "东城育华路15号"),
    ],
)
def test_more_of_the_place_when_the_time_is_asked(asked: Conversation, place: str, more: str, whole: str) -> None:
    asked.write(place)
    assert asked.write(more).intent == "report_time"
    assert asked.write("上周三").intent == "report_phone"
    draft = asked.memory.draft
    assert draft is not None
    assert (draft.place, draft.happened) == (whole, "上周三（11月18日）")


@pytest.mark.parametrize(
    "place",
    [
        "松山湖度假酒店",
        "污水处理厂旁边",
        "南城狗不理包子店",
        "垃圾堆放点对面",
        "大岭山那间黑作坊",
        "占道经营的那条街",
        "水果店门口，占道经营",
    ],
)
def test_a_place_is_a_place_whatever_it_is_called(asked: Conversation, place: str) -> None:
    assert asked.write(place).intent == "report_time"
    assert asked.memory.draft is not None
    assert place.startswith(asked.memory.draft.place)


@pytest.mark.parametrize(
    "time", ["晚上太吵了", "白天很吵", "11点到1点很吵", "刚才不给退钱", "一直都很吵", "好多年了没人管", "太久了，忘了"]
)
def test_a_time_is_a_time_with_what_was_wrong_beside_it(asked: Conversation, time: str) -> None:
    asked.write("东城街道育华路15号")
    assert asked.write(time).intent == "report_phone"
    assert asked.memory.draft is not None
    assert asked.memory.draft.happened


def test_what_is_put_right_is_taken_as_it_is_written(shown: Conversation) -> None:
    shown.write("改地点")
    shown.write("没人管的那块空地")
    shown.write("改时间")
    assert shown.write("实在太慢了").intent == "report_summary"
    draft = shown.memory.draft
    assert draft is not None
    assert (draft.place, draft.happened) == ("没人管的那块空地", "实在太慢了")


@pytest.mark.parametrize("text", ["李先生 13800138000", "我叫李明，电话13800138000"])
def test_the_name_beside_a_phone_is_kept(asked: Conversation, text: str) -> None:
    assert asked.write(text).intent == "report_place"
    draft = asked.memory.draft
    assert draft is not None
    assert (draft.phone, draft.caller[:1]) == ("+8613800138000", "李")


@pytest.mark.parametrize("matter", ["骚扰电话", "我要举报一个诈骗电话"])
def test_the_number_a_matter_is_about_belongs_to_it(citizen: Conversation, matter: str) -> None:
    citizen.write("举报")
    citizen.write(matter)
    citizen.write("13800138000")
    draft = citizen.memory.draft
    assert draft is not None
    assert "13800138000" in draft.matter
    assert not draft.phone


def test_a_phone_before_the_matter_is_no_matter(citizen: Conversation) -> None:
    citizen.write("投诉")
    assert citizen.write("13800138000").intent == "report_matter"
    assert citizen.write("昨天育华路路灯坏了没人修").intent == "report_summary"


def test_somebody_elses_number_is_not_theirs(citizen: Conversation) -> None:
    citizen.write("投诉")
    assert citizen.write("昨天在育华路被骗，商家电话13800138000打不通，不退款").intent == "report_phone"


def test_on_sms_the_phone_is_known(citizen: Conversation) -> None:
    citizen.channel, citizen.phone = "sms", "+8613800138000"
    citizen.write("投诉")
    assert citizen.write("昨天育华路路灯坏了没人修").intent == "report_summary"
    filed = citizen.write("1")
    assert filed.file is not None
    assert filed.file.phone == "+8613800138000"


def test_in_english(citizen: Conversation) -> None:
    assert "what happened" in said(citizen.write("file a complaint"))
    assert citizen.write("the street light at 12 Yuhua Road is broken since last week").intent == "report_phone"
    summary = said(citizen.write("skip"))
    assert "12 Yuhua Road" in summary
    filed = citizen.write("yes")
    assert filed.file is not None
    assert "keep these two" in said(filed)


def test_words_may_open_it_in_english(citizen: Conversation) -> None:
    assert citizen.write("I want to report a broken bench in Renmin Park").memory.draft is not None


# ---- reports of wrongdoing ----


def test_a_report_asks_about_confidentiality(citizen: Conversation) -> None:
    citizen.write("我要举报")
    citizen.write("昨天发现河田村有黑作坊生产假酒")
    assert citizen.write("跳过").intent == "report_confidential"
    assert "为您保密" in said(citizen.write("要保密"))
    filed = citizen.write("1")
    assert filed.file is not None
    assert filed.file.confidential
    assert "为您保密" in said(filed)
    assert not any(isinstance(ask, AskSimilar) for ask in citizen.asked), "nobody else hears of it"


@pytest.mark.parametrize(("answer", "confidential"), [("好", True), ("不用", False), ("2", False), ("要", True)])
def test_yes_or_no_to_it(citizen: Conversation, answer: str, confidential: bool) -> None:
    citizen.write("我要举报")
    citizen.write("昨天发现河田村有黑作坊生产假酒，我的电话13800138000")
    assert citizen.write(answer).intent == "report_summary"
    assert citizen.memory.draft is not None
    assert citizen.memory.draft.confidential is confidential


# ---- bounds ----


def test_a_long_matter_is_kept_up_to_its_bound(asked: Conversation) -> None:
    for _ in range(8):
        asked.write("很长的话。" * 400)
    draft = asked.memory.draft
    assert draft is not None
    assert len(draft.matter) <= 4_000
    assert len(asked.memory.model_dump_json()) < 12_000


def test_an_order_number_in_a_matter_is_no_ticket(citizen: Conversation) -> None:
    citizen.write("投诉")
    assert citizen.write("订单号202611260000012，商家不退款").intent == "report_place"


def test_a_ticket_looked_up_in_the_middle(asked: Conversation) -> None:
    number = "DG202611200000076"
    asked.tickets = (Known(number, "路灯", "正在办"),)
    told = asked.write(number)
    assert told.intent == "progress_told"
    assert "事情在哪里" in said(told)
    assert asked.memory.flow == filing.FLOW
