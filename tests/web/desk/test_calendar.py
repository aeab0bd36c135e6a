"""The calendar of workdays over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.core.tickets.operators_calendar import OperatorsCalendar
from gateway.core.tickets.workdays import Calendar
from gateway.storage.mongo import MongoStore
from gateway.web.desk import calendar as calendar_api
from gateway.web.desk.calendar import CalendarYear
from tests.core.conftest import Now
from tests.web.desk.site import Site

NEW_YEAR: dict[str, Any] = {"days": [{"day": "2031-01-01", "workday": False, "name": "元旦"}], "reason": "国务院通知"}


@pytest.fixture
def site(open_site: Callable[..., Site], open_store: Callable[..., MongoStore], now: Now) -> Site:
    calendar = OperatorsCalendar(open_store(), Calendar())
    return open_site(also=lambda access: calendar_api.routes(access, calendar, now))


@pytest.mark.gen_test
async def test_a_year_nobody_published_is_set_and_taken_back(site: Site) -> None:
    root, clerk = await site.program("administrator"), await site.program("knowledge_editor")
    unknown = CalendarYear.model_validate((await clerk.call("GET", "/calendar/2031")).body)
    assert (unknown.published, unknown.workdays, unknown.days) == (False, None, ())
    assert (await clerk.call("PUT", "/calendar/2031", NEW_YEAR)).code == "forbidden"
    known = CalendarYear.model_validate((await root.call("PUT", "/calendar/2031", NEW_YEAR)).body)
    assert (known.workdays, [day.name for day in known.days]) == (260, ["元旦"])
    assert (await clerk.call("GET", "/calendar/2031")).body == known.model_dump(mode="json")
    taken_back = await root.call("PUT", "/calendar/2031", {"days": []})
    assert (taken_back.body["workdays"], taken_back.body["days"]) == (None, [])
    lines = await site.people.store.find("audit", {"about": "2031"}, sort=[("_id", 1)], limit=10)
    assert [(line["action"], line["actor"], line["reason"]) for line in lines] == [
        ("calendar.put", root.username, "国务院通知"),
        ("calendar.put", root.username, ""),
    ]


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"days": [{"day": "2031-02-30", "workday": False}]}, 400),
        ({"days": [{"day": "2031-02-03"}]}, 400),
        ({}, 400),
        ({"days": [{"day": "2032-01-01", "workday": False}]}, 422),
        ({"days": NEW_YEAR["days"] * 2}, 422),
        ({"days": [{"day": "2031-01-04", "workday": True}]}, 422),
    ],
)
async def test_what_is_no_table(site: Site, change: dict[str, Any], status: int) -> None:
    root = await site.program("administrator")
    assert (await root.call("PUT", "/calendar/2031", change)).status == status
    assert (await root.call("GET", "/calendar/2031")).body["days"] == []


@pytest.mark.gen_test
async def test_years_there_are_not(site: Site) -> None:
    root = await site.program("administrator")
    for year in ("1999", "2100", "20", "abcd"):
        assert (await root.call("GET", f"/calendar/{year}")).status == 404
