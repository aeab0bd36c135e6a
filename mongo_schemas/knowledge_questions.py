"""Citizens' questions that had no good answer: for the figures, and for who keeps the knowledge base. `_id`: a ULID.

After 30 days, or where an editor has nothing to read, a row is without question, entry_id, place and state."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        # at_ms, conversation_id and channel are not in rows of before the figures counted them
        "required": ["_id", "version", "kind"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            # nothing was found, choices were offered, none of them fitted, or an answer was found unhelpful
            "kind": {"enum": ["nothing", "unsure", "none_of_these", "unhelpful"]},
            # when the citizen said so
            "at_ms": {"bsonType": ["int", "long", "double"]},
            "conversation_id": {"bsonType": "string"},
            "channel": {"bsonType": "string"},
            # with the numbers of people masked
            "question": {"bsonType": "string", "minLength": 1, "maxLength": 500},
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
    # what waits for an editor, the latest first; whose words are too old to be kept
    [("state", 1), ("place", 1)],
    # those of an hour, for the figures
    [("at_ms", 1)],
]
