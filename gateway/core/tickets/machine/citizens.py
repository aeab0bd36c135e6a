"""The citizen's verdict and what they add; a rework follows the first bad one, supervision the second."""

from __future__ import annotations

from gateway.core.errors import Refused
from gateway.core.tickets import moves
from gateway.core.tickets.machine.context import Changes, Context, begun_supervision, ending
from gateway.core.tickets.model import Answer, Rating
from gateway.core.tickets.rules import write


def rate(context: Context, move: moves.Rate) -> Changes:
    ticket, now, rules = context.ticket, context.now, context.rules
    if ticket.state == "closed" and ticket.rating is not None:
        raise Refused("once_only", "您已经评价过了")
    if ticket.state == "answered" and ticket.rating is not None:
        raise Refused("once_only", "您已经评价过了")
    rating = Rating(solved=move.solved, verdict=move.verdict, words=move.words, at=now, via=move.via)
    if move.verdict != "dissatisfied":
        if ticket.state != "callback":
            return {"rating": rating}
        return {"state": "closed", "rating": rating, **ending(context, "rated")}
    if ticket.round == 0 and ticket.state == "answered":
        return {"state": "submitted", "round": 1, "rating": rating, "ended_at": None, "ended_how": ""}
    if ticket.round == 0 and ticket.state == "callback":
        return {"rating": rating, **_rework(context)}
    changes: Changes = {"rating": rating}
    if ticket.state == "callback":
        changes |= {"state": "closed", **ending(context, "dissatisfied")}
    if ticket.unit is not None and (ticket.supervision is None or ticket.supervision.ended_at is not None):
        changes["supervision"] = begun_supervision(context, ticket.unit, "重办后市民仍不满意", rules)
    return changes


def _rework(context: Context) -> Changes:
    """Once more to the same unit, with a limit of its own (重办), by the limits that are in force now."""
    ticket, rules, now = context.ticket, context.rules, context.now
    limit = rules.limit(ticket.model_copy(update={"terms": ""}))
    due = rules.after(now, limit)
    parts = tuple(
        part.model_copy(update={"due": due, "answered_at": None, "answer": None})
        for part in ticket.assignments
        if part.role == "lead"
    )
    return {
        "state": "signed",
        "round": 1,
        "round_at": now,
        "limit": str(limit),
        "terms": write(rules.policy),
        "due": due,
        "assignments": parts,
        "replied_at": None,
        "attempts": (),
        "callback_due": None,
    }


def rate_beside(_: Context, __: moves.RateBeside) -> Changes:
    return {}


def supplement(context: Context, move: moves.Supplement) -> Changes:
    ticket = context.ticket
    if not move.text.strip() and not move.attachments:
        raise Refused("incomplete", "没有补充内容")
    if len(ticket.supplements) >= 50:
        raise Refused("too_many", "补充的内容已经很多，请直接联系我们")
    changes: Changes = {"attachments": (*ticket.attachments, *move.attachments)}
    if move.text.strip():
        said = Answer(text=move.text, by=context.actor.id, at=context.now)
        changes["supplements"] = (*ticket.supplements, said)
    return changes
