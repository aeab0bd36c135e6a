"""A message as its platform gets it: to whom, with what it needs to know, fitted to what the channel shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.phrases import Phrase
from channels.contract import Address, Channel, OutboundMessage, Part, Text, Unreachable
from gateway.core.conversations import Conversations
from gateway.core.delivery.links import Links
from gateway.core.model import Conversation, Delivery, Message
from gateway.core.ports import Store

_FORWARDED = Phrase("您在{channel}上的咨询有了答复：\n", "What you asked {channel} has an answer:\n")
_CHANNEL_NAMES = {
    "wechat": Phrase("微信", "on WeChat"),
    "sms": Phrase("短信", "by text message"),
    "web": Phrase("网页", "on our website"),
    "app": Phrase("手机应用", "in our app"),
}


@dataclass(frozen=True, slots=True)
class Rendering:
    """How parts become what a channel shows; passed in, because rendering belongs to the channels.

    together: the beginning of several messages as one platform message, and how many it carries (0: it is not one).
    shorten: within so many characters, with a link to the whole where something is left out; None when it fits.
    """

    together: Callable[[Sequence[tuple[Part, ...]], Any], tuple[list[Part], int]]
    shorten: Callable[[Sequence[Part], int, str], list[Part] | None]


class Writing:
    def __init__(self, store: Store, conversations: Conversations, rendering: Rendering, links: Links) -> None:
        self._store = store
        self._conversations = conversations
        self._rendering = rendering
        self._links = links

    async def target(self, conversation: Conversation, message: Message) -> Conversation:
        """The conversation of the identity a message goes to. Raises `StoreUnavailable`."""
        to = message.delivery.to if message.delivery else None
        return (to and await self._conversation_of(to)) or conversation

    async def outbound(
        self,
        channel: Channel,
        conversation: Conversation,
        message: Message,
        parts: tuple[Part, ...],
        *,
        target: Conversation,
        spent: int = 0,
    ) -> OutboundMessage:
        """parts: of this message, or of several that travel as one. target: where it arrives. Raises `Unreachable` when
        the person wants no messages there, `StoreUnavailable`."""
        delivery = message.delivery or Delivery()
        if delivery.to is not None:
            language = conversation.memory.language
            name = _CHANNEL_NAMES[conversation.channel](language)
            parts = (Text(text=_FORWARDED(language, channel=name)), *parts)
        if target.opted_out_at is not None and message.intent not in ("opt_out", "opt_in", "help"):
            raise Unreachable("the citizen wants no messages at this address", code="opted_out")
        brief = channel.capabilities.brief_chars
        if brief is not None:
            link = self._links.address(message.id)
            short = self._rendering.shorten(parts, brief, link)
            if short is not None:
                await self._links.keep(message.id)
                parts = tuple(short)
        return OutboundMessage(
            message_id=message.id,
            address=Address.of(delivery.to or message.identity),
            parts=parts,
            request_id=message.request_id,
            last_message_at=target.window.last_message_at,
            last_act_at=target.window.last_act_at,
            spent=spent,
        )

    async def _conversation_of(self, identity: str) -> Conversation | None:
        document = await self._store.get("identities", identity)
        return await self._conversations.get(document["conversation_id"]) if document else None
