"""What went through the channels lately: in the memory of each process, a minute at a time, for an hour."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from channels.contract import ChannelError, Unreachable
from gateway.core.model import milliseconds

MINUTES = 60
MOST_CODES = 50  # of a channel in a minute; more are counted without their names
_MEANING = 300

Tried = tuple[str, str, str]  # channel, outcome, the platform's code


@dataclass(frozen=True, slots=True)
class Seen:
    """What one process saw. minutes: since the epoch → what was tried, how often. meanings: (channel, code) → in the
    platform's words, and its page. last_in, last_out: by channel, in milliseconds. left_alone: channels nothing got
    through on, with the seconds until the next try."""

    minutes: Mapping[int, Mapping[Tried, int]] = field(default_factory=dict)
    meanings: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    last_in: Mapping[str, int] = field(default_factory=dict)
    last_out: Mapping[str, int] = field(default_factory=dict)
    sockets: int = 0
    left_alone: Mapping[str, float] = field(default_factory=dict)

    def pack(self) -> str:
        """As one text, which is kept and never looked into."""
        return orjson.dumps(
            {
                "minutes": [
                    [minute, [[*what, count] for what, count in of.items()]] for minute, of in self.minutes.items()
                ],
                "meanings": [[*key, *meaning] for key, meaning in self.meanings.items()],
                "last_in": self.last_in,
                "last_out": self.last_out,
                "sockets": self.sockets,
                "left_alone": self.left_alone,
            }
        ).decode()

    @classmethod
    def unpack(cls, text: str) -> Seen:
        given = orjson.loads(text)
        return cls(
            minutes={minute: {(a, b, c): count for a, b, c, count in of} for minute, of in given["minutes"]},
            meanings={(channel, code): (said, page) for channel, code, said, page in given["meanings"]},
            last_in=given["last_in"],
            last_out=given["last_out"],
            sockets=given["sockets"],
            left_alone=given["left_alone"],
        )


@dataclass(frozen=True, slots=True)
class Code:
    """A platform's reason for not taking messages, and how often it gave it."""

    code: str
    meaning: str
    documentation: str
    number: int


@dataclass(frozen=True, slots=True)
class Hour:
    """Messages of a channel in the last hour, by what an attempt or a later report led to. unreachable: nothing is
    wrong but that the person cannot be reached there. codes: the commonest first."""

    sent: int = 0
    failed: int = 0
    uncertain: int = 0
    delayed: int = 0
    unreachable: int = 0
    codes: tuple[Code, ...] = ()


class Traffic:
    """`went` is told of what this process tried, `on_event` of what is said anywhere."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._minutes: defaultdict[int, Counter[Tried]] = defaultdict(Counter)
        self._meanings: dict[tuple[str, str], tuple[str, str]] = {}
        self._last_in: dict[str, int] = {}
        self._last_out: dict[str, int] = {}

    def went(self, channel: str, outcome: str, number: int, error: ChannelError | None) -> None:
        """error: why messages did not get through."""
        code = ""
        if error is not None:
            code = (error.code or type(error).__name__)[:64]
            outcome = "unreachable" if isinstance(error, Unreachable) else outcome
        minute = self._minutes[_minute(self._now())]
        if (channel, outcome, code) not in minute and len(minute) >= MOST_CODES:
            code = ""
        minute[channel, outcome, code] += number
        if error is not None and code:
            self._meanings[channel, code] = (str(error)[:_MEANING], error.documentation)

    def on_event(self, event: Mapping[str, Any]) -> None:
        """A conversation moved, in whichever process."""
        moment = milliseconds(self._now())
        for message in event.get("messages", ()):
            channel = message["identity"].partition(":")[0]
            (self._last_in if message["direction"] == "in" else self._last_out)[channel] = moment

    def recall(self, others: Iterable[Seen]) -> None:
        """When something was last said before this process was there."""
        for seen in others:
            for mine, theirs in ((self._last_in, seen.last_in), (self._last_out, seen.last_out)):
                for channel, moment in theirs.items():
                    mine[channel] = max(moment, mine.get(channel, 0))

    def seen(self, sockets: int, left_alone: Mapping[str, float]) -> Seen:
        oldest = _minute(self._now()) - MINUTES
        for minute in [minute for minute in self._minutes if minute <= oldest]:
            del self._minutes[minute]
        codes = {(channel, code) for minute in self._minutes.values() for channel, _, code in minute}
        self._meanings = {key: meaning for key, meaning in self._meanings.items() if key in codes}
        return Seen(
            minutes={minute: dict(tried) for minute, tried in self._minutes.items()},
            meanings=dict(self._meanings),
            last_in=dict(self._last_in),
            last_out=dict(self._last_out),
            sockets=sockets,
            left_alone=dict(left_alone),
        )


def hour(channel: str, everything: Iterable[Seen], now: datetime) -> Hour:
    """What all processes together saw of a channel."""
    oldest = _minute(now) - MINUTES
    outcomes: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    meanings: dict[str, tuple[str, str]] = {}
    for seen in everything:
        meanings |= {code: meaning for (of, code), meaning in seen.meanings.items() if of == channel}
        for minute, tried in seen.minutes.items():
            for (of, outcome, code), number in tried.items():
                if of == channel and minute > oldest:
                    outcomes[outcome] += number
                    codes[code] += number
    del codes[""]
    return Hour(
        sent=outcomes["sent"],
        failed=outcomes["failed"],
        uncertain=outcomes["uncertain"],
        delayed=outcomes["delayed"],
        unreachable=outcomes["unreachable"],
        codes=tuple(Code(code, *meanings.get(code, ("", "")), number) for code, number in codes.most_common(5)),
    )


def latest(channel: str, moments: Iterable[Mapping[str, int]]) -> datetime | None:
    """The last of the moments that processes have of a channel."""
    last = max((of[channel] for of in moments if channel in of), default=None)
    return datetime.fromtimestamp(last / 1000, UTC) if last is not None else None


def _minute(moment: datetime) -> int:
    return milliseconds(moment) // 60_000
