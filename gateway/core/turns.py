"""What a message does to a conversation: pure. Storing and telling are done by the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.contract import CODE_LIFETIME, Decision, Offer, Say, Turn, Waiting
from channels.contract import Address, Choice, Choices, Event, InboundMessage, Link, Location, Part, Text, Voice
from gateway.core.days import day_of
from gateway.core.model import (
    Conversation,
    Delivery,
    Effect,
    Latest,
    Message,
    Owner,
    Sender,
    Window,
    as_stored,
    milliseconds,
    new_id,
)
from gateway.core.tickets.words import masked

# events that report what a platform did; nobody waits for an answer to them
SILENT_EVENTS = frozenset({"unsubscribe", "location", "view", "status"})
_HAPPENED = {
    "image": "image",
    "video": "video",
    "voice": "voice",
    "location": "location",
    "link": "link",
    "file": "file",
    "choices": "unknown",
}
_LATEST_CHARS = 80
_EVENTS = {"subscribe": "follow", "scan": "follow", "click": "menu_click"}
_PHONES = frozenset({"sms"})  # channels whose identities are phone numbers in E.164
_CONSENT = frozenset({"opt_out", "opt_in", "help"})
_LATELY = timedelta(minutes=30)  # after which an answer says nothing of what a person is asked for
_FOR_EDITORS = frozenset({"nothing", "unsure"})  # intents: the knowledge base was asked, and had no answer to give
_NOTHING_FITS = "none_of_these"  # an intent; what was asked came to the editors with what was offered for it


def _whole(text: str) -> list[str]:
    return [text]


@dataclass(frozen=True, slots=True)
class Traits:
    """What the domain must know of a channel. pull: its clients read messages from the store themselves.
    split: a text in pieces that each fit one of the platform's messages, so that what was said is what is delivered."""

    pull: bool = False
    split: Callable[[str], list[str]] = _whole


def received(inbound: InboundMessage, now: datetime) -> Message:
    """The message as it is first stored: accepted, not yet numbered."""
    return Message(
        id=inbound.id,
        identity=inbound.address.key,
        direction="in",
        sender=Sender(kind="citizen", id=inbound.address.key),
        parts=inbound.parts,
        sent_at=as_stored(inbound.sent_at),
        accepted_at=as_stored(now),
        provider_id=inbound.provider_id,
        request_id=inbound.request_id,
        platform_fields=inbound.platform_fields,
    )


def without_fields(message: Message) -> Message:
    """The message without the platform's own fields, which are kept for operators only."""
    parts = tuple(part.model_copy(update={"data": {}}) if isinstance(part, Event) else part for part in message.parts)
    return message.model_copy(update={"parts": parts, "platform_fields": {}})


def as_turn(conversation: Conversation, message: Message, waiting: Waiting, now: datetime, *, dice: str) -> Turn | None:
    """What the bot is told. None when there is nothing to answer. dice: see `Turn`."""
    text, happened, detail = _gist(message.parts)
    if happened == "silent":
        return None
    place = next((part for part in message.parts if isinstance(part, Location)), None)
    return Turn(
        text=text,
        memory=conversation.memory,
        now=now,
        channel=conversation.channel,
        waiting=waiting,
        happened=happened,
        detail=detail,
        owner=conversation.owner.kind,
        phone=Address.of(conversation.identity).external_id if conversation.channel in _PHONES else "",
        dice=dice,
        message_id=message.id,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
    )


def words(message: Message) -> str:
    """What was written, or heard by voice recognition; nothing for pictures and the like."""
    return "\n".join(_texts(message.parts))


def _texts(parts: Sequence[Part]) -> list[str]:
    texts = [part.text for part in parts if part.type == "text"]
    return texts + [part.recognition for part in parts if part.type == "voice" and part.recognition]


def _gist(parts: Sequence[Part]) -> tuple[str, str, str]:
    if texts := _texts(parts):
        return "\n".join(texts), "", ""
    for part in parts:
        if isinstance(part, Event):
            if part.name in SILENT_EVENTS:
                return "", "silent", ""
            if part.name in _CONSENT:
                # what the platform has answered itself needs no second answer
                return "", "silent" if part.data.get("handled") else part.name, part.key
            return "", _EVENTS.get(part.name, "unknown"), part.key
        return "", _HAPPENED.get(part.type, "unknown"), part.label if part.type == "location" else ""
    return "", "unknown", ""


