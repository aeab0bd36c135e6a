"""The limits over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.core.tickets.operators_limits import OperatorsLimits
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.workdays import Calendar
from gateway.storage.mongo import MongoStore
from gateway.web.desk import limits as limits_api
from gateway.web.desk.limits import LimitsView
from tests.core.conftest import Now
from tests.web.desk.site import Program, Site


@pytest.fixture
def site(open_site: Callable[..., Site], open_store: Callable[..., MongoStore], now: Now) -> Site:
    limits = OperatorsLimits(open_store(), Rules(Calendar()))
    return open_site(also=lambda access: limits_api.routes(access, limits, now))


async def seen(program: Program) -> LimitsView:
    return LimitsView.model_validate((await program.call("GET", "/limits")).body)


def change(before: LimitsView, **changes: Any) -> dict[str, Any]:
    table = before.limits.model_dump()
    finish = {**table["finish"], **changes.pop("finish", {})}
    return {"limits": {**table, **changes, "finish": finish}, "version": before.version, "reason": "市里有新规定"}


@pytest.mark.gen_test
async def test_limits_are_told_to_everybody_who_is_signed_in(site: Site) -> None:
    found = await seen(await site.program("knowledge_editor"))
    assert (found.limits.finish.consultation, found.limits.finish.complaint) == ("2wd", "5wd")
    limits = found.limits
    assert (limits.complex, limits.urgent, limits.sign, limits.contact) == ("15wd", "1d", "1wd", "30m")
    assert (found.own, found.version, found.set_by, found.configured) == (False, 0, None, limits)
    assert (await site.call("GET", "/limits")).status == 401


@pytest.mark.gen_test
async def test_an_administrator_sets_them_and_takes_them_back(site: Site, now: Now) -> None:
    root, sun = await site.program("administrator"), await site.program("supervisor")
    wanted = change(await seen(sun), finish={"help": "3wd"}, attempts=2)
    assert (await sun.call("PUT", "/limits", wanted)).code == "forbidden"
    set_ = LimitsView.model_validate((await root.call("PUT", "/limits", wanted)).body)
    assert (set_.limits.finish.help, set_.limits.attempts, set_.configured.finish.help) == ("3wd", 2, "5wd")
    assert (set_.own, set_.version, set_.set_by, set_.set_at) == (True, 1, root.username, now())
    assert await seen(sun) == set_
    back = await root.call("PUT", "/limits", {"limits": None, "version": 1, "reason": "改回去"})
    assert LimitsView.model_validate(back.body).limits == set_.configured
    lines = await site.people.store.find("audit", {"about": "tickets"}, sort=[("_id", 1)], limit=10)
    assert [(line["action"], line["actor"], line["reason"]) for line in lines] == [
        ("limits.put", root.username, "市里有新规定"),
        ("limits.put", root.username, "改回去"),
    ]


@pytest.mark.gen_test
async def test_who_saw_others_is_told_so(site: Site) -> None:
    root = await site.program("administrator")
    before = await seen(root)
    await root.call("PUT", "/limits", change(before, yellows=4))
    answer = await root.call("PUT", "/limits", change(before, yellows=5))
    assert (answer.status, answer.code, answer.body["error"]["details"]) == (409, "conflict", {"version": 1})
    assert (await seen(root)).limits.yellows == 4


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("changes", "status", "fields"),
    [
        ({"sign": "0m"}, 422, {"sign": "no_span"}),
        ({"complex": "4wd", "remind_at": 1.5}, 422, {"complex": "shorter_than_ordinary", "remind_at": "out_of_bounds"}),
        ({"finish": {"help": None}}, 400, None),
        ({"yellows": 2.5}, 400, None),
        ({"sign": "1" * 25}, 400, None),
        ({"further": "1d"}, 400, None),
    ],
)
async def test_what_is_no_table(
    site: Site, changes: dict[str, Any], status: int, fields: dict[str, str] | None
) -> None:
    root = await site.program("administrator")
    before = await seen(root)
    answer = await root.call("PUT", "/limits", change(before, **changes))
    assert answer.status == status
    if fields is not None:
        assert answer.body["error"]["details"]["fields"] == fields
    assert (await root.call("PUT", "/limits", {"version": 0})).status == 400
    assert await seen(root) == before
