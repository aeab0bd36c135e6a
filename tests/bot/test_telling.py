"""What a citizen's words tell of a matter; and that what they do not tell is not made up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import reading, telling

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # a Tuesday, noon in Beijing


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我要投诉楼下烧烤店", "complaint"),
        ("我想举报有人卖烟", "report"),
        ("实名举报某厂", "report"),
        ("建议多开几班公交车", "suggestion"),
        ("我要表扬莞城派出所的小王", "praise"),
        ("求助：家里停水了", "help"),
        ("你好，我要投诉", "complaint"),
        ("楼下餐馆油烟很臭，投诉好几次没人管", "complaint"),
        ("公司拖欠工资两个月了", "complaint"),
        ("昨天育华路路灯坏了没人修", "help"),
        ("有人在河边偷排污水", "report"),
        ("希望在路口增加一个红绿灯", "suggestion"),
        ("十分感谢社区医院的李医生，送锦旗", "praise"),
        ("水费怎么算的", "consultation"),
        ("物业什么都不管", "complaint"),
        ("I want to complain about the noise", "complaint"),
        ("the street light is broken", "help"),
        ("小区门口的路一直堵", None),
        ("小区停水了，投诉物业态度差", None),
        ("", None),
    ],
)
def test_kind(text: str, kind: str | None) -> None:
    assert telling.kind(reading.folded(text)) == kind


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("昨天晚上东城街道万达广场对面工地施工太吵", "东城街道万达广场对面"),
        ("东城中路18号楼下工地每晚施工到两点", "东城中路18号楼下"),
        ("长安镇乌沙村江贝大道3号有人无证行医", "长安镇乌沙村江贝大道3号"),
        ("常平镇土塘村新城路二巷5号 下水道堵塞", "常平镇土塘村新城路二巷5号"),
        ("家住星河小区5栋，电梯坏了半个月", "星河小区5栋"),
        ("鸿福路路灯坏了三天了", "鸿福路"),
        ("昨天发现河田村有黑作坊", "河田村"),
        ("上周三在南城万达广场门口买东西", "南城万达广场门口"),
        ("车停在育华小学门口", "育华小学门口"),
        ("虎门医院挂号要排队两个小时", "虎门医院"),
        ("我叫李明，住在大朗镇长塘社区3栋", "大朗镇长塘社区3栋"),
        ("松山湖大道红绿灯坏了", "松山湖大道红绿灯"),
        ("莞太路积水很深", "莞太路"),
        ("the light at 12 Yuhua Road is broken", "12 Yuhua Road"),
    ],
)
def test_place(text: str, place: str) -> None:
    assert telling.place(reading.folded(text)) == place


@pytest.mark.parametrize(
    "text",
    [
        "楼下餐馆油烟很臭",
        "小区门口违停太多，没人管",
        "我在一家电子厂上班，老板拖欠工资",
        "学校门口马路坏了",
        "修马路太吵",
        "我们村的路灯坏了",
        "建议老旧小区加装电梯",
        "东城有人乱倒垃圾",
        "公司在半路把我赶下车",
        "道路塌陷了",
        "the road is broken",
    ],
)
def test_no_place_that_somebody_could_go_to(text: str) -> None:
    assert telling.place(reading.folded(text)) == ""


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("昨天晚上楼下很吵", "昨天晚上（11月23日）"),
        ("昨晚", "昨晚（11月23日）"),
        ("大前天早上", "大前天早上（11月21日）"),
        ("上周三买的", "上周三（11月18日）"),
        ("上个星期五晚上8点", "上个星期五晚上8点（11月20日）"),
        ("周五开始漏水", "周五（11月20日）"),
        ("今早7点半", "今早7点半（11月24日）"),
        ("11月20日晚上8点红绿灯坏了", "11月20日晚上8点"),
        ("2026年10月1日", "2026年10月1日"),
        ("2026-10-01 买的", "2026-10-01"),
        ("八月十五号买到假药", "八月十五号"),
        ("路灯坏了三天了", "三天了"),
        ("电梯坏了半个月", "半个月"),
        ("每天晚上十点到凌晨两点跳舞", "每天晚上十点到凌晨两点"),
        ("这个月每天晚上", "这个月每天晚上"),
        ("从上个月开始漏水", "从上个月开始"),
        ("上个月3号签的合同", "上个月3号"),
        ("最近很吵", "最近"),
        ("noise since last week", "since last week"),
        ("it happened last night", "last night (2026-11-23)"),
        ("one year on every road, this is it", ""),
        ("一周一次的垃圾清运", ""),
        ("一年级的学生", ""),
        ("施工到两点", ""),
        ("", ""),
    ],
)
def test_when(text: str, when: str) -> None:
    assert telling.happened(reading.folded(text), NOON) == when


def test_a_day_is_the_one_in_beijing() -> None:
    late = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # one in the morning of the 24th
    assert telling.happened("昨天", late) == "昨天（11月23日）"


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("我的电话13800138000", "+8613800138000"),
        ("联系方式：138 0013 8000", "+8613800138000"),
        ("路灯坏了，+86 13800138000", "+8613800138000"),
        ("请打0769-22112345找我", "0769-22112345"),
        ("骚扰电话13800138000天天打来", ""),
        ("商家电话13800138000不接", ""),
        ("物业的电话是0769-22112345，打不通", ""),
        ("订单1380013800012", ""),
    ],
)
def test_own_phone(text: str, phone: str) -> None:
    assert telling.own_phone(reading.folded(text)) == phone


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我姓陈", "陈"),
        ("13912345678 姓陈", "陈"),
        ("姓陈的包工头拖欠我们工资三个月了", ""),
        ("老板不发工资，姓李", ""),
        ("免贵姓王先生", "王先生"),
        ("我叫李明，住在大朗", "李明"),
        ("请打13912345678找李女士", "李女士"),
        ("李女士 13800138000", "李女士"),
        ("my name is John Smith", "John Smith"),
        ("我叫他别吵了", ""),
        ("我叫了三次外卖", ""),
        ("王府井大街", ""),
    ],
)
def test_caller(text: str, name: str) -> None:
    assert telling.caller(reading.folded(text)) == name


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("我姓张，电话13912345678", ""),
        ("我叫李明", ""),
        ("13912345678", ""),
        ("电话：１３９１２３４５６７８。", ""),
        ("路灯坏了，我的手机号是 139-1234-5678", "路灯坏了"),
        ("我姓张，电话13912345678，育华路路灯坏了", "我姓张，育华路路灯坏了"),
        ("13912345678，育华路路灯坏了", "育华路路灯坏了"),
        ("路灯坏了，打我电话13912345678或者0769-22334455都行", "路灯坏了或者0769-22334455都行"),
        ("路灯坏了\n电话 13912345678\n已经三天了", "路灯坏了\n已经三天了"),
        ("骗子的电话是13912345678，冒充银行", "骗子的电话是13912345678，冒充银行"),
        ("订单1380013800012，没人管", "订单1380013800012，没人管"),
        ("The light is broken, my phone is 13912345678", "The light is broken"),
        ("路灯坏了，", "路灯坏了，"),
    ],
)
def test_without_contact(text: str, kept: str) -> None:
    assert telling.without_contact(text) == kept


@pytest.mark.parametrize(
    ("text", "confidential"),
    [
        ("请保密", True),
        ("我要匿名", True),
        ("不要透露我的身份", True),
        ("不用保密", False),
        ("可以公开", False),
        ("他违反了保密协议", None),
        ("收到一封匿名信", None),
        ("路灯坏了", None),
    ],
)
def test_confidential(text: str, confidential: bool | None) -> None:
    assert telling.confidential(reading.folded(text)) is confidential


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    spoken = reading.folded(text)
    assert len(telling.place(spoken)) <= telling.PLACE_CHARS
    assert len(telling.happened(spoken, NOON)) <= telling.TIME_CHARS + 20
    assert len(telling.caller(spoken)) <= telling.NAME_CHARS
    telling.kind(spoken)
    telling.own_phone(spoken)
    telling.confidential(spoken)
    assert len(telling.without_contact(text)) <= len(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("厚街镇家具大道与康乐路口，今天上午开始", "厚街镇家具大道与康乐路口"),
        ("长安镇振安中路与德政中路交汇处积水", "长安镇振安中路与德政中路交汇处"),
        ("虎门镇金洲社区锦绣花园2栋501漏水", "虎门镇金洲社区锦绣花园2栋501"),
        ("306路公交车司机骂人", ""),
    ],
)
def test_all_of_a_place(text: str, place: str) -> None:
    assert telling.place(reading.folded(text)) == place


@pytest.mark.parametrize(
    ("text", "is_place"),
    [
        ("石龙镇兴龙中路老供销社宿舍", True),
        ("在东城石竹路12号", True),
        ("南城街道", False),
        ("东城石竹路12号，昨天晚上", False),
        ("石竹路12号的路灯坏了", False),
        ("东城在哪里办", False),
    ],
)
def test_where_and_nothing_else(text: str, is_place: bool) -> None:
    assert telling.is_place(reading.folded(text)) is is_place
