"""A matter told in whatever order things come up: begun before, left, taken up again."""

from __future__ import annotations

import pytest

from bot.drafts import PICTURES
from tests.bot.conversation import Conversation, labels, said

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
    assert citizen.write("楼上一直往我家里漏水没人管").intent == "nothing"
    decision = citizen.write("把事情写给你们")
    assert "漏水" in said(decision)
    assert decision.intent == "report_place"
    assert citizen.memory.draft is not None
    assert "漏水" in citizen.memory.draft.matter
    assert citizen.write("不是这件事").intent == "report_matter_again"
    citizen.write("小区停水两天了，没有人通知")
    assert citizen.memory.draft is not None
    assert citizen.memory.draft.matter == "小区停水两天了，没有人通知"


def test_who_says_where_after_the_matter_is_listened_to(citizen: Conversation) -> None:
    citizen.write("门口的路灯坏了好几天了")
    decision = citizen.write("寮步镇香市路12号旁边，我的电话13800138000")
    assert decision.intent == "report_summary"
    assert "门口的路灯坏了好几天了" in said(decision)
    assert "寮步镇香市路12号旁边" in said(decision)


def test_who_wished_to_complain_and_says_what_is_wrong_is_listened_to(citizen: Conversation) -> None:
    citizen.write("我想投诉物业")
    assert citizen.write("收费太高了").intent == "report_place"
    assert citizen.memory.draft is not None
    assert citizen.memory.draft.matter == "我想投诉物业\n收费太高了"


def test_so_few_words_are_a_matter_when_they_say_what_is_wrong(citizen: Conversation) -> None:
    citizen.write("路灯坏了")
    assert citizen.write("茶山镇茶园大道").intent == "report_time"
    assert citizen.memory.draft is not None
    assert (citizen.memory.draft.matter, citizen.memory.draft.place) == ("路灯坏了", "茶山镇茶园大道")


@pytest.mark.parametrize("text", ["太感谢了", "算了太麻烦了", "你这个机器人太笨了", "不管了"])
def test_a_word_to_the_hotline_is_no_matter(citizen: Conversation, text: str) -> None:
    citizen.write("我想投诉物业")
    citizen.write(text)
    assert citizen.memory.draft is None


@pytest.mark.parametrize("text", ["报修电话", "停水信息", "困难补助", "帮我打印"])
def test_so_few_words_are_no_matter_when_nothing_is_broken(citizen: Conversation, text: str) -> None:
    citizen.write(text)
    citizen.write("寮步镇香市路12号")
    assert citizen.memory.draft is None


def test_a_town_alone_is_no_place_and_tells_on(citizen: Conversation) -> None:
    citizen.write("门口的路灯坏了没人修")
    assert citizen.write("南城街道").intent == "report_place"
    assert citizen.memory.draft is not None
    assert citizen.memory.draft.matter == "门口的路灯坏了没人修\n南城街道"


def test_a_nearer_place_told_after_the_matter_is_joined(citizen: Conversation) -> None:
    citizen.write("东城育华路路灯坏了好几天了")
    citizen.write("东泰花园3栋楼下")
    assert citizen.memory.draft is not None
    assert citizen.memory.draft.place == "东城育华路 东泰花园3栋楼下"


def test_a_place_told_after_the_matter_is_not_said_twice(citizen: Conversation) -> None:
    citizen.write("门口的路灯坏了好几天了")
    citizen.write("东城街道东泰花园3栋楼下")
    draft = citizen.memory.draft
    assert draft is not None
    assert (draft.matter, draft.place) == ("门口的路灯坏了好几天了", "东城街道东泰花园3栋楼下")


@pytest.mark.parametrize("sent", ["location", "image"])
def test_who_sends_a_place_or_a_picture_after_the_matter_is_not_asked_what_it_is(
    citizen: Conversation, sent: str
) -> None:
    citizen.write("楼道的垃圾堆满了没人清")
    where = {"latitude": 23.0, "longitude": 113.7} if sent == "location" else {}
    assert "楼道的垃圾堆满了没人清" in said(citizen.do(sent, "东城育华路", **where))
    draft = citizen.memory.draft
    assert draft is not None
    assert (draft.place, len(draft.pictures)) == (("东城育华路", 0) if sent == "location" else ("", 1))


@pytest.mark.parametrize("before", ["居住证怎么办", "公司拖欠工资怎么办"])
def test_a_question_does_not_become_a_matter_by_itself(citizen: Conversation, before: str) -> None:
    citizen.write(before)
    citizen.write("东城街道育华路12号")
    assert citizen.memory.draft is None


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


def test_with_nothing_told_before_the_matter_goes_on(asked: Conversation) -> None:
    decision = asked.write("我反映的事")
    assert "还没有您反映的事" in said(decision)
    assert "事情在哪里" in said(decision)
    assert asked.write("东城街道星河花园3栋").intent == "report_time"


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


@pytest.mark.parametrize("word", ["对", "好的", "1", "对，就这样", "确认"])
def test_who_agrees_hours_later_sees_first_what_they_agree_to(shown: Conversation, word: str) -> None:
    shown.wait(hours=3)
    decision = shown.write(word)
    assert (decision.intent, decision.file) == ("report_summary", None)
    assert said(decision).startswith("刚才那件事接着说。请看看对不对")
    assert shown.write("对").file is not None


def test_a_skip_hours_later_is_asked_about_again(asked: Conversation) -> None:
    asked.wait(hours=3)
    assert asked.write("跳过").intent == "report_place"


def test_a_new_matter_instead(asked: Conversation) -> None:
    asked.wait(days=1)
    asked.write("我要投诉")
    assert asked.write("说另一件事").intent == "report_matter"
    assert asked.memory.draft is not None
    assert asked.memory.draft.matter == ""


@pytest.mark.parametrize("word", ["取消", "不说了", "算了", "不想投诉了", "我不投诉了"])
def test_dropped(asked: Conversation, word: str) -> None:
    assert asked.write(word).intent == "report_dropped"
    assert asked.memory.draft is None
    assert asked.memory.flow == ""
