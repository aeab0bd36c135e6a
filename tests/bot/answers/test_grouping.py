"""Questions about one thing come together, however they are put; and always the same way."""

from __future__ import annotations

import json
import random
from itertools import combinations
from pathlib import Path

from bot.answers import Answers, Entry, Lexicon

SEED = Path(__file__).parents[3] / "config" / "seed"


def test_the_same_words_are_one_group_and_others_are_not() -> None:
    answers = Answers([], Lexicon())
    questions = ["居住证怎么办理", "图书馆几点关门", "怎样办理居住证", "居住证怎么办理", "图书馆晚上几点关门"]
    assert answers.group(questions) == [[0, 2, 3], [1, 4]]
    assert answers.group([]) == []
    assert answers.group(["", "。？", "居住证"]) == [[0], [1], [2]]


def test_of_questions_the_base_has_no_entry_for_most_that_come_together_belong_together() -> None:
    rows = [json.loads(line) for line in (SEED / "knowledge.jsonl").read_text().splitlines()]
    dice = random.Random(1)
    dice.shuffle(rows)
    missing, known = rows[:120], rows[120:]
    base = [Entry(row["id"], row["question"], tuple(row["similar"]), row["answer"]) for row in known]
    answers = Answers(base, Lexicon.load(SEED / "lexicon"))
    asked = [(text, row["id"]) for row in missing for text in dice.sample([row["question"], *row["similar"]], 5)]
    dice.shuffle(asked)
    groups = answers.group([text for text, _ in asked])
    assert sorted(place for group in groups for place in group) == list(range(len(asked)))
    pairs = [(asked[a][1], asked[b][1]) for group in groups for a, b in combinations(group, 2)]
    right = sum(one == other for one, other in pairs)
    assert right / len(pairs) > 0.75
    assert right / (len(missing) * 10) > 0.3
    assert groups == answers.group([text for text, _ in asked])
