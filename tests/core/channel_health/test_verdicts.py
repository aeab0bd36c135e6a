"""What the facts about a channel come to."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.channel_health import verdicts
from gateway.core.channel_health.traffic import Hour
from gateway.core.channel_health.verdicts import Facts


@pytest.mark.parametrize(
    ("facts", "verdict", "reasons"),
    [
        ({}, "well", ()),
        ({"configured": False, "oldest": 9e9, "missing": True}, "off", ("not_set_up",)),
        ({"missing": True}, "slow", ("half_set_up",)),
        ({"processes": 2, "left_alone": 1}, "slow", ("partly_left_alone",)),
        ({"processes": 2, "left_alone": 2, "missing": True}, "trouble", ("left_alone",)),
        ({"oldest": 59.9}, "well", ()),
        ({"oldest": 60.0}, "slow", ("waits_long",)),
        ({"oldest": 600.0, "left_alone": 1}, "trouble", ("left_alone", "waits_very_long")),
        ({"hour": Hour(failed=4)}, "well", ()),
        ({"hour": Hour(failed=2, uncertain=2, delayed=1)}, "trouble", ("most_fail",)),
        ({"hour": Hour(sent=45, failed=5)}, "slow", ("some_fail",)),
        ({"hour": Hour(sent=46, failed=5)}, "well", ()),
        ({"hour": Hour(sent=1, unreachable=99)}, "well", ()),
        ({"quota": 0.0}, "trouble", ("quota_used_up",)),
        ({"quota": 0.04, "oldest": 100.0}, "slow", ("waits_long", "quota_low")),
        ({"quota": 0.05}, "well", ()),
    ],
)
def test_of_channels(facts: dict[str, Any], verdict: str, reasons: tuple[str, ...]) -> None:
    assert verdicts.of_channel(Facts(**facts)) == (verdict, reasons)


def test_of_stores() -> None:
    assert verdicts.of_store(True, 0.02) == ("well", ())
    assert verdicts.of_store(True, 0.5) == ("slow", ("answers_slowly",))
    assert verdicts.of_store(False, 0.02) == ("trouble", ("no_answer",))
