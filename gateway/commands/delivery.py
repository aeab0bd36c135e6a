"""`run.py delivery`: messages that reached nobody. Shows where and why, not what they say or to whom."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime

from gateway.core.delivery import DeadLetters
from gateway.core.errors import HotlineError
from gateway.core.model import Message
from gateway.core.ports import Bus, Store

CHANNELS = ("wechat", "sms")
_PAGE = 200


async def run(given: argparse.Namespace, store: Store, bus: Bus) -> int:
    """The exit code: 0, or 1 when a message could not be changed."""
    letters = DeadLetters(store, bus, CHANNELS, lambda: datetime.now(UTC))
    if given.action == "list":
        return await _list(letters, given)
    by = f"{getpass.getuser()} (command line)"
    ids = given.id
    if given.action == "retry" and given.all:
        ids = [message.id for message in await _all_failed(letters, given.code)]
    if not ids:
        print("Name the messages, or give --all.", file=sys.stderr)
        return 1
    refused = 0
    for id in ids:
        try:
            if given.action == "retry":
                await letters.retry(id, by=by)
            else:
                await letters.drop(id, by=by, reason=given.reason)
        except HotlineError as error:
            refused += 1
            print(f"{id}: {error.message}", file=sys.stderr)
    done = "queued again" if given.action == "retry" else "dropped"
    print(f"{len(ids) - refused} {done}.")
    return 1 if refused else 0


async def _list(letters: DeadLetters, given: argparse.Namespace) -> int:
    found = await letters.list(given.state, channel=given.channel, limit=min(given.limit, _PAGE))
    for message in found:
        print(_line(message))
    more = "; there may be more" if len(found) == min(given.limit, _PAGE) else ""
    print(f"{len(found)} {given.state}{more}")
    return 0


def _line(message: Message) -> str:
    delivery = message.delivery
    assert delivery is not None
    when = delivery.at.astimezone().strftime("%m-%d %H:%M:%S") if delivery.at else "-"
    doubts = f", {delivery.doubts} of unknown outcome" if delivery.doubts else ""
    why = f"{delivery.code} {delivery.meaning or ''}".strip() or "-"
    tried = "".join(f"; before that {tried.code} {tried.meaning}" for tried in delivery.tried or ())
    line = f"{message.id}  {when}  {delivery.channel}  {delivery.attempts} attempts{doubts}  {why}{tried}"
    return f"{line}  {delivery.documentation}" if delivery.documentation else line


async def _all_failed(letters: DeadLetters, code: str) -> list[Message]:
    found: list[Message] = []
    before = ""
    while True:
        page = await letters.list("failed", before=before, limit=_PAGE)
        found += [message for message in page if message.delivery and code in ("", message.delivery.code)]
        if len(page) < _PAGE:
            return found
        before = page[-1].id
