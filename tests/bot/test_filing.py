"""Telling a matter, on any channel, in whatever order things come up."""

from __future__ import annotations

import pytest

from bot import filing
from bot.contract import AskNumber, AskSimilar, JoinTicket, Known, Similar
from bot.drafts import PICTURES
from tests.bot.conversation import WITH_TICKETS, Conversation, labels, said

LAMP = Similar("DG202611230000022", "育华路路灯不亮", "育华路", "正在办")


@pytest.fixture
def citizen() -> Conversation:
    return Conversation(WITH_TICKETS)


@pytest.fixture
def asked(citizen: Conversation) -> Conversation:
    """A matter is told; the place is asked for."""
    assert citizen.write("我要投诉小区门口违停太多，没人管").intent == "report_place"
    return citizen


@pytest.fixture
def shown(citizen: Conversation) -> Conversation:
    """Everything is told; the summary is shown."""
    citizen.write("投诉")
    assert citizen.write("昨天育华路路灯坏了没人修，我的电话13800138000").intent == "report_summary"
    return citizen


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
    ],
)
def test_the_ways_it_is_opened(citizen: Conversation, text: str, kind: str | None) -> None:
    citizen.write(text)
    assert citizen.memory.draft is not None
    assert (citizen.memory.draft.matter, citizen.memory.draft.kind) == (text, kind)


@pytest.mark.parametrize(
    "text",
    ["投诉电话是多少", "举报有奖励吗", "怎么投诉物业不作为", "投诉热线电话", "表扬信格式", "我想咨询公积金提取的事"],
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


# ---- what was said and sent just before ----


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


def test_what_was_sent_long_before_does_not(citizen: Conversation) -> None:
    citizen.do("image")
    citizen.wait(minutes=31)
    citizen.write("我要投诉")
    assert citizen.memory.draft is not None
    assert citizen.memory.draft.pictures == ()


def test_what_found_no_answer_becomes_the_matter(citizen: Conversation) -> None:
    citizen.write("东城中路18号楼上天天漏水到我家没人管")
    decision = citizen.write("把事情写给你们")
    assert "漏水" in said(decision)
    assert decision.intent == "report_phone"
    assert citizen.memory.draft is not None
    assert "漏水" in citizen.memory.draft.matter
    assert citizen.write("不是这件事").intent == "report_matter_again"
    citizen.write("小区停水两天了，没有人通知")
    assert citizen.memory.draft is not None
    assert citizen.memory.draft.matter == "小区停水两天了，没有人通知"


def test_a_question_that_was_answered_is_asked_about(citizen: Conversation) -> None:
    citizen.write("公司拖欠工资怎么办")
    asked = citizen.write("我要投诉")
    assert asked.intent == "report_this"
    assert "公司拖欠工资怎么办" in said(asked)
    assert citizen.write("1").intent == "report_place"


@pytest.mark.parametrize("answer", ["2", "不是", "是另一件事"])
def test_it_may_be_another_matter(citizen: Conversation, answer: str) -> None:
    citizen.write("公司拖欠工资怎么办")
    citizen.write("我要投诉")
    assert citizen.write(answer).intent == "report_matter"


def test_a_picture_in_the_middle_is_kept_and_the_question_stays(asked: Conversation) -> None:
    decision = asked.do("image")
    assert decision.intent == "report_place"
    assert "跟这件事放在一起" in said(decision)
    assert asked.do("location", "育华路12号", latitude=23.0, longitude=113.0).intent == "report_time"
    for _ in range(PICTURES + 2):
        last = asked.do("voice")
    assert f"{PICTURES}张" in said(last)
    assert asked.memory.draft is not None
    assert len(asked.memory.draft.pictures) == PICTURES
    asked.write("昨天")
    asked.write("跳过")
    assert "照片" not in said(asked.write("不要照片"))


# ---- left, and taken up again ----


def test_another_question_is_answered_and_the_matter_goes_on(asked: Conversation) -> None:
    between = asked.write("居住证怎么办？")
    assert between.entries == ("residence",)
    assert "事情在哪里" in said(between)
    assert asked.write("厚街镇河田村工业区").intent == "report_time"


def test_choices_met_on_the_way_can_be_chosen_from(asked: Conversation) -> None:
    assert labels(asked.write("菜单"))
    assert asked.write("1").intent == "hot"
    answer = asked.write("1")
    assert answer.entries == ("residence",)
    assert "事情在哪里" in said(answer)
    asked.do("menu_click", "hot")
    assert asked.write("育华路12号").intent == "report_time"


def test_a_question_where_the_matter_was_asked_may_be_the_matter(citizen: Conversation) -> None:
    citizen.write("我要投诉")
    answer = citizen.write("公司拖欠工资怎么办")
    assert answer.entries == ("wages",)
    assert labels(answer) == ["就是这件事", "是另一件事"]
    assert citizen.write("1").intent == "report_place"


def test_the_summary_is_put_again_after_another_question(shown: Conversation) -> None:
    assert labels(shown.write("居住证怎么办"))[0] == "对，就这样"
    assert shown.write("1").file is not None


def test_a_flow_of_another_kind_sets_it_aside_and_says_so(asked: Conversation) -> None:
    aside = asked.write("查进度")
    assert "先放着" in said(aside)
    asked.write("取消")
    assert asked.write("接着写").intent == "report_place"


def test_a_person_is_fetched_and_the_matter_is_not_lost(asked: Conversation) -> None:
    assert asked.write("人工").handoff is not None
    asked.write("取消排队")
    assert asked.write("接着写").intent == "report_place"


def test_danger_comes_before_the_matter_and_leaves_it(asked: Conversation) -> None:
    assert asked.write("我家着火了快来救命").alarm is not None
    assert asked.memory.flow == "emergency"
    assert asked.memory.draft is not None


@pytest.mark.parametrize("word", ["返回", "先不说了，等一下"])
def test_set_aside_or_told_on(asked: Conversation, word: str) -> None:
    asked.write(word)
    assert asked.memory.draft is not None


def test_left_and_taken_up_days_later(asked: Conversation) -> None:
    asked.wait(days=3)
    assert asked.write("居住证怎么办").entries == ("residence",)
    back = asked.write("我要投诉")
    assert back.intent == "report_resume"
    assert "违停太多" in said(back)
    assert asked.write("1").intent == "report_place"
    asked.wait(days=8)
    assert asked.write("我要投诉").intent == "report_matter", "after a week it is forgotten"


def test_who_comes_back_with_a_greeting_is_reminded_once(asked: Conversation) -> None:
    asked.wait(days=1)
    assert labels(asked.write("你好")) == ["接着写", "说另一件事", "不说了"]
    asked.wait(hours=3)
    assert asked.write("你好").intent == "greet"
    assert asked.write("接着写").intent == "report_place"


def test_an_answer_given_late_is_not_lost(asked: Conversation) -> None:
    asked.wait(hours=5)
    assert asked.write("东城街道星河花园3栋").intent == "report_resume"
    assert asked.write("接着写").intent == "report_time"
    assert asked.memory.draft is not None
    assert asked.memory.draft.place == "东城街道星河花园3栋"


def test_a_new_matter_instead(asked: Conversation) -> None:
    asked.wait(days=1)
    asked.write("我要投诉")
    assert asked.write("说另一件事").intent == "report_matter"
    assert asked.memory.draft is not None
    assert asked.memory.draft.matter == ""


@pytest.mark.parametrize("word", ["取消", "不说了", "算了"])
def test_dropped(asked: Conversation, word: str) -> None:
    assert asked.write(word).intent == "report_dropped"
    assert asked.memory.draft is None
    assert asked.memory.flow == ""


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
