"""What citizens want done to tickets: a verdict, something to add, to join. `_id`: wish:message id."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "ticket", "what", "state", "at", "identity", "contact_id"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "ticket": {"bsonType": "string"},
            "what": {"enum": ["rate", "join", "supplement"]},
            "state": {"enum": ["due", "done", "refused"]},
            "at": {"bsonType": "date"},
            "identity": {"bsonType": "string"},
            "contact_id": {"bsonType": "string"},
            "name": {"bsonType": "string"},
            "phone": {"bsonType": "string"},
            "phone_key": {"bsonType": "string"},
            "rung": {"bsonType": "bool"},
        },
    }
}

INDEXES = [
    # what is to be carried out
    [("state", 1)],
]
