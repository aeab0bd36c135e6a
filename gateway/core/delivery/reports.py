"""What platforms say later of messages they took: delivered, read, failed after all."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime

from channels.contract import Address, ChannelError, IntakeUnavailable, Report
from gateway.core.conversations import ATTEMPTS
from gateway.core.delivery import rules
from gateway.core.delivery.outbox import Outbox
from gateway.core.delivery.rules import Policy
from gateway.core.delivery.sending import Heard
from gateway.core.model import Message
from gateway.core.ports import Bus, Store, StoreUnavailable

log = logging.getLogger("hotline.delivery")


class Reporting:
    """Implements `channels.contract.Reports`. heard: told of messages that did not arrive after all."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        now: Callable[[], datetime],
        *,
        policy: Policy,
        chance: Callable[[], float] = random.random,
        heard: Heard = lambda *_: None,
    ) -> None:
        self._store = store
        self._bus = bus
        self._outbox = Outbox(store, bus.post)
        self._now = now
        self._policy = policy
        self._chance = chance
        self._heard = heard

    async def report(self, report: Report) -> bool:
        try:
            return await self._report(report)
        except StoreUnavailable as error:
            raise IntakeUnavailable from error

    async def _report(self, report: Report) -> bool:
        for _ in range(ATTEMPTS):
            document = await self._store.get("messages", report.message_id)
            if document is None or document["direction"] != "out":
                log.info("a report about a message nobody knows", extra={"provider_id": report.provider_id})
                return False
            message = Message.of(document)
            if message.delivery is None:
                return False
            moved = rules.reported(
                message.delivery,
                message.provider_id,
                report,
                self._policy,
                self._now(),
                since=message.accepted_at,
                chance=self._chance,
            )
            if moved is None:
                return False
            provider_id = message.provider_id or report.provider_id
            if await self._outbox.change(message, delivery=moved, provider_id=provider_id):
                if moved.state == "failed":
                    log.warning(
                        "a platform could not deliver a message",
                        extra={"message_id": message.id, "code": moved.code, "cause": moved.meaning},
                    )
                if report.state == "failed":
                    outcome = "delayed" if moved.is_open else moved.state
                    why = ChannelError(moved.meaning or "", code=moved.code, documentation=moved.documentation or "")
                    self._heard(moved.channel or Address.of(message.identity).channel, outcome, 1, why)
                self._bus.post("delivery", {})
                return True
        raise IntakeUnavailable
