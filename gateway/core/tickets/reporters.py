"""Whose a ticket is: of everybody who told it, by any identity of theirs, or by a phone that is proved to be theirs."""

from __future__ import annotations

from gateway.core.ports import Store
from gateway.core.tickets.ledger import Ledger
from gateway.core.tickets.model import Reporter

MOST_IDENTITIES = 20
LATEST = 50


class Reporters:
    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    async def of(self, contact_id: str, identity: str) -> list[Reporter]:
        """What this contact told, from this identity or another of theirs, the latest first."""
        keys, phones = await self._own(contact_id, identity)
        found = []
        for field, values in (("identity", keys), ("phone_key", phones)):
            if values:
                where = {field: {"$in": sorted(values)}}
                found += await self._store.find("reporters", where, sort=[("_id", -1)], limit=LATEST)
        by_id = {document["_id"]: Reporter.of(document) for document in found}
        return sorted(by_id.values(), key=lambda reporter: reporter.ticket, reverse=True)

    async def one(self, number: str, contact_id: str, identity: str) -> Reporter | None:
        """The part this contact has in one ticket."""
        keys, phones = await self._own(contact_id, identity)
        for reporter in await self._ledger.reporters(number):
            if reporter.contact_id == contact_id or reporter.identity in keys or reporter.phone_key in phones:
                return reporter
        return None

    async def _own(self, contact_id: str, identity: str) -> tuple[set[str], set[str]]:
        """Keys of identities, and keys of phones."""
        found = await self._store.find("identities", {"contact_id": contact_id}, limit=MOST_IDENTITIES)
        phones = {
            key
            for document in found
            if document["channel"] == "sms" and (document.get("verified") or document["_id"] == identity)
            for key in self._ledger.phone_keys(document["external_id"])
        }
        return {identity, *(document["_id"] for document in found)}, phones
