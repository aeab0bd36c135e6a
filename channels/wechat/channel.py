"""WeChat as the gateway's delivery and media keeping see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from channels.contract import (
    Allowance,
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
UNWANTED = frozenset({"43004", "43101", "48002"})  # no template message reaches these citizens either
TEMPLATE_CHARS = 200  # of the message, in a template's field
_PAGE = "https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html"


def allowance(last_message_at: datetime | None, last_act_at: datetime | None, spent: int, now: datetime) -> Allowance:
    """What the platform still lets us answer: the more of its two rules that are open."""
    ends = []
    if last_message_at is not None:
        ends.append((last_message_at + timedelta(seconds=WINDOW), BUDGET))
    if last_act_at is not None:
        ends.append((last_act_at + timedelta(seconds=ACT_WINDOW), ACT_BUDGET))
    left, until = max(((budget, end) for end, budget in ends if now < end), default=(0, now))
    return Allowance(max(0, left - spent), until)


def check_window(message: OutboundMessage, now: datetime) -> None:
    """Whether the platform still lets us answer. Raises `Unreachable` with the code it would give, so that it need not
    be asked."""
    allowed = allowance(message.last_message_at, message.last_act_at, message.spent, now)
    if allowed.until <= now:
        raise Unreachable("the citizen has not written for 48 hours", code="45015", documentation=_PAGE)
    if not allowed.left:
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
            check_window(message, datetime.fromtimestamp(self._clock(), UTC))
            await self.client.send_text(openid, text)
        except Unreachable as closed:
            if not self._config.template_id or closed.code in UNWANTED:
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

    def allowance(
        self, last_message_at: datetime | None, last_act_at: datetime | None, spent: int, now: datetime
    ) -> Allowance | None:
        return allowance(last_message_at, last_act_at, spent, now)

    async def find(self, message: OutboundMessage, since: datetime) -> Receipt | None:
        raise CannotTell("WeChat lists no messages sent by the customer-service interface")

    async def fetch(self, media: Media) -> tuple[bytes, str]:
        """A citizen's file, as `WeChatClient.fetch`."""
        return await self.client.fetch(media)

    async def close(self) -> None:
        await self._http.close()
