"""What is done once before processes serve: the stores are there and sound, the schemas applied, demo data loaded."""

from __future__ import annotations

import asyncio
import logging

from config.settings import Settings
from gateway.app import SEED
from gateway.commands import knowledge, units
from gateway.core.health import Health
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisConnection
from gateway.storage.schemas import apply, drift
from gateway.storage.selfcheck import check_store

log = logging.getLogger("hotline.prepare")


async def prepare(settings: Settings, mongo_url: str, redis_url: str) -> None:
    """Raises `StoresMissing` when the stores stay away, `StoreUnavailable` when they answer first and not later,
    `UnfitStore` for an engine the product cannot rely on."""
    store = MongoStore(mongo_url, settings.mongo_database, timeout=settings.store_timeout)
    redis = RedisConnection(redis_url, f"{settings.redis_prefix}:")
    try:
        await Health({"mongo": store.ping, "redis": redis.ping}).wait(settings.start_timeout)
        await check_store(store)
        own_database = not settings.mongo_url.get_secret_value()
        if own_database:
            await asyncio.to_thread(apply, mongo_url, settings.mongo_database)
        else:
            for difference in await asyncio.to_thread(drift, mongo_url, settings.mongo_database):
                if difference.kind != "unsupported":
                    log.warning("the database differs; run `run.py indexes`", extra={"what": str(difference)})
        if settings.demo_mode:
            await knowledge.seed(store, SEED / "knowledge.jsonl")
            await units.seed(store, SEED / "units.jsonl")
        elif own_database:
            # a trial with an account of one's own should be answered, too
            if not await store.find("knowledge", {}, limit=1):
                log.warning("the knowledge base is empty: loading the sample; `run.py kb import FILE` brings in yours")
                await knowledge.seed(store, SEED / "knowledge.jsonl")
            if not await store.find("units", {}, limit=1):
                log.warning("there are no units: loading the sample; `run.py units import FILE` brings in yours")
                await units.seed(store, SEED / "units.jsonl")
    finally:
        await redis.close()
        await store.close()
