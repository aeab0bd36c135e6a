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


class NotFound(HotlineError):
    code = "not_found"


class Conflict(HotlineError):
    """It has changed meanwhile, or another owner has it."""

    code = "conflict"


class Forbidden(HotlineError):
    """Known, and not allowed."""

    code = "forbidden"
