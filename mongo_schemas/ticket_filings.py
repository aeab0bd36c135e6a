"""Which number a client's filing got, so that a repeat of it is the same ticket. `_id`: identity:client's id."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "number", "code", "at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "number": {"bsonType": "string"},
            "code": {"bsonType": "string"},
            "at": {"bsonType": "date"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
