"""How a bench speaks: one JSON line a figure on standard output, progress and prose on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence


def figure(bench: str, case: str, metric: str, value: float, unit: str) -> None:
    line = {"bench": bench, "case": case, "metric": metric, "value": round(value, 4), "unit": unit}
    print(json.dumps(line, ensure_ascii=False), flush=True)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share (0–1) of the values lies, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))] if ordered else float("nan")
