"""`run.py calendar`, and the demo's sample of years to come: holidays and make-up workdays. Each prints a report and
returns the exit code: 0 done, 1 refused."""

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
from gateway.core.tickets.workdays import BEIJING, Calendar
from gateway.core.units import Problem


async def run(given: argparse.Namespace, store: Store, now: datetime) -> int:
    calendar = OperatorsCalendar(store, Calendar())
    if given.action == "show":
        print(_shown(await calendar.table(given.year)), end="")
        return 0
    return await _set(calendar, given.year, given.file, now)


async def seed(store: Store, path: Path, now: datetime) -> int:
    """Give this year and the next one the sample's holidays while nobody knows them. What an operator set is left
    alone, and the sample gives way once the year is published; may be repeated."""
    calendar = OperatorsCalendar(store, Calendar())
    first = now.astimezone(BEIJING).year
    try:
        text = await asyncio.to_thread(read_text, path)
        for year in (first, first + 1):
            days, problems = read(text.replace("YEAR", str(year)))
            if problems:
                return _tell(problems)
            table = await calendar.table(year)
            if table.published and [day for day in table.days if day.day in table.own] == days:
                await calendar.put(year, (), by="seed", at=now, reason="已经公布，不再用示例")
            elif table.workdays is None:
                await calendar.put(year, days, by="seed", at=now, reason="还没有公布，先用示例")
                print(f"{year}年的放假安排还没有公布，先用示例：周一到周五上班，只放日期固定的节日")
    except HotlineError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


async def _set(calendar: OperatorsCalendar, year: int, path: Path, now: datetime) -> int:
    try:
        days, problems = read(await asyncio.to_thread(read_text, path))
        if problems:
            return _tell(problems)
        table = await calendar.put(year, days, by=f"{getpass.getuser()} (command line)", at=now)
    except HotlineError as error:
        print(error.message, file=sys.stderr)
        return 1
    print(_shown(table), end="")
    return 0


def _tell(problems: list[Problem]) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"有问题 {len(problems)} 处，没有写入任何内容")
    return 1


def _shown(table: YearTable) -> str:
    """As `set` reads it, after a remark on what it is."""
    source = "已公布" if table.published else "没有公布"
    own = f"，自己设置 {len(table.own)} 天" if table.own else ""
    count = "这一年的工作日还不知道" if table.workdays is None else f"共 {table.workdays} 个工作日"
    return f"# {table.year}年：{source}{own}，{count}\n" + write(table.days)
