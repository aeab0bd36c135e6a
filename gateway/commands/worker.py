"""`run.py worker`: the background work of a gateway without serving, for a process of its own."""

from __future__ import annotations

import asyncio
import logging
import signal

from config.settings import Settings
from gateway.app import Gateway
from gateway.core.health import StoresMissing
from gateway.serving import stores

log = logging.getLogger("hotline.worker")


def work(settings: Settings) -> int:
    """Until SIGTERM or SIGINT; the exit code."""
    with stores(settings, join=True) as urls:
        return asyncio.run(_work(settings, *urls))


async def _work(settings: Settings, mongo_url: str, redis_url: str) -> int:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    gateway = Gateway(settings, mongo_url, redis_url)
    try:
        await gateway.start()
    except StoresMissing as error:
        log.error("the stores did not answer", extra={"cause": str(error)})
        return 3
    log.info("working")
    await stop.wait()
    await gateway.close()
    return 0
