"""When people answer, and what is said about waiting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot import phrases
from bot.contract import Waiting
from gateway.core.handoff import Agents, Board
from gateway.core.model import Conversation, Owner, new_id
from gateway.core.queue import BEIJING, Hours, Queue
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisConnection, RedisPresence

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Beijing


def beijing(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("hours", "days", "at", "staffed"),
    [
        ("08:30-17:30", "1-5", beijing(24, 8, 29), False),
        ("08:30-17:30", "1-5", beijing(24, 8, 30), True),
        ("08:30-17:30", "1-5", beijing(24, 17, 30), False),
        ("08:30-17:30", "1-5", beijing(28, 10), False),  # Saturday
        ("08:30-17:30", "6", beijing(28, 10), True),
        ("00:00-00:00", "1-7", beijing(28, 3), True),  # day and night
        ("20:00-06:00", "1-5", beijing(24, 23), True),
        ("20:00-06:00", "1-5", beijing(25, 5, 59), True),
        ("20:00-06:00", "1-5", beijing(25, 6), False),
        ("20:00-06:00", "1-5", beijing(28, 3), True),  # Friday's night
        ("20:00-06:00", "1-5", beijing(28, 21), False),
        ("20:00-06:00", "1-5", beijing(23, 3), False),  # Sunday's night is not worked
    ],
)
def test_staffed(hours: str, days: str, at: datetime, staffed: bool) -> None:
    assert Hours.parse(hours, days).staffed(at) is staffed


@pytest.mark.parametrize(
    ("days", "at", "opening", "words"),
    [
        ("1-7", beijing(24, 7), beijing(24, 8, 30), "今天8:30"),
        ("1-7", beijing(24, 18), beijing(25, 8, 30), "明天8:30"),
        ("1-5", beijing(27, 18), beijing(30, 8, 30), "周一8:30"),
        ("2", beijing(24, 9), beijing(24, 8, 30) + timedelta(days=7), "周二8:30"),
    ],
)
def test_the_next_opening(days: str, at: datetime, opening: datetime, words: str) -> None:
    found = Hours.parse("08:30-17:30", days).next_opening(at)
    assert found == opening
    assert phrases.moment(found, at, "zh") == words


def conversation(kind: str, since: datetime) -> Conversation:
    return Conversation.model_validate(
        {
            "id": new_id(),
            "channel": "web",
            "identity": f"web:web:{new_id()}",
            "contact_id": new_id(),
            "owner": Owner(kind=kind, since=since),  # type: ignore[arg-type]
            "opened_at": since,
            "updated_at": since,
        }
    )


@pytest.mark.gen_test
async def test_position_counts_those_who_are_served_before(store: MongoStore) -> None:
    board = Board(store, lambda: NOW)
    queue = Queue(board, Hours.parse("08:30-17:30", "1-7"))
    waiting = [conversation("queue", NOW + timedelta(minutes=minute)) for minute in range(3)]
    for one in (*waiting, conversation("bot", NOW), conversation("agent", NOW)):
        await store.insert("conversations", one.document())
    await board.refresh()
    assert [queue.waiting(one, NOW).ahead for one in waiting] == [0, 1, 2]
    assert queue.waiting(conversation("bot", NOW), NOW) == Waiting(staffed=True, ahead=3)
    night = NOW + timedelta(hours=12)
    assert queue.waiting(waiting[0], night) == Waiting(staffed=False, ahead=0, opens=beijing(25, 8, 30))
    danger = conversation("queue", NOW + timedelta(hours=1))
    danger = danger.model_copy(update={"owner": danger.owner.model_copy(update={"urgent": True})})
    await store.insert("conversations", danger.document())
    await board.refresh()
    assert [queue.waiting(one, NOW).ahead for one in (danger, *waiting)] == [0, 1, 2, 3]


@pytest.mark.gen_test
async def test_how_long_it_takes_is_told_by_how_fast_the_queue_moves(store: MongoStore) -> None:
    at = NOW
    board = Board(store, lambda: at)
    queue = Queue(board, Hours.parse("08:30-17:30", "1-7"))
    waiting = [conversation("queue", NOW + timedelta(minutes=minute)) for minute in range(5)]
    for one in waiting:
        board.on_event(told(one))
    newcomer = conversation("bot", NOW)
    for count, one in enumerate(waiting[:3], 1):
        at = NOW + timedelta(minutes=10 * count)
        assert queue.waiting(newcomer, at).minutes == 0, "too few to tell"
        taken = one.model_copy(update={"version": 2, "owner": Owner(kind="agent", id="alice", since=at)})
        board.on_event(told(taken))
    # three in the 20 minutes since the first was taken; two are ahead
    assert queue.waiting(newcomer, at) == Waiting(staffed=True, ahead=2, minutes=20)
    at += timedelta(hours=1)
    await board.refresh()
    assert queue.waiting(newcomer, at).minutes == 0, "that was long ago"


@pytest.mark.gen_test
async def test_it_is_known_who_is_at_a_desk_for_whom(
    store: MongoStore, open_redis: Callable[..., RedisConnection]
) -> None:
    agents = Agents(store, RedisPresence(open_redis(), ttl=5.0), lambda: NOW)
    queue = Queue(Board(store, lambda: NOW), Hours.parse("08:30-17:30", "1-7"), agents)
    newcomer = conversation("bot", NOW)
    for_water = conversation("queue", NOW)
    for_water = for_water.model_copy(update={"owner": for_water.owner.model_copy(update={"unit": "water"})})

    async def known() -> list[tuple[bool, frozenset[str] | None]]:
        await agents.refresh()
        found = [queue.waiting(one, NOW) for one in (newcomer, for_water)]
        return [(one.attended, one.speaks) for one in found]

    unknown = queue.waiting(newcomer, NOW)
    assert (unknown.attended, unknown.speaks) == (True, None), "nobody has looked yet"
    nobody = (False, frozenset[str]())
    assert await known() == [nobody, nobody]
    await agents.set("alice", state="available", skills=("en",))
    assert await known() == [nobody, nobody], "she has not come"
    await agents.set("wang", state="available", unit="water")
    await agents.beat("wang")
    assert await known() == [nobody, (True, frozenset())], "a unit's people take what is for their unit"
    await agents.beat("alice")
    assert await known() == [(True, frozenset({"en"}))] * 2
    await agents.set("alice", state="away")
    assert (await known())[0] == nobody
    night = NOW + timedelta(hours=12)
    assert not queue.waiting(newcomer, night).answered


def told(one: Conversation) -> dict[str, object]:
    return {
        "conversation_id": one.id,
        "version": one.version,
        "people": one.model_dump(include={"channel", "identity", "contact_id", "owner", "seq", "read", "latest"}),
    }
