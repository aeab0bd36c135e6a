"""When an answer is given, choices are offered, or nothing is admitted."""

from __future__ import annotations

import numpy as np
import pytest

from bot.answers import Answers, Entry
from bot.answers.confidence import Examples, fit, general
from bot.answers.ranking import SIGNALS

STRANGE = ("火星移民手续在哪里办", "量子计算机的报价是多少", "请把这首诗翻译成拉丁文", "恐龙化石怎么孵化")


def test_own_questions_are_answered(answers: Answers, sample: list[Entry]) -> None:
    found = [answers.find(entry.question) for entry in sample]
    assert np.mean([finding.kind == "sure" for finding in found]) > 0.9
    assert all(0.0 <= finding.confidence <= 1.0 for finding in found)


@pytest.mark.parametrize("question", STRANGE)
def test_what_the_base_knows_nothing_of_is_not_answered(answers: Answers, question: str) -> None:
    assert answers.find(question).kind != "sure"


def test_kind_follows_confidence(answers: Answers, sample: list[Entry]) -> None:
    order = {"nothing": 0, "unsure": 1, "sure": 2}
    questions = [text for entry in sample[::3] for text in entry.similar] + list(STRANGE)
    found = sorted((answers.find(text) for text in questions), key=lambda finding: finding.confidence)
    kinds = [order[finding.kind] for finding in found]
    assert kinds == sorted(kinds)


def test_an_entry_taken_away_is_missed(sample: list[Entry]) -> None:
    """Of questions whose entry is away few are answered; with the entry there, but without this wording, most are."""
    base = Answers(sample)
    false, true = [], []
    for entry in sample[::4]:
        wording = entry.similar[0]
        base.change(deleted_ids=[entry.id])
        false.append(base.find(wording).kind == "sure")
        base.change([Entry(entry.id, entry.question, entry.similar[1:], entry.answer)])
        true.append(base.find(wording).kind == "sure")
        base.change([entry])
    assert np.mean(false) <= 0.15
    assert np.mean(true) > 2 * np.mean(false) + 0.2


def examples(count: int, seed: int, tilt: float) -> Examples:
    """Questions of which the signal `gap` tells, more or less, whether the first hit is right."""
    random = np.random.default_rng(seed)
    answerable = random.random(count) < 0.5
    signals = random.random((count, len(SIGNALS))) * 0.2
    signals[:, SIGNALS.index("gap")] = np.where(
        answerable, random.normal(1.0, tilt, count), random.normal(0.2, tilt, count)
    )
    return Examples(signals, answerable & (random.random(count) < 0.995), answerable)


def test_the_thresholds_keep_to_the_examples() -> None:
    given = examples(800, 7, 0.3)
    model = fit(given)
    values = np.array([model(row) for row in given.signals])
    sure = values >= model.sure
    assert sure[~given.answerable].mean() <= 0.105
    assert given.right[sure & given.answerable].mean() >= 0.98
    assert (values[given.right] < model.nothing).mean() <= 0.035
    assert 0 <= model.nothing <= model.sure < 1


def test_a_wider_lead_never_lowers_the_confidence() -> None:
    model = fit(examples(400, 3, 0.3))
    row = np.full(len(SIGNALS), 0.1)
    values = []
    for gap in np.linspace(0, 2, 20):
        row[SIGNALS.index("gap")] = gap
        values.append(model(row))
    assert values == sorted(values)


def test_harder_examples_raise_the_bar() -> None:
    """The more the base's questions without an answer look like those with one, the fewer are answered."""
    shares = []
    for tilt in (0.2, 0.5, 1.0):
        given = examples(800, 11, tilt)
        model = fit(given)
        values = np.array([model(row) for row in given.signals])
        shares.append((values >= model.sure)[given.answerable].mean())
    assert shares == sorted(shares, reverse=True)


def test_few_examples_leave_the_general_model() -> None:
    assert np.allclose(fit(examples(6, 1, 0.3)).weights, general().weights)


def test_a_base_of_single_questions_can_still_be_sure() -> None:
    base = Answers([Entry(str(n), f"{thing}证在哪里办理") for n, thing in enumerate(THINGS)])
    assert base.find("居住证在哪里办理").kind == "sure"
    assert base.find("居住证去哪办").hits[0].entry_id == "0"
    assert base.find("孔子哪年出生").kind != "sure"
    assert base.find("猫会游泳吗").kind == "nothing"


THINGS = (
    "居住",
    "身份",
    "驾驶",
    "营业",
    "社保",
    "结婚",
    "离婚",
    "房产",
    "出生",
    "健康",
    "残疾",
    "老年",
    "教师",
    "律师",
    "导游",
)
