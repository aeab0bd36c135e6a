"""`run.py contacts`: who is taken for one person and why, and taking a join back. Numbers and ids are shown in part."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime

from bot import proof, reading
from bot.contract import masked
from channels.contract import Address
from gateway.core.contacts import Contacts, Join
from gateway.core.conversations import Conversations
from gateway.core.errors import HotlineError
from gateway.core.model import Identity
from gateway.core.ports import Bus, Store

_SHOWN = 4  # characters of an id


async def run(given: argparse.Namespace, store: Store, bus: Bus, sms_account: str | None) -> int:
    """The exit code: 0, or 1 when there is no such contact or the join cannot be undone."""

    def now() -> datetime:
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    contacts = Contacts(store, Conversations(store, bus, now), now, sms_account=sms_account)
    try:
        if given.action == "show":
            return await _show(contacts, given.who)
        by = f"{getpass.getuser()} (command line)"
        join = await contacts.undo(given.id, by=by, reason=given.reason)
    except HotlineError as error:
        print(error.message, file=sys.stderr)
        return 1
    print(_join_line(join))
    return 0


async def _show(contacts: Contacts, who: str) -> int:
    phone = proof.number(reading.plain(who))
    identity = await contacts.identity(phone or who)
    print(f"contact {identity.contact_id}")
    for one in await contacts.identities(identity.contact_id):
        print(f"  {_identity_line(one)}")
    joins = {join.id: join for join in await contacts.joins(identity.contact_id)}
    joins |= {join.id: join for join in await contacts.joins(identity.id)}
    print(f"{len(joins)} joins")
    for join in joins.values():
        print(f"  {_join_line(join)}")
    return 0


def _identity_line(identity: Identity) -> str:
    proved = f", proved {_when(identity.verified_at)}" if identity.verified and identity.verified_at else ""
    return f"{_masked(identity.id)}, since {_when(identity.created_at)}{proved}"


def _join_line(join: Join) -> str:
    undone = f", undone {_when(join.undone_at)} by {join.undone_by}: {join.reason}" if join.undone_at else ""
    proved = f"{_masked(join.identity)} proved {masked(join.phone)}"
    return f"{join.id}  {_when(join.at)}  {join.state}  {proved}{undone}"


def _masked(identity: str) -> str:
    address = Address.of(identity)
    id = address.external_id
    shown = masked(id) if id.startswith("+") else f"…{id[-_SHOWN:]}"
    return f"{address.channel} {shown}"


def _when(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else "-"
