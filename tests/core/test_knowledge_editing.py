"""What an entry may become, its history whenever a process dies, and lists over a large base."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.core.errors import Conflict, Invalid, Refused
from gateway.core.knowledge import KnowledgeEntry, Ledger
from gateway.core.knowledge.editing import Move, edited, moved, moves, worded
from gateway.core.knowledge.entry import Change, Status, checked
from gateway.core.knowledge.history import VERSIONS
from gateway.core.knowledge.shelf import Line, Shelf, Wanted
from gateway.core.ports import StoreUnavailable
from gateway.storage.mongo import MongoStore
from tests.core.dying import dying_after

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MOVES: Sequence[Move] = ("submit", "send_back", "publish", "withdraw", "discard")


def entry(status: Status = "draft", pending: Change | None = None, **more: Any) -> KnowledgeEntry:
    given = {"id": "a", "question": "问", "similar": ("甲",), "answer": "答", **more}
    return KnowledgeEntry.model_validate({**given, "status": status, "pending": pending})


def change(status: str = "draft", **more: Any) -> Change:
    return Change.model_validate({"status": status, "question": "问", "similar": ("甲",), "answer": "新答", **more})


class TestMoves:
    @pytest.mark.parametrize(
        "one",
        [
            entry("draft"),
            entry("review"),
            entry("published"),
            entry("withdrawn"),
            entry("published", change("draft")),
            entry("published", change("review")),
        ],
        ids=lambda one: one.status + (f"+{one.pending.status}" if one.pending else ""),
    )
    def test_those_named_are_those_that_can_be_made(self, one: KnowledgeEntry) -> None:
        can = set()
        for move in MOVES:
            try:
                moved(one, move, NOW, "he")
                can.add(move)
            except Refused:
                continue
        assert can == set(moves(one))

    def test_only_publishing_changes_what_the_bot_gives(self) -> None:
        given = entry("published", change("review"))
        for move in set(moves(given)) - {"publish", "withdraw"}:
            assert moved(given, move, NOW, "he").for_bot() == given.for_bot()
        assert moved(given, "publish", NOW, "he").answer == "新答"
        assert not moved(given, "withdraw", NOW, "he").answerable(NOW)

    def test_what_lacks_its_answer_or_has_run_out_is_not_published(self) -> None:
        for move, status in (("submit", "draft"), ("publish", "review")):
            for wrong in ({"answer": ""}, {"valid_until": NOW}):
                with pytest.raises(Invalid):
                    moved(entry(status, **wrong), move, NOW, "he")  # type: ignore[arg-type]
                with pytest.raises(Invalid):
                    moved(entry("published", change(status, **wrong)), move, NOW, "he")  # type: ignore[arg-type]

    def test_what_is_written_goes_where_it_is_worked_on(self) -> None:
        draft = checked({"question": "问二", "answer": "答二", "similar": [], "status": "draft"})
        after = [edited(entry(status), draft, "he").status for status in ("withdrawn", "review")]
        assert after == ["draft", "review"]
        one = edited(entry("published"), draft, "he")
        assert (one.question, one.pending and one.pending.question) == ("问", "问二")
        again = edited(entry("published", change("review", unit="局")), draft, "he")
        written = {"question": "问二", "answer": "答二", "similar": (), "worked_by": "he"}
        assert again.pending == change("review", unit="局", **written)

    def test_wordings_are_added_once_to_both(self) -> None:
        one = worded(entry("published", change()), ["乙", "甲？", "问", "乙。"])
        assert one.similar == ("甲", "乙")
        assert one.pending is not None
        assert one.pending.similar == ("甲", "乙")
        with pytest.raises(Invalid):
            worded(entry(), ["长" * 501])

    def test_a_document_with_a_change_comes_back_as_it_was(self) -> None:
        one = entry("published", change("review", valid_until=NOW), note="为什么", updated_by="he", did="edit")
        assert KnowledgeEntry.of(one.document()) == one
        assert isinstance(one.document()["pending"]["similar"], list)


def answering(answer: str) -> Mapping[str, Any]:
    return {"question": "问", "answer": answer}


@pytest.mark.gen_test
async def test_wherever_an_editor_dies_no_version_is_lost_and_none_made_up(store: MongoStore) -> None:
    ledger = Ledger(store)
    made = await ledger.save(answering("一"), by="he")
    told = ["一"]
    for writes in range(6):
        before = await ledger.get(made.id)
        with contextlib.suppress(StoreUnavailable):
            dying = Ledger(dying_after(store, writes))
            await dying.save(answering(f"死前{writes}"), id=made.id, version=before.version, by="luo")
        now = await ledger.get(made.id)
        if now.version > before.version:
            told.append(f"死前{writes}")
        assert now.answer == told[-1]
        after = await ledger.save(answering(f"后{writes}"), id=made.id, by="he")
        told.append(f"后{writes}")
        versions = await ledger.versions(made.id)
        assert [one.answer for one in reversed(versions)] == told
        assert [one.version for one in versions] == list(range(after.version, 0, -1))
    lines = await store.find("audit", {"about": made.id}, limit=100)
    assert sorted(line["of_version"] for line in lines) == list(range(1, len(told) + 1)), "each in the audit log, once"


@pytest.mark.gen_test
async def test_of_two_at_once_one_is_told_and_both_histories_agree(store: MongoStore) -> None:
    ledger = Ledger(store)
    made = await ledger.save(answering("一"), by="he")
    tries = (ledger.save(answering(f"二{n}"), id=made.id, version=1, by="luo") for n in range(5))
    ended = await asyncio.gather(*tries, return_exceptions=True)
    (won,) = [one for one in ended if isinstance(one, KnowledgeEntry)]
    assert all(isinstance(one, Conflict) for one in ended if one is not won)
    await ledger.change(made.id, lambda one: one.model_copy(update={"answer": "三"}), by="he", did="edit")
    assert [one.answer for one in await ledger.versions(made.id)] == ["三", won.answer, "一"]
    assert len(await store.find(VERSIONS, {"entry_id": made.id}, limit=10)) == 2


@pytest.mark.gen_test
async def test_a_list_over_a_large_base_is_soon_there() -> None:
    shelf = Shelf()
    for number in range(100_000):
        at = NOW + timedelta(seconds=number)
        one = entry(
            "published", question=f"第{number}个问题", answer="答" * 300, unit=f"{number % 50}局", updated_at=at
        )
        shelf.put(Line.of(one.model_copy(update={"id": f"e{number}"})))
    began = time.perf_counter()
    page = await shelf.find(Wanted("published", "7局", "第99"), NOW)
    took = time.perf_counter() - began
    numbers = [number for number in range(7, 100_000, 50) if "第99" in f"第{number}个问题"]
    assert (page.total, page.lines[0].id) == (len(numbers), f"e{numbers[-1]}")
    assert took < 2.0
    with pytest.raises(Invalid):
        await shelf.find(Wanted(), NOW, after="x")
