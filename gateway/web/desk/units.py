"""`/api/v1/desk/units`: the responsible units. Everybody who works here reads them; administrators keep them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core import units as core
from gateway.core.units import Code, Kind, Phrase, Units, Word
from gateway.web.desk.access import Access, DeskHandler, needs, signed_in
from gateway.web.desk.people import Why

_MOST = 200
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80)]
ShortName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=30)]
Aliases = Annotated[tuple[Word, ...], Field(max_length=100, description="What else it is called.")]
Duties = Annotated[
    tuple[Phrase, ...], Field(max_length=500, description="What it is responsible for, also in citizens' words.")
]
Territory = Annotated[tuple[Word, ...], Field(max_length=1000, description="Names that tell a place it covers.")]
Contacts = Annotated[tuple[Phrase, ...], Field(max_length=20, description="Public ones.")]
Parent = Annotated[Code | None, Field(description="The unit above it; null for none.")]
Reason = Annotated[str, Field(max_length=500, description="Kept in the audit log.")]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class UnitQuery(_Request):
    kind: Kind | None = None
    under: str = Field("", pattern=r"^[a-z0-9-]{0,40}$", description="Only this one and those below it.")
    q: str = Field("", max_length=80, description="Only those with a name that contains this.")
    retired: bool = Field(False, description="Also those that are not used any more.")
    after: str = Field("", max_length=40, description="`next` of the page before.")
    limit: int = Field(100, ge=1, le=_MOST)


class NewUnit(_Request):
    id: Code = Field(description="Small letters, digits and hyphens. It never changes.")
    name: Name
    short: ShortName = Field(description="How citizens are told of it.")
    kind: Kind
    parent: Parent = None
    aliases: Aliases = ()
    duties: Duties = ()
    territory: Territory = ()
    contacts: Contacts = ()
    reason: Reason = ""


class UnitChange(_Request):
    """What is not given stays."""

    name: Name | None = None
    short: ShortName | None = None
    kind: Kind | None = None
    parent: Parent = None
    aliases: Aliases | None = None
    duties: Duties | None = None
    territory: Territory | None = None
    contacts: Contacts | None = None
    sample: bool | None = Field(None, description="false: it is one of the city's own now.")
    reason: Reason = ""

    @model_validator(mode="after")
    def _whole(self) -> UnitChange:
        if not self.given():
            raise ValueError("nothing is changed")
        return self

    def given(self) -> dict[str, object]:
        """Null takes the parent away, and gives nothing elsewhere."""
        fields = self.model_dump(exclude={"reason"}, exclude_unset=True)
        return {name: value for name, value in fields.items() if value is not None or name == "parent"}


class UnitView(BaseModel):
    id: str
    name: str
    short: str
    kind: Kind
    parent: str | None
    aliases: tuple[str, ...]
    duties: tuple[str, ...]
    territory: tuple[str, ...]
    contacts: tuple[str, ...]
    sample: bool = Field(description="Made up for trying, to be replaced by the city's own.")
    active: bool = Field(description="false: retired; tickets are not dispatched to it any more.")

    @classmethod
    def of(cls, unit: core.Unit) -> UnitView:
        return cls.model_validate(unit, from_attributes=True)


class UnitList(BaseModel):
    units: tuple[UnitView, ...]
    next: str | None = Field(description="Pass it on as `after` for more; null at the end.")


class _UnitHandler(DeskHandler):
    def initialize(self, access: Access, units: Units) -> None:
        super().initialize(access)
        self.units = units


class AllUnits(_UnitHandler):
    @signed_in
    async def get(self) -> None:
        asked = self.query(UnitQuery)
        within = set(self.units.subtree(asked.under)) if asked.under else None
        found = [
            unit
            for unit in sorted(self.units.all(inactive=asked.retired), key=lambda unit: unit.id)
            if unit.id > asked.after
            and asked.kind in (None, unit.kind)
            and (within is None or unit.id in within)
            and any(asked.q in name for name in unit.names)
        ]
        page = found[: asked.limit]
        more = page[-1].id if len(found) > len(page) else None
        self.reply(UnitList(units=tuple(map(UnitView.of, page)), next=more))

    @needs("units.manage")
    async def post(self) -> None:
        given = self.body(NewUnit)
        unit = core.Unit.model_validate(given.model_dump(exclude={"reason"}))
        made = await self.units.add(unit, by=self.person.username, reason=given.reason)
        self.reply(UnitView.of(made), 201)


class OneUnit(_UnitHandler):
    @signed_in
    async def get(self, id: str) -> None:
        self.reply(UnitView.of(self.units.known(id)))

    @needs("units.manage")
    async def patch(self, id: str) -> None:
        given = self.body(UnitChange)
        changed = await self.units.change(id, given.given(), by=self.person.username, reason=given.reason)
        self.reply(UnitView.of(changed))


class Retire(_UnitHandler):
    @needs("units.manage")
    async def post(self, id: str) -> None:
        reason = self.body(Why).reason
        changed = await self.units.change(id, {"active": False}, by=self.person.username, reason=reason)
        self.reply(UnitView.of(changed))


class Restore(_UnitHandler):
    @needs("units.manage")
    async def post(self, id: str) -> None:
        reason = self.body(Why).reason
        changed = await self.units.change(id, {"active": True}, by=self.person.username, reason=reason)
        self.reply(UnitView.of(changed))


_operation = StaffOperations("desk: units", "/api/v1/desk/units", ("units.manage",), {"id": "As listed"})
_AFTERWARDS = (200, "The unit afterwards", UnitView)

OPERATIONS = (
    _operation(
        "get", "", "The responsible units", (200, "In the order of their ids", UnitList), scopes=(), query=UnitQuery
    ),
    _operation("post", "", "Add a unit", (201, "The unit", UnitView), 409, 422, takes=NewUnit),
    _operation("get", "/{id}", "One unit", (200, "The unit, retired or not", UnitView), scopes=()),
    _operation("patch", "/{id}", "Change a unit", _AFTERWARDS, 409, 422, takes=UnitChange),
    _operation(
        "post",
        "/{id}/retire",
        "Dispatch nothing to it any more",
        _AFTERWARDS,
        409,
        422,
        takes=Why,
        description="409 while it has open tickets, `details.open` of them (1000: or more); 422 while units below it "
        "are in use.",
    ),
    _operation("post", "/{id}/restore", "Use it again", _AFTERWARDS, 409, 422, takes=Why),
)


def routes(access: Access, units: Units) -> list[URLSpec]:
    given = {"access": access, "units": units}
    one = r"/api/v1/desk/units/([a-z0-9-]{1,40})"
    return [
        URLSpec(r"/api/v1/desk/units", AllUnits, given),
        URLSpec(one, OneUnit, given),
        URLSpec(f"{one}/retire", Retire, given),
        URLSpec(f"{one}/restore", Restore, given),
    ]
