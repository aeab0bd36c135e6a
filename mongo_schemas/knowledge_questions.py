"""Citizens' questions that had no good answer, for who keeps the knowledge base. `_id`: a ULID. Kept for 30 days."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "question", "kind", "place", "state"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            # with the numbers of people masked
            "question": {"bsonType": "string", "minLength": 1, "maxLength": 500},
            # nothing was found, choices were offered, or an answer was found unhelpful
            "kind": {"enum": ["nothing", "unsure", "unhelpful"]},
            # the answer that was unhelpful
            "entry_id": {"bsonType": "string"},
            # milliseconds:id, so that it sorts by time
            "place": {"bsonType": "string"},
            # settled: made into knowledge, or dismissed
            "state": {"enum": ["open", "settled"]},
        },
    }
}

INDEXES = [
    # what waits for an editor, the latest first; what is too old to be kept
    [("state", 1), ("place", 1)],
]
