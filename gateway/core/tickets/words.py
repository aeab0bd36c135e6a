"""A ticket in the citizen's words: what happened, where it is, what comes next. Pure; Beijing time.

Nothing here names who told the matter, and what is shown of the matter has numbers of people masked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import orjson

from bot.contract import masked as phone_masked
from gateway.core.tickets.model import KINDS, OPEN, State, Ticket, TicketEvent

BEIJING = timezone(timedelta(hours=8))
UnitName = Callable[[str | None], str]

_STAGES: dict[State, str] = {
    "draft": "还没有提交",
    "submitted": "已收到，正在看由谁来办",
    "dispatched": "已转给{unit}，等他们接手",
    "signed": "{unit}正在办",
    "replied": "{unit}已经办了，我们在核对答复",
    "callback": "已经有答复，等您评价",
    "answered": "已答复",
    "declined": "没能受理",
    "merged": "和另一张工单并在一起办",
    "closed": "已办结",
    "archived": "已办结并归档",
}
# digits of people: mobile numbers however they are grouped, landlines, identity cards, bank cards; no ticket's number
_NUMBERS = re.compile(
    r"""(?<![0-9])(?<![Dd][Gg])
    (?: (?:\+?86[- ]?)? (?: 1[3-9](?:[- －]?[0-9]){9} | (?:[0-9]{6}|0[0-9]{2,3}[- ]?)[0-9]{4,13}[0-9Xx]? )
      | (?!(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])) [2-8][0-9]{7}  # a local landline, and no day
    )(?![0-9])""",
    re.VERBOSE,
)
_PHONE_CHARS = 8  # shorter, what is left to see would be too much
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: datetime
    text: str


def masked(text: str) -> str:
    """The text with numbers that may be a person's shown in part."""

    def hide(found: re.Match[str]) -> str:
        digits = found[0]
        return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 10 else f"{digits[:2]}****{digits[-2:]}"

    return _NUMBERS.sub(hide, text.translate(_FULL_WIDTH))


def masked_name(name: str) -> str:
    """张*, 陈**; empty for none."""
    return name[:1] + "*" * min(2, max(1, len(name) - 1)) if name else ""


def masked_phone(phone: str) -> str:
    """138****1234, whatever shape of number it is; empty for none."""
    if len(phone) < _PHONE_CHARS:
        return "****" if phone else ""
    return phone_masked(phone)


def moment(at: datetime, now: datetime | None = None) -> str:
    """11月24日 15:30; with the year when it is another than now's."""
    local = at.astimezone(BEIJING)
    year = f"{local.year}年" if now is not None and local.year != now.astimezone(BEIJING).year else ""
    return f"{year}{local.month}月{local.day}日 {local:%H:%M}"


def deadline(at: datetime, now: datetime | None = None) -> str:
    """A limit at the stroke of midnight belongs to the day that ends with it."""
    local = at.astimezone(BEIJING)
    if (local.hour, local.minute) == (0, 0):
        before = local - timedelta(minutes=1)
        return f"{moment(before, now).split(' ')[0]} 24:00"
    return moment(at, now)


def stage(ticket: Ticket, unit_name: UnitName) -> str:
    """Where it is, in a few words."""
    return _STAGES[ticket.state].format(unit=unit_name(ticket.unit))


def next_step(ticket: Ticket, now: datetime, unit_name: UnitName) -> str:
    """What comes and by when; empty when nothing does."""
    unit = unit_name(ticket.unit)
    if ticket.state == "submitted":
        return "我们会尽快转给负责的单位，转出后马上告诉您。"
    if ticket.state in ("dispatched", "signed") and ticket.due is not None:
        if now > ticket.due:
            return f"已经超过了{deadline(ticket.due, now)}的期限，我们在催{unit}。"
        return f"{unit}最晚{deadline(ticket.due, now)}前答复。"
    if ticket.state == "replied":
        return "核对好就把答复发给您。"
    if ticket.state == "callback":
        return "请您说说解决了没有、满不满意。"
    if ticket.state == "merged" and ticket.merged_into:
        return f"请看编号{ticket.merged_into}的进度，用您自己的查询码也能查。"
    if ticket.supervision is not None and ticket.supervision.ended_at is None:
        return f"这件事正在督办，{unit}要书面说明。"
    return ""


