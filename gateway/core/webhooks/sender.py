"""Sends webhooks what they are to be told.

A delivery is claimed by replacing its document under its version, with a lease; then it is posted, and what came of it
is written down. Any number of processes may do this at once. A claim whose holder died ends by itself, and the delivery
is posted again under the same id: at least once, in no promised order; the body's `seq` says which is newer.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial

from gateway.core.errors import Conflict, NotFound
from gateway.core.model import milliseconds
from gateway.core.ports import Store, StoreUnavailable
from gateway.core.tickets.ledger import Ledger
from gateway.core.webhooks import events, rules, signing
from gateway.core.webhooks.model import DELIVERIES, WAITING, Webhook, WebhookDelivery
from gateway.core.webhooks.registry import Webhooks
from gateway.core.webhooks.rules import GONE, Answer, Chance, NoAnswer, Policy

log = logging.getLogger("hotline.webhooks")

AT_ONCE = 8  # posted to one webhook at the same time, in each process

# url, headers, body → what the other system says; raises `NoAnswer`
Post = Callable[[str, Mapping[str, str], bytes], Awaitable[Answer]]


class Sender:
    def __init__(
        self,
        store: Store,
        webhooks: Webhooks,
        ledger: Ledger,
        post: Post,
        now: Callable[[], datetime],
        *,
        policy: Policy,
        chance: Chance = random.random,
    ) -> None:
        self._store = store
        self._webhooks = webhooks
        self._ledger = ledger
        self._post = post
        self._now = now
        self._policy = policy
        self._chance = chance
        self._lines: dict[str, asyncio.Task[None]] = {}
        self._closing = False

    async def sweep(self, patience: float = 1.0) -> None:
        """Begin to send what is due; returns when all is sent, or after `patience` seconds while slow systems keep
        only their own deliveries waiting."""
        for webhook in self._webhooks.all(removed=True):
            if webhook.id not in self._lines and not self._closing:
                line = asyncio.get_running_loop().create_task(self._serve(webhook.id))
                self._lines[webhook.id] = line
                line.add_done_callback(partial(self._end, webhook.id))
        if self._lines:
            await asyncio.wait(self._lines.values(), timeout=patience)

    async def drain(self, within: float = 15.0) -> None:
        """Take up nothing more, and let what is under way end."""
        self._closing = True
        lines = list(self._lines.values())
        if lines:
            _, late = await asyncio.wait(lines, timeout=within)
            for line in late:
                line.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _end(self, webhook: str, _: asyncio.Task[None]) -> None:
        self._lines.pop(webhook, None)

    async def _serve(self, webhook: str) -> None:
        try:
            while not self._closing and (found := await self._due(webhook)):
                ends = await asyncio.gather(*map(self._attempt, found), return_exceptions=True)
                for error in filter(None, ends):
                    raise error
        except StoreUnavailable:
            log.warning("a webhook waits for the store", extra={"about": webhook})
        except Exception:
            # one bad line must not end the others, nor the next round of its own
            log.exception("a webhook could not be served", extra={"about": webhook})

    async def _due(self, webhook: str) -> list[WebhookDelivery]:
        due = {"$lte": milliseconds(self._now())}
        where = {"webhook": webhook, "state": {"$in": list(WAITING)}, "due": due}
        found = await self._store.find(DELIVERIES, where, sort=[("due", 1)], limit=AT_ONCE)
        return [WebhookDelivery.of(document) for document in found]

    async def _attempt(self, delivery: WebhookDelivery) -> None:
        document = rules.claimed(delivery, self._policy, self._now()).document()
        if not await self._store.replace(DELIVERIES, document):
            return  # another process sends it
        claimed = WebhookDelivery.of(document)
        webhook = await self._webhook(claimed.webhook)
        try:
            ended = await self._outcome(webhook, delivery, claimed)
        except StoreUnavailable:
            raise
        except Exception:
            # not at once again, or it would keep the others waiting
            log.exception("a webhook's delivery failed", extra={"about": delivery.id})
            ended = rules.later(claimed, "defect", self._policy, self._now(), chance=self._chance)
        # whoever replaced it meanwhile took the claim for lost: theirs counts
        await self._store.replace(DELIVERIES, ended.document())
        if webhook is not None and ended.status == GONE and ended.error == "gone":
            await self._stop(webhook)

    async def _outcome(
        self, webhook: Webhook | None, before: WebhookDelivery, claimed: WebhookDelivery
    ) -> WebhookDelivery:
        confidential = await self._confidential(claimed)
        reason = events.withheld(webhook, claimed, confidential=confidential)
        if webhook is None or reason:
            # as it was: it was not tried
            return rules.failed(before.model_copy(update={"version": claimed.version}), reason, self._now())
        return await self._send(webhook, claimed, events.body(claimed, confidential=confidential))

    async def _webhook(self, id: str) -> Webhook | None:
        """As it is now: what was changed or stopped counts at once."""
        try:
            return await self._webhooks.get(id)
        except NotFound:
            return None

    async def _confidential(self, delivery: WebhookDelivery) -> bool:
        """Whether its ticket is so by now: it may have become so since."""
        return delivery.told is not None and (await self._ledger.get(delivery.told.number)).confidential

    async def _send(self, webhook: Webhook, delivery: WebhookDelivery, body: bytes) -> WebhookDelivery:
        timestamp = int(self._now().timestamp())
        headers = signing.headers(self._webhooks.secrets(webhook), delivery.id, timestamp, body)
        try:
            answer = await self._post(webhook.url, headers, body)
        except NoAnswer as error:
            ended = rules.unanswered(delivery, error, self._policy, self._now(), chance=self._chance)
        else:
            ended = rules.answered(delivery, answer, self._policy, self._now(), chance=self._chance)
        if ended.state == "failed":
            log.warning(
                "a webhook was not told",
                extra={"about": webhook.id, "delivery": delivery.id, "status": ended.status, "cause": ended.error},
            )
        return ended

    async def _stop(self, webhook: Webhook) -> None:
        try:
            await self._webhooks.gone(webhook)
        except Conflict:
            log.info("a webhook keeps changing; it is stopped when it says so again", extra={"about": webhook.id})
