"""The copy in memory follows the store: edits, imports, ends of validity, other processes, crashes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.answers import Lexicon
from gateway.core.knowledge import Knowledge, Ledger
from gateway.core.knowledge.entry import Row
from gateway.core.ports import Document
from gateway.storage.mongo import MongoStore

TOPICS = {
    "card": ("身份证丢了怎么补办", "带户口簿到派出所补领"),
    "fund": ("公积金怎么提取", "打12329问清条件"),
    "noise": ("半夜工地施工太吵", "打12345投诉夜间施工"),
    "power": ("家里突然停电了", "打95598报修"),
    "wages": ("老板拖欠工资", "向劳动监察投诉"),
}


def rows(**changed: Any) -> list[Row]:
    return [
        Row(n, {"id": id, "question": question, "answer": answer, **changed})
        for n, (id, (question, answer)) in enumerate(TOPICS.items(), 2)
    ]


def best(knowledge: Knowledge, query: str) -> str:
    hits = knowledge.find(query).hits
    return hits[0].entry_id if hits else ""


class Counting:
    """The real store, counting what is asked of it."""

    def __init__(self, store: MongoStore) -> None:
        self._store = store
        self.asked = 0

    async def get(self, collection: str, id: str) -> Document | None:
        self.asked += 1
        return await self._store.get(collection, id)

    async def find(self, collection: str, *given: Any, **more: Any) -> list[Document]:
        self.asked += 1
        return await self._store.find(collection, *given, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.gen_test
async def test_an_empty_base_answers_nothing_and_then_what_is_put_in(store: MongoStore) -> None:
    knowledge = Knowledge(store)
    assert knowledge.find("公积金").kind == "nothing"
    await knowledge.load()
    assert len(knowledge) == 0
    assert not await knowledge.refresh()
    await Ledger(store).import_rows(rows())
    assert await knowledge.refresh()
    assert len(knowledge) == 5
    assert best(knowledge, "公积金怎么提") == "fund"
    assert knowledge.entry("fund").answer == "打12329问清条件"  # type: ignore[union-attr]
    await knowledge.close()


@pytest.mark.gen_test
async def test_single_edits_are_followed(store: MongoStore) -> None:
    desk = Ledger(store)
    await desk.import_rows(rows())
    knowledge = Knowledge(store)
    await knowledge.load()
    await desk.save({"question": "公积金怎么提取", "answer": "新答案"}, id="fund")
    made = await desk.save({"question": "图书馆几点关门", "answer": "看公众号"})
    await desk.remove("power")
    await desk.save({"question": "老板拖欠工资", "answer": "草稿", "status": "草稿"}, id="wages")
    assert await knowledge.refresh()
    assert knowledge.entry("fund").answer == "新答案"  # type: ignore[union-attr]
    assert best(knowledge, "图书馆什么时候关门") == made.id
    assert knowledge.entry("power") is None
    assert knowledge.entry("wages") is None
    assert "power" not in [hit.entry_id for hit in knowledge.find("停电了").hits]
    assert not await knowledge.refresh()
    await desk.save({"question": "老板拖欠工资", "answer": "发布", "status": "published"}, id="wages")
    await knowledge.refresh()
    assert knowledge.entry("wages").answer == "发布"  # type: ignore[union-attr]


@pytest.mark.gen_test
async def test_an_edit_that_arrives_after_a_later_one_is_not_missed(store: MongoStore) -> None:
    """Its number was taken first, its write comes last."""
    desk = Ledger(store)
    await desk.import_rows(rows())
    knowledge = Knowledge(store)
    await knowledge.load()
    late = await desk.get("fund")
    number = await store.increment("counters", "knowledge", "value")
    await desk.save({"question": "家里突然停电了", "answer": "先写的"}, id="power")
    await knowledge.refresh()
    assert knowledge.entry("power").answer == "先写的"  # type: ignore[union-attr]
    document = late.model_copy(update={"answer": "晚到的", "change": number}).document()
    assert await store.replace("knowledge", document)
    await knowledge.refresh()
    assert knowledge.entry("fund").answer == "晚到的"  # type: ignore[union-attr]


@pytest.mark.gen_test
async def test_nothing_new_costs_two_small_queries(store: MongoStore) -> None:
    counting = Counting(store)
    await Ledger(store).import_rows(rows())
    knowledge = Knowledge(counting)  # type: ignore[arg-type]
    await knowledge.load()
    counting.asked = 0
    assert not await knowledge.refresh()
    assert counting.asked == 2


@pytest.mark.gen_test
async def test_imports_are_followed_one_by_one_or_many_at_once(store: MongoStore) -> None:
    desk = Ledger(store)
    knowledge = Knowledge(store)
    await knowledge.load()
    for round in range(4):
        await desk.import_rows(rows(unit=f"局{round}", answer=f"第{round}版"))
        if round != 1:
            await knowledge.refresh()
            assert knowledge.entry("card").answer == f"第{round}版"  # type: ignore[union-attr]
    await desk.import_rows(rows()[:2], replace_all=True)
    await knowledge.refresh()
    assert len(knowledge) == 2


@pytest.mark.gen_test
async def test_an_edit_after_an_import_outlives_it_in_memory_too(store: MongoStore) -> None:
    desk = Ledger(store)
    await desk.import_rows(rows())
    knowledge = Knowledge(store)
    await knowledge.load()
    await desk.import_rows(rows(unit="新局"))
    await desk.save({"question": "公积金怎么提取", "answer": "手改"}, id="fund")
    await knowledge.refresh()
    assert knowledge.entry("fund").answer == "手改"  # type: ignore[union-attr]
    await knowledge.refresh()
    assert knowledge.entry("fund").answer == "手改"  # type: ignore[union-attr]


class DiesWhenItCounts:
    """The real store up to the moment an import counts; then the importing process is gone."""

    def __init__(self, store: MongoStore) -> None:
        self._store = store
        self.dead = False

    async def replace(self, collection: str, document: Document) -> bool:
        if self.dead:
            raise ConnectionAbortedError
        done = await self._store.replace(collection, document)
        self.dead = collection == "knowledge_state"
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.gen_test
async def test_an_import_whose_process_died_counts_at_once_and_is_finished_later(store: MongoStore) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    await Ledger(store).import_rows(rows())
    running, starting = (Knowledge(store, now=lambda: now) for _ in range(2))
    await running.load()
    dying = DiesWhenItCounts(store)
    with pytest.raises(ConnectionAbortedError):
        await Ledger(dying, lambda: now).import_rows(rows(answer="新版"))  # type: ignore[arg-type]
    assert (await store.get("knowledge", "card"))["answer"] != "新版"  # type: ignore[index]
    await running.refresh()
    await starting.load()
    for knowledge in (running, starting):
        assert {knowledge.entry(id).answer for id in TOPICS} == {"新版"}  # type: ignore[union-attr]
    now += timedelta(seconds=60)
    await running.refresh()
    assert (await store.get("knowledge", "card"))["answer"] == "新版"  # type: ignore[index]
    for knowledge in (running, starting):
        await knowledge.refresh()
        assert {knowledge.entry(id).answer for id in TOPICS} == {"新版"}  # type: ignore[union-attr]


@pytest.mark.gen_test
async def test_an_entry_is_given_until_its_end(store: MongoStore) -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    desk = Ledger(store, lambda: now)
    await desk.import_rows(rows(valid_until="2026-06-10"))
    knowledge = Knowledge(store, now=lambda: now)
    await knowledge.load()
    await desk.save({"question": "公积金怎么提取", "answer": "延长了", "valid_until": "2026-07-01"}, id="fund")
    await knowledge.refresh()
    assert len(knowledge) == 5
    now = datetime(2026, 6, 10, 15, 59, 59, tzinfo=UTC)
    assert not await knowledge.refresh()
    now = datetime(2026, 6, 10, 16, tzinfo=UTC)
    assert await knowledge.refresh()
    assert len(knowledge) == 1
    assert knowledge.entry("fund") is not None
    await desk.save({"question": "家里突然停电了", "answer": "又有效", "valid_until": ""}, id="power")
    await knowledge.refresh()
    assert len(knowledge) == 2


@pytest.mark.gen_test
async def test_answers_never_mix_two_imports_and_never_stop(store: MongoStore) -> None:
    """Asked all the time while imports replace everything: all old or all new, and edits within two seconds."""
    desk = Ledger(store)
    await desk.import_rows(rows(answer="版0"))
    knowledge = Knowledge(store)
    await knowledge.load()
    done = asyncio.Event()
    asked = 0

    async def ask() -> None:
        nonlocal asked
        while not done.is_set():
            versions = {knowledge.entry(id).answer for id in TOPICS}  # type: ignore[union-attr]
            assert len(versions) == 1, versions
            assert best(knowledge, "公积金提取") == "fund"
            asked += 1
            await asyncio.sleep(0)

    async def follow() -> None:
        while not done.is_set():
            await knowledge.refresh()
            await asyncio.sleep(0.002)

    tasks = [asyncio.ensure_future(work()) for work in (ask, follow)]
    for round in range(1, 8):
        await desk.import_rows(rows(answer=f"版{round}"))
    async with asyncio.timeout(2):
        while knowledge.entry("card").answer != "版7":  # type: ignore[union-attr]
            await asyncio.sleep(0.01)
    done.set()
    await asyncio.gather(*tasks)
    assert asked > 50
    await knowledge.close()


@pytest.mark.gen_test
async def test_many_edits_have_the_index_built_anew(store: MongoStore) -> None:
    desk = Ledger(store)
    await desk.import_rows(rows())
    knowledge = Knowledge(store)
    await knowledge.load()
    many = [Row(n, {"id": f"m{n}", "question": f"第{n}号窗口几点开门", "answer": f"答{n}"}) for n in range(300)]
    await desk.import_rows(many)
    await knowledge.refresh()
    assert knowledge.entry("m299") is not None
    await knowledge.close()
    assert not knowledge._answers.stale
    assert best(knowledge, "公积金提取") == "fund"


@pytest.mark.gen_test
async def test_operators_search_sees_whole_entries(store: MongoStore) -> None:
    await Ledger(store).import_rows(rows(unit="某局"))
    knowledge = Knowledge(store, Lexicon(synonyms=(("拖欠工资", "欠薪"),), words=("拖欠工资", "欠薪")))
    await knowledge.load()
    found = await knowledge.search("欠薪了", 2)
    assert (found[0].entry.id, found[0].entry.unit) == ("wages", "某局")
