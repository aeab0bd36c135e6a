"""Whose a conversation is, and who may say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.contract import Memory
from channels.contract import Text
from gateway.core import turns
from gateway.core.errors import Refused
from gateway.core.handoff import moves
from gateway.core.handoff.moves import Hand
from gateway.core.model import Conversation, Owner, new_id

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=5)
ALICE, BOB, LEADER = Hand("alice", "小艾"), Hand("bob", "小博"), Hand("lin", "林班长", leads=True)
HELLO = (Text(text="您好"),)


def conversation(kind: str = "queue", **owner: Any) -> Conversation:
    return Conversation.model_validate(
        {
            "id": new_id(),
            "channel": "web",
            "identity": "web:web:v1",
            "contact_id": new_id(),
            "owner": Owner.model_validate({"kind": kind, "since": BEFORE, "waiting_since": BEFORE, **owner}),
            "seq": 3,
            "opened_at": BEFORE,
            "updated_at": BEFORE,
        }
    )


def of(hand: Hand) -> Conversation:
    return conversation("agent", id=hand.username, name=hand.name)


def say(one: Conversation, hand: Hand) -> moves.Moved:
    return moves.answer(one, hand, HELLO, NOW, traits=turns.Traits(), key="k")


@pytest.mark.parametrize("kind", ["queue", "bot"])
def test_taken_from_the_queue_or_from_the_bot(kind: str) -> None:
    moved = moves.take(conversation(kind, urgent=True), ALICE, NOW)
    assert moved is not None
    taken, (log,) = moved
    assert (taken.owner.kind, taken.owner.id, taken.owner.since, taken.owner.urgent) == ("agent", "alice", NOW, True)
    assert taken.owner.waiting_since == BEFORE, "the citizen still waits for a word"
    assert (log.document["from"], log.document["to"], log.document["to_id"]) == (kind, "agent", "alice")
    assert log.document.get("waited_ms") == (300_000 if kind == "queue" else None)
    assert moves.take(taken, ALICE, NOW) is None
    with pytest.raises(Refused, match="小艾已经接手") as refused:
        moves.take(taken, BOB, NOW)
    assert refused.value.reason == "taken"


@pytest.mark.parametrize("one", [conversation("queue"), conversation("bot"), of(BOB)], ids=["queue", "bot", "bob's"])
def test_only_its_owner_answers(one: Conversation) -> None:
    for hand in (ALICE, LEADER):
        with pytest.raises(Refused) as refused:
            say(one, hand)
        assert refused.value.reason == "not_yours"


def test_an_answer_ends_the_waiting_and_shows_that_all_was_read() -> None:
    moved, (effect,) = say(of(ALICE), ALICE)
    assert (moved.owner.waiting_since, moved.read.staff, moved.seq) == (None, 3, 4)
    assert effect.id == "k#0"
    assert effect.document["sender"] == {"kind": "agent", "id": "alice", "name": "小艾"}
    assert moved.latest is not None
    assert (moved.latest.text, moved.latest.direction) == ("您好", "out")


def test_the_leader_may_give_and_end_what_others_have_and_nobody_else_may() -> None:
    one = of(ALICE)
    for act in (
        lambda hand: moves.assign(one, BOB, hand, NOW),
        lambda hand: moves.pass_on(one, hand, NOW, skill="en"),
        lambda hand: moves.back_to_bot(one, hand, NOW),
        lambda hand: moves.close(one, hand, NOW, category="路灯"),
    ):
        with pytest.raises(Refused):
            act(Hand("carl", "小卡"))
        assert act(ALICE) is not None
        assert act(LEADER) is not None


def test_what_waits_again_keeps_its_place() -> None:
    passed, _ = moves.pass_on(of(ALICE), ALICE, NOW, skill="en")
    assert (passed.owner.kind, passed.owner.since, passed.owner.skill) == ("queue", BEFORE, "en")
    back = moves.take_back(of(ALICE), "alice", NOW)
    assert back is not None
    assert (back[0].owner.kind, back[0].owner.since) == ("queue", BEFORE)
    assert moves.take_back(of(BOB), "alice", NOW) is None, "somebody else has it by now"
    answered, _ = say(of(ALICE), ALICE)
    later = moves.take_back(answered, "alice", NOW)
    assert later is not None
    assert later[0].owner.since == NOW, "nobody waited for a word"


def test_closed_it_meets_the_bot_and_the_log_says_what_it_was_about() -> None:
    closed, (log,) = moves.close(of(ALICE), ALICE, NOW, category="路灯")
    assert (closed.owner, closed.latest) == (Owner(since=NOW), None)
    assert (log.document["reason"], log.document["category"], log.document["by"]) == ("closed", "路灯", "alice")


@pytest.mark.parametrize(("language", "said"), [("zh", "这次就先到这里"), ("en", "That is all for now")])
def test_the_citizen_is_told_by_the_move_that_closes_and_in_their_language(language: str, said: str) -> None:
    one = of(ALICE)
    one = one.model_copy(update={"memory": one.memory.model_copy(update={"language": language})})
    closed, (_, line) = moves.close(one, ALICE, NOW, category="", tell=turns.Traits())
    assert (closed.owner.kind, closed.latest, closed.seq, closed.last_out) == ("bot", None, one.seq + 1, line.id)
    assert (line.collection, line.document["sender"]["kind"]) == ("messages", "bot")
    assert line.document["parts"][0]["text"].startswith(said)
    assert moves.close(one, ALICE, NOW, category="")[1][1:] == [], "where it is better left out"


@pytest.mark.parametrize("why", ["closed", "back_to_bot", "unclaimed"])
def test_danger_a_person_has_seen_to_is_over_and_what_nobody_took_is_not(why: moves.Why) -> None:
    told = of(ALICE).model_copy(update={"memory": Memory(flow="emergency", flow_state={"number": "119"})})
    moved, _ = moves.with_bot(told, NOW, by="a", why=why)
    assert moved.memory.flow == ("emergency" if why == "unclaimed" else "")


def test_given_back_to_the_bot_from_a_desk_or_the_queue_the_citizen_is_told_once() -> None:
    for one in (of(ALICE), conversation("queue")):
        moved, (_, line) = moves.back_to_bot(one, ALICE, NOW, tell=turns.Traits())
        assert "机器人答您" in line.document["parts"][0]["text"]
        assert len(moves.close(moved, LEADER, NOW, category="", tell=turns.Traits())[1]) == 1, (
            "it was the bot's already"
        )
    silent = moves.end_silence(of(ALICE), NOW)
    assert silent is not None
    assert len(silent[1]) == 1, "who says nothing for long is told nothing"


def test_put_aside_by_its_owner_only() -> None:
    until = NOW + timedelta(hours=1)
    assert moves.snooze(of(ALICE), ALICE, until, NOW)[0].owner.snoozed_until == until
    with pytest.raises(Refused):
        moves.snooze(of(ALICE), LEADER, until, NOW)
