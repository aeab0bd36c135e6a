"""Fixtures of the tests of filing.

citizen   who has said nothing yet
asked     who is asked for the place
shown     who is shown the summary
"""

from __future__ import annotations

import pytest

from tests.bot.conversation import WITH_TICKETS, Conversation


@pytest.fixture
def citizen() -> Conversation:
    return Conversation(WITH_TICKETS)


@pytest.fixture
def asked(citizen: Conversation) -> Conversation:
    """A matter is told; the place is asked for."""
    assert citizen.write("我要投诉小区门口违停太多，没人管").intent == "report_place"
    return citizen


@pytest.fixture
def shown(citizen: Conversation) -> Conversation:
    """Everything is told; the summary is shown."""
    citizen.write("投诉")
    assert citizen.write("昨天育华路路灯坏了没人修，我的电话13800138000").intent == "report_summary"
    return citizen
