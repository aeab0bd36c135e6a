"""The log of the bot's work: who spoke on a day. Only added to. `_id`: spoke:day:conversation."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "what", "at_ms", "conversation_id", "channel", "owner"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            # spoke: the citizen's first words of a day; unanswered: what knowledge_questions has told since, and the
            # figures count still
            "what": {"enum": ["spoke", "unanswered"]},
            "at_ms": {"bsonType": ["int", "long", "double"]},
            "conversation_id": {"bsonType": "string"},
            "channel": {"bsonType": "string"},
            # whose the conversation was when it was said
            "owner": {"enum": ["bot", "queue", "agent"]},
        },
    }
}

INDEXES = [
    # those of an hour, for the figures
    [("at_ms", 1)],
]
