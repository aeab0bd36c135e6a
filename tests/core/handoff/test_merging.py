"""What is worked as one: who may join and part conversations, and where a follower is. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import Refused
from gateway.core.handoff import merging, moves
from gateway.core.handoff.moves import Hand, Moved
from gateway.core.model import Conversation, Owner, new_id

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=5)
LATER = NOW + timedelta(hours=1)
ALICE, BOB, LIN = Hand("alice", "小艾"), Hand("bob", "小博"), Hand("lin", "林班长", leads=True)


def conversation(owner: Owner, channel: str = "web", **more: Any) -> Conversation:
    contact = new_id()
    given = {"id": new_id(), "channel": channel, "identity": f"{channel}:main:{contact}", "contact_id": contact}
    return Conversation.model_validate({**given, "owner": owner, "opened_at": BEFORE, "updated_at": BEFORE, **more})


def of(hand: Hand, **more: Any) -> Owner:
    return Owner(kind="agent", id=hand.username, name=hand.name, since=BEFORE, **more)


def queued(since: datetime = BEFORE, **more: Any) -> Owner:
    return Owner(kind="queue", since=since, waiting_since=since, reason="asked", **more)


BOT = Owner(since=BEFORE)


def merged(one: Conversation, into: Conversation, hand: Hand = ALICE) -> Conversation:
    moved = merging.merge(one, into, hand, NOW, key="k")
    assert moved is not None
    return moved[0]


def noted(moved: Moved) -> dict[str, tuple[str, dict[str, str], str]]:
    """What the notes beside each conversation say: what was done, with whose, and in which words."""
    assert moved is not None
    notes = [effect.document for effect in moved[1] if effect.collection == "notes"]
    return {note["conversation_id"]: (note["act"], note["about"], note["text"]) for note in notes}


@pytest.mark.parametrize("owner", [queued(), BOT, of(ALICE)], ids=["queue", "bot", "own"])
def test_what_nobody_else_has_joins_what_one_has(owner: Owner) -> None:
    one, into = conversation(owner, "wechat"), conversation(of(ALICE))
    moved = merging.merge(one, into, ALICE, NOW, key="k")
    assert moved is not None
    joined, effects = moved
    assert (joined.merged_into, joined.owner.kind, joined.owner.id) == (into.id, "agent", "alice")
    assert joined.contact_id == one.contact_id, "who is one person is not said by it"
    lines = [effect.document for effect in effects if effect.collection == "handoffs"]
    assert [(line["conversation_id"], line["reason"], line["by"]) for line in lines] == [
        (one.id, "merged", "alice"),
        (into.id, "merged", "alice"),
    ]
    assert noted(moved) == {
        one.id: ("merged", {"channel": "web", "citizen": into.contact_id[-4:]}, ""),
        into.id: ("merged", {"channel": "wechat", "citizen": one.contact_id[-4:]}, ""),
    }
    assert merging.merge(joined, into, ALICE, NOW, key="k") is None


@pytest.mark.parametrize(
    ("one", "into", "hand", "reason"),
    [
        (of(BOB), of(ALICE), ALICE, "taken"),
        (of(ALICE), of(BOB), ALICE, "not_yours"),
        (queued(), queued(), ALICE, "not_yours"),
        (queued(), BOT, LIN, "with_bot"),
    ],
)
def test_refused(one: Owner, into: Owner, hand: Hand, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        merging.merge(conversation(one), conversation(into), hand, NOW, key="k")
    assert refused.value.reason == reason
    if reason == "taken":
        assert "小博" in refused.value.message


def test_who_leads_the_shift_joins_what_others_have() -> None:
    joined = merged(conversation(of(BOB)), conversation(of(ALICE)), LIN)
    assert joined.owner.id == "alice"
    waiting = merged(conversation(queued(NOW)), conversation(queued()), LIN)
    assert (waiting.owner.kind, waiting.owner.since) == ("queue", NOW), "it keeps since when its citizen waits"


def test_it_stays_flat() -> None:
    leader, other = conversation(of(ALICE)), conversation(of(ALICE))
    follower = merged(conversation(queued()), leader)
    for one, into in ((follower, other), (other, follower), (leader, leader)):
        with pytest.raises(Refused):
            merging.merge(one, into, ALICE, NOW, key="k")


def test_parted_it_stays_with_whom_it_is() -> None:
    leader = conversation(of(ALICE))
    follower = merged(conversation(queued()), leader)
    with pytest.raises(Refused):
        merging.separate(follower, leader, BOB, NOW, key="k")
    moved = merging.separate(follower, leader, ALICE, NOW, key="k")
    assert moved is not None
    assert (moved[0].merged_into, moved[0].owner) == (None, follower.owner)
    assert [effect.collection for effect in moved[1] if effect.collection != "notes"] == ["handoffs"]
    assert noted(moved) == {
        follower.id: ("separated", {"channel": "web", "citizen": leader.contact_id[-4:]}, ""),
        leader.id: ("separated", {"channel": "web", "citizen": follower.contact_id[-4:]}, ""),
    }
    assert merging.separate(moved[0], leader, ALICE, NOW, key="k") is None


def moments(*of: datetime | None) -> st.SearchStrategy[datetime | None]:
    return st.sampled_from((None, *of))


OWNERS = st.one_of(
    st.just(BOT),
    st.builds(queued, st.sampled_from((BEFORE, NOW)), urgent=st.booleans(), unit=st.sampled_from((None, "cgj"))),
    st.builds(
        of,
        st.sampled_from((ALICE, BOB)),
        waiting_since=moments(BEFORE),
        snoozed_until=moments(LATER),
        urgent=st.booleans(),
        skill=st.sampled_from((None, "en")),
    ),
)


@given(own=OWNERS, leading=OWNERS.filter(lambda owner: owner.kind != "bot"))
def test_a_follower_is_where_its_leader_is_and_keeps_its_citizens_waiting(own: Owner, leading: Owner) -> None:
    owner = merging.following(own, leading, NOW)
    assert (owner.kind, owner.id, owner.unit, owner.skill) == (leading.kind, leading.id, leading.unit, leading.skill)
    assert owner.urgent == own.urgent
    assert merging.following(owner, leading, LATER) == owner, "once is enough"
    waited = own.since if own.kind == "queue" else own.waiting_since
    if owner.kind == "agent":
        assert owner.waiting_since == waited
    else:
        assert owner.since == owner.waiting_since == (waited or NOW)


def test_put_aside_with_its_leader_and_back_when_its_citizen_writes() -> None:
    aside = of(ALICE, snoozed_until=LATER)
    quiet = merging.following(of(ALICE), aside, NOW)
    assert quiet.snoozed_until == LATER
    wrote = quiet.model_copy(update={"snoozed_until": None, "waiting_since": NOW})
    assert merging.following(wrote, aside, NOW) == wrote
    assert merging.following(quiet, of(ALICE), NOW).snoozed_until is None


def test_followers_of_what_was_joined_follow_whom_it_follows() -> None:
    top, middle = conversation(of(BOB)), conversation(of(ALICE))
    follower = merged(conversation(queued()), middle)
    moved = merging.follow(follower, middle.id, top.id, top.owner, NOW)
    assert moved is not None
    assert (moved[0].merged_into, moved[0].owner.id) == (top.id, "bob")
    assert merging.follow(moved[0], middle.id, top.id, top.owner, NOW) is None, "it follows another by now"
    assert merging.follow(moved[0], top.id, top.id, top.owner, NOW) is None


@pytest.mark.parametrize(("why", "category"), [("closed", "路灯"), ("silent", ""), ("back_to_bot", "")])
def test_ended_with_its_leader_in_the_same_way(why: moves.Why, category: str) -> None:
    leader = conversation(of(ALICE))
    follower = merged(conversation(queued()), leader)
    ended = merging.end(follower, leader.id, NOW, by="alice", why=why, category=category)
    assert ended is not None
    assert (ended[0].owner.kind, ended[0].merged_into) == ("bot", None)
    (line,) = ended[1]
    assert (line.document["reason"], line.document.get("category", "")) == (why, category)
    assert merging.end(ended[0], leader.id, NOW, by="alice", why=why) is None


def test_whose_leader_nobody_took_waits_to_be_told_so() -> None:
    leader = conversation(queued())
    follower = merged(conversation(queued()), leader, LIN)
    ended = merging.end(follower, leader.id, NOW, by="system", why="unclaimed")
    assert ended is not None
    assert (ended[0].owner.kind, ended[0].merged_into) == ("queue", None)


def test_danger_to_one_makes_the_other_pressing() -> None:
    alerted = merging.alert(conversation(of(ALICE)), NOW)
    assert alerted is not None
    assert alerted[0].owner.urgent
    assert merging.alert(alerted[0], NOW) is None
    assert merging.alert(conversation(BOT), NOW) is None


@pytest.mark.parametrize(
    "move",
    [
        lambda one: moves.close(one, ALICE, NOW, category="路灯"),
        lambda one: moves.back_to_bot(one, ALICE, NOW),
        lambda one: moves.end_silence(one, NOW),
    ],
)
def test_with_the_bot_it_follows_nobody(move: Callable[[Conversation], Moved]) -> None:
    follower = merged(conversation(queued()), conversation(of(ALICE)))
    assert move(follower)[0].merged_into is None
