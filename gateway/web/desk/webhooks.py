"""`/api/v1/desk/webhooks`: the other systems that are told how tickets go, and what they were told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core import webhooks as core
from gateway.core.webhooks import DeliveryLog, DeliveryState, EventType, Webhook, WebhookDelivery, Webhooks
from gateway.web.desk.access import Access, DeskHandler, needs
from gateway.web.desk.people import Why

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Address = Annotated[str, Field(max_length=2000, description="https, without user name and fragment.")]
Types = Annotated[
    tuple[EventType, ...],
    Field(
        min_length=1,
        max_length=len(core.EVENT_TYPES),
        description="A ticket came into a state; or `ticket.changed`: its kind, unit or limit changed in the same.",
    ),
]
Confidential = Annotated[
    bool, Field(description="Also of confidential tickets: number, state and time. Granting it takes a reason.")
]
Reason = Annotated[str, Field(max_length=500, description="Kept in the audit log.")]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewWebhook(_Request):
    name: Name
    url: Address
    types: Types
    confidential: Confidential = False
    reason: Reason = ""


class WebhookChange(_Request):
    """What is not given stays."""

    name: Name | None = None
    url: Address | None = None
    types: Types | None = None
    confidential: Confidential | None = None
    reason: Reason = ""

    @model_validator(mode="after")
    def _whole(self) -> WebhookChange:
        if not self.given():
            raise ValueError("nothing is changed")
        return self

    def given(self) -> dict[str, object]:
        return self.model_dump(exclude={"reason"}, exclude_none=True)


class WhyPerhaps(_Request):
    reason: Reason = ""


class DeliveryQuery(_Request):
    state: DeliveryState | None = None
    before: str = Field("", max_length=200, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class WebhookView(BaseModel):
    id: str
    name: str
    url: str
    types: tuple[EventType, ...]
    confidential: bool
    active: bool
    why_inactive: str = Field(description="What was said when it was disabled; `gone`: the other system answered 410.")
    former_secret_until: datetime | None = Field(description="Until then the secret before signs as well.")
    created_at: datetime

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookView:
        return cls(
            id=webhook.id,
            name=webhook.name,
            url=webhook.url,
            types=webhook.types,
            confidential=webhook.confidential,
            active=webhook.active,
            why_inactive=webhook.why_inactive,
            former_secret_until=_moment(webhook.former_until) if webhook.former_until is not None else None,
            created_at=webhook.created_at,
        )


class WebhookList(BaseModel):
    webhooks: tuple[WebhookView, ...]


class WebhookSecret(BaseModel):
    webhook: WebhookView
    secret: str = Field(description="Shown this once. Each request is signed with it, as Standard Webhooks has it.")


class DeliveryView(BaseModel):
    id: str = Field(description="The `webhook-id` header; the same however often it is sent.")
    event: str
    type: str
    occurred_at: datetime
    state: DeliveryState
    attempts: int
    tried_at: datetime | None
    next_at: datetime | None = Field(description="When it is sent next; null when it has ended.")
    status: int | None = Field(description="The last answer's; null when there was none.")
    error: str = Field(
        description="Why the last attempt failed: `status`, `timeout`, `address`, `certificate`, `no_connection`, "
        "`no_answer`, `gone`, `defect`; or why there was none: `inactive`, `confidential`."
    )

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> DeliveryView:
        return cls(
            id=delivery.id,
            event=delivery.event,
            type=delivery.type,
            occurred_at=delivery.at,
            state=delivery.state,
            attempts=delivery.attempts,
            tried_at=delivery.tried_at,
            next_at=_moment(delivery.due) if delivery.state == "pending" else None,
            status=delivery.status,
            error=delivery.error,
        )


class DeliveryPage(BaseModel):
    deliveries: tuple[DeliveryView, ...]
    next: str | None = Field(description="Pass it on as `before` for more; null at the end.")


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


class _WebhookHandler(DeskHandler):
    def initialize(self, access: Access, webhooks: Webhooks, log: DeliveryLog) -> None:
        super().initialize(access)
        self.webhooks = webhooks
        self.log = log


class AllWebhooks(_WebhookHandler):
    @needs("webhooks.manage")
    async def get(self) -> None:
        await self.webhooks.refresh()
        self.reply(WebhookList(webhooks=tuple(map(WebhookView.of, self.webhooks.all()))))

    @needs("webhooks.manage")
    async def post(self) -> None:
        given = self.body(NewWebhook)
        made, secret = await self.webhooks.add(
            given.name,
            given.url,
            given.types,
            confidential=given.confidential,
            by=self.person.username,
            reason=given.reason,
        )
        self.reply(WebhookSecret(webhook=WebhookView.of(made), secret=secret), 201)


class OneWebhook(_WebhookHandler):
    @needs("webhooks.manage")
    async def get(self, id: str) -> None:
        self.reply(WebhookView.of(await self.webhooks.get(id)))

    @needs("webhooks.manage")
    async def patch(self, id: str) -> None:
        given = self.body(WebhookChange)
        changed = await self.webhooks.change(id, given.given(), by=self.person.username, reason=given.reason)
        self.reply(WebhookView.of(changed))


class Disable(_WebhookHandler):
    @needs("webhooks.manage")
    async def post(self, id: str) -> None:
        reason = self.body(Why).reason
        self.reply(WebhookView.of(await self.webhooks.disable(id, by=self.person.username, reason=reason)))


class Enable(_WebhookHandler):
    @needs("webhooks.manage")
    async def post(self, id: str) -> None:
        reason = self.body(WhyPerhaps).reason
        self.reply(WebhookView.of(await self.webhooks.enable(id, by=self.person.username, reason=reason)))


class Remove(_WebhookHandler):
    @needs("webhooks.manage")
    async def post(self, id: str) -> None:
        reason = self.body(Why).reason
        await self.webhooks.remove(id, by=self.person.username, reason=reason)
        self.set_status(204)


class Rotate(_WebhookHandler):
    @needs("webhooks.manage")
    async def post(self, id: str) -> None:
        reason = self.body(WhyPerhaps).reason
        rotated, secret = await self.webhooks.rotate(id, by=self.person.username, reason=reason)
        self.reply(WebhookSecret(webhook=WebhookView.of(rotated), secret=secret))


class Ping(_WebhookHandler):
    @needs("webhooks.manage")
    async def post(self, id: str) -> None:
        self.reply(DeliveryView.of(await self.log.ping(id, by=self.person.username)), 202)


class Deliveries(_WebhookHandler):
    @needs("webhooks.manage")
    async def get(self, id: str) -> None:
        asked = self.query(DeliveryQuery)
        found = await self.log.list(id, state=asked.state, before=asked.before, limit=asked.limit)
        more = found[-1].place if len(found) == asked.limit else None
        self.reply(DeliveryPage(deliveries=tuple(map(DeliveryView.of, found)), next=more))


class Redeliver(_WebhookHandler):
    @needs("webhooks.manage")
    async def post(self, id: str, delivery: str) -> None:
        reason = self.body(WhyPerhaps).reason
        again = await self.log.redeliver(id, delivery, by=self.person.username, reason=reason)
        self.reply(DeliveryView.of(again))


_PATH = "/api/v1/desk/webhooks"
_operation = StaffOperations(
    "desk: webhooks", _PATH, ("webhooks.manage",), {"id": "As listed", "delivery": "Its id, as listed"}
)
_AFTERWARDS = (200, "The webhook afterwards", WebhookView)

OPERATIONS = (
    _operation("get", "", "Who is told of tickets", (200, "The oldest first", WebhookList)),
    _operation(
        "post",
        "",
        "Add a webhook",
        (201, "The webhook and its secret", WebhookSecret),
        409,
        422,
        takes=NewWebhook,
        description="It is told of what happens from a few seconds later on, at least once each, in no promised "
        "order: `seq` says which is newer. Any 2xx within 10 seconds takes it; 410 ends the webhook; all else is tried "
        "again for a day.",
    ),
    _operation("get", "/{id}", "One webhook", (200, "The webhook", WebhookView)),
    _operation("patch", "/{id}", "Change a webhook", _AFTERWARDS, 409, 422, takes=WebhookChange),
    _operation("post", "/{id}/disable", "Send it nothing any more", _AFTERWARDS, 409, takes=Why),
    _operation("post", "/{id}/enable", "Tell it again", _AFTERWARDS, 409, takes=WhyPerhaps),
    _operation("post", "/{id}/remove", "Remove it for good", (204, "Removed", None), 409, takes=Why),
    _operation(
        "post",
        "/{id}/rotate",
        "Give it a new secret",
        (200, "The new secret; the one before signs as well for a day", WebhookSecret),
        409,
        takes=WhyPerhaps,
    ),
    _operation("post", "/{id}/ping", "Send it a test event", (202, "To be sent", DeliveryView), 409),
    _operation(
        "get",
        "/{id}/deliveries",
        "What it was told",
        (200, "The latest first", DeliveryPage),
        query=DeliveryQuery,
    ),
    _operation(
        "post",
        "/{id}/deliveries/{delivery}/redeliver",
        "Send one that failed again",
        (200, "To be sent", DeliveryView),
        409,
        takes=WhyPerhaps,
    ),
)


def routes(access: Access, webhooks: Webhooks, log: DeliveryLog) -> list[URLSpec]:
    given = {"access": access, "webhooks": webhooks, "log": log}
    one = f"{_PATH}/([0-9A-Z]{{26}})"
    return [
        URLSpec(_PATH, AllWebhooks, given),
        URLSpec(one, OneWebhook, given),
        URLSpec(f"{one}/disable", Disable, given),
        URLSpec(f"{one}/enable", Enable, given),
        URLSpec(f"{one}/remove", Remove, given),
        URLSpec(f"{one}/rotate", Rotate, given),
        URLSpec(f"{one}/ping", Ping, given),
        URLSpec(f"{one}/deliveries", Deliveries, given),
        URLSpec(f"{one}/deliveries/([^/]{{1,200}})/redeliver", Redeliver, given),
    ]
