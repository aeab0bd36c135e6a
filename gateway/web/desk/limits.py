"""`/api/v1/desk/limits`: how long things may take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core.tickets import rules
from gateway.core.tickets.operators_limits import LimitsInForce, OperatorsLimits
from gateway.web.desk.access import Access, DeskHandler, needs, signed_in

Span = Annotated[str, Field(max_length=24)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FinishLimits(_Request):
    """How long the unit has, from the first dispatch on, by kind."""

    consultation: Span
    help: Span
    complaint: Span
    report: Span
    suggestion: Span
    praise: Span


class LimitTable(_Request):
    """Durations are written `30m`, `2h`, `1d` by the clock, and `5wd` in workdays."""

    finish: FinishLimits
    complex: Span = Field(description="Instead of that of its kind.")
    urgent: Span = Field(description="Instead of that of its kind.")
    sign: Span = Field(description="Of dispatch, to sign.")
    return_within: Span = Field(description="Of dispatch, to ask for another unit.")
    contact: Span = Field(description="Of signing, to speak with the citizen.")
    joint: Span = Field(description="Of being asked, for units that help.")
    supervision: Span = Field(description="To answer a supervision.")
    callback: Span = Field(description="Of approval, for the citizen's first answer.")
    again_after: Span = Field(description="Between further attempts to reach the citizen.")
    attempts: int = Field(ge=0, le=1000)
    most_extension: float = Field(ge=0, le=1000, description="Workdays.")
    remind_at: float = Field(ge=0, le=1000, description="The share of a limit at which the unit is reminded.")
    red_after: Span = Field(description="Beyond the limit, for a red card.")
    yellows: int = Field(ge=0, le=1000, description="Yellow cards in one month that make a red one.")
    archive_after: Span = Field(description="Of the end.")


class LimitsChange(_Request):
    limits: LimitTable | None = Field(description="The whole table; null: as configured again.")
    version: int = Field(ge=0, le=2**53, description="Of the limits that were seen.")
    reason: str = Field("", max_length=500, description="Kept in the audit log.")


class LimitsView(BaseModel):
    """The limits in force, for what begins now. A ticket keeps those it was given with its dispatch or its rework."""

    limits: LimitTable
    configured: LimitTable = Field(description="What holds where nothing was set here.")
    own: bool = Field(description="Set here.")
    version: int = Field(description="The next change names it.")
    set_by: str | None = Field(description="Who changed them last; null when nobody did.")
    set_at: dt.datetime | None

    @classmethod
    def of(cls, found: LimitsInForce) -> LimitsView:
        return cls(
            limits=LimitTable.model_validate(rules.table(found.policy)),
            configured=LimitTable.model_validate(rules.table(found.configured)),
            own=found.own,
            version=found.version,
            set_by=found.by,
            set_at=found.at,
        )


class Limits(DeskHandler):
    def initialize(self, access: Access, limits: OperatorsLimits, now: Callable[[], dt.datetime]) -> None:
        super().initialize(access)
        self.limits = limits
        self.now = now

    @signed_in
    async def get(self) -> None:
        self.reply(LimitsView.of(await self.limits.in_force()))

    @needs("calendar.manage")
    async def put(self) -> None:
        given = self.body(LimitsChange)
        table = given.limits.model_dump() if given.limits is not None else None
        by = self.person.username
        changed = await self.limits.put(table, version=given.version, by=by, at=self.now(), reason=given.reason)
        self.reply(LimitsView.of(changed))


_operation = StaffOperations("desk: calendar and limits", "/api/v1/desk/limits", ("calendar.manage",))

OPERATIONS = (
    _operation("get", "", "The limits in force", (200, "How long things may take", LimitsView), scopes=()),
    _operation(
        "put",
        "",
        "Set the limits",
        (200, "In force for what begins from now on", LimitsView),
        409,
        422,
        takes=LimitsChange,
        description="What makes no sense is refused with 422, and `details.fields` says why, by the name of the limit "
        "(`finish.help`, `sign`, …): `no_span`, `too_long`, `longer_than_ordinary`, `shorter_than_ordinary` or "
        "`out_of_bounds`. 409: they were changed meanwhile.",
    ),
)


def routes(access: Access, limits: OperatorsLimits, now: Callable[[], dt.datetime]) -> list[URLSpec]:
    return [URLSpec(r"/api/v1/desk/limits", Limits, {"access": access, "limits": limits, "now": now})]
