"""`/api/v1/desk/deliveries`: messages that reached nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core.delivery import DeadLetters
from gateway.core.model import Message
from gateway.web.desk.access import Access, DeskHandler, needs

State = Literal["failed", "uncertain", "queued", "sending", "dropped"]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DeliveryQuery(_Request):
    state: State = "failed"
    channel: str = Field("", pattern=r"^[a-z]{0,16}$", description="`wechat` or `sms`; all when it is not given.")
    before: str = Field("", max_length=512, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class RetryReason(_Request):
    reason: str = Field("", max_length=500, description="Kept in the audit log.")


class DropReason(_Request):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = Field(
        description="Kept in the audit log."
    )


class TriedWay(BaseModel):
    code: str
    meaning: str


class DeadLetter(BaseModel):
    """A message as an operator sees it: where it stands and why, not what it says or to whom."""

    id: str
    conversation_id: str | None
    seq: int | None
    channel: str
    to: str = Field(description="The end of the address.")
    said_at: datetime
    state: str
    changed_at: datetime | None
    attempts: int
    doubts: int = Field(description="Attempts whose outcome nobody knows.")
    code: str = Field(description="Why it last failed: the platform's own, or ours where nobody was asked.")
    meaning: str = Field(
        description="In English, or as the platform said it; of what was dropped, the operator's words."
    )
    documentation: str
    tried: tuple[TriedWay, ...] = Field(description="Other ways that did not reach the citizen.")
    provider_id: str | None

    @classmethod
    def of(cls, message: Message) -> DeadLetter:
        delivery = message.delivery
        assert delivery is not None
        channel, _, person = (delivery.to or message.identity).rpartition(":")
        return cls(
            id=message.id,
            conversation_id=message.conversation_id,
            seq=message.seq,
            channel=channel.partition(":")[0],
            to=f"…{person[-4:]}",
            said_at=message.sent_at,
            state=delivery.state,
            changed_at=delivery.at,
            attempts=delivery.attempts,
            doubts=delivery.doubts or 0,
            code=delivery.code,
            meaning=delivery.meaning or "",
            documentation=delivery.documentation or "",
            tried=tuple(TriedWay(code=tried.code, meaning=tried.meaning) for tried in delivery.tried or ()),
            provider_id=message.provider_id,
        )


class DeadLetterPage(BaseModel):
    deliveries: tuple[DeadLetter, ...]
    next: str | None = Field(description="Pass it on as `before` for more; null at the end.")


class _LettersHandler(DeskHandler):
    def initialize(self, access: Access, letters: DeadLetters) -> None:
        super().initialize(access)
        self.letters = letters


class Deliveries(_LettersHandler):
    @needs("deliveries.manage")
    async def get(self) -> None:
        asked = self.query(DeliveryQuery)
        found = await self.letters.list(asked.state, channel=asked.channel, before=asked.before, limit=asked.limit)
        more = found[-1].id if len(found) == asked.limit else None
        self.reply(DeadLetterPage(deliveries=tuple(map(DeadLetter.of, found)), next=more))


class Retry(_LettersHandler):
    @needs("deliveries.manage")
    async def post(self, message_id: str) -> None:
        reason = self.body(RetryReason).reason
        self.reply(DeadLetter.of(await self.letters.retry(message_id, by=self.person.username, reason=reason)))


class Drop(_LettersHandler):
    @needs("deliveries.manage")
    async def post(self, message_id: str) -> None:
        reason = self.body(DropReason).reason
        self.reply(DeadLetter.of(await self.letters.drop(message_id, by=self.person.username, reason=reason)))


_operation = StaffOperations("desk: deliveries", "/api/v1/desk/deliveries", ("deliveries.manage",), {"id": "As listed"})

OPERATIONS = (
    _operation(
        "get", "", "Messages that reached nobody", (200, "The newest first", DeadLetterPage), query=DeliveryQuery
    ),
    _operation(
        "post",
        "/{id}/retry",
        "Try it again from the beginning",
        (200, "Queued again", DeadLetter),
        409,
        takes=RetryReason,
    ),
    _operation(
        "post",
        "/{id}/drop",
        "Let it go",
        (200, "It is not listed as failed any more", DeadLetter),
        409,
        takes=DropReason,
    ),
)


def routes(access: Access, letters: DeadLetters) -> list[URLSpec]:
    given = {"access": access, "letters": letters}
    one = r"/api/v1/desk/deliveries/([^/]{1,300})"
    return [
        URLSpec(r"/api/v1/desk/deliveries", Deliveries, given),
        URLSpec(f"{one}/retry", Retry, given),
        URLSpec(f"{one}/drop", Drop, given),
    ]
