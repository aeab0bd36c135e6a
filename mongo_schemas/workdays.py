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
            # day → what it is called
            "names": {"bsonType": "object"},
            "whole": {"bsonType": "bool"},
            # the last change's line in the audit log, packed
            "tail": {"bsonType": "array"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
