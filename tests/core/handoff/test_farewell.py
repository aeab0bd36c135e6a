"""A citizen is told that the person has left: once, also after a kill, and not where it would cost them an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from channels.contract import Address, Channel, Event, Text
from channels.wechat.channel import WeChatChannel
from channels.wechat.config import WeChatConfig
from gateway.core.conversations import Conversations
from gateway.core.handoff import ConversationDesk
from gateway.core.handoff.farewell import Farewell
from gateway.core.model import Delivery, Message
from gateway.core.ports import StoreUnavailable
from tests.core.conftest import Now, inbound
from tests.core.dying import dying_after
from tests.core.handoff.conftest import Office, person

Open = Callable[[], Awaitable[Office]]
ALICE, LIN = person("alice"), person("lin", "shift_leader")
HELLO = [Text(text="您好，我来帮您看")]
CLOSED, BACK = "这次就先到这里", "接下来先由机器人答您"
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def channels(now: Now) -> dict[str, Channel]:
    config = WeChatConfig(app_id="wx1", app_secret="s", token="t", aes_key="")
    return {"wechat": WeChatChannel(config, lambda: now().timestamp())}


def follower(name: str) -> Address:
    return Address(channel="wechat", account="gh", external_id=f"oFarewell-{name}")


async def lines(process: Office, id: str) -> list[Message]:
    """What was said of somebody's leaving."""
    found = await process.store.find("messages", {"conversation_id": id}, sort=[("seq", 1)])
    texts = [(one, part.text) for one in map(Message.of, found) for part in one.parts if isinstance(part, Text)]
    return [one for one, text in texts if CLOSED in text or BACK in text]


async def taken(process: Office, address: Address, text: str = "转人工") -> str:
    await process.at_desk("alice")
    conversation = await process.writes(address, text)
    await process.seen(conversation.id, bool)
    await process.desk.take(ALICE, conversation.id)
    return conversation.id


async def used(process: Office, id: str, answers: int, now: Now) -> None:
    """So many answers have reached the citizen."""
    for number in range(answers):
        said = await process.desk.answer(ALICE, id, HELLO, client_id=f"c{number}")
        document = await process.store.get("messages", said.id)
        assert document is not None
        sent = Delivery(
            state="sent", via="api", at=now(), spent=number + 1, after=said.delivery and said.delivery.after
        )
        assert await process.store.replace(
            "messages", Message.of(document).model_copy(update={"delivery": sent}).document()
        )


@pytest.mark.gen_test(timeout=40)
async def test_told_when_it_is_closed_and_when_it_is_given_back(office: Open, citizen: Address) -> None:
    process = await office()
    id = await taken(process, citizen)
    await process.desk.close(ALICE, id, category="路灯")
    (line,) = await lines(process, id)
    assert CLOSED in str(line.parts)
    await process.desk.close(LIN, id, category="路灯")
    assert len(await lines(process, id)) == 1, "it was closed already"

    await process.writes(citizen, "转人工")
    await process.seen(id, lambda row: row and row.owner.kind == "queue")
    await process.desk.back_to_bot(ALICE, id)
    assert [BACK in str(one.parts) for one in await lines(process, id)] == [False, True]
    answered = await process.writes(citizen, "人工")
    assert answered.owner.kind == "queue", "what it tells them to write is understood"


@pytest.mark.gen_test(timeout=40)
@pytest.mark.parametrize(("answers", "told"), [(3, 1), (4, 0), (5, 0)])
async def test_the_last_answer_wechat_allows_is_not_used_for_it(
    office: Open, now: Now, answers: int, told: int
) -> None:
    process = await office()
    id = await taken(process, follower(f"used-{answers}"))
    await used(process, id, answers, now)
    await process.desk.close(ALICE, id, category="")
    assert len(await lines(process, id)) == told


@pytest.mark.gen_test(timeout=40)
async def test_an_answer_on_its_way_is_counted(office: Open, now: Now) -> None:
    process = await office()
    id = await taken(process, follower("under-way"))
    await used(process, id, 3, now)
    await process.desk.answer(ALICE, id, HELLO, client_id="last")
    await process.desk.close(ALICE, id, category="")
    assert await lines(process, id) == []


@pytest.mark.gen_test(timeout=40)
async def test_whose_window_has_closed_and_who_has_left_is_told_nothing(office: Open, now: Now) -> None:
    process = await office()
    late, gone = await taken(process, follower("late")), await taken(process, follower("gone"))
    left = inbound(follower("gone"), parts=(Event(name="unsubscribe"),))
    await process.intake.replies(await process.intake.accept(left), 5)
    await process.intake.drain()
    await process.desk.close(ALICE, gone, category="")
    now.move(timedelta(hours=49).total_seconds())
    await process.agents.beat("alice")
    await process.desk.close(ALICE, late, category="")
    assert (await lines(process, late), await lines(process, gone)) == ([], [])


@pytest.mark.gen_test(timeout=60)
async def test_killed_anywhere_and_done_again_it_is_said_once(office: Open, citizen: Address) -> None:
    process = await office()
    for lives in range(4):
        id = await taken(process, citizen)
        before = len(await lines(process, id))
        dying = dying_after(process.store, lives)
        conversations = Conversations(dying, process.conversations._bus, process.desk.now)
        farewell = Farewell(process.store, conversations, {}, process.desk.now)
        desk = ConversationDesk(
            process.store,
            conversations,
            process.desk.now,
            contacts=process.desk._contacts,
            board=process.board,
            following=process.desk._following,
            agents=process.agents,
            farewell=farewell,
        )
        try:
            await desk.close(LIN, id, category="")
        except StoreUnavailable:
            # the next one who looks carries out what is owed
            process.conversations.forget(citizen.key)
            await process.desk.close(LIN, id, category="")
        process.conversations.forget(citizen.key)
        await process.writes(citizen, "谢谢")
        assert len(await lines(process, id)) == before + 1, lives


@pytest.mark.gen_test(timeout=40)
async def test_each_citizen_worked_as_one_is_told_but_nobody_twice(office: Open) -> None:
    process = await office()
    one, other, same = (
        Address(channel="web", account="main", external_id=f"farewell-{name}") for name in ("one", "other", "same")
    )
    mine = await process.conversations.open(one)
    theirs = await process.conversations.open(same)
    joined = theirs.model_copy(update={"contact_id": mine.contact_id}).document()
    assert await process.store.replace("identities", joined)
    await process.conversations.change(
        same, lambda found: (found.model_copy(update={"contact_id": mine.contact_id}), ())
    )
    ids = [await taken(process, address) for address in (one, other, same)]
    for follower_id in ids[1:]:
        await process.desk.merge(ALICE, ids[0], follower_id)
        await process.seen(follower_id, lambda row: row and row.merged_into == ids[0])
    await process.desk.close(ALICE, ids[0], category="")
    assert [len(await lines(process, id)) for id in ids] == [1, 1, 0]
