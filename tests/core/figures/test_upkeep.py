"""Whether knowledge was renewed in time, told by its versions; every number here was counted by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.core.errors import Forbidden
from gateway.core.figures.measures import Amount
from gateway.core.figures.upkeep import upkeep_of
from gateway.core.knowledge import KnowledgeEntry, Ledger
from gateway.core.knowledge.editing import moved
from gateway.core.knowledge.entry import Row
from gateway.core.people import Person
from tests.core.figures.conftest import ALICE, LEADER, URBAN, WATER, Books
from tests.core.tickets.conftest import Clock

Open = Callable[[], Books]
SUN, MON, TUE, WED = (datetime(2026, 3, day, 16, tzinfo=UTC) for day in (1, 2, 3, 4))
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def version(number: int, at: datetime, until: datetime | None, **more: Any) -> KnowledgeEntry:
    about: Mapping[str, Any] = {"id": "a", "question": "问", "answer": "答", "unit": "水务局", **more}
    return KnowledgeEntry(version=number, updated_at=at, valid_until=until, **about)


def names(*versions: KnowledgeEntry, now: datetime = WED) -> list[tuple[str, datetime]]:
    """What an entry's versions tell, with the moments."""
    pairs = zip(versions, [*versions[1:], None], strict=True)
    told = upkeep_of([(one, after) for one, after in pairs if one.ends], now)
    assert {one.entry for one in told} <= {"a"}
    return [(one.name, datetime.fromtimestamp(one.until_ms / 1000, UTC)) for one in told]


class TestOneEntry:
    def test_it_ends_as_it_was(self) -> None:
        assert names(version(1, SUN, TUE)) == [("lapsed", TUE)]

    def test_it_is_given_a_later_end_or_none(self) -> None:
        for until in (LATER, None):
            assert names(version(1, SUN, TUE), version(2, MON, until)) == [("renewed", TUE)]

    def test_it_is_renewed_at_that_very_moment(self) -> None:
        assert names(version(1, SUN, TUE), version(2, TUE, LATER)) == [("renewed", TUE)]

    def test_it_is_renewed_too_late(self) -> None:
        assert names(version(1, SUN, MON), version(2, TUE, LATER)) == [("lapsed", MON)]

    def test_it_is_taken_off_before(self) -> None:
        for gone in ({"status": "withdrawn"}, {"deleted": True}, {"status": "draft"}):
            assert names(version(1, SUN, TUE), version(2, MON, TUE, **gone)) == [("renewed", TUE)]

    def test_it_is_edited_and_ends_at_the_same_time(self) -> None:
        several = [version(1, SUN, TUE), version(2, SUN, TUE), version(3, MON, TUE)]
        assert names(*several) == [("lapsed", TUE)]
        assert names(*several, version(4, MON, LATER)) == [("renewed", TUE)]
        assert names(*several, version(4, WED, LATER)) == [("lapsed", TUE)]

    def test_an_end_that_was_brought_forward_takes_the_place_of_the_other(self) -> None:
        assert names(version(1, SUN, TUE), version(2, SUN, MON)) == [("lapsed", MON)]

    def test_it_was_renewed_and_taken_back_to_the_same_end(self) -> None:
        assert names(version(1, SUN, TUE), version(2, SUN, LATER), version(3, MON, TUE)) == [("lapsed", TUE)]

    def test_what_ended_before_it_was_published_was_never_given(self) -> None:
        assert names(version(1, TUE, MON), version(2, TUE, MON)) == []

    def test_what_ends_later_than_now_tells_nothing_yet(self) -> None:
        assert names(version(1, SUN, WED), now=TUE) == []
        assert names(version(1, SUN, TUE), version(2, MON, LATER), now=MON) == []


def share(report: Any) -> Amount:
    [compared] = [one for one in report.figures if one.figure.name == "renewed_share"]
    amount: Amount = compared.amount
    return amount


