"""What the web channel needs of the gateway beside `channels.contract.Intake`; shapes only, so it imports nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from channels.contract import Accepted, Address, Language, Part

OwnerKind = Literal["bot", "queue", "agent"]
Verdict = Literal["satisfied", "fairly", "dissatisfied"]


class Thread(Protocol):
    """A visitor's conversation as it stands. seq: the number of its last message."""

    @property
    def contact_id(self) -> str: ...
    @property
    def conversation_id(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def owner(self) -> OwnerKind: ...
    @property
    def read_by_citizen(self) -> int: ...
    @property
    def read_by_staff(self) -> int: ...


class Said(Protocol):
    """One stored message. seq is None until it has its place in the conversation."""

    @property
    def id(self) -> str: ...
    @property
    def seq(self) -> int | None: ...
    @property
    def direction(self) -> str: ...
    @property
    def sender_kind(self) -> str: ...
    @property
    def sender_name(self) -> str | None: ...
    @property
    def parts(self) -> tuple[Part, ...]: ...
    @property
    def at(self) -> datetime: ...
    @property
    def provider_id(self) -> str | None: ...
    @property
    def reply_to(self) -> str | None: ...
    @property
    def delivery(self) -> str | None: ...


class Kept(Protocol):
    """A kept file."""

    @property
    def name(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def data(self) -> bytes: ...


class KeptAbout(Protocol):
    """A kept file without its content. size: bytes."""

    @property
    def name(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def size(self) -> int: ...


class Threads(Protocol):
    """Every call raises `channels.contract.IntakeUnavailable` when a store is away."""

    async def open(self, address: Address) -> Thread: ...

    async def history(
        self, conversation_id: str, *, after: int | None, before: int | None, limit: int
    ) -> tuple[Sequence[Said], Thread]: ...

    async def said(self, accepted: Accepted, within: float) -> Said | None:
        """The accepted message, numbered when that happens within so many seconds."""
        ...

    async def mark_read(self, address: Address, seq: int) -> Thread: ...

    async def keep(self, conversation_id: str, name: str, content_type: str, data: bytes) -> str:
        """Keep a visitor's file; its id."""
        ...

    async def kept_about(self, conversation_id: str, id: str) -> KeptAbout | None:
        """What `kept` would give, without reading it."""
        ...

    async def kept(self, conversation_id: str, id: str) -> Kept | None:
        """A file of this conversation."""
        ...

    async def typing(self, conversation_id: str) -> None:
        """Tell staff that the citizen is writing."""
        ...

    async def allow(self, key: str, limit: int, per_seconds: float) -> float:
        """0.0, or the seconds to wait."""
        ...


class Step(Protocol):
    @property
    def at(self) -> datetime: ...
    @property
    def text(self) -> str: ...


class Name(Protocol):
    """What a ticket is found by."""

    @property
    def number(self) -> str: ...
    @property
    def code(self) -> str: ...


class Progress(Protocol):
    """A ticket as a citizen may see it."""

    @property
    def number(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def story(self) -> Sequence[Step]: ...
    @property
    def next(self) -> str: ...
    @property
    def due(self) -> datetime | None: ...
    @property
    def reply(self) -> str: ...
    @property
    def open(self) -> bool: ...
    @property
    def may_rate(self) -> bool: ...


class Tickets(Protocol):
    """Every call raises `channels.contract.IntakeUnavailable` when a store is away, `NotDone` when it is refused.
    language: of what is told of a ticket."""

    async def file(self, visitor: Address, client_id: str, told: Any, language: Language) -> tuple[Name, Progress]:
        """File a ticket; the same one for the same visitor and client_id. told: `told`'s."""
        ...

    def told(self, **given: Any) -> Any:
        """What a citizen fills in, as `file` takes it."""
        ...

    def emergency(self, words: str) -> str:
        """The number to call when somebody is in danger now, as a matter or what is added to it tells; else empty."""
        ...

    async def progress(self, number: str, code: str, who: str, visitor: Address | None, language: Language) -> Progress:
        """By number and code, or by number alone for the visitor who told it. who: for limits."""
        ...

    async def mine(self, visitor: Address, language: Language) -> Sequence[Progress]: ...

    async def rate(
        self,
        number: str,
        code: str,
        who: str,
        visitor: Address | None,
        language: Language,
        *,
        solved: bool,
        verdict: Verdict,
        text: str,
    ) -> Progress: ...

    async def supplement(
        self,
        number: str,
        code: str,
        who: str,
        visitor: Address | None,
        language: Language,
        *,
        client_id: str,
        text: str,
        blobs: Sequence[str],
    ) -> Progress:
        """Add to a ticket; once for the same client_id."""
        ...

    def places(self) -> Sequence[str]:
        """The towns and parks, as people call them."""
        ...
