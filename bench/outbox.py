"""Fills an outbox, waits until it is through, and compares what the store says with what the platform took."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from channels.contract import Address, Text
from gateway.core import turns
from gateway.core.model import Contact, Conversation, Identity, Message, Owner, Sender, Window, new_id
from gateway.core.ports import StoreUnavailable
from gateway.storage.mongo import MongoStore
from simulator.accounts import Account

OPEN = ("queued", "sending")
_PAGE = 500


def now() -> datetime:
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def people(account: Account, count: int, channel: str = "sms", first: int = 0) -> list[Address]:
    """Addresses of so many citizens on a simulated account."""
    if channel == "sms":
        numbers = (f"+861380{first + index:07d}" for index in range(count))
        return [Address(channel="sms", account=account.twilio.account_sid, external_id=number) for number in numbers]
    openids = (f"oOutbox{first + index:021d}" for index in range(count))
    return [Address(channel="wechat", account=account.wechat.app_id, external_id=openid) for openid in openids]


@dataclass
class Outbox:
    """Conversations with messages to deliver. queued: every message's text by its id; texts are unique."""

    store: MongoStore
    queued: dict[str, str] = field(default_factory=dict)
    whom: dict[str, str] = field(default_factory=dict)
    _conversations: dict[str, Conversation] = field(default_factory=dict)

    async def fill(self, addresses: Sequence[Address], each: int, words: str = "您反映的事已经转给负责的单位") -> None:
        """Say `each` things to each of them."""
        conversations, documents = [], []
        for address in addresses:
            conversation = self._conversations.get(address.key)
            if conversation is None:
                conversation = _opened(address)
                conversations.append(conversation)
            moment = now()
            parts = [Text(text=f"{words} {len(self.queued) + index}") for index in range(each)]
            conversation, messages = turns.say(
                conversation, parts, Sender(kind="system"), moment, traits=turns.Traits(), due=moment
            )
            self._conversations[address.key] = conversation
            for message, part in zip(messages, parts, strict=True):
                self.queued[message.id] = part.text
                self.whom[message.id] = address.external_id
                documents.append(message.document())
        for index in range(0, len(conversations), _PAGE):
            await self._open(conversations[index : index + _PAGE])
        for index in range(0, len(documents), _PAGE):
            await self.store.insert_many("messages", documents[index : index + _PAGE])

    async def _open(self, conversations: Sequence[Conversation]) -> None:
        identities = []
        for conversation in conversations:
            address = Address.of(conversation.identity)
            identity = Identity(
                id=address.key,
                channel=address.channel,
                account=address.account,
                external_id=address.external_id,
                contact_id=conversation.contact_id,
                conversation_id=conversation.id,
                created_at=conversation.opened_at,
            )
            identities.append(identity.document())
        contacts = [Contact(id=one.contact_id, created_at=one.opened_at).document() for one in conversations]
        await asyncio.gather(
            self.store.insert_many("contacts", contacts),
            self.store.insert_many("conversations", [one.document() for one in conversations]),
            self.store.insert_many("identities", identities),
        )

    async def through(self, within: float, channel: str = "sms") -> None:
        """Wait until nothing is on its way. Raises TimeoutError."""
        deadline = time.monotonic() + within
        while await self._under_way(channel):
            if time.monotonic() > deadline:
                raise TimeoutError("messages are still on their way")
            await asyncio.sleep(0.3)

    async def _under_way(self, channel: str) -> bool:
        """Whether anything is. One is asked for: to read what is left would slow down what is measured. In one
        question, because between two a message may go from the one answer to the other."""
        states = {"$in": [*OPEN, "uncertain"]}
        where = {"delivery.state": states, "delivery.channel": channel, "delivery.due": {"$gte": 0}}
        try:
            return bool(await self.store.find("messages", where, limit=1))
        except StoreUnavailable:
            return True

    async def messages(self) -> list[Message]:
        """All that were queued, as they stand."""
        ids = list(self.queued)
        found: list[dict[str, Any]] = []
        for index in range(0, len(ids), _PAGE):
            found += await self.store.get_many("messages", ids[index : index + _PAGE])
        return [Message.of(document) for document in found]


def _opened(address: Address) -> Conversation:
    moment = now()
    return Conversation(
        id=new_id(),
        channel=address.channel,
        identity=address.key,
        contact_id=new_id(),
        owner=Owner(since=moment),
        window=Window(last_message_at=moment),
        opened_at=moment,
        updated_at=moment,
    )


def verdict(messages: Sequence[Message], outbox: Outbox, accepted: Sequence[dict[str, Any]]) -> dict[str, int]:
    """What is wrong, as counts; `states` and `doubts` beside it. accepted: the platform's own record, in its order.

    A message may be with the platform more than once only when the store says that its outcome was in doubt.
    """
    copies: Counter[str] = Counter()
    arrived: defaultdict[str, list[int]] = defaultdict(list)
    first_seen: set[str] = set()
    for entry in accepted:
        for text in entry["text"].split("\n"):  # messages that travelled together
            copies[text] += 1
            if text not in first_seen:
                first_seen.add(text)
                arrived[entry["to"]].append(int(text.rpartition(" ")[2]))
    counts: Counter[str] = Counter()
    for message in messages:
        delivery = message.delivery
        assert delivery is not None
        text, doubts = outbox.queued[message.id], delivery.doubts or 0
        counts[f"state {delivery.state}"] += 1
        counts["with doubts"] += doubts > 0
        counts["twice"] += copies[text] > 1
        counts["twice without a doubt on record"] += copies[text] > 1 and not doubts
        counts["said to be sent, never taken"] += delivery.state in ("sent", "delivered") and not copies[text]
        counts["said to have failed, but taken"] += delivery.state == "failed" and copies[text] > 0
        counts["without a reason"] += delivery.state in ("failed", "uncertain") and not delivery.code
        counts["not ended"] += delivery.is_open
    counts["missing"] += len(outbox.queued) - len(messages)
    counts["out of order"] += sum(1 for numbers in arrived.values() if numbers != sorted(numbers))
    return dict(counts)


WRONG = (
    "twice without a doubt on record",
    "said to be sent, never taken",
    "said to have failed, but taken",
    "without a reason",
    "not ended",
    "missing",
    "out of order",
)
