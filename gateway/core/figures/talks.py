"""What the bot's log, the questions asked in vain and the log of handoffs say that the hotline is judged by. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.core.model import Document

_JOINED = frozenset({"merged", "separated"})
REASONS = ("asked", "unsure", "emergency", "anger", "rule", "taken")
CATEGORIES = ("answered", "filed", "elsewhere", "silent", "nuisance")  # agents may write others
UNANSWERED = frozenset({"nothing", "none_of_these"})  # kinds of questions: nothing was found, or nothing that fits


@dataclass(slots=True)
class Talks:
    """What happened in the conversations of some time, by channel.

    counts: contacts, unanswered, queued, answered, left, handed_ with each reason, closed_ with each category.
    waits: how many waited so many whole seconds until a person took them. people: how many each took. met:
    conversations the bot met, with their channel; passed: those in which somebody was called for, or something had no
    answer.
    """

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    waits: dict[str, Counter[int]] = field(default_factory=dict)
    people: Counter[str] = field(default_factory=Counter)
    met: dict[str, str] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)

    def count(self, channel: str, name: str) -> None:
        self.counts.setdefault(channel, Counter())[name] += 1


def talks_of(bot_log: Iterable[Document], questions: Iterable[Document], handoffs: Iterable[Document]) -> Talks:
    """What these lines say. questions: those asked in vain."""
    talks = Talks()
    for line in bot_log:
        if line["what"] == "spoke":
            talks.count(line["channel"], "contacts")
            if line["owner"] == "bot":
                talks.met[line["conversation_id"]] = line["channel"]
        else:
            # lines of before questions were counted themselves
            _unanswered(talks, line)
    for question in questions:
        if question["kind"] in UNANSWERED:
            _unanswered(talks, question)
    for line in handoffs:
        _handoff(talks, line)
    return talks


def _unanswered(talks: Talks, line: Document) -> None:
    talks.count(line["channel"], "unanswered")
    talks.passed.add(line["conversation_id"])


def _handoff(talks: Talks, line: Document) -> None:
    channel, before, after = line["channel"], line["from"], line["to"]
    if line.get("reason") in _JOINED and (before, line.get("from_id")) == (after, line.get("to_id")):
        return  # whose it is has not changed by that
    if before == "bot":
        # a person who takes over from the bot was asked for by nobody
        reason = "taken" if after == "agent" else line.get("reason", "")
        talks.count(channel, f"handed_{reason if reason in REASONS else 'rule'}")
        talks.passed.add(line["conversation_id"])
    if after == "queue":
        talks.count(channel, "queued")
    if after == "agent":
        talks.people[line["to_id"]] += 1
    if before == "queue" and after == "agent":
        talks.count(channel, "answered")
        # whole seconds, and never fewer than there were
        talks.waits.setdefault(channel, Counter())[-(-int(line["waited_ms"]) // 1000)] += 1
    if before == "agent" and after == "bot" and line.get("reason") == "closed":
        category = line.get("category", "")
        talks.count(channel, f"closed_{category if category in CATEGORIES else 'other'}")
    if before == "queue" and after == "bot":
        talks.count(channel, "left")