@dataclass(frozen=True, slots=True)
class Move:
    """A conversation after a turn, and the writes that belong to it."""

    conversation: Conversation
    effects: tuple[Effect, ...]
    inbound: Message
    replies: tuple[Message, ...]


def apply(
    conversation: Conversation,
    message: Message,
    decision: Decision | None,
    now: datetime,
    *,
    reply_window: float,
    traits: Traits,
    also: Sequence[Effect] = (),
    unit_of: Callable[[str], str | None] = lambda entry: None,
) -> Move:
    """Number the message, append the bot's replies, change owner and memory. reply_window: see `InboundMessage`.
    also: further inserts the decision means. unit_of: the code of the unit whose knowledge an entry is."""
    seq = conversation.seq + 1
    numbered = message.model_copy(
        update={
            "seq": seq,
            "state": "numbered",
            "conversation_id": conversation.id,
            "contact_id": conversation.contact_id,
            "version": message.version + 1,
        }
    )
    effects = [Effect("replace", "messages", numbered.document()), *also]
    replies: list[Message] = []
    changes: dict[str, object] = {}
    if decision is not None:
        parts = [as_part(said) for said in decision.says]
        moved, replies = say(
            conversation.model_copy(update={"seq": seq}),
            parts,
            Sender(kind="bot"),
            now,
            traits=traits,
            due=message.accepted_at + timedelta(seconds=reply_window),
            about={
                "reply_to": message.id,
                "request_id": message.request_id,
                "intent": decision.intent,
                "entries": decision.entries,
                "confidence": decision.confidence,
            },
        )
        seq = moved.seq
        changes["last_out"] = moved.last_out
        effects += [Effect("insert", "messages", reply.document()) for reply in replies]
        effects += _side_effects(conversation, message, decision, now)
        changes["memory"] = decision.memory
        owner = _owner(conversation.owner, decision, now)
        if (
            owner.kind == "queue"
            and conversation.owner.kind == "bot"
            and (entry := _asked_about(conversation, decision, now))
        ):
            owner = owner.model_copy(update={"unit": unit_of(entry)})
        if owner.kind != conversation.owner.kind:
            reason = decision.handoff.reason if decision.handoff else ""
            effects.append(handed(conversation, owner, now, by="bot", reason=reason))
        changes |= _for_people(owner, message)
    window = _window(conversation.window, message)
    effects += _first_words(conversation, window, message)
    changes |= {"seq": seq, "updated_at": now, "window": window}
    changes |= _consent(message)
    return Move(conversation.model_copy(update=changes), tuple(effects), numbered, tuple(replies))


def say(
    conversation: Conversation,
    parts: Sequence[Part],
    sender: Sender,
    now: datetime,
    *,
    traits: Traits,
    due: datetime,
    about: Mapping[str, Any] | None = None,
    key: str = "",
) -> tuple[Conversation, list[Message]]:
    """Say something in a conversation: numbered, and queued from `due` on unless the citizen's page reads it. A message
    a part, and more for a text that does not fit into one. about: further fields of the messages. key: makes their
    ids, `key#0` and so on, when they are not to be new ones."""
    messages: list[Message] = []
    seq, last_out = conversation.seq, conversation.last_out
    for index, part in enumerate(piece for whole in parts for piece in _pieces(whole, traits)):
        seq += 1
        id = f"{key}#{index}" if key else new_id()
        if traits.pull:
            delivery = Delivery(state="sent", via="pull", at=now)
        else:
            delivery = Delivery(state="queued", due=milliseconds(due), channel=conversation.channel, after=last_out)
            last_out = id
        messages.append(
            Message(
                id=id,
                identity=conversation.identity,
                conversation_id=conversation.id,
                contact_id=conversation.contact_id,
                seq=seq,
                state="numbered",
                direction="out",
                sender=sender,
                parts=(part,),
                sent_at=now,
                accepted_at=now,
                delivery=delivery,
                **(about or {}),
            )
        )
    return conversation.model_copy(update={"seq": seq, "last_out": last_out, "updated_at": now}), messages


def offered(conversation: Conversation, offer: Offer) -> Conversation:
    """The conversation whose next number or label chooses one of these. A flow under way is not lost by it: its own
    question is asked again when it is taken up."""
    memory = conversation.memory
    flow = {"flow": "choose", "flow_state": {}} if memory.flow in ("", "choose") else {}
    return conversation.model_copy(update={"memory": memory.model_copy(update={"offered": offer.options, **flow})})


