"""Who must not handle a ticket, over HTTP."""

from __future__ import annotations

import pytest

from tests.web.desk.office import Office


@pytest.mark.gen_test(timeout=60)
async def test_only_somebody_there_is_recused_and_loses_sight_of_it(office: Office) -> None:
    ticket = await office.file("有人违规收费", kind="report")
    agent, leader = await office.site.program("agent"), await office.site.program("shift_leader")
    move = {"move": "recuse", "person": "agent.y", "reason": "是亲属"}
    refused = await leader.call("POST", f"/tickets/{ticket.id}/moves", move)
    assert (refused.status, refused.code) == (422, "invalid")
    assert (await agent.call("GET", f"/tickets/{ticket.id}")).status == 200
    assert (await leader.call("POST", f"/tickets/{ticket.id}/moves", {**move, "person": "agent.x"})).status == 200
    assert (await agent.call("GET", f"/tickets/{ticket.id}")).status == 404
