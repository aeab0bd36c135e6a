"""What an import is going to write, before it counts. `_id`: import id:place, so that all ids follow from its size."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "entry_id", "base_version", "fields"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "entry_id": {"bsonType": "string"},
            # the version of the entry it was made for; 0 when there was none
            "base_version": {"bsonType": ["int", "long"], "minimum": 0},
            "fields": {"bsonType": "object"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
