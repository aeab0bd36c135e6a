"""Answers begun and not sent. `_id`: conversation:user name."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "text", "at_ms"],
        "properties": {"_id": {"bsonType": "string"}, "version": {"bsonType": ["int", "long"], "minimum": 1}},
    }
}

INDEXES: list[list[tuple[str, int]]] = []
