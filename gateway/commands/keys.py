"""`run.py keys rotate`: bring what is sealed under the newest key, so that older ones can be taken out."""

from __future__ import annotations

import sys

from gateway.core.ports import Store
from gateway.core.sealed import SEALED, Progress, renew
from gateway.core.vault import Vault

_NAMED = 20


async def rotate(store: Store, vault: Vault, *, check: bool) -> int:
    """The exit code: 0; 1 when something cannot be read with the keys given, or, with `check`, is left to do."""
    unreadable = renewed = 0
    for about in SEALED:
        progress = Progress(about.collection)
        async for progress in renew(store, vault, about, write=not check):
            _show(progress, check=check)
        print()
        for id in progress.unreadable[:_NAMED]:
            print(f"  {id}: sealed by a key that is not among those set", file=sys.stderr)
        unreadable += len(progress.unreadable)
        renewed += progress.renewed
    if unreadable:
        print(f"{unreadable} cannot be read: put the older key back behind the others and run this again.")
    elif check and renewed:
        print(f"{renewed} are under an older key.")
    elif renewed:
        print("Everything read is under the newest key. Run it once more, to find what was written meanwhile.")
    else:
        print("Everything is under the newest key. The older ones can be taken out.")
    return 1 if unreadable or (check and renewed) else 0


def _show(progress: Progress, *, check: bool) -> None:
    done = "under an older key" if check else "renewed"
    print(f"\r{progress.collection}: {progress.read} read, {progress.renewed} {done}", end="", flush=True)
