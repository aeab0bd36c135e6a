"""Days with known events, summed and told; every number here was counted by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gateway.core.errors import Forbidden, Invalid
from gateway.core.figures.desk import Wanted
from gateway.core.figures.summing import AGAIN
from gateway.core.people import Person
from gateway.core.ports import StoreUnavailable
from gateway.core.tickets import moves
from gateway.storage.mongo import MongoStore
from tests.core.figures.conftest import ALICE, LEADER, POLICE, SUPERVISOR, URBAN, WATER, Books, Log
from tests.core.tickets.conftest import AGENT, Clock

Open = Callable[[], Books]
pytestmark = pytest.mark.timeout(60)


async def two_days(books: Books, now: Clock) -> dict[str, str]:
    """A Monday and a Tuesday; the numbers of what was filed."""
    process, desk = books.process, books.process.desk
    numbers = {}

    async def file(name: str, at: str, **about: object) -> str:
        now.to(at)
        numbers[name] = (await process.file(f"{name}：路灯不亮", **about)).id
        return numbers[name]

    await file("lamp", "2026-03-02 09:00")
    now.to("2026-03-02 09:10")
    await desk.move(ALICE, numbers["lamp"], moves.Dispatch(lead="water"))
    await file("question", "2026-03-02 09:30", kind="consultation")
    await desk.move(ALICE, numbers["question"], moves.AnswerAtOnce(text="可以的。"))
    now.to("2026-03-02 10:00")
    await desk.move(WATER, numbers["lamp"], moves.Sign())
    await file("secret", "2026-03-02 11:00", kind="report", confidential=True, accused=("urban",))
    await desk.move(LEADER, numbers["secret"], moves.Dispatch(lead="police"))
    # a minute apart, and on two days
    await file("late", "2026-03-02 23:59")
    now.to("2026-03-03 00:00")
    await desk.move(ALICE, numbers["late"], moves.Dispatch(lead="urban"))
    now.to("2026-03-03 09:10")
    await desk.move(WATER, numbers["lamp"], moves.Reply(text="修好了。"))
    await desk.move(ALICE, numbers["lamp"], moves.Approve())
    await process.ledger.move(numbers["lamp"], moves.Rate(solved=False, verdict="fairly"), AGENT)
    await file("court", "2026-03-03 10:00")
    await desk.move(ALICE, numbers["court"], moves.Decline(cause="litigation"))
    now.to("2026-03-03 12:00")
    return numbers


@pytest.mark.gen_test(timeout=40)
async def test_two_days_are_told_apart_at_midnight_in_beijing(books: Open, now: Clock) -> None:
    one = books()
    numbers = await two_days(one, now)
    # from Monday midnight to noon on Tuesday, and the hour that begins
    assert await one.summing.sweep() == 37
    assert await one.values(on="2026-03-02") == {
        "filed": 4,
        "at_once_share": pytest.approx(1 / 3),
        "dispatched": 2,
        "signed_share": 1,
    }
    assert await one.values() == {
        "filed": 1,
        "declined": 1,
        "dispatched": 1,
        "on_time_share": 1,
        "reached_share": 1,
        "rated_share": 1,
        "satisfied_share": 1,
        "closed_once_share": 1,
        "workdays": 1,
    }
    week = await one.values(name="week")
    assert (week["filed"], week["dispatched"], week["at_once_share"]) == (5, 3, 0.25)
    assert await one.behind("dispatched") == [numbers["late"]]
    assert await one.behind("filed", on="2026-03-02") == [
        numbers[name] for name in ("late", "secret", "question", "lamp")
    ]
    assert await one.behind("filed", on="2026-03-02", kind="consultation") == [numbers["question"]]


@pytest.mark.gen_test(timeout=40)
async def test_the_present_day_is_compared_with_as_much_of_the_one_before(books: Open, now: Clock) -> None:
    one = books()
    await two_days(one, now)
    await one.summing.sweep()
    report = await one.report()
    [filed] = [compared for compared in report.figures if compared.figure.name == "filed"]
    assert (filed.amount.value, filed.before.value, report.compared_with.hours) == (1, 3, 12)
    [filed] = [compared for compared in (await one.report(on="2026-03-02")).figures if compared.figure.name == "filed"]
    assert filed.before.value == 0


@pytest.mark.gen_test(timeout=40)
async def test_confidential_tickets_are_in_totals_only(books: Open, now: Clock) -> None:
    one = books()
    numbers = await two_days(one, now)
    await one.summing.sweep()
    for by in ("unit", "kind", "channel"):
        report = await one.report(SUPERVISOR, on="2026-03-02", by=by)
        counted = sum(row.amounts["dispatched"].value or 0 for row in report.rows)
        assert counted == 1, by
        assert {"report", "police"}.isdisjoint(row.key for row in report.rows)
    assert await one.behind("dispatched", on="2026-03-02") == [numbers["secret"], numbers["lamp"]]
    for head in (URBAN, POLICE):
        assert await one.values(head, on="2026-03-02") == {}
        assert await one.behind("dispatched", head, on="2026-03-02") == []
    # a role that is given figures and not confidential reports would have totals without them
    scopes = frozenset(("figures.read", "tickets.read"))
    other = Person(username="other", name="", roles=(), unit=None, scopes=scopes)
    assert (await one.values(other, on="2026-03-02"))["dispatched"] == 1
    assert await one.behind("dispatched", other, on="2026-03-02") == [numbers["lamp"]]
    # one that becomes so is taken out when its hour is summed again
    await one.process.desk.move(LEADER, numbers["late"], moves.Mark(confidential=True, reason="要保密"))
    assert (await one.values(URBAN))["dispatched"] == 1
    now.move(days=1)
    await one.summing.sweep()
    assert await one.values(URBAN, on="2026-03-03") == {}
    assert (await one.values(LEADER, on="2026-03-03"))["dispatched"] == 1


@pytest.mark.gen_test(timeout=40)
async def test_a_head_of_unit_sees_their_own_and_others_nothing(books: Open, now: Clock) -> None:
    one = books()
    await two_days(one, now)
    await one.summing.sweep()
    assert await one.values(WATER, name="week") == {
        "dispatched": 1,
        "signed_share": 1,
        "on_time_share": 1,
        "reached_share": 1,
        "rated_share": 1,
        "satisfied_share": 1,
        "closed_once_share": 1,
        "workdays": 1,
    }
    report = await one.report(WATER, "week", by="unit")
    assert [row.key for row in report.rows] == ["water"]
    assert (report.handed, report.closed, report.hours) == ({}, {}, [])
    assert await one.behind("dispatched", WATER, unit="urban") == []
    with pytest.raises(Forbidden):
        await one.report(ALICE)
    with pytest.raises(Invalid):
        await one.figures.behind(LEADER, "day", None, Wanted("filed"), place="nowhere")


@pytest.mark.gen_test(timeout=40)
async def test_cards_limits_returns_and_rework(books: Open, now: Clock) -> None:
    one = books()
    desk, ledger = one.process.desk, one.process.ledger
    number = (await one.process.file()).id
    await desk.move(ALICE, number, moves.Dispatch(lead="water"))
    await desk.move(WATER, number, moves.AskReturn(reason="不归我们管"))
    await desk.move(LEADER, number, moves.DecideReturn(grant=True, reason="确实不归"))
    await desk.move(ALICE, number, moves.Dispatch(lead="urban"))
    # signed after a workday, finished after the limit of five
    now.to("2026-03-03 10:00")
    await ledger.sweep()
    await desk.move(URBAN, number, moves.Sign())
    now.to("2026-03-09 10:00")
    await ledger.sweep()
    await desk.move(URBAN, number, moves.Reply(text="修好了。"))
    await desk.move(ALICE, number, moves.Approve())
    await ledger.move(number, moves.Rate(solved=False, verdict="dissatisfied"), AGENT)
    now.to("2026-03-10 10:00")
    await desk.move(URBAN, number, moves.Reply(text="又修了一遍。"))
    await desk.move(ALICE, number, moves.Approve())
    await ledger.move(number, moves.Rate(solved=True, verdict="satisfied"), AGENT)
    [first, *_] = (await ledger.get(number)).cards
    await desk.move(URBAN, number, moves.Appeal(card=first.id, reason="当天停电"))
    await desk.move(SUPERVISOR, number, moves.DecideAppeal(card=first.id, grant=True, reason="属实"))
    while await one.summing.sweep():
        pass
    month = await one.report(name="month")
    amounts = {compared.figure.name: compared.amount for compared in month.figures}
    assert amounts["returned_share"].value == 0.5
    assert (amounts["signed_share"].value, amounts["signed_share"].of) == (0, 1)
    assert (amounts["on_time_share"].value, amounts["on_time_share"].of) == (0.5, 2)
    assert (amounts["yellow"].value, amounts["withdrawn"].value, amounts["overdue"].value) == (2, 1, 1)
    assert (amounts["solved_share"].value, amounts["satisfied_share"].of) == (0.5, 2)
    assert (amounts["closed_once_share"].value, amounts["closed_once_share"].of) == (0, 1)
    # 5.04 workdays to the first approved reply, 6.04 to the second: both count from the first dispatch
    assert amounts["workdays"].value == pytest.approx(5.5 + 1 / 24)
    assert {row.key: row.amounts["returned_share"].value for row in month.rows} == {"urban": 0, "water": 1}


@pytest.mark.gen_test(timeout=40)
async def test_conversations_of_bot_and_people(books: Open, log: Log, now: Clock) -> None:
    one = books()

    async def spoke(conversation: str, owner: str = "bot", channel: str = "web") -> None:
        await log("bot_log", what="spoke", conversation_id=conversation, owner=owner, channel=channel)

    async def handed(conversation: str, before: str, after: str, **more: object) -> None:
        line = {"from": before, "to": after, "by": "bot", "conversation_id": conversation, **more}
        await log("handoffs", **line)

    for conversation in ("a", "b", "c", "d"):
        await spoke(conversation)
    await spoke("e", channel="sms")
    await spoke("f", owner="agent")
    await handed("a", "bot", "queue", reason="asked")
    await handed("a", "queue", "agent", to_id="alice", waited_ms=20_000)
    await handed("b", "bot", "queue", reason="unsure")
    now.move(hours=1)
    await handed("b", "queue", "agent", to_id="bob", waited_ms=180_001)
    for kind in ("nothing", "unsure", "unhelpful"):
        await log("knowledge_questions", kind=kind, conversation_id="c")
    await log("knowledge_questions", kind="unsure", conversation_id="d")
    await log("knowledge_questions", kind="none_of_these", conversation_id="e")
    # as it was written once
    await log("bot_log", what="unanswered", conversation_id="b", owner="bot")
    await handed("x", "bot", "agent", reason="asked", to_id="alice")
    for category in ("filed", "filed", "写错字"):
        await handed("x", "agent", "bot", reason="closed", category=category)
    await handed("x", "agent", "bot", reason="back_to_bot")
    await handed("e", "bot", "queue", reason="anger", channel="sms")
    await handed("e", "queue", "bot", reason="unclaimed", channel="sms", waited_ms=900_000)
    now.move(hours=2)
    await one.summing.sweep()
    report = await one.report(by="channel")
    values = {compared.figure.name: compared.amount.value for compared in report.figures}
    assert values["contacts"] == 6
    assert values["alone_share"] == 0.2, "d alone; f was with a person"
    assert (values["unanswered"], values["handed_over"]) == (3, 4)
    assert values["connected_share"] == pytest.approx(2 / 3)
    assert (values["waited_median"], values["waited_p90"], values["within_share"]) == (20, 181, 0.5)
    assert values["per_person"] == 1.5
    assert report.handed == {"asked": 1, "unsure": 1, "anger": 1, "emergency": 0, "rule": 0, "taken": 1}
    assert {name: count for name, count in report.closed.items() if count} == {"filed": 2, "other": 1}
    by_channel = {row.key: row.amounts for row in report.rows}
    assert (by_channel["sms"]["contacts"].value, by_channel["web"]["contacts"].value) == (1, 5)
    assert by_channel["sms"]["connected_share"].value == 0
    assert [(one.hour, one.counts["contacts"]) for one in report.hours if one.counts["contacts"]] == [(9, 6)]
    assert [one.waited_median for one in report.hours if one.waited_median] == [20, 181]


@pytest.mark.gen_test(timeout=40)
async def test_a_late_line_is_counted_when_its_hour_is_summed_again(books: Open, log: Log, now: Clock) -> None:
    one = books()
    await log("bot_log", what="spoke", conversation_id="a", owner="bot")
    spoken = round(now().timestamp() * 1000)
    now.move(hours=1, minutes=30)
    await one.summing.sweep()
    await log("bot_log", what="spoke", conversation_id="b", owner="bot", at_ms=spoken + 1)
    await log("knowledge_questions", kind="nothing", conversation_id="b", at_ms=spoken + 1)
    assert await one.summing.sweep() == 0, "nothing is due"
    values = await one.values()
    assert (values["contacts"], values.get("unanswered")) == (1, None)
    now.move(hours=1)
    await one.summing.sweep()
    values = await one.values()
    assert (values["contacts"], values["unanswered"]) == (2, 1)


@pytest.mark.gen_test(timeout=40)
async def test_a_day_is_left_alone_after_a_week(books: Open, store: MongoStore, log: Log, now: Clock) -> None:
    one = books()
    await log("bot_log", what="spoke", conversation_id="a", owner="bot")
    now.move(days=1)
    await one.summing.sweep()
    assert (await store.get("daily_figures", "through") or {})["day"] == "20260301"
    now.at += AGAIN[-1]
    while await one.summing.sweep():
        pass
    await one.summing.sweep()
    assert (await store.get("daily_figures", "through") or {})["day"] == "20260302"
    assert (await one.values(on="2026-03-02"))["contacts"] == 1


class Dying(MongoStore):
    """A store that goes away with the next write of a day's row."""

    async def insert(self, collection: str, document: dict[str, object]) -> bool:
        if collection == "daily_figures" and "sums" in document:
            raise StoreUnavailable
        return await super().insert(collection, document)


