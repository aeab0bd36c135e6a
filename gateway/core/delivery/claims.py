"""Whose a message on its way out is, for how long, and what its holder writes down in the end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from gateway.core.delivery import rules
from gateway.core.delivery.outbox import Outbox
from gateway.core.delivery.rules import Policy
from gateway.core.model import Delivery, Message, milliseconds
from gateway.core.ports import Store, StoreUnavailable

RECORD_WITHIN = 120.0  # seconds for writing down what became of a message, before it is left as doubtful


class Claims:
    """This process's claims. holder: its name in them."""

    def __init__(self, store: Store, outbox: Outbox, now: Callable[[], datetime], policy: Policy) -> None:
        self._store = store
        self._outbox = outbox
        self._now = now
        self._policy = policy
        self.holder = secrets.token_hex(6)

    async def claim(self, group: Sequence[Message]) -> list[Message]:
        """The first of them that are now ours. The rest of a group is let go again. Raises `StoreUnavailable`."""
        now = self._now()
        claims = [
            # the platform will know this attempt by another name than one before it
            message.model_copy(
                update={
                    "provider_id": None,
                    "delivery": rules.claimed(delivery_of(message), self.holder, self._policy, now),
                }
            )
            for message in group
        ]
        documents = [message.document() for message in claims]
        try:
            won = await self._store.replace_many("messages", documents)
        except StoreUnavailable:
            won = await self._whether_claimed(claims)
        mine = [
            message.model_copy(update={"version": message.version + 1})
            for message, is_won in zip(claims, won, strict=True)
            if is_won
        ]
        count = won.index(False) if False in won else len(won)
        for message in mine[count:]:
            await self.record(message, lambda delivery: rules.not_now(delivery, milliseconds(now), now))
        return mine[:count]

    async def _whether_claimed(self, claims: Sequence[Message]) -> list[bool]:
        """Which claims were written by a store that went away meanwhile. Asked for as long as a claim then leaves time
        to send; afterwards `StoreUnavailable`."""
        deadline = asyncio.get_running_loop().time() + self._policy.lease / 3
        while True:
            await asyncio.sleep(0.2)
            try:
                documents = await self._store.get_many("messages", [message.id for message in claims])
                break
            except StoreUnavailable:
                if asyncio.get_running_loop().time() > deadline:
                    raise
        stored = {document["_id"]: document for document in documents}
        return [
            message.id in stored
            and stored[message.id]["version"] == message.version + 1
            and stored[message.id]["delivery"].get("holder") == self.holder
            for message in claims
        ]

    async def record(
        self, message: Message, change: Callable[[Delivery], Delivery], *, provider_id: str | None = None
    ) -> None:
        """Write down what became of a claimed message, for as long as it takes. What a later attempt or a report of
        the platform wrote meanwhile stays. Raises `StoreUnavailable`."""
        deadline = asyncio.get_running_loop().time() + RECORD_WITHIN
        attempt, current, pause = delivery_of(message).attempts, message, 0.05
        unsure = False  # whether it was written before the store went away
        while True:
            try:
                update: dict[str, Any] = {}
                if provider_id and not current.provider_id:
                    update["provider_id"] = provider_id
                delivery = delivery_of(current)
                if delivery.attempts == attempt and delivery.state in ("sending", "uncertain"):
                    update["delivery"] = change(delivery)
                if not update:
                    if unsure:
                        self._outbox.tell(current)
                    return
                if await self._outbox.change(current, **update):
                    return
                stored = await self._store.get("messages", message.id)
                if stored is None:
                    return
                current = Message.of(stored)
            except StoreUnavailable:
                unsure = True
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(pause)
                pause = min(2.0, pause * 2)


def delivery_of(message: Message) -> Delivery:
    assert message.delivery is not None, "only messages with a delivery are looked for"
    return message.delivery
