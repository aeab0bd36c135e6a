"""`/api/v1/desk/conversations`: people answer citizens. Handlers parse, ask the desk, answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints
from tornado.routing import URLSpec

from bot import ticket_numbers
from channels.contract import File, Image, Text, Video, Voice
from channels.description import StaffOperations
from gateway.core.errors import NotFound
from gateway.core.handoff import ConversationDesk, Finding
from gateway.core.handoff.board import row_of
from gateway.core.handoff.desk import DraftKind
from gateway.core.handoff.finding import PAGE
from gateway.core.people import Accounts, Person
from gateway.core.people.accounts import USERNAME
from gateway.core.tickets.from_conversation import Drafted, FromConversation, drafted, phone_of
from gateway.core.tickets.model import Kind, Place
from gateway.core.tickets.words import masked_phone
from gateway.playing import Player
from gateway.web.desk.access import Access, DeskHandler, needs
from gateway.web.desk.conversation_views import (
    CitizenView,
    ConversationList,
    ConversationRow,
    ConversationsFound,
    Drafts,
    MessageView,
    NoteView,
    OneConversation,
    Thread,
)
from gateway.web.desk.playing import played, send_played
from gateway.web.desk.tickets import TicketFields

ANSWERS = ("conversations.handle", "conversations.unit")
_MAX_TEXT = 4_000
_READ_FOR_TICKET = 30  # messages a ticket is drafted from
_SHOWN = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))

_UNIT = r"^[a-z0-9-]{0,40}$"

ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_MAX_TEXT)]
ConversationId = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]
Username = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Mentioned = Annotated[str, StringConstraints(pattern=rf"^{USERNAME.pattern}$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ListQuery(_Shape):
    list: Literal["mine", "waiting", "everyone", "bot"] = "mine"
    unit: str = Field("", pattern=_UNIT, description="Only those for this unit's people; the bot's are for none.")
    before: str = Field("", max_length=400, description="Of the bot's: `next` of the page before.")
    limit: int = Field(PAGE, ge=1, le=100, description="Of the bot's; the other lists come whole.")


class SearchQuery(_Shape):
    q: str = Field(
        min_length=1, max_length=80, description="A phone, the end of a citizen's name in lists, or a ticket's number."
    )


class ThreadQuery(_Shape):
    after: int | None = Field(None, ge=0, le=2**53, description="Those that follow a number.")
    before: int | None = Field(None, ge=0, le=2**53, description="Those that come before a number.")
    limit: int = Field(50, ge=1, le=200)


class NewAnswer(_Shape):
    client_id: ClientId = Field(description="Names it: sent again, it is said once.")
    text: Words


class NewNote(_Shape):
    client_id: ClientId
    text: Words
    mentions: tuple[Mentioned, ...] = Field((), max_length=20)


class NewDraft(_Shape):
    kind: DraftKind = Field("answer", description="Whether it is for the citizen or for colleagues.")
    text: str = Field(max_length=_MAX_TEXT)


class SentPart(_Shape):
    message: str = Field(pattern=r"^[!-~]{1,500}$")
    part: int = Field(ge=0, le=100)


class NewTicketFromIt(TicketFields):
    """Filed in the citizen's name; with the phone they write from or proved when none is given."""

    sent: tuple[SentPart, ...] = Field((), max_length=20, description="What the citizen sent that goes with it.")


class SentView(BaseModel):
    """A picture, voice, video or file the citizen sent."""

    message: str
    part: int
    content: Image | Voice | Video | File = Field(discriminator="type")


class TicketDraft(BaseModel):
    kind: Kind
    matter: str = Field(description="Without the name and phone told in it.")
    happened: str
    place: Place
    confidential: bool
    name: str = Field(description="As they gave it in the conversation.")
    phone: str = Field(description="As they gave it in the conversation.")
    known_phone: str = Field(description="In part: the one they write from or proved, used when no other is given.")
    sent: tuple[SentView, ...] = Field(description="What could go with it.")

    @classmethod
    def of(cls, draft: Drafted, known_phone: str) -> TicketDraft:
        kept = {name: getattr(draft, name) for name in ("kind", "matter", "happened", "confidential", "name", "phone")}
        sent = tuple(SentView.model_validate(one, from_attributes=True) for one in draft.sent)
        return cls(**kept, place=draft.place, known_phone=masked_phone(known_phone), sent=sent)


