"""`run.py units` and the sample units of `run.py seed`: the responsible units from the command line. Each prints a
report and returns the exit code: 0 done, 1 refused."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
from pathlib import Path

from gateway.commands.files import read_text
from gateway.core.errors import HotlineError
from gateway.core.ports import Store
from gateway.core.units import KINDS, Problem, Unit, Units, read, write

SHOWN_PROBLEMS = 50


async def import_file(store: Store, path: Path) -> int:
    """Import a JSONL file, a unit a line: all of it or, with a bad row, nothing. Units it does not name stay."""
    return await _load(store, path, by=f"{getpass.getuser()} (command line)")


async def seed(store: Store, path: Path) -> int:
    """Load the sample units. Those that are there already are left alone; may be repeated."""
    return await _load(store, path, by="seed", only_new=True)


async def show_all(store: Store) -> int:
    """Print all units, each with those below it."""
    units = Units(store)
    await units.refresh()
    everything = units.all(inactive=True)
    for top in everything:
        if not units.ancestors(top.id):
            for id in units.subtree(top.id):
                _say("  " * len(units.ancestors(id)) + _line(units.get(id) or top))
    _say(f"共 {len(everything)} 个单位")
    return 0


async def export(store: Store, path: Path) -> int:
    """Write all units to a JSONL file that `import` reads; it appears whole or not at all."""
    units = Units(store)
    await units.refresh()
    everything = units.all(inactive=True)
    try:
        await asyncio.to_thread(_write, write(everything), path)
    except OSError as error:
        _say(f"写不了 {path}：{error.strerror}", to_error=True)
        return 1
    _say(f"导出 {len(everything)} 个单位到 {path}")
    return 0


async def _load(store: Store, path: Path, *, by: str, only_new: bool = False) -> int:
    units = Units(store)
    await units.refresh()
    try:
        rows, problems = read(await asyncio.to_thread(read_text, path))
        wanted = {row: unit for row, unit in rows.items() if not (only_new and units.get(unit.id))}
        problems += units.problems(wanted)
        if problems:
            return _tell(problems)
        added, changed = await units.put(wanted.values(), by=by)
    except HotlineError as error:
        _say(error.message, to_error=True)
        return 1
    _say(f"共 {len(rows)} 个单位：新增 {added}，修改 {changed}，没有变化 {len(rows) - added - changed}")
    return 0


def _tell(problems: list[Problem]) -> int:
    for problem in sorted(problems, key=lambda problem: problem.row)[:SHOWN_PROBLEMS]:
        _say(str(problem), to_error=True)
    if len(problems) > SHOWN_PROBLEMS:
        _say(f"……另有 {len(problems) - SHOWN_PROBLEMS} 处问题", to_error=True)
    _say(f"有问题 {len(problems)} 处，没有写入任何内容")
    return 1


def _line(unit: Unit) -> str:
    about = f"职责 {len(unit.duties)} 条" if unit.kind == "department" else f"地名 {len(unit.territory)} 个"
    marks = "".join(f"，{mark}" for mark, wanted in (("样例", unit.sample), ("已停用", not unit.active)) if wanted)
    return f"[{unit.id}] {unit.short}（{KINDS[unit.kind]}，{about}{marks}）"


def _write(text: str, path: Path) -> None:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _say(line: str, *, to_error: bool = False) -> None:
    (sys.stderr if to_error else sys.stdout).write(line + "\n")
