"""Accepted once, numbered once, answered once; whatever is killed, raced or repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from channels.contract import Accepted, Address, Event, Image, IntakeUnavailable, Media
from gateway.core import turns
from gateway.core.conversations import Conversations
from gateway.core.intake import Intake
from gateway.core.model import Conversation, Owner
from gateway.core.ports import StoreUnavailable
from gateway.storage.mongo import MongoStore
from tests.core.conftest import Now, inbound

Process = Callable[..., tuple[Intake, Conversations]]


async def kept(store: MongoStore, address: Address) -> list[dict[str, Any]]:
    return await store.find("messages", {"identity": address.key}, sort=[("seq", 1)], limit=200)


async def conversation_of(store: MongoStore, address: Address) -> Conversation:
    identity = await store.get("identities", address.key)
    assert identity is not None
    document = await store.get("conversations", identity["conversation_id"])
    assert document is not None
    return Conversation.of(document)


@pytest.mark.gen_test
async def test_a_message_is_answered_and_both_are_numbered(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    intake, _ = new_process()
    accepted = await intake.accept(inbound(citizen))
    [reply] = await intake.replies(accepted, 5) or ()
    assert "公积金中心" in str(reply.parts)
    await intake.drain()
    question, answer = await kept(store, citizen)
    assert [question["seq"], answer["seq"]] == [1, 2]
    assert answer["delivery"]["state"] == "queued"


@pytest.mark.gen_test
async def test_repeats_at_once_and_later_join_the_first(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    intake, _ = new_process()
    message = inbound(citizen, window=15)
    accepted = await asyncio.gather(*(intake.accept(message) for _ in range(5)))
    assert [one.fresh for one in accepted].count(True) == 1
    replies = [await intake.replies(one, 5) for one in accepted]
    intake.handed_over(accepted[0], [reply.message_id for reply in replies[0] or ()])
    await intake.drain()
    again = await intake.accept(message)
    assert not again.fresh
    replies.append(await intake.replies(again, 5))
    assert all(reply == replies[0] for reply in replies)
    assert len(await kept(store, citizen)) == 2


@pytest.mark.gen_test
async def test_a_repeat_at_another_process_waits_for_the_first(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    (first, _), (second, _) = new_process(), new_process()
    message = inbound(citizen)
    one, two = await asyncio.gather(first.accept(message), second.accept(message))
    assert one.fresh is not two.fresh
    answers = await asyncio.gather(first.replies(one, 5), second.replies(two, 5))
    assert answers[0]
    assert answers[0] == answers[1]
    await asyncio.gather(first.drain(), second.drain())
    assert len(await kept(store, citizen)) == 2


@pytest.mark.gen_test
async def test_two_processes_number_one_conversation_without_gap_or_repeat(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    processes = [new_process()[0] for _ in range(2)]
    messages = [inbound(citizen) for _ in range(20)]
    accepted = await asyncio.gather(*(processes[index % 2].accept(message) for index, message in enumerate(messages)))
    await asyncio.gather(*(processes[index % 2].replies(one, 20) for index, one in enumerate(accepted)))
    for process in processes:
        await process.drain()
        await process.sweep(age=0)
    numbers = [message["seq"] for message in await kept(store, citizen)]
    assert numbers == list(range(1, 41))


@pytest.mark.gen_test
async def test_order_of_acceptance_is_kept(new_process: Process, store: MongoStore, citizen: Address) -> None:
    intake, _ = new_process()
    messages = [inbound(citizen) for _ in range(10)]
    for message in messages:
        await intake.accept(message)
    await intake.drain()
    order = [message["provider_id"] for message in await kept(store, citizen) if message["direction"] == "in"]
    assert order == [message.provider_id for message in messages]


@pytest.mark.gen_test
async def test_what_was_accepted_and_not_decided_is_taken_up(
    new_process: Process, store: MongoStore, citizen: Address, now: Now
) -> None:
    messages = [inbound(citizen) for _ in range(3)]
    for message in messages:  # a process that died right after accepting
        await store.insert("messages", turns.received(message, now()).document())
        now.move(1)
    intake, _ = new_process()
    assert await intake.sweep() == 0, "too young: its process may still be at it"
    now.move(11)
    assert await intake.sweep() == 3
    assert await intake.sweep() == 0
    incoming = [message for message in await kept(store, citizen) if message["direction"] == "in"]
    assert [message["provider_id"] for message in incoming] == [message.provider_id for message in messages]


@pytest.mark.gen_test
async def test_what_was_decided_and_not_carried_out_is_carried_out_once(
    new_process: Process, store: MongoStore, citizen: Address, now: Now
) -> None:
    """A process that died between the conversation's write and the messages'."""
    intake, conversations = new_process()
    message = inbound(citizen)
    await store.insert("messages", turns.received(message, now()).document())
    live, _ = await conversations.load(citizen)
    received = turns.received(message, now())
    waiting = intake._queue.waiting(live.conversation, now())
    turn = turns.as_turn(live.conversation, received, waiting, now(), dice="000000")
    assert turn is not None
    decision = intake._bot.respond(turn)
    move = turns.apply(live.conversation, received, decision, now(), reply_window=0, traits=turns.Traits())
    assert await conversations.commit(live, move.conversation, move.effects)

    history, _ = await conversations.history(live.conversation.id, after=0)
    assert [one.seq for one in history] == [1, 2], "a reader sees it already"
    other, _ = new_process()
    again = await other.replies(Accepted(message.id, fresh=False), 5)
    assert [reply.message_id for reply in again or ()] == [move.replies[0].id]
    now.move(30)
    await other.sweep()
    assert [one["_id"] for one in await kept(store, citizen)] == [message.id, move.replies[0].id]
    assert (await conversation_of(store, citizen)).seq == 2


@pytest.mark.gen_test
async def test_a_reply_that_left_in_the_response_is_sent_and_one_that_did_not_is_queued(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    intake, _ = new_process()
    left, stuck = inbound(citizen, window=15), inbound(citizen, window=15)
    for message, leaves in ((left, True), (stuck, False)):
        accepted = await intake.accept(message)
        replies = await intake.replies(accepted, 5)
        assert replies
        if leaves:
            intake.handed_over(accepted, [reply.message_id for reply in replies])
    await intake.drain()
    states = {
        message["reply_to"]: message["delivery"] for message in await kept(store, citizen) if "delivery" in message
    }
    assert (states[left.id]["state"], states[left.id]["via"]) == ("sent", "passive")
    assert states[stuck.id]["state"] == "queued"
    # the platform's retry of the second one carries the reply after all
    again = await intake.accept(stuck)
    replies = await intake.replies(again, 5)
    assert replies
    intake.handed_over(again, [reply.message_id for reply in replies])
    await intake.drain()
    [late] = [message for message in await kept(store, citizen) if message.get("reply_to") == stuck.id]
    assert late["delivery"]["state"] == "sent"


@pytest.mark.gen_test
async def test_while_an_agent_has_it_the_bot_is_silent(
    new_process: Process, store: MongoStore, citizen: Address, now: Now
) -> None:
    intake, conversations = new_process()
    owned = Owner(kind="agent", id="a1", since=now())
    await conversations.change(citizen, lambda one: (one.model_copy(update={"owner": owned}), ()))
    # this process remembers the bot as the owner until the version tells it otherwise
    other, _ = new_process()
    for process in (intake, other):
        assert await process.replies(await process.accept(inbound(citizen)), 5) == ()
        await process.drain()
    assert [message["direction"] for message in await kept(store, citizen)] == ["in", "in"]


@pytest.mark.gen_test
async def test_a_takeover_elsewhere_wins_over_a_bot_that_remembers_otherwise(
    new_process: Process, store: MongoStore, citizen: Address, now: Now
) -> None:
    (bots, _), (_, desk) = new_process(), new_process()
    assert await bots.replies(await bots.accept(inbound(citizen)), 5)
    await bots.drain()
    owned = Owner(kind="agent", id="a1", since=now())
    await desk.change(citizen, lambda one: (one.model_copy(update={"owner": owned}), ()))
    assert await bots.replies(await bots.accept(inbound(citizen)), 5) == ()
    await bots.drain()
    assert (await conversation_of(store, citizen)).owner.id == "a1"


@pytest.mark.gen_test
async def test_reports_of_the_platform_are_kept_and_not_answered(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    intake, _ = new_process()
    for name in ("unsubscribe", "location", "view", "status"):
        assert await intake.replies(await intake.accept(inbound(citizen, parts=(Event(name=name),))), 5) == ()
    await intake.drain()
    assert len(await kept(store, citizen)) == 4


@pytest.mark.gen_test
async def test_a_file_the_platform_holds_is_noted_for_fetching(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    intake, _ = new_process()
    message = inbound(citizen, parts=(Image(media=Media(platform_id="M1")),))
    assert await intake.replies(await intake.accept(message), 5)
    await intake.drain()
    [job] = await store.find("media_fetches", {"message_id": message.id})
    assert (job["state"], job["media"]["platform_id"]) == ("due", "M1")


@pytest.mark.gen_test
async def test_when_the_stores_are_known_to_be_away_nothing_is_accepted(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    intake, _ = new_process(healthy=lambda: False)
    with pytest.raises(IntakeUnavailable):
        await intake.accept(inbound(citizen))
    assert await kept(store, citizen) == []


class Broken:
    def respond(self, turn: object) -> object:
        raise RuntimeError("a defect")


@pytest.mark.gen_test
async def test_a_defect_of_the_bot_costs_no_message_and_fetches_a_person(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    intake, _ = new_process()
    intake._bot = Broken()  # type: ignore[assignment]
    assert await intake.replies(await intake.accept(inbound(citizen)), 5) == ()
    await intake.drain()
    assert (await conversation_of(store, citizen)).owner.kind == "queue"
    assert len(await kept(store, citizen)) == 1


@pytest.mark.gen_test
async def test_an_answer_too_long_for_one_platform_message_becomes_several(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    halves = turns.Traits(split=lambda text: [text[:4], text[4:]])
    intake, _ = new_process({"wechat": halves})
    replies = await intake.replies(await intake.accept(inbound(citizen)), 5) or ()
    assert [reply.seq for reply in replies] == [2, 3]
    await intake.drain()
    assert [message["seq"] for message in await kept(store, citizen)] == [1, 2, 3]


@pytest.mark.gen_test
async def test_a_message_a_defect_keeps_from_being_decided_is_parked_and_others_go_on(
    new_process: Process, store: MongoStore, citizen: Address, now: Now
) -> None:
    broken = Address(channel="wechat", account="gh", external_id="汉" * 200)  # its key is longer than the store takes
    await store.insert("messages", turns.received(inbound(broken, id="broken"), now()).document())
    fine = inbound(citizen)
    await store.insert("messages", turns.received(fine, now()).document())
    now.move(30)
    intake, _ = new_process()
    assert await intake.sweep() == 2
    await intake.drain()
    assert intake.under_way == 0
    assert await intake.sweep() == 0
    assert len(await kept(store, citizen)) == 2
    [parked] = await store.find("messages", {"state": "parked"})
    assert parked["provider_id"] == "broken"


@pytest.mark.gen_test
async def test_half_carried_out_is_finished_by_the_sweep(
    new_process: Process, store: MongoStore, citizen: Address, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store goes away between the inserts and the replacement that numbers the message."""
    intake, conversations = new_process()

    async def away(*_: object) -> list[bool]:
        raise StoreUnavailable

    monkeypatch.setattr(conversations._store, "replace_many", away)
    accepted = await intake.accept(inbound(citizen, "我家着火了"))
    assert await intake.replies(accepted, 5)
    await intake.drain()
    now.move(30)
    other, _ = new_process()
    await other.sweep()
    await other.drain()
    assert len(await store.find("alarms", {"message_id": accepted.message_id})) == 1
    assert [message["state"] for message in await kept(store, citizen)] == ["numbered"] * 2


