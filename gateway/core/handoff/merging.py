"""Conversations worked as one: some follow one that leads, and whoever has that has them all. Pure.

A follower names its leader (`Conversation.merged_into`), and nothing else is kept of it: who leads is who is followed.
It says nothing of who the citizens are, and what is said to one of them goes nowhere else.
"""

from __future__ import annotations

from datetime import datetime

from gateway.core import turns
from gateway.core.errors import Refused
from gateway.core.handoff.moves import SYSTEM, Hand, Moved, Why, check_owner, owned, with_bot
from gateway.core.handoff.notes import NOTES, Act, deed, marks, written
from gateway.core.marks import MARKS
from gateway.core.model import Conversation, Document, Effect, Owner

MOST = 8  # followers of one


def merge(one: Conversation, into: Conversation, hand: Hand, now: datetime, *, key: str) -> Moved | None:
    """It follows the other from now on; None when it does. key: names the notes on both sides. Raises `Refused` unless
    the other is theirs and nobody else has this one, or they lead."""
    if one.id == into.id:
        raise Refused("same", "这就是现在的会话，请选另一个")
    if one.merged_into == into.id:
        return None
    if into.merged_into is not None or one.merged_into is not None:
        raise Refused("follows", "它已经和别的会话并在一起，请先分开")
    if into.owner.kind == "bot":
        raise Refused("with_bot", "请先接手，再并到一起")
    owner = one.owner
    if not hand.leads:
        check_owner(into, hand)
        if owner.kind == "agent" and owner.id != hand.username:
            raise Refused("taken", f"{owner.name or owner.id}正在接待那一位，请先和对方商量", owner=owner.id)
    moved, effects = owned(
        one, following(owner, into.owner, now), now, by=hand.username, why="merged", merged_into=into.id
    )
    return moved.model_copy(update={"merged_into": into.id}), [
        *effects,
        turns.handed(into, into.owner, now, by=hand.username, reason="merged", merged=one.id),
        *_noted("merged", one, into, hand, now, key=key),
    ]


def separate(one: Conversation, leader: Conversation, hand: Hand, now: datetime, *, key: str) -> Moved | None:
    """On its own again, with whom it is; None when it follows nobody. key: as of `merge`. Raises `Refused`."""
    if one.merged_into is None:
        return None
    if not hand.leads:
        check_owner(one, hand)
    moved, effects = owned(one, one.owner, now, by=hand.username, why="separated")
    return moved.model_copy(update={"merged_into": None}), [
        *effects,
        *_noted("separated", one, leader, hand, now, key=key),
    ]


def follow(
    one: Conversation, leader: str, into: str, leading: Owner, now: datetime, *, by: str = SYSTEM.username
) -> Moved | None:
    """Whoever has the one it follows has it, too; None when that is so, or it follows another than `leader` by now.
    into: whom it follows from now on; not the same when the leader was merged itself. by: who moved that."""
    if one.merged_into != leader:
        return None
    owner = following(one.owner, leading, now)
    if owner == one.owner and into == leader:
        return None
    joined = one.model_copy(update={"merged_into": into})
    if (owner.kind, owner.id) == (one.owner.kind, one.owner.id):
        return joined.model_copy(update={"owner": owner, "updated_at": now}), []
    return owned(joined, owner, now, by=by, why="followed")


def following(own: Owner, leading: Owner, now: datetime) -> Owner:
    """A follower's owner. It keeps what is its citizen's: since when they wait, whether they are in danger, why they
    asked; put aside with its leader, it comes back by itself when they write."""
    waits = own.since if own.kind == "queue" else own.waiting_since
    kept = {"urgent": own.urgent, "reason": own.reason or leading.reason}
    if leading.kind == "queue":
        since = waits or now
        return leading.model_copy(update={**kept, "since": since, "waiting_since": since})
    stays = (own.kind, own.id) == (leading.kind, leading.id)
    is_awake = stays and own.waiting_since is not None and own.snoozed_until is None
    return leading.model_copy(
        update={
            **kept,
            "since": own.since if stays else leading.since,
            "waiting_since": waits,
            "snoozed_until": None if is_awake else leading.snoozed_until,
        }
    )


def end(
    one: Conversation,
    leader: str,
    now: datetime,
    *,
    by: str,
    why: Why | None,
    category: str = "",
    tell: turns.Traits | None = None,
) -> Moved | None:
    """The one it follows is with the bot again: so is it, for the same reason. Its citizen waits on where nobody took
    the other, since they are to be told so themselves. None when it does not follow that one. why: None when it is not
    known. tell: as of `with_bot`."""
    if one.merged_into != leader:
        return None
    if one.owner.kind == "queue" and why == "unclaimed":
        return alone(one, leader, now)
    return with_bot(one, now, by=by, why=why or "back_to_bot", category=category, tell=tell)


def alone(one: Conversation, leader: str, now: datetime) -> Moved | None:
    """Without the one it follows, which cannot lead it; None when it does not follow that one."""
    if one.merged_into != leader:
        return None
    moved, effects = owned(one, one.owner, now, by=SYSTEM.username, why="separated")
    return moved.model_copy(update={"merged_into": None}), effects


def alert(leader: Conversation, now: datetime) -> Moved | None:
    """The citizen of one that follows may be in danger; None when it is as pressing already."""
    if leader.owner.kind == "bot" or leader.owner.urgent:
        return None
    owner = leader.owner.model_copy(update={"urgent": True})
    return leader.model_copy(update={"owner": owner, "updated_at": now}), []


def _noted(act: Act, one: Conversation, other: Conversation, hand: Hand, now: datetime, *, key: str) -> list[Effect]:
    """What was done, on both sides, each naming the other. other: leads; whoever has it has both."""

    def note(at: Conversation, about: Conversation) -> Document:
        owned = at.model_copy(update={"owner": other.owner})
        return {**written(owned, hand.username, hand.name, "", now, key=key), **deed(act, about)}

    notes = (note(one, other), note(other, one))
    marked = [Effect("insert", MARKS, mark) for document in notes for mark in marks(document)]
    return [*marked, *(Effect("insert", NOTES, document) for document in notes)]
