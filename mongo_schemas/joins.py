"""That a citizen proved to have a phone: why identities are one contact. `_id`: join:message id of the right code."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "identity", "phone", "proved_ms", "at", "state"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "identity": {"bsonType": "string"},
            "phone": {"bsonType": "string"},
            "phone_identity": {"bsonType": "string"},
            "proved_ms": {"bsonType": ["int", "long", "double"]},
            "at": {"bsonType": "date"},
            "state": {"enum": ["due", "joining", "done", "refused", "undoing", "undone"]},
            "to": {"bsonType": "string"},
            "moved": {"bsonType": "array"},
            "reason": {"bsonType": "string"},
        },
    }
}

INDEXES = [
    # what is to be carried out
    [("state", 1)],
    # what joins an identity to others
    [("identity", 1)],
    [("phone_identity", 1)],
]
