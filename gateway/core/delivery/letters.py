"""Messages that did not reach anybody, for operators: look, try again, let go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from gateway.core import audit
from gateway.core.conversations import ATTEMPTS
from gateway.core.delivery import rules
from gateway.core.delivery.outbox import Outbox
from gateway.core.errors import Conflict, NotFound
from gateway.core.model import Delivery, Document, Message
from gateway.core.ports import Bus, Store

STATES = ("failed", "uncertain", "queued", "sending", "dropped")
PAGE = 200


class DeadLetters:
    def __init__(self, store: Store, bus: Bus, channels: Sequence[str], now: Callable[[], datetime]) -> None:
        self._store = store
        self._bus = bus
        self._outbox = Outbox(store, bus.post)
        self._channels = channels
        self._now = now

    async def list(
        self, state: str = "failed", *, channel: str = "", before: str = "", limit: int = 50
    ) -> list[Message]:
        """Messages in a state, newest first; `before` is the id the page before ended with."""
        found: list[Document] = []
        for name in [channel] if channel else self._channels:
            where: dict[str, object] = {"delivery.state": state, "delivery.channel": name}
            if before:
                where["_id"] = {"$lt": before}
            found += await self._store.find("messages", where, sort=[("_id", -1)], limit=max(1, min(limit, PAGE)))
        found.sort(key=lambda document: document["_id"], reverse=True)
        return [Message.of(document) for document in found[:limit]]

    async def retry(self, message_id: str, *, by: str, reason: str = "") -> Message:
        """Try it again from the beginning. Raises `NotFound`, `Conflict` when it is under way or through."""
        return await self._change(
            message_id, "retry", by, reason, lambda delivery: rules.retried(delivery, self._now())
        )

    async def drop(self, message_id: str, *, by: str, reason: str) -> Message:
        """Let it go: it is not listed as failed any more. Raises `NotFound`, `Conflict`."""
        return await self._change(
            message_id, "drop", by, reason, lambda delivery: rules.dropped(delivery, reason, self._now())
        )

    async def _change(
        self, message_id: str, what: str, by: str, reason: str, change: Callable[[Delivery], Delivery]
    ) -> Message:
        for _ in range(ATTEMPTS):
            document = await self._store.get("messages", message_id)
            message = Message.of(document) if document else None
            if message is None or message.delivery is None:
                raise NotFound("没有这条外发消息", id=message_id)
            delivery = message.delivery
            waiting = delivery.state == "queued" and what == "drop"
            if not waiting and (delivery.state not in ("failed", "uncertain", "dropped") or delivery.is_open):
                raise Conflict("这条消息不用处理", id=message_id, state=delivery.state)
            changed = await self._outbox.change(message, delivery=change(delivery))
            if changed is not None:
                line = audit.entry(self._now(), by, f"delivery.{what}", message_id, reason, before=delivery.state)
                await self._store.insert(audit.AUDIT, line)
                self._bus.post("delivery", {})
                return changed
        raise Conflict("这条消息正在变动，请再试一次", id=message_id)
