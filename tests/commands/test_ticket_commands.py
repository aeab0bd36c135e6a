"""`run.py tickets deadlines --explain`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.commands import tickets
from gateway.core.tickets import moves
from gateway.core.tickets.workdays import Calendar
from tests.core.tickets.test_machine import RULES, WATER, Walk, at


def test_a_limit_across_the_spring_festival_is_counted_day_by_day() -> None:
    walk = Walk(at("2026-02-13 10:00"))
    walk.do(moves.Dispatch(lead="water"))
    lines = tickets.explained(walk.ticket, RULES, walk.now)
    shown = "\n".join(lines)
    for expected in (
        "limit 5wd (kind complaint), from the first dispatch, 2026-02-13 10:00",
        "02-14 Sat workday",
        "02-17 Tue off",
        "due 2026-02-27 10:00",
        "to be signed by 2026-02-14 10:00",
        "2026-02-26 10:00: reminder",
        "2026-03-02 10:00: red card for water",
    ):
        assert expected in shown, shown
    walk.do(moves.Sign(), WATER)
    walk.do(moves.AskExtension(workdays=2, reason="要等配件"), WATER)
    walk.do(moves.DecideExtension(grant=True, reason="可以"))
    walk.let_pass(timedelta(days=1))
    shown = "\n".join(tickets.explained(walk.ticket, RULES, walk.now))
    assert "extended by 2 workdays: 要等配件" in shown
    assert "due 2026-03-02 10:00" in shown


def test_before_dispatch_nothing_runs() -> None:
    assert "no limit runs" in tickets.explained(Walk(at("2026-03-02 09:00")).ticket, RULES, at("2026-03-02 09:00"))[1]


def test_calendars_are_needed() -> None:
    with pytest.raises(Exception, match="2031"):
        Calendar().is_workday(at("2031-01-01 09:00").date())
