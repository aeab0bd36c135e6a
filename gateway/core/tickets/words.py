"""A ticket in the citizen's words and language: what happened, where it is, what comes next. Pure; Beijing time.

Nothing here names who told the matter, and what is shown of the matter has numbers of people masked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import orjson

from bot.contract import masked as phone_masked
from bot.phrases import Language
from gateway.core.tickets import phrases
from gateway.core.tickets.model import Ticket, TicketEvent

BEIJING = timezone(timedelta(hours=8))
UnitName = Callable[[str | None], str]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec")
# digits of people: mobile numbers however they are grouped, landlines, identity cards, bank cards; no ticket's number
_NUMBERS = re.compile(
    r"""(?<![0-9])(?<![Dd][Gg])
    (?: (?:\+?86[- ]?)? (?: 1[3-9](?:[- －]?[0-9]){9} | (?:[0-9]{6}|0[0-9]{2,3}[- ]?)[0-9]{4,13}[0-9Xx]? )
      | (?!(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])) [2-8][0-9]{7}  # a local landline, and no day
    )(?![0-9])""",
    re.VERBOSE,
)
# of these, those no office has: mobile numbers, identity cards, bank cards
_PERSONAL = re.compile(
    r"(?<![0-9])(?<![Dd][Gg])(?:(?:\+?86[- ]?)?1[3-9](?:[- －]?[0-9]){9}|[0-9]{14,18}[0-9Xx])(?![0-9])"
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
    return _NUMBERS.sub(_hidden, text.translate(_FULL_WIDTH))


def reply_masked(text: str) -> str:
    """What a unit wrote to the citizen, with numbers that are surely a person's shown in part: where the citizen is to
    call or to go stays readable."""
    return _PERSONAL.sub(_hidden, text.translate(_FULL_WIDTH))


def _hidden(found: re.Match[str]) -> str:
    digits = found[0]
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 10 else f"{digits[:2]}****{digits[-2:]}"


def masked_name(name: str) -> str:
    """张*, 陈**; empty for none."""
    return name[:1] + "*" * min(2, max(1, len(name) - 1)) if name else ""


def masked_phone(phone: str) -> str:
    """138****1234, whatever shape of number it is; empty for none."""
    if len(phone) < _PHONE_CHARS:
        return "****" if phone else ""
    return phone_masked(phone)


def moment(at: datetime, now: datetime, language: Language) -> str:
    """11月24日 15:30, 24 Nov, 15:30; with the year when it is another than now's."""
    return _written(at, now, language, f"{at.astimezone(BEIJING):%H:%M}")


def deadline(at: datetime, now: datetime, language: Language) -> str:
    """A limit at the stroke of midnight belongs to the day that ends with it."""
    local = at.astimezone(BEIJING)
    if (local.hour, local.minute) == (0, 0):
        return _written(local - timedelta(minutes=1), now, language, "24:00")
    return moment(at, now, language)


def _written(at: datetime, now: datetime, language: Language, clock: str) -> str:
    local = at.astimezone(BEIJING)
    other = local.year != now.astimezone(BEIJING).year
    if language == "en":
        return f"{local.day} {_MONTHS[local.month - 1]}{f' {local.year}' if other else ''}, {clock}"
    return f"{f'{local.year}年' if other else ''}{local.month}月{local.day}日 {clock}"


def _named(unit: str | None, unit_name: UnitName, language: Language) -> str:
    name = unit_name(unit)
    # of a unit this process has not heard of yet, no more is known than of none
    return phrases.SOME_UNIT(language) if name == unit_name(None) else name


def stage(ticket: Ticket, unit_name: UnitName, language: Language) -> str:
    """Where it is, in a few words."""
    return phrases.STAGES[ticket.state](language, unit=_named(ticket.unit, unit_name, language))


def next_step(ticket: Ticket, now: datetime, unit_name: UnitName, language: Language) -> str:
    """What comes and by when; empty when nothing does."""
    unit = _named(ticket.unit, unit_name, language)
    if ticket.state == "submitted":
        return phrases.NEXT_DISPATCH(language)
    if ticket.state in ("dispatched", "signed") and ticket.due is not None:
        comes = phrases.NEXT_LATE if now > ticket.due else phrases.NEXT_REPLY
        return comes(language, unit=unit, due=deadline(ticket.due, now, language))
    if ticket.state == "replied":
        return phrases.NEXT_CHECK(language)
    if ticket.state == "callback":
        return phrases.NEXT_VERDICT(language)
    if ticket.state == "merged" and ticket.merged_into:
        return phrases.NEXT_OTHER(language, number=ticket.merged_into)
    if ticket.supervision is not None and ticket.supervision.ended_at is None:
        return phrases.NEXT_SUPERVISION(language, unit=unit)
    return ""


