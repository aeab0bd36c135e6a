"""WeChat as the gateway's delivery and media keeping see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from channels.contract import CannotTell, Media, OutboundMessage, PermanentChannelError, Receipt, Text
from channels.http import Http
from channels.rendering import fit
from channels.wechat.client import ProcessTokens, TokenStore, WeChatClient
from channels.wechat.codec import CAPABILITIES
from channels.wechat.config import WeChatConfig


class WeChatChannel:
    """Implements `channels.contract.Channel` for one official account.

    tokens: shared by all processes of the account; without it this process keeps its own. clock: seconds since the
    epoch.
    """

    name = "wechat"
    capabilities = CAPABILITIES

    def __init__(
        self,
        config: WeChatConfig,
        clock: Callable[[], float],
        *,
        http: Http | None = None,
        tokens: TokenStore | None = None,
    ) -> None:
        self._http = http or Http()
        self.client = WeChatClient(config, self._http, tokens or ProcessTokens(), clock)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Send by the customer-service interface, in as many messages as it takes. Raises the `ChannelError` kinds;
        when a later one is refused, the earlier ones have been sent."""
        messages = fit(message.parts, self.capabilities)
        if not messages:
            raise PermanentChannelError("nothing in the message can be shown on WeChat")
        for parts in messages:
            text = "\n".join(part.text for part in parts if isinstance(part, Text))
            await self.client.send_text(message.address.external_id, text)
        # the interface names no id
        return Receipt(provider_id=None)

    async def find(self, message: OutboundMessage, since: datetime) -> Receipt | None:
        raise CannotTell("WeChat lists no messages sent by the customer-service interface")

    async def fetch(self, media: Media) -> tuple[bytes, str]:
        """A citizen's file, as `WeChatClient.fetch`."""
        return await self.client.fetch(media)

    async def close(self) -> None:
        await self._http.close()
