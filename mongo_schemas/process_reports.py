"""What each process saw of the channels lately. `_id`: the process; a row is replaced every few seconds."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "at_ms", "text"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "at_ms": {"bsonType": ["int", "long", "double"]},
            # JSON, never looked into
            "text": {"bsonType": "string"},
        },
    }
}

INDEXES = [
    # those of the last hour; those nobody needs any more
    [("at_ms", 1)],
]
