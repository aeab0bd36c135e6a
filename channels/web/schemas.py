"""The citizen API's shapes. The same models validate requests, write responses and make the OpenAPI description."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from channels.contract import Location, Part
from channels.web.ports import Progress, Said, Thread

TEXT_LIMIT = 4_000
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Request(_Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SessionRequest(_Request):
    token: str | None = Field(None, max_length=512, description="A token from before, to resume its conversation.")


class ReadMarks(_Shape):
    citizen: int = Field(description="The last number the citizen has seen.")
    staff: int = Field(description="The last number staff have seen.")


class Session(_Shape):
    token: str = Field(description="Send it as `Authorization: Bearer`. Keep it; it resumes this conversation.")
    contact_id: str
    conversation_id: str
    seq: int = Field(description="The number of the conversation's last message; 0 when nothing was said.")
    read: ReadMarks


def _printable(text: str) -> str:
    """Without control characters, which no citizen means to send and no store agrees on."""
    return _CONTROLS.sub("", text)


Words = Annotated[str, AfterValidator(_printable)]


class SentMedia(_Request):
    blob_id: Annotated[str, Field(max_length=64, description="From `POST /api/v1/uploads`.")]


class SentText(_Request):
    type: Literal["text"]
    text: Words = Field(min_length=1, max_length=TEXT_LIMIT)


class SentFile(_Request):
    type: Literal["image", "file"]
    media: SentMedia


class SentLocation(_Request):
    type: Literal["location"]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    label: Words = Field("", max_length=512)

    def part(self) -> Location:
        return Location(latitude=self.latitude, longitude=self.longitude, label=self.label)


SentPart = Annotated[SentText | SentFile | SentLocation, Field(discriminator="type")]


class SendRequest(_Request):
    """Either `text` or `parts`."""

    client_id: str = Field(
        min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$", description="Yours; a repeat is the same message."
    )
    text: Words | None = Field(None, max_length=TEXT_LIMIT)
    parts: tuple[SentPart, ...] | None = Field(None, min_length=1, max_length=9)

    @field_validator("text")
    @classmethod
    def _not_blank(cls, text: str | None) -> str | None:
        if text is not None and not text.strip():
            raise ValueError("nothing is written")
        return text

    @model_validator(mode="after")
    def _one_of(self) -> SendRequest:
        if (self.text is None) == (self.parts is None):
            raise ValueError("either text or parts")
        return self


class ReadRequest(_Request):
    seq: int = Field(ge=0, le=2**53)


class Sender(_Shape):
    kind: Literal["citizen", "bot", "agent", "system"]
    name: str | None = None


class Message(_Shape):
    id: str
    seq: int | None = Field(description="Its number in the conversation; null until it has one.")
    direction: Literal["in", "out"] = Field(description="in: said by the citizen.")
    sender: Sender
    parts: tuple[Part, ...]
    at: datetime
    client_id: str | None = None
    reply_to: str | None = None
    delivery: str | None = None

    @classmethod
    def of(cls, said: Said) -> Message:
        return cls.model_validate(
            {
                "id": said.id,
                "seq": said.seq,
                "direction": said.direction,
                "sender": {"kind": said.sender_kind, "name": said.sender_name},
                "parts": said.parts,
                "at": said.at,
                "client_id": client_id(said.provider_id),
                "reply_to": said.reply_to,
                "delivery": said.delivery,
            }
        )


def provider_id(visitor: str, sent_id: str) -> str:
    """A message's id within the channel: the visitor's own id for it, under the visitor."""
    return f"{visitor}:{sent_id}"


def client_id(provider: str | None) -> str | None:
    return provider.partition(":")[2] or None if provider else None


class MessagePage(_Shape):
    messages: tuple[Message, ...]
    seq: int = Field(description="The number of the conversation's last message.")
    more: bool = Field(description="There are more in the direction asked.")
    owner: Literal["bot", "queue", "agent"]
    read: ReadMarks


class KeptMedia(_Shape):
    blob_id: str
    name: str
    content_type: str
    size: int = Field(description="Bytes.")


class Upload(_Shape):
    media: KeptMedia


class ErrorBody(_Shape):
    code: str
    message: str
    details: dict[str, Any] = Field(default_factory=dict)


class Error(_Shape):
    error: ErrorBody


def read_marks(thread: Thread) -> ReadMarks:
    return ReadMarks(citizen=thread.read_by_citizen, staff=thread.read_by_staff)


Kind = Literal["consultation", "help", "complaint", "report", "suggestion", "praise"]


class TicketPlace(_Request):
    label: Words = Field("", max_length=200)
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)


class TicketRequest(_Request):
    """A matter to be handled."""

    client_id: str = Field(
        min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$", description="Yours; a repeat is the same ticket."
    )
    kind: Kind
    matter: Words = Field(min_length=6, max_length=TEXT_LIMIT, description="What happened.")
    happened: Words = Field("", max_length=200, description="When, in the citizen's words.")
    place: TicketPlace = TicketPlace()
    name: Words = Field("", max_length=40, description="How to address the citizen; kept sealed.")
    phone: str = Field("", pattern=r"^(\+?[0-9][0-9 -]{4,19})?$", description="Kept sealed.")
    confidential: bool = Field(False, description="Keep who told it from those it is about.")
    attachments: tuple[Annotated[str, Field(max_length=64)], ...] = Field(
        (), max_length=9, description="`blob_id`s of `POST /api/v1/uploads`."
    )

    @field_validator("matter")
    @classmethod
    def _says_something(cls, matter: str) -> str:
        if len(matter.strip()) < 6:
            raise ValueError("say what happened")
        return matter.strip()


class TicketStep(_Shape):
    model_config = ConfigDict(frozen=True, from_attributes=True)

    at: datetime
    text: str


class TicketProgress(_Shape):
    """A ticket as its citizen sees it; numbers of people are masked."""

    number: str
    kind: Kind
    title: str
    state: str = Field(description="submitted, dispatched, signed, replied, callback, closed, …")
    stage: str = Field(description="How far it is, in plain words.")
    story: tuple[TicketStep, ...]
    next: str = Field(description="What comes, and by when.")
    due: datetime | None
    reply: str
    open: bool
    may_rate: bool

    @classmethod
    def of(cls, progress: Progress) -> TicketProgress:
        return cls.model_validate(progress, from_attributes=True)


class TicketTold(TicketProgress):
    """A ticket after its citizen said something of it."""

    emergency: str = Field(
        "", description="110, 119, … to be called at once, when what was said tells of danger now; else empty."
    )


class TicketFiled(_Shape):
    number: str
    code: str = Field(description="With the number, it finds the ticket on every channel. Said once, here.")
    emergency: str = Field(description="110, 119, … to be called at once, when somebody is in danger now; else empty.")
    ticket: TicketProgress


class TicketList(_Shape):
    tickets: tuple[TicketProgress, ...]


class SupplementRequest(_Request):
    """What the citizen adds afterwards: words, pictures, or both."""

    client_id: str = Field(
        min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$", description="Yours; a repeat is added once."
    )
    code: str = Field("", max_length=16, description="Not needed by the visitor who told it.")
    words: Words = Field("", max_length=TEXT_LIMIT)
    attachments: tuple[Annotated[str, Field(max_length=64)], ...] = Field(
        (), max_length=9, description="`blob_id`s of `POST /api/v1/uploads`, of this visitor."
    )

    @model_validator(mode="after")
    def _says_something(self) -> SupplementRequest:
        if not self.words.strip() and not self.attachments:
            raise ValueError("either words or attachments")
        return self


class PlaceList(_Shape):
    places: tuple[str, ...] = Field(description="Towns and parks, as people call them.")


class RatingRequest(_Request):
    """Solved and satisfied are two things."""

    code: str = Field("", max_length=16, description="Not needed by the visitor who told it.")
    solved: bool
    verdict: Literal["satisfied", "fairly", "dissatisfied"]
    words: Words = Field("", max_length=1000)
