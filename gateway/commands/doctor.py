"""`run.py doctor`: what is configured, reachable, missing, in words an operator can act on."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from config.settings import FILE, KEY_BYTES, Settings, SettingsError
from gateway import VERSION
from gateway.configured import now_of
from gateway.core.errors import Invalid
from gateway.core.health import Health
from gateway.core.people import passwords
from gateway.core.ports import StoreUnavailable
from gateway.core.tickets.operators_calendar import OperatorsCalendar
from gateway.core.tickets.workdays import Calendar
from gateway.serving import stores
from gateway.storage.embedded import EmbeddedStoreError
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisConnection
from gateway.storage.schemas import drift
from gateway.web.pages import BUILT

OK, OFF, SOON, BAD = "ok", "off", "SOON", "MISSING"
Finding = tuple[str, str, str]  # state, what, about it


def report(settings: Settings) -> int:
    """Print a line for each thing looked at; 0 when nothing that is needed is missing, else 1."""
    findings = [*_configured(settings), *_reachable(settings)]
    print(f"Yixian {VERSION}, Python {sys.version.split()[0]}, settings from {FILE.name} and the environment")
    for state, what, about in findings:
        print(f"  {state:<8}{what:<18}{about}")
    missing = sum(state == BAD for state, _, _ in findings)
    print("Everything needed is there." if not missing else f"{missing} missing.")
    return 1 if missing else 0


def _configured(settings: Settings) -> Iterator[Finding]:
    if settings.demo_mode:
        yield OK, "demo mode", "on: sample knowledge base; simulated WeChat and SMS where none is configured"
    else:
        yield OFF, "demo mode", "off"
    if settings.wechat.configured:
        key = "with AES key" if settings.wechat.aes_key.get_secret_value() else "without AES key: plain mode only"
        yield OK, "WeChat", f"on at /wechat, {key}"
        if settings.wechat.app_secret.get_secret_value():
            yield OK, "WeChat API", f"app_secret set, {settings.wechat.api_base}"
        else:
            yield BAD, "WeChat API", "HOTLINE_WECHAT__APP_SECRET is not set: no media, no menu, no late answers"
    else:
        yield OFF, "WeChat", "set HOTLINE_WECHAT__APP_ID and HOTLINE_WECHAT__TOKEN to turn it on"
    if settings.sms.configured:
        sender = settings.sms.messaging_service_sid or settings.sms.from_number
        yield OK, "SMS", f"on at {settings.public_url}/sms/inbound, sending as {sender}, {settings.sms.api_base}"
    else:
        yield OFF, "SMS", "set HOTLINE_SMS__ACCOUNT_SID and HOTLINE_SMS__AUTH_TOKEN to turn it on"
    yield _administrator(settings)
    try:
        settings.signing_key()
    except SettingsError as error:
        yield BAD, "session key", str(error)
    else:
        yield _session_key(settings)
    yield OK, "web and mobile", settings.public_url or f"http://{settings.host}:{settings.port}"
    if not settings.public_url and not settings.demo_mode:
        yield BAD, "public URL", "HOTLINE_PUBLIC_URL is not set: origins are checked against the Host header"
    if (BUILT / "index.html").exists():
        yield OK, "pages", "built"
    else:
        yield BAD, "pages", "not built: run `make build`"


def _administrator(settings: Settings) -> Finding:
    given = settings.admin
    if not given.username:
        return OK, "administrator", "made up at the first start, and shown once; `run.py user` knows all accounts"
    try:
        passwords.check(given.password.get_secret_value(), given.username.lower())
    except Invalid:
        return BAD, "administrator", "HOTLINE_ADMIN__PASSWORD is easily guessed; `run.py user passwd` gives another"
    return OK, "administrator", f"{given.username}, made at the first start"


def _session_key(settings: Settings) -> Finding:
    given = settings.secret_key.get_secret_value()
    if given and len(given.encode()) < KEY_BYTES:
        return BAD, "session key", f"shorter than {KEY_BYTES} characters; `openssl rand -hex 32` makes a good one"
    if given:
        return OK, "session key", "configured"
    if not settings.embedded:
        return BAD, "session key", "HOTLINE_SECRET_KEY is not set: visitors lose their conversation on another machine"
    return OK, "session key", f"made once, in {settings.data_dir}"


def _reachable(settings: Settings) -> Iterator[Finding]:
    kind = f"embedded, data in {settings.data_dir}" if settings.embedded else "configured"
    try:
        with stores(settings, join=True) as (mongo_url, redis_url):
            seen = asyncio.run(_look(settings, mongo_url, redis_url))
    except (EmbeddedStoreError, StoreUnavailable) as error:
        yield BAD, "stores", str(error)
        return
    for name in ("MongoDB", "Redis"):
        reason = seen.away.get(name)
        yield (BAD, name, f"{kind}; {reason}") if reason else (OK, name, kind)
    if "MongoDB" not in seen.away:
        if settings.embedded or not seen.differences:
            yield OK, "schemas", "applied at start" if settings.embedded else "applied"
        else:
            yield BAD, "schemas", f"{len(seen.differences)} differences: run `run.py indexes`"
        sample_comes = settings.demo_mode or settings.embedded
        about = "empty: `run.py seed` loads the sample, `run.py kb import FILE` yours"
        if seen.entries:
            about = "has entries"
        elif sample_comes:
            about = "empty: the sample is loaded when the gateway starts"
        yield (OK if seen.entries or sample_comes else BAD), "knowledge base", about
        if seen.unknown_year is None:
            yield OK, "workdays", "known for as long as limits reach"
        else:
            about = f"nobody knows {seen.unknown_year}: limits that reach into it are refused; `run.py calendar set`"
            yield SOON, "workdays", about


@dataclass(frozen=True, slots=True)
class _Seen:
    """away: which stores do not answer, and why. unknown_year: the one that limits will soon reach into."""

    away: dict[str, str]
    differences: list[str] = field(default_factory=list)
    entries: bool = False
    unknown_year: int | None = None


async def _look(settings: Settings, mongo_url: str, redis_url: str) -> _Seen:
    store = MongoStore(mongo_url, settings.mongo_database, timeout=settings.store_timeout)
    redis = RedisConnection(redis_url, f"{settings.redis_prefix}:")
    try:
        away = await Health({"MongoDB": store.ping, "Redis": redis.ping}, timeout=settings.store_timeout).check()
        if "MongoDB" in away:
            return _Seen(away)
        found = await asyncio.to_thread(drift, mongo_url, settings.mongo_database)
        differences = [str(difference) for difference in found if difference.kind != "unsupported"]
        entries = bool(await store.find("knowledge", {}, limit=1))
        year = await OperatorsCalendar(store, Calendar()).unknown_ahead(now_of(time.time)())
        return _Seen(away, differences, entries, year)
    finally:
        await redis.close()
        await store.close()
