"""How right, how honest and how fast the suggestion of a unit is, over any folder of citizens' texts with labels.

    python -m bench.classify --data DIR [--only NAME]

Every subfolder of DIR (or DIR itself) with a file `*train*.jsonl` is a data set; all its other files `*.jsonl` whose
rows have a label are splits to measure on. Any of them may be gzipped. A row is {text, label} and may have a title.
Training and parameters are the product's own; each row is a ticket, in the order of the file.

One JSON line a figure on standard output and, after them, one with all figures of a split; prose on standard error. The
figures:
  macro_f1, accuracy, top2  in per cent
  ece                       expected calibration error of the first suggestion's confidence, ten bins, in points
  confidence                mean confidence of the first suggestion, in per cent; honest where it is the accuracy
  p50_ms, p99_ms            of one `suggest`, on one thread; p99_cpu_ms is the same in the thread's own processor time,
                            which other programs on the machine do not lengthen
  train_s, train_cpu_s, mb  training and calibrating; size of the kept model
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# one thread is what the gateway has
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402
from sklearn.metrics import f1_score  # noqa: E402

from bench.report import figure, percentile, say  # noqa: E402
from bot.dispatching import Classifier, Example, Suggestion  # noqa: E402

TIMES = {"train_s": "s", "train_cpu_s": "s", "p50_ms": "ms", "p99_ms": "ms", "p99_cpu_ms": "ms"}
UNITS = {"ece": "points", "mb": "MB", **TIMES}
BINS = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.classify", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=None, help="default: retrieval/ in $HOTLINE_TEST_DATA")
    parser.add_argument("--only", action="append", default=[], help="only the split of this name; may be repeated")
    arguments = parser.parse_args()
    data: Path = arguments.data or Path(os.environ.get("HOTLINE_TEST_DATA", "../shared/data")) / "retrieval"
    if not data.is_dir():
        say(f"no such folder: {data}; name one with --data")
        return 2
    measured = 0
    for folder in sorted({data, *data.iterdir()}):
        if folder.is_dir() and (trains := [file for file in files(folder) if "train" in file.name]):
            measured += measure(folder, trains, arguments.only)
    if not measured:
        say(f"nothing to measure in {data}: a folder with *train*.jsonl[.gz] and other *.jsonl[.gz] with labels")
        return 2
    return 0


def measure(folder: Path, trains: Sequence[Path], only: Sequence[str]) -> int:
    """Train once and report on each split; how many there were."""
    splits = {
        file.name.split(".")[0]: labelled
        for file in reversed(files(folder))
        if file not in trains and (labelled := list(rows(file)))
    }
    examples = [Example(text, label) for file in trains for text, label in rows(file)]
    say(f"{folder.resolve().name}: {len(examples)} examples")
    started, worked = time.perf_counter(), time.process_time()
    classifier = Classifier.fit(examples)
    training = {
        "train_s": round(time.perf_counter() - started, 2),
        "train_cpu_s": round(time.process_time() - worked, 2),
        "mb": round(len(classifier.to_bytes()) / 1e6, 1),
    }
    wanted = {name: split for name, split in splits.items() if not only or name in only}
    for name, split in wanted.items():
        case = f"{folder.resolve().name}/{name}"
        say(f"{case}: {len(split)} texts")
        figures = ask(classifier, split) | training
        for metric, value in figures.items():
            figure("classify", case, metric, value, UNITS.get(metric, "%"))
        line = {"dataset": case, "n_train": len(examples), "n_texts": len(split), "labels": len(classifier.labels)}
        print(json.dumps(line | figures, ensure_ascii=False), flush=True)
    return len(wanted)


def ask(classifier: Classifier, split: Sequence[tuple[str, str]]) -> dict[str, float]:
    """The figures of one split."""
    for text, _ in split[:50]:
        classifier.suggest(text)
    found: list[list[Suggestion]] = []
    wall: list[float] = []
    work: list[float] = []
    for text, _ in split:
        started, worked = time.perf_counter(), time.thread_time()
        found.append(classifier.suggest(text))
        work.append(1000 * (time.thread_time() - worked))
        wall.append(1000 * (time.perf_counter() - started))
    right = [label for _, label in split]
    ranked = [[suggestion.label for suggestion in suggestions] for suggestions in found]
    first = [labels[0] if labels else "" for labels in ranked]
    sure = np.array([suggestions[0].confidence if suggestions else 0.0 for suggestions in found])
    hit = np.array([label == one for label, one in zip(right, first, strict=True)])
    figures = {
        "macro_f1": 100 * float(f1_score(right, first, average="macro", labels=sorted(set(right)))),
        "accuracy": 100 * float(hit.mean()),
        "top2": 100 * float(np.mean([label in labels[:2] for label, labels in zip(right, ranked, strict=True)])),
        "ece": 100 * calibration_error(sure, hit),
        "confidence": 100 * float(sure.mean()),
        "p50_ms": percentile(wall, 0.5),
        "p99_ms": percentile(wall, 0.99),
        "p99_cpu_ms": percentile(work, 0.99),
    }
    return {name: round(value, 2) for name, value in figures.items()}


def calibration_error(sure: np.ndarray[Any, Any], hit: np.ndarray[Any, Any]) -> float:
    """How far confidence and accuracy lie apart, bin by bin, by the share of texts in the bin."""
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    return float(
        sum(
            (bins == one).mean() * abs(float(sure[bins == one].mean()) - float(hit[bins == one].mean()))
            for one in np.unique(bins)
        )
    )


def files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.gz")])


def rows(file: Path) -> Iterator[tuple[str, str]]:
    """The text, with the title before it where there is one, and the label of each row that has one."""
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line) if line.strip() else {}
            if row.get("label"):
                yield f"{row.get('title') or ''}\n{row.get('text') or ''}".strip(), str(row["label"])


if __name__ == "__main__":
    sys.exit(main())
