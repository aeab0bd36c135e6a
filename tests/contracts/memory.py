"""The store as it should be: a dictionary. For comparing only; nothing runs on it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from operator import ge, gt, le, lt
from typing import Any

Document = dict[str, Any]
_RANGES: dict[str, Callable[[Any, Any], bool]] = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}


class MemoryStore:
    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}

    def insert(self, document: Document) -> bool:
        if document["_id"] in self.documents:
            return False
        self.documents[document["_id"]] = copy.deepcopy(document)
        return True

    def get(self, id: str) -> Document | None:
        return copy.deepcopy(self.documents.get(id))

    def replace(self, document: Document) -> bool:
        stored = self.documents.get(document["_id"])
        if stored is None or stored.get("version") != document["version"]:
            return False
        self.documents[document["_id"]] = copy.deepcopy({**document, "version": document["version"] + 1})
        return True

    def delete(self, ids: Sequence[str]) -> int:
        return sum(self.documents.pop(id, None) is not None for id in set(ids))

    def find(self, where: Mapping[str, Any], sort: Sequence[tuple[str, int]], limit: int) -> list[Document]:
        found = [document for document in self.documents.values() if matches(document, where)]
        for path, direction in reversed(sort):
            found.sort(key=lambda document, path=path: _rank(value_at(document, path)), reverse=direction == -1)  # type: ignore[misc]
        return found[:limit]


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """None where there is no such field."""
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def matches(document: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    for path, condition in where.items():
        if path == "$or":
            if not any(matches(document, alternative) for alternative in condition):
                return False
            continue
        value = value_at(document, path)
        if not isinstance(condition, Mapping):
            if value != condition:
                return False
        elif "$in" in condition:
            if value not in condition["$in"]:
                return False
        elif value is None or not all(_RANGES[operator](value, bound) for operator, bound in condition.items()):
            return False
    return True


def _rank(value: Any) -> tuple[bool, Any]:
    """Null and missing sort first; text by its bytes."""
    return (value is not None, value.encode() if isinstance(value, str) else value)
