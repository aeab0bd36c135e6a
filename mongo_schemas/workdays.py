"""The operator's own table of workdays. `_id`: the year."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "whole"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "off": {"bsonType": "array"},
            "worked": {"bsonType": "array"},
            "whole": {"bsonType": "bool"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
