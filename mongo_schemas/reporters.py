"""Who told a matter, or joined those who did. `_id`: number:contact. Names and numbers are sealed."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "ticket", "main", "at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "ticket": {"bsonType": "string"},
            "main": {"bsonType": "bool"},
            "contact_id": {"bsonType": "string"},
            "identity": {"bsonType": "string"},
            "name": {"bsonType": "string"},
            "phone": {"bsonType": "string"},
            "phone_key": {"bsonType": "string"},
            "id_number": {"bsonType": "string"},
            "at": {"bsonType": "date"},
        },
    }
}

INDEXES = [
    # who told a matter
    [("ticket", 1)],
    # what somebody told
    [("identity", 1)],
    # whose phone it is
    [("phone_key", 1)],
]