def _pieces(part: Part, traits: Traits) -> Sequence[Part]:
    return [Text(text=piece) for piece in traits.split(part.text)] if isinstance(part, Text) else [part]


def as_part(said: Say | Offer) -> Part:
    """What the bot says, as it is stored and sent."""
    if isinstance(said, Say):
        return Text(text=said.text)
    options = tuple(Choice(key=option.key, label=option.label) for option in said.options)
    return Choices(prompt=said.prompt, options=options)


def _window(window: Window, message: Message) -> Window:
    """Counted from when the citizen spoke or acted; what the platform reports by itself opens nothing."""
    event = next((part for part in message.parts if isinstance(part, Event)), None)
    if event is None:
        return window.model_copy(update={"last_message_at": message.accepted_at})
    if event.name in _EVENTS:
        return window.model_copy(update={"last_act_at": message.accepted_at})
    return window


def _first_words(conversation: Conversation, window: Window, message: Message) -> list[Effect]:
    """A line of the bot's log, when these are the citizen's first of a day."""
    before, spoke_at = conversation.window.last_message_at, window.last_message_at
    if spoke_at is None or (before is not None and day_of(before) >= day_of(spoke_at)):
        return []
    document = {
        "_id": f"spoke:{day_of(spoke_at):%Y%m%d}:{conversation.id}",
        "version": 1,
        "what": "spoke",
        "at_ms": milliseconds(message.accepted_at),
        "conversation_id": conversation.id,
        "channel": conversation.channel,
        "owner": conversation.owner.kind,
    }
    return [Effect("insert", "bot_log", document)]


def _consent(message: Message) -> dict[str, object]:
    """Whether the citizen still wants messages at this address, when the message says so."""
    names = {part.name for part in message.parts if isinstance(part, Event)}
    if "opt_out" in names:
        return {"opted_out_at": message.accepted_at}
    # whoever writes again by themselves is answered only after they ask for it (START), as the carriers have it
    return {"opted_out_at": None} if "opt_in" in names else {}


def handed(
    conversation: Conversation, owner: Owner, now: datetime, *, by: str, reason: str = "", **more: str
) -> Effect:
    """The line in the log that says who answers from now on. by: a user name, bot, system. more: what else is known."""
    before = conversation.owner
    waited = now - before.since if before.kind == "queue" else None
    document = {
        "_id": new_id(),
        "version": 1,
        "conversation_id": conversation.id,
        "contact_id": conversation.contact_id,
        "channel": conversation.channel,
        "at": now,
        "at_ms": milliseconds(now),
        "from": before.kind,
        "to": owner.kind,
        "by": by,
        "reason": reason,
        **({"from_id": before.id} if before.id else {}),
        **({"to_id": owner.id} if owner.id else {}),
        **({"waited_ms": round(waited.total_seconds() * 1000)} if waited is not None else {}),
        **more,
    }
    return Effect("insert", "handoffs", document)


def _for_people(owner: Owner, message: Message) -> dict[str, object]:
    """What lists show of a conversation that people are concerned with: the citizen's words, whatever the bot says."""
    if owner.kind == "bot":
        return {"owner": owner, "latest": None, "merged_into": None}
    if owner.kind == "agent":
        waiting = {"waiting_since": owner.waiting_since or message.accepted_at, "snoozed_until": None}
        owner = owner.model_copy(update=waiting)
    return {"owner": owner, "latest": latest(message)}


def latest(message: Message) -> Latest:
    """A message as lists show it: what it is, and its words if it has any."""
    said: Sequence[Part] = [part for part in message.parts if not isinstance(part, Event)] or message.parts
    kind, text = _brief(said[-1]) if said else ("", "")
    return Latest(kind=kind, text=text[:_LATEST_CHARS], at=message.sent_at, direction=message.direction)


def _brief(part: Part) -> tuple[str, str]:
    match part:
        case Event():
            return part.name, ""
        case Text():
            return part.type, part.text
        case Choices():
            return part.type, part.prompt
        case Location():
            return part.type, part.label
        case Link():
            return part.type, part.title
        case Voice():
            return part.type, part.recognition or ""
    return part.type, ""


