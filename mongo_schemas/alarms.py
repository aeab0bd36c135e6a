"""Emergencies that were recognised, for the desk. `_id`: alarm:message id; of what was told in a form, alarm:ticket; of
what was said of a ticket afterwards, alarm:ticket event."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "kind", "number", "state", "at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "conversation_id": {"bsonType": "string"},
            "message_id": {"bsonType": "string"},
            "ticket": {"bsonType": "string"},
            "kind": {"bsonType": "string"},
            "number": {"bsonType": "string"},
            "state": {"enum": ["raised", "seen_to"]},
            "at": {"bsonType": "date"},
            "escalated_at": {"bsonType": "date"},
            "seen_to_by": {"bsonType": "string"},
            "seen_to_name": {"bsonType": "string"},
            "seen_to_at": {"bsonType": "date"},
        },
    }
}

INDEXES = [
    # what nobody has seen to yet
    [("state", 1), ("at", 1)],
]
