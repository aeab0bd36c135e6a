"""Which ticket a unit's red card for a month's yellow ones is on. `_id`: month:three_yellows:unit."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "ticket"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "ticket": {"bsonType": "string"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
