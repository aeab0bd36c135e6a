"""The figures a hotline is judged by: each in one line, with where its rule comes from. Pure.

[hotline]: as Dongguan's hotline and its peers count it; [GB/T 33358-2016]: the national standard for hotlines; [ours]:
no public rule was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from gateway.core.figures.facts import FactName
from gateway.core.figures.sums import Sums, waited_by_share
from gateway.core.figures.upkeep import UpkeepName
from gateway.core.tickets.workdays import DAY

Group = Literal["bot", "knowledge", "people", "tickets"]
By = Literal["unit", "kind", "channel"]
Measured = Literal["count", "share", "seconds", "workdays", "number"]
Named = Callable[[str], str]  # the id of the unit that is called so, "" for none
WITHIN = 180  # seconds; GB/T 33358-2016, first reply on text channels


@dataclass(frozen=True, slots=True)
class View:
    """What is counted together: all, or one unit, kind or channel."""

    tickets: Counter[str]
    talks: Counter[str] = field(default_factory=Counter)
    waits: Counter[int] = field(default_factory=Counter)
    taken: int = 0
    days_worked: int = 0
    upkeep: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Amount:
    """value: None when there is nothing to tell it by. of: how many it was told by, for what is not a count."""

    value: float | None
    of: int | None = None


def contacts(view: View) -> Amount:
    """接待量: conversations in which a citizen wrote, each once a day [hotline]."""
    return Amount(view.talks["contacts"])


def alone_share(view: View) -> Amount:
    """机器人独立接待率: met by the bot, all day without a person called for or a question unanswered ÷ met [ours]."""
    return _share(view.talks["alone"], view.talks["met"])


def unanswered(view: View) -> Amount:
    """未答问题: questions to which nothing was found, or nothing that fits [ours]."""
    return Amount(view.talks["unanswered"])


def handed_over(view: View) -> Amount:
    """转人工量: conversations that went from the bot to people, for whatever reason [hotline]."""
    return Amount(sum(count for name, count in view.talks.items() if name.startswith("handed_")))


def renewed_share(view: View) -> Amount:
    """知识库更新及时率: renewed or withdrawn before its end ÷ that and what ended as it was; each counts when it was to
    end [ours]."""
    return _share(view.upkeep["renewed"], view.upkeep["renewed"] + view.upkeep["lapsed"])


def connected_share(view: View) -> Amount:
    """接通率: waits that ended with a person ÷ waits that ended [hotline; GB/T 33358-2016 asks for 95 %]."""
    return _share(view.talks["answered"], view.talks["answered"] + view.talks["left"])


def waited_median(view: View) -> Amount:
    """等候时间（中位数）: seconds until a person took the conversation, for half of those taken [ours]."""
    return Amount(waited_by_share(view.waits, 0.5), sum(view.waits.values()))


def waited_p90(view: View) -> Amount:
    """等候时间（九成以内）: seconds within which nine in ten were taken [ours]."""
    return Amount(waited_by_share(view.waits, 0.9), sum(view.waits.values()))


def within_share(view: View) -> Amount:
    """及时接待率: taken within `WITHIN` seconds ÷ taken [GB/T 33358-2016: three minutes on text channels]."""
    return _share(sum(count for seconds, count in view.waits.items() if seconds <= WITHIN), sum(view.waits.values()))


def per_person(view: View) -> Amount:
    """人均接待量: conversations taken ÷ people who took one, each day on its own [hotline]."""
    return Amount(view.taken / view.days_worked if view.days_worked else None, view.days_worked)


def filed(view: View) -> Amount:
    """登记量: tickets filed, by whatever way [hotline]."""
    return Amount(view.tickets["filed"])


def at_once_share(view: View) -> Amount:
    """即时解答率: answered without a unit ÷ accepted, which is that or dispatched for the first time [hotline]."""
    return _share(view.tickets["at_once"], view.tickets["accepted"])


def declined(view: View) -> Amount:
    """不予受理: tickets not accepted [hotline]."""
    return Amount(view.tickets["declined"])


def dispatched(view: View) -> Amount:
    """转派量: dispatches, to the lead unit [hotline]."""
    return Amount(view.tickets["dispatched"])


def signed_share(view: View) -> Amount:
    """按时签收率: signed in time ÷ that and limits for signing that passed [hotline]."""
    return _share(view.tickets["signed"], view.tickets["signed"] + view.tickets["unsigned"])


def on_time_share(view: View) -> Amount:
    """按时办结率: replies in time that were approved ÷ that and limits that passed, a limit once a round [hotline]."""
    return _share(view.tickets["on_time"], view.tickets["on_time"] + view.tickets["overdue"])


def overdue(view: View) -> Amount:
    """超期: limits that passed before the unit had replied [hotline]."""
    return Amount(view.tickets["overdue"])


def returned_share(view: View) -> Amount:
    """退单率: returns granted ÷ dispatches [hotline]."""
    return _share(view.tickets["returned"], view.tickets["dispatched"])


def yellow(view: View) -> Amount:
    """黄牌: yellow cards given, whether or not they were taken back later [hotline]."""
    return Amount(view.tickets["yellow"])


def red(view: View) -> Amount:
    """红牌: red cards given, whether or not they were taken back later [hotline]."""
    return Amount(view.tickets["red"])


def withdrawn(view: View) -> Amount:
    """撤牌: cards taken back on appeal [ours]."""
    return Amount(view.tickets["withdrawn"])


def reached_share(view: View) -> Amount:
    """回访率: callbacks that ended with the citizen's word ÷ callbacks that ended [hotline]."""
    return _share(view.tickets["reached"], view.tickets["reached"] + view.tickets["unreached"])


