"""Tickets. `_id`: the number. The document is the point of decision; `tail` holds writes still to be carried out."""

VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": [
            "_id",
            "version",
            "kind",
            "state",
            "title",
            "matter",
            "via",
            "filed_by",
            "code",
            "filed_at",
            "events",
        ],
        "properties": {
            "_id": {"bsonType": "string"},
            "number": {"bsonType": "string"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "kind": {"enum": ["consultation", "help", "complaint", "report", "suggestion", "praise"]},
            "state": {
                "enum": [
                    "draft",
                    "submitted",
                    "dispatched",
                    "signed",
                    "replied",
                    "callback",
                    "answered",
                    "declined",
                    "merged",
                    "closed",
                    "archived",
                ]
            },
            "title": {"bsonType": "string"},
            "matter": {"bsonType": "string"},
            "code": {"bsonType": "string"},
            "filed_at": {"bsonType": "date"},
            "unit": {"bsonType": "string"},
            "events": {"bsonType": ["int", "long"], "minimum": 1},
            "next_due": {"bsonType": ["int", "long", "double"]},
            "unsettled": {"bsonType": ["int", "long", "double"]},
            "supervised": {"enum": [1]},
            "assignments": {"bsonType": "array"},
            "cards": {"bsonType": "array"},
            "tail": {"bsonType": "array"},
        },
    }
}

INDEXES = [
    # what waits in each state, in the order it was filed
    [("state", 1), ("number", 1)],
    # all, in the order they were filed; those of some days
    [("number", 1)],
    # what is supervised
    [("supervised", 1), ("number", 1)],
    # what time does next
    [("next_due", 1)],
    # whose writes are not carried out yet
    [("unsettled", 1)],
]
