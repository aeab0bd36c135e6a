"""A matter told without the wish to tell one: at once, in pieces, in Cantonese, after a question; and what is none."""

from __future__ import annotations

import pytest

from bot.contract import Draft
from tests.bot.conversation import Conversation, said


def told(citizen: Conversation, *texts: str) -> Draft:
    for text in texts:
        citizen.write(text)
    assert citizen.memory.draft is not None
    return citizen.memory.draft


def test_all_in_one_message_is_shown_at_once(citizen: Conversation) -> None:
    text = (
        "我住在厚街镇珊美社区康乐北路22号，楼下烧烤店每天晚上十点到凌晨两点油烟很大还吵，希望装净化器，"
        "我姓陈电话13712345678"
    )
    decision = citizen.write(text)
    assert decision.intent == "report_summary"
    assert "记下来了" in said(decision)
    draft = told(citizen)
    assert (draft.kind, draft.place) == ("complaint", "厚街镇珊美社区康乐北路22号")
    assert (draft.happened, draft.caller, draft.phone) == ("每天晚上十点到凌晨两点", "陈", "+8613712345678")
    assert draft.matter == text


def test_what_was_spoken_into_the_phone(citizen: Conversation) -> None:
    draft = told(
        citizen,
        "喂你好我想问一下就是我家楼下那个水管啊爆了水一直流流到马路上你们能不能派人来看一下我这里是东城区花园新村15栋",
    )
    assert (draft.kind, draft.place, draft.asking) == ("help", "东城区花园新村15栋", "time")


@pytest.mark.parametrize(
    ("pieces", "matter", "place"),
    [
        (("路灯", "坏了", "寮步 石大路"), "路灯\n坏了", "寮步 石大路"),
        (("小区有流浪狗追着人跑", "高埗镇冼沙三坊"), "小区有流浪狗追着人跑", "高埗镇冼沙三坊"),
        (
            ("还有个事，楼道的灯坏了没人修", "石龙镇兴龙中路老供销社宿舍"),
            "还有个事，楼道的灯坏了没人修",
            "石龙镇兴龙中路老供销社宿舍",
        ),
        (("我哋呢度冇水", "莞城运河东一路"), "我哋呢度冇水", "莞城运河东一路"),
        (("楼下装修嘈到死点搞", "东城石竹新花园7座"), "楼下装修嘈到死点搞", "东城石竹新花园7座"),
        (
            ("房子漏水开发商不管", "那你们能受理吗", "松山湖金域花园5栋1201"),
            "房子漏水开发商不管",
            "松山湖金域花园5栋1201",
        ),
    ],
)
def test_in_pieces(citizen: Conversation, pieces: tuple[str, ...], matter: str, place: str) -> None:
    draft = told(citizen, *pieces)
    assert (draft.matter, draft.place) == (matter, place)


@pytest.mark.parametrize(
    "texts",
    [
        ("我想办理营业执照", "东城石竹路12号"),
        ("养狗要不要办证", "隔壁的店几点关门"),
        ("社保卡坏了怎么办", "在东城"),
        ("13812345678",),
        ("昨天晚上",),
        ("东城石竹路12号",),
        ("我想在东城石竹路12号开店，下个月",),
        ("身份证过期了，人在虎门",),
        ("身份证过期了", "人在虎门"),
        ("社保卡损坏 长安镇",),
        ("户口本破损了，寮步的",),
        ("在东城社保卡坏了怎么办",),
        ("营业执照过期了，店在长安镇霄边大道",),
        ("退税退款一直没到账，东城税务局",),
        ("公积金提取 东城石竹路12号 13800138000",),
        ("13800138000 东城石竹路12号 居住证续签",),
        ("我在长安医院住院半年了，异地医保",),
        ("我奶奶90岁了住在石龙镇兴龙中路，高龄津贴从去年开始",),
        ("我护照过期了，住南城",),
        ("居住证过期了 我住东城光大花园5栋",),
        ("南城停水通知我看到了，知道了",),
        ("听说东城明天停水",),
        ("我今天花呗分期退款",),
        ("刚刚好奶茶店，东城石竹路",),
        ("楼道灯不亮", "刚刚亮了"),
        ("路灯坏了没人修", "东城城管局电话打通了，不用你们了"),
    ],
)
def test_what_is_no_matter(citizen: Conversation, texts: tuple[str, ...]) -> None:
    for text in texts:
        citizen.write(text)
    assert citizen.memory.draft is None


