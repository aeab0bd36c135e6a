"""The sample data keeps what config/seed/README.md says of it."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.answers import Lexicon
from gateway.core.knowledge.entry import check_rows, same_question
from gateway.core.knowledge.files import read
from gateway.core.units import Unit
from gateway.core.units import read as read_units
from gateway.core.units import write as write_units

SEED = Path(__file__).parents[2] / "config" / "seed"
WECHAT_TEXT_BYTES = 2048
CLICK_KEYS = {"ask", "hot", "numbers", "file_ticket", "progress", "rate", "person", "emergency", "help"}


@pytest.fixture(scope="module")
def entries() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SEED / "knowledge.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def units() -> list[Unit]:
    found, problems = read_units((SEED / "units.jsonl").read_text("utf-8"))
    assert problems == []
    return list(found.values())


def groups(name: str) -> list[list[str]]:
    lines = (SEED / "lexicon" / name).read_text("utf-8").splitlines()
    return [words for line in lines if (words := line.split("#", 1)[0].split())]


def test_there_is_enough_of_it(entries: list[dict[str, Any]]) -> None:
    assert len(entries) >= 180
    assert len({entry["unit"] for entry in entries}) >= 20
    assert min(Counter(entry["unit"] for entry in entries).values()) >= 1
    assert min(len(entry["similar"]) for entry in entries) >= 4


def test_every_entry_is_whole_and_marked_as_a_sample(entries: list[dict[str, Any]]) -> None:
    fields = {"id", "question", "similar", "answer", "unit", "category", "sample", "source_note"}
    for entry in entries:
        assert set(entry) == fields, entry["id"]
        assert entry["sample"] is True
        assert all(entry[field] for field in fields), entry["id"]
    assert len({entry["id"] for entry in entries}) == len(entries)


def test_the_product_takes_every_row() -> None:
    table = read((SEED / "knowledge.jsonl").read_bytes(), "jsonl")
    assert (table.problems, table.ignored) == ([], ())
    drafts, problems = check_rows(table.rows)
    assert problems == []
    for row, draft in zip(table.rows, drafts, strict=True):
        assert list(draft.given["similar"]) == row.values["similar"], draft.id


def test_no_question_is_asked_twice(entries: list[dict[str, Any]]) -> None:
    asked = Counter(same_question(text) for entry in entries for text in (entry["question"], *entry["similar"]))
    assert [question for question, times in asked.items() if times > 1] == []


def test_answers_are_short_enough_to_read_and_to_send(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        assert 60 <= len(entry["answer"]) <= 300, entry["id"]
        assert len(entry["answer"].encode()) <= WECHAT_TEXT_BYTES, entry["id"]


def test_numbers_to_call_are_national_ones(entries: list[dict[str, Any]]) -> None:
    """No local number is made up: whatever looks like a telephone number is a known service number."""
    for entry in entries:
        assert not re.findall(r"(?<!\d)(?:0\d{2,3}[-—]?\d{7,8}|1[3-9]\d{9}|\d{7,8})(?!\d)", entry["answer"]), entry[
            "id"
        ]
    services = {
        number for entry in entries for number in re.findall(r"(?<!\d)(?:12\d{3}|9\d{4})(?!\d)", entry["answer"])
    }
    assert services <= {
        *("12110", "12122", "12305", "12306", "12308", "12309", "12313", "12315", "12316", "12318", "12321", "12328"),
        *("12329", "12333", "12336", "12338", "12345", "12348", "12350", "12355", "12356", "12363", "12366", "12367"),
        *("12368", "12369", "12378", "12385", "12388", "12393", "12300", "12123", "95598", "96110", "96119"),
    }


def test_the_lexicon_is_readable_and_unambiguous() -> None:
    places, departments = groups("places.txt"), groups("departments.txt")
    assert len(places) == 33
    assert len(departments) >= 40
    for name in ("places.txt", "departments.txt", "synonyms.txt"):
        words = Counter(word for group in groups(name) for word in group)
        assert [word for word, times in words.items() if times > 1] == [], name
    assert all(len(group) > 1 for group in groups("synonyms.txt"))
    lexicon = Lexicon.load(SEED / "lexicon")
    assert {"松山湖", "樟木头", "欠薪", "公积金"} <= set(lexicon.words)


def test_all_towns_and_parks_and_enough_departments_are_units(units: list[Unit]) -> None:
    departments = [unit for unit in units if unit.kind == "department"]
    places = {unit.short: unit for unit in units if unit.kind != "department"}
    assert len(departments) >= 50
    assert set(places) == {group[0] for group in groups("places.txt")} | {"滨海湾新区"}
    assert all(len(unit.duties) >= 6 for unit in departments)
    assert all(len(unit.territory) >= 5 for unit in places.values() if unit.kind == "town")
    assert all(unit.sample and unit.active for unit in units)
    main = (
        *(
            "hrss",
            "medical-insurance",
            "police",
            "traffic-police",
            "education",
            "housing",
            "urban-management",
            "market",
        ),
        *("environment", "transport", "health", "civil-affairs", "natural-resources", "water", "tax", "housing-fund"),
        "power",
    )
    assert [unit.id for unit in departments if unit.id in main and len(unit.duties) < 15] == []
    assert len({unit.id for unit in departments} & set(main)) == len(main)


def test_a_duty_is_one_departments_and_a_place_mostly_one_towns(units: list[Unit]) -> None:
    duties = Counter(duty for unit in units if unit.kind == "department" for duty in unit.duties)
    assert [duty for duty, times in duties.items() if times > 1] == []
    places = Counter(name for unit in units for name in unit.territory)
    shared = {name for name, times in places.items() if times > 1}
    # villages and communities of one name, in two towns each
    assert shared == {
        *("石鼓社区", "新城社区", "新民社区", "上元村", "塘角村", "向西村", "杨屋村", "李屋村", "三联村"),
    }
    named = {name for unit in units for name in unit.names}
    assert named & set(places) == set()


def test_units_own_the_knowledge_and_name_no_number_but_service_numbers(
    units: list[Unit], entries: list[dict[str, Any]]
) -> None:
    named = {name for unit in units for name in unit.names}
    # two watchers together, and companies under one
    apart = {"市通信与邮政监管部门", "市金融监管与人民银行服务渠道", "市燃气经营企业（住建局监管）"}
    assert {entry["unit"] for entry in entries} - named == apart
    assert all(re.fullmatch(r"1[02]\d{3}|9\d{4}", number) for unit in units for number in unit.contacts)
    assert write_units(units) == (SEED / "units.jsonl").read_text("utf-8")


def test_the_menu_fits_wechat() -> None:
    """https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html"""
    buttons = json.loads((SEED / "menu.json").read_text("utf-8"))["button"]
    assert 1 <= len(buttons) <= 3
    clicks = []
    for button in buttons:
        assert len(button["name"].encode()) <= 16
        assert 1 <= len(button["sub_button"]) <= 5
        for entry in button["sub_button"]:
            assert entry["type"] == "click"
            assert len(entry["name"].encode()) <= 60
            assert len(entry["key"].encode()) <= 128
            clicks.append(entry["key"])
    assert len(clicks) == len(set(clicks))
    assert set(clicks) == CLICK_KEYS
