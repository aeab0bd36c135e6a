"""What goes into the retrieval and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the knowledge base. Any text may be empty; `similar` are other wordings of `question`."""

    id: str
    question: str
    similar: tuple[str, ...] = ()
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found. `score` orders the hits of one query (higher is better); it means nothing across queries."""

    entry_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What the knowledge base has for one question.

    kind: `sure`: the first hit may be given as the answer; `unsure`: offer the hits as choices; `nothing`: the base
        has, as far as can be told, no answer, though `hits` may still hold the nearest entries.
    hits: best first, at most as many as were asked for.
    confidence: the estimated probability, 0 to 1, that the first hit is right.
    """

    kind: Literal["sure", "unsure", "nothing"]
    hits: tuple[Hit, ...]
    confidence: float
