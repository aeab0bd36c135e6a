"""How fast and how right the retrieval is, over any folder of knowledge bases with questions.

    python -m bench.retrieval --data DIR [--pad 10000 --pad 100000 | --no-pad] [--only NAME] [--lexicon DIR]

Every subfolder of DIR (or DIR itself) with `kb.jsonl` and one or more `queries*.jsonl`, gzipped or not, is a data set.
An entry is {id, question, similar: [...], answer}, a question {query, relevant: [entry ids]}; an empty `relevant`
means that the base has no answer. One JSON line per data set on standard output, prose on standard error. With
`distractors.jsonl.gz` ({id, question}) in DIR the data set `faq_jining` is measured again padded with them.

The figures:
  hit@1, hit@3, mrr@10    of the answerable questions, in per cent
  answered_share, precision, false_answers
                          at the threshold on the confidence that answers most while at most 10 % of the unanswerable
                          questions get an answer and at least 98 % of the answers given are right (or, where that
                          cannot be reached, at most 10 % alone); precision is of the answers to answerable questions
  sure_share, sure_precision, sure_false
                          the same at the product's own threshold, calibrated on the knowledge base alone
  nothing_share, nothing_unanswerable
                          how many answerable and unanswerable questions are told that there is nothing
  p50_ms, p99_ms, mean_ms of one `find`, on one thread; p99_cpu_ms is the same in the thread's own processor time,
                          which other programs on the machine do not lengthen
  build_s, mb             building and calibrating; memory of the index's arrays

Where a base's questions are all answerable, those without an answer are made: half of the questions, with the
entries that answer them deleted.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# one thread is what the gateway has
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402

from bot.answers import Answers, Entry, Finding, Lexicon  # noqa: E402

PADDED = "faq_jining"
FALSE_ANSWERS = 0.10
RIGHT = 0.98


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    relevant: frozenset[str]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.retrieval", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=None, help="default: retrieval/ in $HOTLINE_TEST_DATA")
    parser.add_argument("--only", action="append", default=[], help="only the data set of this name; may be repeated")
    parser.add_argument(
        "--pad", action="append", type=int, default=[], help="sizes to pad to; default 10000 and 100000"
    )
    parser.add_argument("--no-pad", action="store_true", help="do not pad")
    parser.add_argument("--lexicon", type=Path, default=None, help="folder of the lexicon; default: an empty one")
    arguments = parser.parse_args()
    data: Path = arguments.data or Path(os.environ.get("HOTLINE_TEST_DATA", "../shared/data")) / "retrieval"
    if not data.is_dir():
        say(f"no such folder: {data}; name one with --data")
        return 2
    lexicon = Lexicon.load(arguments.lexicon) if arguments.lexicon else Lexicon()
    sets = [folder for folder in sorted({data, *data.iterdir()}) if folder.is_dir() and kb_file(folder)]
    sets = [folder for folder in sets if not arguments.only or folder.name in arguments.only]
    if not sets:
        say(f"no data set in {data}: a folder with kb.jsonl[.gz] and queries*.jsonl[.gz]")
        return 2
    for folder in sets:
        report(measure(folder.name, read_entries(folder), read_questions(folder), lexicon))
    padding = next((p for p in (data / "distractors.jsonl.gz", data / "distractors.jsonl") if p.is_file()), None)
    base = next((folder for folder in sets if folder.name == PADDED), None)
    if not arguments.no_pad and padding and base:
        entries, questions = read_entries(base), read_questions(base)
        for size in arguments.pad or [10_000, 100_000]:
            padded = pad(entries, padding, size)
            report(measure(f"{PADDED}+{len(padded)}", padded, questions, lexicon))
    return 0


def measure(name: str, entries: list[Entry], questions: list[Question], lexicon: Lexicon) -> dict[str, Any]:
    """All figures of one data set."""
    say(f"{name}: {len(entries)} entries, {len(questions)} questions")
    started = time.perf_counter()
    answers = Answers(entries, lexicon)
    build = time.perf_counter() - started
    for question in questions[:50]:
        answers.find(question.text)
    answerable = [question for question in questions if question.relevant]
    unanswerable = [question for question in questions if not question.relevant]
    spent: list[tuple[float, float]] = []
    found: list[Finding] = []
    ranks: list[int] = []
    for question in answerable:
        started, worked = time.perf_counter(), time.thread_time()
        finding = answers.find(question.text, 10)
        spent.append((time.perf_counter() - started, time.thread_time() - worked))
        found.append(finding)
        ranks.append(rank(finding, question.relevant))
    if unanswerable:
        refused = []
        for question in unanswerable:
            started, worked = time.perf_counter(), time.thread_time()
            refused.append(answers.find(question.text))
            spent.append((time.perf_counter() - started, time.thread_time() - worked))
    else:
        refused = without_their_entries(answers, answerable[::2])
    place = np.array(ranks) if ranks else np.zeros(0, int)
    right = place == 1
    figures: dict[str, Any] = {
        "dataset": name,
        "n_entries": len(entries),
        "n_queries": len(questions),
        "hit@1": percent(right),
        "hit@3": percent(place <= 3),
        "mrr@10": round(100 * float(np.mean(np.where(place <= 10, 1 / place, 0.0))), 1) if len(place) else None,
    }
    figures |= decide(found, right, refused)
    figures["unanswerable"] = len(refused)
    figures["unanswerable_made"] = not unanswerable
    wall, work = 1000 * np.array(spent).reshape(-1, 2).T
    if len(wall):
        figures["p50_ms"] = round(float(np.percentile(wall, 50)), 3)
        figures["p99_ms"] = round(float(np.percentile(wall, 99)), 3)
        figures["mean_ms"] = round(float(wall.mean()), 3)
        figures["p99_cpu_ms"] = round(float(np.percentile(work, 99)), 3)
    figures["build_s"] = round(build, 2)
    figures["mb"] = round(answers.bytes / 1e6, 1)
    return figures


def decide(found: Sequence[Finding], right: np.ndarray[Any, Any], refused: Sequence[Finding]) -> dict[str, Any]:
    """Figures of the decision whether to answer."""
    yes = np.array([finding.confidence for finding in found])
    no = np.array([finding.confidence for finding in refused])
    thresholds = np.unique(np.concatenate((yes, no)))
    within: tuple[float, float, float] | None = None
    strict: tuple[float, float, float] | None = None
    for threshold in thresholds.tolist():
        answered = yes >= threshold
        wrong = float((no >= threshold).mean()) if len(no) else 0.0
        if wrong > FALSE_ANSWERS or not answered.any():
            continue
        point = (float(answered.mean()), float(right[answered].mean()), wrong)
        within = within or point
        if point[1] >= RIGHT:
            strict = point
            break
    share, precision, wrong = strict or within or (0.0, 0.0, 0.0)
    sure = np.array([finding.kind == "sure" for finding in found], dtype=bool)
    nothing = np.array([finding.kind == "nothing" for finding in found], dtype=bool)
    return {
        "answered_share": round(100 * share, 1),
        "precision": round(100 * precision, 1),
        "false_answers": round(100 * wrong, 1),
        "sure_share": percent(sure),
        "sure_precision": percent(right[sure]),
        "sure_false": percent(np.array([finding.kind == "sure" for finding in refused])),
        "nothing_share": percent(nothing),
        "nothing_unanswerable": percent(np.array([finding.kind == "nothing" for finding in refused])),
    }


def without_their_entries(answers: Answers, questions: Sequence[Question]) -> list[Finding]:
    """What is found when the entries that answer a question are away."""
    found = []
    for question in questions:
        entries = [entry for id in question.relevant if (entry := answers.entry(id)) is not None]
        answers.change(deleted_ids=[entry.id for entry in entries])
        found.append(answers.find(question.text))
        answers.change(entries)
    return found


def rank(finding: Finding, relevant: frozenset[str]) -> int:
    """The place of the first right hit, from 1; 99 when there is none."""
    return next((n for n, hit in enumerate(finding.hits, 1) if hit.entry_id in relevant), 99)


def pad(entries: list[Entry], file: Path, size: int) -> list[Entry]:
    padded = list(entries)
    for row in rows(file):
        if len(padded) >= size:
            break
        padded.append(Entry(str(row["id"]), str(row["question"])))
    return padded


def kb_file(folder: Path) -> Path | None:
    return next((p for p in (folder / "kb.jsonl", folder / "kb.jsonl.gz") if p.is_file()), None)


def read_entries(folder: Path) -> list[Entry]:
    file = kb_file(folder)
    assert file is not None
    return [
        Entry(
            str(row["id"]),
            row.get("question") or "",
            tuple(text for text in row.get("similar") or () if text),
            row.get("answer") or "",
        )
        for row in rows(file)
    ]


def read_questions(folder: Path) -> list[Question]:
    """The questions of all `queries*` files in the folder."""
    files = sorted([*folder.glob("queries*.jsonl"), *folder.glob("queries*.jsonl.gz")])
    return [
        Question(row.get("query") or "", frozenset(map(str, row.get("relevant") or ())))
        for file in files
        for row in rows(file)
    ]


def rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def percent(values: np.ndarray[Any, Any]) -> float | None:
    return round(100 * float(np.mean(values)), 1) if len(values) else None


def report(figures: dict[str, Any]) -> None:
    print(json.dumps(figures, ensure_ascii=False), flush=True)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
