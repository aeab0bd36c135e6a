"""What people at the desks say often. `_id`: a ULID."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "shortcut", "title", "text"],
        "properties": {"_id": {"bsonType": "string"}, "version": {"bsonType": ["int", "long"], "minimum": 1}},
    }
}

INDEXES: list[list[tuple[str, int]]] = []
