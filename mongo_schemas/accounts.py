"""Who may sign in to the desk. `_id`: the user name. Passwords as Argon2id hashes; secrets of one-time codes sealed."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "name", "roles", "password", "must_change_password", "disabled", "epoch"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "name": {"bsonType": "string"},
            "roles": {"bsonType": "array", "minItems": 1, "items": {"bsonType": "string"}},
            "unit": {"bsonType": "string"},
            "password": {"bsonType": "string"},
            "must_change_password": {"bsonType": "bool"},
            "disabled": {"bsonType": "bool"},
            "epoch": {"bsonType": ["int", "long"], "minimum": 0},
            "totp": {"bsonType": "string"},
            "totp_offered": {"bsonType": "string"},
            "totp_step": {"bsonType": ["int", "long"]},
            "created_at": {"bsonType": "date"},
            "signed_in_at": {"bsonType": "date"},
            "record": {"bsonType": "string"},
        },
    }
}

INDEXES = [
    # a unit's people
    [("unit", 1)],
]
