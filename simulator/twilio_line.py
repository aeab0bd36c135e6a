"""Twilio calling the gateway: inbound messages and status callbacks, signed over the public address.

Sources: https://www.twilio.com/docs/messaging/guides/webhook-request and
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from simulator.courier import NotDelivered
from simulator.signing import twilio_signature
from simulator.twilio_messages import Message
from simulator.world import World

TRIES = 3
_SHUFFLE_SEED = 7

Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an inbound callback went. replies: the messages of the TwiML that came back."""

    state: Literal["answered", "broken"]
    replies: tuple[str, ...] = ()
    reason: str = ""


class TwilioLine:
    """Sends callbacks for one account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._account = world.account.twilio
        self._random = random.Random(_SHUFFLE_SEED)  # noqa: S311  repeated on purpose

    def _reached_at(self, url: str) -> str:
        """Where a request to `url` goes: the public address may be one that only the world outside can reach."""
        account = self._world.account
        if account.public_url and url.startswith(account.signed_url):
            return account.gateway_url.rstrip("/") + url[len(account.signed_url) :]
        return url

    async def _post(self, url: str, fields: Fields, count: str) -> tuple[int, bytes]:
        """Up to three times until it is taken. Raises `NotDelivered`."""
        body = urlencode(fields).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": twilio_signature(self._account.auth_token, url, fields),
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        reason, pause = "", self._world.behaviour.retry_pause
        for attempt in range(TRIES):
            if attempt:
                self._world.journal.counts[f"{count}_retries"] += 1
                await asyncio.sleep(pause)
                pause *= 3
            self._world.journal.counts[count] += 1
            try:
                answer = await self._world.courier.post(
                    self._reached_at(url), body, headers, self._world.behaviour.twilio_patience
                )
            except NotDelivered as error:
                reason = str(error)
                continue
            if answer.status < 400:
                return answer.status, answer.body
            reason = f"HTTP {answer.status}"
            if answer.status < 500 and answer.status != 429:
                break
        self._world.journal.counts[f"{count}_broken"] += 1
        raise NotDelivered(reason)

    async def receive(self, message: Message, media: Sequence[tuple[str, str]], opt_out: str | None) -> Outcome:
        """Tell the gateway of a citizen's message. media: address and content type of each file."""
        fields = [
            ("ToCountry", "US"),
            ("SmsMessageSid", message.sid),
            ("NumMedia", str(len(media))),
            ("ToCity", ""),
            ("SmsSid", message.sid),
            ("SmsStatus", "received"),
            ("FromCountry", "CN"),
            ("FromCity", ""),
            ("Body", message.body),
            ("To", message.to),
            ("MessagingServiceSid", self._account.messaging_service_sid),
            ("NumSegments", "1"),
            ("MessageSid", message.sid),
            ("AccountSid", self._account.account_sid),
            ("From", message.sender),
            ("ApiVersion", "2010-04-01"),
        ]
        if opt_out is not None:
            fields.append(("OptOutType", opt_out))
        for index, (url, content_type) in enumerate(media):
            fields += [(f"MediaUrl{index}", url), (f"MediaContentType{index}", content_type)]
        try:
            _, body = await self._post(f"{self._world.account.signed_url}/sms/inbound", fields, "twilio_inbound")
            return Outcome("answered", _messages(body))
        except NotDelivered as error:
            return Outcome("broken", (), str(error))
        except (ParseError, DefusedXmlException, ValueError):
            return Outcome("broken", (), "12100 Document parse failure")

    async def report(self, message: Message) -> None:
        """All status callbacks of one message, as the behaviour has them; none for its first status."""
        behaviour = self._world.behaviour
        orders = behaviour.orders()
        if "off" in orders or not message.callback:
            return
        steps = list(message.steps[1:])
        if "shuffled" in orders:
            self._random.shuffle(steps)
        if "late" in orders:
            await asyncio.sleep(behaviour.late_by)
        for index, (_, status) in enumerate(steps):
            if index or "early" not in orders:
                await asyncio.sleep(behaviour.step)
            for _ in range(2 if "repeated" in orders else 1):
                await self._tell(message, status)

    async def _tell(self, message: Message, status: str) -> None:
        fields = [
            ("SmsSid", message.sid),
            ("SmsStatus", status),
            ("MessageStatus", status),
            ("To", message.to),
            ("MessageSid", message.sid),
            ("AccountSid", self._account.account_sid),
            ("From", message.sender),
            ("ApiVersion", "2010-04-01"),
        ]
        if message.service:
            fields.append(("MessagingServiceSid", message.service))
        if message.error is not None and status in ("failed", "undelivered"):
            fields.append(("ErrorCode", str(message.error)))
        try:
            await self._post(message.callback, fields, "twilio_status")
        except NotDelivered:
            return  # counted, and nobody else is told at Twilio either


def _messages(body: bytes) -> tuple[str, ...]:
    """The texts of a TwiML answer. An empty body is none."""
    if not body.strip():
        return ()
    root = fromstring(body)
    if root.tag != "Response":
        raise ValueError("no TwiML")
    found = []
    for verb in root.iterfind("Message"):
        inner = verb.findtext("Body")
        text = (inner if inner is not None else verb.text) or ""
        if text.strip():
            found.append(text)
    return tuple(found)
