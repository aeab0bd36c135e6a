"""WeChat as the gateway's delivery and media keeping see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from channels.contract import (
    CannotTell,
    ChannelError,
    Media,
    OutboundMessage,
    PermanentChannelError,
    Receipt,
    Text,
    UncertainChannelError,
    Unreachable,
)
from channels.http import Http
from channels.rendering import fit
from channels.wechat.client import ProcessTokens, TokenStore, WeChatClient
from channels.wechat.codec import CAPABILITIES
from channels.wechat.config import WeChatConfig

# Source: https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html
WINDOW = 48 * 3600.0  # seconds after a citizen's message
BUDGET = 5  # messages in that window
ACT_WINDOW = 60.0  # seconds after following, scanning or pressing a menu button
ACT_BUDGET = 3
TEMPLATE_CHARS = 200  # of the message, in a template's field
_PAGE = "https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html"


def check_window(message: OutboundMessage, now: float) -> None:
    """Whether the platform still lets us answer. Raises `Unreachable` with the code it would give, so that it need not
    be asked. now: seconds since the epoch."""
    open_budgets = []
    if message.last_message_at is not None and now - message.last_message_at.timestamp() < WINDOW:
        open_budgets.append(BUDGET)
    if message.last_act_at is not None and now - message.last_act_at.timestamp() < ACT_WINDOW:
        open_budgets.append(ACT_BUDGET)
    if not open_budgets:
        raise Unreachable("the citizen has not written for 48 hours", code="45015", documentation=_PAGE)
    if message.spent >= max(open_budgets):
        raise Unreachable("all answers the platform allows have been sent", code="45047", documentation=_PAGE)


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
        self._config = config
        self._clock = clock
        self._http = http or Http()
        self.client = WeChatClient(config, self._http, tokens or ProcessTokens(), clock)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Send by the customer-service interface while its window and budget last, then as a template message where
        the account has one. Raises the `ChannelError` kinds. What is longer than one of the platform's messages (texts
        are not: they are split when they are said) is sent in several; a later one refused leaves the whole in doubt.
        """
        first, *rest = self._texts(message)
        receipt = await self._send_first(message, first)
        if receipt.via == "api":
            for text in rest:
                try:
                    await self.client.send_text(message.address.external_id, text)
                except ChannelError as error:
                    raise UncertainChannelError(f"the beginning was sent, then: {error}", code=error.code) from error
        return receipt

    def _texts(self, message: OutboundMessage) -> list[str]:
        messages = fit(message.parts, self.capabilities)
        if not messages:
            raise PermanentChannelError("nothing in the message can be shown on WeChat", code="empty")
        return ["\n".join(part.text for part in parts if isinstance(part, Text)) for parts in messages]

    async def _send_first(self, message: OutboundMessage, text: str) -> Receipt:
        openid = message.address.external_id
        try:
            check_window(message, self._clock())
            await self.client.send_text(openid, text)
        except Unreachable as closed:
            if not self._config.template_id or closed.code in ("43004", "43101"):
                raise
            fields = {
                name: what.replace("{text}", text[:TEMPLATE_CHARS]) for name, what in self._config.template_fields
            }
            try:
                msg_id = await self.client.send_template(openid, self._config.template_id, fields)
            except PermanentChannelError as refused:
                raise Unreachable(str(refused), code=refused.code, documentation=refused.documentation) from closed
            return Receipt(provider_id=msg_id or None, via="template")
        # the interface names no id
        return Receipt(provider_id=None)

    async def find(self, message: OutboundMessage, since: datetime) -> Receipt | None:
        raise CannotTell("WeChat lists no messages sent by the customer-service interface")

    async def fetch(self, media: Media) -> tuple[bytes, str]:
        """A citizen's file, as `WeChatClient.fetch`."""
        return await self.client.fetch(media)

    async def close(self) -> None:
        await self._http.close()