def _asked_about(conversation: Conversation, decision: Decision, now: datetime) -> str:
    """The entry that was answered with when a person is asked for about it; none unless that is sure. A matter being
    told may be about the very unit, whose people are not to be asked for."""
    memory, spoke_at = conversation.memory, conversation.window.last_message_at
    handoff = decision.handoff
    if handoff is None or handoff.reason != "asked" or handoff.urgent or memory.unsure or memory.draft is not None:
        return ""
    is_late = spoke_at is None or now - spoke_at > _LATELY
    return "" if is_late or not memory.answered else memory.answered[-1]


def _owner(owner: Owner, decision: Decision, now: datetime) -> Owner:
    if decision.alarm is not None and owner.kind == "agent":
        return owner.model_copy(update={"urgent": True})
    if decision.handoff is not None:
        urgent = owner.urgent or decision.handoff.urgent
        if owner.kind == "bot":
            skill = decision.memory.language if decision.memory.language != "zh" else None
            return Owner(
                kind="queue",
                since=now,
                reason=decision.handoff.reason,
                urgent=urgent,
                skill=skill,
                waiting_since=now,
            )
        if urgent != owner.urgent:
            return owner.model_copy(update={"urgent": True})
    elif decision.release and owner.kind == "queue":
        return Owner(kind="bot", since=now)
    return owner


def _side_effects(conversation: Conversation, message: Message, decision: Decision, now: datetime) -> list[Effect]:
    effects = []
    about = {
        "conversation_id": conversation.id,
        "contact_id": conversation.contact_id,
        "message_id": message.id,
        "at": now,
    }
    if decision.feedback is not None:
        document = {
            "_id": f"feedback:{message.id}",
            "version": 1,
            **about,
            "entry_id": decision.feedback.entry_id,
            "question": decision.feedback.question[:500],
            "helpful": decision.feedback.helpful,
        }
        effects.append(Effect("insert", "feedback", document))
    effects += _asked_in_vain(conversation, message, decision)
    if decision.alarm is not None:
        document = {
            "_id": f"alarm:{message.id}",
            "version": 1,
            **about,
            "kind": decision.alarm.kind,
            "number": decision.alarm.number,
            "matched": decision.alarm.matched[:200],
            "state": "raised",
        }
        effects.append(Effect("insert", "alarms", document))
    if decision.prove is not None:
        document = {
            "_id": f"proof:{message.id}",
            "version": 1,
            "identity": conversation.identity,
            "conversation_id": conversation.id,
            "phone": decision.prove.phone,
            "code": decision.prove.code,
            "at": now,
            "at_ms": milliseconds(decision.prove.sent_at),
            "expires_at": decision.prove.sent_at + CODE_LIFETIME,
            "state": "due",
        }
        effects.append(Effect("insert", "proofs", document))
    if decision.join is not None:
        document = {
            "_id": f"join:{message.id}",
            "version": 1,
            "identity": conversation.identity,
            "phone": decision.join.phone,
            "proved_ms": milliseconds(decision.join.sent_at),
            "at": now,
            "state": "due",
        }
        effects.append(Effect("insert", "joins", document))
    for index, part in enumerate(message.parts):
        media = getattr(part, "media", None)
        if media is not None and media.blob_id is None and (media.platform_id or media.url):
            document = {
                "_id": f"{message.id}#{index}",
                "version": 1,
                "message_id": message.id,
                "part": index,
                "channel": conversation.channel,
                "state": "due",
                "due_at": now,
                "attempts": 0,
                "media": media.model_dump(),
            }
            effects.append(Effect("insert", "media_fetches", document))
    return effects


def _asked_in_vain(conversation: Conversation, message: Message, decision: Decision) -> list[Effect]:
    """What the knowledge base had no good answer to, for the figures; with its words, where editors are to read it."""
    feedback, question, entry_id = decision.feedback, "", ""
    if feedback is not None and not feedback.helpful:
        kind, question, entry_id = "unhelpful", feedback.question, feedback.entry_id
    elif decision.intent in _FOR_EDITORS:
        kind, question = decision.intent, decision.memory.asked
    elif decision.intent == _NOTHING_FITS:
        kind = decision.intent
    else:
        return []
    id, at_ms = new_id(), milliseconds(message.accepted_at)
    document = {
        "_id": id,
        "version": 1,
        "kind": kind,
        "at_ms": at_ms,
        "conversation_id": conversation.id,
        "channel": conversation.channel,
    }
    if question.strip():
        words = {"question": masked(question)[:500], "entry_id": entry_id, "place": f"{at_ms}:{id}", "state": "open"}
        document |= words
    return [Effect("insert", "knowledge_questions", document)]
