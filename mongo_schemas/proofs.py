"""Codes sent to phones, to prove that somebody has them. `_id`: proof:message id of the wish. `code` is there only
until it has been sent or refused."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "identity", "conversation_id", "phone", "at", "at_ms", "expires_at", "state"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "identity": {"bsonType": "string"},
            "conversation_id": {"bsonType": "string"},
            "phone": {"bsonType": "string"},
            "code": {"bsonType": "string"},
            "at": {"bsonType": "date"},
            "at_ms": {"bsonType": ["int", "long", "double"]},
            "expires_at": {"bsonType": "date"},
            "state": {"enum": ["due", "sent", "refused"]},
            "reason": {"bsonType": "string"},
        },
    }
}

INDEXES = [
    # what is to be sent
    [("state", 1)],
    # how many went to one phone, and were asked for by one identity, since a moment
    [("phone", 1), ("at_ms", 1)],
    [("identity", 1), ("at_ms", 1)],
]
