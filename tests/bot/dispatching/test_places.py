"""Which towns and parks a text names."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dispatching import Gazetteer, Place

NAMES = {
    "changan": ["东莞市长安镇", "长安", "长安镇", "霄边", "乌沙社区", "新安社区"],
    "dongcheng": ["东城", "东城街道", "东城区", "温塘", "主山社区", "岗贝"],
    "nancheng": ["南城", "南城街道", "元美", "鸿福路"],
    "houjie": ["厚街", "厚街镇", "河田", "新塘村"],
    "humen": ["虎门", "虎门镇", "怀德", "威远岛", "虎门大桥", "北栅"],
    "changping": ["常平", "常平镇", "土塘"],
    "shipai": ["石排", "石排镇", "福隆"],
    "qiaotou": ["桥头", "桥头镇", "莲湖"],
    "dalang": ["大朗", "大朗镇", "巷头", "长塘"],
    "dalingshan": ["大岭山", "大岭山镇", "新塘村"],
    "shatian": ["沙田", "沙田镇"],
    "qingxi": ["清溪", "清溪镇", "上元村"],
    "chashan": ["茶山", "茶山镇", "上元村"],
    "zhangmutou": ["樟木头", "樟木头镇", "官仓"],
    "songshanhu": ["松山湖", "松山湖高新区", "生态园"],
    "gaobu": ["高埗", "高埗镇", "高埗塘厦"],
    "tangxia": ["塘厦", "塘厦镇", "林村"],
}


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(NAMES)


def named(gazetteer: Gazetteer, text: str) -> list[str]:
    return [place.unit for place in gazetteer.find(text)]


@pytest.mark.parametrize(
    ("text", "unit", "matched"),
    [
        ("长安镇乌沙社区垃圾没人清", "changan", "乌沙社区"),
        ("东莞市长安镇霄边的路灯坏了", "changan", "东莞市长安镇"),
        ("东莞市长安霄边", "changan", "长安"),
        ("我住在东莞南城，楼上太吵", "nancheng", "南城"),
        ("虎门大桥堵车两个小时", "humen", "虎门大桥"),
        ("怀德公寓停水", "humen", "怀德"),
        ("大朗巷头的工厂冒黑烟", "dalang", "大朗"),
        ("樟木头火车站出租车拒载", "zhangmutou", "樟木头"),
        ("松山湖高新区地铁什么时候通", "songshanhu", "松山湖高新区"),
        ("石排福隆有人占道经营", "shipai", "石排"),
        ("清溪水厂昨晚停水", "qingxi", "清溪"),
        ("鸿福路封路了吗", "nancheng", "鸿福路"),
        ("在常平站被黄牛骗了", "changping", "常平"),
        ("桥头镇莲湖景区", "qiaotou", "桥头镇"),
        ("虎门街上有人打架", "humen", "虎门"),
        ("虎門鎮的執法", "humen", "虎門鎮"),
        ("厚街，河田那边", "houjie", "厚街"),
    ],
)
def test_a_place_is_found_by_its_longest_name(gazetteer: Gazetteer, text: str, unit: str, matched: str) -> None:
    start = text.index(matched)
    assert gazetteer.find(text) == [Place(unit, matched, (start, start + len(matched)))]


@pytest.mark.parametrize(
    "text",
    [
        "北京长安街堵车",
        "走到长安街就走不动了",
        "西安市长安区的房子",
        "买了一辆长安汽车，变速箱坏了",
        "长安福特不给退定金",
        "校长安排学生去工厂",
        "市长安排人来看看",
        "家长安全意识差",
        "希望儿子健康成长安全上学",
        "局长安抚了几句就走了",
        "希望小区非常平静",
        "他经常平白无故骂人",
        "广东城市职业学院",
        "河南城市很多",
        "排石的药报销吗",
        "大桥头有人摆摊",
        "立交桥头积水",
        "香港沙田寄来的包裹",
        "沙田柚烂了",
        "温州茶山的快递",
        "没有地名",
        "",
    ],
)
def test_what_only_looks_like_a_place_is_none(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.find(text) == []


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("不是长安，是虎门", ["humen"]),
        ("工厂不在厚街镇，在沙田", ["shatian"]),
        ("并非东莞市石排镇管", []),
        ("是不是长安镇管的", ["changan"]),
        ("这事不归东城管吗", []),
    ],
)
def test_a_denied_place_does_not_count(gazetteer: Gazetteer, text: str, units: list[str]) -> None:
    assert named(gazetteer, text) == units


def test_the_one_named_most_comes_first(gazetteer: Gazetteer) -> None:
    assert named(gazetteer, "从虎门坐车到长安，长安这边堵死了") == ["changan", "humen"]
    assert named(gazetteer, "从虎门坐车到长安") == ["humen", "changan"]
    assert named(gazetteer, "从石排去厚街，先到河田，再到厚街镇") == ["houjie", "shipai"]


def test_a_road_called_after_a_town_counts_where_nothing_better_is_said(gazetteer: Gazetteer) -> None:
    assert gazetteer.find("东城路路灯坏了") == [Place("dongcheng", "东城路", (0, 3), doubtful=True)]
    assert gazetteer.find("东城中路路灯坏了") == [Place("dongcheng", "东城中路", (0, 4), doubtful=True)]
    assert named(gazetteer, "厚街镇东城路路灯坏了") == ["houjie"]


def test_a_name_two_towns_have_is_decided_by_the_town(gazetteer: Gazetteer) -> None:
    assert named(gazetteer, "上元村的垃圾") == ["qingxi", "chashan"]
    assert named(gazetteer, "茶山上元村的垃圾") == ["chashan"]
    assert named(gazetteer, "大岭山新塘村的垃圾") == ["dalingshan"]


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        ("桥头", False),
        ("东莞桥头", False),
        ("桥头镇", False),
        ("桥头莲湖", False),
        ("桥头有人钓鱼", True),
        ("村口桥头有积水", True),
    ],
)
def test_a_town_called_as_the_end_of_a_bridge_is_doubtful_unless_it_is_clear(
    gazetteer: Gazetteer, text: str, doubtful: bool
) -> None:
    assert [place.doubtful for place in gazetteer.find(text) if place.unit == "qiaotou"] == [doubtful]


def test_the_end_of_a_bridge_is_nothing_where_a_town_is_named(gazetteer: Gazetteer) -> None:
    assert named(gazetteer, "桥头有人钓鱼，就在常平镇") == ["changping"]


def test_a_longer_name_keeps_a_shorter_one_inside_it_from_counting(gazetteer: Gazetteer) -> None:
    assert named(gazetteer, "高埗塘厦的河涌很臭") == ["gaobu"]
    assert named(gazetteer, "塘厦的河涌很臭") == ["tangxia"]


def test_spans_are_places_in_the_text_as_written(gazetteer: Gazetteer) -> None:
    text = "ﬁrst\ud800 İ ＡＢ②😀 虎門鎮，㎡ 长安镇"
    places = gazetteer.find(text)
    assert [place.matched for place in places] == ["虎門鎮", "长安镇"]
    assert all(text[slice(*place.span)] == place.matched for place in places)


def test_an_empty_gazetteer_finds_nothing() -> None:
    assert Gazetteer({}).find("长安镇") == []
    assert Gazetteer({"a": [], "b": ["", " ", "长"]}).find("长安镇") == []


def test_every_sample_town_is_found_by_each_of_its_names(units: list[dict[str, Any]]) -> None:
    places = [unit for unit in units if unit["kind"] != "department"]
    names = {unit["id"]: [unit["name"], unit["short"], *unit["aliases"], *unit["territory"]] for unit in places}
    gazetteer = Gazetteer(names)
    missed = [name for unit, own in names.items() for name in own if unit not in named(gazetteer, f"在{name}，有人")]
    assert len(places) == 34
    assert missed == []


def test_a_long_text_takes_bounded_time(units: list[dict[str, Any]]) -> None:
    gazetteer = Gazetteer({unit["id"]: unit.get("territory", []) for unit in units})
    for text in ("长安" * 50_000, "东莞市长安街" * 20_000, "不是" * 60_000, "大" * 100_000):
        started = time.thread_time()
        gazetteer.find(text)
        assert time.thread_time() - started < 0.25


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="东南城长安街道虎门镇石排上元村不是路的，市 \ud800İ", max_size=40))
def test_any_text_gives_true_spans(gazetteer: Gazetteer, text: str) -> None:
    for place in gazetteer.find(text):
        assert text[slice(*place.span)] == place.matched
        assert place.unit in NAMES
