"""Citizens' words on answers. `_id`: feedback:message id."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "entry_id", "question", "helpful", "at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "conversation_id": {"bsonType": "string"},
            "message_id": {"bsonType": "string"},
            "entry_id": {"bsonType": "string"},
            "question": {"bsonType": "string"},
            "helpful": {"bsonType": "bool"},
            "at": {"bsonType": "date"},
        },
    }
}

INDEXES = [
    # what was said about one entry of the knowledge base
    [("entry_id", 1), ("at", 1)],
]
