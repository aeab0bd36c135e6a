"""What people do with the ownership of a conversation. Pure: a conversation and a hand give the conversation after it.

Each move checks the owner, so that the one who acts is the one who has it at that moment: two people who act at once
never both win, because only one of them replaces the conversation under its version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot import phrases
from bot.contract import Offer
from channels.contract import Part, Text
from gateway.core import turns
from gateway.core.errors import Refused
from gateway.core.model import Conversation, Effect, Owner, Sender

Moved = tuple[Conversation, list[Effect]]
Why = Literal[
    "asked",
    "assigned",
    "passed_on",
    "back_to_bot",
    "closed",
    "connection_lost",
    "unclaimed",
    "silent",
    "merged",
    "separated",
    "followed",
]


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts. leads: may act on what others have, too. unit: whose people they belong to and answer for alone."""

    username: str
    name: str
    leads: bool = False
    unit: str = ""


SYSTEM = Hand("system", "", leads=True)


def may_see(hand: Hand, owner: Owner) -> bool:
    """A unit's people see what they have and what waits for their unit; the hotline's see all."""
    if not hand.unit or (owner.kind == "agent" and owner.id == hand.username):
        return True
    return owner.kind == "queue" and owner.unit == hand.unit


def check_owner(conversation: Conversation, hand: Hand) -> None:
    """Raises `Refused` unless the conversation is theirs."""
    owner = conversation.owner
    if owner.kind == "agent" and owner.id == hand.username:
        return
    if owner.kind == "agent":
        raise Refused("not_yours", f"现在由{owner.name or owner.id}接待", owner=owner.id)
    raise Refused("not_yours", "请先接手，再回复", owner=owner.kind)


def take(conversation: Conversation, hand: Hand, now: datetime, *, why: Why = "asked", by: str = "") -> Moved | None:
    """Theirs from now on; None when it is already. by: who decided it, if not they. Raises `Refused` when somebody else
    has it."""
    owner = conversation.owner
    if owner.kind == "agent":
        if owner.id == hand.username:
            return None
        raise Refused("taken", f"{owner.name or owner.id}已经接手了", owner=owner.id)
    return _given(conversation, hand, now, why=why, by=by or hand.username)


def assign(conversation: Conversation, to: Hand, hand: Hand, now: datetime, *, note: str = "") -> Moved | None:
    """To somebody else, by who has it or leads; None when it is theirs already. Raises `Refused`."""
    if conversation.owner.kind == "agent" and conversation.owner.id == to.username:
        return None
    if not hand.leads:
        check_owner(conversation, hand)
    return _given(conversation, to, now, why="passed_on", by=hand.username, note=note)


def _given(conversation: Conversation, to: Hand, now: datetime, *, why: Why, by: str, note: str = "") -> Moved:
    before = conversation.owner
    owner = Owner(
        kind="agent",
        id=to.username,
        name=to.name,
        since=now,
        reason=before.reason,
        urgent=before.urgent,
        skill=before.skill,
        unit=before.unit,
        waiting_since=before.waiting_since,
    )
    return owned(conversation, owner, now, by=by, why=why, note=note)


def pass_on(
    conversation: Conversation,
    hand: Hand,
    now: datetime,
    *,
    skill: str | None = None,
    unit: str | None = None,
    note: str = "",
) -> Moved:
    """Into the queue, for whoever has the skill and is of the unit. Raises `Refused`."""
    if not hand.leads:
        check_owner(conversation, hand)
    return _queued(conversation, now, skill=skill, unit=unit, by=hand.username, why="passed_on", note=note)


def take_back(conversation: Conversation, lost: str, now: datetime) -> Moved | None:
    """Into the queue again, since its person's connection is lost; it keeps its place. None when it is no longer
    theirs."""
    owner = conversation.owner
    if owner.kind != "agent" or owner.id != lost:
        return None
    return _queued(conversation, now, skill=owner.skill, unit=owner.unit, by=SYSTEM.username, why="connection_lost")


def _queued(
    conversation: Conversation,
    now: datetime,
    *,
    skill: str | None,
    unit: str | None,
    by: str,
    why: Why,
    note: str = "",
) -> Moved:
    before = conversation.owner
    since = before.waiting_since or now
    owner = Owner(
        kind="queue",
        since=since,
        reason=before.reason,
        urgent=before.urgent,
        skill=skill,
        unit=unit,
        wanted_since=now if skill or unit else None,
        waiting_since=since,
    )
    return owned(conversation, owner, now, by=by, why=why, note=note)