def story(ticket: Ticket, events: Iterable[TicketEvent], unit_name: UnitName) -> list[Line]:
    """What the citizen may know of what happened, oldest first."""
    lines = []
    for event in events:
        text = _told(ticket, event, unit_name)
        if text:
            lines.append(Line(event.at, text))
    return lines


def notice(ticket: Ticket, event: TicketEvent, unit_name: UnitName) -> str:
    """What the citizen is told of a move by themselves; empty when they are not. ticket: as it is after the move."""
    unit = unit_name(ticket.unit)
    due = deadline(ticket.due, event.at) if ticket.due else ""
    match event.move:
        case "dispatch":
            again = "改由" if event.seq > 2 and ticket.returned is not None else "已转给"
            return f"{again}{unit}办理，最晚{due}前答复您。"
        case "decide_extension" if ticket.extension and ticket.extension.state == "granted":
            return f"{unit}说明需要更多时间（{ticket.extension.reason}），期限改到{due}。"
        case "approve" if ticket.reply:
            return f"有答复了。{unit}：\n{ticket.reply.text}"
        case "ask_again":
            return "上次的答复您看了吗？事情解决没有，还请您说一声。"
        case "answer" | "decline" if ticket.reply:
            return f"{ticket.reply.text}"
        case "rate" | "call_back" if event.state == "signed":
            return f"您说没解决，我们已经退回{unit}重办，最晚{due}前再答复您。"
        case "merge":
            return f"您说的和编号{ticket.merged_into}是同一件事，并在一起办，进度会一样告诉您。"
        case "give_up" | "close":
            return "几次都没联系上您，这件事先办结了。没解决的话，回复“人工”随时再找我们。"
    return ""


def title(matter: str) -> str:
    """The first sentence of a matter, short enough for a list."""
    line = " ".join(masked(matter).split())
    first = re.split(r"[。！？!?；;\n]", line, maxsplit=1)[0] or line
    return first if len(first) <= 30 else first[:29] + "…"


def headline(ticket: Ticket) -> str:
    """How a notice names the ticket."""
    return f"您{KINDS[ticket.kind]}的“{ticket.title}”（{ticket.id}）"


def _told(ticket: Ticket, event: TicketEvent, unit_name: UnitName) -> str:
    match event.move:
        case "file":
            return "收到您反映的事"
        case "answer":
            return "直接答复了您"
        case "decline":
            return "说明了不能受理的原因和该找哪里"
        case "dispatch":
            return f"转给{unit_name(_unit_then(event))}"
        case "sign":
            return f"{unit_name(_unit_of_actor(event))}接手了"
        case "contact":
            return f"{unit_name(_unit_of_actor(event))}联系过您"
        case "reply":
            return f"{unit_name(_unit_of_actor(event))}交来了答复，我们在核对"
        case "send_back":
            return "答复没说到点上，已退回重写"
        case "approve":
            return "把答复发给了您，请您评价"
        case "decide_return" if _after(event, "state") == "submitted":
            return "原单位不管这件事，重新找负责的单位"
        case "decide_extension" if _after(event, "due") is not None:
            return "期限延长了"
        case "rate" | "call_back" if event.state == "signed":
            return "您说没解决，退回重办"
        case "rate" | "call_back" if _after(event, "rating") is not None:
            return "收到您的评价"
        case "merge":
            return f"与编号{ticket.merged_into}并在一起办"
        case "supplement":
            return "收到您的补充"
        case "supervise":
            return "已列入督办"
        case "card" if _after(event, "supervision") is not None:
            return "超期未办，已列入督办"
        case "give_up" | "close":
            return "几次没联系上您，先办结了"
    return ""


def _after(event: TicketEvent, field: str) -> object:
    changed = orjson.loads(event.changes).get(field)
    return changed[1] if changed else None


def _unit_then(event: TicketEvent) -> str | None:
    unit = _after(event, "unit")
    return unit if isinstance(unit, str) else None


def _unit_of_actor(event: TicketEvent) -> str | None:
    return event.actor.unit


def is_open(ticket: Ticket) -> bool:
    return ticket.state in OPEN
