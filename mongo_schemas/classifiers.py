"""What the suggestion of units has learned. `_id`: "units", the model in force; its numbers are in a file."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "blob_id", "format", "origin", "units_digest", "examples", "at"],
        "properties": {
            "_id": {"bsonType": "string"},
            # rises with every model that comes into force
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "blob_id": {"bsonType": "string"},
            # of the file; an older program cannot read a newer one
            "format": {"bsonType": ["int", "long"], "minimum": 1},
            # duties: the first one, before anything was learned from tickets
            "origin": {"enum": ["duties", "tickets"]},
            # of the units and duties it learned from
            "units_digest": {"bsonType": "string"},
            "examples": {"bsonType": ["int", "long"], "minimum": 0},
            "at": {"bsonType": "date"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
