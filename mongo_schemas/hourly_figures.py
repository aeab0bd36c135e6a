"""What the figures of each hour are made of, and which tickets are behind them. `_id`: yyyymmddhh in Beijing."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "summed_ms", "hour"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "summed_ms": {"bsonType": ["int", "long", "double"]},
            # packed
            "hour": {"bsonType": "string"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
