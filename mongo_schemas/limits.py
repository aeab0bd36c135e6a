"""The limits of tickets an administrator set. `_id`: whose; one document."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "text", "by", "at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            # the table as JSON; empty while the configured one is in force
            "text": {"bsonType": "string"},
            "by": {"bsonType": "string"},
            "at": {"bsonType": "date"},
            # the last change's line in the audit log, packed
            "tail": {"bsonType": "array"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