class FiledFromIt(BaseModel):
    number: str
    code: str = Field(description="To be told to the citizen, with the number.")
    title: str


class Take(_Shape):
    """From the queue, or from the bot."""

    move: Literal["take"]


class Assign(_Shape):
    """To somebody else."""

    move: Literal["assign"]
    to: Username
    note: str = Field("", max_length=500)


class PassOn(_Shape):
    """Into the queue, for whoever has the skill, or is of the unit."""

    move: Literal["pass_on"]
    skill: str = Field("", pattern=r"^[a-z0-9-]{0,32}$")
    unit: str = Field("", pattern=_UNIT, description="The code of a unit that has somebody at a desk.")
    note: str = Field("", max_length=500)


class BackToBot(_Shape):
    move: Literal["back_to_bot"]


class Close(_Shape):
    move: Literal["close"]
    category: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class Snooze(_Shape):
    """Until then, or the citizen's next word; null ends it."""

    move: Literal["snooze"]
    until: datetime | None


class Merge(_Shape):
    """Worked as one from now on: the other, and those with it, follow this one. Contacts stay as they are."""

    move: Literal["merge"]
    other: ConversationId


class Separate(_Shape):
    """No longer worked as one with others."""

    move: Literal["separate"]


Move = Take | Assign | PassOn | BackToBot | Close | Snooze | Merge | Separate


class ConversationMove(RootModel[Move]):
    """`move` names which."""

    root: Annotated[Move, Field(discriminator="move")]


class _ConversationHandler(DeskHandler):
    def initialize(
        self,
        access: Access,
        desk: ConversationDesk,
        finding: Finding,
        tickets: FromConversation,
        accounts: Accounts,
        *,
        player: Player,
    ) -> None:
        super().initialize(access)
        self.desk = desk
        self.player = player
        self.finding = finding
        self.tickets = tickets
        self.accounts = accounts


class Conversations(_ConversationHandler):
    @needs(*ANSWERS)
    async def get(self) -> None:
        asked, board = self.query(ListQuery), self.desk.board
        if asked.list == "bot":
            await self._with_bot(asked)
            return
        match asked.list:
            case "mine":
                rows = board.of(self.person.username)
            case "waiting":
                rows = board.with_followers(board.waiting())
            case "everyone":
                rows = board.with_people()
        rows = [row for row in rows if asked.unit in ("", row.owner.unit) and self.desk.may_see(self.person, row.owner)]
        self.reply(ConversationList(conversations=tuple(map(ConversationRow.of, rows)), next=None))

    async def _with_bot(self, asked: ListQuery) -> None:
        if asked.unit:
            self.reply(ConversationList(conversations=(), next=None))
            return
        rows, more = await self.finding.with_bot(self.person, before=asked.before, limit=asked.limit)
        self.reply(ConversationList(conversations=tuple(map(ConversationRow.of, rows)), next=more))


class Search(_ConversationHandler):
    @needs(*ANSWERS)
    async def get(self) -> None:
        text = self.query(SearchQuery).q
        number, _ = ticket_numbers.read(text)
        if number:
            told = await self.tickets.told_in(self.person, number)
            rows = await self.finding.of_identities(self.person, told)
        else:
            rows = await self.finding.by_text(self.person, text)
        self.reply(ConversationsFound(conversations=tuple(map(ConversationRow.of, rows))))


class One(_ConversationHandler):
    @needs(*ANSWERS)
    async def get(self, id: str) -> None:
        conversation = await self.desk.get(self.person, id)
        citizen = await self.desk.citizen(self.person, id)
        told = await self.tickets.tickets(self.person, conversation)
        self.reply(
            OneConversation(
                conversation=ConversationRow.of(row_of(conversation)),
                citizen=CitizenView.of(citizen, told),
                drafts=Drafts(**await self.desk.drafts(self.person, id)),
            )
        )


