"""How each person who answers citizens has set their desk. `_id`: user name."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "state", "capacity", "skills"],
        "properties": {"_id": {"bsonType": "string"}, "version": {"bsonType": ["int", "long"], "minimum": 1}},
    }
}

INDEXES: list[list[tuple[str, int]]] = []
