"""Numbers that are given out once. `_id`: what is counted; its fields are the counters."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id"],
        "properties": {"_id": {"bsonType": "string"}},
        "additionalProperties": {"bsonType": ["int", "long"]},
    }
}

INDEXES: list[list[tuple[str, int]]] = []