class Messages(_ConversationHandler):
    @needs(*ANSWERS)
    async def get(self, id: str) -> None:
        asked = self.query(ThreadQuery)
        messages, notes, conversation = await self.desk.thread(
            self.person, id, after=asked.after, before=asked.before, limit=asked.limit
        )
        self.reply(
            Thread(
                messages=tuple(map(MessageView.of, messages)),
                notes=tuple(map(NoteView.of, notes)),
                seq=conversation.seq,
                read_by_citizen=conversation.read.citizen,
            )
        )

    @needs(*ANSWERS)
    async def post(self, id: str) -> None:
        given = self.body(NewAnswer)
        message = await self.desk.answer(self.person, id, [Text(text=given.text)], client_id=given.client_id)
        self.reply(MessageView.of(message), 201)


class Notes(_ConversationHandler):
    @needs(*ANSWERS)
    async def post(self, id: str) -> None:
        given = self.body(NewNote)
        note = await self.desk.note(self.person, id, given.text, client_id=given.client_id, mentions=given.mentions)
        self.reply(NoteView.of(note), 201)


class Draft(_ConversationHandler):
    @needs(*ANSWERS)
    async def put(self, id: str) -> None:
        given = self.body(NewDraft)
        await self.desk.keep_draft(self.person, id, given.text, kind=given.kind)
        self.set_status(204)


class Moves(_ConversationHandler):
    @needs(*ANSWERS)
    async def post(self, id: str) -> None:
        move = self.body(ConversationMove).root
        person, desk = self.person, self.desk
        match move:
            case Take():
                row = await desk.take(person, id)
            case Assign():
                row = await desk.assign(person, id, await self._somebody(move.to), note=move.note)
            case PassOn():
                row = await desk.pass_on(person, id, skill=move.skill or None, unit=move.unit or None, note=move.note)
            case BackToBot():
                row = await desk.back_to_bot(person, id)
            case Close():
                row = await desk.close(person, id, category=move.category)
            case Snooze():
                row = await desk.snooze(person, id, move.until)
            case Merge():
                row = await desk.merge(person, id, move.other)
            case Separate():
                row = await desk.separate(person, id)
        self.reply(ConversationRow.of(row))

    async def _somebody(self, username: str) -> Person:
        account = await self.accounts.get(username)
        if account.disabled:
            raise NotFound("没有这个人", username=username)
        return account.person("")


class ConversationFile(_ConversationHandler):
    @needs(*ANSWERS)
    async def get(self, id: str, blob_id: str) -> None:
        blob, data = await self.desk.file(self.person, id, blob_id)
        self.set_header("Content-Type", blob.content_type)
        shown = "inline" if blob.content_type in _SHOWN else "attachment"
        self.set_header("Content-Disposition", f"{shown}; filename*=UTF-8''{quote(blob.name)}")
        self.set_header("Cache-Control", "private, max-age=3600, immutable")
        self.finish(data)


class PlayedFile(_ConversationHandler):
    @needs(*ANSWERS)
    async def get(self, id: str, blob_id: str) -> None:
        _, data = await self.desk.file(self.person, id, blob_id)
        send_played(self, await self.player.playable(data))


class TicketFromIt(_ConversationHandler):
    @needs("tickets.file")
    async def get(self, id: str) -> None:
        messages, _, conversation = await self.desk.thread(self.person, id, limit=_READ_FOR_TICKET)
        draft = drafted(conversation, await self.tickets.untold(conversation, messages), self.desk.now())
        self.reply(TicketDraft.of(draft, await self._known_phone(id)))

    @needs("tickets.file")
    async def post(self, id: str) -> None:
        given = self.body(NewTicketFromIt)
        conversation = await self.desk.get(self.person, id)
        matter = given.told(conversation_id=id)
        ticket, name = await self.tickets.file(
            self.person,
            conversation,
            matter,
            name=given.name,
            phone=given.phone or await self._known_phone(id),
            client_id=given.client_id,
            sent=[(one.message, one.part) for one in given.sent],
        )
        self.reply(FiledFromIt(number=name.number, code=name.code, title=ticket.title), 201)

    async def _known_phone(self, id: str) -> str:
        citizen = await self.desk.citizen(self.person, id)
        return phone_of(citizen.identity, citizen.elsewhere)


