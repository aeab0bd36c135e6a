"""Between a carrier's short message and the gateway's parts, both ways. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from channels.contract import Address, Capabilities, Choices, Event, InboundMessage, Part, Text
from channels.rendering import as_text, is_english, split
from channels.sms.consent import read
from channels.sms.provider import Inbound

# 1,600 is Twilio's limit for one message; about 320 is what a citizen reads and a city pays for without regret.
CAPABILITIES = Capabilities(max_text_chars=1600, brief_chars=320)
HOW_TO_CHOOSE, HOW_TO_CHOOSE_ENGLISH = "请回复数字选择。", "Reply with a number to choose."
_CUT = "…"
_LONGEST_TEXT = 20_000
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def to_message(inbound: Inbound, request_id: str) -> InboundMessage:
    """What the gateway is given. A message that is only a word for opting out, in, or for help becomes an event of
    that name: its key is the word, its data the text as it was written, and `handled` when the carrier has answered."""
    return InboundMessage(
        address=Address(channel="sms", account=inbound.account, external_id=inbound.sender),
        provider_id=inbound.provider_id,
        sent_at=inbound.sent_at,
        parts=_parts(inbound),
        request_id=request_id,
        platform_fields=dict(inbound.fields),
    )


def _parts(inbound: Inbound) -> tuple[Part, ...]:
    text = inbound.text[:_LONGEST_TEXT]
    word = read(text)
    if inbound.consent is not None:
        key = word[1] if word else text.strip()[:64]
        return (Event(name=inbound.consent, key=key, data={"text": text, "handled": "true"}), *inbound.parts)
    if word and not inbound.parts:
        return (Event(name=word[0], key=word[1], data={"text": text}),)
    return inbound.parts if inbound.parts and not text else (Text(text=text), *inbound.parts)


def to_text(parts: Iterable[Part]) -> str:
    """The parts as the one text that is sent; empty when nothing can be shown. What is longer than one message is cut
    on a sentence's end: two messages may arrive in either order, and cost twice."""
    parts = tuple(parts)
    lines = [as_text(part).strip() for part in parts]
    closing = ""
    if any(isinstance(part, Choices) and part.options for part in parts):
        closing = HOW_TO_CHOOSE_ENGLISH if is_english("\n".join(lines)) else HOW_TO_CHOOSE
    # neither a phone nor UTF-8 has a place for these
    text = _CONTROLS.sub("", "\n".join(line for line in (*lines, closing) if line)).strip()
    return text if _units(text) <= _limit() else _shortened(text)


def _shortened(text: str) -> str:
    room = characters = _limit() - len(_CUT)
    while True:
        piece = split(text, Capabilities(max_text_chars=characters))[0].rstrip()
        # Twilio's limit is taken to count as UCS-2 does, where an emoji is two
        over = _units(piece) - room
        if over <= 0:
            return piece + _CUT
        characters = min(characters, len(piece)) - (over + 1) // 2


def _limit() -> int:
    assert CAPABILITIES.max_text_chars is not None
    return CAPABILITIES.max_text_chars


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