def story(ticket: Ticket, events: Iterable[TicketEvent], unit_name: UnitName, language: Language) -> list[Line]:
    """What the citizen may know of what happened, oldest first."""
    lines = []
    for event in events:
        name, unit = _told(event)
        if name:
            text = phrases.TOLD[name](language, unit=_named(unit, unit_name, language), number=ticket.merged_into)
            lines.append(Line(event.at, text))
    return lines


def notice(ticket: Ticket, event: TicketEvent, unit_name: UnitName, language: Language) -> str:
    """What the citizen is told of a move by themselves; empty when they are not. ticket: as it is after the move."""
    unit = _named(ticket.unit, unit_name, language)
    due = deadline(ticket.due, event.at, language) if ticket.due else ""
    match event.move:
        case "dispatch":
            again = event.seq > 2 and ticket.returned is not None
            passed = phrases.DISPATCHED_ANEW if again else phrases.DISPATCHED
            return passed(language, unit=unit, due=due)
        case "decide_extension" if ticket.extension and ticket.extension.state == "granted":
            return phrases.EXTENDED(language, unit=unit, reason=ticket.extension.reason, due=due)
        case "approve" if ticket.reply:
            return phrases.REPLIED(language, unit=unit, text=ticket.reply.text)
        case "ask_again":
            return phrases.ASKED_AGAIN(language)
        case "answer" | "decline" if ticket.reply:
            return reply(ticket, language)
        case "rate" | "call_back" if event.state == "signed":
            return phrases.REWORK(language, unit=unit, due=due)
        case "merge":
            return phrases.MERGED(language, number=ticket.merged_into)
        case "give_up" | "close":
            return phrases.CLOSED_UNREACHED(language)
    return ""


def reply(ticket: Ticket, language: Language) -> str:
    """What was answered, as it was written; of what was declined, the part that is ours in the citizen's language."""
    text = ticket.reply.text if ticket.reply else ""
    if ticket.decline is None:
        return text
    declined = phrases.DECLINED[ticket.decline]
    added = text.removeprefix(declined.zh)
    return f"{declined.en} {added}".strip() if language == "en" and added != text else text


def title(matter: str) -> str:
    """The first sentence of a matter, short enough for a list."""
    line = " ".join(masked(matter).split())
    first = re.split(r"[。！？!?；;\n]", line, maxsplit=1)[0] or line
    return first if len(first) <= 30 else first[:29] + "…"


def headline(ticket: Ticket, language: Language) -> str:
    """How a notice names the ticket."""
    return phrases.HEADLINES[ticket.kind](language, title=ticket.title, number=ticket.id)


def _told(event: TicketEvent) -> tuple[str, str | None]:
    """The name of what the citizen may know of a move, "" for nothing, and the unit it is about."""
    match event.move:
        case "file" | "answer" | "decline" | "send_back" | "approve" | "merge" | "supplement" | "supervise":
            return event.move, None
        case "dispatch":
            return event.move, _unit_then(event)
        case "sign" | "contact" | "reply":
            return event.move, event.actor.unit
        case "decide_return" if _after(event, "state") == "submitted":
            return "returned", None
        case "decide_extension" if _after(event, "due") is not None:
            return "extended", None
        case "rate" | "call_back" if event.state == "signed":
            return "rework", None
        case "rate" | "call_back" if _after(event, "rating") is not None:
            return "rated", None
        case "card" if _after(event, "supervision") is not None:
            return "overdue", None
        case "give_up" | "close":
            return "give_up", None
    return "", None


def _after(event: TicketEvent, field: str) -> object:
    changed = orjson.loads(event.changes).get(field)
    return changed[1] if changed else None


def _unit_then(event: TicketEvent) -> str | None:
    unit = _after(event, "unit")
    return unit if isinstance(unit, str) else None
