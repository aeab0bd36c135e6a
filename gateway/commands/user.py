"""`run.py user`: accounts from the machine itself, as when nobody can sign in. Passwords come from a prompt or standard
input, never from the command line, where every process could read them."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Mapping
from datetime import datetime

from gateway.core.errors import HotlineError, Invalid
from gateway.core.people import Account, Accounts

_PAGE = 200


async def run(given: argparse.Namespace, accounts: Accounts) -> int:
    """The exit code: 0, or 1 when it was refused."""
    try:
        if given.action == "list":
            return await _list(accounts, given.unit)
        by = f"{getpass.getuser()} (command line)"
        print(await _change(given, accounts, by))
    except HotlineError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


async def _change(given: argparse.Namespace, accounts: Accounts, by: str) -> str:
    """What was done, in words."""
    match given.action:
        case "add":
            account = await accounts.add(
                given.username,
                given.name or given.username,
                given.role,
                given.unit or None,
                _password(),
                by=by,
                lasting=given.lasting,
            )
            return f"{account.id} can sign in{_then(account)}."
        case "passwd":
            await accounts.get(given.username)
            account = await accounts.reset_password(given.username, _password(), by=by, lasting=given.lasting)
            if given.without_codes:
                await accounts.remove_totp(given.username, by=by)
            return f"{account.id} has a new password, all sessions have ended{_then(account)}."
        case "disable":
            await accounts.disable(given.username, by=by, reason=given.reason)
            return f"{given.username} is disabled, all sessions have ended."
        case "enable":
            await accounts.enable(given.username, by=by)
            return f"{given.username} can sign in again."
        case _:
            await accounts.unlock(given.username, by=by)
            return f"{given.username} need not wait any more."


def _then(account: Account) -> str:
    return ", and changes the password when they first do" if account.must_change_password else ""


def _password() -> str:
    """Raises `Invalid` when two entries differ."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise Invalid("The two entries differ.")
    return password


async def _list(accounts: Accounts, unit: str) -> int:
    count, after = 0, ""
    while page := await accounts.page(after=after, unit=unit, limit=_PAGE):
        waiting = await accounts.waiting([account.id for account in page])
        for account in page:
            print(_line(account, waiting))
        count, after = count + len(page), page[-1].id
    print(f"{count} accounts")
    return 0


def _line(account: Account, waiting: Mapping[str, datetime]) -> str:
    until = waiting.get(account.id)
    notes = [
        "disabled" if account.disabled else "",
        "must change the password" if account.must_change_password else "",
        "one-time codes" if account.totp else "",
        f"waits until {_when(until)}" if until else "",
    ]
    unit = f" of {account.unit}" if account.unit else ""
    seen = f"last signed in {_when(account.signed_in_at)}" if account.signed_in_at else "never signed in"
    return "  ".join([account.id, account.name, ", ".join(account.roles) + unit, seen, *filter(None, notes)])


def _when(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
