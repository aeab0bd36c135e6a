"""Responsible units: departments, towns, parks. `_id`: a short code that never changes."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "name", "short", "kind", "active"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "name": {"bsonType": "string"},
            "short": {"bsonType": "string"},
            "kind": {"enum": ["department", "town", "park"]},
            "parent": {"bsonType": "string"},
            "aliases": {"bsonType": "array"},
            "duties": {"bsonType": "array"},
            "territory": {"bsonType": "array"},
            "contacts": {"bsonType": "array"},
            "sample": {"bsonType": "bool"},
            "active": {"bsonType": "bool"},
            # the last change's line in the audit log, packed
            "tail": {"bsonType": "array"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
