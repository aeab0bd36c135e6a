"""`/api/v1/desk/kb/entries`: the knowledge base for those who keep it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from tornado.routing import URLSpec

from channels.description import StaffOperations
from gateway.core.knowledge import Change, Difference, Editor, Knowledge, KnowledgeEntry, Line, Move
from gateway.core.knowledge.editing import moves
from gateway.core.knowledge.entry import Did, last_day
from gateway.core.knowledge.shelf import Listed, State, Wanted, state_of
from gateway.web.desk.access import Access, DeskHandler, needs
from gateway.web.desk.people import Why

EDITS = "knowledge.edit"
PATH = "/api/v1/desk/kb"

# what is too long or wrong in itself is said by the domain, field by field
Text = Annotated[str, Field(max_length=50_000)]
Similar = Annotated[tuple[Text, ...], Field(max_length=1000, description="Other wordings of the question.")]
ValidUntil = Annotated[
    str | None,
    Field(
        max_length=40, description="The last day it is valid, in Beijing, as 2027-12-31; or an instant. Null: no end."
    ),
]
Note = Annotated[str, Field(max_length=500, description="Kept in the entry's history and in the audit log.")]
Version = Annotated[int, Field(ge=1, description="Which version it was made of; another one is a conflict.")]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EntryQuery(Request):
    state: Listed | None = Field(
        None, description="`expiring`: published, and valid for at most 30 more days. Changes of published ones count."
    )
    unit: str = Field("", max_length=200, description="Exactly as the entries name it.")
    q: str = Field("", max_length=200, description="Words that occur in the entry.")
    after: str = Field("", max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class Written(Request):
    """What an editor writes. Only a draft may lack its answer."""

    question: Text
    similar: Similar = ()
    answer: Text = ""
    unit: Text = Field("", description="Whose it is, by name.")
    category: Text = ""
    source_note: Text = Field("", description="What it is based on.")
    valid_until: ValidUntil = None


class EntryEdit(Written):
    version: Version


class EntryMove(Request):
    move: Move
    version: Version
    note: Note = ""

    @model_validator(mode="after")
    def _why(self) -> EntryMove:
        if self.move == "send_back" and not self.note.strip():
            raise ValueError("say what is to be changed")
        return self


class EntryRemoval(Why):
    version: Version


class VersionQuery(Request):
    before: int = Field(0, ge=0, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class CompareQuery(Request):
    before: int = Field(ge=1, description="A version.")
    after: int = Field(ge=1, description="Another one.")


class _Content(BaseModel):
    question: str
    similar: tuple[str, ...]
    answer: str
    unit: str
    category: str
    source_note: str
    valid_until: str | None = Field(description="As it is given.")


class ChangeView(_Content):
    """A change of a published entry, which the bot does not have yet."""

    status: Literal["draft", "review"]


class EntryView(_Content):
    id: str
    version: int
    state: State
    pending: ChangeView | None = Field(description="What is to take its place.")
    sample: bool = Field(description="Made up for trying, to be replaced by the city's own.")
    moves: tuple[Move, ...] = Field(description="What this person may do to it now.")
    held: bool = Field(description="They wrote or submitted it, and another editor has to publish it.")
    updated_at: datetime
    updated_by: str = Field(description="A user name; empty for an import.")
    did: Did = Field(description="What made this version.")
    note: str

    @classmethod
    def of(cls, entry: KnowledgeEntry, now: datetime, *, held: bool = False) -> EntryView:
        pending = entry.pending
        return cls(
            **_content(entry),
            id=entry.id,
            version=entry.version,
            state=state_of(entry, now),
            pending=ChangeView(**_content(pending), status=pending.status) if pending else None,
            sample=entry.sample,
            moves=tuple(move for move in moves(entry) if move != "publish" or not held),
            held=held,
            updated_at=entry.updated_at,
            updated_by=entry.updated_by,
            did=entry.did,
            note=entry.note,
        )


class EntryLine(BaseModel):
    id: str
    question: str
    similar: int = Field(description="How many.")
    unit: str
    category: str
    state: State
    pending: Literal["draft", "review"] | None
    sample: bool
    valid_until: str | None
    updated_at: datetime
    updated_by: str

    @classmethod
    def of(cls, line: Line, now: datetime) -> EntryLine:
        return cls(
            id=line.id,
            question=line.said.question,
            similar=len(line.said.similar),
            unit=line.unit,
            category=line.category,
            state=state_of(line, now),
            pending=line.pending,
            sample=line.sample,
            valid_until=last_day(line.valid_until) if line.valid_until else None,
            updated_at=line.updated_at,
            updated_by=line.updated_by,
        )


class EntryList(BaseModel):
    entries: tuple[EntryLine, ...]
    next: str | None = Field(description="Pass it on as `after` for more; null at the end.")
    counts: dict[Listed, int] = Field(description="How many each list has, by what else is asked.")
    total: int
    units: tuple[str, ...] = Field(description="All that own an entry.")


class VersionLine(BaseModel):
    version: int
    at: datetime
    by: str = Field(description="A user name; empty for an import.")
    did: Did
    note: str
    state: State


class VersionList(BaseModel):
    versions: tuple[VersionLine, ...]
    next: int | None = Field(description="Pass it on as `before` for more; null at the end.")


class Comparison(BaseModel):
    before: EntryView
    after: EntryView
    fields: tuple[str, ...] = Field(description="Which differ; of what was worked on in each.")


def _content(of: KnowledgeEntry | Change) -> dict[str, Any]:
    given = {field: getattr(of, field) for field in _Content.model_fields}
    return {**given, "valid_until": last_day(of.valid_until) if of.valid_until else None}


class _EntryHandler(DeskHandler):
    def initialize(self, access: Access, knowledge: Knowledge, editor: Editor) -> None:
        super().initialize(access)
        self.knowledge = knowledge
        self.editor = editor

    async def show(self, entry: KnowledgeEntry, status: int = 200) -> None:
        held = await self.editor.held(entry, self.person)
        self.reply(EntryView.of(entry, self.editor.now(), held=held), status)


class Entries(_EntryHandler):
    @needs(EDITS)
    async def get(self) -> None:
        asked, now = self.query(EntryQuery), self.editor.now()
        wanted = Wanted(asked.state, asked.unit, asked.q)
        shelf = self.knowledge.shelf
        page = await shelf.find(wanted, now, after=asked.after, limit=asked.limit)
        self.reply(
            EntryList(
                entries=tuple(EntryLine.of(line, now) for line in page.lines),
                next=page.next or None,
                counts=dict(page.counts),
                total=page.total,
                units=tuple(shelf.units()),
            )
        )

    @needs(EDITS)
    async def post(self) -> None:
        given = self.body(Written)
        await self.show(await self.editor.create(given.model_dump(), by=self.person.username), 201)


class OneEntry(_EntryHandler):
    @needs(EDITS)
    async def get(self, id: str) -> None:
        await self.show(await self.editor.get(id))

    @needs(EDITS)
    async def put(self, id: str) -> None:
        given = self.body(EntryEdit)
        values = given.model_dump(exclude={"version"})
        await self.show(await self.editor.edit(id, values, version=given.version, by=self.person.username))


class Moves(_EntryHandler):
    @needs(EDITS)
    async def post(self, id: str) -> None:
        given = self.body(EntryMove)
        await self.show(
            await self.editor.move(id, given.move, version=given.version, by=self.person, note=given.note.strip())
        )


class Removal(_EntryHandler):
    @needs(EDITS)
    async def post(self, id: str) -> None:
        given = self.body(EntryRemoval)
        await self.editor.remove(id, version=given.version, by=self.person.username, note=given.reason)
        self.set_status(204)


class Versions(_EntryHandler):
    @needs(EDITS)
    async def get(self, id: str) -> None:
        asked = self.query(VersionQuery)
        found = await self.editor.versions(id, before=asked.before, limit=asked.limit)
        lines = [
            VersionLine(
                version=entry.version,
                at=entry.updated_at,
                by=entry.updated_by,
                did=entry.did,
                note=entry.note,
                state=state_of(entry, entry.updated_at),
            )
            for entry in found
        ]
        more = lines[-1].version if len(lines) == asked.limit and lines[-1].version > 1 else None
        self.reply(VersionList(versions=tuple(lines), next=more))


class Compare(_EntryHandler):
    @needs(EDITS)
    async def get(self, id: str) -> None:
        asked, now = self.query(CompareQuery), self.editor.now()
        found: Difference = await self.editor.compare(id, asked.before, asked.after)
        self.reply(
            Comparison(
                before=EntryView.of(found.before, now), after=EntryView.of(found.after, now), fields=found.fields
            )
        )


operation = StaffOperations("desk: knowledge", PATH, (EDITS,), {"id": "As listed"})
_AFTERWARDS = (200, "The entry afterwards", EntryView)

OPERATIONS = (
    operation(
        "get",
        "/entries",
        "Entries of the knowledge base",
        (200, "What was changed last comes first", EntryList),
        422,
        query=EntryQuery,
    ),
    operation("post", "/entries", "Write a new draft", (201, "The draft", EntryView), 409, 422, takes=Written),
    operation("get", "/entries/{id}", "One entry", (200, "The entry", EntryView)),
    operation(
        "put",
        "/entries/{id}",
        "Write what is worked on",
        _AFTERWARDS,
        409,
        422,
        takes=EntryEdit,
        description="A published entry stays as it is for the bot: what is written is its pending change until that "
        "is published.",
    ),
    operation(
        "post",
        "/entries/{id}/moves",
        "Submit, send back, publish, withdraw, or discard a change",
        _AFTERWARDS,
        409,
        422,
        takes=EntryMove,
        description="What is published is what the bot gives, in every process a moment later. Sending back takes a "
        "note. 409 with `details.reason` `own_work` for publishing one's own while somebody else could.",
    ),
    operation("post", "/entries/{id}/remove", "Remove an entry", (204, "Removed", None), 409, takes=EntryRemoval),
    operation(
        "get",
        "/entries/{id}/versions",
        "What an entry was: who made it so, when, how",
        (200, "The latest first", VersionList),
        query=VersionQuery,
    ),
    operation(
        "get",
        "/entries/{id}/compare",
        "Two versions of an entry",
        (200, "Both, and what differs", Comparison),
        query=CompareQuery,
    ),
)


def routes(access: Access, knowledge: Knowledge, editor: Editor) -> list[URLSpec]:
    given = {"access": access, "knowledge": knowledge, "editor": editor}
    one = f"{PATH}/entries/([^/]{{1,1200}})"
    return [
        URLSpec(f"{PATH}/entries", Entries, given),
        URLSpec(one, OneEntry, given),
        URLSpec(f"{one}/moves", Moves, given),
        URLSpec(f"{one}/remove", Removal, given),
        URLSpec(f"{one}/versions", Versions, given),
        URLSpec(f"{one}/compare", Compare, given),
    ]
