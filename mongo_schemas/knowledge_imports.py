"""Imports of the knowledge base that have staged entries. `_id`: a ULID. Few: the last one, and any under way."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "size", "at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            # how many entries it staged
            "size": {"bsonType": ["int", "long"], "minimum": 1},
            "at": {"bsonType": "date"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
