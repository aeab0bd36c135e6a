"""Who did what, and why; only ever added to. `_id`: a ULID. line: the id once more, which a page can go on from."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "line", "version", "at", "at_ms", "actor", "action", "about"],
        "properties": {
            "_id": {"bsonType": "string"},
            "line": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "at": {"bsonType": "date"},
            "at_ms": {"bsonType": ["int", "long", "double"]},
            "actor": {"bsonType": "string"},
            "action": {"bsonType": "string"},
            "about": {"bsonType": "string"},
            "reason": {"bsonType": "string"},
        },
    }
}

INDEXES = [
    # the latest lines
    [("at_ms", 1)],
    # what was done about one thing
    [("about", 1), ("at_ms", 1)],
    # what somebody did
    [("actor", 1), ("at_ms", 1)],
    # who did such a thing
    [("action", 1), ("at_ms", 1)],
]
