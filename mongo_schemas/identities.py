"""One person on one account of one channel. `_id`: channel:account:external id, so the database keeps it unique."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": [
            "_id",
            "version",
            "channel",
            "account",
            "external_id",
            "contact_id",
            "conversation_id",
            "verified",
        ],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "channel": {"bsonType": "string"},
            "account": {"bsonType": "string"},
            "external_id": {"bsonType": "string"},
            "contact_id": {"bsonType": "string"},
            "conversation_id": {"bsonType": "string"},
            "verified": {"bsonType": "bool"},
        },
    }
}

INDEXES = [
    # where else a person can be reached
    [("contact_id", 1)],
]
