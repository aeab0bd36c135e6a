"""The audit log: who did what, about what, and why. Only ever added to."""

from __future__ import annotations

from datetime import datetime

from gateway.core.model import Document, new_id

AUDIT = "audit"
_REASON = 500  # characters


def entry(
    at: datetime, actor: str, action: str, about: str, reason: str = "", *, id: str = "", **more: object
) -> Document:
    """A line of the log. id: its own, where it may be written more than once. more: what else helps to understand it,
    never a secret; nothing is kept of what is None."""
    kept = {name: value for name, value in more.items() if value is not None}
    return {
        **kept,
        "_id": id or new_id(),
        "version": 1,
        "at": at,
        "actor": actor,
        "action": action,
        "about": about,
        "reason": reason.strip()[:_REASON],
    }
