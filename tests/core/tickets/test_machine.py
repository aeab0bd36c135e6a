"""The state machine walked at random with a controlled clock, and its rules one by one."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.core.tickets import clock, machine, moves
from gateway.core.tickets.machine import Moved, Refused
from gateway.core.tickets.model import BOOKKEEPING, OPEN, STATES, SYSTEM, Actor, Ticket, TicketEvent
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.workdays import BEIJING, Calendar, UnknownYear

RULES = Rules(Calendar())
WALKS = 1500
STEPS = 40
UNITS = ("water", "police", "town-a")
CITIZEN = Actor(kind="citizen", id="C1")
AGENT = Actor(kind="staff", id="agent")
REASON = "因为是这样"
# every change of state there may be
ALLOWED = {
    ("submitted", "answered"),
    ("submitted", "declined"),
    ("submitted", "dispatched"),
    ("submitted", "merged"),
    ("dispatched", "signed"),
    ("dispatched", "submitted"),
    ("dispatched", "merged"),
    ("signed", "replied"),
    ("signed", "submitted"),
    ("signed", "merged"),
    ("replied", "callback"),
    ("replied", "signed"),
    ("replied", "merged"),
    ("callback", "closed"),
    ("callback", "signed"),
    ("answered", "submitted"),
    ("answered", "archived"),
    ("declined", "archived"),
    ("merged", "archived"),
    ("closed", "archived"),
}


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING)


def of_unit(unit: str) -> Actor:
    return Actor(kind="staff", id=f"clerk-{unit}", unit=unit)


class Walk:
    """A ticket, its log and its clock."""

    def __init__(self, now: datetime, **about: Any) -> None:
        self.now = now
        given = {"kind": "complaint", "title": "路灯不亮", "matter": "育华路的路灯三天不亮", **about}
        number = "DG202601010000011"
        ticket = Ticket(
            id=number,
            number=number,
            state="submitted",
            via="wechat",
            filed_by="C1",
            code="sealed",
            filed_at=now,
            **given,
        )
        moved = machine.file(ticket, CITIZEN, now, RULES)
        self.ticket, self.events = moved.ticket, [moved.event]

    def do(self, move: moves.Move, actor: Actor = AGENT) -> Ticket:
        before = self.ticket
        moved = machine.apply(before, move, actor, self.now, RULES)
        self._check(before, moved)
        self.ticket = moved.ticket
        self.events.append(moved.event)
        return self.ticket

    def reason(self, kind: type[moves.Move], actor: Actor = AGENT) -> str:
        """Why this kind of move would be refused now; empty when it may be tried."""
        refused = machine.refusal(self.ticket, kind, actor, self.now, RULES)
        return refused.reason if refused else ""

    def let_pass(self, by: timedelta) -> list[TicketEvent]:
        """As a sweep does it, in its own rhythm; what happened."""
        self.now += by
        seen = len(self.events)
        for _ in range(30):
            move = clock.happens(self.ticket, self.now, RULES)
            if move is None:
                return self.events[seen:]
            self.do(move, SYSTEM)
        raise AssertionError("time never comes to rest")

    def until(self, moment: str) -> list[TicketEvent]:
        return self.let_pass(at(moment) - self.now)

    def _check(self, before: Ticket, moved: Moved) -> None:
        after = moved.ticket
        assert after.state == before.state or (before.state, after.state) in ALLOWED, (before.state, after.state)
        assert moved.event.seq == after.events == before.events + 1
        ids = [card.id for card in after.cards]
        assert len(ids) == len(set(ids)), "a card twice"
        assert len(after.cards) >= len(before.cards), "a card was lost"
        if after.state in ("dispatched", "signed", "callback"):
            assert after.next_due is not None or _all_said(after), "time has forgotten it"
        if after.state in ("dispatched", "signed"):
            assert after.lead is not None
            assert after.lead.unit == after.unit
            assert after.due is not None
        if after.state in OPEN:
            assert after.ended_at is None

    def check_replay(self) -> None:
        replayed = machine.replay(self.events)
        hidden = set(BOOKKEEPING)
        assert replayed.model_dump(exclude=hidden) == self.ticket.model_dump(exclude=hidden)


def _all_said(ticket: Ticket) -> bool:
    """Long overdue, and everything that comes of it has been said."""
    return any(card.cause == "long_overdue" and card.id.endswith(f":{ticket.round}") for card in ticket.cards)


def _any_move(dice: random.Random, walk: Walk) -> tuple[moves.Move, Actor]:
    unit = dice.choice(UNITS)
    card = dice.choice(walk.ticket.cards).id if walk.ticket.cards else "none"
    clerk = of_unit(dice.choice([part.unit for part in walk.ticket.assignments] or UNITS))
    joint = tuple(one for one in UNITS if one != unit and dice.random() < 0.3)
    verdict = dice.choice(("satisfied", "fairly", "dissatisfied"))
    yes = dice.random() < 0.5
    if dice.random() < 0.01:
        return dice.choice([(moves.AnswerAtOnce(text="可以这样办"), AGENT), (moves.Decline(cause="litigation"), AGENT)])
    return dice.choice(
        [
            (moves.Dispatch(lead=unit, joint=joint), AGENT),
            (moves.Dispatch(lead=unit), AGENT),
            (moves.Dispatch(lead=unit), AGENT),
            (moves.AddJoint(joint=(unit,), reason=REASON), AGENT),
            (moves.Approve(), AGENT),
            (moves.Approve(text="改好的答复"), AGENT),
            (moves.SendBack(reason=REASON), AGENT),
            (moves.CallBack(reached=yes, note="说过了"), AGENT),
            (moves.CallBack(reached=True, solved=yes, verdict=verdict), AGENT),
            (moves.Close(reason=REASON), AGENT),
            (moves.Note(text="内部"), AGENT),
            (moves.Mark(urgent=yes, complex=dice.random() < 0.2, reason=REASON), AGENT),
            (moves.Mark(confidential=yes, accused=(unit,), reason=REASON), AGENT),
            (moves.DecideReturn(grant=yes, reason=REASON), AGENT),
            (moves.DecideExtension(grant=yes, reason=REASON), AGENT),
            (moves.Sign(), clerk),
            (moves.Sign(), clerk),
            (moves.Contact(), clerk),
            (moves.Reply(text="办好了", without_joint=yes), clerk),
            (moves.Reply(text="办好了", without_joint=True), clerk),
            (moves.ReplyJointly(text="我们这边没问题"), clerk),
            (moves.AskReturn(reason=REASON), clerk),
            (moves.AskExtension(workdays=dice.choice((1, 3, 10)), reason=REASON), clerk),
            (moves.AnswerSupervision(text="情况是这样"), clerk),
            (moves.Appeal(card=card, reason=REASON), clerk),
            (moves.Supervise(reason=REASON), AGENT),
            (moves.EndSupervision(reason=REASON), AGENT),
            (moves.GiveCard(colour=dice.choice(("yellow", "red")), reason=REASON), AGENT),
            (moves.DecideAppeal(card=card, grant=yes, reason=REASON), AGENT),
            (moves.Rate(solved=yes, verdict=verdict), CITIZEN),
            (moves.Supplement(text="还有一件事"), CITIZEN),
        ]
    )


def _finish(walk: Walk) -> None:
    """From wherever it is to the archive, by the moves anybody would make."""
    for _ in range(12):
        ticket = walk.ticket
        lead = of_unit(ticket.unit or "")
        if ticket.state == "archived":
            return
        if ticket.supervision is not None and ticket.supervision.ended_at is None:
            walk.do(moves.EndSupervision(reason=REASON))
        elif ticket.state == "submitted":
            unit = next(unit for unit in UNITS if unit not in ticket.accused)
            walk.do(moves.Dispatch(lead=unit))
        elif ticket.state == "dispatched":
            walk.do(moves.Sign(), lead)
        elif ticket.state == "signed":
            walk.do(moves.Reply(text="办好了", without_joint=True), lead)
        elif ticket.state == "replied":
            walk.do(moves.Approve())
        elif ticket.state == "callback":
            walk.let_pass(timedelta(days=40))
        else:
            walk.let_pass(timedelta(days=60))
    raise AssertionError(f"stuck in {walk.ticket.state}")


@pytest.mark.parametrize("part", range(10))
def test_random_walks(part: int) -> None:
    """Nobody ever gets stuck, no state is reached that must not be, the log makes the same ticket, each card once."""
    visited: Counter[str] = Counter()
    for seed in range(part * WALKS // 10, (part + 1) * WALKS // 10):
        dice = random.Random(seed)
        # across the Spring Festival, make-up workdays and weekends of 2025
        walk = Walk(at("2025-01-02 09:00") + timedelta(hours=dice.uniform(0, 24 * 60)))
        for _ in range(STEPS):
            if dice.random() < 0.25:
                walk.let_pass(timedelta(hours=dice.choice((0.1, 1, 8, 30, 100))))
            move, actor = _any_move(dice, walk)
            refusal = machine.refusal(walk.ticket, type(move), actor, walk.now, RULES)
            try:
                walk.do(move, actor)
                assert refusal is None, (seed, move)
            except Refused:
                pass
            visited[walk.ticket.state] += 1
        _finish(walk)
        walk.check_replay()
        visited[walk.ticket.state] += 1
    assert set(visited) == set(STATES) - {"draft", "merged"}, visited


# ---- one by one ----


def dispatched(start: str, **about: Any) -> Walk:
    walk = Walk(at(start), **about)
    walk.do(moves.Dispatch(lead="water"))
    return walk


WATER = of_unit("water")


def test_limits_across_the_spring_festival() -> None:
    """Worked out by hand: 14 February 2026 (Saturday) is worked, 15 to 23 are off, 28 (Saturday) is worked."""
    walk = dispatched("2026-02-13 10:00")
    assert walk.ticket.lead is not None
    assert walk.ticket.lead.sign_due == at("2026-02-14 10:00")
    assert walk.ticket.due == at("2026-02-27 10:00"), "five workdays: 14, 24, 25, 26, 27"
    walk.do(moves.Sign(), WATER)
    walk.do(moves.Contact(), WATER)
    assert walk.until("2026-02-26 09:59") == []
    assert [event.note for event in walk.until("2026-02-26 10:00")] == ["remind:0"], "four fifths of five workdays"
    assert walk.until("2026-02-27 09:59") == []
    (card,) = walk.until("2026-02-27 10:00")
    assert card.note.startswith("DG202601010000011:overdue:water")
    (red,) = walk.until("2026-03-02 10:00")
    assert walk.ticket.cards[-1].colour == "red"
    assert walk.ticket.supervision is not None
    assert walk.ticket.supervision.due == at("2026-03-04 10:00")
    assert red.move == "card"
    (unanswered,) = walk.until("2026-03-04 10:00")
    assert "supervision_unanswered" in unanswered.note
    assert walk.until("2026-06-01 10:00") == [], "each once"
    assert [card.colour for card in walk.ticket.cards] == ["yellow", "red", "red"]


def test_a_late_sweep_gives_the_same_cards() -> None:
    early, late = dispatched("2026-03-02 09:00"), dispatched("2026-03-02 09:00")
    for _ in range(24 * 40):
        early.let_pass(timedelta(hours=1))
    late.let_pass(timedelta(days=40))
    causes = ["unsigned", "overdue", "long_overdue", "supervision_unanswered"]
    assert [card.cause for card in early.ticket.cards] == causes
    assert [card.cause for card in late.ticket.cards][:3] == causes[:3]
    late.let_pass(timedelta(days=10))
    assert [card.id.rpartition(":")[0] for card in late.ticket.cards] == [
        card.id.rpartition(":")[0] for card in early.ticket.cards
    ]


def test_what_time_brought_happens_in_one_go() -> None:
    one_by_one = dispatched("2026-03-02 09:00")
    ticket = one_by_one.ticket
    log = one_by_one.let_pass(timedelta(days=12))
    made = machine.let_pass(ticket, one_by_one.now, RULES)
    assert [moved.event for moved in made] == log
    assert len(log) == 4
    assert made[-1].ticket == one_by_one.ticket
    assert machine.let_pass(made[-1].ticket, one_by_one.now, RULES) == []


def test_what_comes_before_an_unknown_year_happens() -> None:
    rules, walk, late = Rules(Calendar(years=[2090])), Walk(at("2090-12-01 09:00")), at("2090-12-30 12:00")
    ticket = machine.apply(walk.ticket, moves.Dispatch(lead="water"), AGENT, walk.now, rules).ticket
    made = machine.let_pass(ticket, late, rules)
    assert [moved.event.move for moved in made] == ["card", "remind", "card"], (
        "the supervision that a red one begins would end in 2091"
    )
    with pytest.raises(UnknownYear):
        machine.let_pass(made[-1].ticket, late, rules)


@pytest.mark.parametrize(
    ("about", "due"),
    [
        ({"kind": "consultation"}, "2026-03-04 09:00"),
        ({"kind": "complaint"}, "2026-03-09 09:00"),
        ({"urgent": True}, "2026-03-03 09:00"),
        ({"complex": True}, "2026-03-23 09:00"),
    ],
)
def test_limits_by_kind(about: dict[str, Any], due: str) -> None:
    assert dispatched("2026-03-02 09:00", **about).ticket.due == at(due)


def test_a_return_keeps_the_clock_running_and_comes_once() -> None:
    walk = dispatched("2026-03-02 09:00")
    walk.now = at("2026-03-02 15:00")
    walk.do(moves.AskReturn(reason="不归我们管"), WATER)
    walk.do(moves.DecideReturn(grant=True, reason="确实不是"))
    assert (walk.ticket.state, walk.ticket.unit, walk.ticket.former) == ("submitted", None, ("water",))
    walk.now = at("2026-03-03 09:00")
    walk.do(moves.Dispatch(lead="police"))
    assert walk.ticket.due == at("2026-03-09 09:00"), "from the first dispatch"
    assert walk.ticket.lead is not None
    assert walk.ticket.lead.sign_due == at("2026-03-04 09:00")
    with pytest.raises(Refused, match="一次"):
        walk.do(moves.AskReturn(reason="也不归我们"), of_unit("police"))


def test_a_return_asked_too_late_is_refused() -> None:
    walk = dispatched("2026-03-02 09:00")
    walk.do(moves.Sign(), WATER)
    walk.let_pass(timedelta(days=1, minutes=1))
    with pytest.raises(Refused) as refused:
        walk.do(moves.AskReturn(reason="不归我们管"), WATER)
    assert refused.value.reason == "too_late"


def test_an_extension_is_bounded_and_comes_once() -> None:
    walk = dispatched("2026-03-02 09:00")
    walk.do(moves.Sign(), WATER)
    with pytest.raises(Refused, match="最长5个"):
        walk.do(moves.AskExtension(workdays=6, reason="材料多"), WATER)
    walk.do(moves.AskExtension(workdays=3, reason="要等配件"), WATER)
    walk.do(moves.DecideExtension(grant=True, reason="可以"))
    assert walk.ticket.due == at("2026-03-12 09:00")
    with pytest.raises(Refused) as refused:
        walk.do(moves.AskExtension(workdays=1, reason="还要等"), WATER)
    assert refused.value.reason == "once_only"


def test_the_clock_stands_still_while_the_hotline_reads() -> None:
    walk = dispatched("2026-03-02 09:00")
    walk.do(moves.Sign(), WATER)
    walk.let_pass(timedelta(days=3))  # Thursday 09:00, two workdays left
    walk.do(moves.Reply(text="办好了"), WATER)
    walk.let_pass(timedelta(days=1))
    walk.do(moves.SendBack(reason="没说什么时候修"))
    assert walk.ticket.due == at("2026-03-10 09:00")


def test_dissatisfied_once_is_done_again_and_twice_is_supervised() -> None:
    walk = dispatched("2026-03-02 09:00")
    walk.do(moves.Sign(), WATER)
    walk.do(moves.Reply(text="办好了"), WATER)
    walk.do(moves.Approve())
    walk.do(moves.Rate(solved=False, verdict="dissatisfied"), CITIZEN)
    assert (walk.ticket.state, walk.ticket.round, walk.ticket.due) == ("signed", 1, at("2026-03-09 09:00"))
    walk.do(moves.Reply(text="又办了"), WATER)
    walk.do(moves.Approve())
    walk.do(moves.Rate(solved=False, verdict="dissatisfied"), CITIZEN)
    assert walk.ticket.state == "closed"
    assert walk.ticket.supervision is not None
    with pytest.raises(Refused) as refused:
        walk.do(moves.Rate(solved=True, verdict="satisfied"), CITIZEN)
    assert refused.value.reason == "once_only"


def test_who_cannot_be_reached_is_tried_three_times() -> None:
    walk = dispatched("2026-03-02 09:00")
    walk.do(moves.Sign(), WATER)
    walk.do(moves.Reply(text="办好了"), WATER)
    walk.do(moves.Approve())
    with pytest.raises(Refused):
        walk.do(moves.Close(reason="联系不上"))
    assert [event.move for event in walk.until("2026-03-05 09:00")] == ["ask_again"]
    assert [event.move for event in walk.until("2026-03-06 09:00")] == ["ask_again"]
    assert [event.move for event in walk.until("2026-03-09 09:00")] == ["give_up"]
    assert (walk.ticket.state, walk.ticket.ended_how, walk.ticket.rating) == ("closed", "unreached", None)


def test_joint_units_answer_to_the_lead() -> None:
    walk = Walk(at("2026-03-02 09:00"))
    walk.do(moves.Dispatch(lead="water", joint=("police", "water")))
    assert [part.role for part in walk.ticket.assignments] == ["lead", "joint"]
    walk.do(moves.Sign(), WATER)
    with pytest.raises(Refused) as refused:
        walk.do(moves.Reply(text="办好了"), WATER)
    assert refused.value.details["units"] == ["police"]
    with pytest.raises(Refused):
        walk.do(moves.Sign(), of_unit("police"))
    walk.do(moves.ReplyJointly(text="没问题"), of_unit("police"))
    assert walk.do(moves.Reply(text="办好了"), WATER).state == "replied"


def test_a_joint_unit_that_is_late_gets_its_own_card() -> None:
    walk = Walk(at("2026-03-02 09:00"))
    walk.do(moves.Dispatch(lead="water", joint=("police",)))
    walk.do(moves.Sign(), WATER)
    walk.do(moves.Contact(), WATER)
    (card,) = walk.until("2026-03-05 09:00")
    assert (walk.ticket.cards[0].cause, walk.ticket.cards[0].unit) == ("joint_overdue", "police"), card


def test_the_accused_never_handle_it() -> None:
    walk = Walk(at("2026-03-02 09:00"), kind="report", confidential=True, accused=("water",))
    for move in (moves.Dispatch(lead="water"), moves.Dispatch(lead="police", joint=("water",))):
        with pytest.raises(Refused) as refused:
            walk.do(move)
        assert refused.value.reason == "accused"
    walk.do(moves.Dispatch(lead="police"))
    with pytest.raises(Refused):
        walk.do(moves.AddJoint(joint=("water",), reason=REASON))
    with pytest.raises(Refused):
        walk.do(moves.Mark(accused=("police",), reason=REASON))


def test_who_is_recused_does_nothing() -> None:
    walk = dispatched("2026-03-02 09:00")
    walk.do(moves.Recuse(person=WATER.id, reason="是亲属"))
    with pytest.raises(Refused) as refused:
        walk.do(moves.Sign(), WATER)
    assert refused.value.reason == "recused"


def test_an_appeal_takes_a_card_back() -> None:
    walk = dispatched("2026-03-02 09:00")
    walk.until("2026-03-03 09:00")
    card = walk.ticket.cards[0]
    assert card.cause == "unsigned"
    with pytest.raises(Refused):
        walk.do(moves.Appeal(card=card.id, reason=REASON), of_unit("police"))
    assert walk.reason(moves.Appeal, of_unit("police")) == "no_card"
    assert walk.reason(moves.Appeal, WATER) == ""
    assert walk.reason(moves.DecideAppeal) == "nothing_asked", "no button where nobody asked"
    walk.do(moves.Appeal(card=card.id, reason="系统故障"), WATER)
    assert walk.reason(moves.Appeal, WATER) == "once_only"
    assert walk.reason(moves.DecideAppeal) == ""
    walk.do(moves.DecideAppeal(card=card.id, grant=True, reason="属实"))
    assert walk.reason(moves.DecideAppeal) == "nothing_asked"
    assert not walk.ticket.cards[0].stands
    assert walk.let_pass(timedelta(hours=1)) == [], "it is not given again"
