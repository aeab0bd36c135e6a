"""`run.py calendar`: holidays and make-up workdays. Prints a report and returns the exit code: 0 done, 1 refused."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from datetime import datetime
from pathlib import Path

from gateway.commands.files import read_text
from gateway.core.errors import HotlineError
from gateway.core.ports import Store
from gateway.core.tickets.operators_calendar import OperatorsCalendar, YearTable, read, write
from gateway.core.tickets.workdays import Calendar


async def run(given: argparse.Namespace, store: Store, now: datetime) -> int:
    calendar = OperatorsCalendar(store, Calendar())
    if given.action == "show":
        print(_shown(await calendar.table(given.year)), end="")
        return 0
    return await _set(calendar, given.year, given.file, now)


async def _set(calendar: OperatorsCalendar, year: int, path: Path, now: datetime) -> int:
    try:
        days, problems = read(await asyncio.to_thread(read_text, path))
        for problem in problems:
            print(problem, file=sys.stderr)
        if problems:
            print(f"有问题 {len(problems)} 处，没有写入任何内容")
            return 1
        table = await calendar.put(year, days, by=f"{getpass.getuser()} (command line)", at=now)
    except HotlineError as error:
        print(error.message, file=sys.stderr)
        return 1
    print(_shown(table), end="")
    return 0


def _shown(table: YearTable) -> str:
    """As `set` reads it, after a remark on what it is."""
    source = "已公布" if table.published else "没有公布"
    own = f"，自己设置 {len(table.own)} 天" if table.own else ""
    count = "这一年的工作日还不知道" if table.workdays is None else f"共 {table.workdays} 个工作日"
    return f"# {table.year}年：{source}{own}，{count}\n" + write(table.days)
