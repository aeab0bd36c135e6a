"""The parts of units in tickets, as work lists show them; made from the tickets. `_id`: number:unit."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "ticket", "ticket_version", "unit", "role", "open", "due", "state"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "ticket": {"bsonType": "string"},
            "ticket_version": {"bsonType": ["int", "long"], "minimum": 1},
            "unit": {"bsonType": "string"},
            "role": {"enum": ["lead", "joint", "former"]},
            "open": {"bsonType": ["int", "long"], "minimum": 0, "maximum": 1},
            "due": {"bsonType": ["int", "long", "double"]},
            "state": {"bsonType": "string"},
            "confidential": {"bsonType": "bool"},
            "accused": {"bsonType": "array"},
            "recused": {"bsonType": "array"},
            "supervised": {"bsonType": "bool"},
        },
    }
}

INDEXES = [
    # a unit's work, the most urgent first
    [("unit", 1), ("open", 1), ("due", 1)],
    # everything a unit ever had
    [("unit", 1), ("ticket", 1)],
    # a unit's tickets in a state
    [("unit", 1), ("state", 1), ("ticket", 1)],
    # what is due first in a state, whoever has it
    [("state", 1), ("due", 1)],
]
