"""What is done once before processes serve: the stores are there and sound, the schemas applied, demo data loaded, and
somebody can sign in."""

from __future__ import annotations

import asyncio
import logging
import sys
import time

from config.settings import Settings
from gateway.commands import calendar, knowledge, units
from gateway.configured import SEED, now_of, staff
from gateway.core.health import Health
from gateway.core.people.accounts import FIRST
from gateway.core.tickets.operators_calendar import OperatorsCalendar
from gateway.core.tickets.workdays import Calendar
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisConnection, RedisLimits
from gateway.storage.schemas import apply, drift
from gateway.storage.selfcheck import check_store

log = logging.getLogger("hotline.prepare")

_FIRST = """
第一位管理员已经建好。密码只显示这一次，第一次登录后请修改。
The first administrator. The password is shown this once, and is to be changed after the first sign-in.
    用户名 user name: {username}
    密码 password:    {password}

"""


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
        now = now_of(time.time)()
        if settings.demo_mode:
            await knowledge.seed(store, SEED / "knowledge.jsonl")
            await units.seed(store, SEED / "units.jsonl")
            await calendar.seed(store, SEED / "holidays.txt", now)
        elif own_database:
            # a trial with an account of one's own should be answered, too
            if not await store.find("knowledge", {}, limit=1):
                log.warning("the knowledge base is empty: loading the sample; `run.py kb import FILE` brings in yours")
                await knowledge.seed(store, SEED / "knowledge.jsonl")
            if not await store.find("units", {}, limit=1):
                log.warning("there are no units: loading the sample; `run.py units import FILE` brings in yours")
                await units.seed(store, SEED / "units.jsonl")
        year = await OperatorsCalendar(store, Calendar()).unknown_ahead(now)
        if year is not None:
            log.warning(
                "nobody knows this year's workdays, and limits that reach into it are refused; "
                "`run.py calendar set YEAR FILE` brings them in",
                extra={"year": year},
            )
        await _first_administrator(settings, store, RedisLimits(redis))
    finally:
        await redis.close()
        await store.close()


async def _first_administrator(settings: Settings, store: MongoStore, limits: RedisLimits) -> None:
    """Somebody has to be able to let the others in. A password made up here is shown once, on standard output, and not
    through the log, which is kept."""
    accounts, _ = staff(settings, store, limits, now_of(time.time))
    given = settings.admin
    made_up = await accounts.ensure_administrator(given.username, given.password.get_secret_value())
    if made_up is not None:
        sys.stdout.write(_FIRST.format(username=FIRST, password=made_up))
        sys.stdout.flush()
