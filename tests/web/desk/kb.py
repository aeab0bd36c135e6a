"""The knowledge base's desk over HTTP, with one process's knowledge beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.engine import Engine
from gateway.core.knowledge import Editor, Inbox, Knowledge, TryBox
from gateway.core.knowledge.entry import Row
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus
from gateway.web.desk import kb, kb_inbox
from tests.core.conftest import Now
from tests.web.desk.site import Program, Site

FUND: dict[str, Any] = {"question": "公积金怎么提取", "answer": "在公积金中心申请提取。", "unit": "市公积金中心"}


@dataclass
class Kb:
    """knowledge: what this process's bot asks."""

    site: Site
    knowledge: Knowledge
    inbox: Inbox
    store: MongoStore

    @classmethod
    async def open(cls, open_site: Callable[..., Site], store: MongoStore, bus: RedisBus, now: Now) -> Kb:
        knowledge = Knowledge(store, now=now)
        await knowledge.load()

        async def others(username: str) -> bool:
            return await site.people.accounts.others_with("knowledge.edit", username)

        editor = Editor(knowledge, bus, now, others=others)
        inbox = Inbox(store, knowledge, editor, now)
        box = TryBox(knowledge, Engine(knowledge, tickets=True), now)
        site = open_site(
            also=lambda access: kb.routes(access, knowledge, editor) + kb_inbox.routes(access, editor, inbox, box)
        )
        return cls(site, knowledge, inbox, store)

    async def bring(self, *entries: dict[str, Any]) -> None:
        """Import them."""
        rows = [Row(place, entry) for place, entry in enumerate(entries, 2)]
        assert (await self.knowledge.ledger.import_rows(rows)).written
        await self.knowledge.refresh()

    async def editor(self, username: str = "editor.x") -> Program:
        return await self.site.program("knowledge_editor", username=username)

    def answered(self, question: str) -> str:
        """What the bot finds first, whether it is sure or not."""
        hits = self.knowledge.find(question).hits
        entry = self.knowledge.entry(hits[0].entry_id) if hits else None
        return entry.answer if entry else ""


async def do(caller: Program, entry: dict[str, Any], *moves: str, note: str = "理由") -> dict[str, Any]:
    """Move an entry on, move by move; as it is then."""
    for move in moves:
        given = {"move": move, "version": entry["version"], "note": note}
        answer = await caller.call("POST", f"/kb/entries/{entry['id']}/moves", given)
        assert answer.status == 200, answer.body
        entry = answer.body
    return entry
