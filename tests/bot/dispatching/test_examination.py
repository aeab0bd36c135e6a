"""How good suggestions are said to be."""

from __future__ import annotations

import random

import pytest

from bot.dispatching import Example, examine
from bot.dispatching.examination import ENOUGH, macro_f1

STREETS = [f"{first}{second}{kind}" for first in "育人民中" for second in "华兴和新" for kind in "路街巷里"]


def tickets(many: int) -> list[Example]:
    """As many for each of three units, told apart by what they are about."""
    about = (("的路灯不亮", "lights"), ("有人拖欠工资", "labour"), ("的公交车不来", "buses"))
    return [
        Example(f"{STREETS[n % len(STREETS)]}{n}号{what}", unit, source="ticket")
        for n in range(many)
        for what, unit in about
    ]


def test_what_is_easily_told_apart_is_told_apart() -> None:
    examined = examine(tickets(200))
    assert (examined.texts, examined.units) == (120, 3)
    assert examined.macro_f1 is not None
    assert examined.macro_f1 > 0.95
    assert examined.top2 is not None
    assert examined.top2 > 0.95


def test_what_has_nothing_to_do_with_the_words_is_not() -> None:
    shuffled = [
        Example(example.text, ("lights", "labour", "buses")[n // 3 % 3]) for n, example in enumerate(tickets(200))
    ]
    examined = examine(shuffled)
    assert examined.macro_f1 is not None
    assert examined.macro_f1 < 0.7


def test_too_few_tell_nothing() -> None:
    examined = examine(tickets(ENOUGH // 3))
    assert examined.texts < ENOUGH
    assert (examined.macro_f1, examined.top2) == (None, None)


def test_one_unit_alone_tells_nothing() -> None:
    examined = examine([example for example in tickets(1000) if example.label == "buses"])
    assert (examined.texts, examined.units, examined.macro_f1) == (200, 1, None)


def test_duties_and_knowledge_are_not_asked() -> None:
    taught = [Example(f"{n}路公交车", "buses", source="duty") for n in range(1000)]
    known = [Example(f"{n}路公交车几点收车", "buses", source="knowledge") for n in range(1000)]
    assert examine([*taught, *known]).texts == 0


def test_nothing_is_known_by_heart() -> None:
    """The latest were all told before in the same words, and words say nothing of the unit."""
    draw = random.Random(7)
    once = [Example(f"{STREETS[n % len(STREETS)]}{n}", draw.choice("ab")) for n in range(800)]
    again = [example for unit in "ab" for example in [one for one in once if one.label == unit][:100]]
    examined = examine([*once, *again])
    assert examined.texts >= 190
    assert examined.macro_f1 is not None
    assert examined.macro_f1 < 0.65


@pytest.mark.parametrize(
    ("right", "said", "expected"),
    [
        ("aabb", "aabb", 1.0),
        ("aabb", "bbaa", 0.0),
        ("aaab", "aaaa", (6 / 7) / 2),
        ("ab", "a-", 0.5),
    ],
)
def test_every_unit_counts_as_much(right: str, said: str, expected: float) -> None:
    assert macro_f1(list(right), list(said)) == pytest.approx(expected)
