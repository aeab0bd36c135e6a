"""The state machine of tickets: the one place that says what a move does and when it is refused. Pure.

`file` begins a ticket, `apply` moves it; both give the ticket as it is then and the event that says so. `replay` makes
the ticket again from its events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from gateway.core.errors import HotlineError, Refused
from gateway.core.model import milliseconds
from gateway.core.tickets import clock, moves
from gateway.core.tickets.machine import citizens, hotline, oversight, passing, responsible
from gateway.core.tickets.machine.context import Changes, Context, nothing, open_request
from gateway.core.tickets.model import BOOKKEEPING, STATES, SYSTEM, Actor, Ticket, TicketEvent, event_id
from gateway.core.tickets.moves import Move
from gateway.core.tickets.rules import Rules

__all__ = ["Moved", "Refused", "apply", "file", "let_pass", "refusal", "replay"]

_MOST_AT_ONCE = 20  # moves of time, should it ever not come to rest


@dataclass(frozen=True, slots=True)
class Moved:
    ticket: Ticket
    event: TicketEvent


def file(ticket: Ticket, actor: Actor, now: datetime, rules: Rules) -> Moved:
    """The first event. ticket: as it is to be, `submitted`."""
    assert ticket.events == 0
    return _moved(Context(ticket, actor, now, rules), ticket, "file")


def apply(ticket: Ticket, move: Move, actor: Actor, now: datetime, rules: Rules) -> Moved:
    """Raises `Refused`; `UnknownYear` when a limit reaches a year whose workdays are not known."""
    if ticket.state not in move.states:
        raise Refused(
            "wrong_state", f"工单现在是“{STATES[ticket.state]}”，不能{move.label or '这样做'}", state=ticket.state
        )
    if actor.id in ticket.recused:
        raise Refused("recused", "您已回避这张工单")
    context = Context(ticket, actor, now, rules)
    changes = _HANDLERS[type(move)](context, move)
    after = ticket.model_copy(update=changes)
    return _moved(context, after, move.move, reason=str(getattr(move, "reason", "")), note=_note(move))


def let_pass(ticket: Ticket, now: datetime, rules: Rules) -> list[Moved]:
    """All that time has brought to a ticket by now, in its order, as far as the first that cannot be; raises what that
    one raises, when nothing came before it."""
    made: list[Moved] = []
    try:
        while len(made) < _MOST_AT_ONCE and (move := clock.happens(ticket, now, rules)):
            made.append(apply(ticket, move, SYSTEM, now, rules))
            ticket = made[-1].ticket
    except HotlineError:
        if not made:
            raise
    return made


def refusal(ticket: Ticket, kind: type[Move], actor: Actor, now: datetime, rules: Rules) -> Refused | None:
    """Why this kind of move cannot be made now whatever its particulars are; None when it may be tried."""
    if ticket.state not in kind.states:
        return Refused("wrong_state", f"工单现在是“{STATES[ticket.state]}”")
    if actor.id in ticket.recused:
        return Refused("recused", "您已回避这张工单")
    try:
        if check := _CHECKS.get(kind):
            check(Context(ticket, actor, now, rules))
    except Refused as refused:
        return refused
    return None


def replay(events: Iterable[TicketEvent]) -> Ticket:
    """The ticket that these events, in their order, made. Its bookkeeping is not theirs."""
    state: dict[str, Any] = {}
    count = 0
    for count, event in enumerate(events, 1):
        assert event.seq == count, "an event is missing"
        state |= {name: after for name, (_, after) in orjson.loads(event.changes).items()}
    return Ticket.model_validate({**state, "events": count})


def _moved(context: Context, after: Ticket, name: str, *, reason: str = "", note: str = "") -> Moved:
    before, now = context.ticket, context.now
    after = after.model_copy(update={"events": after.events + 1})
    supervised = 1 if after.supervision is not None and after.supervision.ended_at is None else None
    after = after.model_copy(update={"next_due": clock.next_due(after, context.rules), "supervised": supervised})
    event = TicketEvent(
        id=event_id(after.id, after.events),
        ticket=after.id,
        seq=after.events,
        at=now,
        at_ms=milliseconds(now),
        move=name,
        actor=context.actor,
        reason=reason,
        note=note,
        round=after.round,
        state=after.state,
        changes=_changes(before if before.events else None, after),
    )
    return Moved(after, event)


def _changes(before: Ticket | None, after: Ticket) -> str:
    old: Mapping[str, Any] = before.model_dump(mode="json", exclude=set(BOOKKEEPING)) if before else {}
    new = after.model_dump(mode="json", exclude=set(BOOKKEEPING))
    return orjson.dumps(
        {name: (old.get(name), value) for name, value in new.items() if old.get(name) != value}
    ).decode()


def _note(move: Move) -> str:
    match move:
        case moves.Note(text=text) | moves.AnswerAtOnce(text=text) | moves.ReplyJointly(text=text):
            return text
        case moves.Reply(text=text) | moves.AnswerSupervision(text=text) | moves.Supplement(text=text):
            return text
        case moves.Contact(note=note) | moves.Dispatch(note=note) | moves.CallBack(note=note):
            return note
        case moves.Remind(what=what):
            return what
        case moves.CardFromClock(card=card):
            return card.id
        case moves.RateBeside(reporter=reporter) | moves.Join(reporter=reporter):
            return reporter
    return ""


_HANDLERS: dict[type[Move], Callable[..., Changes]] = {
    moves.AnswerAtOnce: hotline.answer,
    moves.Decline: hotline.decline,
    moves.Dispatch: hotline.dispatch,
    moves.AddJoint: hotline.add_joint,
    moves.Approve: hotline.approve,
    moves.SendBack: hotline.send_back,
    moves.CallBack: hotline.call_back,
    moves.Close: hotline.close,
    moves.Merge: hotline.merge,
    moves.Note: nothing,
    moves.Attach: hotline.attach,
    moves.Mark: hotline.mark,
    moves.Recuse: hotline.recuse,
    moves.DecideReturn: hotline.decide_return,
    moves.DecideExtension: hotline.decide_extension,
    moves.Sign: responsible.sign,
    moves.Contact: responsible.contact,
    moves.Reply: responsible.reply,
    moves.ReplyJointly: responsible.reply_jointly,
    moves.AskReturn: responsible.ask_return,
    moves.AskExtension: responsible.ask_extension,
    moves.AnswerSupervision: responsible.answer_supervision,
    moves.Appeal: responsible.appeal,
    moves.Supervise: oversight.supervise,
    moves.EndSupervision: oversight.end_supervision,
    moves.GiveCard: oversight.give_card,
    moves.DecideAppeal: oversight.decide_appeal,
    moves.Rate: citizens.rate,
    moves.RateBeside: citizens.rate_beside,
    moves.Supplement: citizens.supplement,
    moves.Join: nothing,
    moves.Remind: passing.remind,
    moves.CardFromClock: passing.card_from_clock,
    moves.AskAgain: passing.ask_again,
    moves.GiveUp: passing.give_up,
    moves.Archive: passing.archive,
}

# What refuses a move before its particulars are known, for the buttons of a page.
_CHECKS: dict[type[Move], Callable[[Context], object]] = {
    moves.Close: lambda context: hotline.close(context, moves.Close(reason="--")),
    moves.DecideReturn: lambda context: open_request(context.ticket.returned, "没有待审批的退单申请"),
    moves.DecideExtension: lambda context: open_request(context.ticket.extension, "没有待审批的延期申请"),
    moves.Sign: lambda context: context.own("lead"),
    moves.Contact: lambda context: context.own("lead"),
    moves.Reply: lambda context: context.own("lead"),
    moves.ReplyJointly: lambda context: context.own("joint"),
    moves.AskReturn: responsible.check_return,
    moves.AskExtension: responsible.check_extension,
    moves.AnswerSupervision: responsible.check_supervision,
    moves.Appeal: responsible.check_appeal,
    moves.EndSupervision: lambda context: oversight.end_supervision(context, moves.EndSupervision(reason="--")),
    moves.Supervise: lambda context: oversight.supervise(context, moves.Supervise(reason="--")),
    moves.DecideAppeal: oversight.check_decision,
}
