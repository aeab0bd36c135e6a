"""What a store says about messages that were sent: each there, numbered and answered exactly once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection
from typing import Any

from gateway.core.model import Conversation
from gateway.storage.mongo import MongoStore


async def verdict_of(mongo_url: str, provider_ids: Collection[str], database: str = "hotline") -> dict[str, int]:
    """How many messages are wrong, by what is wrong with them; all zeros is right.

    A message is answered once when the replies to it carry the numbers right after its own.
    """
    store = MongoStore(mongo_url, database, timeout=60.0)
    try:
        messages = {document["_id"]: document async for document in _all(store, "messages")}
        async for document in _all(store, "conversations"):
            for decided in Conversation.of(document).unsettled_messages():
                if "seq" not in messages.get(decided.id, {}):
                    messages[decided.id] = decided.document()
    finally:
        await store.close()
    places: Counter[tuple[str, int]] = Counter()
    incoming: Counter[str] = Counter()
    replies: defaultdict[str, list[int]] = defaultdict(list)
    numbers: dict[str, int] = {}
    unnumbered = 0
    for document in messages.values():
        if "seq" not in document:
            unnumbered += 1
            continue
        places[document["conversation_id"], document["seq"]] += 1
        if document["direction"] == "in":
            incoming[document["provider_id"]] += 1
            numbers[document["_id"]] = document["seq"]
        elif "reply_to" in document:
            replies[document["reply_to"]].append(document["seq"])
    answered = {message_id.rpartition(":")[2] for message_id in replies}
    return {
        "lost": sum(1 for one in provider_ids if not incoming[one]),
        "stored twice": sum(1 for count in incoming.values() if count > 1),
        "unnumbered": unnumbered,
        "number given twice": sum(1 for count in places.values() if count > 1),
        "unanswered": sum(1 for one in provider_ids if one not in answered),
        "answered twice": sum(
            1
            for message_id, seqs in replies.items()
            if sorted(seqs) != list(range(numbers[message_id] + 1, numbers[message_id] + 1 + len(seqs)))
        ),
    }


async def _all(store: MongoStore, collection: str) -> AsyncIterator[dict[str, Any]]:
    after = ""
    while page := await store.find(collection, {"_id": {"$gt": after}}, sort=[("_id", 1)], limit=500):
        for document in page:
            yield document
        after = page[-1]["_id"]
