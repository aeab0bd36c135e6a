"""Twilio's error codes: what they mean for a message. The desk has its own words for each, in its reader's language
(frontend/src/desk/reasons.ts); those here are for logs and the terminal.

Source: https://www.twilio.com/docs/api/errors, each code on a page of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from channels.contract import (
    ChannelError,
    PermanentChannelError,
    TemporaryChannelError,
    UncertainChannelError,
    Unreachable,
)

# temporary: the same message may succeed later · account: nothing is wrong with the message, our account is ·
# unreachable: nothing reaches this person here · permanent: trying again cannot help · uncertain: it may have been done
Kind = Literal["temporary", "account", "unreachable", "permanent", "uncertain"]


@dataclass(frozen=True, slots=True)
class Entry:
    """retry_after: seconds until another try is worth while, when Twilio names none."""

    kind: Kind
    meaning: str
    retry_after: float | None = None


CATALOGUE: dict[int, Entry] = {
    14107: Entry("temporary", "sent too fast, over the rate limit", 5.0),
    20003: Entry("account", "the account or its password is wrong", 60.0),
    20005: Entry("account", "the account is not active", 60.0),
    20404: Entry("account", "the account or the address of the interface does not exist", 60.0),
    20429: Entry("temporary", "too many requests", 2.0),
    20500: Entry("uncertain", "an error inside the platform"),
    20503: Entry("temporary", "the platform is not available for now", 5.0),
    21211: Entry("permanent", "the number to send to is not valid"),
    21212: Entry("account", "the number to send from is not valid", 60.0),
    21408: Entry("permanent", "sending to this region is not enabled"),
    21602: Entry("permanent", "the message says nothing"),
    21603: Entry("account", "no number to send from was given", 60.0),
    21604: Entry("permanent", "no number to send to was given"),
    21606: Entry("account", "the number to send from cannot send messages", 60.0),
    21608: Entry("permanent", "a trial account sends to verified numbers only"),
    21609: Entry("account", "the address for status callbacks is not valid", 60.0),
    21610: Entry("unreachable", "the citizen has opted out"),
    21611: Entry("temporary", "the queue of the number to send from is full", 60.0),
    21612: Entry("permanent", "this number cannot send to that one"),
    21614: Entry("permanent", "the number to send to is not a mobile one"),
    21617: Entry("permanent", "the message is longer than 1,600 characters"),
    21659: Entry("account", "the number to send from is not the platform's", 60.0),
    21660: Entry("account", "the number to send from is not this account's", 60.0),
    21703: Entry("account", "the messaging service has no number to send from", 60.0),
    30001: Entry("temporary", "the queue for sending is full", 60.0),
    30002: Entry("account", "the account is suspended", 60.0),
    30003: Entry("temporary", "the phone is off or has no signal", 300.0),
    30004: Entry("permanent", "the message was blocked"),
    30005: Entry("permanent", "the number does not exist or is out of use"),
    30006: Entry("permanent", "a landline, or a carrier that cannot be reached"),
    30007: Entry("permanent", "the carrier filtered it"),
    30008: Entry("permanent", "the carrier gave no reason"),
    30022: Entry("temporary", "over the carrier's rate limit", 60.0),
    63018: Entry("temporary", "over the channel's rate limit", 5.0),
}

PHONE_OFF = "30003"

_NUMBERS = re.compile(r"\d{5,}")


def entry(code: str | int) -> Entry | None:
    """What is known of a code."""
    try:
        return CATALOGUE.get(int(code))
    except ValueError:
        return None


def documentation(code: int) -> str:
    return f"https://www.twilio.com/docs/api/errors/{code}"


def refusal(status: int, code: int | None, said: str, retry_after: float | None, *, safe: bool) -> ChannelError:
    """The error that an answer other than success is.

    code, said: Twilio's own, from the JSON of its answer; None and empty when there was none. retry_after: seconds.
    safe: whether the request can be repeated without harm.
    """
    known = CATALOGUE.get(code) if code is not None else None
    kind = known.kind if known else _kind_of(status)
    # what Twilio says quotes the citizen's number
    meaning = known.meaning if known else _NUMBERS.sub("…", said)[:200]
    name = str(code or status)
    message = f"Twilio {name}: {meaning}" if meaning else f"Twilio answered {name}"
    page = documentation(code) if code is not None else ""
    if kind in ("temporary", "account") or (safe and kind == "uncertain"):
        if retry_after is None:
            retry_after = known.retry_after if known else _LATER.get(status)
        return TemporaryChannelError(
            message, code=name, documentation=page, retry_after=retry_after, account=kind == "account"
        )
    kinds: dict[Kind, type[ChannelError]] = {
        "permanent": PermanentChannelError,
        "unreachable": Unreachable,
        "uncertain": UncertainChannelError,
    }
    return kinds[kind](message, code=name, documentation=page)


_LATER = {401: 60.0, 403: 60.0, 404: 60.0, 408: 2.0, 429: 2.0}


def _kind_of(status: int) -> Kind:
    if status in (401, 408, 429):
        return "temporary"
    if 400 <= status < 500:
        return "permanent"
    return "uncertain"
