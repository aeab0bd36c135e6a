"""What a channel and the gateway say to each other: addresses, message parts, capabilities, errors.

Imports nothing of ours. A channel decodes what its platform sends into an `InboundMessage`, hands it to the
`Intake` it was given, and sends `OutboundMessage`s; it knows neither the bot nor the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["zh", "en"]  # those we speak


class Address(BaseModel):
    """Where a person is reached: one identity on one account of one channel."""

    model_config = ConfigDict(frozen=True)

    channel: str = Field(max_length=16, pattern=r"^[a-z]+$")
    account: str = Field(max_length=128)
    external_id: str = Field(max_length=256)

    @property
    def key(self) -> str:
        """The identity's natural key; unique in the store because it is its `_id`."""
        return f"{self.channel}:{self.account}:{self.external_id}"

    @classmethod
    def of(cls, key: str) -> Address:
        """The address that has this key."""
        channel, account, external_id = key.split(":", 2)
        return cls(channel=channel, account=account, external_id=external_id)


class Media(BaseModel):
    """A file a message carries: where the platform holds it, and where we keep it once fetched."""

    model_config = ConfigDict(frozen=True)

    platform_id: str | None = Field(None, max_length=512, description="The platform's media id; may expire.")
    url: str | None = Field(None, max_length=2048, description="Where the platform offers it.")
    blob_id: str | None = Field(None, max_length=64, description="Our own copy, once it is kept.")
    name: str | None = Field(None, max_length=255)
    content_type: str | None = Field(None, max_length=127)
    size: int | None = Field(None, ge=0, description="Bytes.")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Text(_Part):
    type: Literal["text"] = "text"
    text: str = Field(max_length=20_000)


class Image(_Part):
    type: Literal["image"] = "image"
    media: Media


class Voice(_Part):
    type: Literal["voice"] = "voice"
    media: Media
    recognition: str | None = Field(None, max_length=20_000, description="What the platform heard.")


class Video(_Part):
    type: Literal["video"] = "video"
    media: Media
    thumbnail: Media | None = None


class Location(_Part):
    type: Literal["location"] = "location"
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    label: str = Field("", max_length=512)
    precision: float | None = Field(None, description="Metres.")


class Link(_Part):
    type: Literal["link"] = "link"
    url: str = Field(max_length=2048)
    title: str = Field("", max_length=512)
    description: str = Field("", max_length=2048)


class File(_Part):
    type: Literal["file"] = "file"
    media: Media


class Choice(_Part):
    """One thing to choose. `key` is what the citizen may type (`1`, `2`, …); `label` is what is shown."""

    key: str = Field(max_length=16)
    label: str = Field(max_length=256)


class Choices(_Part):
    type: Literal["choices"] = "choices"
    prompt: str = Field("", max_length=2048)
    options: tuple[Choice, ...] = Field(max_length=20)


class Event(_Part):
    """Something the citizen did or the platform reports: followed, menu click, a type we do not know."""

    type: Literal["event"] = "event"
    name: str = Field(
        max_length=64, description="Lower case: subscribe, unsubscribe, scan, click, location, unknown, …"
    )
    key: str = Field("", max_length=1024)
    data: dict[str, Any] = Field(default_factory=dict, description="The platform's own fields, as text.")


Part = Annotated[Text | Image | Voice | Video | Location | Link | File | Choices | Event, Field(discriminator="type")]


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """What a channel received, before the gateway knows whose conversation it is.

    provider_id: unique within (channel, account); a repeat of it is the same message.
    sent_at: the platform's own time of sending. platform_fields: kept for operators, never interpreted.
    reply_window: for how many seconds after acceptance the platform may still collect the replies in the response to
    this message or to a retry of it; 0 when replies never travel in a response.
    """

    address: Address
    provider_id: str
    sent_at: datetime
    parts: tuple[Part, ...]
    request_id: str
    platform_fields: dict[str, Any] = field(default_factory=dict)
    reply_window: float = 0.0

    @property
    def id(self) -> str:
        """The message's natural key in the store."""
        return f"{self.address.channel}:{self.address.account}:{self.provider_id}"


