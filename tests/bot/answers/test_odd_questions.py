"""Whatever a citizen sends, the answer comes in time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers import Answers, Entry

ODD = {
    "empty": "",
    "spaces": " \t\r\n\u3000",
    "emoji": "😀👍🏽🇨🇳" * 30,
    "controls": "\x00\x01\x1b\u202e\u200b",
    "surrogate": "\ud800居住证\udfff",
    "ligature": "\ufdfa" * 20_000,
    "one character": "证",
    "one character often": "证" * 20_000,
    "long": "社保卡丢了怎么补办？" * 2_000,
    "no spaces": "abcdefghij" * 2_000,
    "all different": "".join(map(chr, range(0x4E00, 0x4E00 + 20_000))),
    "combining": "e" + "\u0301" * 20_000,
    "markup": "<script>alert(1)</script>" * 500,
}


@pytest.mark.parametrize("question", ODD.values(), ids=ODD.keys())
def test_odd_questions_are_bounded(answers: Answers, question: str) -> None:
    started = time.thread_time()
    finding = answers.find(question)
    hits = answers.search(question)
    assert time.thread_time() - started < 0.25
    assert len(finding.hits) <= 3
    assert len(hits) <= 10


@pytest.mark.parametrize("name", ["empty", "spaces", "emoji", "controls"])
def test_what_says_nothing_finds_nothing(answers: Answers, name: str) -> None:
    finding = answers.find(ODD[name])
    assert (finding.kind, finding.hits, finding.confidence) == ("nothing", (), 0.0)


def test_a_long_question_is_read_from_its_beginning(answers: Answers) -> None:
    assert answers.find("社保卡丢了怎么补办" + "，" * 20_000).kind == "sure"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    finding = SMALL.find(text)
    assert 0.0 <= finding.confidence <= 1.0
    assert [hit.entry_id for hit in SMALL.search(text, 3)] == [hit.entry_id for hit in finding.hits]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=3), st.text(max_size=400)), max_size=8
    )
)
def test_any_base_is_built(rows: list[tuple[str, list[str], str]]) -> None:
    base = Answers(
        Entry(str(n), question, tuple(similar), answer) for n, (question, similar, answer) in enumerate(rows)
    )
    for question, similar, answer in rows:
        for text in (question, *similar, answer):
            assert 0.0 <= base.find(text).confidence <= 1.0


SMALL = Answers(
    [
        Entry("a", "居住证怎么办理", ("办居住证",), "去派出所。"),
        Entry("b", "", (), "水费可以网上交。" * 60),
        Entry("c", ""),
    ]
)
