"""What the features of a text are, and what is folded before they are taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Lexicon
from bot.answers.text import PASSAGE_CHARS, Analyser, passages

PLAIN = Analyser(Lexicon())


def keys(text: str) -> list[int]:
    found, _ = PLAIN.features((PLAIN.normalise(text),))
    return sorted(found.tolist())


def test_width_case_and_punctuation_do_not_matter() -> None:
    assert keys("ＡＢｃ，１２３！") == keys("abc 123")


def test_characters_pairs_and_words_are_features() -> None:
    # 3 characters, 2 pairs, and the word 居住证 or its parts
    assert len(keys("居住证")) >= 6


def test_pairs_do_not_reach_over_punctuation() -> None:
    assert not set(keys("甲，乙")) - set(keys("甲")) - set(keys("乙"))


@given(st.lists(st.text(max_size=30), max_size=6))
def test_texts_in_a_batch_do_not_touch(texts: list[str]) -> None:
    plain = [PLAIN.normalise(text) for text in texts]
    found, rows = PLAIN.features(plain)
    for number, text in enumerate(plain):
        alone, _ = PLAIN.features((text,))
        assert np.array_equal(np.sort(found[rows == number]), np.sort(alone))


@given(st.text(max_size=1500))
def test_passages_keep_every_character_and_the_limit(text: str) -> None:
    pieces = passages(text)
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= PASSAGE_CHARS for piece in pieces)


def test_synonyms_read_as_the_canonical_word(tmp_path: Path) -> None:
    (tmp_path / "synonyms.txt").write_text("# 注释\n身份证 居民身份证 二代证  # 证件\n", encoding="utf-8")
    (tmp_path / "departments.txt").write_text("住房公积金管理中心 公积金中心\n市场监管局\n", encoding="utf-8")
    lexicon = Lexicon.load(tmp_path)
    assert lexicon.synonyms == (("身份证", "居民身份证", "二代证"), ("住房公积金管理中心", "公积金中心"))
    assert "市场监管局" in lexicon.words
    analyser = Analyser(lexicon)
    assert analyser.normalise("二代证丢了") == "身份证丢了"
    # the longest name is taken whole, and a canonical name is not written into itself
    assert analyser.normalise("居民身份证和住房公积金管理中心") == "身份证和住房公积金管理中心"


def test_a_folder_without_files_is_an_empty_lexicon(tmp_path: Path) -> None:
    assert Lexicon.load(tmp_path) == Lexicon()
