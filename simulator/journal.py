"""The ground truth: what the platforms accepted, and counts of everything else. Bounded memory."""

from __future__ import annotations

import itertools
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

Api = Literal["wechat", "twilio"]


@dataclass(slots=True)
class Accepted:
    """One message the platform took. n: counts up without gaps. at: seconds since the epoch.

    kind: custom, template, subscribe, passive (the answer to a callback) or sms. answer_lost: the sender was never
    told; stays false until the answer failed to leave.
    """

    n: int
    at: float
    api: Api
    kind: str
    account: str
    to: str
    text: str
    id: str
    answer_lost: bool = False


class Journal:
    """size: how many accepted messages are kept; older ones are forgotten, their numbers are not given again."""

    def __init__(self, size: int = 200_000) -> None:
        self._size = size
        self.reset()

    def reset(self) -> None:
        """Forget everything and count from 1 again."""
        self._kept: deque[Accepted] = deque(maxlen=self._size)
        self.last = 0
        self.answers_lost = 0
        self.accepted: Counter[str] = Counter()
        self.refused: dict[Api, Counter[str]] = {"wechat": Counter(), "twilio": Counter()}
        self.counts: Counter[str] = Counter()

    def accept(self, api: Api, kind: str, account: str, *, to: str, text: str, provider_id: str = "") -> Accepted:
        """Number and keep a message that was taken."""
        self.last += 1
        entry = Accepted(self.last, time.time(), api, kind, account, to, text, provider_id)
        self._kept.append(entry)
        self.accepted[f"{api}.{kind}"] += 1
        return entry

    def lose(self, entry: Accepted) -> None:
        """The answer to this one did not leave."""
        if not entry.answer_lost:
            entry.answer_lost = True
            self.answers_lost += 1

    def refuse(self, api: Api, code: int | str) -> None:
        self.refused[api][str(code)] += 1

    def after(self, n: int, limit: int, api: str | None = None) -> tuple[list[Accepted], int]:
        """Up to `limit` kept messages numbered above n, and the number to go on from."""
        first = self._kept[0].n if self._kept else self.last + 1
        entries: Iterator[Accepted] = itertools.islice(self._kept, max(n + 1 - first, 0), None)
        found: list[Accepted] = []
        for entry in entries:
            if api is None or entry.api == api:
                found.append(entry)
                if len(found) == limit:
                    return found, entry.n
        return found, max(self.last, n)

    @property
    def oldest(self) -> int:
        """The number of the oldest message kept; one above the last when there is none."""
        return self._kept[0].n if self._kept else self.last + 1

    def state(self) -> dict[str, Any]:
        """All counts."""
        return {
            "last": self.last,
            "accepted": dict(self.accepted),
            "answers_lost": self.answers_lost,
            "refused": {api: dict(codes) for api, codes in self.refused.items()},
            "counts": dict(self.counts),
        }


def as_json(entry: Accepted) -> dict[str, Any]:
    """An entry as the control interface shows it."""
    return asdict(entry)
