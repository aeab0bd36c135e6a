"""People who keep the knowledge base, and what stands in it for the pages to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.browser.desk import PASSWORD, Caller

EDITORS = (("he", "何清"), ("luo", "罗文"))


def editors(url: str) -> None:
    """Give the editors accounts with a password of their own."""
    root = Caller(url, "root")
    for username, name in EDITORS:
        made = root("POST", "/people", username=username, name=name, roles=["knowledge_editor"], unit=None)
        Caller(url, username, made["password"])("POST", "/session/password", old=made["password"], new=PASSWORD)


def written(editor: Caller, question: str, answer: str, moves: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """An entry, moved on by these moves."""
    return moved(editor, editor("POST", "/kb/entries", question=question, answer=answer, **more), moves)


def moved(editor: Caller, entry: dict[str, Any], moves: Sequence[str]) -> dict[str, Any]:
    """The entry, moved on; nobody publishes their own."""
    for move in moves:
        entry = editor("POST", f"/kb/entries/{entry['id']}/moves", move=move, version=entry["version"], note="看过了")
    return entry


def changed(editor: Caller, entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The entry with a change that is not published."""
    fields = ("question", "similar", "answer", "unit", "category", "source_note", "valid_until")
    now = {field: entry[field] for field in fields}
    saved: dict[str, Any] = editor("PUT", f"/kb/entries/{entry['id']}", **{**now, **changes}, version=entry["version"])
    return saved
