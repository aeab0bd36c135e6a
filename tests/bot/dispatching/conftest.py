"""Shared fixtures.

units           the project's sample units
duties          an example for each duty of its departments
asked           citizens' questions of the sample knowledge base with the unit each is for
novice          a classifier that knows the duties and nothing else
letters         the folder of labelled letters, HOTLINE_TEST_DATA/retrieval/cls_wenzheng; skips when it is absent
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bot.dispatching import Classifier, Example

ROOT = Path(__file__).resolve().parents[3]
SEED = ROOT / "config" / "seed"


def _rows(file: Path) -> list[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def units() -> list[dict[str, Any]]:
    return _rows(SEED / "units.jsonl")


@pytest.fixture(scope="session")
def duties(units: list[dict[str, Any]]) -> list[Example]:
    return [
        Example(duty, unit["id"], source="duty")
        for unit in units
        if unit["kind"] == "department"
        for duty in unit["duties"]
    ]


@pytest.fixture(scope="session")
def asked(units: list[dict[str, Any]]) -> list[tuple[str, str]]:
    names: dict[str, str] = {}
    for unit in units:
        for name in (unit["name"], unit["name"].replace("东莞市", "市", 1), unit["short"], *unit.get("aliases", ())):
            names.setdefault(name, unit["id"])
    return [
        (question, names[row["unit"]])
        for row in _rows(SEED / "knowledge.jsonl")
        if row["unit"] in names
        for question in (row["question"], *row["similar"])
    ]


@pytest.fixture(scope="session")
def novice(duties: list[Example]) -> Classifier:
    return Classifier.fit(duties)


@pytest.fixture(scope="session")
def letters() -> Path:
    folder = Path(os.environ.get("HOTLINE_TEST_DATA", ROOT / ".." / "shared" / "data")) / "retrieval" / "cls_wenzheng"
    if not folder.is_dir():
        pytest.skip(f"no labelled letters: {folder} is absent; set HOTLINE_TEST_DATA")
    return folder
