"""Emergencies that were recognised, for the desk. `_id`: alarm:message id; of what was told in a form, alarm:ticket."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "conversation_id", "kind", "number", "state", "at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "conversation_id": {"bsonType": "string"},
            "message_id": {"bsonType": "string"},
            "ticket": {"bsonType": "string"},
            "kind": {"bsonType": "string"},
            "number": {"bsonType": "string"},
            "state": {"bsonType": "string"},
            "at": {"bsonType": "date"},
        },
    }
}

INDEXES = [
    # what nobody has taken up yet
    [("state", 1), ("at", 1)],
]
