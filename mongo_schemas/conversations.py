"""Threads with one identity; the document that is replaced to make a move happen (ADR 2). `_id`: a ULID."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": [
            "_id",
            "version",
            "channel",
            "identity",
            "contact_id",
            "owner",
            "status",
            "seq",
            "tail",
            "updated_at",
        ],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "channel": {"bsonType": "string"},
            "identity": {"bsonType": "string"},
            "contact_id": {"bsonType": "string"},
            "owner": {
                "bsonType": "object",
                "required": ["kind", "since"],
                "properties": {
                    "kind": {"enum": ["bot", "queue", "agent"]},
                    "id": {"bsonType": ["string", "null"]},
                    "unit": {"bsonType": "string"},
                    "since": {"bsonType": "date"},
                },
            },
            "merged_into": {"bsonType": "string"},
            "citizen_end": {"bsonType": "string"},
            "bot_ms": {"bsonType": ["int", "long", "double"]},
            "status": {"enum": ["open", "closed"]},
            "seq": {"bsonType": ["int", "long"], "minimum": 0},
            "tail": {"bsonType": "array"},
            "updated_at": {"bsonType": "date"},
        },
    }
}

INDEXES = [
    # who waits in the queue, longest first
    [("owner.kind", 1), ("owner.since", 1)],
    # what the bot has, the latest first
    [("bot_ms", 1)],
    # by what tells a citizen apart in lists
    [("citizen_end", 1)],
]
