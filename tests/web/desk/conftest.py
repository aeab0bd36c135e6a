"""Fixtures: `site` is one gateway process's desk over real HTTP; `open_site(**options)` makes another on the same
stores; `office` is one with units and tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisLimits
from tests.core.conftest import Now
from tests.core.people.conftest import People
from tests.web.desk.office import Office
from tests.web.desk.site import Site


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def open_site(
    open_store: Callable[..., MongoStore], limits: RedisLimits, bus: RedisBus, now: Now, io_loop: IOLoop
) -> Iterator[Callable[..., Site]]:
    opened: list[Site] = []

    def open_(*, per_address: int = 1000, **options: Any) -> Site:
        people = People(open_store(), limits, now, per_address=per_address)
        opened.append(Site(people, bus, **options))
        return opened[-1]

    yield open_
    for site in opened:
        io_loop.run_sync(site.close)


@pytest.fixture
def site(open_site: Callable[..., Site]) -> Site:
    return open_site()


@pytest.fixture
def two_sites(open_site: Callable[..., Site]) -> tuple[Site, Site]:
    return open_site(), open_site()


@pytest.fixture
def office(
    open_site: Callable[..., Site],
    open_store: Callable[..., MongoStore],
    bus: RedisBus,
    now: Now,
    io_loop: IOLoop,
) -> Office:
    return io_loop.run_sync(lambda: Office.open(open_site, open_store(), bus, now))
