"""Yellow and red cards, as lists show them; made from the tickets. `_id`: what the card is for. card: the id once more,
which a page can go on from."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": [
            "_id",
            "card",
            "version",
            "ticket",
            "ticket_version",
            "unit",
            "colour",
            "cause",
            "month",
            "at",
            "at_ms",
            "stands",
        ],
        "properties": {
            "_id": {"bsonType": "string"},
            "card": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "ticket": {"bsonType": "string"},
            "ticket_version": {"bsonType": ["int", "long"], "minimum": 1},
            "unit": {"bsonType": "string"},
            "colour": {"enum": ["yellow", "red"]},
            "cause": {"bsonType": "string"},
            "month": {"bsonType": "string"},
            "at": {"bsonType": "date"},
            "at_ms": {"bsonType": ["int", "long", "double"]},
            "stands": {"bsonType": "bool"},
            "appeal": {"enum": ["asked", "granted", "refused"]},
            "appeal_ms": {"bsonType": ["int", "long", "double"]},
            "confidential": {"bsonType": "bool"},
        },
    }
}

INDEXES = [
    # a unit's cards of a month
    [("unit", 1), ("month", 1), ("at_ms", 1)],
    # a unit's latest cards
    [("unit", 1), ("at_ms", 1)],
    # the latest cards, and those of a colour
    [("at_ms", 1)],
    [("colour", 1), ("at_ms", 1)],
    # appeals, and a unit's: those to be decided, and the latest that were
    [("appeal", 1), ("appeal_ms", 1)],
    [("unit", 1), ("appeal", 1), ("appeal_ms", 1)],
]