@pytest.mark.gen_test
async def test_a_reply_that_left_is_sent_even_if_another_process_wrote_it_down_first(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    (first, _), (_, second) = new_process(), new_process()
    message = inbound(citizen, window=15)
    accepted = await first.accept(message)
    replies = await first.replies(accepted, 5)
    assert replies
    await second.load(citizen)  # carries out the tail while the response is leaving
    first.handed_over(accepted, [reply.message_id for reply in replies])
    await first.drain()
    await first.drain()
    [reply] = [one for one in await kept(store, citizen) if one["direction"] == "out"]
    assert reply["delivery"]["state"] == "sent"


@pytest.mark.gen_test
async def test_the_retry_of_a_broken_response_at_another_process_counts_as_sent(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    (first, _), (second, _) = new_process(), new_process()
    message = inbound(citizen, window=15)
    assert await first.replies(await first.accept(message), 5)
    again = await second.accept(message)
    replies = await second.replies(again, 5)
    assert replies
    second.handed_over(again, [reply.message_id for reply in replies])
    await first.drain()  # its own response never left: it writes the reply down as queued
    await second.drain(within=5)
    [reply] = [one for one in await kept(store, citizen) if one["direction"] == "out"]
    assert reply["delivery"]["state"] == "sent"


@pytest.mark.gen_test
async def test_the_platforms_repeat_takes_up_what_was_left_undecided(
    new_process: Process, store: MongoStore, citizen: Address, now: Now
) -> None:
    message = inbound(citizen, window=15)
    await store.insert("messages", turns.received(message, now()).document())
    now.move(5)
    intake, _ = new_process()
    accepted = await intake.accept(message)
    assert not accepted.fresh
    assert await intake.replies(accepted, 4)
    await intake.drain()


@pytest.mark.gen_test
async def test_history_shows_no_message_before_those_that_precede_it(
    new_process: Process, store: MongoStore, citizen: Address
) -> None:
    """A turn commits and is half carried out between a reader's look at the conversation and at the messages."""
    intake, conversations = new_process()
    assert await intake.replies(await intake.accept(inbound(citizen)), 5)
    await intake.drain()
    before = await conversation_of(store, citizen)
    stray = {**(await kept(store, citizen))[1], "_id": "later", "seq": before.seq + 2}
    await store.insert("messages", stray)
    found, _ = await conversations.history(before.id, after=0)
    assert [message.seq for message in found] == [1, 2]


@pytest.mark.gen_test
async def test_only_what_the_citizen_says_or_does_opens_the_platforms_window(
    new_process: Process, store: MongoStore, citizen: Address, now: Now
) -> None:
    intake, _ = new_process()
    spoke = now()
    await intake.replies(await intake.accept(inbound(citizen)), 5)
    now.move(60)
    acted = now()
    await intake.replies(await intake.accept(inbound(citizen, parts=(Event(name="click", key="hot"),))), 5)
    now.move(60)
    await intake.replies(await intake.accept(inbound(citizen, parts=(Event(name="status"),))), 5)
    await intake.drain()
    window = (await conversation_of(store, citizen)).window
    assert (window.last_message_at, window.last_act_at) == (spoke, acted)


@pytest.mark.gen_test
async def test_a_process_that_is_closing_accepts_nothing(new_process: Process, citizen: Address) -> None:
    intake, _ = new_process()
    await intake.close()
    with pytest.raises(IntakeUnavailable):
        await intake.accept(inbound(citizen))


@pytest.mark.gen_test
async def test_a_message_another_process_decided_before_this_one_read_the_conversation_is_not_decided_again(
    new_process: Process, store: MongoStore, citizen: Address, now: Now
) -> None:
    """Its insert was slow to come back; meanwhile a repeat was taken up elsewhere, and another message came here."""
    (here, _), (elsewhere, _) = new_process(), new_process()
    since = asyncio.get_running_loop().time()
    slow = inbound(citizen)
    await store.insert("messages", turns.received(slow, now()).document())
    assert await elsewhere.sweep(age=0) == 1
    await elsewhere.drain()
    assert await here.replies(await here.accept(inbound(citizen)), 5)
    turn = here._begin(turns.received(slow, now()), citizen, 0.0, since=since)
    await asyncio.wait([turn.settled], timeout=5)
    await here.drain()
    replies = [message for message in await kept(store, citizen) if message.get("reply_to") == slow.id]
    assert len(replies) == 1


@pytest.mark.gen_test
async def test_repeats_that_find_a_message_left_behind_take_it_up_once(
    new_process: Process, store: MongoStore, citizen: Address, now: Now
) -> None:
    message = inbound(citizen, window=15)
    await store.insert("messages", turns.received(message, now()).document())
    now.move(30)
    intake, _ = new_process()
    accepted = await asyncio.gather(*(intake.accept(message) for _ in range(3)))
    answers = await asyncio.gather(*(intake.replies(one, 4) for one in accepted), intake.sweep())
    # one more, while the turn's writes may still be on their way
    turn = intake._begin(turns.received(message, now()), citizen, 0.0, recovered=True)
    await asyncio.wait([turn.settled], timeout=5)
    await intake.drain()
    assert answers[0]
    assert answers[0] == answers[1] == answers[2]
    assert [one["direction"] for one in await kept(store, citizen)] == ["in", "out"]
