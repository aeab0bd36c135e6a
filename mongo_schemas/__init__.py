"""The collections: one module each, named like its collection, data only.

VALIDATOR   a $jsonSchema, or {} for none. It guards against our own mistakes; the application validates first, and
            engines that do not enforce it are tolerated.
INDEXES     a list of indexes, each a list of (field, 1 or -1). Only fields that hold scalars, never arrays, and none
            unique: what must be unique is an `_id`. Each index costs every write, so one stands for a query that the
            product really asks, named beside it.

`collections()` gathers them; `gateway/storage/schemas.py` applies them.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import Any

Index = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """What one collection is to look like."""

    collection: str
    validator: dict[str, Any]
    indexes: tuple[Index, ...]


def collections() -> list[Schema]:
    """All schemas, by the collections' names."""
    schemas = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        data = import_module(f"{__name__}.{module.name}")
        indexes = tuple(tuple((field, direction) for field, direction in index) for index in data.INDEXES)
        schemas.append(Schema(module.name, data.VALIDATOR, indexes))
    return schemas
