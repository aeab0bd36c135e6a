"""`run.py worker`: the background work of a gateway without serving, for a process of its own."""

from __future__ import annotations

import asyncio
import logging

from config.settings import Settings
from gateway.ending import Ending
from gateway.serving import CANNOT, gateways_stores, on_a_fast_loop, started

log = logging.getLogger("hotline.worker")


def work(settings: Settings, ending: Ending) -> int:
    """Until an end is asked for; the exit code. Raises `EmbeddedStoreError`, and what `Ending.check` does."""
    urls = gateways_stores(settings, ending)
    return on_a_fast_loop(lambda stop: _work(settings, *urls, stop), ending)


async def _work(settings: Settings, mongo_url: str, redis_url: str, stop: asyncio.Event) -> int:
    async with started(settings, mongo_url, redis_url) as gateway:
        if gateway is None:
            return CANNOT
        log.info("working")
        await stop.wait()
        await gateway.close()
    return 0
