"""What was sent to a webhook and what became of it, for operators: look, try the way, send again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.core import audit
from gateway.core.errors import Conflict, NotFound
from gateway.core.model import milliseconds, new_id
from gateway.core.ports import Store
from gateway.core.webhooks import events, rules
from gateway.core.webhooks.model import DELIVERIES, ENDED, DeliveryState, WebhookDelivery
from gateway.core.webhooks.registry import Webhooks
from gateway.core.webhooks.rules import Policy

ATTEMPTS = 5
PAGE = 50
_AT_ONCE = 500


class DeliveryLog:
    def __init__(self, store: Store, webhooks: Webhooks, now: Callable[[], datetime], policy: Policy) -> None:
        self._store = store
        self._webhooks = webhooks
        self._now = now
        self._policy = policy

    async def list(
        self, webhook: str, *, state: DeliveryState | None = None, before: str = "", limit: int = PAGE
    ) -> list[WebhookDelivery]:
        """The latest events first; before: the last one's `place` of the page before. Raises `NotFound`."""
        await self._webhooks.get(webhook)
        where: dict[str, object] = {"webhook": webhook}
        if state is not None:
            where["state"] = state
        if before:
            where["place"] = {"$lt": before}
        found = await self._store.find(DELIVERIES, where, sort=[("place", -1)], limit=limit)
        return [WebhookDelivery.of(document) for document in found]

    async def ping(self, webhook: str, *, by: str) -> WebhookDelivery:
        """Have something sent that is about no ticket. Raises `NotFound`, `Conflict` when it is inactive."""
        now = self._now()
        asked = await self._webhooks.get(webhook)
        if not asked.active:
            raise Conflict("这个推送地址已停用，请先启用", webhook=webhook)
        delivery = events.ping(asked, new_id(), now)
        await self._store.insert(DELIVERIES, delivery.document())
        await self._store.insert(audit.AUDIT, audit.entry(now, by, "webhook.ping", webhook, delivery=delivery.id))
        return delivery

    async def redeliver(self, webhook: str, id: str, *, by: str, reason: str = "") -> WebhookDelivery:
        """Have one that failed sent again, from the beginning and under the same id. Raises `NotFound`, `Conflict` when
        it has not failed, or the webhook is inactive."""
        asked = await self._webhooks.get(webhook)
        if not asked.active:
            raise Conflict("这个推送地址已停用，请先启用", webhook=webhook)
        for _ in range(ATTEMPTS):
            document = await self._store.get(DELIVERIES, id)
            if document is None or document["webhook"] != webhook:
                raise NotFound("没有这条推送记录", delivery=id)
            delivery = WebhookDelivery.of(document)
            if delivery.state != "failed":
                raise Conflict("这条推送没有失败，不用重发", delivery=id, state=delivery.state)
            now = self._now()
            again = rules.again(delivery, now)
            if await self._store.replace(DELIVERIES, again.document()):
                line = audit.entry(now, by, "webhook.redeliver", webhook, reason, delivery=id)
                await self._store.insert(audit.AUDIT, line)
                return again
        raise Conflict("这条推送正在变动，请再试一次", delivery=id)

    async def sweep(self) -> int:
        """Forget what ended long ago; how many. Raises `StoreUnavailable`."""
        before = milliseconds(self._now() - timedelta(seconds=self._policy.keep))
        count = 0
        for webhook in self._webhooks.all(removed=True):
            where = {"webhook": webhook.id, "state": {"$in": list(ENDED)}, "due": {"$lt": before}}
            while found := await self._store.find(DELIVERIES, where, sort=[("due", 1)], limit=_AT_ONCE):
                count += await self._store.delete(DELIVERIES, [document["_id"] for document in found])
        return count
