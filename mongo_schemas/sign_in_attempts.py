"""Attempts to sign in that have not succeeded. `_id`: the user name, whether or not there is such an account."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "count", "last_ms", "until_ms"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "count": {"bsonType": ["int", "long"], "minimum": 1},
            "last_ms": {"bsonType": ["int", "long", "double"]},
            "until_ms": {"bsonType": ["int", "long", "double"]},
        },
    }
}

INDEXES = [
    # what is forgotten
    [("last_ms", 1)],
]
