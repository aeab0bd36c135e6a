"""Files on a platform that are to be fetched before they expire. `_id`: message id # index of the part."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "message_id", "state", "due_at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "message_id": {"bsonType": "string"},
            "state": {"bsonType": "string"},
            "due_at": {"bsonType": ["date", "null"]},
        },
    }
}

INDEXES = [
    # what is to be fetched next
    [("state", 1), ("due_at", 1)],
]
