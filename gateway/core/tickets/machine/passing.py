"""What time does, as `clock` says it."""

from __future__ import annotations

from gateway.core.errors import Refused
from gateway.core.tickets import moves
from gateway.core.tickets.machine.context import Changes, Context, begun_supervision, ending
from gateway.core.tickets.model import Attempt


def remind(context: Context, move: moves.Remind) -> Changes:
    return {"reminded": (*context.ticket.reminded, move.what)}


def card_from_clock(context: Context, move: moves.CardFromClock) -> Changes:
    ticket, now, rules = context.ticket, context.now, context.rules
    if any(card.id == move.card.id for card in ticket.cards):
        raise Refused("already", "这张牌已经发过")
    changes: Changes = {"cards": (*ticket.cards, move.card.model_copy(update={"at": now}))}
    if move.supervision is not None and (ticket.supervision is None or ticket.supervision.ended_at is not None):
        changes["supervision"] = begun_supervision(context, move.supervision.unit, move.supervision.cause, rules)
    return changes


def ask_again(context: Context, _: moves.AskAgain) -> Changes:
    asked = Attempt(at=context.now, by=context.actor.id, how="message")
    ticket, rules = context.ticket, context.rules
    due = rules.after(context.now, rules.of(ticket).again_after)
    return {"attempts": (*ticket.attempts, asked), "callback_due": due}


def give_up(context: Context, _: moves.GiveUp) -> Changes:
    return {"state": "closed", **ending(context, "unreached")}


def archive(context: Context, _: moves.Archive) -> Changes:
    return {"state": "archived"}
