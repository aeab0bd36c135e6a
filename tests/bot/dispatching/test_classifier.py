"""Which unit a text is suggested for, and with what confidence."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import classify
from bot.dispatching import Classifier, Example

NOISE = [
    Example(f"{street}的噪音太大，晚上睡不着", "environment") for street in ("工地", "酒吧", "工厂", "音箱", "空调")
]
WAGES = [Example(f"{who}拖欠工资，请帮忙讨薪", "labour") for who in ("老板", "工厂", "包工头", "公司", "中介")]
BUSES = [Example(f"{line}路公交车不准时，等了很久", "transport") for line in (5, 12, 28, 61, 903)]


def first(classifier: Classifier, text: str) -> str:
    return classifier.suggest(text)[0].label


# -- what it is for -------------------------------------------------------------------------------------------------


def test_letters_reach_their_department(letters: Path) -> None:
    examples = [Example(text, label) for text, label in classify.rows(letters / "seg_train.jsonl.gz")]
    figures = classify.ask(Classifier.fit(examples), list(classify.rows(letters / "raw_dev.jsonl")))
    assert figures["macro_f1"] >= 88
    assert figures["top2"] >= 98
    assert figures["ece"] <= 5
    assert figures["p99_cpu_ms"] <= 5


def test_duties_alone_are_a_beginning(novice: Classifier, asked: list[tuple[str, str]]) -> None:
    """Nobody has dispatched anything yet, and 57 departments are to be told apart."""
    found = [[one.label for one in novice.suggest(question)] for question, _ in asked]
    assert np.mean([labels[0] == unit for labels, (_, unit) in zip(found, asked, strict=True)]) > 0.55
    assert np.mean([unit in labels for labels, (_, unit) in zip(found, asked, strict=True)]) > 0.7


def test_confidence_is_honest_from_the_beginning(novice: Classifier, asked: list[tuple[str, str]]) -> None:
    suggestions = [novice.suggest(question)[0] for question, _ in asked]
    sure = np.array([one.confidence for one in suggestions])
    hit = np.array([one.label == unit for one, (_, unit) in zip(suggestions, asked, strict=True)])
    assert abs(sure.mean() - hit.mean()) < 0.1
    assert classify.calibration_error(sure, hit) < 0.1


def test_a_unit_with_one_duty_is_suggested(duties: list[Example]) -> None:
    archives = Example("查阅、复制土地和婚姻档案", "archives", source="duty")
    suggestion = Classifier.fit([*duties, archives]).suggest("想复制一份老的婚姻档案")[0]
    assert suggestion.label == "archives"


def test_a_unit_with_one_duty_is_suggested_beside_thousands_of_tickets() -> None:
    tickets = [Example(f"{example.text}，第{n}次", example.label) for n in range(150) for example in (*NOISE, *WAGES)]
    classifier = Classifier.fit([Example("天然气管道、燃气泄漏", "gas", source="duty"), *tickets])
    assert first(classifier, "小区燃气管道有泄漏") == "gas"
    assert first(classifier, "隔壁工地噪音太大") == "environment"


# -- what it says of its own certainty ------------------------------------------------------------------------------


def test_confidences_are_in_order_and_leave_something_for_none_of_them(novice: Classifier) -> None:
    suggestions = novice.suggest("小区楼下的烧烤摊油烟太大", k=100)
    shares = [one.confidence for one in suggestions]
    assert len(suggestions) == len(novice.labels) == 57
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) < 1


@pytest.mark.parametrize("text", ["你好", "在吗", "的", "谢谢", "他们说过的", "火星移民怎么报名"])
def test_what_concerns_nobody_is_not_sure(novice: Classifier, text: str) -> None:
    assert all(one.confidence < 0.5 for one in novice.suggest(text))


def test_what_two_units_claim_equally_is_sure_for_neither() -> None:
    both = [Example(example.text, label) for example in WAGES for label in ("labour", "court")]
    suggestions = Classifier.fit([*both, *NOISE]).suggest("老板拖欠工资")
    assert {one.label for one in suggestions[:2]} == {"labour", "court"}
    assert all(one.confidence < 0.6 for one in suggestions)


def test_without_examples_nothing_is_suggested() -> None:
    assert Classifier.fit([]).suggest("路灯不亮") == []


@pytest.mark.parametrize("text", ["", "  \n", "！？。", "😀👍", "\x00\u200b", "🇨🇳🇨🇳"])
def test_without_words_nothing_is_suggested(novice: Classifier, text: str) -> None:
    assert novice.suggest(text) == []


def test_words_never_seen_suggest_nothing() -> None:
    assert Classifier.fit([*NOISE, *WAGES]).suggest("彧彧 qwx") == []


def test_one_unit_alone_is_never_sure() -> None:
    """With nothing to tell it from, nobody knows whether a text is for it."""
    (only,) = Classifier.fit(WAGES).suggest("老板拖欠工资")
    assert only.label == "labour"
    assert only.confidence < 0.5


@pytest.mark.parametrize("k", [0, 1, 2, 3, 9])
def test_as_many_as_wanted(k: int) -> None:
    suggestions = Classifier.fit([*NOISE, *WAGES, *BUSES]).suggest("公交车一直不来", k)
    assert len(suggestions) == min(k, 3)
    assert [one.label for one in suggestions[:1]] == ["transport"][:k]


# -- what it learns from --------------------------------------------------------------------------------------------


def test_a_correction_takes_back_what_was_said_of_the_same_text() -> None:
    text = "厂里的机器半夜还在响"
    wrong = [Example(text, "labour")] * 20
    assert first(Classifier.fit([*NOISE, *WAGES, *wrong]), text) == "labour"
    corrected = Classifier.fit(
        [*NOISE, *WAGES, *wrong, Example("厂里的机器 半夜还在响！", "environment", source="correction")]
    )
    assert first(corrected, text) == "environment"


def test_a_later_correction_takes_back_an_earlier_one() -> None:
    text = "电动车在楼道里充电"
    corrections = [Example(text, label, source="correction") for label in ("housing", "fire", "housing", "fire")]
    assert first(Classifier.fit([*NOISE, *WAGES, *corrections, *corrections[:1]]), text) == "housing"
    assert first(Classifier.fit([*NOISE, *WAGES, *corrections]), text) == "fire"


def test_a_duty_is_not_taken_back() -> None:
    """It is what the rules say, whatever was once decided on the same words."""
    duty = Example("楼顶的违章搭建", "urban", source="duty")
    classifier = Classifier.fit([duty, *NOISE, *WAGES, Example(duty.text, "housing", source="correction")])
    assert {"urban", "housing"} <= set(classifier.labels)


def test_a_few_corrections_outweigh_more_tickets_of_their_kind() -> None:
    tickets = [Example(f"{n}栋楼下的充电桩坏了", "urban") for n in range(12)]
    corrections = [
        Example(f"{place}的充电桩坏了", "power", source="correction") for place in ("商场", "公园", "小区", "医院")
    ]
    assert first(Classifier.fit([*NOISE, *WAGES, *tickets]), "学校旁边的充电桩坏了") == "urban"
    assert first(Classifier.fit([*NOISE, *WAGES, *tickets, *corrections]), "学校旁边的充电桩坏了") == "power"


def test_the_later_of_two_habits_counts_for_more() -> None:
    """The duty has moved from one unit to the other. Both have as many examples; between them lie a great many."""
    old = [Example("共享单车乱停放", "transport")] * 30
    new = [Example("共享单车乱停放", "urban")] * 30
    between = [Example(f"{n}号窗口态度不好", "services") for n in range(6_000)]
    confidences = {
        one.label: one.confidence for one in Classifier.fit([*old, *between, *new]).suggest("共享单车乱停放")
    }
    assert confidences["urban"] > confidences["transport"]
    confidences = {
        one.label: one.confidence for one in Classifier.fit([*new, *between, *old]).suggest("共享单车乱停放")
    }
    assert confidences["transport"] > confidences["urban"]


def test_a_weight_is_as_good_as_repeating() -> None:
    light = [*NOISE, *WAGES, Example("半夜发工资的声音太大", "labour")]
    heavy = [*NOISE, *WAGES, Example("半夜发工资的声音太大", "labour", weight=50.0)]
    text = "半夜发工资的声音太大"
    confidence = {
        weight: {one.label: one.confidence for one in Classifier.fit(examples).suggest(text)}["labour"]
        for weight, examples in (("light", light), ("heavy", heavy))
    }
    assert confidence["heavy"] > confidence["light"]


@pytest.mark.parametrize("weight", [0.0, -1.0, math.nan, math.inf])
def test_an_example_that_counts_for_nothing_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="counts for"):
        Example("路灯不亮", "urban", weight)


def test_examples_without_words_or_label_are_passed_over() -> None:
    classifier = Classifier.fit(
        [*NOISE, Example("", "nobody"), Example("。。。", "nobody"), Example("路灯不亮", ""), *WAGES]
    )
    assert classifier.labels == ("environment", "labour")
    assert classifier.examples == len(NOISE) + len(WAGES)


def test_segmented_and_plain_texts_are_the_same() -> None:
    plain = Classifier.fit([*NOISE, *WAGES])
    spaced = Classifier.fit([Example(" ".join(example.text), example.label) for example in (*NOISE, *WAGES)])
    assert plain.suggest("工厂 噪音 太大") == spaced.suggest("工厂噪音太大")


def test_traditional_full_width_and_capitals_are_the_same(novice: Classifier) -> None:
    assert novice.suggest("電動車ＡＢＣ") == novice.suggest("电动车abc")


# -- how it behaves -------------------------------------------------------------------------------------------------


def test_the_same_examples_give_the_same_bytes(duties: list[Example], novice: Classifier) -> None:
    assert Classifier.fit(duties).to_bytes() == novice.to_bytes()


def test_it_answers_in_time_and_from_many_threads(novice: Classifier) -> None:
    letter = "小区物业不作为，电梯坏了半年没人修，业主多次投诉都没有结果。" * 100
    novice.suggest(letter)
    started = time.thread_time()
    for _ in range(20):
        novice.suggest(letter)
    assert (time.thread_time() - started) / 20 < 0.02
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(lambda _: tuple(novice.suggest(letter)), range(40)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "证" * 50_000,
        "abcdefghij" * 5_000,
        "\ud800居住证\udfff",
        "e" + "\u0301" * 20_000,
        "\ufdfa" * 5_000,
        "1 " * 9_000,
    ],
    ids=["one character", "no spaces", "surrogates", "combining", "ligatures", "digits"],
)
def test_odd_texts_are_read_and_learned_from(novice: Classifier, text: str) -> None:
    started = time.thread_time()
    suggestions = novice.suggest(text)
    assert time.thread_time() - started < 0.25
    assert len(suggestions) <= 3
    assert Classifier.fit([*NOISE, *WAGES, Example(text, "odd")]).labels[-1] == "odd"


def test_one_example_for_each_of_many_units_is_enough_to_begin_with() -> None:
    classifier = Classifier.fit([Example(f"第{number}条路的路灯坏了", f"unit{number}") for number in range(30)])
    assert len(classifier.labels) == 30


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=12), st.text(max_size=3), st.sampled_from(("duty", "ticket", "correction")))),
    st.text(max_size=30),
)
def test_any_examples_make_a_classifier(rows: list[tuple[str, str, str]], text: str) -> None:
    classifier = Classifier.fit([Example(text, label, source=source) for text, label, source in rows])  # type: ignore[arg-type]
    suggestions = classifier.suggest(text, k=99)
    assert {one.label for one in suggestions} <= set(classifier.labels) <= {label for _, label, _ in rows}
    assert all(0 < one.confidence < 1 for one in suggestions)
    assert Classifier.from_bytes(classifier.to_bytes()).suggest(text, k=99) == suggestions
