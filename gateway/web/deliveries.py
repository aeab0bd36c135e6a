"""`/api/v1/desk/deliveries`: messages that reached nobody, for operators."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from tornado.routing import URLSpec

from channels.handling import ApiError, JsonHandler, client_address
from gateway.core.delivery import DeadLetters
from gateway.core.errors import Conflict, NotFound
from gateway.core.model import Message
from gateway.core.ports import Limits, StoreUnavailable

_TRIES = 10  # wrong passwords a minute from one address


@dataclass(frozen=True, slots=True)
class Operators:
    """Who may: the configured administrator, by HTTP Basic. With none configured nobody may."""

    username: str
    password: str
    limits: Limits
    trusted_proxies: frozenset[str]


class _OperatorHandler(JsonHandler):
    operator = ""

    def initialize(self, operators: Operators, letters: DeadLetters) -> None:
        self._operators = operators
        self._letters = letters

    async def prepare(self) -> None:
        known = self._operators
        given, _, encoded = self.request.headers.get("Authorization", "").partition(" ")
        try:
            name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name, password = "", ""
        right = hmac.compare_digest(name.encode(), known.username.encode())
        right &= hmac.compare_digest(password.encode(), known.password.encode())
        if given.lower() == "basic" and right and known.username and known.password:
            self.operator = name
            return
        wait = 0.0
        if encoded:
            address = client_address(self.request, known.trusted_proxies)
            try:
                wait = await known.limits.allow(f"operator:{address}", _TRIES, 60.0)
            except StoreUnavailable:
                raise ApiError(503, "unavailable", "服务暂时不可用，请稍后再试", retry_after=2) from None
        if wait > 0:
            raise ApiError(429, "too_many_requests", "操作太频繁，请稍后再试", retry_after=wait)
        self.set_header("WWW-Authenticate", 'Basic realm="hotline", charset="UTF-8"')
        raise ApiError(401, "unauthorized", "请先登录")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        told = {NotFound: 404, Conflict: 409}.get(type(error))
        if told is not None:
            self.reply({"error": {"code": error.code, "message": error.message, "details": error.details}}, told)
            return
        super().write_error(status_code, **kwargs)


class _Listing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    state: Literal["failed", "uncertain", "queued", "sending", "dropped"] = "failed"
    channel: str = Field("", pattern=r"^[a-z]{0,16}$")
    before: str = Field("", max_length=512)
    limit: int = Field(50, ge=1, le=200)


class _Reason(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=500)


def described(message: Message) -> dict[str, Any]:
    """One message as an operator sees it: where it stands and why, not what it says or to whom."""
    delivery = message.delivery
    assert delivery is not None
    channel, _, person = (delivery.to or message.identity).rpartition(":")
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "seq": message.seq,
        "channel": channel.partition(":")[0],
        "to": f"…{person[-4:]}",
        "said_at": message.sent_at.isoformat(),
        "state": delivery.state,
        "changed_at": delivery.at.isoformat() if delivery.at else None,
        "attempts": delivery.attempts,
        "doubts": delivery.doubts or 0,
        "code": delivery.code,
        "meaning": delivery.meaning or "",
        "documentation": delivery.documentation or "",
        "tried": [{"code": tried.code, "meaning": tried.meaning} for tried in delivery.tried or ()],
        "provider_id": message.provider_id,
    }


class Deliveries(_OperatorHandler):
    async def get(self) -> None:
        given = {name: values[-1].decode(errors="replace") for name, values in self.request.query_arguments.items()}
        try:
            listing = _Listing.model_validate(given)
        except ValueError as error:
            raise ApiError(400, "invalid", "请求内容有误") from error
        found = await self._letters.list(
            listing.state, channel=listing.channel, before=listing.before, limit=listing.limit
        )
        more = found[-1].id if len(found) == listing.limit else None
        self.reply({"deliveries": [described(message) for message in found], "next": more})


class Retry(_OperatorHandler):
    async def post(self, message_id: str) -> None:
        message = await self._letters.retry(message_id, by=self.operator, reason=self.body(_Reason).reason)
        self.reply(described(message))


class Drop(_OperatorHandler):
    async def post(self, message_id: str) -> None:
        reason = self.body(_Reason).reason.strip()
        if not reason:
            raise ApiError(400, "invalid", "请写明理由", fields={"reason": "needed"})
        self.reply(described(await self._letters.drop(message_id, by=self.operator, reason=reason)))


def routes(operators: Operators, letters: DeadLetters) -> list[URLSpec]:
    given = {"operators": operators, "letters": letters}
    one = r"/api/v1/desk/deliveries/([^/]{1,300})"
    return [
        URLSpec(r"/api/v1/desk/deliveries", Deliveries, given),
        URLSpec(f"{one}/retry", Retry, given),
        URLSpec(f"{one}/drop", Drop, given),
    ]
