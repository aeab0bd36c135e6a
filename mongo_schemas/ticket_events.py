"""What was done to tickets, for ever; only added to. `_id`: number#place in the log."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "ticket", "seq", "at", "at_ms", "move", "actor", "state", "changes"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "ticket": {"bsonType": "string"},
            "seq": {"bsonType": ["int", "long"], "minimum": 1},
            "at": {"bsonType": "date"},
            "at_ms": {"bsonType": ["int", "long", "double"]},
            "move": {"bsonType": "string"},
            "actor": {"bsonType": "object", "required": ["kind", "id"]},
            "state": {"bsonType": "string"},
            "changes": {"bsonType": "string"},
        },
    }
}

INDEXES = [
    # a ticket's log
    [("ticket", 1), ("seq", 1)],
    # everything since a moment
    [("at_ms", 1)],
]