@dataclass(frozen=True, slots=True)
class Reply:
    """One stored answer, as a channel that can answer in its response sees it."""

    message_id: str
    seq: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The message is durable. `fresh` is false when it was already known (a platform's retry)."""

    message_id: str
    fresh: bool


class Intake(Protocol):
    """All a webhook sees of the gateway."""

    async def accept(self, message: InboundMessage) -> Accepted:
        """Make the message durable and have it processed. Raises `IntakeUnavailable` when it cannot be stored;
        the webhook then answers 503, so that the platform tries again."""
        ...

    async def replies(self, accepted: Accepted, within: float) -> Sequence[Reply] | None:
        """The replies to an accepted message, waiting up to `within` seconds for processing under way, here or in
        another process. None when it is not done by then: what comes later goes out by delivery.
        Replies already handed over by another response are returned again, so that a retry gets the same answer."""
        ...

    def handed_over(self, accepted: Accepted, message_ids: Sequence[str]) -> None:
        """The bytes of a response that carries these replies have left. Never blocks; what is not reported is
        left to delivery."""
        ...


class IntakeUnavailable(Exception):
    """The store cannot take a message now. Nothing was acknowledged."""


class NotDone(Exception):
    """What the citizen asked for cannot be done. `code` is stable, `message` is for people."""

    def __init__(
        self, code: str, message: str, *, retry_after: float | None = None, details: dict[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.details = details or {}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can show. `rendering.fit` degrades the rest to text.

    brief_chars: what is longer is cut on a sentence's end, with a link to the whole. merges: the platform counts
    messages, so that those which wait together travel as one.
    """

    max_text_bytes: int | None = None
    max_text_chars: int | None = None
    parts: frozenset[str] = frozenset({"text"})
    brief_chars: int | None = None
    merges: bool = False


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to deliver, already in the conversation's order.

    last_message_at, last_act_at: when the citizen last wrote, and last followed, scanned or pressed a menu button; what
    a platform's rules for answering later are counted from. spent: messages sent by its interface since.
    """

    message_id: str
    address: Address
    parts: tuple[Part, ...]
    request_id: str
    last_message_at: datetime | None = None
    last_act_at: datetime | None = None
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a platform still lets us say to a citizen who has written: so many messages, and until when."""

    left: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform took the message; provider_id is its name for it, when it gives one. via: `api`, or `template` for
    what does not count against the budget of answers."""

    provider_id: str | None
    via: Literal["api", "template"] = "api"


@dataclass(frozen=True, slots=True)
class Report:
    """What a platform says later of a message it took. code, meaning: the platform's own, for a failure. temporary: the
    same message may succeed later, not before `retry_after` seconds when it is given."""

    message_id: str
    provider_id: str
    state: Literal["sent", "delivered", "read", "failed"]
    code: str = ""
    meaning: str = ""
    temporary: bool = False
    retry_after: float | None = None


class Reports(Protocol):
    """Where a status webhook hands its reports."""

    async def report(self, report: Report) -> bool:
        """Move the message forward; whether it moved. Repeats, and reports overtaken by later ones, change nothing.
        Raises `IntakeUnavailable` when it cannot be stored; the webhook then answers 503."""
        ...


class ChannelError(Exception):
    """A platform refused, or could not be asked. `code` is the platform's own; `documentation` its page."""

    def __init__(self, message: str, *, code: str = "", documentation: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.documentation = documentation


class TemporaryChannelError(ChannelError):
    """Worth trying again, not before `retry_after` seconds when it is given. account: it is about our account, not
    about this message; others would fare the same."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        documentation: str = "",
        retry_after: float | None = None,
        account: bool = False,
    ) -> None:
        super().__init__(message, code=code, documentation=documentation)
        self.retry_after = retry_after
        self.account = account


class PermanentChannelError(ChannelError):
    """Trying again cannot help."""


class Unreachable(PermanentChannelError):
    """Nothing reaches this person here now (window closed, budget spent, opted out); another identity may."""


class CannotTell(ChannelError):
    """The platform keeps no record that could be asked for."""


class UncertainChannelError(ChannelError):
    """The request left and no answer came: the platform may have acted on it."""


class Channel(Protocol):
    """A channel's outward side."""

    name: str
    capabilities: Capabilities

    async def send(self, message: OutboundMessage) -> Receipt:
        """Hand the message to the platform. Raises the `ChannelError` kinds."""
        ...

    def allowance(
        self, last_message_at: datetime | None, last_act_at: datetime | None, spent: int, now: datetime
    ) -> Allowance | None:
        """What may still be said; None where the platform sets no such limit. See `OutboundMessage`."""
        ...

    async def find(self, message: OutboundMessage, since: datetime) -> Receipt | None:
        """The platform's record of a message whose sending is in doubt, looked for among those since then. Raises
        `CannotTell` where there is none to be asked for, `TemporaryChannelError` when it could not be asked."""
        ...

    async def fetch(self, media: Media) -> tuple[bytes, str]:
        """The bytes of a media file and its content type. Raises the `ChannelError` kinds."""
        ...

    async def close(self) -> None: ...