@pytest.mark.gen_test(timeout=40)
async def test_a_sweep_killed_between_hours_and_their_day_is_made_good(
    books: Open, log: Log, now: Clock, mongo_url: str, store: MongoStore
) -> None:
    one, other = books(), books()
    await log("bot_log", what="spoke", conversation_id="a", owner="bot")
    now.move(hours=1)
    dying = Dying(mongo_url, store.database.name)
    one.summing._store = dying
    with pytest.raises(StoreUnavailable):
        await one.summing.sum_due()
    await dying.close()
    assert await store.get("hourly_figures", "2026030209") is not None
    assert await other.values() == {}
    assert await other.summing.sum_due() == 11
    assert (await other.values())["contacts"] == 1


@pytest.mark.gen_test(timeout=40)
async def test_many_sweepers_at_once_sum_it_once(books: Open, log: Log, now: Clock) -> None:
    several = [books() for _ in range(3)]
    numbers = await two_days(several[0], now)
    await log("bot_log", what="spoke", conversation_id="a", owner="bot")
    await asyncio.gather(*(one.summing.sum_due() for one in several))
    for one in several:
        values = await one.values()
        assert (values["contacts"], values["filed"], values["dispatched"]) == (1, 1, 1)
    assert await several[1].behind("dispatched") == [numbers["late"]]
    # by the lock one does it and the others leave it
    now.move(hours=1)
    counts = await asyncio.gather(*(one.summing.sweep() for one in several))
    assert sorted(counts)[:2] == [0, 0]
    assert max(counts) > 0


@pytest.mark.gen_test(timeout=40)
async def test_tickets_behind_a_figure_are_read_page_by_page(books: Open, now: Clock) -> None:
    one = books()
    for _ in range(2):
        for _ in range(3):
            await one.process.file()
        now.move(hours=1)
    await one.summing.sweep()
    pages, place = [], ""
    while True:
        page = await one.figures.behind(LEADER, "day", None, Wanted("filed"), place=place, limit=2)
        pages.append([ticket.id[10:16] for ticket in page.tickets])
        if page.next is None:
            break
        place = page.next
    assert pages == [["000006", "000005"], ["000004", "000003"], ["000002", "000001"]]
