"""Ticket numbers: made, read back however they were written, and told from wrong ones."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import ticket_numbers as numbers

DAYS = st.dates(date(2024, 1, 1), date(2099, 12, 31))
SEQUENCES = st.integers(1, numbers.MOST_A_DAY)


def test_a_number_worked_out_by_hand() -> None:
    # ISO/IEC 7064's own example of MOD 11,10: the check digit of 0794 is 5
    assert numbers._check_digit("0794") == "5"
    assert numbers.number(date(2026, 11, 26), 1)[:-1] == "DG20261126000001"


@given(DAYS, SEQUENCES)
def test_a_number_is_read_back(day: date, sequence: int) -> None:
    made = numbers.number(day, sequence)
    assert len(made) == 17
    spaced = f"{made[:2].lower()} {made[2:10]}-{made[10:16]} {made[16]}"
    for written in (made, made[2:], spaced, f"我的单号是{made}，查询码 048213", f"{made}048213"[:17] + " 048213"):
        assert numbers.read(written)[0] == made
    assert numbers.read(f"{made} 048213") == (made, "048213")
    assert numbers.read(f"０４８２１３，{made}") == (made, "048213")


@given(DAYS, SEQUENCES, st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_is_found(day: date, sequence: int, at: int, by: int) -> None:
    digits = numbers.number(day, sequence)[2:]
    wrong = digits[:at] + str((int(digits[at]) + by) % 10) + digits[at + 1 :]
    assert numbers.read(f"DG{wrong}")[0] == ""


@pytest.mark.parametrize(
    "text",
    ["", "DG", "DG2026112600001", "DG20261326000001X", "13800138000", "12345", "2026年11月26日", "DG" + "9" * 40],
)
def test_what_is_none(text: str) -> None:
    assert numbers.read(text)[0] == ""


@pytest.mark.parametrize("sequence", [0, -1, numbers.MOST_A_DAY + 1])
def test_no_more_than_a_day_has(sequence: int) -> None:
    with pytest.raises(ValueError, match="no ticket number"):
        numbers.number(date(2026, 1, 1), sequence)


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    number, code = numbers.read(text)
    assert number == "" or numbers.read(number)[0] == number
    assert code == "" or len(code) == 6
