"""The knowledge base over HTTP: drafts are reviewed and published, what was is kept, and the bot gives what is
published and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from tornado.ioloop import IOLoop

from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus
from tests.core.conftest import Now
from tests.web.desk.kb import FUND, Kb, do
from tests.web.desk.site import Site


@pytest.fixture
def kb(
    open_site: Callable[..., Site], open_store: Callable[..., MongoStore], bus: RedisBus, now: Now, io_loop: IOLoop
) -> Kb:
    opened: Kb = io_loop.run_sync(lambda: Kb.open(open_site, open_store(), bus, now))
    return opened


@pytest.mark.gen_test
async def test_only_who_keeps_the_knowledge_may(kb: Kb) -> None:
    agent = await kb.site.program("agent")
    for method, path in (
        ("GET", "/kb/entries"),
        ("POST", "/kb/entries"),
        ("GET", "/kb/entries/x"),
        ("PUT", "/kb/entries/x"),
        ("POST", "/kb/entries/x/moves"),
        ("POST", "/kb/entries/x/remove"),
        ("GET", "/kb/entries/x/versions"),
        ("GET", "/kb/entries/x/compare"),
        ("POST", "/kb/try"),
        ("GET", "/kb/inbox"),
        ("POST", "/kb/inbox/entry"),
        ("POST", "/kb/inbox/similar"),
        ("POST", "/kb/inbox/dismiss"),
    ):
        body: dict[str, Any] | None = None if method == "GET" else {}
        assert (await agent.call(method, path, body)).code == "forbidden", path
        assert (await kb.site.call(method, path, body)).status == 401, path


@pytest.mark.gen_test
async def test_the_bot_gives_what_is_published_and_nothing_before(kb: Kb) -> None:
    editor = await kb.editor()
    made = await editor.call("POST", "/kb/entries", {**FUND, "similar": ["取公积金要什么条件"], "answer": ""})
    assert (made.status, made.body["state"], made.body["moves"]) == (201, "draft", ["submit"])
    path = f"/kb/entries/{made.body['id']}"
    refused = await editor.call("POST", f"{path}/moves", {"move": "submit", "version": 1})
    assert (refused.status, refused.body["error"]["message"]) == (422, "还没有写答案")
    written = await editor.call("PUT", path, {**FUND, "similar": ["取公积金要什么条件"], "version": 1})
    assert (written.status, written.body["version"]) == (200, 2)
    early = await editor.call("POST", f"{path}/moves", {"move": "publish", "version": 2})
    assert (early.status, early.body["error"]["details"]["reason"]) == (409, "wrong_state")
    entry = await do(editor, written.body, "submit", "send_back", "submit")
    assert (entry["state"], entry["moves"]) == ("review", ["publish", "send_back"])
    assert kb.answered("公积金怎么提取") == "", "not before it is published"
    entry = await do(editor, entry, "publish")
    assert (entry["state"], entry["moves"], entry["did"]) == ("published", ["withdraw"], "publish")
    assert kb.answered("公积金怎么提取") == FUND["answer"], "as soon as the call returns"
    entry = await do(editor, entry, "withdraw")
    assert entry["state"] == "withdrawn"
    assert kb.answered("公积金怎么提取") == ""
    entry = await do(editor, entry, "submit", "publish")
    assert kb.answered("公积金怎么提取") == FUND["answer"]


@pytest.mark.gen_test
async def test_a_published_entry_is_given_while_it_is_worked_on(kb: Kb) -> None:
    editor = await kb.editor()
    await kb.bring({"id": "fund", **FUND, "sample": True})
    changed = await editor.call("PUT", "/kb/entries/fund", {**FUND, "answer": "网上就能提取。", "version": 1})
    assert (changed.body["state"], changed.body["answer"]) == ("published", FUND["answer"])
    pending = changed.body["pending"]
    assert (pending["status"], pending["answer"]) == ("draft", "网上就能提取。")
    assert kb.answered("公积金怎么提取") == FUND["answer"]
    entry = await do(editor, changed.body, "submit")
    assert (entry["pending"]["status"], kb.answered("公积金怎么提取")) == ("review", FUND["answer"])
    entry = await do(editor, entry, "publish")
    assert (entry["pending"], entry["answer"], entry["sample"]) == (None, "网上就能提取。", False)
    assert kb.answered("公积金怎么提取") == "网上就能提取。"
    again = await editor.call("PUT", "/kb/entries/fund", {**FUND, "answer": "不要这样", "version": entry["version"]})
    entry = await do(editor, again.body, "discard")
    assert (entry["pending"], entry["answer"]) == (None, "网上就能提取。")
    again = await editor.call("PUT", "/kb/entries/fund", {**FUND, "answer": "改到一半", "version": entry["version"]})
    entry = await do(editor, again.body, "withdraw")
    assert (entry["state"], entry["answer"], entry["pending"]) == ("withdrawn", "改到一半", None)


@pytest.mark.gen_test
async def test_nobody_publishes_what_is_their_own(kb: Kb) -> None:
    one, other = await kb.editor("one"), await kb.editor("other")
    entry = await do(one, (await one.call("POST", "/kb/entries", FUND)).body, "submit")
    path = f"/kb/entries/{entry['id']}"
    assert (entry["held"], entry["moves"]) == (True, ["send_back"])
    seen = (await other.call("GET", path)).body
    assert (seen["held"], seen["moves"]) == (False, ["publish", "send_back"])
    publish = {"move": "publish", "version": entry["version"]}
    refused = await one.call("POST", f"{path}/moves", publish)
    assert (refused.status, refused.body["error"]["details"]["reason"]) == (409, "own_work")
    assert kb.answered(FUND["question"]) == ""
    # what the other writes into it is the other's own
    written = (await other.call("PUT", path, {**FUND, "answer": "网上提取。", "version": entry["version"]})).body
    assert (written["state"], written["held"]) == ("review", True)
    publish["version"] = written["version"]
    assert (await other.call("POST", f"{path}/moves", publish)).status == 409
    entry = await do(one, written, "publish")
    # a change goes the same way
    changed = (await one.call("PUT", path, {**FUND, "answer": "柜台提取。", "version": entry["version"]})).body
    changed = await do(one, changed, "submit")
    assert (changed["held"], changed["moves"]) == (True, ["send_back", "discard", "withdraw"])
    entry = await do(other, changed, "publish")
    assert kb.answered(FUND["question"]) == "柜台提取。"


@pytest.mark.gen_test
async def test_who_makes_editors_or_is_the_only_one_publishes_their_own(kb: Kb) -> None:
    root = await kb.site.program("administrator", "knowledge_editor", username="root")
    one = await kb.editor("one")
    await do(root, (await root.call("POST", "/kb/entries", FUND)).body, "submit", "publish")
    mine = (await one.call("POST", "/kb/entries", {**FUND, "question": "公积金怎么转移"})).body
    mine = await do(one, mine, "submit")
    assert mine["held"]
    await kb.site.people.accounts.disable("root", by="one", reason="离职")
    assert not (await one.call("GET", f"/kb/entries/{mine['id']}")).body["held"]
    await do(one, mine, "publish")


@pytest.mark.gen_test
async def test_two_editors_do_not_overwrite_each_other(kb: Kb) -> None:
    one, other = await kb.editor("one"), await kb.editor("other")
    made = (await one.call("POST", "/kb/entries", FUND)).body
    path = f"/kb/entries/{made['id']}"
    assert (await one.call("PUT", path, {**FUND, "answer": "甲写的", "version": 1})).status == 200
    late = await other.call("PUT", path, {**FUND, "answer": "乙写的", "version": 1})
    assert (late.status, late.code) == (409, "conflict")
    assert (await other.call("POST", f"{path}/moves", {"move": "submit", "version": 1})).code == "conflict"
    assert (await other.call("POST", f"{path}/remove", {"reason": "重复", "version": 1})).code == "conflict"
    assert (await one.call("GET", path)).body["answer"] == "甲写的"
    same = await other.call("POST", "/kb/entries", {**FUND, "question": "公积金怎么提取？"})
    assert (same.status, same.code) == (409, "conflict"), "its unit has the question already"


@pytest.mark.gen_test
async def test_what_is_wrong_is_said_field_by_field(kb: Kb) -> None:
    editor = await kb.editor()
    wrong = {"question": " ", "answer": "答" * 10_001, "valid_until": "明年", "similar": ["问" * 501]}
    refused = await editor.call("POST", "/kb/entries", wrong)
    assert (refused.status, set(refused.body["error"]["details"]["fields"])) == (
        422,
        {"question", "answer", "valid_until", "similar"},
    )
    made = (await editor.call("POST", "/kb/entries", {**FUND, "valid_until": "2026-11-24"})).body
    assert made["valid_until"] == "2026-11-24"
    for body, status in (
        ({"move": "send_back", "version": 1}, 400),
        ({"move": "burn", "version": 1}, 400),
        ({"move": "submit"}, 400),
        ({"move": "discard", "version": 1}, 409),
    ):
        assert (await editor.call("POST", f"/kb/entries/{made['id']}/moves", body)).status == status, body
    assert (await editor.call("GET", "/kb/entries/nobody")).status == 404
    for path in ("state=burnt", "limit=0", "unknown=1"):
        assert (await editor.call("GET", f"/kb/entries?{path}")).status == 400
    assert (await editor.call("GET", "/kb/entries?after=x")).status == 422
    assert (await editor.call("POST", "/kb/entries", {**FUND, "answer": "a\0b"})).status == 400


@pytest.mark.gen_test
async def test_what_has_run_out_is_not_published_and_not_given(kb: Kb, now: Now) -> None:
    editor = await kb.editor()
    made = (await editor.call("POST", "/kb/entries", {**FUND, "valid_until": "2026-11-24"})).body
    entry = await do(editor, made, "submit", "publish")
    assert entry["state"] == "published"
    now.move(24 * 3600)
    await kb.knowledge.refresh()
    editor = await kb.editor("the-next-day")
    entry = (await editor.call("GET", f"/kb/entries/{entry['id']}")).body
    assert (entry["state"], kb.answered("公积金怎么提取")) == ("expired", "")
    given = {**FUND, "valid_until": "2026-11-24", "version": entry["version"]}
    again = (await editor.call("PUT", f"/kb/entries/{entry['id']}", given)).body
    refused = await editor.call(
        "POST", f"/kb/entries/{entry['id']}/moves", {"move": "submit", "version": again["version"]}
    )
    assert (refused.status, "有效期" in refused.body["error"]["message"]) == (422, True)
    given = {**FUND, "valid_until": "2027-11-24", "version": again["version"]}
    longer = (await editor.call("PUT", f"/kb/entries/{entry['id']}", given)).body
    await do(await kb.editor("another"), await do(editor, longer, "submit"), "publish")
    assert kb.answered("公积金怎么提取") == FUND["answer"]


@pytest.mark.gen_test
async def test_every_version_says_who_when_how_and_why(kb: Kb, now: Now) -> None:
    one, other = await kb.editor("one"), await kb.editor("other")
    await kb.bring({"id": "fund", **FUND})
    now.move(60)
    changed = (
        await one.call("PUT", "/kb/entries/fund", {**FUND, "answer": "网上提取", "similar": ["取钱"], "version": 1})
    ).body
    entry = await do(one, changed, "submit")
    entry = await do(other, entry, "send_back", note="写清楚网址")
    listed = (await one.call("GET", "/kb/entries/fund/versions")).body
    told = [(line["version"], line["by"], line["did"], line["note"]) for line in listed["versions"]]
    assert told == [
        (4, "other", "send_back", "写清楚网址"),
        (3, "one", "submit", "理由"),
        (2, "one", "edit", ""),
        (1, "", "import", ""),
    ]
    assert listed["next"] is None
    first = (await one.call("GET", "/kb/entries/fund/versions?limit=2")).body
    assert ([line["version"] for line in first["versions"]], first["next"]) == ([4, 3], 3)
    rest = (await one.call("GET", "/kb/entries/fund/versions?limit=2&before=3")).body
    assert ([line["version"] for line in rest["versions"]], rest["next"]) == ([2, 1], None)
    compared = (await one.call("GET", "/kb/entries/fund/compare?before=1&after=4")).body
    assert set(compared["fields"]) == {"status", "similar", "answer"}
    assert compared["before"]["answer"] == FUND["answer"]
    assert compared["after"]["pending"]["answer"] == "网上提取"
    assert (await one.call("GET", "/kb/entries/fund/compare?before=1&after=9")).status == 404
    lines = await kb.store.find("audit", {"about": "fund"}, limit=10)
    lines.sort(key=lambda line: line["of_version"])
    assert [(line["actor"], line["action"], line["reason"]) for line in lines] == [
        ("one", "knowledge.edit", ""),
        ("one", "knowledge.submit", "理由"),
        ("other", "knowledge.send_back", "写清楚网址"),
    ]


@pytest.mark.gen_test
async def test_an_import_keeps_what_it_replaces(kb: Kb) -> None:
    editor = await kb.editor()
    await kb.bring({"id": "fund", **FUND})
    changed = (await editor.call("PUT", "/kb/entries/fund", {**FUND, "answer": "改", "version": 1})).body
    await do(editor, changed, "submit", "publish")
    await kb.bring({"id": "fund", **FUND, "answer": "导入的"})
    compared = (await editor.call("GET", "/kb/entries/fund/compare?before=4&after=5")).body
    assert (compared["before"]["answer"], compared["after"]["answer"]) == ("改", "导入的")
    assert (compared["after"]["did"], compared["after"]["updated_by"]) == ("import", "")
    assert compared["fields"] == ["answer"]


@pytest.mark.gen_test
async def test_lists_are_narrowed_counted_and_read_on(kb: Kb, now: Now) -> None:
    editor = await kb.editor()
    await kb.bring(
        {"id": "old", "question": "旧办法", "answer": "过期了", "unit": "甲局", "valid_until": "2026-11-01"},
        {"id": "soon", "question": "快到期的", "answer": "打 0769-1", "unit": "甲局", "valid_until": "2026-12-01"},
        {"id": "long", "question": "一直有效", "answer": "打 0769-2", "unit": "乙局"},
        {"id": "half", "question": "没写完", "answer": "", "unit": "乙局", "status": "草稿"},
        {"id": "off", "question": "下架的", "answer": "不用了", "unit": "乙局", "status": "已下架"},
    )
    now.move(60)
    changed = (
        await editor.call("PUT", "/kb/entries/long", {"question": "一直有效", "answer": "新", "version": 1})
    ).body
    await do(editor, changed, "submit")

    async def ids(asked: str) -> list[str]:
        listed = (await editor.call("GET", f"/kb/entries?{asked}")).body
        return [entry["id"] for entry in listed["entries"]]

    whole = (await editor.call("GET", "/kb/entries")).body
    assert whole["entries"][0]["id"] == "long", "what was changed last comes first"
    assert whole["entries"][0]["pending"] == "review"
    assert whole["counts"] == {"expired": 1, "published": 2, "expiring": 1, "draft": 1, "withdrawn": 1, "review": 1}
    assert (whole["total"], whole["units"], whole["next"]) == (5, ["乙局", "甲局"], None)
    assert await ids("state=expired") == ["old"]
    assert await ids("state=expiring") == ["soon"]
    assert await ids("state=review") == ["long"]
    assert await ids("state=draft") == ["half"]
    assert sorted(await ids(f"unit={quote('甲局')}")) == ["old", "soon"]
    assert sorted(await ids("q=0769-1")) == ["soon"]
    assert await ids(f"q={quote('有效 0769-2')}") == ["long"]
    assert await ids(f"q={quote('没有这样的')}") == []
    read: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await editor.call("GET", f"/kb/entries?limit=2&after={quote(after)}")).body
        read += [entry["id"] for entry in page["entries"]]
        after = page["next"]
    assert read == [entry["id"] for entry in whole["entries"]]


@pytest.mark.gen_test
async def test_a_removed_entry_is_gone_and_its_history_says_why(kb: Kb) -> None:
    editor = await kb.editor()
    await kb.bring({"id": "局/一 号".replace(" ", ""), **FUND})
    path = f"/kb/entries/{quote('局/一号', safe='')}"
    assert (await editor.call("GET", path)).body["id"] == "局/一号"
    assert (await editor.call("POST", f"{path}/remove", {"version": 1})).status == 400, "without a reason"
    assert (await editor.call("POST", f"{path}/remove", {"version": 1, "reason": "重复了"})).status == 204
    assert (await editor.call("GET", path)).status == 404
    assert (await editor.call("GET", "/kb/entries")).body["entries"] == []
    assert kb.answered("公积金怎么提取") == ""
    (line,) = await kb.store.find("audit", {"about": "局/一号"}, limit=10)
    assert (line["action"], line["reason"]) == ("knowledge.remove", "重复了")


@pytest.mark.gen_test
async def test_another_process_takes_up_what_is_published(
    kb: Kb, open_site: Callable[..., Site], open_store: Callable[..., MongoStore], bus: RedisBus, now: Now
) -> None:
    other = await Kb.open(open_site, open_store(), bus, now)
    editor = await kb.editor()
    made = (await editor.call("POST", "/kb/entries", FUND)).body
    await other.knowledge.refresh()
    assert other.answered("公积金怎么提取") == ""
    await do(editor, made, "submit", "publish")
    await other.knowledge.refresh()
    assert other.answered("公积金怎么提取") == FUND["answer"]
    seen = await editor.call("GET", "/kb/entries?state=published")
    assert [entry["id"] for entry in seen.body["entries"]] == [made["id"]]
