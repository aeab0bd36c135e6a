"""Everything said. `_id`: channel:account:provider id for what came in, so a repeat is found; else a ULID."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "identity", "state", "direction", "sender", "parts", "accepted_at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "identity": {"bsonType": "string"},
            "conversation_id": {"bsonType": ["string", "null"]},
            "seq": {"bsonType": ["int", "long", "null"], "minimum": 1},
            "state": {"enum": ["accepted", "numbered", "parked"]},
            "direction": {"enum": ["in", "out"]},
            "sender": {"bsonType": "object", "required": ["kind"]},
            "parts": {"bsonType": "array"},
            "sent_at": {"bsonType": "date"},
            "accepted_at": {"bsonType": "date"},
            "delivery": {
                "bsonType": ["object", "null"],
                "required": ["state", "attempts"],
                "properties": {
                    "state": {
                        "enum": ["queued", "sending", "sent", "delivered", "read", "failed", "uncertain", "dropped"]
                    },
                    "due": {"bsonType": ["int", "long", "double", "null"]},
                    "channel": {"bsonType": ["string", "null"]},
                    "attempts": {"bsonType": ["int", "long"], "minimum": 0},
                },
            },
        },
    }
}

INDEXES = [
    # a conversation's messages in order
    [("conversation_id", 1), ("seq", 1)],
    # what was accepted and left behind
    [("state", 1), ("accepted_at", 1)],
    # the outbox
    [("delivery.state", 1), ("delivery.channel", 1), ("delivery.due", 1)],
]
