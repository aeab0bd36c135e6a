"""What the hotline's own people do: accept, dispatch, review, call back, decide."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from gateway.core.errors import Refused
from gateway.core.tickets import moves, phrases
from gateway.core.tickets.machine.citizens import rate
from gateway.core.tickets.machine.context import (
    Changes,
    Context,
    ending,
    open_request,
    with_decision,
    with_lead_due,
)
from gateway.core.tickets.model import Answer, Assignment, Attempt
from gateway.core.tickets.rules import write
from gateway.core.tickets.workdays import Span


def answer(context: Context, move: moves.AnswerAtOnce) -> Changes:
    reply = Answer(text=move.text, by=context.actor.id, at=context.now)
    return {"state": "answered", "reply": reply, **ending(context, "answered")}


def decline(context: Context, move: moves.Decline) -> Changes:
    text = f"{phrases.DECLINED[move.cause].zh}{move.words}".strip()
    reply = Answer(text=text, by=context.actor.id, at=context.now)
    return {"state": "declined", "decline": move.cause, "reply": reply, **ending(context, "declined")}


def dispatch(context: Context, move: moves.Dispatch) -> Changes:
    ticket, rules, now = context.ticket, context.rules, context.now
    joint = tuple(dict.fromkeys(unit for unit in move.joint if unit != move.lead))
    for unit in (move.lead, *joint):
        if unit in ticket.accused:
            raise Refused("accused", "举报针对的单位不能办理这张工单", unit=unit)
    first = ticket.dispatched_at is None or ticket.round_at is None
    limit = rules.limit(ticket)
    begun = now if first else cast(datetime, ticket.round_at)
    # a rework that goes to another unit has its limit from the rework on, a return keeps the first dispatch's
    due = rules.after(begun, limit) if first or ticket.due is None else ticket.due
    lead = Assignment(unit=move.lead, role="lead", at=now, sign_due=rules.after(now, rules.of(ticket).sign), due=due)
    return {
        "state": "dispatched",
        "unit": move.lead,
        "mode": move.mode,
        "assignments": (lead, *(_joint(context, unit) for unit in joint)),
        "dispatched_at": ticket.dispatched_at or now,
        "round_at": begun,
        "limit": str(limit) if first or not ticket.limit else ticket.limit,
        "terms": ticket.terms or write(rules.policy),
        "due": due,
    }


def _joint(context: Context, unit: str) -> Assignment:
    rules, now = context.rules, context.now
    terms = rules.of(context.ticket)
    sign_due = rules.after(now, terms.sign)
    return Assignment(unit=unit, role="joint", at=now, sign_due=sign_due, due=rules.after(now, terms.joint))


def add_joint(context: Context, move: moves.AddJoint) -> Changes:
    ticket = context.ticket
    fresh = tuple(unit for unit in dict.fromkeys(move.joint) if ticket.assignment(unit) is None)
    if not fresh:
        raise Refused("already", "这些单位已经在办理这张工单")
    if any(unit in ticket.accused for unit in fresh):
        raise Refused("accused", "举报针对的单位不能办理这张工单")
    return {"mode": "joint", "assignments": (*ticket.assignments, *(_joint(context, unit) for unit in fresh))}


def approve(context: Context, move: moves.Approve) -> Changes:
    ticket, rules, now = context.ticket, context.rules, context.now
    assert ticket.reply is not None, "it was replied"
    reply = ticket.reply if move.text is None else ticket.reply.model_copy(update={"text": move.text})
    asked = Attempt(at=now, by=context.actor.id, how="message")
    due = rules.after(now, rules.of(ticket).callback)
    return {"state": "callback", "reply": reply, "attempts": (asked,), "callback_due": due}


def send_back(context: Context, _: moves.SendBack) -> Changes:
    ticket, rules = context.ticket, context.rules
    due = ticket.due
    if due is not None and ticket.replied_at is not None and ticket.replied_at < due:
        # the unit's clock stood still while the hotline read
        left = rules.calendar.between(ticket.replied_at, due, Span.parse(ticket.limit))
        due = rules.after(context.now, left)
    parts = tuple(
        part.model_copy(update={"due": due or part.due, "answered_at": None, "answer": None})
        if part.role == "lead"
        else part
        for part in ticket.assignments
    )
    return {"state": "signed", "due": due, "assignments": parts, "replied_at": None}


def call_back(context: Context, move: moves.CallBack) -> Changes:
    if (move.solved is None) != (move.verdict is None):
        raise Refused("incomplete", "解决情况和满意度要一起记")
    if move.verdict is not None and not move.reached:
        raise Refused("incomplete", "没有联系上市民，不能记评价")
    attempt = Attempt(at=context.now, by=context.actor.id, how="phone", reached=move.reached, note=move.note)
    changes: Changes = {"attempts": (*context.ticket.attempts, attempt)}
    if move.solved is not None and move.verdict is not None:
        verdict = moves.Rate(solved=move.solved, verdict=move.verdict, words=move.note, via="phone")
        return changes | rate(context, verdict)
    return changes


def close(context: Context, _: moves.Close) -> Changes:
    attempts = context.rules.of(context.ticket).attempts
    if len(context.ticket.attempts) < attempts:
        raise Refused("too_early", f"回访满{attempts}次仍联系不上，才能直接办结")
    return {"state": "closed", **ending(context, "unreached")}


def merge(context: Context, move: moves.Merge) -> Changes:
    if move.into == context.ticket.id:
        raise Refused("itself", "不能并入自己")
    return {"state": "merged", "merged_into": move.into, **ending(context, "merged")}


def attach(context: Context, move: moves.Attach) -> Changes:
    if len(context.ticket.attachments) >= 50:
        raise Refused("too_many", "这张工单的附件已经太多")
    return {"attachments": (*context.ticket.attachments, move.attachment)}


def mark(context: Context, move: moves.Mark) -> Changes:
    ticket, rules = context.ticket, context.rules
    given = {name: getattr(move, name) for name in ("urgent", "complex", "confidential", "kind")}
    changes: Changes = {name: value for name, value in given.items() if value is not None}
    if move.accused is not None:
        if any(ticket.assignment(unit) for unit in move.accused):
            raise Refused("accused", "举报针对的单位正在办理，请先转派给别的单位")
        changes["accused"] = move.accused
    if not changes:
        raise Refused("incomplete", "没有要改的内容")
    marked = ticket.model_copy(update=changes)
    if ticket.round_at is not None and rules.limit(marked) != rules.limit(ticket):
        limit = rules.limit(marked)
        due = rules.after(ticket.round_at, limit)
        changes |= {"limit": str(limit), "due": due, "assignments": with_lead_due(ticket, due)}
    return changes


def recuse(context: Context, move: moves.Recuse) -> Changes:
    return {"recused": tuple(dict.fromkeys((*context.ticket.recused, move.person)))}


def decide_return(context: Context, move: moves.DecideReturn) -> Changes:
    request = open_request(context.ticket.returned, "没有待审批的退单申请")
    decided = with_decision(context, request, move.grant, move.reason)
    if not move.grant:
        return {"returned": decided}
    ticket = context.ticket
    former = tuple(dict.fromkeys((*ticket.former, *(part.unit for part in ticket.assignments))))
    return {"returned": decided, "state": "submitted", "unit": None, "assignments": (), "former": former}


def decide_extension(context: Context, move: moves.DecideExtension) -> Changes:
    ticket = context.ticket
    request = open_request(ticket.extension, "没有待审批的延期申请")
    decided = with_decision(context, request, move.grant, move.reason)
    if not move.grant or ticket.due is None:
        return {"extension": decided}
    due = context.rules.after(ticket.due, Span.of_workdays(request.workdays or 0))
    return {"extension": decided, "due": due, "assignments": with_lead_due(ticket, due)}
