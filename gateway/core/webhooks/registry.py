"""The webhooks: which other systems are told of what. Kept in memory, in step with the store, because every event of
every ticket asks for them, in the middle of settling it.

A webhook's document is replaced under its version, and carries the change's line for the audit log until that is known
to be there. A removed one stays as a mark without secrets, since deliveries name it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.core import audit
from gateway.core.errors import Conflict, Invalid, NotFound
from gateway.core.model import Effect, milliseconds, new_id
from gateway.core.ports import Bus, Store
from gateway.core.tickets.model import Ticket, TicketEvent
from gateway.core.vault import Vault
from gateway.core.webhooks import addresses, events, signing
from gateway.core.webhooks.addresses import Network
from gateway.core.webhooks.model import DELIVERIES, SEALED_FOR, WEBHOOKS, Webhook
from gateway.core.webhooks.rules import Policy

MOST = 50
ATTEMPTS = 8
_SYSTEM = "system"


class Webhooks:
    """`refresh` before asking, every few seconds, and when another process says that something changed.

    networks: may be called although they are not public. random_bytes: a secret source of so many. by, reason: for the
    audit log.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        now: Callable[[], datetime],
        *,
        vault: Vault,
        policy: Policy,
        networks: Sequence[Network] = (),
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._store = store
        self._bus = bus
        self._now = now
        self._vault = vault
        self._policy = policy
        self._networks = networks
        self._random_bytes = random_bytes
        self._webhooks: dict[str, Webhook] = {}

    # -- following ------------------------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Read all. Raises `StoreUnavailable`."""
        webhooks: dict[str, Webhook] = {}
        after = ""
        while found := await self._store.find(WEBHOOKS, {"_id": {"$gt": after}}, sort=[("_id", 1)], limit=MOST):
            for document in found:
                webhook = Webhook.of(document)
                known = self._webhooks.get(webhook.id)
                if known is None or known.version != webhook.version:
                    # killed before it wrote it down, perhaps
                    await self._write_down(webhook)
                webhooks[webhook.id] = webhook
            after = found[-1]["_id"]
        self._webhooks = webhooks

    # -- asking ---------------------------------------------------------------------------------------------------

    def all(self, *, removed: bool = False) -> list[Webhook]:
        """Active or not, the oldest first; and the removed ones, too, if they are wanted."""
        return sorted((one for one in self._webhooks.values() if removed or not one.removed), key=lambda one: one.id)

    async def get(self, id: str) -> Webhook:
        """As it is in the store. Raises `NotFound`."""
        document = await self._store.get(WEBHOOKS, id)
        webhook = Webhook.of(document) if document else None
        if webhook is None or webhook.removed:
            raise NotFound("没有这个推送地址", webhook=id)
        return webhook

    def outlet(self, ticket: Ticket, new: Sequence[TicketEvent]) -> list[Effect]:
        """What new events mean for other systems, as inserts that belong to settling the ticket. Repeatable."""
        told = events.deliveries(ticket, new, self._webhooks.values(), self._now())
        return [Effect("insert", DELIVERIES, delivery.document()) for delivery in told]

    def secrets(self, webhook: Webhook) -> list[str]:
        """In clear, those that sign now, the newest first."""
        sealed = [webhook.secret]
        if webhook.former_until is not None and milliseconds(self._now()) < webhook.former_until:
            sealed.append(webhook.former_secret)
        return [self._vault.open(secret, SEALED_FOR) for secret in sealed if secret is not None]

    # -- changing -------------------------------------------------------------------------------------------------

    async def add(
        self, name: str, url: str, types: Sequence[str], *, confidential: bool = False, by: str, reason: str = ""
    ) -> tuple[Webhook, str]:
        """The new one and its secret, which is not shown again. Raises `Invalid`, `Conflict` when there are too many,
        `StoreUnavailable`."""
        await self.refresh()
        if len(self.all()) >= MOST:
            raise Conflict(f"推送地址最多 {MOST} 个，请先删去不用的")
        secret = signing.new_secret(self._random_bytes)
        webhook = Webhook.model_validate(
            {
                "id": new_id(),
                "name": name,
                "url": url,
                "types": tuple(dict.fromkeys(types)),
                "confidential": confidential,
                "secret": self._vault.seal(secret, SEALED_FOR),
                "created_at": self._now(),
            }
        )
        self._check(None, webhook, reason)
        written = self._with_line(None, webhook, by, "webhook.add", reason)
        await self._store.insert(WEBHOOKS, written.document())
        return await self._changed(written), secret

    async def change(self, id: str, given: Mapping[str, Any], *, by: str, reason: str = "") -> Webhook:
        """Set any of name, url, types, confidential. Raises `NotFound`, `Invalid`, `Conflict` when others keep changing
        it, `StoreUnavailable`."""

        def changed(webhook: Webhook) -> Webhook:
            wanted = Webhook.model_validate({**webhook.model_dump(), **given})
            self._check(webhook, wanted, reason)
            return wanted

        return await self._update(id, changed, by, "webhook.change", reason)

    async def disable(self, id: str, *, by: str, reason: str) -> Webhook:
        """Nothing is sent to it, and nothing kept for it. Raises like `change`."""
        return await self._update(
            id, lambda one: _with(one, active=False, why_inactive=reason), by, "webhook.disable", reason
        )

    async def enable(self, id: str, *, by: str, reason: str = "") -> Webhook:
        """Of what happens from now on. Raises like `change`."""
        return await self._update(
            id, lambda one: _with(one, active=True, why_inactive=""), by, "webhook.enable", reason
        )

    async def rotate(self, id: str, *, by: str, reason: str = "") -> tuple[Webhook, str]:
        """A new secret, which is not shown again; the one before signs as well for a while. Raises like `change`."""
        secret = signing.new_secret(self._random_bytes)
        until = milliseconds(self._now() + timedelta(seconds=self._policy.grace))
        new = self._vault.seal(secret, SEALED_FOR)
        rotated = await self._update(
            id,
            lambda one: _with(one, secret=new, former_secret=one.secret, former_until=until),
            by,
            "webhook.rotate",
            reason,
        )
        return rotated, secret

    async def remove(self, id: str, *, by: str, reason: str = "") -> None:
        """For good. Raises like `change`."""
        without = {"secret": None, "former_secret": None, "former_until": None}
        await self._update(
            id, lambda one: _with(one, removed=True, active=False, **without), by, "webhook.remove", reason
        )

    async def gone(self, webhook: Webhook) -> None:
        """The other system says that it wants nothing more at this address. Raises `StoreUnavailable`."""

        def stopped(now: Webhook) -> Webhook:
            same = now.url == webhook.url and now.active
            return _with(now, active=False, why_inactive="gone") if same else now

        try:
            await self._update(webhook.id, stopped, _SYSTEM, "webhook.gone", "")
        except NotFound:
            return  # removed meanwhile

    def _check(self, before: Webhook | None, after: Webhook, reason: str) -> None:
        if before is None or before.url != after.url:
            addresses.check_url(after.url, self._networks)
        if after.confidential and not (before and before.confidential) and not reason.strip():
            raise Invalid("让对方知道保密工单的动态，要写明理由")

    async def _update(
        self, id: str, change: Callable[[Webhook], Webhook], by: str, action: str, reason: str
    ) -> Webhook:
        """Replace it by what `change` makes of it, unless that is the same."""
        for _ in range(ATTEMPTS):
            stored = await self.get(id)
            wanted = change(stored)
            if wanted == stored:
                return stored
            await self._write_down(stored)
            document = self._with_line(stored, wanted, by, action, reason).document()
            if await self._store.replace(WEBHOOKS, document):
                return await self._changed(Webhook.of(document))
        raise Conflict("别人正在改这个推送地址，请再试一次", webhook=id)

    def _with_line(self, before: Webhook | None, after: Webhook, by: str, action: str, reason: str) -> Webhook:
        told: dict[str, Any] = {"after": _for_audit(after)}
        if before is not None:
            told["before"] = _for_audit(before)
        line = audit.entry(self._now(), by, action, after.id, reason, id=new_id(), **told)
        return _with(after, tail=(Effect("insert", audit.AUDIT, line).pack(),))

    async def _write_down(self, webhook: Webhook) -> None:
        for packed in webhook.tail:
            await self._store.insert(audit.AUDIT, Effect.unpack(packed).document)

    async def _changed(self, webhook: Webhook) -> Webhook:
        await self._write_down(webhook)
        self._webhooks = {**self._webhooks, webhook.id: webhook}
        self._bus.post("webhooks", {})
        return webhook


def _with(webhook: Webhook, **changes: Any) -> Webhook:
    return webhook.model_copy(update=changes)


def _for_audit(webhook: Webhook) -> dict[str, Any]:
    """The query is left out: some systems have a password there."""
    told = webhook.model_dump(mode="json", include={"name", "types", "confidential", "active"})
    return {**told, "url": webhook.url.partition("?")[0]}
