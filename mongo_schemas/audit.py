"""Who did what, and why; only ever added to. `_id`: a ULID."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "at", "actor", "action", "about"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "at": {"bsonType": "date"},
            "actor": {"bsonType": "string"},
            "action": {"bsonType": "string"},
            "about": {"bsonType": "string"},
            "reason": {"bsonType": "string"},
        },
    }
}

INDEXES = [
    # what was done about one thing, in order
    [("about", 1), ("at", 1)],
]
