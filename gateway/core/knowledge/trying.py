"""What the bot would say to a question, and why: for who keeps the knowledge base. Nothing is remembered of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

from bot.contract import Decision, Facts, Memory, Offer, Say, Turn, Waiting
from gateway.core.knowledge.following import Found, Knowledge

RANKED = 10
_MOST_ASKED = 4
_DICE = "000000"  # nobody is sent a code


class Responder(Protocol):
    """The bot's door."""

    def respond(self, turn: Turn) -> Decision: ...


@dataclass(frozen=True, slots=True)
class Trial:
    """kind, confidence: see `bot.answers.types.Finding`. ranked: the nearest entries, best first. intent: the rule of
    the bot that decided; says: its words to somebody who just came to the page."""

    kind: Literal["sure", "unsure", "nothing"]
    confidence: float
    ranked: tuple[Found, ...]
    intent: str
    says: Sequence[Say | Offer]


class TryBox:
    def __init__(self, knowledge: Knowledge, bot: Responder, now: Callable[[], datetime]) -> None:
        self._knowledge = knowledge
        self._bot = bot
        self._now = now

    async def ask(self, question: str) -> Trial:
        """Raises `StoreUnavailable`."""
        ranked = await self._knowledge.search(question, RANKED)
        finding = self._knowledge.find(question)
        decision = self._decided(question)
        return Trial(finding.kind, finding.confidence, tuple(ranked), decision.intent, decision.says)

    def _decided(self, question: str) -> Decision:
        """By somebody of whom nothing is known: what the bot asks about tickets finds nothing."""
        turn = Turn(question, Memory(), self._now(), "web", Waiting(staffed=True, ahead=0), dice=_DICE)
        decision = self._bot.respond(turn)
        for _ in range(_MOST_ASKED):
            if decision.ask is None:
                break
            decision = self._bot.respond(replace(turn, facts=Facts(decision.ask)))
        return decision
