"""`/api/v1/desk/audit`: who did what, about what, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core import audit
from gateway.core.audit import AuditLog
from gateway.web.desk.access import Access, DeskHandler, needs


class AuditQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    actor: str = Field("", max_length=64, description="A user name, or `system`.")
    about: str = Field("", max_length=200, description="The id of what it was done to.")
    action: str = Field("", max_length=60, description="As `reveal.phone`.")
    since: AwareDatetime | None = Field(None, description="From then on.")
    until: AwareDatetime | None = Field(None, description="Before then.")
    before: str = Field("", max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class AuditLine(BaseModel):
    id: str
    at: datetime
    actor: str
    action: str
    about: str
    reason: str
    more: dict[str, Any] = Field(description="What else helps to understand it, as what was changed.")


class AuditPage(BaseModel):
    lines: tuple[AuditLine, ...]
    next: str | None = Field(description="Pass it on as `before` for more; null at the end.")


class Audit(DeskHandler):
    def initialize(self, access: Access, log: AuditLog) -> None:
        super().initialize(access)
        self.audit = log

    @needs("audit.read")
    async def get(self) -> None:
        asked = self.query(AuditQuery)
        wanted = audit.Asked(asked.actor, asked.about, asked.action, asked.since, asked.until)
        found, more = await self.audit.page(wanted, before=asked.before, limit=asked.limit)
        lines = tuple(AuditLine.model_validate(line, from_attributes=True) for line in found)
        self.reply(AuditPage(lines=lines, next=more))


_operation = StaffOperations("desk: audit", "/api/v1/desk/audit", ("audit.read",))

OPERATIONS = (_operation("get", "", "Who did what", (200, "The newest first", AuditPage), 422, query=AuditQuery),)


def routes(access: Access, log: AuditLog) -> list[URLSpec]:
    return [URLSpec(r"/api/v1/desk/audit", Audit, {"access": access, "log": log})]
