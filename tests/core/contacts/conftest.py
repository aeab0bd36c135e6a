"""Fixtures of the tests of contacts.

phone, visitor   an address of its own for each test
new              `new(lives=…, **options)`: a process, killed after so many writes when `lives` is given
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest

from bot.answers import Answers, Lexicon
from bot.engine import Engine
from channels.contract import Address, Text
from gateway.core.contacts import Contacts, Proof
from gateway.core.conversations import Conversations
from gateway.core.handoff import Board
from gateway.core.intake import Intake
from gateway.core.model import Conversation, Identity, Message
from gateway.core.queue import Hours, Queue
from gateway.core.turns import Traits
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus
from tests.core.conftest import ENTRIES, Now, inbound
from tests.core.dying import dying_after

ACCOUNT = "AC1"
_numbers = itertools.count(1)


class World:
    """One gateway process as far as contacts go."""

    def __init__(self, store: Any, bus: RedisBus, now: Now, *, sms: bool = True) -> None:
        self.store, self.now = store, now
        self.conversations = Conversations(store, bus, now, traits={"web": Traits(pull=True)})
        queue = Queue(Board(store, now), Hours.parse("08:30-17:30", "1-7"))
        self.intake = Intake(store, self.conversations, Engine(Answers(ENTRIES, Lexicon())), queue, now)
        self.contacts = Contacts(store, self.conversations, now, sms_account=ACCOUNT if sms else None)

    async def write(self, address: Address, text: str) -> str:
        """What is answered at once."""
        accepted = await self.intake.accept(inbound(address, text))
        replies = await self.intake.replies(accepted, 5)
        await self.intake.drain()
        return "\n".join(part.text for reply in replies or () for part in reply.parts if isinstance(part, Text))

    async def said_to(self, address: Address) -> list[Message]:
        identity = await self.conversations.open(address)
        history, _ = await self.conversations.history(identity.conversation_id)
        return [message for message in history if message.direction == "out"]

    async def codes(self, address: Address) -> list[str]:
        texts = [str(message.parts[0].text) for message in await self.said_to(address)]  # type: ignore[union-attr]
        return [match[1] for text in texts if (match := re.search(r"验证码 (\d{6})，", text))]

    async def identity(self, address: Address) -> Identity:
        document = await self.store.get("identities", address.key)
        assert document is not None
        return Identity.of(document)

    async def contact_of(self, address: Address) -> str:
        """The same in the identity and in its conversation."""
        identity = await self.identity(address)
        document = await self.store.get("conversations", identity.conversation_id)
        assert document is not None
        assert Conversation.of(document).contact_id == identity.contact_id
        assert await self.store.get("contacts", identity.contact_id) is not None
        return identity.contact_id

    async def prove(self, asker: Address, phone: Address) -> str:
        """As a citizen does who has the phone; the join's id."""
        await self.write(asker, f"绑定手机{phone.external_id}")
        await self.contacts.sweep()
        before = {document["_id"] for document in await self.store.find("joins", {"identity": asker.key})}
        answer = await self.write(asker, (await self.codes(phone))[-1])
        assert "绑定好了" in answer
        (join,) = [
            document["_id"]
            for document in await self.store.find("joins", {"identity": asker.key})
            if document["_id"] not in before
        ]
        await self.contacts.sweep()
        return str(join)

    async def only_proof(self) -> Proof:
        (document,) = await self.store.find("proofs", {})
        return Proof.of(document)


New = Callable[..., World]


def a_phone() -> Address:
    return Address(channel="sms", account=ACCOUNT, external_id=f"+86138{next(_numbers):08d}")


def a_visitor() -> Address:
    return Address(channel="web", account="site", external_id=f"v{next(_numbers)}")


@pytest.fixture
def phone() -> Address:
    return a_phone()


@pytest.fixture
def visitor() -> Address:
    return a_visitor()


@pytest.fixture
def new(open_store: Callable[..., MongoStore], bus: RedisBus, now: Now) -> New:
    def process(lives: int | None = None, **options: Any) -> World:
        store = open_store()
        return World(store if lives is None else dying_after(store, lives), bus, now, **options)

    return process
