"""What people have still to look at in conversations. `_id`: user name:note or message id."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "username", "kind", "about", "conversation_id", "at_ms"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "kind": {"enum": ["note", "undelivered"]},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = [
    # what somebody who connects has not looked at
    [("username", 1)],
]
