"""The domain's errors. `gateway.web` maps them to HTTP in one place."""

from __future__ import annotations


class HotlineError(Exception):
    """Something the caller can be told. `code` is stable; `message` is for people."""

    code = "error"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Invalid(HotlineError):
    code = "invalid"


class Unplayable(Invalid):
    """A file that cannot be heard or watched here; `details.reason` is stable."""

    code = "unplayable"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message, reason=reason)
        self.reason = reason


class NotFound(HotlineError):
    code = "not_found"


class Conflict(HotlineError):
    """It has changed meanwhile, or another owner has it."""

    code = "conflict"


class Forbidden(HotlineError):
    """Known, and not allowed."""

    code = "forbidden"


class Refused(HotlineError):
    """The move is not allowed now, or not to this person; `details.reason` is stable, the message for people."""

    code = "refused"

    def __init__(self, reason: str, message: str, **details: object) -> None:
        super().__init__(message, reason=reason, **details)
        self.reason = reason


class Unauthorized(HotlineError):
    """Who is asking is not known, or not any more."""

    code = "unauthorized"


class TooSoon(HotlineError):
    """Asked too often. retry_after: seconds."""

    code = "too_many_requests"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after
