"""What all gateway processes share through Redis: live events, rates, leases, short-lived values.

Nothing here is the only copy of anything: what must survive is in the document store. Every call ends within a bounded
time, with `StoreUnavailable` when Redis could not be asked, and concurrent calls travel in one pipeline.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import random
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from gateway.core.ports import StoreUnavailable
from gateway.storage.batching import Coalescer, QueueFull

logger = logging.getLogger(__name__)

# the topic a subscriber hears after its connection broke: events in between are lost, read them from the store
RESUMED = "bus.resumed"
POSTED_LIMIT = 10_000
POSTED_AT_ONCE = 100


class RedisConnection:
    """One pool of connections, used by the bus, the limits, the locks and the values of one process.

    url: redis://, rediss:// or unix://. prefix: stands before every key and topic; ends with a colon by custom.
    timeout: seconds for one pipeline; a call ends within twice that. max_queue: commands that may wait.
    """

    def __init__(self, url: str, prefix: str, *, timeout: float = 2.0, max_queue: int = 10_000) -> None:
        self.prefix = prefix
        self.timeout = timeout
        self.client: Any = redis.Redis.from_url(
            url,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            health_check_interval=15,
            # once: a pooled connection may be one that Redis dropped when it was restarted
            retry=Retry(NoBackoff(), 1),
        )
        self.users: list[Callable[[], Awaitable[None]]] = []  # what must have left before the connections close
        self._queue: Coalescer[tuple[Any, ...], Any] = Coalescer(self._pipeline, max_batch=200, max_queue=max_queue)

    async def execute(self, *command: Any) -> Any:
        """The reply to one command. Raises `StoreUnavailable`, also when Redis refuses it, as a full or read-only one
        does; `NoScriptError`."""
        try:
            async with asyncio.timeout(2 * self.timeout):
                return await self._queue.submit(command)
        except NoScriptError:
            raise
        except (RedisError, OSError, TimeoutError, QueueFull) as error:
            raise StoreUnavailable(f"Redis: {type(error).__name__}: {error}") from error

    async def script(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Run a script by its digest; Redis is given its text only when it has forgotten it."""
        try:
            return await self.execute("EVALSHA", script.digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return await self.execute("EVAL", script.text, len(keys), *keys, *arguments)

    async def ping(self) -> None:
        """Raises `StoreUnavailable` when Redis does not answer."""
        await self.execute("PING")

    async def close(self) -> None:
        """Let what was posted leave, for at most `timeout` seconds, and let go of the connections."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.timeout):
                for drain in self.users:
                    await drain()
                await self._queue.drain()
        await self.client.aclose()

    async def _pipeline(self, commands: Sequence[tuple[Any, ...]]) -> Sequence[Any]:
        async with asyncio.timeout(self.timeout):
            if len(commands) == 1:
                return [await self.client.execute_command(*commands[0])]
            pipeline = self.client.pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command)
            replies: Sequence[Any] = await pipeline.execute(raise_on_error=False)
            return replies


class Script:
    """A Lua script and its digest."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class RedisBus:
    """`gateway.core.ports.Bus` over publish and subscribe. Events posted in one turn of the loop, or while earlier ones
    are on their way, travel as one, up to `POSTED_AT_ONCE`: a subscriber's cost is per message, not per event."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection
        self._channel = f"{connection.prefix}bus"
        self._listening = asyncio.Event()
        self._posted: list[tuple[str, Mapping[str, Any]]] = []
        self._posting: asyncio.Task[None] | None = None
        connection.users.append(self._drain)

    async def _drain(self) -> None:
        if self._posting is not None:
            await self._posting

    async def publish(self, topic: str, event: Mapping[str, Any]) -> int:
        """Tell every process's subscribers; how many there are. Raises `StoreUnavailable`; TypeError for what JSON
        cannot carry."""
        return await self._send([(topic, event)])

    def post(self, topic: str, event: Mapping[str, Any]) -> None:
        """See `Bus.post`. At most `POSTED_LIMIT` wait; beyond it events are dropped, as if the bus were away."""
        if len(self._posted) < POSTED_LIMIT:
            self._posted.append((topic, event))
        if self._posting is None:
            self._posting = asyncio.get_running_loop().create_task(self._post())

    async def _post(self) -> None:
        try:
            while self._posted:
                posted, self._posted = self._posted[:POSTED_AT_ONCE], self._posted[POSTED_AT_ONCE:]
                try:
                    await self._send(posted)
                except StoreUnavailable:
                    logger.debug("%d events found no bus", len(posted))
                except TypeError:
                    logger.exception("%d events were dropped: JSON cannot carry one of them", len(posted))
        finally:
            self._posting = None

    async def _send(self, events: Sequence[tuple[str, Mapping[str, Any]]]) -> int:
        return int(await self._connection.execute("PUBLISH", self._channel, orjson.dumps(events)))

    async def listening(self) -> None:
        """Wait until a subscriber of this bus is heard by Redis."""
        await self._listening.wait()

    async def subscribe(self) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
        """All topics' events, from when Redis has noted the subscription (`listening`). Never ends by itself: a broken
        connection is made anew, at growing intervals up to about 5 s, and then the topic `RESUMED` is heard first."""
        failures = 0
        heard_before = False
        while True:
            try:
                async for topic, event in self._hear():
                    if topic:
                        yield topic, event
                        continue
                    # Redis confirmed the subscription
                    failures = 0
                    if heard_before:
                        yield RESUMED, {}
                    heard_before = True
            except (RedisError, OSError, TimeoutError) as error:
                failures += 1
                pause = min(5.0, 0.1 * 2 ** min(failures, 6)) * random.uniform(0.5, 1.0)  # noqa: S311
                logger.warning("the event bus is away (%s); asking again in %.1f s", type(error).__name__, pause)
                await asyncio.sleep(pause)

    async def _hear(self) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
        """One connection's events; a first one with an empty topic once it listens."""
        async with self._connection.client.pubsub() as pubsub:
            try:
                async with asyncio.timeout(self._connection.timeout):
                    await pubsub.subscribe(self._channel)
                while True:
                    heard = await pubsub.get_message(timeout=5.0)
                    if heard is None:
                        continue
                    if heard["type"] == "subscribe":
                        self._listening.set()
                        yield "", {}
                    elif heard["type"] == "message":
                        try:
                            events = orjson.loads(heard["data"])
                        except orjson.JSONDecodeError:
                            logger.warning("an event is not JSON")
                            continue
                        for topic, event in events:
                            yield topic, event
            finally:
                self._listening.clear()


_ALLOW = Script("""
local interval, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
if full_at < now then full_at = now end
local wait = full_at + interval - window - now
if wait > 0 then return wait end
full_at = full_at + interval
redis.call('SET', KEYS[1], string.format('%d', full_at), 'PX', math.ceil((full_at - now) / 1000) + 1)
return 0
""")


class RedisLimits:
    """`gateway.core.ports.Limits`: a bucket of `limit` calls that fills up evenly over `per_seconds` (the generic cell
    rate algorithm, one number a key). Redis's own clock counts, and every key expires when its bucket is full again."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection

    async def allow(self, key: str, limit: int, per_seconds: float) -> float:
        """0.0 when the call may go ahead; else the seconds until it would be. Raises `StoreUnavailable`."""
        if limit < 1 or per_seconds <= 0:
            raise ValueError("a limit is at least one call in a time above zero")
        window = int(per_seconds * 1_000_000)
        wait = await self._connection.script(
            _ALLOW, [f"{self._connection.prefix}limit:{key}"], [max(1, window // limit), window]
        )
        return int(wait) / 1_000_000


_RELEASE = Script("if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0")


class RedisLocks:
    """Leases: work that one process at a time should do. A lease ends by itself, so the work must bear being done
    twice; it saves effort and is no guard of correctness."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection

    @contextlib.asynccontextmanager
    async def hold(self, name: str, seconds: float) -> AsyncIterator[bool]:
        """Whether the lease is ours, for at most `seconds`; given back at the end. Raises `StoreUnavailable`."""
        key, token = f"{self._connection.prefix}lock:{name}", secrets.token_hex(8)
        held = bool(await self._connection.execute("SET", key, token, "NX", "PX", max(1, int(seconds * 1000))))
        try:
            yield held
        finally:
            if held:
                with contextlib.suppress(StoreUnavailable):
                    await self._connection.script(_RELEASE, [key], [token])


class RedisPresence:
    """Who is at a kind of work. One that is silent for `ttl` seconds counts as gone."""

    def __init__(self, connection: RedisConnection, ttl: float = 6.0) -> None:
        self._connection = connection
        self._ttl = ttl

    async def among(self, work: str, name: str) -> list[str]:
        """Be there under this name; all names, in one order for everybody. Raises `StoreUnavailable`."""
        await self.join(work, name)
        return await self.who(work)

    async def join(self, work: str, name: str) -> None:
        """Be there under this name. Raises `StoreUnavailable`."""
        key = f"{self._connection.prefix}at-work:{work}"
        await self._connection.execute("ZADD", key, time.time(), name)
        await self._connection.execute("PEXPIRE", key, int(self._ttl * 2000))

    async def who(self, work: str) -> list[str]:
        """All names, in one order for everybody. Raises `StoreUnavailable`."""
        key = f"{self._connection.prefix}at-work:{work}"
        await self._connection.execute("ZREMRANGEBYSCORE", key, "-inf", time.time() - self._ttl)
        found = await self._connection.execute("ZRANGE", key, 0, -1)
        return sorted(one.decode() if isinstance(one, bytes) else str(one) for one in found)

    async def leave(self, work: str, name: str) -> None:
        """Be gone at once. Raises `StoreUnavailable`."""
        await self._connection.execute("ZREM", f"{self._connection.prefix}at-work:{work}", name)


class RedisValues:
    """Short-lived texts all processes share, such as a platform's access token."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection

    async def get(self, key: str) -> str | None:
        """Raises `StoreUnavailable`."""
        value = await self._connection.execute("GET", f"{self._connection.prefix}value:{key}")
        return None if value is None else value.decode()

    async def set(self, key: str, value: str, seconds: float) -> None:
        """Keep it for `seconds`. Raises `StoreUnavailable`."""
        milliseconds = max(1, int(seconds * 1000))
        await self._connection.execute("SET", f"{self._connection.prefix}value:{key}", value, "PX", milliseconds)