def test_a_question_before_is_no_part_of_it(citizen: Conversation) -> None:
    assert told(citizen, "单位消防演练要不要报备", "隔壁工厂天天烧垃圾烟很大").matter == "隔壁工厂天天烧垃圾烟很大"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我要投诉物业对漏水爱理不理", "complaint"),
        ("我要投诉医生爱答不答", "complaint"),
        ("我要投诉停车场进不进出不出", "complaint"),
        ("我要投诉楼上天亮不亮就开始敲", "complaint"),
        ("我要投诉物业半理不理的", "complaint"),
        ("楼下烧烤油烟太大请派人来处理，东城石竹路12号", "complaint"),
        ("路上有个大坑摔了不赔，东城石竹路12号", "help"),
        ("东城石竹路12号商家一直不给退款", "complaint"),
        ("我从去年三月在长安镇锦厦社区上班，公司没给我交社保", "complaint"),
    ],
)
def test_of_one_kind_and_no_question(citizen: Conversation, text: str, kind: str) -> None:
    assert told(citizen, text).kind == kind


def test_small_talk_before_is_no_matter(citizen: Conversation) -> None:
    for text in ("哈哈哈", "无聊", "我要投诉"):
        citizen.write(text)
    assert citizen.last is not None
    assert citizen.last.intent == "report_matter"


@pytest.mark.parametrize("wish", ["我要反映个事", "我要反映一件事情", "我要重新投诉", "我想举报一个问题"])
def test_the_wish_alone_asks_for_the_matter(citizen: Conversation, wish: str) -> None:
    assert citizen.write(wish).intent == "report_matter"


def test_the_phone_that_is_told_counts_before_the_one_the_channel_knows(citizen: Conversation) -> None:
    citizen.channel, citizen.phone = "sms", "+8613800138000"
    assert told(citizen, "房东不退押金，南城西平社区，13566667777").phone == "+8613566667777"


# ---- what is asked is not what is told ----


def test_a_phone_told_where_a_time_is_asked_is_no_time(asked: Conversation) -> None:
    asked.write("东城石竹路12号")
    draft = told(asked, "我儿子电话13500001111")
    assert (draft.happened, draft.phone, draft.asking) == ("", "+8613500001111", "time")
    assert draft.matter.endswith("我儿子电话13500001111")


def test_a_place_and_a_time_in_one_answer_are_told_apart(asked: Conversation) -> None:
    asked.write("跳过")
    draft = told(asked, "东城光大花园3期5栋，每天早上七点就开始钻")
    assert (draft.place, draft.happened) == ("东城光大花园3期5栋", "每天早上七点")
    assert "就开始钻" in draft.matter


def test_a_time_told_where_a_place_is_asked_is_no_place(asked: Conversation) -> None:
    draft = told(asked, "昨天晚上")
    assert (draft.place, draft.happened, draft.asking) == ("", "昨天晚上（11月23日）", "place")


@pytest.mark.parametrize("text", ["算了不投诉了", "算了，不想说了", "我不想投诉了，他们道歉了"])
def test_who_gives_it_up_is_not_asked_on(asked: Conversation, text: str) -> None:
    asked.write(text)
    assert asked.memory.draft is None


@pytest.mark.parametrize(
    "text",
    [
        "算了，匿名吧",
        "算了，要保密",
        "算了，地址不写了",
        "算了，留13800138000",
        "算了还是告诉你吧",
        "算了，就这个吧",
        "我算了一下损失",
        "算了好几次账都不对",
        "不用处理他们，修好就行",
        "不想追究了，修好就行",
    ],
)
def test_who_gives_up_something_else_has_not_given_up_the_matter(asked: Conversation, text: str) -> None:
    draft = told(asked, text)
    assert draft.matter
    assert draft.place == ""


def test_a_phone_left_where_it_is_asked_is_the_phone(asked: Conversation) -> None:
    asked.write("东城石竹路12号")
    asked.write("昨天")
    assert told(asked, "算了，留13800138000").phone == "+8613800138000"


def test_who_complains_of_somebody_else_has_not_given_it_up(asked: Conversation) -> None:
    assert told(asked, "不要投诉他，投诉物业").matter


@pytest.mark.parametrize("text", ["算了明天再说", "等下再说", "改天吧"])
def test_who_puts_it_off_finds_it_again(asked: Conversation, text: str) -> None:
    assert asked.write(text).intent == "report_left"
    assert asked.write("接着写").intent == "report_place"


@pytest.mark.parametrize("text", ["没有电话", "我没有手机"])
def test_who_has_no_phone_is_still_asked_when(asked: Conversation, text: str) -> None:
    asked.write("东城石竹路12号")
    assert asked.write(text).intent == "report_time"
    assert asked.write("昨天").intent == "report_summary"


def test_who_wants_no_name_told_is_kept_secret_and_still_asked_when(asked: Conversation) -> None:
    asked.write("东城石竹路12号")
    assert asked.write("不想说我是谁").intent == "report_time"
    assert told(asked).confidential is True
