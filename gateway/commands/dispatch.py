"""Which command does what `run.py` was asked for, with the stores it needs."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time

from bot.answers import Lexicon
from config.settings import Settings
from gateway.commands import calendar, contacts, delivery, doctor, keys, knowledge, tickets, units, user, wechat
from gateway.configured import SEED, now_of, sms_account, staff, ticket_policy, vault
from gateway.core.health import Health, StoresMissing
from gateway.core.ports import StoreUnavailable
from gateway.core.tickets.rules import Rules
from gateway.core.tickets.workdays import Calendar
from gateway.serving import CANNOT, stores
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisBus, RedisConnection, RedisLimits
from gateway.storage.schemas import apply, drift


def run(command: str, given: argparse.Namespace, settings: Settings) -> int:
    """The exit code. Commands that need the stores use those of a running gateway, or start the embedded ones.
    Raises `EmbeddedStoreError`; `SettingsError` for a key that is not whole."""
    if command == "doctor":
        return doctor.report(settings)
    if command == "wechat":
        return asyncio.run(wechat.menu(settings, given.file, check=given.check))
    with stores(settings, join=True) as (mongo_url, redis_url):
        try:
            if command == "indexes":
                return _indexes(mongo_url, settings.mongo_database, check=given.check)
            return asyncio.run(_with_stores(command, given, settings, mongo_url, redis_url))
        except (StoresMissing, StoreUnavailable) as error:
            print(f"The stores did not answer: {error}", file=sys.stderr)
            return CANNOT


async def _with_stores(
    command: str, given: argparse.Namespace, settings: Settings, mongo_url: str, redis_url: str
) -> int:
    store = MongoStore(mongo_url, settings.mongo_database, timeout=settings.store_timeout)
    redis = RedisConnection(redis_url, f"{settings.redis_prefix}:")
    try:
        await Health({"mongo": store.ping, "redis": redis.ping}).wait(settings.start_timeout)
        bus = RedisBus(redis)
        if command == "contacts":
            return await contacts.run(given, store, bus, sms_account(settings))
        if command == "user":
            accounts, _ = staff(settings, store, RedisLimits(redis), now_of(time.time))
            return await user.run(given, accounts)
        if command == "tickets":
            days, now = Calendar(), now_of(time.time)()
            if given.action == "train":
                return await tickets.train(store, given.data, now)
            rules = Rules(days, ticket_policy(settings))
            if given.action == "limits":
                return await tickets.limits(store, rules)
            return await tickets.deadlines(store, given.number, days, rules, now)
        if command == "calendar":
            return await calendar.run(given, store, now_of(time.time)())
        if command == "keys":
            return await keys.rotate(store, vault(settings), check=given.check)
        return await _on_stores(command, given, store, bus)
    finally:
        await redis.close()
        await store.close()


async def _on_stores(command: str, given: argparse.Namespace, store: MongoStore, bus: RedisBus) -> int:
    if command == "notice":
        heard = await bus.publish("notice", {"text": given.text})
        if not heard:
            print("No gateway is running, so nobody was told.", file=sys.stderr)
            return 1
        print(f"Told through {heard} gateway {'process' if heard == 1 else 'processes'}.")
        return 0
    if command == "units":
        return await _units(given, store, bus)
    if command == "seed":
        code = max(await knowledge.seed(store, SEED / "knowledge.jsonl"), await units.seed(store, SEED / "units.jsonl"))
    elif command == "delivery":
        return await delivery.run(given, store, bus)
    elif given.action == "search":
        return await knowledge.search(store, given.query, given.k, Lexicon.load(SEED / "lexicon"))
    elif given.action == "export":
        return await knowledge.export(store, given.file)
    else:
        code = await knowledge.import_file(
            store, given.file, skip_bad=given.skip_bad, check=given.check, replace_all=given.replace_all
        )
    # what was written stands, and a gateway looks for it by itself every second
    with contextlib.suppress(StoreUnavailable):
        await bus.publish("knowledge", {})
    return code


async def _units(given: argparse.Namespace, store: MongoStore, bus: RedisBus) -> int:
    if given.action == "list":
        return await units.show_all(store)
    if given.action == "export":
        return await units.export(store, given.file)
    code = await units.import_file(store, given.file)
    # a gateway reads them again every few seconds by itself
    with contextlib.suppress(StoreUnavailable):
        await bus.publish("units", {})
    return code


def _indexes(url: str, database: str, *, check: bool) -> int:
    differences = drift(url, database)
    for difference in differences:
        print(difference)
    if check:
        wrong = sum(difference.kind != "unsupported" for difference in differences)
        print(f"{wrong} differences" if wrong else "nothing differs that this database could keep")
        return 1 if wrong else 0
    for line in apply(url, database).done:
        print(line)
    print("applied")
    return 0
