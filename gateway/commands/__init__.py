"""What `run.py` does beside serving."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from config.settings import Settings
from gateway.app import SEED
from gateway.commands import doctor, knowledge, wechat, worker
from gateway.core.health import Health, StoresMissing
from gateway.core.ports import StoreUnavailable
from gateway.serving import stores
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection
from gateway.storage.schemas import apply, drift


def run(command: str, given: argparse.Namespace, settings: Settings) -> int:
    """The exit code. Commands that need the stores use those of a running gateway, or start the embedded ones."""
    if command == "doctor":
        return doctor.report(settings)
    if command == "worker":
        return worker.work(settings)
    if command == "wechat":
        return asyncio.run(wechat.menu(settings, given.file, check=given.check))
    return _with_store(settings, lambda store, redis: _on_store(command, given, store, redis))


def _with_store(settings: Settings, work: Callable[[MongoStore, RedisConnection], Awaitable[int]]) -> int:
    async def connected(mongo_url: str, redis_url: str) -> int:
        store = MongoStore(mongo_url, settings.mongo_database, timeout=settings.store_timeout)
        redis = RedisConnection(redis_url, f"{settings.redis_prefix}:")
        try:
            await Health({"mongo": store.ping, "redis": redis.ping}).wait(settings.start_timeout)
            return await work(store, redis)
        except (StoresMissing, StoreUnavailable) as error:
            print(f"The stores did not answer: {error}", file=sys.stderr)
            return 3
        finally:
            await redis.close()
            await store.close()

    with stores(settings, join=True) as urls:
        return asyncio.run(connected(*urls))


async def _on_store(command: str, given: argparse.Namespace, store: MongoStore, redis: RedisConnection) -> int:
    bus = RedisBus(redis)
    if command == "indexes":
        return await _indexes(store, check=given.check)
    if command == "notice":
        await bus.publish("notice", {"text": given.text})
        return 0
    if command == "seed":
        await apply(store.database)
        code = await knowledge.seed(store, SEED / "knowledge.jsonl")
    elif given.action == "search":
        return await knowledge.search(store, given.query, given.k)
    elif given.action == "export":
        return await knowledge.export(store, given.file)
    else:
        file: Path = given.file
        code = await knowledge.import_file(store, file, skip_bad=given.skip_bad, check=given.check)
    await bus.publish("knowledge", {})
    return code


async def _indexes(store: MongoStore, *, check: bool) -> int:
    differences = await drift(store.database)
    for difference in differences:
        print(difference)
    if check:
        print("nothing differs" if not differences else f"{len(differences)} differences")
        return 1 if differences else 0
    await apply(store.database)
    print("applied")
    return 0
