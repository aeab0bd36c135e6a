"""What puts one fact right, and what only sounds like it and must leave the facts as they are."""

from __future__ import annotations

import pytest

from bot.contract import Draft
from tests.bot.conversation import Conversation

MATTER = "我要投诉楼上漏水"


def after(citizen: Conversation, *texts: str) -> Draft:
    for text in (MATTER, *texts):
        citizen.write(text)
    assert citizen.memory.draft is not None
    return citizen.memory.draft


@pytest.mark.parametrize(
    "text",
    [
        "刚才说过了",
        "今天解决",
        "周末联系我",
        "周一联系",
        "天天打电话",
        "刚刚挂了",
        "今天就要",
        "等很久了",
        "最近很冷",
        "天天漏",
        "周末在家",
    ],
)
def test_a_word_of_time_in_a_sentence_is_no_other_time(citizen: Conversation, text: str) -> None:
    draft = after(citizen, "东城石竹路12号", "昨天晚上", text)
    assert (draft.happened, draft.matter) == ("昨天晚上（11月23日）", f"{MATTER}\n{text}")


@pytest.mark.parametrize("text", ["大朗毛织厂老板叫李四", "石龙人民医院的诊断书", "南城住建局的人来看过"])
def test_a_sentence_that_begins_with_a_town_is_no_other_place(citizen: Conversation, text: str) -> None:
    draft = after(citizen, "石竹路12号", "昨天", text)
    assert (draft.place, draft.matter) == ("石竹路12号", f"{MATTER}\n{text}")


@pytest.mark.parametrize("text", ["虎门派出所说这是民事纠纷", "东城那边"])
def test_a_town_where_the_time_is_asked_is_neither_place_nor_time(citizen: Conversation, text: str) -> None:
    draft = after(citizen, "石竹路12号", text)
    assert (draft.place, draft.happened, draft.matter) == ("石竹路12号", "", f"{MATTER}\n{text}")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("应该是晚上", "晚上"),
        ("应该是国庆的时候", "国庆的时候"),
        ("应该是夏天开始的", "夏天开始的"),
        ("应该是装修的时候", "装修的时候"),
        ("不是今天，是之前", "之前"),
    ],
)
def test_what_is_supposed_of_the_time_leaves_the_place(citizen: Conversation, text: str, time: str) -> None:
    draft = after(citizen, "东城石竹路12号", text)
    assert (draft.place, draft.happened) == ("东城石竹路12号", time)


@pytest.mark.parametrize(("text", "place"), [("周末广场", "周末广场"), ("最近的路口", "最近的路口")])
def test_a_place_named_like_a_time_tells_no_time(citizen: Conversation, text: str, place: str) -> None:
    draft = after(citizen, text)
    assert (draft.place, draft.happened) == (place, "")


@pytest.mark.parametrize(
    ("text", "place"), [("刚刚好奶茶店，东城石竹路", "刚刚好奶茶店，东城石竹路"), ("成天花园3栋", "成天花园3栋")]
)
def test_a_name_that_holds_a_word_of_time_tells_none(citizen: Conversation, text: str, place: str) -> None:
    draft = after(citizen, text)
    assert (draft.place, draft.happened) == (place, "")


@pytest.mark.parametrize(
    ("time", "text", "place", "happened"),
    [
        ("昨天晚上", "不是昨天晚上，是前天晚上", "东城石竹路12号", "前天晚上（11月22日）"),
        ("3月1日", "不是石竹路，是在南城鸿福路5号", "南城鸿福路5号", "3月1日"),
        ("3月1日", "不是石竹路，是鸿福路5号", "东城鸿福路5号", "3月1日"),
        ("3月1日", "不是石竹路，是鸿福路", "东城鸿福路12号", "3月1日"),
        ("3月1日", "不是12号，是15号", "东城石竹路15号", "3月1日"),
        ("3月12号", "不是12号，是15号", "东城石竹路12号", "3月12号"),  # which of the two cannot be told
    ],
)
def test_this_instead_of_that(citizen: Conversation, time: str, text: str, place: str, happened: str) -> None:
    draft = after(citizen, "东城石竹路12号", time, text)
    assert (draft.place, draft.happened) == (place, happened)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("地点错了，是雁田网吧", "东城雁田网吧"),
        ("地点改成南城时代酒吧", "南城时代酒吧"),
        ("地点改成鸿福路5号吧", "东城鸿福路5号"),
        ("地点错了，是东莞火车站", "东莞火车站"),
    ],
)
def test_the_other_place_is_kept_whole(citizen: Conversation, text: str, place: str) -> None:
    assert after(citizen, "东城石竹路12号", "昨天", text).place == place


@pytest.mark.parametrize(
    "text", ["地址写对了吗", "地址写了没有", "地址填错了", "名字填了没", "名字叫什么", "内容写得不清楚", "时间写的对"]
)
def test_what_is_said_about_a_fact_is_no_value_of_it(citizen: Conversation, text: str) -> None:
    draft = after(citizen, "东城石竹路12号", "昨天", "13800138000", text)
    assert (draft.place, draft.happened, draft.caller) == ("东城石竹路12号", "昨天（11月23日）", "")
    assert draft.matter.startswith(MATTER)


@pytest.mark.parametrize(
    ("text", "intent"), [("地址填错了", "report_place"), ("内容写得不清楚", "report_matter_again")]
)
def test_what_is_filled_in_wrongly_is_asked_again(citizen: Conversation, text: str, intent: str) -> None:
    after(citizen, "东城石竹路12号", "昨天", "13800138000")
    assert citizen.write(text).intent == intent


@pytest.mark.parametrize(
    "text",
    [
        "打电话给前台三个人都不接",
        "还有他们为什么半夜施工？",
        "他家还养了三条狗你们知道吗",
        "怎么能这样欺负老百姓",
    ],
)
def test_more_of_the_matter_at_the_summary_is_kept(citizen: Conversation, text: str) -> None:
    assert after(citizen, "东城石竹路12号", "昨天", "13800138000", text).matter == f"{MATTER}\n{text}"
