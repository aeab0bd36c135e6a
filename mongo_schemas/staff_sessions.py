"""Who is signed in to the desk. `_id`: the SHA-256 of a token that is kept nowhere."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "username", "epoch", "began", "seen", "ends_ms"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "username": {"bsonType": "string"},
            "epoch": {"bsonType": ["int", "long"], "minimum": 0},
            "began": {"bsonType": "date"},
            "seen": {"bsonType": "date"},
            "ends_ms": {"bsonType": ["int", "long", "double"]},
            "address": {"bsonType": "string"},
            "agent": {"bsonType": "string"},
        },
    }
}

INDEXES = [
    # where somebody is signed in
    [("username", 1)],
    # what has ended by itself
    [("ends_ms", 1)],
]
