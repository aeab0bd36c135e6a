"""The log of who answered in a conversation: a line for each time it went from one to another. `_id`: a ULID."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "conversation_id", "at_ms", "from", "to", "by"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "conversation_id": {"bsonType": "string"},
            "at_ms": {"bsonType": ["int", "long", "double"]},
            "from": {"enum": ["bot", "queue", "agent"]},
            "to": {"enum": ["bot", "queue", "agent"]},
            "by": {"bsonType": "string"},
        },
    }
}

INDEXES = [
    # a conversation's own
    [("conversation_id", 1), ("at_ms", 1)],
    # those of a day, for the figures
    [("at_ms", 1)],
]
