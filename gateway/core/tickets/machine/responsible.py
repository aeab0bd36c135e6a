"""What the responsible unit does: sign, speak with the citizen, reply, ask for a return or for more time."""

from __future__ import annotations

from gateway.core.errors import Refused
from gateway.core.tickets import moves
from gateway.core.tickets.machine.context import Changes, Context, card_of, with_card, with_part
from gateway.core.tickets.model import Answer, Request, Supervision
from gateway.core.tickets.workdays import Span


def sign(context: Context, _: moves.Sign) -> Changes:
    lead = context.own("lead")
    signed = lead.model_copy(update={"signed_at": context.now, "signed_by": context.actor.id})
    return {"state": "signed", "assignments": with_part(context.ticket, signed)}


def contact(context: Context, _: moves.Contact) -> Changes:
    lead = context.own("lead")
    if lead.contacted_at is not None:
        return {}
    return {"assignments": with_part(context.ticket, lead.model_copy(update={"contacted_at": context.now}))}


def reply(context: Context, move: moves.Reply) -> Changes:
    ticket, now = context.ticket, context.now
    lead = context.own("lead")
    waiting = [part.unit for part in ticket.assignments if part.role == "joint" and part.answered_at is None]
    if waiting and not move.without_joint:
        raise Refused("joint_waiting", "会办单位还没有答复；确认不等的话请注明", units=waiting)
    reply = Answer(text=move.text, by=context.actor.id, unit=lead.unit, at=now)
    answered = lead.model_copy(update={"answered_at": now, "answer": move.text})
    return {"state": "replied", "reply": reply, "replied_at": now, "assignments": with_part(ticket, answered)}


def reply_jointly(context: Context, move: moves.ReplyJointly) -> Changes:
    part = context.own("joint")
    signed = {"signed_at": part.signed_at or context.now, "signed_by": part.signed_by or context.actor.id}
    answered = part.model_copy(update={"answered_at": context.now, "answer": move.text, **signed})
    return {"assignments": with_part(context.ticket, answered)}


def ask_return(context: Context, move: moves.AskReturn) -> Changes:
    lead = context.own("lead")
    check_return(context)
    request = Request(by=context.actor.id, unit=lead.unit, at=context.now, reason=move.reason)
    return {"returned": request}


def check_return(context: Context) -> None:
    lead = context.own("lead")
    if context.ticket.returned is not None:
        raise Refused("once_only", "每张工单只能申请退单一次")
    if context.now > context.rules.after(lead.at, context.rules.of(context.ticket).return_within):
        raise Refused("too_late", "已过申请退单的时限")


def ask_extension(context: Context, move: moves.AskExtension) -> Changes:
    check_extension(context)
    lead, rules = context.own("lead"), context.rules
    limit = Span.parse(context.ticket.limit)
    most = min(rules.of(context.ticket).most_extension, limit.workdays if limit.workdays is not None else 1.0)
    if move.workdays > most:
        raise Refused("too_long", f"延期最长{most:g}个工作日", most=most)
    request = Request(by=context.actor.id, unit=lead.unit, at=context.now, reason=move.reason, workdays=move.workdays)
    return {"extension": request}


def check_extension(context: Context) -> None:
    context.own("lead")
    if context.ticket.extension is not None:
        raise Refused("once_only", "每张工单只能申请延期一次")
    if context.ticket.due is not None and context.now > context.ticket.due:
        raise Refused("too_late", "已经超期，不能再申请延期")


def answer_supervision(context: Context, move: moves.AnswerSupervision) -> Changes:
    supervision = check_supervision(context)
    answered = {"answer": move.text, "answered_at": context.now, "answered_by": context.actor.id}
    return {"supervision": supervision.model_copy(update=answered)}


def check_supervision(context: Context) -> Supervision:
    supervision = context.ticket.supervision
    if supervision is None or supervision.ended_at is not None or supervision.answered_at is not None:
        raise Refused("not_open", "没有待回复的督办")
    if supervision.unit != context.actor.unit:
        raise Refused("not_yours", "这次督办不针对您的单位")
    return supervision


def appeal(context: Context, move: moves.Appeal) -> Changes:
    card = card_of(context.ticket, move.card)
    if card.unit != context.actor.unit:
        raise Refused("not_yours", "这张牌不是发给您的单位的")
    if card.appeal is not None:
        raise Refused("once_only", "每张牌只能申诉一次")
    request = Request(by=context.actor.id, unit=card.unit, at=context.now, reason=move.reason)
    return {"cards": with_card(context.ticket, card.model_copy(update={"appeal": request}))}


def check_appeal(context: Context) -> None:
    own = [card for card in context.ticket.cards if card.unit == context.actor.unit]
    if not own:
        raise Refused("no_card", "您的单位在这张工单上没有黄牌或红牌")
    if all(card.appeal is not None for card in own):
        raise Refused("once_only", "每张牌只能申诉一次")
