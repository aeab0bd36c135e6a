"""Other systems that are told of tickets. `_id`: a ULID. Secrets are sealed."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "name", "url", "types", "confidential", "active", "removed", "created_at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "name": {"bsonType": "string"},
            "url": {"bsonType": "string"},
            "types": {"bsonType": "array", "items": {"bsonType": "string"}},
            "confidential": {"bsonType": "bool"},
            "active": {"bsonType": "bool"},
            "why_inactive": {"bsonType": "string"},
            "removed": {"bsonType": "bool"},
            "secret": {"bsonType": "string"},
            "former_secret": {"bsonType": "string"},
            # milliseconds
            "former_until": {"bsonType": ["int", "long", "double"]},
            "created_at": {"bsonType": "date"},
            # the last change's line in the audit log, packed
            "tail": {"bsonType": "array"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
