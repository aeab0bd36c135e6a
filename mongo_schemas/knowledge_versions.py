"""What entries of the knowledge base were before they were replaced. `_id`: entry id#version; never changed."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "entry_id", "number", "entry"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "entry_id": {"bsonType": "string"},
            # which version of the entry it is
            "number": {"bsonType": ["int", "long"], "minimum": 1},
            # milliseconds:entry id#version of when it ends if it was published, so that it sorts by time; else ""
            "ends": {"bsonType": "string"},
            # the whole document as it was
            "entry": {"bsonType": "object"},
        },
    }
}

INDEXES = [
    # one entry's, the newest first
    [("entry_id", 1), ("number", 1)],
    # those that end in an hour, for the figures
    [("ends", 1)],
]
