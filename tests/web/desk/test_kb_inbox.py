"""What citizens asked in vain, over HTTP: grouped, made into knowledge, dismissed; and the box to try questions in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from bot.engine import Engine
from channels.contract import Address
from gateway.core.conversations import Conversations
from gateway.core.handoff import Board
from gateway.core.intake import Intake
from gateway.core.knowledge.inbox import KEPT, MOST_IN_GROUP, QUESTIONS
from gateway.core.model import milliseconds, new_id
from gateway.core.queue import Hours, Queue
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus
from tests.core.conftest import Now, inbound
from tests.web.desk.kb import FUND, Kb
from tests.web.desk.site import Program, Site

CARD: dict[str, Any] = {
    "id": "card",
    "question": "身份证丢了怎么补办",
    "similar": ["身份证不见了去哪里补", "补办身份证要带什么"],
    "answer": "到就近的派出所补办。",
    "unit": "市公安局",
}

SAID = {"conversation_id": "one", "channel": "web"}


@pytest.fixture
def kb(
    open_site: Callable[..., Site], open_store: Callable[..., MongoStore], bus: RedisBus, now: Now, io_loop: IOLoop
) -> Kb:
    async def opened() -> Kb:
        kb = await Kb.open(open_site, open_store(), bus, now)
        await kb.bring(CARD, {"id": "fund", **FUND})
        return kb

    kb: Kb = io_loop.run_sync(opened)
    return kb


async def asked(kb: Kb, now: Now, *questions: str, kind: str = "nothing", entry_id: str = "") -> None:
    """Questions in vain, a second apart."""
    for question in questions:
        now.move(1)
        id = new_id()
        document = {"_id": id, "version": 1, "kind": kind, "at_ms": milliseconds(now()), **SAID}
        words = {"question": question, "entry_id": entry_id, "place": f"{milliseconds(now())}:{id}", "state": "open"}
        await kb.store.insert(QUESTIONS, {**document, **words})


def ids_of(group: dict[str, Any]) -> Sequence[str]:
    return [id for wording in group["wordings"] for id in wording["ids"]]


async def look(editor: Program, order: str = "frequent") -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = (await editor.call("GET", f"/kb/inbox?order={order}")).body["groups"]
    return groups


@pytest.mark.gen_test
async def test_turns_in_vain_come_in_and_others_do_not(kb: Kb, bus: RedisBus, now: Now) -> None:
    conversations = Conversations(kb.store, bus, now)
    queue = Queue(Board(kb.store, now), Hours.parse("08:30-17:30", "1-7"))
    intake = Intake(kb.store, conversations, Engine(kb.knowledge), queue, now)
    editor, citizen = await kb.editor(), Address(channel="wechat", account="gh", external_id=new_id())

    async def say(text: str) -> None:
        now.move(1)
        assert await intake.replies(await intake.accept(inbound(citizen, text)), 5)

    await say("公积金怎么提取")
    await say("谢谢")
    await say("火星移民去哪里报名，电话 13800138000")
    await say("公积金怎么提取")
    await say("没用")
    await intake.drain()
    groups = await look(editor, "latest")
    found = [
        (group["wordings"][0]["text"], group["kinds"], [one["entry_id"] for one in group["unhelpful"]])
        for group in groups
    ]
    assert found == [
        ("公积金怎么提取", {"unhelpful": 1}, ["fund"]),
        ("火星移民去哪里报名，电话 138****8000", {"nothing": 1}, []),
    ]


@pytest.mark.gen_test
async def test_questions_are_grouped_by_what_they_are_about(kb: Kb, now: Now) -> None:
    editor = await kb.editor()
    await asked(kb, now, "居住证怎么办理", "图书馆几点关门", "居住证怎么办理？", "怎样办理居住证", "图书馆几点关门")
    await asked(kb, now, "身份证丢了去哪补办", kind="unsure")
    frequent = await look(editor)
    assert [group["count"] for group in frequent] == [3, 2, 1]
    assert [wording["text"] for wording in frequent[0]["wordings"]] == ["居住证怎么办理？", "怎样办理居住证"]
    assert len(frequent[0]["wordings"][0]["ids"]) == 2
    assert frequent[0]["kinds"] == {"nothing": 3}
    assert (frequent[2]["kinds"], frequent[2]["near"][0]["entry_id"]) == ({"unsure": 1}, "card")
    assert frequent[2]["near"][0]["question"] == CARD["question"]
    latest = await look(editor, "latest")
    assert [group["count"] for group in latest] == [1, 2, 3]
    assert (await editor.call("GET", "/kb/inbox?order=loudest")).status == 400
    assert await look(editor) == frequent, "the same questions give the same groups"


@pytest.mark.gen_test
async def test_a_group_becomes_a_draft_with_one_call(kb: Kb, now: Now) -> None:
    editor = await kb.editor()
    await asked(kb, now, "居住证怎么办理", "怎样办理居住证", "图书馆几点关门")
    (group,) = [group for group in await look(editor) if group["count"] == 2]
    given = {"ids": ids_of(group), "question": "怎样办理居住证", "similar": ["居住证怎么办理"]}
    made = await editor.call("POST", "/kb/inbox/entry", given)
    assert (made.status, made.body["state"], made.body["similar"]) == (201, "draft", ["居住证怎么办理"])
    assert [group["wordings"][0]["text"] for group in await look(editor)] == ["图书馆几点关门"]
    assert kb.knowledge.entry(made.body["id"]) is None, "a draft is not given"
    again = await editor.call("POST", "/kb/inbox/entry", given)
    assert (again.status, again.body["error"]["details"]["id"]) == (409, made.body["id"])


@pytest.mark.gen_test
async def test_a_group_becomes_wordings_of_an_entry_with_one_call(kb: Kb, now: Now) -> None:
    editor = await kb.editor()
    changed = await editor.call("PUT", "/kb/entries/card", {**_content(CARD), "answer": "改到一半", "version": 1})
    assert changed.status == 200
    await asked(kb, now, "我的卡片证件掉河里了咋整", kind="unhelpful", entry_id="fund")
    (group,) = await look(editor)
    given = {"ids": ids_of(group), "entry_id": "card", "wordings": [group["wordings"][0]["text"]]}
    done = await editor.call("POST", "/kb/inbox/similar", given)
    assert (done.status, done.body["did"]) == (200, "similar")
    wordings = [*CARD["similar"], "我的卡片证件掉河里了咋整"]
    assert (done.body["similar"], done.body["pending"]["similar"]) == (wordings, wordings)
    assert kb.answered("我的卡片证件掉河里了咋整") == CARD["answer"], "found by it at once, with the answer as it was"
    assert await look(editor) == []
    again = await editor.call("POST", "/kb/inbox/similar", given)
    assert (again.status, again.body["version"]) == (200, done.body["version"]), "repeated, it changes nothing"
    assert (await editor.call("POST", "/kb/inbox/similar", {**given, "entry_id": "nobody"})).status == 404


@pytest.mark.gen_test
async def test_dismissed_is_dismissed_for_good(kb: Kb, now: Now) -> None:
    editor = await kb.editor()
    await asked(kb, now, "今天星期几", "今天星期几")
    (group,) = await look(editor)
    (wording,) = group["wordings"]
    before = await kb.store.get(QUESTIONS, wording["ids"][0])
    given = {"ids": wording["ids"], "reason": "不归我们"}
    assert (await editor.call("POST", "/kb/inbox/dismiss", given)).status == 204
    assert (await editor.call("POST", "/kb/inbox/dismiss", given)).status == 204
    assert before is not None
    assert not await kb.store.insert(QUESTIONS, before), "a turn carried out again brings nothing back"
    assert await look(editor) == []
    (line,) = await kb.store.find("audit", {"about": "inbox"}, limit=10)
    assert (line["action"], line["reason"], line["questions"]) == ("knowledge.dismiss", "不归我们", 2)
    for ids in ([], ["x"], wording["ids"] * 300):
        assert (await editor.call("POST", "/kb/inbox/dismiss", {"ids": ids})).status == 400


@pytest.mark.gen_test
async def test_words_that_are_old_are_forgotten_and_what_is_counted_stays(kb: Kb, now: Now) -> None:
    editor = await kb.editor()
    first_ms = milliseconds(now()) + 1000
    await asked(kb, now, "居住证怎么办理", "今天星期几")
    (first, _) = await look(editor)
    await editor.call("POST", "/kb/inbox/dismiss", {"ids": ids_of(first)})
    now.move(KEPT.total_seconds() - 10)
    assert await kb.inbox.sweep() == 0
    now.move(20)
    editor = await kb.editor("another")
    assert await look(editor) == []
    assert await kb.inbox.sweep() == 2
    assert await kb.inbox.sweep() == 0
    left = await kb.store.find(QUESTIONS, {}, sort=[("at_ms", 1)], limit=10)
    for document in left:
        del document["_id"], document["version"]
    assert left == [{"kind": "nothing", "at_ms": at_ms, **SAID} for at_ms in (first_ms, first_ms + 1000)]
    assert (await editor.call("POST", "/kb/inbox/dismiss", {"ids": ids_of(first)})).status == 204, "nothing is open"


@pytest.mark.gen_test
async def test_questions_of_before_they_were_counted_are_shown_settled_and_forgotten(kb: Kb, now: Now) -> None:
    editor, ids = await kb.editor(), (new_id(), new_id())
    for id, question in zip(ids, ("居住证怎么办理", "今天星期几"), strict=True):
        document = {"_id": id, "version": 1, "question": question, "kind": "nothing", "entry_id": "", "state": "open"}
        await kb.store.insert(QUESTIONS, {**document, "place": f"{milliseconds(now())}:{id}"})
    assert len(await look(editor)) == 2
    assert (await editor.call("POST", "/kb/inbox/dismiss", {"ids": ids[:1]})).status == 204
    assert [ids_of(group) for group in await look(editor)] == [[ids[1]]]
    now.move(KEPT.total_seconds() + 10)
    assert await kb.inbox.sweep() == 2


@pytest.mark.gen_test
async def test_a_rush_of_one_question_is_shown_in_groups_a_call_can_name(kb: Kb, now: Now) -> None:
    editor = await kb.editor()
    documents = []
    for number in range(MOST_IN_GROUP + 20):
        id = new_id()
        document = {"_id": id, "version": 1, "question": "台风天上不上学", "kind": "nothing", "entry_id": ""}
        documents.append({**document, "state": "open", "place": f"{milliseconds(now()) + number}:{id}"})
    await kb.store.insert_many(QUESTIONS, documents)
    groups = await look(editor)
    assert [group["count"] for group in groups] == [MOST_IN_GROUP, 20]
    assert (await editor.call("POST", "/kb/inbox/dismiss", {"ids": ids_of(groups[0])})).status == 204
    assert [group["count"] for group in await look(editor)] == [20]


@pytest.mark.gen_test
async def test_the_box_shows_ranks_and_what_the_bot_would_say(kb: Kb) -> None:
    editor = await kb.editor()

    async def tried(question: str) -> dict[str, Any]:
        answer = await editor.call("POST", "/kb/try", {"question": question})
        assert answer.status == 200
        body: dict[str, Any] = answer.body
        return body

    card = await tried("身份证丢了怎么补办")
    assert (card["kind"], card["intent"], card["ranked"][0]["entry_id"]) == ("sure", "answer", "card")
    assert card["says"][0]["text"].startswith(CARD["answer"])
    scores = [one["score"] for one in card["ranked"]]
    assert scores == sorted(scores, reverse=True)
    mars = await tried("火星移民去哪里报名")
    assert (mars["kind"], mars["intent"]) == ("nothing", "nothing")
    assert mars["says"][0]["options"], "ways on are offered"
    assert (await tried("查进度"))["says"], "what the bot asks about tickets finds nothing, and is no failure"
    assert (await tried("12345"))["says"]
    assert (await editor.call("POST", "/kb/try", {"question": " "})).status == 400
    assert await kb.store.find(QUESTIONS, {}, limit=10) == [], "nothing is remembered of it"


def _content(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "id"}