def rated_share(view: View) -> Amount:
    """评价覆盖率: ratings ÷ callbacks that ended, beside which satisfaction is read [hotline]."""
    return _share(view.tickets["rated"], view.tickets["reached"] + view.tickets["unreached"])


def solved_share(view: View) -> Amount:
    """解决率: solved, in the citizen's own word ÷ ratings [hotline]."""
    return _share(view.tickets["solved"], view.tickets["rated"])


def satisfied_share(view: View) -> Amount:
    """满意率: 满意 and 基本满意 ÷ ratings [hotline]."""
    return _share(view.tickets["satisfied"], view.tickets["rated"])


def closed_once_share(view: View) -> Amount:
    """一次办结率: closed without rework ÷ closed [hotline]."""
    return _share(view.tickets["closed_once"], view.tickets["closed"])


def workdays(view: View) -> Amount:
    """平均办理时长: workdays from the first dispatch to the reply that was approved [ours]."""
    timed = view.tickets["timed"]
    return Amount(view.tickets["workday_seconds"] / DAY / timed if timed else None, timed)


@dataclass(frozen=True, slots=True)
class Figure:
    """opens: the facts behind it, by which its tickets, or entries, are found. misses: those of what a share falls
    short by."""

    of: Callable[[View], Amount]
    group: Group
    measured: Measured
    opens: FactName | UpkeepName | None = None
    misses: FactName | UpkeepName | None = None

    @property
    def name(self) -> str:
        return self.of.__name__

    @property
    def about(self) -> str:
        """How it is defined."""
        return self.of.__doc__ or ""


FIGURES: tuple[Figure, ...] = (
    Figure(contacts, "bot", "count"),
    Figure(alone_share, "bot", "share"),
    Figure(unanswered, "bot", "count"),
    Figure(handed_over, "bot", "count"),
    Figure(renewed_share, "knowledge", "share", "renewed", "lapsed"),
    Figure(connected_share, "people", "share"),
    Figure(waited_median, "people", "seconds"),
    Figure(waited_p90, "people", "seconds"),
    Figure(within_share, "people", "share"),
    Figure(per_person, "people", "number"),
    Figure(filed, "tickets", "count", "filed"),
    Figure(at_once_share, "tickets", "share", "at_once"),
    Figure(declined, "tickets", "count", "declined"),
    Figure(dispatched, "tickets", "count", "dispatched"),
    Figure(signed_share, "tickets", "share", "signed", "unsigned"),
    Figure(on_time_share, "tickets", "share", "on_time", "overdue"),
    Figure(overdue, "tickets", "count", "overdue"),
    Figure(returned_share, "tickets", "share", "returned"),
    Figure(yellow, "tickets", "count", "yellow"),
    Figure(red, "tickets", "count", "red"),
    Figure(withdrawn, "tickets", "count", "withdrawn"),
    Figure(reached_share, "tickets", "share", "reached", "unreached"),
    Figure(rated_share, "tickets", "share", "rated"),
    Figure(solved_share, "tickets", "share", "solved"),
    Figure(satisfied_share, "tickets", "share", "satisfied"),
    Figure(closed_once_share, "tickets", "share", "closed_once"),
    Figure(workdays, "tickets", "workdays", "finished"),
)
TICKET_FIGURES = tuple(figure for figure in FIGURES if figure.group == "tickets")
# before a ticket is dispatched it is no unit's
UNIT_FIGURES = tuple(
    figure
    for figure in FIGURES
    if figure.group in ("knowledge", "tickets") and figure.of not in (filed, at_once_share, declined)
)


def whole(sums: Sums) -> View:
    """Everything together, confidential tickets among it."""
    taken = sum(sums.people.values())
    return View(sums.of_tickets(), sums.of_talks(), sums.waited(), taken, sums.days_worked, sums.of_upkeep())


def of_units(sums: Sums, units: frozenset[str], named: Named) -> View:
    """The tickets of some units, without those of which only totals tell, and their knowledge."""
    upkeep = sums.of_upkeep(lambda name: named(name) in units)
    return View(sums.of_tickets(lambda about: about.unit in units), upkeep=upkeep)


def of_each(sums: Sums, by: By, named: Named, units: frozenset[str] = frozenset()) -> dict[str, View]:
    """Every unit, kind or channel that has anything to tell; of these units' alone when some are given. Knowledge is
    counted by unit, where it is that of one."""
    tickets: dict[str, Counter[str]] = {}
    for about, counted in sums.tickets.items():
        key = {"unit": about.unit, "kind": about.kind, "channel": about.via}[by]
        if key and (not units or about.unit in units):
            tickets.setdefault(key, Counter()).update(counted)
    if by == "unit":
        upkeep: dict[str, Counter[str]] = {}
        for name, counted in sums.upkeep.items():
            unit = named(name)
            if unit and (not units or unit in units):
                upkeep.setdefault(unit, Counter()).update(counted)
        keys = tickets.keys() | upkeep.keys()
        return {key: View(tickets.get(key, Counter()), upkeep=upkeep.get(key, Counter())) for key in keys}
    if by == "kind" or units:
        return {key: View(counted) for key, counted in tickets.items()}
    keys = tickets.keys() | sums.talks.keys()
    return {key: View(tickets.get(key, Counter()), sums.of_talks(key), sums.waited(key)) for key in keys}


def _share(part: int, whole: int) -> Amount:
    return Amount(part / whole if whole else None, whole)
