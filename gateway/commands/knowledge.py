"""`run.py kb` and `run.py seed`: the knowledge base from the command line. Each prints a report and returns the exit
code: 0 done, 1 refused."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from bot.answers import Lexicon
from gateway.core.errors import HotlineError
from gateway.core.knowledge import FileRefused, ImportReport, Knowledge, KnowledgeEntry, Ledger
from gateway.core.knowledge.files import MAX_FILE_BYTES, Kind, Table, kind_of, read, write
from gateway.core.ports import Store

SHOWN_PROBLEMS = 50

_KINDS = {"sure": "会直接回答", "unsure": "会列出来让市民选", "nothing": "会说没有找到"}


async def import_file(
    store: Store, path: Path, *, skip_bad: bool = False, check: bool = False, replace_all: bool = False
) -> int:
    """Import a CSV, XLSX or JSONL file. With a bad row nothing is written, unless `skip_bad`.

    check: report only. replace_all: what the file does not name is deleted."""
    try:
        table = await asyncio.to_thread(_read, path)
        report = await Ledger(store).import_rows(
            table.rows, table.problems, skip_bad=skip_bad, check=check, replace_all=replace_all
        )
    except HotlineError as error:
        return _refused(error)
    if table.ignored:
        _say("没有用到的列：" + "、".join(table.ignored))
    _tell(report, check=check)
    return 1 if report.problems and not skip_bad else 0


async def search(store: Store, query: str, k: int = 5, lexicon: Lexicon | None = None) -> int:
    """Print what the bot finds for a question. lexicon: the one the bot uses."""
    knowledge = Knowledge(store, lexicon)
    await knowledge.load()
    finding = knowledge.find(query, k)
    _say(f"共 {len(knowledge)} 条可用知识；机器人{_KINDS[finding.kind]}，把握 {finding.confidence:.0%}")
    for place, found in enumerate(await knowledge.search(query, k), 1):
        entry = found.entry
        _say(f"{place}. [{entry.id}] {entry.question}（{entry.unit or '未写单位'}，{found.score:.3f}）")
        _say(f"   {entry.answer[:80]}{'…' if len(entry.answer) > 80 else ''}")
    return 0


async def export(store: Store, path: Path) -> int:
    """Write all entries to a CSV, XLSX or JSONL file; it appears whole or not at all."""
    try:
        kind = kind_of(path.name)
        _, entries = await Ledger(store).everything()
        kept = sorted((entry for entry in entries.values() if not entry.deleted), key=lambda entry: entry.id)
        count = await asyncio.to_thread(_write, kept, kind, path)
    except HotlineError as error:
        return _refused(error)
    except OSError as error:
        _say(f"写不了 {path}：{error.strerror}", to_error=True)
        return 1
    _say(f"导出 {count} 条到 {path}")
    return 0


async def seed(store: Store, path: Path) -> int:
    """Load the sample knowledge base. Entries that somebody made, edited or deleted are left alone; may be repeated."""
    try:
        table = await asyncio.to_thread(_read, path)
        report = await Ledger(store).import_rows(table.rows, table.problems, samples_only=True)
    except HotlineError as error:
        return _refused(error)
    _tell(report, check=False)
    return 1 if report.problems else 0


def _read(path: Path) -> Table:
    kind = kind_of(path.name)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise FileRefused(f"读不了 {path}：{error.strerror}") from error
    return read(data, kind)


def _write(entries: Iterable[KnowledgeEntry], kind: Kind, path: Path) -> int:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            count = write(entries, kind, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        return count
    finally:
        part.unlink(missing_ok=True)


def _tell(report: ImportReport, *, check: bool) -> None:
    for problem in report.problems[:SHOWN_PROBLEMS]:
        _say(str(problem), to_error=True)
    if len(report.problems) > SHOWN_PROBLEMS:
        _say(f"……另有 {len(report.problems) - SHOWN_PROBLEMS} 处问题", to_error=True)
    counted = f"新增 {report.added}，修改 {report.changed}，删除 {report.removed}，没有变化 {report.unchanged}"
    if check:
        _say(f"只检查，没有写入。共 {report.rows} 行，有问题 {len(report.problems)} 处；若导入：{counted}")
    elif report.problems and not report.written:
        _say(f"共 {report.rows} 行，有问题 {len(report.problems)} 处，没有写入任何内容")
    else:
        _say(f"共 {report.rows} 行：{counted}" + (f"，跳过问题 {len(report.problems)} 处" if report.problems else ""))


def _refused(error: HotlineError) -> int:
    _say(error.message, to_error=True)
    return 1


def _say(line: str, *, to_error: bool = False) -> None:
    (sys.stderr if to_error else sys.stdout).write(line + "\n")
