"""`run.py tickets deadlines --explain`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.commands import tickets
from gateway.core.tickets import moves, rules
from gateway.core.tickets.operators_limits import OperatorsLimits
from gateway.core.tickets.rules import Policy, Rules
from gateway.core.tickets.workdays import Calendar, Span
from gateway.storage.mongo import MongoStore
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


@pytest.mark.gen_test
async def test_the_limits_in_force_are_shown(store: MongoStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert await tickets.limits(store, Rules(Calendar())) == 0
    assert capsys.readouterr().out.startswith("as configured\nfinish.consultation 2wd\n")
    table = rules.table(Policy(supervision=Span(workdays=4), yellows=5))
    await OperatorsLimits(store, Rules(Calendar())).put(table, version=0, by="wu", at=at("2026-11-24 10:00"))
    assert await tickets.limits(store, Rules(Calendar())) == 0
    shown = capsys.readouterr().out
    for expected in (
        "set by wu, 2026-11-24 10:00",
        "supervision         4wd  (configured: 2wd)",
        "yellows             5  (configured: 3)",
        "sign                1wd\n",
    ):
        assert expected in shown, shown


@pytest.mark.gen_test
async def test_deadlines_are_explained_by_the_limits_in_force(
    store: MongoStore, capsys: pytest.CaptureFixture[str]
) -> None:
    walk = Walk(at("2026-03-02 09:00"))
    walk.do(moves.AnswerAtOnce(text="可以这样办"))
    await store.insert("tickets", walk.ticket.document())
    held = Rules(Calendar())
    table = rules.table(Policy(archive_after=Span.parse("90d")))
    await OperatorsLimits(store, Rules(Calendar())).put(table, version=0, by="wu", at=walk.now)
    assert await tickets.deadlines(store, walk.ticket.id, held.calendar, held, walk.now) == 0
    capsys.readouterr()
    assert held.policy.archive_after == Span.parse("90d")
