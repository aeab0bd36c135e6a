"""Which terms tickets have. `_id`: scope:term:number. word: scope:term."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "word", "number"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "word": {"bsonType": "string"},
            "number": {"bsonType": "string"},
        },
    }
}

INDEXES = [
    # the latest tickets with a term
    [("word", 1), ("number", 1)],
]
