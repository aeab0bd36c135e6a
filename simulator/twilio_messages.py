"""Twilio's message resource: what is kept of a message, its life, its segments, and how lists are asked for. Pure.

Source: https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import islice
from typing import Any, Literal

API = "/2010-04-01"
MOST_CHARACTERS = 1600

ERRORS = {
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20001: (400, "Invalid parameter"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid From Number (caller ID)"),
    21266: (400, "'To' and 'From' number cannot be the same"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number or messaging service is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number provided is not a valid, message-capable Twilio phone number."),
    21609: (400, "The 'StatusCallback' URL is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21701: (404, "The Messaging Service does not exist"),
}
# What a message that is accepted may fail with later.
FAILURES = {
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Carrier violation",
    30008: "Unknown error",
}

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # GSM 03.38's extension table, two septets each


def segments(text: str) -> int:
    """How many messages of the network a text takes: 160 septets or 70 UTF-16 units, 153 or 67 when several."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        size, one, several = sum(2 if character in _EXTENDED else 1 for character in text), 160, 153
    else:
        size, one, several = len(text.encode("utf-16-be", "surrogatepass")) // 2, 70, 67
    return 1 if size <= one else -(-size // several)


@dataclass(slots=True)
class Message:
    """One message, either way.

    created: seconds since the epoch. steps: the statuses it goes through and after how many seconds each. service:
    the messaging service it was sent by. error: what it ends with, None when all is well. files: ids of its media.
    """

    sid: str
    to: str
    sender: str
    body: str
    created: float
    steps: tuple[tuple[float, str], ...]
    direction: Literal["inbound", "outbound-api", "outbound-reply"] = "outbound-api"
    service: str | None = None
    error: int | None = None
    files: tuple[str, ...] = ()
    media_count: int = 0
    callback: str = ""

    def at(self, now: float) -> tuple[str, float, float | None]:
        """Its status, since when, and when it was sent, as of now."""
        status, since, sent = self.steps[0][1], self.created, None
        for after, name in self.steps:
            moment = self.created + after
            if moment > now:
                break
            status, since = name, moment
            if name in ("sent", "received", "failed"):
                sent = moment
        return status, since, sent

    def sent_at(self, now: float) -> float | None:
        """Seconds since the epoch; None while it waits."""
        return self.at(now)[2]


def date(moment: float | None) -> str | None:
    """RFC 2822, in whole seconds, as the resource gives dates."""
    return None if moment is None else format_datetime(datetime.fromtimestamp(int(moment), UTC))


def as_json(message: Message, account_sid: str, now: float) -> dict[str, Any]:
    """The resource as of now."""
    status, since, sent = message.at(now)
    uri = f"{API}/Accounts/{account_sid}/Messages/{message.sid}"
    failed = message.error is not None and status in ("failed", "undelivered")
    outbound = message.direction != "inbound"
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": date(message.created),
        "date_sent": date(sent),
        "date_updated": date(since),
        "direction": message.direction,
        "error_code": message.error if failed else None,
        "error_message": FAILURES.get(message.error or 0, "Unknown error") if failed else None,
        # A service chooses its number only when the message leaves its queue.
        "from": None if status == "accepted" else message.sender,
        "messaging_service_sid": message.service,
        "num_media": str(message.media_count),
        "num_segments": "0" if status == "accepted" else str(segments(message.body)),
        "price": "-0.00750" if outbound and sent is not None else None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is narrowed to. since, until: the moments `sent_at` must lie in, both included."""

    to: str | None = None
    sender: str | None = None
    since: float | None = None
    until: float | None = None

    def takes(self, message: Message, now: float) -> bool:
        if self.to is not None and message.to != self.to:
            return False
        if self.sender is not None and message.sender != self.sender:
            return False
        if self.since is None and self.until is None:
            return True
        sent = message.sent_at(now)
        if sent is None:
            return False
        sent = int(sent)  # what is shown has whole seconds
        return (self.since is None or sent >= self.since) and (self.until is None or sent <= self.until)


def asked(query: Iterable[tuple[str, str]]) -> Asked:
    """A list's filters. Raises ValueError for what is no date.

    `DateSent>=2024-01-31` is the parameter `DateSent>` with that value; some clients encode the whole `>=` as its name.
    Both bounds include their day or second.
    """
    given = dict(query)
    since = until = None
    if exact := given.get("DateSent"):
        since, until = _span(exact)
    for name in ("DateSent>", "DateSent>="):
        if value := given.get(name):
            since = max(_span(value)[0], since if since is not None else float("-inf"))
    for name in ("DateSent<", "DateSent<="):
        if value := given.get(name):
            until = min(_span(value)[1], until if until is not None else float("inf"))
    return Asked(given.get("To") or None, given.get("From") or None, since, until)


def _span(text: str) -> tuple[float, float]:
    """The first and the last second that a date or a time means; without a zone, in UTC."""
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    first = int(moment.timestamp())
    return first, first + (86399 if len(text.strip()) == 10 else 0)


class Messages:
    """The account's messages, the oldest forgotten first."""

    def __init__(self, size: int = 100_000) -> None:
        self._size = size
        self._by_sid: OrderedDict[str, Message] = OrderedDict()
        self._by_to: dict[str, deque[Message]] = {}

    def add(self, message: Message) -> None:
        self._by_sid[message.sid] = message
        self._by_to.setdefault(message.to, deque()).append(message)
        if len(self._by_sid) > self._size:
            _, oldest = self._by_sid.popitem(last=False)
            same = self._by_to[oldest.to]
            same.popleft()
            if not same:
                del self._by_to[oldest.to]

    def get(self, sid: str) -> Message | None:
        return self._by_sid.get(sid)

    def page(self, wanted: Asked, now: float, size: int, number: int, after: str | None) -> tuple[list[Message], bool]:
        """One page, newest first, and whether more follow. after: the sid the page before ended with, which keeps
        pages whole while new messages come; else page `number` is counted from the newest."""
        source: Iterator[Message]
        if wanted.to is not None:
            source = reversed(self._by_to.get(wanted.to, deque()))
        else:
            source = reversed(self._by_sid.values())
        if after is not None and after in self._by_sid:
            for message in source:
                if message.sid == after:
                    break
            number = 0
        found = (message for message in source if wanted.takes(message, now))
        rows = list(islice(found, number * size, number * size + size + 1))
        return rows[:size], len(rows) > size

    def __len__(self) -> int:
        return len(self._by_sid)


@dataclass(slots=True)
class Handset:
    """What the platform and the network know of a number. fails_with: 30003, 30007 … for what is sent to it."""

    number: str
    opted_out: bool = False
    reachable: bool = True
    landline: bool = False
    fails_with: int | None = None

    @property
    def failure(self) -> int | None:
        """What a message to it ends with."""
        if self.fails_with is not None:
            return self.fails_with
        return None if self.reachable else 30003


STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START = frozenset({"START", "UNSTOP", "YES"})
HELP = frozenset({"HELP", "INFO"})
# Twilio's own answers, https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
OPT_OUT_ANSWERS: Mapping[str, str] = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def opt_out_word(text: str) -> str | None:
    """STOP, START or HELP when the text is one of their words and nothing else, in any case."""
    word = text.strip().upper()
    if word in STOP:
        return "STOP"
    if word in START:
        return "START"
    return "HELP" if word in HELP else None
