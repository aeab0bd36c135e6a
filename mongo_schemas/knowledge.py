"""The knowledge base's entries, `_id` given by their authors. Deleted ones stay, marked, so that followers see it."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": [
            "_id",
            "version",
            "question",
            "similar",
            "answer",
            "status",
            "deleted",
            "asked",
            "change",
            "import",
        ],
        "properties": {
            "_id": {"bsonType": "string", "maxLength": 128},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "question": {"bsonType": "string", "minLength": 1, "maxLength": 500},
            "similar": {"bsonType": "array", "items": {"bsonType": "string"}},
            # only a draft may have none
            "answer": {"bsonType": "string", "maxLength": 10000},
            "unit": {"bsonType": "string"},
            "category": {"bsonType": "string"},
            "sample": {"bsonType": "bool"},
            "source_note": {"bsonType": "string"},
            "status": {"enum": ["published", "draft", "review", "withdrawn"]},
            "valid_until": {"bsonType": ["date", "null"]},
            # what is to become of a published one
            "pending": {
                "bsonType": "object",
                "required": ["status", "question", "similar", "answer"],
                "properties": {
                    "status": {"enum": ["draft", "review"]},
                    "question": {"bsonType": "string", "minLength": 1, "maxLength": 500},
                    "similar": {"bsonType": "array", "items": {"bsonType": "string"}},
                    "answer": {"bsonType": "string", "maxLength": 10000},
                },
            },
            # who made this version, "" for an import, how and why; the id of its line in the audit log
            "updated_at": {"bsonType": "date"},
            "updated_by": {"bsonType": "string"},
            "did": {"bsonType": "string"},
            "note": {"bsonType": "string"},
            "line": {"bsonType": "string"},
            "deleted": {"bsonType": "bool"},
            # the same for the same question of the same unit
            "asked": {"bsonType": "string"},
            # milliseconds:id of when what is published ends, so that it sorts by time; "" when it does not
            "ends": {"bsonType": "string"},
            # entries are numbered as they are made, without end; the first is 1
            "number": {"bsonType": ["int", "long"], "minimum": 1},
            # the number of the single edit that wrote it; 0 when an import did
            "change": {"bsonType": ["int", "long"], "minimum": 0},
            # the number of the last import that wrote it; 0 when none did
            "import": {"bsonType": ["int", "long"], "minimum": 0},
        },
    }
}

INDEXES = [
    # all of them, page by page
    [("number", 1)],
    # what was edited since
    [("change", 1)],
    # is there one already for this unit and question
    [("asked", 1)],
    # those that end in an hour, for the figures
    [("ends", 1)],
]
