"""The emergency detector on a table of what citizens write.

First readings, each before the rules were changed for the group (alarms of a right kind; number said at all; alarms
on the negatives):

    HELD_OUT  63 of 64, 63 of 64, 0 of 70   by the same author within the hour: an upper bound
    LATER     22 of 50, 22 of 50, 8 of 52   other words on purpose; then the rules were rebuilt
    LAST      20 of 44, 21 of 44, 4 of 44   indirect wordings; then the cues were added
    UNSEEN    13 of 24, 15 of 24, 0 of 24   the honest figure for wordings nobody has thought of yet

What is missed there is the reason why the words in `bot.signs` should grow with every real case.
"""

from __future__ import annotations

import time

import pytest

from bot import emergency, phrases
from tests.bot import emergency_cases as cases
from tests.bot import later_emergency_cases as later_cases

KNOWN_POSITIVES = (
    *cases.TUNING_POSITIVE,
    *cases.HELD_OUT_POSITIVE,
    *later_cases.LATER_POSITIVE,
    *later_cases.LAST_POSITIVE,
    *later_cases.UNSEEN_POSITIVE,
)
KNOWN_NEGATIVES = (
    *cases.TUNING_NEGATIVE,
    *cases.HELD_OUT_NEGATIVE,
    *later_cases.LATER_NEGATIVE,
    *later_cases.LAST_NEGATIVE,
    *later_cases.UNSEEN_NEGATIVE,
)


def test_the_table_is_large_and_repeats_nothing() -> None:
    texts = [text for text, _ in KNOWN_POSITIVES] + list(KNOWN_NEGATIVES)
    assert len(texts) >= 400
    assert len(set(texts)) == len(texts)


def test_recall_and_precision_over_the_whole_table() -> None:
    alarms = [(text, kinds, emergency.find(text)) for text, kinds in KNOWN_POSITIVES]
    right = [text for text, kinds, danger in alarms if danger and danger.certain and danger.kind in kinds.split()]
    named = [text for text, _, danger in alarms if danger]
    false = [text for text in KNOWN_NEGATIVES if (danger := emergency.find(text)) and danger.certain]
    doubted = [text for text in KNOWN_NEGATIVES if (danger := emergency.find(text)) and not danger.certain]
    missed = sorted({text for text, _ in KNOWN_POSITIVES} - set(right))
    assert len(right) / len(KNOWN_POSITIVES) >= 0.97, missed
    assert len(named) / len(KNOWN_POSITIVES) >= 0.99, sorted({text for text, _ in KNOWN_POSITIVES} - set(named))
    assert len(right) / (len(right) + len(false)) >= 0.99, false
    assert len(doubted) <= 4, doubted


@pytest.mark.parametrize(("text", "kinds"), [*cases.TUNING_POSITIVE, *cases.HELD_OUT_POSITIVE])
def test_danger_is_found(text: str, kinds: str) -> None:
    danger = emergency.find(text)
    assert danger is not None
    assert danger.certain
    assert danger.kind in kinds.split()


@pytest.mark.parametrize("text", [*cases.TUNING_NEGATIVE, *cases.HELD_OUT_NEGATIVE])
def test_what_only_sounds_like_danger_is_left_alone(text: str) -> None:
    assert emergency.find(text) is None


@pytest.mark.parametrize("text", cases.DOUBTFUL)
def test_doubt_names_the_number_without_alarm(text: str) -> None:
    danger = emergency.find(text)
    assert danger is not None
    assert not danger.certain


@pytest.mark.parametrize(
    "text",
    [
        "着 火 了",
        "著火了",
        "着火了！！！！",
        "🔥🔥着火了🔥",
        "你好，\n我家\n着火了",
        "着\u200b火了",
        "THERE IS A FIRE IN MY KITCHEN",
        "ｔｈｅｒｅ ｉｓ ａ ｆｉｒｅ",
        "燒緊啊快啲嚟",
        "对面栋楼烧紧",
    ],
)
def test_the_way_it_is_written_does_not_hide_it(text: str) -> None:
    danger = emergency.find(text)
    assert danger is not None
    assert danger.certain
    assert danger.number == "119"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("有人抢劫啊", "110"),
        ("家里起火了", "119"),
        ("我爸突然没有呼吸了", "120"),
        ("刚刚出车祸了", "122"),
        ("我不想活了", "12356"),
        ("有人要跳楼", "110"),
        ("我要跳楼", "12356"),
        ("再没人管我就去政府门口自焚", "12356"),
        ("有人要自焚，身上浇了汽油", "110"),
    ],
)
def test_the_number_is_the_one_to_call_first(text: str, number: str) -> None:
    danger = emergency.find(text)
    assert danger is not None
    assert danger.number == number


