"""SMS as the gateway's delivery and media keeping see it."""

from __future__ import annotations

from datetime import datetime

from channels.contract import Allowance, Media, OutboundMessage, PermanentChannelError, Receipt
from channels.sms.codec import CAPABILITIES, to_text
from channels.sms.provider import Provider


class SmsChannel:
    """Implements `channels.contract.Channel` over any carrier."""

    name = "sms"
    capabilities = CAPABILITIES

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def send(self, message: OutboundMessage) -> Receipt:
        """Send all parts as one message. Raises the `ChannelError` kinds."""
        text = _text(message)
        return await self._provider.send(message.address.external_id, text, message.message_id)

    def allowance(
        self, last_message_at: datetime | None, last_act_at: datetime | None, spent: int, now: datetime
    ) -> Allowance | None:
        return None

    async def find(self, message: OutboundMessage, since: datetime) -> Receipt | None:
        """A message with the same text to the same number; one with the same words that was sent meanwhile cannot be
        told from it."""
        return await self._provider.find(message.address.external_id, _text(message), since)

    async def fetch(self, media: Media) -> tuple[bytes, str]:
        """A citizen's picture or other file."""
        return await self._provider.fetch(media)

    async def close(self) -> None:
        await self._provider.close()


def _text(message: OutboundMessage) -> str:
    text = to_text(message.parts)
    if not text:
        raise PermanentChannelError("nothing in the message can be shown by SMS", code="empty")
    return text
