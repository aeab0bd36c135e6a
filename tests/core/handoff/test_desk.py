"""Conversations shared out, answered, taken back and released, over the real stores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from channels.contract import Address, Text
from gateway.core.errors import Forbidden, Refused
from gateway.core.handoff.notes import mark
from gateway.core.model import Conversation, Message, Owner, new_id
from gateway.core.ports import StoreUnavailable
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisConnection, RedisPresence
from tests.core.conftest import Now
from tests.core.handoff.conftest import Office, person

Open = Callable[[], Awaitable[Office]]
HELLO = [Text(text="您好，我来帮您看")]
pytestmark = pytest.mark.timeout(60)


async def said(store: MongoStore, id: str) -> list[Message]:
    found = await store.find("messages", {"conversation_id": id}, sort=[("seq", 1)])
    return [Message.of(document) for document in found]


@pytest.mark.gen_test(timeout=30)
async def test_who_asks_for_a_person_is_given_to_one_and_answered(office: Open, citizen: Address, now: Now) -> None:
    process = await office()
    conversation = await process.writes(citizen, "转人工")
    assert conversation.owner.kind == "queue"
    await process.seen(conversation.id, bool)
    assert await process.rounds.sweep() == 0, "nobody is there"
    alice = await process.at_desk("alice")
    assert await process.rounds.sweep() == 1
    await process.seen(conversation.id, lambda row: row.owner.id == "alice")
    answer = await process.desk.answer(alice, conversation.id, HELLO, client_id="c1")
    again = await process.desk.answer(alice, conversation.id, HELLO, client_id="c1")
    assert answer.id == again.id
    assert [one.sender.kind for one in await said(process.store, conversation.id)] == ["citizen", "bot", "agent"]
    await process.writes(citizen, "身份证丢了怎么补办")
    messages = await said(process.store, conversation.id)
    assert len(messages) == 4, "the bot is silent"
    await process.seen(conversation.id, lambda row: row.latest.text == "身份证丢了怎么补办")
    assert process.board.of("alice")[0].waiting_since == now()


@pytest.mark.gen_test(timeout=30)
async def test_two_take_it_in_two_processes_and_one_has_it(office: Open, citizen: Address) -> None:
    first, second = await office(), await office()
    conversation = await first.writes(citizen, "转人工")
    await second.conversations.load(citizen)
    alice, bob = person("alice"), person("bob")
    outcome = await asyncio.gather(
        first.desk.take(alice, conversation.id), second.desk.take(bob, conversation.id), return_exceptions=True
    )
    refused = [one for one in outcome if isinstance(one, Refused)]
    assert [one.reason for one in refused] == ["taken"]
    owner = (await first.desk.get(alice, conversation.id)).owner.id
    loser, its_process = (bob, second) if owner == "alice" else (alice, first)
    with pytest.raises(Refused):
        await its_process.desk.answer(loser, conversation.id, HELLO, client_id="c1")
    leader = person("lin", "shift_leader")
    await second.desk.assign(leader, conversation.id, loser)
    # the process that remembers the owner before must not refuse the new one, nor let the old one speak
    winner, other = (alice, first) if owner == "alice" else (bob, second)
    with pytest.raises(Refused):
        await other.desk.answer(winner, conversation.id, HELLO, client_id="c2")
    await first.desk.answer(loser, conversation.id, HELLO, client_id="c3")


@pytest.mark.gen_test(timeout=30)
async def test_oldest_first_danger_before_all_by_skill_and_never_more_than_wanted(office: Open, now: Now) -> None:
    process = await office()

    async def waits(name: str, text: str) -> str:
        now.move(1)
        conversation = await process.writes(Address(channel="web", account="web", external_id=name), text)
        assert conversation.owner.kind == "queue"
        await process.seen(conversation.id, bool)
        return conversation.id

    foreign = await waits("v1", "agent")
    older = await waits("v2", "转人工")
    newer = await waits("v3", "转人工")
    danger = await waits("v4", "有人要跳楼")
    await process.at_desk("bob", capacity=2)
    assert await process.rounds.sweep() == 2
    await process.seen(older, lambda row: row.owner.id == "bob")
    await process.seen(danger, lambda row: row.owner.id == "bob")
    assert [row.id for row in process.board.waiting()] == [foreign, newer]
    await process.at_desk("emma", skills=("en",))
    assert await process.rounds.sweep() == 2
    await process.seen(foreign, lambda row: row.owner.id == "emma")
    await process.seen(newer, lambda row: row.owner.id == "emma")


@pytest.mark.gen_test(timeout=30)
async def test_who_loses_the_connection_loses_the_conversation_after_a_while(
    office: Open, citizen: Address, now: Now
) -> None:
    process = await office()
    conversation = await process.writes(citizen, "转人工")
    await process.seen(conversation.id, bool)
    alice = await process.at_desk("alice")
    await process.rounds.sweep()
    await process.seen(conversation.id, lambda row: row.owner.id == "alice")
    await process.agents.leave("alice")
    now.move(30)
    assert await process.rounds.sweep() == 0
    now.move(30)
    assert await process.rounds.sweep() == 0, "the first sweep saw her missing; a minute has to pass from then"
    now.move(30)
    assert await process.rounds.sweep() == 1
    await process.seen(conversation.id, lambda row: row.owner.kind == "queue")
    waiting = process.board.waiting()[0]
    assert waiting.owner.since == conversation.owner.since, "it keeps its place"
    with pytest.raises(Refused):
        await process.desk.answer(alice, conversation.id, HELLO, client_id="late")


@pytest.mark.gen_test(timeout=30)
async def test_whom_nobody_takes_is_told_and_may_go_on_with_the_bot(office: Open, citizen: Address, now: Now) -> None:
    process = await office()
    conversation = await process.writes(citizen, "转人工")
    await process.seen(conversation.id, bool)
    now.move(901)
    assert await process.rounds.sweep() == 1
    await process.seen(conversation.id, lambda row: row is None)
    last = (await said(process.store, conversation.id))[-1]
    assert "让您久等了" in last.parts[0].prompt  # type: ignore[union-attr]
    told = await process.writes(citizen, "1")
    assert told.owner.kind == "bot"
    assert told.memory.flow != "choose", "the choice was understood"


@pytest.mark.gen_test(timeout=30)
async def test_after_long_silence_it_ends_and_the_bot_answers(office: Open, citizen: Address, now: Now) -> None:
    process = await office()
    alice = await process.at_desk("alice")
    conversation = await process.writes(citizen, "转人工")
    await process.desk.take(alice, conversation.id)
    await process.desk.answer(alice, conversation.id, HELLO, client_id="c1")
    await process.seen(conversation.id, lambda row: row and row.waiting_since is None)
    now.move(12 * 3600)
    await process.agents.beat("alice")
    assert await process.rounds.sweep() == 1
    await process.seen(conversation.id, lambda row: row is None)
    answered = await process.writes(citizen, "身份证丢了怎么补办")
    assert answered.owner.kind == "bot"


@pytest.mark.gen_test(timeout=30)
async def test_notes_stand_among_the_messages_and_citizens_never_see_them(office: Open, citizen: Address) -> None:
    process = await office()
    alice = await process.at_desk("alice")
    conversation = await process.writes(citizen, "转人工")
    await process.desk.take(alice, conversation.id)
    note = await process.desk.note(alice, conversation.id, "老人家，耳背", client_id="n1", mentions=["bob"])
    assert await process.desk.note(alice, conversation.id, "老人家，耳背", client_id="n1") == note
    messages, notes, _ = await process.desk.thread(alice, conversation.id)
    assert [(one.text, one.after) for one in notes] == [("老人家，耳背", messages[-1].seq)]
    history, _ = await process.conversations.history(conversation.id)
    assert "耳背" not in str(history)


@pytest.mark.gen_test(timeout=30)
async def test_drafts_are_kept_for_each_person(office: Open, citizen: Address) -> None:
    process = await office()
    alice, bob = person("alice"), person("bob")
    id = (await process.writes(citizen, "你好")).id
    await process.desk.keep_draft(alice, id, "您好")
    await process.desk.keep_draft(alice, id, "您好，请问")
    await process.desk.keep_draft(alice, id, "他耳背", kind="note")
    assert await process.desk.drafts(alice, id) == {"answer": "您好，请问", "note": "他耳背"}
    assert await process.desk.drafts(bob, id) == {"answer": "", "note": ""}
    await process.desk.keep_draft(alice, id, "")
    assert await process.desk.drafts(alice, id) == {"answer": "", "note": "他耳背"}


@pytest.mark.gen_test(timeout=30)
async def test_who_does_not_answer_citizens_sees_nothing(office: Open, citizen: Address) -> None:
    process = await office()
    id = (await process.writes(citizen, "转人工")).id
    for role in ("supervisor", "administrator", "knowledge_editor"):
        with pytest.raises(Forbidden):
            await process.desk.thread(person("x", role), id)


@pytest.mark.gen_test(timeout=30)
async def test_a_board_that_missed_events_is_right_after_reading(office: Open, citizen: Address, now: Now) -> None:
    process, blind = await office(), await office()
    blind.feeding.cancel()
    conversation = await process.writes(citizen, "转人工")
    await blind.board.refresh()
    assert [row.id for row in blind.board.waiting()] == [conversation.id]
    alice = await process.at_desk("alice")
    await process.desk.take(alice, conversation.id)
    await blind.board.refresh()
    assert ([*blind.board.waiting()], [row.id for row in blind.board.of("alice")]) == ([], [conversation.id])
    await process.desk.close(alice, conversation.id, category="咨询")
    await blind.board.refresh()
    assert blind.board.get(conversation.id) is None


@pytest.mark.gen_test(timeout=30)
async def test_a_board_reads_all_that_was_shared_out_in_one_moment(office: Open, now: Now) -> None:
    process = await office()
    owner = Owner(kind="agent", id="alice", name="Alice", since=now())
    for number in range(230):
        later = owner.model_copy(update={"since": now() + timedelta(seconds=number // 210)})
        one = Conversation(
            id=new_id(),
            channel="web",
            identity=f"web:web:{number}",
            contact_id=new_id(),
            owner=later,
            opened_at=now(),
            updated_at=now(),
        )
        await process.store.insert("conversations", one.document())
    await process.board.refresh()
    assert len(process.board.of("alice")) == 230


@pytest.mark.gen_test(timeout=30)
async def test_who_went_away_takes_nothing_while_nobody_knows_who_is_there(
    office: Open, open_redis: Callable[..., RedisConnection]
) -> None:
    here = await office()
    await here.at_desk("alice")
    assert [agent.id for agent in here.agents.takers()] == ["alice"]
    await (await office()).agents.set("alice", state="away")
    here.agents._presence = RedisPresence(open_redis(url="redis://127.0.0.1:1"))
    with pytest.raises(StoreUnavailable):
        await here.agents.refresh()
    assert here.agents.takers() == []


def test_what_tells_a_citizen_apart_in_lists() -> None:
    phone = Address(channel="sms", account="AC1", external_id="+8613800138000").key
    assert mark(phone, "01ABCDEFGH") == "138****8000"
    assert mark(Address(channel="wechat", account="gh", external_id="oX").key, "01ABCDEFGH") == "EFGH"


@pytest.mark.gen_test(timeout=30)
async def test_who_comes_to_a_desk_is_known_by_name_and_keeps_what_they_set(office: Open) -> None:
    process = await office()
    await process.agents.introduce("carol", "陈晓")
    assert [(one.id, one.name, one.state) for one in process.agents.all()] == [("carol", "陈晓", "away")]
    await process.agents.set("carol", state="available", capacity=3)
    await process.agents.introduce("carol", "陈晓晓")
    kept = process.agents.get("carol")
    assert (kept.name, kept.state, kept.capacity) == ("陈晓晓", "available", 3)
    await process.agents.introduce("carol", "陈晓晓")
    assert process.agents.get("carol").version == kept.version
