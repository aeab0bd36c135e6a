"""Supervision, cards and appeals."""

from __future__ import annotations

from gateway.core.errors import Refused
from gateway.core.tickets import clock, moves
from gateway.core.tickets.machine.context import (
    Changes,
    Context,
    begun_supervision,
    card_of,
    open_request,
    with_card,
    with_decision,
)
from gateway.core.tickets.model import Card


def supervise(context: Context, move: moves.Supervise) -> Changes:
    ticket, rules = context.ticket, context.rules
    if ticket.unit is None:
        raise Refused("no_unit", "还没有承办单位，不能督办")
    if ticket.supervision is not None and ticket.supervision.ended_at is None:
        raise Refused("already", "已经在督办")
    return {"supervision": begun_supervision(context, ticket.unit, move.reason, rules)}


def end_supervision(context: Context, _: moves.EndSupervision) -> Changes:
    supervision = context.ticket.supervision
    if supervision is None or supervision.ended_at is not None:
        raise Refused("not_open", "没有进行中的督办")
    ended = {"ended_at": context.now, "ended_by": context.actor.id}
    return {"supervision": supervision.model_copy(update=ended)}


def give_card(context: Context, move: moves.GiveCard) -> Changes:
    ticket = context.ticket
    if ticket.unit is None:
        raise Refused("no_unit", "还没有承办单位，不能发牌")
    id = clock.card_id(ticket, "supervisor", ticket.unit, f"{ticket.events + 1}")
    card = Card(
        id=id,
        colour=move.colour,
        cause="supervisor",
        unit=ticket.unit,
        at=context.now,
        by=context.actor.id,
        reason=move.reason,
    )
    changes: Changes = {"cards": (*ticket.cards, card)}
    if move.colour == "red" and (ticket.supervision is None or ticket.supervision.ended_at is not None):
        changes["supervision"] = begun_supervision(context, ticket.unit, move.reason, context.rules)
    return changes


def decide_appeal(context: Context, move: moves.DecideAppeal) -> Changes:
    card = card_of(context.ticket, move.card)
    request = open_request(card.appeal, "这张牌没有待裁定的申诉")
    decided = card.model_copy(update={"appeal": with_decision(context, request, move.grant, move.reason)})
    return {"cards": with_card(context.ticket, decided)}


def check_decision(context: Context) -> None:
    if not any(card.appeal is not None and card.appeal.state == "asked" for card in context.ticket.cards):
        raise Refused("nothing_asked", "没有待裁定的申诉")
