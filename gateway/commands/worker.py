"""`run.py worker`: the background work of a gateway without serving, for a process of its own."""

from __future__ import annotations

import logging

from config.settings import Settings
from gateway.serving import CANNOT, gateways_stores, on_a_fast_loop, started

log = logging.getLogger("hotline.worker")


def work(settings: Settings) -> int:
    """Until SIGTERM or SIGINT; the exit code. Raises `EmbeddedStoreError`."""
    return on_a_fast_loop(_work(settings, *gateways_stores(settings)))


async def _work(settings: Settings, mongo_url: str, redis_url: str) -> int:
    async with started(settings, mongo_url, redis_url) as (gateway, stop):
        if gateway is None:
            return CANNOT
        log.info("working")
        await stop.wait()
        await gateway.close()
    return 0
