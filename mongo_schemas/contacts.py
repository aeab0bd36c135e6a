"""People, as far as the hotline knows them. `_id`: a ULID."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "created_at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "created_at": {"bsonType": "date"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
