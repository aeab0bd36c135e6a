"""`/api/v1/desk/alarms`: danger that citizens told of, and who sees to it. The socket tells which stand."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core.alarms.model import Alarm
from gateway.core.alarms.standing import Alarms
from gateway.web.desk.access import Access, DeskHandler, needs

ANSWERS = ("conversations.handle", "conversations.unit")


class SeeTo(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=400)


class AlarmView(BaseModel):
    """Of a ticket, or of a conversation: the other is null. Who saw to it is null while it stands."""

    id: str
    ticket: str | None
    conversation_id: str | None
    kind: str = Field(description="crime, fire, medical, traffic, mental.")
    at: datetime
    escalated_at: datetime | None = Field(
        description="When nobody had seen to it for 60 s; told to those who lead, else null."
    )
    seen_to_by: str | None = Field(description="A user name.")
    seen_to_name: str | None
    seen_to_at: datetime | None

    @classmethod
    def of(cls, alarm: Alarm, *, leads: bool = False) -> AlarmView:
        """leads: whether it is told to somebody who does."""
        view = cls.model_validate(alarm, from_attributes=True)
        hidden = {"conversation_id": None} if view.ticket else {}
        return view.model_copy(update=hidden if leads else {**hidden, "escalated_at": None})


class SeenTo(DeskHandler):
    def initialize(self, access: Access, alarms: Alarms) -> None:
        super().initialize(access)
        self.alarms = alarms

    @needs(*ANSWERS)
    async def post(self) -> None:
        self.reply(AlarmView.of(await self.alarms.see_to(self.person, self.body(SeeTo).id)))


_operation = StaffOperations("desk: conversations", "/api/v1/desk/alarms", ANSWERS)

OPERATIONS = (
    _operation(
        "post",
        "/see_to",
        "See to an alarm",
        (200, "As it is then: somebody else may have been first", AlarmView),
        404,
        409,
        takes=SeeTo,
        description="It stands at no desk any more, nor do those of the same ticket or conversation before it. A "
        "conversation that no person has becomes one's own.",
    ),
)


def routes(access: Access, alarms: Alarms) -> list[URLSpec]:
    return [URLSpec(r"/api/v1/desk/alarms/see_to", SeenTo, {"access": access, "alarms": alarms})]
