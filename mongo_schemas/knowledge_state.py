"""Which import of the knowledge base counts. One document, "state"; replacing it makes an import valid."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version", "imports", "import_id", "applied"],
        "properties": {
            "_id": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            # how many imports have counted so far; the last one's number
            "imports": {"bsonType": ["int", "long"], "minimum": 0},
            # the last import that counted, the one before it, and whether the last is all in `knowledge`
            "import_id": {"bsonType": "string"},
            "import_before": {"bsonType": "string"},
            "applied": {"bsonType": "bool"},
            # the number of the last single edit before that import
            "after_change": {"bsonType": ["int", "long"], "minimum": 0},
            "at": {"bsonType": "date"},
        },
    }
}

INDEXES: list[list[tuple[str, int]]] = []
