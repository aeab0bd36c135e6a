"""The hotline's figures, a row a day; made from the logs, and made again. `_id`: yyyymmdd in Beijing; and `through`,
which says up to which day nothing is summed any more."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            # when each hour of the day was summed, milliseconds; 0 for not yet
            "summed": {"bsonType": "array"},
            # packed
            "sums": {"bsonType": "string"},
            "day": {"bsonType": "string"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
