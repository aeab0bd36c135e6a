"""A process that is killed while it writes."""

from __future__ import annotations

from typing import Any

from gateway.core.ports import Store, StoreUnavailable


class _Dying:
    """A store whose process is killed at its n-th write: nothing is written from then on."""

    def __init__(self, store: Store, lives: int) -> None:
        self._store = store
        self.lives = lives

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)
        if name not in ("insert", "insert_many", "replace", "replace_many", "delete"):
            return call

        async def write(*given: Any) -> Any:
            self.lives -= 1
            if self.lives < 0:
                raise StoreUnavailable("killed")
            return await call(*given)

        return write


def dying_after(store: Store, lives: int) -> Any:
    """The store of a process that is killed after so many writes; it stands wherever a store is asked for."""
    return _Dying(store, lives)
