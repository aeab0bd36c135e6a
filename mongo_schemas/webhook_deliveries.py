"""What other systems are to be told, and what became of it. `_id`: event:webhook."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "webhook", "event", "type", "at", "place", "state", "due", "since", "attempts"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "webhook": {"bsonType": "string"},
            "event": {"bsonType": "string"},
            "type": {"bsonType": "string"},
            "at": {"bsonType": "date"},
            # milliseconds:event, so that it sorts by time
            "place": {"bsonType": "string"},
            # number, seq, state, kind, unit, round, due of the ticket; of a confidential one only the first three
            "told": {"bsonType": "object"},
            "state": {"enum": ["pending", "sending", "delivered", "failed"]},
            # milliseconds
            "due": {"bsonType": ["int", "long", "double"]},
            "since": {"bsonType": ["int", "long", "double"]},
            "attempts": {"bsonType": ["int", "long"], "minimum": 0},
            "tried_at": {"bsonType": "date"},
            "status": {"bsonType": ["int", "long"]},
            "error": {"bsonType": "string"},
        },
    }
}

INDEXES = [
    # what is to be sent to one now; what ended long ago
    [("webhook", 1), ("state", 1), ("due", 1)],
    # the log of one, whole and by state
    [("webhook", 1), ("place", 1)],
    [("webhook", 1), ("state", 1), ("place", 1)],
]
