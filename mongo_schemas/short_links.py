"""Names of links to messages that were too long to send. `_id`: the name."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "message_id", "at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "message_id": {"bsonType": "string"},
            "at": {"bsonType": "date"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