@pytest.mark.gen_test(timeout=40)
async def test_it_is_told_of_the_day_on_which_knowledge_was_to_end(books: Open, now: Clock) -> None:
    one = books()
    knowledge = Ledger(one.store, now)
    await one.process.file()

    async def publish(id: str, until: str | None, unit: str = "市水务局") -> KnowledgeEntry:
        about = {"id": id, "question": f"{id}怎么办", "answer": "这样办。", "unit": unit, "valid_until": until}
        return await knowledge.save(about, by="editor")

    async def give(id: str, until: datetime | None) -> None:
        await knowledge.change(
            id, lambda entry: entry.model_copy(update={"valid_until": until}), by="editor", did="edit"
        )

    # all of them end with Tuesday but for the last one
    for id, unit in (
        ("late", "市水务局"),
        ("longer", "市水务局"),
        ("gone", "市城管局"),
        ("off", "没有这个单位"),
        ("file", ""),
    ):
        await publish(id, "2026-03-03", unit)
    await publish("open", None)
    now.to("2026-03-03 10:00")
    await give("longer", LATER)
    await give("longer", LATER.replace(year=2028))
    await knowledge.remove("gone", by="editor")
    await knowledge.change("off", lambda entry: moved(entry, "withdraw", now(), "editor"), by="editor", did="withdraw")
    row = {"id": "file", "question": "file怎么办", "answer": "那样办。", "valid_until": "2026-12-31"}
    assert (await knowledge.import_rows([Row(2, row)])).written
    while await one.summing.sweep():
        pass
    assert share(await one.report(name="week")) == Amount(None, 0), "nothing was to end yet"
    now.to("2026-03-04 00:20")
    await give("late", LATER)
    while await one.summing.sweep():
        pass
    # the first moment they were not given any more is Wednesday's
    report = await one.report()
    assert share(report) == Amount(0.8, 5)
    assert share(await one.report(on="2026-03-03")) == Amount(None, 0)
    assert share(await one.report(name="month")) == Amount(0.8, 5)
    rows = {row.key: row.amounts["renewed_share"] for row in report.rows}
    assert rows == {"water": Amount(0.5, 2), "urban": Amount(1, 1)}
    assert share(await one.report(WATER)) == Amount(0.5, 2)

    async def behind(fact: Any, who: Person = LEADER, unit: str = "") -> list[tuple[str, str | None]]:
        found = await one.figures.entries(who, "day", None, fact, unit=unit)
        assert found.next is None
        return [(entry.id, entry.state) for entry in found.entries]

    assert await behind("lapsed") == [("late", "published")]
    assert await behind("renewed") == [
        ("off", "withdrawn"),
        ("longer", "published"),
        ("gone", None),
        ("file", "published"),
    ]
    assert await behind("renewed", unit="water") == [("longer", "published")]
    assert await behind("lapsed", WATER) == [("late", "published")]
    assert await behind("lapsed", URBAN) == []
    with pytest.raises(Forbidden):
        await behind("lapsed", ALICE)


@pytest.mark.gen_test(timeout=60)
async def test_many_that_end_at_once_are_all_counted_and_read_page_by_page(books: Open, now: Clock) -> None:
    one = books()
    knowledge = Ledger(one.store, now)
    await one.process.file()
    rows = [
        Row(number, {"id": f"k{number:04d}", "question": f"问题{number}", "answer": "答", "valid_until": "2026-03-02"})
        for number in range(450)
    ]
    await knowledge.import_rows(rows)
    # all are kept as they were; half get another end
    now.to("2026-03-02 12:00")
    await knowledge.import_rows(
        [
            Row(row.number, {**row.values, "answer": "新答", "valid_until": "2026-03-02" if row.number % 2 else ""})
            for row in rows
        ]
    )
    now.to("2026-03-03 09:00")
    while await one.summing.sweep():
        pass
    assert share(await one.report()) == Amount(0.5, 450)
    found: list[str] = []
    place = ""
    while True:
        page = await one.figures.entries(LEADER, "day", None, "lapsed", place=place, limit=100)
        found += [entry.id for entry in page.entries]
        if page.next is None:
            break
        place = page.next
    assert found == [f"k{number:04d}" for number in range(449, 0, -2)]
