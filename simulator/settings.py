"""How the platforms behave; can be changed while they run."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

ORDERS = frozenset({"off", "late", "repeated", "shuffled", "early"})


class Behaviour(BaseModel):
    """token_lifetime, token_overlap: seconds an access token lives, and an old one outlives its replacement.

    rules: whether WeChat's window and budget hold and unknown followers are refused. daily_quota: customer-service
    messages a day, then 45009. permitted: without, 48001. address_allowed: without, 40164.

    callbacks: how Twilio's status callbacks come: `on`, `off`, or some of `late` (after `late_by`), `repeated` (each
    twice), `shuffled` and `early` (before the send call is answered), joined by `+`. step: seconds from one status to
    the next. retry_pause: seconds before a failed callback is repeated; the second pause is three times as long.
    landlines: a regular expression of numbers that are none for SMS. media_redirect: answer a request for a file with
    307 to where it lies. absolute_pages: whole URLs in lists, as Twilio's OpenAPI description has them (format
    `uri`); without, paths alone, as Twilio itself gives them. wechat_patience, twilio_patience: seconds the platform
    waits for an answer to a callback.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    token_lifetime: float = Field(7200.0, ge=1, le=7200)
    token_overlap: float = Field(300.0, ge=0, le=3600)
    rules: bool = True
    daily_quota: int | None = Field(None, ge=0)
    permitted: bool = True
    address_allowed: bool = True
    wechat_patience: float = Field(5.0, gt=0, le=60)

    callbacks: str = "on"
    step: float = Field(0.05, ge=0, le=60)
    late_by: float = Field(2.0, ge=0, le=600)
    retry_pause: float = Field(0.5, ge=0, le=60)
    landlines: str = r"\+86(10|2\d|[3-9]\d\d)\d{7,8}"
    media_redirect: bool = False
    absolute_pages: bool = True
    twilio_patience: float = Field(15.0, gt=0, le=60)

    @field_validator("callbacks")
    @classmethod
    def _orders(cls, value: str) -> str:
        if value != "on" and not (set(value.split("+")) <= ORDERS and ("off" not in value or value == "off")):
            raise ValueError("on, off, or some of late, repeated, shuffled, early, joined by +")
        return value

    @field_validator("landlines")
    @classmethod
    def _pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return value

    def orders(self) -> frozenset[str]:
        """The ways in which callbacks differ from the ordinary."""
        return frozenset(self.callbacks.split("+")) & ORDERS
