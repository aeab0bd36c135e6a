"""Visitors' tokens: forged, damaged and old ones name nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.web.sessions import Sessions

DAY = 86400.0


def sessions(at: float = 1_795_000_000.0, key: bytes = b"k" * 32, lifetime: float = 90 * DAY) -> Sessions:
    return Sessions(key, lifetime, lambda: at)


def test_a_token_names_its_visitor() -> None:
    ours = sessions()
    visitor = ours.new_visitor()
    assert ours.visitor(ours.issue(visitor)) == visitor
    assert visitor.channel == "web"


def test_visitors_differ() -> None:
    assert len({sessions().new_visitor().key for _ in range(100)}) == 100


def test_another_key_does_not_open_it() -> None:
    token = sessions().issue(sessions().new_visitor())
    assert sessions(key=b"x" * 32).visitor(token) is None


@pytest.mark.parametrize(("days", "valid"), [(0, True), (89, True), (91, False)])
def test_a_token_ends_unless_it_is_renewed(days: float, valid: bool) -> None:
    issued = 1_795_000_000.0
    token = sessions(issued).issue(sessions().new_visitor())
    later = sessions(issued + days * DAY)
    assert (later.visitor(token) is not None) is valid


@given(st.text(max_size=600))
def test_anything_else_names_nobody(token: str) -> None:
    assert sessions().visitor(token) is None


@given(st.integers(0, 120), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_changed_token_names_nobody_else(place: int, character: str) -> None:
    ours = sessions()
    visitor = ours.new_visitor()
    token = ours.issue(visitor)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    assert ours.visitor(changed) in (None, visitor)
    if changed != token:
        assert ours.visitor(changed) is None
