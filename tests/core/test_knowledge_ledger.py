"""Single edits and imports against a real store: whole or not at all, and what a crash leaves."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.core.errors import Conflict, Invalid, NotFound
from gateway.core.knowledge import KnowledgeEntry, Ledger
from gateway.core.knowledge.entry import Row
from gateway.core.knowledge.ledger import ENTRIES, STAGED, STATE
from gateway.core.ports import StoreUnavailable
from gateway.storage.mongo import MongoStore
from tests.core.dying import dying_after


def rows(*texts: str, start: int = 0, **more: Any) -> list[Row]:
    return [
        Row(n + 2, {"id": f"e{start + n:04d}", "question": f"{text} {start + n}", "answer": f"答 {text}", **more})
        for n, text in enumerate(texts)
    ]


async def contents(ledger: Ledger) -> dict[str, str]:
    _, entries = await ledger.everything()
    return {id: entry.question for id, entry in entries.items() if not entry.deleted}


@pytest.mark.gen_test
async def test_an_import_adds_changes_and_leaves(store: MongoStore) -> None:
    ledger = Ledger(store)
    report = await ledger.import_rows(rows("甲", "乙", "丙"))
    assert (report.added, report.changed, report.unchanged, report.written) == (3, 0, 0, True)
    report = await ledger.import_rows(rows("甲", "乙改"))
    assert (report.added, report.changed, report.unchanged, report.written) == (0, 1, 1, True)
    assert await contents(ledger) == {"e0000": "甲 0", "e0001": "乙改 1", "e0002": "丙 2"}
    report = await ledger.import_rows(rows("甲", "乙改"), replace_all=True)
    assert (report.removed, report.unchanged) == (1, 2)
    assert await contents(ledger) == {"e0000": "甲 0", "e0001": "乙改 1"}


@pytest.mark.gen_test
async def test_the_same_import_again_writes_nothing(store: MongoStore) -> None:
    ledger = Ledger(store)
    await ledger.import_rows(rows("甲", "乙"))
    before = (await store.get(STATE, "state"), await store.get(ENTRIES, "e0000"))
    report = await ledger.import_rows(rows("甲", "乙"))
    assert (report.unchanged, report.written) == (2, False)
    assert (await store.get(STATE, "state"), await store.get(ENTRIES, "e0000")) == before


@pytest.mark.gen_test
async def test_a_row_without_an_id_finds_its_entry_by_unit_and_question(store: MongoStore) -> None:
    ledger = Ledger(store)
    await ledger.import_rows([Row(2, {"id": "x1", "question": "怎么办身份证？", "answer": "旧", "unit": "公安"})])
    report = await ledger.import_rows([Row(2, {"question": "怎么办身份证", "answer": "新", "unit": "公安"})])
    assert (report.added, report.changed) == (0, 1)
    assert (await ledger.get("x1")).answer == "新"
    again = [Row(2, {"question": "另一个问题", "answer": "答"})]
    assert (await ledger.import_rows(again)).added == 1
    assert (await ledger.import_rows(again)).unchanged == 1


@pytest.mark.gen_test
async def test_a_column_that_is_not_there_keeps_what_is_stored(store: MongoStore) -> None:
    ledger = Ledger(store)
    await ledger.import_rows([Row(2, {"id": "a", "question": "问", "answer": "答", "similar": "甲|乙", "unit": "局"})])
    await ledger.import_rows([Row(2, {"id": "a", "question": "问", "answer": "新答"})])
    entry = await ledger.get("a")
    assert (entry.similar, entry.unit, entry.answer) == (("甲", "乙"), "局", "新答")


@pytest.mark.gen_test
async def test_with_a_bad_row_nothing_is_written(store: MongoStore) -> None:
    ledger = Ledger(store)
    bad = [*rows("甲"), Row(3, {"id": "e0009", "question": "没有答案", "answer": " "})]
    report = await ledger.import_rows(bad)
    assert [str(problem) for problem in report.problems] == ["第 3 行，答案：没有填"]
    assert not report.written
    assert await contents(ledger) == {}
    assert await store.find(STAGED, {}) == []
    report = await ledger.import_rows(bad, skip_bad=True)
    assert (report.added, report.written, len(report.problems)) == (1, True, 1)
    assert list(await contents(ledger)) == ["e0000"]


@pytest.mark.gen_test
async def test_check_writes_nothing(store: MongoStore) -> None:
    ledger = Ledger(store)
    report = await ledger.import_rows(rows("甲"), check=True)
    assert (report.added, report.written) == (1, False)
    assert await contents(ledger) == {}


@pytest.mark.gen_test
async def test_a_question_its_unit_has_already_is_refused(store: MongoStore) -> None:
    ledger = Ledger(store)
    await ledger.import_rows([Row(2, {"id": "a", "question": "问题", "answer": "答"})])
    report = await ledger.import_rows([Row(2, {"id": "b", "question": "问题？", "answer": "答"})])
    assert [problem.field for problem in report.problems] == ["question"]
    # two entries may swap their questions in one import
    await ledger.import_rows([Row(2, {"id": "b", "question": "别的", "answer": "答"})])
    swapped = [
        Row(2, {"id": "a", "question": "别的", "answer": "1"}),
        Row(3, {"id": "b", "question": "问题", "answer": "2"}),
    ]
    report = await ledger.import_rows(swapped)
    assert (report.problems, report.changed) == ([], 2)


@pytest.mark.gen_test
async def test_wherever_it_crashes_the_base_is_old_or_new(store: MongoStore) -> None:
    """Die after each number of writes in turn; whoever comes next sees one of the two bases, then finishes the work."""
    ledger = Ledger(store)
    old, new = ["旧甲", "旧乙", "旧丙"], ["新甲", "新乙", "新丙", "新丁"]
    await ledger.import_rows(rows(*old))
    seen = set()
    for writes in range(40):
        finished = True
        try:
            await Ledger(dying_after(store, writes)).import_rows(rows(*new), replace_all=True)
        except StoreUnavailable:
            finished = False
        await asyncio.sleep(0.01)  # writes that were under way arrive
        survivors = await contents(Ledger(store))
        assert set(survivors.values()) in (
            {f"{text} {n}" for n, text in enumerate(old)},
            {f"{text} {n}" for n, text in enumerate(new)},
        ), f"a mix after {writes} writes"
        seen.add((len(survivors), finished))
        await ledger.finish()
        assert await contents(ledger) == survivors
        assert await stored(store) == survivors
        await ledger.import_rows(rows(*old), replace_all=True)
        if finished:
            break
    assert seen == {(3, False), (4, False), (4, True)}


async def stored(store: MongoStore) -> dict[str, str]:
    found = await store.find(ENTRIES, {"deleted": False}, limit=1000)
    return {document["_id"]: document["question"] for document in found}


@pytest.mark.gen_test
async def test_what_a_dead_import_staged_is_cleared_by_a_later_one(store: MongoStore) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(StoreUnavailable):
        await Ledger(dying_after(store, 3), lambda: now).import_rows(rows("甲", "乙", "丙", "丁"))
    await asyncio.sleep(0.01)
    assert await store.find(STAGED, {})
    later = Ledger(store, lambda: now + timedelta(hours=2))
    await later.import_rows(rows("别的", start=50))
    await later.import_rows(rows("又", start=60))
    assert {document["entry_id"] for document in await store.find(STAGED, {})} == {"e0060"}


@pytest.mark.gen_test
async def test_two_imports_at_once_both_count_one_after_the_other(store: MongoStore) -> None:
    first, second = Ledger(store), Ledger(store)
    await asyncio.gather(
        first.import_rows(rows(*["一"] * 30, unit="甲局")),
        second.import_rows(rows(*["二"] * 30, start=100, unit="乙局")),
    )
    assert len(await contents(first)) == 60
    assert (await first.state()).imports == 2


@pytest.mark.gen_test
async def test_importers_and_editors_at_once_end_with_whole_entries(store: MongoStore) -> None:
    await Ledger(store).import_rows(rows(*["起"] * 20))

    async def edit(n: int) -> None:
        ledger = Ledger(store)
        for round in range(5):
            try:
                entry = await ledger.get(f"e{n:04d}")
                await ledger.save(
                    {"question": entry.question, "answer": f"改 {round}"}, id=entry.id, version=entry.version
                )
            except Conflict:
                await asyncio.sleep(0.01)

    async def bring(mark: str) -> None:
        await Ledger(store).import_rows(rows(*[mark] * 20))

    await asyncio.gather(*(edit(n) for n in range(20)), bring("甲"), bring("乙"))
    ledger = Ledger(store)
    state = await ledger.finish()
    assert state.applied
    _, entries = await ledger.everything()
    # the last import set every question; single edits changed answers only
    assert len({entry.question.split()[0] for entry in entries.values()}) == 1


@pytest.mark.gen_test
async def test_an_edit_after_the_import_counted_stands(store: MongoStore) -> None:
    ledger = Ledger(store)
    await ledger.import_rows(rows("旧"))
    with pytest.raises(StoreUnavailable):
        # one write stages, the second makes it count
        await Ledger(dying_after(store, 2)).import_rows(rows("新"))
    assert await stored(store) == {"e0000": "旧 0"}
    await ledger.save({"question": "手改", "answer": "答"}, id="e0000")
    assert await contents(ledger) == {"e0000": "手改"}


@pytest.mark.gen_test
async def test_saving_and_removing_one_entry(store: MongoStore) -> None:
    ledger = Ledger(store)
    made = await ledger.save({"question": "新问题", "answer": "答", "similar": ["怎么问", "怎么问？"]})
    assert (made.similar, made.version, made.change) == (("怎么问",), 1, 1)
    read = await ledger.get(made.id)
    assert read == made
    changed = await ledger.save({"question": "新问题", "answer": "改了"}, id=made.id, version=1)
    assert (changed.answer, changed.similar, changed.version) == ("改了", ("怎么问",), 2)
    with pytest.raises(Conflict):
        await ledger.save({"question": "新问题", "answer": "晚了"}, id=made.id, version=1)
    with pytest.raises(Conflict):
        await ledger.save({"id": "other", "question": "新问题！", "answer": "同一个问题"})
    with pytest.raises(Invalid) as refused:
        await ledger.save({"question": "", "answer": "答"})
    assert refused.value.details["problems"] == ["文件，问题：没有填"]
    await ledger.remove(made.id)
    with pytest.raises(NotFound):
        await ledger.get(made.id)
    with pytest.raises(NotFound):
        await ledger.remove(made.id)
    again = await ledger.save({"question": "新问题", "answer": "又有了"})
    assert (again.id, again.similar) == (made.id, ())


@pytest.mark.gen_test
async def test_the_sample_leaves_alone_what_somebody_touched(store: MongoStore) -> None:
    ledger = Ledger(store)
    sample = rows("甲", "乙", "丙", "丁", sample=True)
    await ledger.import_rows(sample, samples_only=True)
    await ledger.save({"question": "甲 0", "answer": "我们自己的"}, id="e0000")
    await ledger.remove("e0001")
    newer = rows("甲新", "乙新", "丙新", "丁", sample=True)
    report = await ledger.import_rows(newer, samples_only=True)
    assert (report.added, report.changed, report.unchanged) == (0, 1, 3)
    assert await contents(ledger) == {"e0000": "甲 0", "e0002": "丙新 2", "e0003": "丁 3"}


@pytest.mark.gen_test
async def test_a_store_that_is_away_is_said_so(open_store: Callable[..., MongoStore]) -> None:
    away = MongoStore("mongodb://127.0.0.1:9", "away", timeout=0.2)
    try:
        with pytest.raises(StoreUnavailable):
            await Ledger(away).import_rows(rows("甲"))
    finally:
        await away.close()


def test_a_document_comes_back_as_it_was() -> None:
    entry = KnowledgeEntry(
        id="a",
        question="问",
        similar=("甲",),
        answer="答",
        valid_until=datetime(2027, 1, 1, tzinfo=UTC),
        import_number=3,
    )
    assert KnowledgeEntry.of(entry.document()) == entry
