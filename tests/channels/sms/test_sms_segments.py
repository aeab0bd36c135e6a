"""Properties of counting segments, and its boundaries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.segments import Segments, count


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("GSM-7", 0, 0, 0, 160)),
        ("a" * 160, Segments("GSM-7", 160, 1, 160, 160)),
        ("a" * 161, Segments("GSM-7", 161, 2, 161, 153)),
        ("a" * 306, Segments("GSM-7", 306, 2, 306, 153)),
        ("a" * 307, Segments("GSM-7", 307, 3, 307, 153)),
        ("€" * 80, Segments("GSM-7", 160, 1, 160, 160)),
        # 76 to a segment: the 153rd septet cannot hold half of one
        ("€" * 152, Segments("GSM-7", 304, 2, 304, 153)),
        ("€" * 153, Segments("GSM-7", 306, 3, 306, 153)),
        ("中" * 70, Segments("UCS-2", 70, 1, 70, 70)),
        ("中" * 71, Segments("UCS-2", 71, 2, 71, 67)),
        ("中" * 134, Segments("UCS-2", 134, 2, 134, 67)),
        ("中" * 135, Segments("UCS-2", 135, 3, 135, 67)),
        ("😀" * 35, Segments("UCS-2", 70, 1, 35, 70)),
        # 33 to a segment
        ("😀" * 66, Segments("UCS-2", 132, 2, 66, 67)),
        ("😀" * 67, Segments("UCS-2", 134, 3, 67, 67)),
        ("中\r\n", Segments("UCS-2", 3, 1, 2, 70)),
        ("👨\u200d👩\u200d👧👍🏽🇨🇳🇨🇳", Segments("UCS-2", 20, 1, 4, 70)),
    ],
)
def test_boundaries(text: str, expected: Segments) -> None:
    assert count(text) == expected


def test_accents_without_end() -> None:
    counted = count("e" + "\u0301" * 1000)
    assert (counted.characters, counted.units, counted.segments) == (1, 1001, 15)


TEXT = st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("aA€[中😀é́🇨🇳\r\n")))


@given(TEXT)
def test_a_text_fits_what_it_is_said_to_cost(text: str) -> None:
    counted = count(text)
    assert counted.units <= counted.segments * counted.per_segment
    if counted.encoding == "UCS-2":
        assert counted.units == len(text.encode("utf-16-le")) // 2
        assert counted.characters <= len(text)
        assert counted.per_segment == (70 if counted.segments == 1 else 67)
    else:
        assert len(text) <= counted.units <= 2 * len(text)
        assert counted.per_segment == (160 if counted.segments < 2 else 153)


@given(TEXT, TEXT)
def test_more_text_never_costs_less(text: str, more: str) -> None:
    whole = count(text + more)
    if whole.encoding == count(text).encoding:
        assert whole.segments >= count(text).segments
