"""Conversations worked as one, over the real stores: joined, answered on each side, kept together, ended together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from channels.contract import Address, Text
from gateway.core.errors import Refused
from gateway.core.figures.talks import talks_of
from gateway.core.handoff import moves
from gateway.core.handoff.merging import MOST
from gateway.core.handoff.moves import Hand
from gateway.core.handoff.notes import Marked
from gateway.core.model import Conversation
from tests.core.conftest import Now
from tests.core.handoff.conftest import Office, person

Open = Callable[[], Awaitable[Office]]
HELLO = [Text(text="您好，我来帮您看")]
ALICE, BOB, LIN = person("alice"), person("bob"), person("lin", "shift_leader")
WEB, WECHAT, SMS = (Address(channel=name, account="main", external_id=f"v-{name}") for name in ("web", "wechat", "app"))
pytestmark = pytest.mark.timeout(60)


async def stored(process: Office, id: str) -> Conversation:
    conversation = await process.conversations.get(id)
    assert conversation is not None
    return conversation


async def waits(process: Office, address: Address, text: str = "转人工") -> str:
    conversation = await process.writes(address, text)
    assert conversation.owner.kind == "queue"
    await process.seen(conversation.id, bool)
    return conversation.id


async def pair(process: Office) -> tuple[str, str]:
    """Alice has both: the second follows the first."""
    await process.at_desk("alice")
    leader, follower = await waits(process, WEB), await waits(process, WECHAT)
    await process.desk.take(ALICE, leader)
    await process.desk.merge(ALICE, leader, follower)
    await process.seen(leader, lambda row: row.owner.id == "alice")
    await process.seen(follower, lambda row: row.merged_into == leader)
    return leader, follower


async def last_line(process: Office, id: str) -> dict[str, object]:
    lines = await process.store.find("handoffs", {"conversation_id": id}, sort=[("at_ms", 1), ("_id", 1)])
    return dict(lines[-1])


@pytest.mark.gen_test(timeout=30)
async def test_answered_on_each_side_and_closed_together(office: Open) -> None:
    process = await office()
    leader, follower = await pair(process)
    assert process.board.loads() == {"alice": 1}
    assert process.board.waiting() == []
    await process.desk.answer(ALICE, leader, [Text(text="网页上说的")], client_id="c1")
    await process.desk.answer(ALICE, follower, [Text(text="微信上说的")], client_id="c1")
    for id, said, other in ((leader, "网页上说的", follower), (follower, "微信上说的", leader)):
        messages, notes, _ = await process.desk.thread(ALICE, id)
        texts = [part.text for one in messages for part in one.parts if isinstance(part, Text)]
        assert [text for text in texts if text.endswith("上说的")] == [said]
        assert [(one.act, one.text) for one in notes] == [("merged", "")]
        with_whom = await stored(process, other)
        assert notes[0].about == Marked(with_whom.channel, with_whom.contact_id[-4:])
    with pytest.raises(Refused, match="Alice已经接手"):
        await process.desk.take(BOB, follower)
    await process.desk.close(ALICE, follower, category="路灯")
    for id in (leader, follower):
        ended = await stored(process, id)
        assert (ended.owner.kind, ended.merged_into) == ("bot", None)
        line = await last_line(process, id)
        assert (line["reason"], line["category"], line["by"]) == ("closed", "路灯", "alice")


@pytest.mark.gen_test(timeout=30)
async def test_put_aside_passed_on_and_given_together(office: Open, now: Now) -> None:
    process = await office()
    leader, follower = await pair(process)
    until = now() + timedelta(hours=1)
    row = await process.desk.snooze(ALICE, follower, until)
    assert (row.id, row.owner.snoozed_until) == (follower, until)
    assert (await stored(process, leader)).owner.snoozed_until == until
    await process.seen(leader, lambda row: row.owner.snoozed_until is not None)
    await process.seen(follower, lambda row: row.owner.snoozed_until is not None)
    assert process.board.loads() == {}
    await process.writes(WECHAT, "还没好吗")
    await process.seen(follower, lambda row: row.owner.snoozed_until is None)
    assert process.board.loads() == {"alice": 1}, "a word on either side brings both back"
    await process.rounds.sweep()
    assert (await stored(process, follower)).owner.snoozed_until is None, "it is not put aside again"
    await process.desk.assign(LIN, follower, BOB)
    assert [(await stored(process, id)).owner.id for id in (leader, follower)] == ["bob", "bob"]
    await process.desk.pass_on(BOB, leader)
    assert [(await stored(process, id)).owner.kind for id in (leader, follower)] == ["queue", "queue"]
    await process.seen(leader, lambda row: row.owner.kind == "queue")
    await process.seen(follower, lambda row: row.owner.kind == "queue")
    assert [row.id for row in process.board.waiting()] == [leader]
    await process.agents.set("alice", state="away")
    await process.at_desk("carl", capacity=1)
    await process.rounds.sweep()
    assert [(await stored(process, id)).owner.id for id in (leader, follower)] == ["carl", "carl"]


async def by_somebody_who_dies(process: Office, id: str, move: str) -> None:
    """The leader moves and its followers do not hear of it."""
    hand = Hand("alice", "Alice")
    decide = {
        "assign": lambda one: moves.assign(one, Hand("bob", "Bob"), hand, process.desk.now()),
        "pass_on": lambda one: moves.pass_on(one, hand, process.desk.now()),
        "close": lambda one: moves.close(one, hand, process.desk.now(), category="路灯"),
    }[move]
    identity = (await stored(process, id)).identity
    await process.conversations.change(Address.of(identity), decide)


@pytest.mark.parametrize("move", ["assign", "pass_on", "close"])
@pytest.mark.gen_test(timeout=30)
async def test_killed_in_between_nothing_is_apart_for_more_than_a_round(office: Open, move: str) -> None:
    first, second = await office(), await office()
    leader, follower = await pair(first)
    await second.seen(follower, lambda row: row is not None and row.merged_into == leader)
    version = (await stored(first, leader)).version
    await by_somebody_who_dies(first, leader, move)
    await second.seen(leader, lambda row: row is None or row.version > version)
    await second.agents.beat("bob")
    await second.rounds.sweep()
    led, followed = await stored(second, leader), await stored(second, follower)
    assert (followed.owner.kind, followed.owner.id) == (led.owner.kind, led.owner.id)
    assert followed.merged_into == (None if move == "close" else leader)
    if move == "close":
        line = await last_line(second, follower)
        assert (line["reason"], line["category"], line["by"]) == ("closed", "路灯", "alice")
    again = await stored(second, follower)
    await asyncio.gather(first.rounds.sweep(), second.rounds.sweep())
    assert (await stored(second, follower)).version == again.version, "and nothing goes on moving"


@pytest.mark.gen_test(timeout=30)
async def test_from_a_lost_connection_both_wait_again_and_are_given_as_one(office: Open, now: Now) -> None:
    process = await office()
    leader, follower = await pair(process)
    await process.agents.leave("alice")
    await process.rounds.sweep()
    now.move(61)
    await process.rounds.sweep()
    assert [(await stored(process, id)).owner.kind for id in (leader, follower)] == ["queue", "queue"]


@pytest.mark.gen_test(timeout=30)
async def test_whom_nobody_takes_are_told_each_on_their_own(office: Open, now: Now) -> None:
    process = await office()
    leader, follower = await waits(process, WEB), await waits(process, WECHAT)
    await process.desk.merge(LIN, leader, follower)
    await process.seen(follower, lambda row: row.merged_into == leader)
    now.move(901)
    assert await process.rounds.sweep() == 2
    for id in (leader, follower):
        messages, _, ended = await process.desk.thread(LIN, id)
        assert (ended.owner.kind, ended.merged_into) == ("bot", None)
        assert "让您久等了" in messages[-1].parts[0].prompt  # type: ignore[union-attr]


@pytest.mark.gen_test(timeout=30)
async def test_danger_on_either_side_is_danger(office: Open) -> None:
    process = await office()
    leader, follower = await pair(process)
    await process.writes(WECHAT, "有人要跳楼")
    await process.seen(follower, lambda row: row.owner.urgent)
    await process.rounds.sweep()
    assert (await stored(process, leader)).owner.urgent


@pytest.mark.gen_test(timeout=30)
async def test_figures_count_who_took_what_and_not_the_joining(office: Open) -> None:
    process = await office()
    leader, follower = await pair(process)
    await process.desk.separate(ALICE, follower)
    lines = await process.store.find("handoffs", {"conversation_id": {"$in": [leader, follower]}})
    assert sorted(line["reason"] for line in lines) == ["asked", "asked", "asked", "merged", "merged", "separated"]
    talks = talks_of([], [], lines)
    assert talks.people == {"alice": 2}
    assert [talks.counts[channel]["answered"] for channel in ("web", "wechat")] == [1, 1]
    assert [talks.counts[channel]["queued"] for channel in ("web", "wechat")] == [1, 1]


@pytest.mark.gen_test(timeout=30)
async def test_who_needs_nobody_any_more_takes_the_other_along(office: Open) -> None:
    process = await office()
    leader, follower = await waits(process, WEB), await waits(process, WECHAT)
    await process.desk.merge(LIN, leader, follower)
    await process.seen(follower, lambda row: row.merged_into == leader)
    released = await process.writes(WEB, "不用了")
    assert released.owner.kind == "bot"
    await process.seen(leader, lambda row: row is None)
    await process.rounds.sweep()
    ended = await stored(process, follower)
    assert (ended.owner.kind, ended.merged_into) == ("bot", None)
    assert (await process.writes(WECHAT, "不用了")).owner.kind == "bot"


@pytest.mark.gen_test(timeout=30)
async def test_a_follower_that_gives_up_alone_follows_nobody(office: Open) -> None:
    process = await office()
    leader, follower = await waits(process, WEB), await waits(process, WECHAT)
    await process.desk.merge(LIN, leader, follower)
    released = await process.writes(WECHAT, "不用了")
    assert (released.owner.kind, released.merged_into) == ("bot", None)
    assert (await stored(process, leader)).owner.kind == "queue"


@pytest.mark.gen_test(timeout=30)
async def test_one_takes_it_while_another_merges_it_and_one_has_it(office: Open) -> None:
    first, second = await office(), await office()
    await first.at_desk("alice")
    leader, wanted = await waits(first, WEB), await waits(first, WECHAT)
    await first.desk.take(ALICE, leader)
    await second.conversations.load(WECHAT)
    outcome = await asyncio.gather(
        first.desk.merge(ALICE, leader, wanted), second.desk.take(BOB, wanted), return_exceptions=True
    )
    assert [one.reason for one in outcome if isinstance(one, Refused)] == ["taken"]
    one = await stored(first, wanted)
    assert (one.owner.id, one.merged_into) in {("alice", leader), ("bob", None)}


@pytest.mark.gen_test(timeout=30)
async def test_two_that_are_joined_crosswise_at_once_end_flat(office: Open) -> None:
    first, second = await office(), await office()
    one, other = await waits(first, WEB), await waits(first, WECHAT)
    await second.seen(other, bool)
    await asyncio.gather(first.desk.merge(LIN, one, other), second.desk.merge(LIN, other, one), return_exceptions=True)
    for process in (first, second):
        await process.board.refresh()
    for _ in range(3):
        await asyncio.gather(first.rounds.sweep(), second.rounds.sweep())
        await asyncio.sleep(0.1)
    leaders = [(await stored(first, id)).merged_into for id in (one, other)]
    assert leaders in ([None, None], [other, None], [None, one])


@pytest.mark.gen_test(timeout=30)
async def test_what_leads_takes_its_followers_along_when_it_is_joined(office: Open) -> None:
    process = await office()
    leader, follower = await pair(process)
    third = await waits(process, SMS)
    await process.desk.take(ALICE, third)
    await process.desk.merge(ALICE, third, follower)
    assert [(await stored(process, id)).merged_into for id in (leader, follower)] == [third, third]
    for id in (leader, follower):
        await process.seen(id, lambda row: row.merged_into == third)
    row = await process.desk.separate(ALICE, leader)
    assert (row.merged_into, row.owner.id) == (None, "alice")
    await process.seen(leader, lambda row: row.merged_into is None)
    await process.desk.separate(ALICE, third)
    assert (await stored(process, follower)).merged_into is None
    with pytest.raises(Refused):
        await process.desk.separate(ALICE, leader)


@pytest.mark.gen_test(timeout=30)
async def test_so_many_and_no_more(office: Open) -> None:
    process = await office()
    first, *others = [
        await waits(process, Address(channel="web", account="main", external_id=f"many-{count}"))
        for count in range(MOST + 2)
    ]
    for id in others[:MOST]:
        await process.desk.merge(LIN, first, id)
        await process.seen(id, lambda row: row.merged_into == first)
    with pytest.raises(Refused) as refused:
        await process.desk.merge(LIN, first, others[-1])
    assert refused.value.reason == "too_many"
