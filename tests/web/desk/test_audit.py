"""The audit log over HTTP."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest

from gateway.core.audit import AUDIT, entry
from gateway.web.desk.audit import AuditPage
from tests.web.desk.office import Office
from tests.web.desk.site import Program


async def read(caller: Program, asked: str) -> list[str]:
    """What the lines on all pages are about, in their order."""
    found: list[str] = []
    more: str | None = ""
    while more is not None:
        answer = await caller.call("GET", f"/audit?{asked}&before={more}")
        page = AuditPage.model_validate(answer.body)
        found += [line.about for line in page.lines]
        more = page.next
    return found


@pytest.mark.gen_test(timeout=60)
async def test_by_whom_about_what_and_when_the_newest_first(office: Office) -> None:
    begun = office.now()
    supervisor = await office.site.program("supervisor")
    lines = [
        entry(begun + timedelta(seconds=place // 3), f"a{place % 2}", f"do.{place % 3}", f"t{place}", "为什么", n=place)
        for place in range(1, 13)
    ]
    assert all(await office.store.insert_many(AUDIT, lines))
    everything = [f"t{place}" for place in range(12, 0, -1)]
    for asked, places in {
        "action=do.1&limit=1": (10, 7, 4, 1),
        "actor=a1&limit=2": (11, 9, 7, 5, 3, 1),
        "actor=a1&action=do.2&limit=1": (11, 5),
        "about=t7": (7,),
        "about=t7&actor=a0": (),
        f"since={quote((begun + timedelta(seconds=4)).isoformat())}": (12,),
        f"actor=a0&until={quote((begun + timedelta(seconds=1)).isoformat())}": (2,),
    }.items():
        assert await read(supervisor, asked) == [f"t{place}" for place in places], asked
    assert [about for about in await read(supervisor, "limit=3") if about in everything] == everything
    page = AuditPage.model_validate((await supervisor.call("GET", "/audit?about=t7")).body)
    assert (page.lines[0].reason, page.lines[0].more) == ("为什么", {"n": 7})
    for wrong in ("limit=201", "since=yesterday", "who=a1"):
        assert (await supervisor.call("GET", f"/audit?{wrong}")).status == 400
    assert (await supervisor.call("GET", "/audit?before=there")).code == "invalid"


@pytest.mark.gen_test(timeout=60)
async def test_who_reads_it(office: Office) -> None:
    root = await office.site.program("administrator")
    assert root.username in str((await root.call("GET", "/audit?action=session.begin")).body)
    for role, unit in (("agent", None), ("shift_leader", None), ("unit_head", "lights"), ("knowledge_editor", None)):
        nobody = await office.site.program(role, unit=unit)  # type: ignore[arg-type]
        assert (await nobody.call("GET", "/audit")).code == "forbidden"