@pytest.mark.parametrize("text", ["我孩子走丢了", "我奶奶走失了，有老年痴呆", "女儿不见了怎么办", "my son is missing"])
def test_who_looks_for_somebody_is_not_told_to_hide(text: str) -> None:
    danger = emergency.find(text)
    assert danger is not None
    assert (danger.situation, danger.kind, danger.number, danger.certain) == ("missing", "crime", "110", True)
    assert "躲" not in phrases.EMERGENCY["missing"].zh


def test_a_fire_in_one_sentence_is_not_undone_by_another() -> None:
    danger = emergency.find("我上次问过社保怎么办理。现在隔壁着火了！快来人")
    assert danger is not None
    assert danger.certain


def test_a_letter_of_complaint_raises_no_alarm() -> None:
    letter = "尊敬的领导：我们小区的电梯从去年开始经常困人，物业一直不维修。" + "业主们多次反映，没有结果。" * 30
    danger = emergency.find(letter + "上个月还有老人被困在电梯里，请有关部门检查。")
    assert danger is None or not danger.certain


@pytest.mark.parametrize(
    "filling", ["啊", "着", "有人", "被", "a ", "不是", "火火", "的车", "喝了", "!", "如果", "哭得要"]
)
def test_work_is_bounded_for_a_very_long_text(filling: str) -> None:
    text = (filling * 20_000)[:20_000]
    emergency.find("先编译")
    started = time.perf_counter()
    emergency.find(text)
    assert time.perf_counter() - started < 0.5


def test_danger_at_the_end_of_a_long_text_is_seen() -> None:
    danger = emergency.find("今天天气很好。" * 2_500 + "不想活了")
    assert danger is not None
    assert danger.number == "12356"


@pytest.mark.parametrize("text", ["考试考砸了，不想活了", "看病没钱，想死", "医保报销跑断腿，我不想活了"])
def test_what_somebody_tells_before_they_cannot_go_on_makes_no_question_of_it(text: str) -> None:
    danger = emergency.find(text)
    assert danger is not None
    assert danger.certain
    assert danger.number == "12356"


@pytest.mark.parametrize("text", ["有个车差点撞了人，快点装红绿灯", "险些被车撞到", "电脑卡的要死"])
def test_what_nearly_happened_is_no_alarm(text: str) -> None:
    assert emergency.find(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("有人俾刀斩", "110"),
        ("我俾老公打 打到流血", "110"),
        ("有人俾车撞", "122"),
        ("有人畀火烧到", "120"),
        ("孩子被门卡得要死，快来", "110"),
        ("手被机器卡的要死，快来人", "12356"),
        ("我女儿考试考砸了，不想活了", "110"),
        ("建议你们快来，有人要跳楼", "110"),
        ("投诉半年没人管，我要跳楼", "12356"),
        ("我不想活了哈哈", "12356"),
    ],
)
def test_no_rule_against_false_alarms_takes_these_away(text: str, number: str) -> None:
    danger = emergency.find(text)
    assert danger is not None
    assert danger.certain
    assert danger.number == number


@pytest.mark.parametrize(
    "text",
    [
        "投诉物业天台不锁门容易有人跳楼",
        "建议天台装监控，有人跳楼好几次了",
        "医保报销手续太麻烦不想活了笑死",
        "考驾照挂了三次，累得不想活了哈哈",
        "安装护栏预防跳楼",
        "学校办讲座宣传预防自杀",
        "俾我退钱",
    ],
)
def test_what_is_proposed_or_laughed_at_is_no_alarm(text: str) -> None:
    assert emergency.find(text) is None