_BASE = "/api/v1/desk/conversations"
_operation = StaffOperations(
    "desk: conversations",
    _BASE,
    ANSWERS,
    {"id": "The conversation", "blob_id": "As a part of a message names it"},
)

_one_file = _operation("get", "/{id}/files/{blob_id}", "A picture, voice or file", (200, "The file", None), binary=True)

OPERATIONS = (
    _operation(
        "get",
        "",
        "List what people are concerned with, or what the bot has",
        (200, "Who waits longest first; what follows another behind it. The bot's: the latest first", ConversationList),
        422,
        query=ListQuery,
    ),
    _operation(
        "get",
        "/search",
        "Find conversations",
        (200, "Those that are theirs to see, of whoever has them; 20 at most", ConversationsFound),
        query=SearchQuery,
        description="By a phone: those of whoever has it. By a ticket: where it was told, for who may know that.",
    ),
    _operation("get", "/{id}", "A conversation, and who writes", (200, "As it is now", OneConversation)),
    _operation(
        "get",
        "/{id}/messages",
        "What was said, and what people noted",
        (200, "In order: the first ones after a number, else the last ones before one", Thread),
        query=ThreadQuery,
    ),
    _operation(
        "post",
        "/{id}/messages",
        "Answer the citizen",
        (201, "The message", MessageView),
        409,
        422,
        takes=NewAnswer,
        description="409 with `details.reason` `not_yours` unless the conversation is one's own.",
    ),
    _operation(
        "post",
        "/{id}/notes",
        "Note something for other people",
        (201, "The note", NoteView),
        409,
        422,
        takes=NewNote,
    ),
    _operation(
        "put",
        "/{id}/draft",
        "Keep what is not sent yet",
        (204, "Kept; no text deletes it", None),
        409,
        422,
        takes=NewDraft,
    ),
    _operation(
        "post",
        "/{id}/moves",
        "Take, pass on, end, work as one",
        (200, "The conversation afterwards", ConversationRow),
        409,
        422,
        takes=ConversationMove,
        description="409 with `details.reason`: `taken`, `not_yours`, `already`, `nobody_there`; and for what is to be "
        "worked as one, or not any more, `same`, `follows`, `with_bot`, `too_many`, `not_merged`. What leads takes "
        "those that follow it along.",
    ),
    _one_file,
    played(_one_file),
    _operation(
        "get",
        "/{id}/ticket",
        "What a ticket from it would say",
        (200, "Read from what the citizen wrote", TicketDraft),
        scopes=("tickets.file",),
    ),
    _operation(
        "post",
        "/{id}/ticket",
        "File a ticket from it",
        (201, "Its number and code", FiledFromIt),
        409,
        422,
        takes=NewTicketFromIt,
        scopes=("tickets.file",),
        description="In the citizen's name, who is told of it where they wrote.",
    ),
)


def routes(
    access: Access,
    desk: ConversationDesk,
    finding: Finding,
    tickets: FromConversation,
    accounts: Accounts,
    *,
    player: Player,
) -> list[URLSpec]:
    given = {
        "access": access,
        "desk": desk,
        "finding": finding,
        "tickets": tickets,
        "accounts": accounts,
        "player": player,
    }
    one = rf"{_BASE}/([0-9A-HJKMNP-TV-Z]{{26}})"
    return [
        URLSpec(_BASE, Conversations, given),
        URLSpec(f"{_BASE}/search", Search, given),
        URLSpec(one, One, given),
        URLSpec(f"{one}/messages", Messages, given),
        URLSpec(f"{one}/notes", Notes, given),
        URLSpec(f"{one}/draft", Draft, given),
        URLSpec(f"{one}/moves", Moves, given),
        URLSpec(f"{one}/files/([0-9a-f]{{24}})", ConversationFile, given),
        URLSpec(f"{one}/files/([0-9a-f]{{24}})/played", PlayedFile, given),
        URLSpec(f"{one}/ticket", TicketFromIt, given),
    ]