def back_to_bot(conversation: Conversation, hand: Hand, now: datetime, *, tell: turns.Traits | None = None) -> Moved:
    """The bot answers again. tell: as of `with_bot`. Raises `Refused`."""
    if conversation.owner.kind == "bot":
        raise Refused("already", "已经由机器人接待")
    if conversation.owner.kind == "agent" and not hand.leads:
        check_owner(conversation, hand)
    return with_bot(conversation, now, by=hand.username, why="back_to_bot", tell=tell)


def close(
    conversation: Conversation, hand: Hand, now: datetime, *, category: str, tell: turns.Traits | None = None
) -> Moved:
    """The matter is dealt with; what is written next meets the bot. category: what it was about. tell: as of
    `with_bot`. Raises `Refused`."""
    if not hand.leads:
        check_owner(conversation, hand)
    return with_bot(conversation, now, by=hand.username, why="closed", category=category, tell=tell)


def end_silence(conversation: Conversation, now: datetime) -> Moved | None:
    """Nobody has said anything for long; None when people have nothing to do with it any more."""
    if conversation.owner.kind != "agent":
        return None
    return with_bot(conversation, now, by=SYSTEM.username, why="silent")


def unclaimed(conversation: Conversation, now: datetime, offer: Offer, *, traits: turns.Traits) -> Moved | None:
    """Nobody took it: the citizen is told and offered what else there is, and the bot answers again. None when it does
    not wait any more."""
    if conversation.owner.kind != "queue":
        return None
    moved, effects = with_bot(conversation, now, by=SYSTEM.username, why="unclaimed")
    moved, messages = turns.say(moved, [turns.as_part(offer)], Sender(kind="bot"), now, traits=traits, due=now)
    return turns.offered(moved, offer), [
        *effects,
        *(Effect("insert", "messages", message.document()) for message in messages),
    ]


_SEEN_TO = frozenset(("closed", "back_to_bot"))


def with_bot(
    conversation: Conversation,
    now: datetime,
    *,
    by: str,
    why: Why,
    category: str = "",
    tell: turns.Traits | None = None,
) -> Moved:
    """The bot's again, and nobody's follower. tell: the channel's, for a citizen who is to be told that no person
    answers any more; said by the very move, it is said once. None: they are not told."""
    told = tuple(name for name in conversation.memory.told if name != "wait")
    # a person has seen to the danger: what is written next is a new matter
    over = {"flow": "", "flow_state": {}} if conversation.memory.flow == "emergency" and why in _SEEN_TO else {}
    memory = conversation.memory.model_copy(update={"unsure": 0, "told": told, **over})
    moved, effects = owned(conversation, Owner(since=now), now, by=by, why=why, category=category)
    moved = moved.model_copy(update={"memory": memory, "latest": None, "merged_into": None})
    if tell is None or conversation.owner.kind == "bot" or why not in phrases.PERSON_LEFT:
        return moved, effects
    line = Text(text=phrases.PERSON_LEFT[why](memory.language))
    moved, messages = turns.say(moved, [line], Sender(kind="bot"), now, traits=tell, due=now)
    return moved, [*effects, *(Effect("insert", "messages", message.document()) for message in messages)]


def snooze(conversation: Conversation, hand: Hand, until: datetime | None, now: datetime) -> Moved:
    """Put aside until then or the citizen's next word; None: no longer. Raises `Refused`."""
    check_owner(conversation, hand)
    owner = conversation.owner.model_copy(update={"snoozed_until": until})
    return conversation.model_copy(update={"owner": owner, "updated_at": now}), []


def answer(
    conversation: Conversation, hand: Hand, parts: Sequence[Part], now: datetime, *, traits: turns.Traits, key: str
) -> Moved:
    """Say something as a person. key: names it, so that it is said once. Raises `Refused` unless they have it."""
    check_owner(conversation, hand)
    read = conversation.read.model_copy(update={"staff": conversation.seq})
    sender = Sender(kind="agent", id=hand.username, name=hand.name)
    moved, messages = turns.say(conversation, parts, sender, now, traits=traits, due=now, key=key)
    owner = conversation.owner.model_copy(update={"waiting_since": None, "snoozed_until": None})
    changes = {"owner": owner, "read": read, "latest": turns.latest(messages[-1])}
    return moved.model_copy(update=changes), [Effect("insert", "messages", one.document()) for one in messages]


def owned(conversation: Conversation, owner: Owner, now: datetime, *, by: str, why: Why, **more: str) -> Moved:
    """With this owner, and the line in the log that says so. more: what else the line tells; empty is left out."""
    said = {name: text for name, text in more.items() if text}
    effect = turns.handed(conversation, owner, now, by=by, reason=why, **said)
    return conversation.model_copy(update={"owner": owner, "updated_at": now}), [effect]
