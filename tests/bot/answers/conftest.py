"""Shared fixtures.

sample          the project's sample knowledge base
lexicon         its lexicon
answers         the sample, indexed once for the tests that only ask
real            the folder of measured knowledge bases, HOTLINE_TEST_DATA/retrieval; skips when it is absent
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.answers import Answers, Entry, Lexicon

ROOT = Path(__file__).resolve().parents[3]
SEED = ROOT / "config" / "seed"


@pytest.fixture(scope="session")
def sample() -> list[Entry]:
    with (SEED / "knowledge.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Entry(row["id"], row["question"], tuple(row["similar"]), row["answer"]) for row in rows]


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return Lexicon.load(SEED / "lexicon")


@pytest.fixture(scope="session")
def answers(sample: list[Entry], lexicon: Lexicon) -> Answers:
    return Answers(sample, lexicon)


@pytest.fixture(scope="session")
def real() -> Path:
    folder = Path(os.environ.get("HOTLINE_TEST_DATA", ROOT / ".." / "shared" / "data")) / "retrieval"
    if not folder.is_dir():
        pytest.skip(f"no measured knowledge bases: {folder} is absent; set HOTLINE_TEST_DATA")
    return folder
