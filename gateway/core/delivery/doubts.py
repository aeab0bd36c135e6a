"""What became of messages nobody knows the fate of: the platform is asked where it can be, else they are sent again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from channels.contract import CannotTell, Channel, ChannelError, Receipt, UncertainChannelError
from gateway.core.conversations import Conversations
from gateway.core.delivery import rules
from gateway.core.delivery.outbox import Outbox
from gateway.core.delivery.rules import Policy
from gateway.core.delivery.writing import Writing
from gateway.core.model import Delivery, Message, milliseconds
from gateway.core.ports import Store

log = logging.getLogger("hotline.delivery")


class Doubts:
    """found_out: told of a channel when a platform's record settled one. moved: called after each, since what comes
    after it may be sent."""

    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        channels: Mapping[str, Channel],
        now: Callable[[], datetime],
        *,
        outbox: Outbox,
        writing: Writing,
        policy: Policy,
        found_out: Callable[[str], None],
        moved: Callable[[], None],
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._channels = channels
        self._now = now
        self._outbox = outbox
        self._writing = writing
        self._policy = policy
        self._found_out = found_out
        self._moved = moved

    async def look_into(self) -> int:
        """Claims that ended without a word, and messages in doubt: ask the platform where it can be asked, else send
        again. How many there were."""
        count = 0
        for name in self._channels:
            for state in ("sending", "uncertain"):
                now = self._now()
                due = {"$lte": milliseconds(now)}
                where = {"delivery.state": state, "delivery.channel": name, "delivery.due": due}
                found = await self._store.find("messages", where, sort=[("delivery.due", 1)], limit=200)
                count += len(found)
                for chunk in range(0, len(found), 20):
                    some = map(Message.of, found[chunk : chunk + 20])
                    await asyncio.gather(*(self._settle(name, message) for message in some))
        return count

    async def _settle(self, name: str, message: Message) -> None:
        now, delivery = self._now(), message.delivery or Delivery()
        if delivery.state == "sending":
            error = UncertainChannelError("the process that was sending it ended", code="sender_lost")
            await self._outbox.change(message, delivery=rules.doubtful(delivery, error, self._policy, now))
            return
        # one process asks: the others see that it is not due any more
        claim = delivery.model_copy(update={"due": rules.in_(self._policy.lease, now)})
        claimed = await self._outbox.change(message, delivery=claim)
        if claimed is None:
            return
        try:
            receipt = await self._found(name, claimed)
        except CannotTell:
            await self._outbox.change(claimed, delivery=rules.again(claim, self._now()))
        except ChannelError as error:
            log.info("a doubt could not be settled", extra={"message_id": message.id, "code": error.code})
        else:
            if receipt is None:
                await self._outbox.change(claimed, delivery=rules.again(rules.settled(claim), now))
            else:
                sent = rules.sent(claim, receipt, now, spent=claim.spent)
                await self._outbox.change(
                    claimed, delivery=sent, provider_id=receipt.provider_id or claimed.provider_id
                )
                self._found_out(name)
        self._moved()

    async def _found(self, name: str, message: Message) -> Receipt | None:
        conversation = await self._conversations.get(message.conversation_id or "")
        if conversation is None:
            return None
        channel = self._channels[name]
        target = await self._writing.target(conversation, message)
        outbound = await self._writing.outbound(channel, conversation, message, message.parts, target=target)
        return await channel.find(outbound, message.accepted_at)
