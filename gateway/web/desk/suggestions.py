"""`/api/v1/desk/tickets/…/suggestion`: which unit a ticket may be for."""

from __future__ import annotations

from pydantic import BaseModel, Field
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core.tickets.desk import Desk
from gateway.core.tickets.suggesting import Suggesting, Suggestion
from gateway.web.desk.access import Access, DeskHandler, needs


class UnitSuggested(BaseModel):
    unit: str
    name: str
    confidence: float = Field(ge=0, le=1, description="The estimated probability that it is this unit's.")


class TownSuggested(BaseModel):
    unit: str
    name: str


class SuggestionView(BaseModel):
    """Departments by what the ticket is about, the town or park by where it is. Whoever dispatches decides, and what
    they decide is learned from."""

    units: tuple[UnitSuggested, ...] = Field(
        max_length=3, description="The likeliest first. None that the ticket is about, nor one that returned it."
    )
    place: str = Field(description="The words that tell where it is; empty when none do.")
    town: TownSuggested | None = Field(description="The town or park, when they name exactly one.")
    towns: tuple[TownSuggested, ...] = Field(description="All it may be in: villages of two towns have one name.")

    @classmethod
    def of(cls, suggestion: Suggestion) -> SuggestionView:
        return cls.model_validate(suggestion, from_attributes=True)


class TicketSuggestion(DeskHandler):
    def initialize(self, access: Access, desk: Desk, suggesting: Suggesting) -> None:
        super().initialize(access)
        self.desk = desk
        self.suggesting = suggesting

    @needs("tickets.handle")
    async def get(self, number: str) -> None:
        ticket = await self.desk.get(self.person, number)
        self.reply(SuggestionView.of(await self.suggesting.suggest(ticket)))


_operation = StaffOperations(
    "desk: tickets", "/api/v1/desk/tickets", ("tickets.handle",), {"number": "DG and 15 digits"}
)

OPERATIONS = (
    _operation(
        "get",
        "/{number}/suggestion",
        "Which unit a ticket may be for",
        (200, "What is known; nothing is an answer, too", SuggestionView),
    ),
)


def routes(access: Access, desk: Desk, suggesting: Suggesting) -> list[URLSpec]:
    given = {"access": access, "desk": desk, "suggesting": suggesting}
    return [URLSpec(r"/api/v1/desk/tickets/(DG[0-9]{15})/suggestion", TicketSuggestion, given)]
