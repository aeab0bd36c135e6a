"""What people wrote for each other beside a conversation, or did with two of them (`act`, `about`; the text is empty).
`_id`: conversation:user name:client id."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "conversation_id", "after", "author", "text", "at_ms"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "act": {"enum": ["merged", "separated"]},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = [
    # those among a conversation's messages
    [("conversation_id", 1), ("after", 1)],
]
