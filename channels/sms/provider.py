"""What a carrier of short messages must offer. Another one is added as a module of its own beside `twilio`: the
addresses, the words for opting out, the limits and the rendering are common and know no carrier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from channels.contract import Media, Part, Receipt, Report

Consent = Literal["opt_out", "opt_in", "help"]


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it came. target: path and query, not decoded. headers: found by a name in any case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime  # when it came


@dataclass(frozen=True, slots=True)
class Inbound:
    """One short message a carrier took from a citizen.

    account: ours at the carrier. sender: in E.164, or a short code. parts: what it carries besides the text. consent:
    what the carrier itself took the message for, and has answered. fields: all others, for operators.
    """

    account: str
    sender: str
    provider_id: str
    sent_at: datetime
    text: str
    parts: tuple[Part, ...] = ()
    consent: Consent | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What a carrier says of a message it took. report: None when it tells nothing new about the citizen's phone, or
    does not name a message of ours; status: the carrier's own word."""

    status: str
    report: Report | None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a carrier wants to hear."""

    status: int
    content_type: str
    body: bytes


class Provider(Protocol):
    """One account at one carrier. All calls outward raise the `ChannelError` kinds, all readings `CallbackError`."""

    inbound_acknowledgement: Acknowledgement
    status_acknowledgement: Acknowledgement

    def inbound(self, request: Request) -> Sequence[Inbound]:
        """The messages in a request that is proved to come from the carrier. Never blocks."""
        ...

    def status(self, request: Request) -> Sequence[StatusReport]:
        """The reports in a request that is proved to come from the carrier. Never blocks."""
        ...

    async def send(self, to: str, text: str, message_id: str) -> Receipt:
        """Send one text, of at most 1,600 characters, as one message. message_id: ours, to come back in its reports."""
        ...

    async def find(self, to: str, text: str, since: datetime) -> Receipt | None:
        """The carrier's record of a text sent since then. Raises `CannotTell` when the carrier keeps none,
        `TemporaryChannelError` when it could not be asked."""
        ...

    async def fetch(self, media: Media) -> tuple[bytes, str]:
        """A citizen's file and its content type."""
        ...

    async def close(self) -> None: ...
