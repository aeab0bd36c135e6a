"""Shared fixtures.

io_loop         a fresh event loop for each test; `@pytest.mark.gen_test` (with `async def`) runs on it
embedded        the two embedded servers, started once a session in a temporary directory
mongo_url       the engine under test: HOTLINE_TEST_MONGO_URL, else the embedded one
redis_url       the embedded Redis
open_store      makes `MongoStore`s on a database of this test's own; closes and drops them afterwards
store           one such store
key_prefix      a random prefix for this test's Redis keys and topics
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from gateway.storage import schemas
from gateway.storage.embedded import EmbeddedStores
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisLimits, RedisLocks, RedisValues


def _not_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """In continuous integration everything a test needs is there, so a skipped test is one that did not run."""
    if os.environ.get("CI") and report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped in continuous integration: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _not_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _not_skipped(report)
    return report


@pytest.fixture
def io_loop() -> Iterator[IOLoop]:
    """pytest-tornado's own fixture of this name calls what Tornado deprecates."""
    asyncio_loop = asyncio.new_event_loop()
    asyncio.set_event_loop(asyncio_loop)
    loop = IOLoop(asyncio_loop=asyncio_loop, make_current=False)
    yield loop
    left = asyncio.all_tasks(asyncio_loop)
    for task in left:
        task.cancel()
    if left:
        asyncio_loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    asyncio_loop.run_until_complete(asyncio_loop.shutdown_asyncgens())
    loop.close(all_fds=True)
    asyncio.set_event_loop(None)


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStores]:
    with EmbeddedStores(tmp_path_factory.mktemp("stores")) as servers:
        yield servers


@pytest.fixture(scope="session")
def mongo_url(request: pytest.FixtureRequest) -> str:
    url = os.environ.get("HOTLINE_TEST_MONGO_URL")
    if url:
        return url
    servers: EmbeddedStores = request.getfixturevalue("embedded")
    return servers.mongo_url


@pytest.fixture(scope="session")
def redis_url(embedded: EmbeddedStores) -> str:
    return embedded.redis_url


@pytest.fixture
def open_store(mongo_url: str, io_loop: IOLoop) -> Iterator[Callable[..., MongoStore]]:
    """`open_store(**options)`; all stores of one test share one database."""
    database = f"test_{secrets.token_hex(6)}"
    schemas.apply(mongo_url, database)
    opened: list[MongoStore] = []

    def open_(**options: Any) -> MongoStore:
        opened.append(MongoStore(mongo_url, database, **options))
        return opened[-1]

    yield open_

    async def close() -> None:
        for index, store in enumerate(opened):
            if index == 0:
                await store.database.client.drop_database(database)
            await store.close()

    io_loop.run_sync(close, timeout=30)


@pytest.fixture
def store(open_store: Callable[..., MongoStore]) -> MongoStore:
    return open_store()


@pytest.fixture
def key_prefix() -> str:
    return f"test:{secrets.token_hex(6)}:"


@pytest.fixture
def open_redis(
    request: pytest.FixtureRequest, io_loop: IOLoop, key_prefix: str
) -> Iterator[Callable[..., RedisConnection]]:
    """`open_redis(url=…, prefix=…, **options)`."""
    opened: list[RedisConnection] = []

    def open_(url: str = "", prefix: str = "", **options: Any) -> RedisConnection:
        url = url or request.getfixturevalue("redis_url")
        opened.append(RedisConnection(url, prefix or key_prefix, **options))
        return opened[-1]

    yield open_

    async def close() -> None:
        for connection in opened:
            await connection.close()

    io_loop.run_sync(close, timeout=30)


@pytest.fixture
def redis_connection(open_redis: Callable[..., RedisConnection]) -> RedisConnection:
    return open_redis()


@pytest.fixture
def bus(redis_connection: RedisConnection) -> RedisBus:
    return RedisBus(redis_connection)


@pytest.fixture
def limits(redis_connection: RedisConnection) -> RedisLimits:
    return RedisLimits(redis_connection)


@pytest.fixture
def locks(redis_connection: RedisConnection) -> RedisLocks:
    return RedisLocks(redis_connection)


@pytest.fixture
def values(redis_connection: RedisConnection) -> RedisValues:
    return RedisValues(redis_connection)


@pytest.fixture
def own_embedded(tmp_path: Path) -> Iterator[EmbeddedStores]:
    with EmbeddedStores(tmp_path / "own") as servers:
        yield servers
