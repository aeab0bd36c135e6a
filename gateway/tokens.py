"""One access token for all processes of an account, kept in Redis and fetched by one of them at a time."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime

from channels.contract import TemporaryChannelError
from channels.wechat.client import Token, WeChatClient
from gateway.core import channel_health
from gateway.core.ports import StoreUnavailable
from gateway.storage.redis import RedisConnection, RedisLocks, RedisValues

_HELD = 15.0  # seconds after which a holder that died is no longer waited for; longer than a call to the platform
_POLL = 0.05


class SharedTokens:
    """Implements `channels.wechat.client.TokenStore`. account: whose token. Raises `TemporaryChannelError` when Redis
    is away: without it nobody knows which token is the newest, and asking for another would spoil it."""

    def __init__(self, redis: RedisConnection, account: str) -> None:
        self._values = RedisValues(redis)
        self._locks = RedisLocks(redis)
        self._key = f"wechat-token:{account}"

    async def get(self) -> Token | None:
        try:
            kept = await self._values.get(self._key)
        except StoreUnavailable as error:
            raise _away(error) from error
        return Token(**json.loads(kept)) if kept else None

    async def put(self, token: Token) -> None:
        try:
            await self._values.set(self._key, json.dumps(asdict(token)), max(1.0, token.expires_at - time.time()))
        except StoreUnavailable as error:
            raise _away(error) from error

    def lock(self) -> AbstractAsyncContextManager[object]:
        return self._lock()

    @asynccontextmanager
    async def _lock(self) -> AsyncIterator[None]:
        deadline = asyncio.get_running_loop().time() + _HELD
        try:
            while True:
                async with self._locks.hold(self._key, _HELD) as held:
                    if held:
                        yield
                        return
                if asyncio.get_running_loop().time() > deadline:
                    raise TemporaryChannelError("another process is fetching the access token", code="token_busy")
                await asyncio.sleep(_POLL)
        except StoreUnavailable as error:
            raise _away(error) from error


class WeChatAccount:
    """Implements `gateway.core.channel_health.Account` for one official account."""

    def __init__(self, tokens: SharedTokens, client: WeChatClient) -> None:
        self._tokens = tokens
        self._client = client

    async def token(self) -> channel_health.Token | None:
        token = await self._tokens.get()
        if token is None:
            return None
        since = datetime.fromtimestamp(token.asked_at, UTC) if token.asked_at else None
        return channel_health.Token(since, datetime.fromtimestamp(token.expires_at, UTC))

    async def quota(self) -> channel_health.Quota | None:
        said = await self._client.quota()
        return channel_health.Quota(*said) if said is not None else None


def _away(error: StoreUnavailable) -> TemporaryChannelError:
    return TemporaryChannelError(f"the shared access token cannot be read: {error}", code="store_unavailable")
