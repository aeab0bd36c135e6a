"""What the store keeps under the vault's keys, and how it comes under a new one.

A new key is put in front of the others, everything below is sealed anew, and then the old key can go.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.core.people.accounts import ACCOUNTS, TOTP
from gateway.core.ports import Document, Store
from gateway.core.tickets.ledger import CODE, PERSON, PHONE
from gateway.core.vault import Unreadable, Vault
from gateway.core.webhooks.model import SEALED_FOR, WEBHOOKS

PAGE = 200


@dataclass(frozen=True, slots=True)
class Sealed:
    """Fields of a collection: sealed texts, with what each is sealed for; and keyed hashes, each with the sealed text
    it finds and its own purpose."""

    collection: str
    texts: Mapping[str, str]
    hashes: Mapping[str, tuple[str, str]] = field(default_factory=dict)


_PERSON = {"name": PERSON, "phone": PERSON, "id_number": PERSON}
_PHONE_KEY = {"phone_key": ("phone", PHONE)}
SEALED: tuple[Sealed, ...] = (
    Sealed(ACCOUNTS, {"totp": TOTP, "totp_offered": TOTP}),
    Sealed("tickets", {"code": CODE}),
    Sealed("ticket_filings", {"code": CODE}),
    Sealed("reporters", _PERSON, _PHONE_KEY),
    Sealed(WEBHOOKS, {"secret": SEALED_FOR, "former_secret": SEALED_FOR}),
    Sealed("ticket_wishes", {"name": PERSON, "phone": PERSON}, _PHONE_KEY),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """One collection, so far. renewed: documents that were, or are still to be, brought under the newest key.
    unreadable: those whose key is not here."""

    collection: str
    read: int = 0
    renewed: int = 0
    unreadable: tuple[str, ...] = ()


def renewed(document: Document, about: Sealed, vault: Vault) -> Document | None:
    """The document with everything under the newest key; None when it is. Raises `Unreadable`."""
    new: Document = {}
    for name, purpose in about.texts.items():
        if name in document and (sealed := vault.resealed(document[name], purpose)) is not None:
            new[name] = sealed
    for name, (text, purpose) in about.hashes.items():
        key = vault.key(vault.open(document[text], about.texts[text]), purpose) if text in document else None
        if key is not None and key != document.get(name):
            new[name] = key
    return {**document, **new} if new else None


async def renew(
    store: Store, vault: Vault, about: Sealed, *, write: bool = True, page: int = PAGE
) -> AsyncIterator[Progress]:
    """Bring a collection under the newest key, page by page. Begun anew after any end, it finds what is left. Raises
    `StoreUnavailable`."""
    progress = Progress(about.collection)
    after = ""
    while True:
        found = await store.find(about.collection, {"_id": {"$gt": after}}, sort=[("_id", 1)], limit=page)
        progress = await _page(store, vault, about, found, progress, write=write)
        yield progress
        if len(found) < page:
            return
        after = found[-1]["_id"]


async def _page(
    store: Store, vault: Vault, about: Sealed, found: Sequence[Document], progress: Progress, *, write: bool
) -> Progress:
    unreadable: list[str] = []
    count = 0
    waiting = list(found)
    while waiting:
        changed = []
        for document in waiting:
            try:
                new = renewed(document, about, vault)
            except Unreadable:
                unreadable.append(document["_id"])
                continue
            if new is not None:
                changed.append(new)
        if not write:
            count += len(changed)
            break
        won = await store.replace_many(about.collection, changed) if changed else []
        count += sum(won)
        # who lost was changed meanwhile, perhaps by somebody with older keys
        lost = [document["_id"] for document, success in zip(changed, won, strict=True) if not success]
        waiting = await store.get_many(about.collection, lost) if lost else []
    return Progress(
        progress.collection,
        progress.read + len(found),
        progress.renewed + count,
        (*progress.unreadable, *unreadable),
    )
