"""A citizen's side of a conversation over a tiny real knowledge base; keeps the memory and follows the owner."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from bot import ticket_numbers
from bot.answers import Answers, Entry
from bot.contract import (
    AskMine,
    AskNumber,
    AskProgress,
    AskSimilar,
    Decision,
    Facts,
    Known,
    Memory,
    Offer,
    Say,
    Similar,
    TicketName,
    Turn,
    Waiting,
)
from bot.engine import Engine

ENTRIES = (
    Entry(
        "residence",
        "怎么办理居住证",
        ("居住证怎么办", "办居住证要去哪里", "想办居住证"),
        "带身份证和住址证明，到住的地方的派出所或政务服务中心办。",
    ),
    Entry(
        "residence-renew",
        "居住证怎么续签",
        ("居住证快到期了怎么办", "居住证签注", "居住证过期了"),
        "到期前一个月内，网上或到派出所签注。",
    ),
    Entry(
        "residence-fee",
        "居住证收费吗",
        ("办居住证要多少钱", "居住证工本费"),
        "第一次办不收钱，补办收工本费。",
    ),
    Entry(
        "card",
        "社保卡丢了怎么补办",
        ("补办社保卡", "社保卡不见了", "社保卡挂失补卡"),
        "先打12333挂失，再到银行网点补卡。",
    ),
    Entry(
        "fund",
        "公积金怎么提取",
        ("提取住房公积金", "公积金取出来", "怎么取公积金"),
        "在公积金中心网上办事大厅申请，带租房或购房材料。",
    ),
    Entry(
        "wages",
        "公司拖欠工资怎么办",
        ("老板不发工资", "欠薪找谁", "工资被拖欠"),
        "向劳动监察投诉，或打12333，带上合同和工资记录。",
    ),
    Entry(
        "noise",
        "夜间施工噪音扰民找谁",
        ("半夜装修太吵", "工地晚上施工很吵", "噪音扰民"),
        "写清地点和时间告诉我们，由城管或生态环境部门处理。",
    ),
)
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TOMORROW = NOON + timedelta(hours=20, minutes=30)  # 8:30 in Beijing
_ENGINE = Engine(Answers(ENTRIES), hot=("residence", "fund"))
WITH_TICKETS = Engine(Answers(ENTRIES), hot=("residence", "fund"), tickets=True)


class Conversation:
    def __init__(self, engine: Engine = _ENGINE, **waiting: object) -> None:
        self.engine = engine
        self.memory = Memory()
        self.owner: Literal["bot", "queue", "agent"] = "bot"
        self.waiting = replace(Waiting(staffed=True, ahead=2), **waiting)  # type: ignore[arg-type]
        self.now = NOON
        self.last: Decision | None = None
        self.channel, self.phone = "web", ""
        self.dice = "042917"
        # the desk behind the bot
        self.name: TicketName | None = TicketName(ticket_numbers.number(date(2026, 11, 24), 1), "048213")
        self.tickets: tuple[Known, ...] = ()
        self.others: dict[tuple[str, str], Known] = {}
        self.similar: tuple[Similar, ...] = ()
        self.limited = False
        self.asked: list[object] = []
        self.answers: list[Facts] = []  # when set, given in turn instead, whatever was asked
        self._messages = 0

    def write(self, text: str) -> Decision:
        return self._turn(text, "", "")

    def do(self, happened: str, detail: str = "", **where: float) -> Decision:
        return self._turn("", happened, detail, **where)

    def wait(self, **passed: float) -> None:
        self.now += timedelta(**passed)

    def _turn(self, text: str, happened: str, detail: str, **where: float) -> Decision:
        self._messages += 1
        turn = Turn(
            text,
            self.memory,
            self.now,
            self.channel,
            self.waiting,
            happened,
            detail,
            self.owner,
            self.phone,
            dice=self.dice,
            message_id=f"m{self._messages}",
            **where,
        )
        decision = self.engine.respond(turn)
        if decision.ask is not None:
            self.asked.append(decision.ask)
            given = self.answers[len(self.asked) % len(self.answers)] if self.answers else None
            facts = replace(given, asked=decision.ask) if given else self._facts(decision.ask)
            decision = self.engine.respond(replace(turn, facts=facts))
            assert decision.ask is None, "a turn asks once"
        self.memory = decision.memory
        if decision.handoff and self.owner == "bot":
            self.owner = "queue"
        if decision.release:
            self.owner = "bot"
        self.last = decision
        return decision

    def _facts(self, ask: object) -> Facts:
        match ask:
            case AskNumber():
                return Facts(ask, name=self.name, limited=self.limited)
            case AskMine():
                return Facts(ask, tickets=self.tickets)
            case AskSimilar():
                return Facts(ask, similar=self.similar)
            case AskProgress(number=number, code=code):
                own = tuple(known for known in self.tickets if known.number == number)
                other = self.others.get((number, code))
                return Facts(ask, tickets=own or ((other,) if other else ()), limited=self.limited)
        raise AssertionError(ask)


def said(decision: Decision) -> str:
    """All that is said, the choices as numbered lines."""
    lines: list[str] = []
    for say in decision.says:
        if isinstance(say, Say):
            lines.append(say.text)
        else:
            lines.append(say.prompt)
            lines.extend(f"{option.key} {option.label}" for option in say.options)
    return "\n".join(lines)


def labels(decision: Decision) -> list[str]:
    return [option.label for say in decision.says if isinstance(say, Offer) for option in say.options]
