"""`run.py tickets`: the limits in force; how a ticket's deadlines came about; what the suggestion of units learns."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.dispatching import Classifier, Examined, Example, examine
from bot.dispatching.examination import ENOUGH
from gateway.core.errors import HotlineError, Invalid
from gateway.core.ports import Store
from gateway.core.tickets import clock, moves, teaching
from gateway.core.tickets.model import CAUSES, KINDS, STATES, Ticket
from gateway.core.tickets.operators_calendar import OperatorsCalendar
from gateway.core.tickets.operators_limits import OperatorsLimits
from gateway.core.tickets.rules import Rules, flat
from gateway.core.tickets.words import BEIJING
from gateway.core.tickets.workdays import Calendar
from gateway.core.units import Units

MAX_FILE_BYTES = 256 * 1024 * 1024
SHOWN_PROBLEMS = 50

_REMINDERS = {"remind": "most of the limit is used", "contact": "the citizen was not spoken to"}


async def deadlines(store: Store, number: str, calendar: Calendar, rules: Rules, now: datetime) -> int:
    """Print how each deadline of a ticket is counted, and what time will do. The exit code: 1 without such a ticket."""
    await OperatorsCalendar(store, calendar).refresh()
    await OperatorsLimits(store, rules).refresh()
    document = await store.get("tickets", number)
    if document is None:
        print(f"no ticket {number}", file=sys.stderr)
        return 1
    try:
        for line in explained(Ticket.of(document), rules, now):
            print(line)
    except HotlineError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


async def limits(store: Store, rules: Rules) -> int:
    """Print the limits in force, a line each, and what is configured where it is another. The exit code."""
    in_force = await OperatorsLimits(store, rules).in_force()
    if in_force.own and in_force.at is not None:
        print(f"set by {in_force.by}, {_at(in_force.at)}; tickets keep what they were given before")
    else:
        print("as configured")
    configured = flat(in_force.configured)
    for name, value in flat(in_force.policy).items():
        own = "" if value == configured[name] else f"  (configured: {configured[name]})"
        print(f"{name:<20}{value}{own}")
    return 0


def explained(ticket: Ticket, rules: Rules, now: datetime) -> list[str]:
    """Line by line, Beijing time. Raises `UnknownYear`."""
    lines = [f"{ticket.id}  {KINDS[ticket.kind]}  {STATES[ticket.state]}  filed {_at(ticket.filed_at)}"]
    if ticket.due is None or ticket.round_at is None:
        return [*lines, "not with a unit: no limit runs"]
    why = "urgent" if ticket.urgent else "complex" if ticket.complex else f"kind {ticket.kind}"
    begun = "rework" if ticket.round else "first dispatch"
    lines.append(f"limit {ticket.limit} ({why}), from the {begun}, {_at(ticket.round_at)}")
    lines += [f"  {line}" for line in _counted(ticket.round_at, ticket.due, rules.calendar)]
    if ticket.extension is not None and ticket.extension.state == "granted":
        lines.append(f"  extended by {ticket.extension.workdays:g} workdays: {ticket.extension.reason}")
    lines.append(f"due {_at(ticket.due)}  {rules.calendar.left_in_words(now, ticket.due)}")
    for part in ticket.assignments:
        signed = f"signed {_at(part.signed_at)}" if part.signed_at else f"to be signed by {_at(part.sign_due)}"
        lines.append(f"{part.role} {part.unit}: {signed}, due {_at(part.due)}")
    lines += [f"{card.colour} card {_at(card.at)}: {card.unit}, {CAUSES[card.cause]}" for card in ticket.cards]
    pending = sorted(clock.pending(ticket, rules), key=lambda one: one[0])
    lines += [f"{_at(due)}: {_named(move)}" for due, move in pending]
    return lines


def _counted(start: datetime, due: datetime, calendar: Calendar) -> list[str]:
    """Each day between the two, and whether it counts."""
    day, last = start.astimezone(BEIJING).date(), due.astimezone(BEIJING).date()
    days: list[str] = []
    while day <= last and len(days) < 60:
        days.append(f"{day:%m-%d %a} {'workday' if calendar.is_workday(day) else 'off'}")
        day = day.fromordinal(day.toordinal() + 1)
    return days


def _named(move: moves.Move) -> str:
    match move:
        case moves.Remind(what=what):
            return f"reminder: {_REMINDERS.get(what.partition(':')[0], what)}"
        case moves.CardFromClock(card=card, supervision=supervision):
            also = ", and supervision begins" if supervision is not None else ""
            return f"{card.colour} card for {card.unit}: {CAUSES[card.cause]}{also}"
        case moves.AskAgain():
            return "the citizen is asked once more"
        case moves.GiveUp():
            return "closed without the citizen's verdict"
    return "archived"


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"


async def train(store: Store, path: Path | None, now: datetime) -> int:
    """Learn from the tickets there are and, before them, from a JSONL file; print how much there was to learn and how
    good it is. Running gateways take it up within seconds. The exit code: 1 when the file was refused."""
    units = Units(store)
    await units.refresh()
    try:
        given = await asyncio.to_thread(_read, path, units) if path is not None else []
        dealt_with = [*given, *await teaching.of_tickets(store, units)]
        if not dealt_with:
            print("还没有单位办过工单，没有可学的；照旧按职责和知识库推荐")
            return 0
        examples = [*teaching.of_duties(units), *await teaching.of_knowledge(store, units, now), *dealt_with]
        for line in _learned(examples, units):
            print(line)
        print(_examined(await asyncio.to_thread(examine, examples)))
        classifier = await asyncio.to_thread(Classifier.fit, examples)
        model = await teaching.put_in_force(store, classifier, "tickets", units, now)
    except HotlineError as error:
        print(error.message, file=sys.stderr)
        return 1
    print(f"第 {model.version} 版已启用，学了 {model.examples} 条；正在运行的网关几秒内换上")
    return 0


def _read(path: Path, units: Units) -> list[Example]:
    """Raises `Invalid`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise Invalid(f"读不了 {path}：{error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise Invalid(f"文件太大，最多 {MAX_FILE_BYTES // 1024 // 1024} MiB")
    try:
        examples, problems = teaching.of_file(data.decode("utf-8-sig"), units)
    except UnicodeDecodeError as error:
        raise Invalid("文字编码认不出来，请存成 UTF-8") from error
    if problems:
        shown = [str(problem) for problem in problems[:SHOWN_PROBLEMS]]
        raise Invalid("\n".join([*shown, f"有问题 {len(problems)} 处，没有学"]))
    return examples


def _learned(examples: Sequence[Example], units: Units) -> list[str]:
    """How many there are of each unit, the most first."""
    sources = {unit: Counter[str]() for unit in sorted({example.label for example in examples})}
    for example in examples:
        sources[example.label][example.source] += 1
    lines = []
    for unit, of in sorted(sources.items(), key=lambda one: -one[1]["ticket"] - one[1]["correction"]):
        name = "镇街、园区" if unit == teaching.TERRITORY else units.short(unit)
        tickets = of["ticket"] + of["correction"]
        lines.append(
            f"{name}：工单 {tickets}（改派来的 {of['correction']}），职责 {of['duty']}，知识 {of['knowledge']}"
        )
    return lines


def _examined(examined: Examined) -> str:
    held_out = f"留出 {examined.texts} 条后来的工单（{examined.units} 个单位）来考"
    if examined.macro_f1 is None or examined.top2 is None:
        return f"{held_out}：太少，说不出准不准；至少要 {ENOUGH} 条、两个单位"
    return f"{held_out}：宏平均 F1 {examined.macro_f1:.1%}，前两名里有对的 {examined.top2:.1%}"
