"""Which words tickets have. `_id`: scope:word:number, which is all there is to it."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
