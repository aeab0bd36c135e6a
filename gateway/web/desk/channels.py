"""`/api/v1/desk/channels`: whether the channels and the stores are well."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core.channel_health import ChannelState, ChannelWatch, Overview, StoreState
from gateway.core.channel_health.verdicts import Reason, Verdict
from gateway.core.channel_health.watch import Number
from gateway.web.desk.access import Access, DeskHandler, needs


class Counted(BaseModel):
    number: int
    more: bool = Field(description="There are more than were counted.")

    @classmethod
    def of(cls, number: Number) -> Counted:
        return cls(number=number.number, more=number.more)


class PlatformCode(BaseModel):
    code: str = Field(description="The platform's own, or ours where nobody was asked.")
    meaning: str
    documentation: str
    number: int


class LastHour(BaseModel):
    """Messages, by what an attempt or a later report of the platform led to."""

    sent: int
    failed: int
    uncertain: int
    delayed: int = Field(description="Refused for now; each attempt counts.")
    unreachable: int = Field(description="The person cannot be reached there: nothing is wrong with the channel.")
    codes: tuple[PlatformCode, ...] = Field(description="The commonest first.")


class AccessToken(BaseModel):
    since: datetime | None
    until: datetime


class DayQuota(BaseModel):
    left: int
    of: int


class ChannelView(BaseModel):
    channel: str
    account: str = Field(description="Ours at the platform; for the web, where it is.")
    verdict: Verdict
    reasons: tuple[Reason, ...] = Field(description="Why it is not well; all that are as bad.")
    configured: bool
    missing: tuple[str, ...] = Field(description="Names of settings it needs and has not.")
    delivers: bool = Field(description="Messages are taken to the citizen; else their page reads them.")
    provider: str
    sender: str = Field(description="Our number, or the service that chooses it.")
    rate: float = Field(description="Messages a second that we send at most; 0: no limit of ours.")
    last_in: datetime | None = Field(description="When a citizen last wrote.")
    last_out: datetime | None = Field(description="When something was last said to one.")
    queued: Counted
    oldest_at: datetime | None = Field(description="Since when the oldest of those waits.")
    hour: LastHour
    failed: Counted = Field(description="What waits for an operator, as `/api/v1/desk/deliveries` lists it.")
    uncertain: Counted
    left_alone: int = Field(description="Processes that wait because nothing got through.")
    next_try_in: float | None = Field(description="Seconds until the first of them tries again.")
    sockets: int | None = Field(description="Open in all processes; null where there are none.")
    token: AccessToken | None = Field(description="When the platform's was given, and until when it is good.")
    quota: DayQuota | None = Field(description="Messages the platform still takes today; null when it is not known.")

    @classmethod
    def of(cls, state: ChannelState) -> ChannelView:
        setup, hour, token, quota = state.setup, state.hour, state.token, state.quota
        codes = tuple(
            PlatformCode(code=one.code, meaning=one.meaning, documentation=one.documentation, number=one.number)
            for one in hour.codes
        )
        return cls(
            channel=setup.channel,
            account=setup.account,
            verdict=state.verdict,
            reasons=state.reasons,
            configured=setup.configured,
            missing=setup.missing,
            delivers=setup.delivers,
            provider=setup.provider,
            sender=setup.sender,
            rate=setup.rate,
            last_in=state.last_in,
            last_out=state.last_out,
            queued=Counted.of(state.queued),
            oldest_at=state.oldest_at,
            hour=LastHour(
                sent=hour.sent,
                failed=hour.failed,
                uncertain=hour.uncertain,
                delayed=hour.delayed,
                unreachable=hour.unreachable,
                codes=codes,
            ),
            failed=Counted.of(state.failed),
            uncertain=Counted.of(state.uncertain),
            left_alone=state.left_alone,
            next_try_in=state.next_try,
            sockets=state.sockets,
            token=AccessToken(since=token.since, until=token.until) if token is not None else None,
            quota=DayQuota(left=quota.left, of=quota.of) if quota is not None else None,
        )


class StoreView(BaseModel):
    name: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    took_ms: float | None = Field(description="For the last ping of this process.")
    cause: str = Field(description="Why it does not answer.")

    @classmethod
    def of(cls, state: StoreState) -> StoreView:
        took_ms = round(state.took * 1000, 1) if state.took is not None else None
        return cls(name=state.name, verdict=state.verdict, reasons=state.reasons, took_ms=took_ms, cause=state.cause)


class ChannelsView(BaseModel):
    at: datetime
    processes: int = Field(description="Gateway processes at work.")
    channels: tuple[ChannelView, ...]
    stores: tuple[StoreView, ...]

    @classmethod
    def of(cls, found: Overview) -> ChannelsView:
        return cls(
            at=found.at,
            processes=found.processes,
            channels=tuple(map(ChannelView.of, found.channels)),
            stores=tuple(map(StoreView.of, found.stores)),
        )


class Channels(DeskHandler):
    def initialize(self, access: Access, watch: ChannelWatch) -> None:
        super().initialize(access)
        self.watch = watch

    @needs("deliveries.manage")
    async def get(self) -> None:
        self.reply(ChannelsView.of(await self.watch.overview()))


_operation = StaffOperations("desk: deliveries", "/api/v1/desk/channels", ("deliveries.manage",))

OPERATIONS = (
    _operation(
        "get", "", "Whether the channels and the stores are well", (200, "Each with one word, and why", ChannelsView)
    ),
)


def routes(access: Access, watch: ChannelWatch) -> list[URLSpec]:
    return [URLSpec(r"/api/v1/desk/channels", Channels, {"access": access, "watch": watch})]
