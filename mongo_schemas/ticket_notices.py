"""What citizens are to be told of their tickets. `_id`: the event's."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "ticket", "seq", "state", "text"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "ticket": {"bsonType": "string"},
            "seq": {"bsonType": ["int", "long"], "minimum": 1},
            "state": {"enum": ["due", "telling", "told", "covered"]},
            "due": {"bsonType": ["int", "long", "double"]},
            "text": {"bsonType": "string"},
            "english": {"bsonType": "string"},
            "survey": {"bsonType": "bool"},
            "covers": {"bsonType": "array"},
        },
    }
}

INDEXES = [
    # what is to be told now
    [("state", 1), ("due", 1)],
    # what else is to be told of a ticket
    [("ticket", 1), ("state", 1)],
]
