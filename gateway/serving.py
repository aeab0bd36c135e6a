"""Running the gateway: the embedded stores, one or several processes on one port, an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvloop
from tornado.netutil import bind_sockets

from config.settings import Settings
from gateway.app import Gateway
from gateway.core.health import StoresMissing
from gateway.preparing import prepare
from gateway.storage import child
from gateway.storage.embedded import EmbeddedStoreError, EmbeddedStores
from gateway.storage.selfcheck import UnfitStore

log = logging.getLogger("hotline.serve")

ENTRY = Path(__file__).resolve().parent.parent / "run.py"
_STOP_WITHIN = 15.0


@contextmanager
def stores(settings: Settings, *, join: bool = False) -> Iterator[tuple[str, str]]:
    """The two URLs; servers of our own for those that are not set, kept until the end of the block.

    join: when another process runs the embedded servers of this data directory, use them.
    Raises `EmbeddedStoreError`.
    """
    given = settings.mongo_url.get_secret_value(), settings.redis_url.get_secret_value()
    if all(given):
        yield given
        return
    card = settings.data_dir / "stores.json"
    embedded = EmbeddedStores(settings.data_dir)
    try:
        urls = embedded.start()
    except EmbeddedStoreError:
        if not join or not card.exists():
            raise
        urls = tuple(json.loads(card.read_text()))
        yield given[0] or urls[0], given[1] or urls[1]
        return
    try:
        card.write_text(json.dumps(urls))
        card.chmod(0o600)
        yield given[0] or urls[0], given[1] or urls[1]
    finally:
        card.unlink(missing_ok=True)
        embedded.stop()


def serve(settings: Settings, workers: int = 1) -> int:
    """Serve until SIGTERM or SIGINT; the exit code. Several workers share one listening socket."""
    _allow_open_files()
    sockets = bind_sockets(settings.port, settings.host)
    host, port = sockets[0].getsockname()[:2]
    with stores(settings) as (mongo_url, redis_url):
        try:
            asyncio.run(prepare(settings, mongo_url, redis_url))
        except StoresMissing as error:
            log.error("the stores did not answer", extra={"cause": str(error)})
            return 3
        except UnfitStore as error:
            log.error("this database cannot be used", extra={"cause": str(error)})
            return 3
        log.info("open the chat page in a browser", extra={"url": f"http://{host}:{port}/", "workers": workers})
        if workers == 1:
            return run_serving(settings, mongo_url, redis_url, sockets)
        return _supervise(settings, mongo_url, redis_url, sockets, workers)


def run_serving(settings: Settings, mongo_url: str, redis_url: str, sockets: Sequence[socket.socket]) -> int:
    """`serve_on` on a fast event loop; the exit code."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(serve_on(settings, mongo_url, redis_url, sockets))


async def serve_on(settings: Settings, mongo_url: str, redis_url: str, sockets: Sequence[socket.socket]) -> int:
    """One gateway process on sockets that listen already."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    gateway = Gateway(settings, mongo_url, redis_url)
    try:
        await gateway.start()
    except StoresMissing as error:
        log.error("the stores did not answer", extra={"cause": str(error)})
        return 3
    _spare_the_collector()
    server = gateway.server()
    server.add_sockets(sockets)
    log.info("serving", extra={"pid": os.getpid()})
    await stop.wait()
    log.info("stopping", extra={"pid": os.getpid()})
    server.stop()
    await gateway.close()
    await asyncio.wait_for(server.close_all_connections(), 5.0)
    return 0


def _supervise(
    settings: Settings, mongo_url: str, redis_url: str, sockets: Sequence[socket.socket], workers: int
) -> int:
    """Run `workers` processes on the same sockets; start one again that ends, the sooner it ended the later."""
    descriptors = [one.fileno() for one in sockets]
    environment = {
        **os.environ,
        "HOTLINE_MONGO_URL": mongo_url,
        "HOTLINE_REDIS_URL": redis_url,
        "HOTLINE_SECRET_KEY": settings.signing_key().decode(),
        "HOTLINE_DEMO": "true" if settings.demo_mode else "false",
        "HOTLINE_DATA_DIR": str(settings.data_dir),
    }
    # a worker that outlived us would keep the port, and the stores it needs end with us
    command = [sys.executable, child.__file__, str(os.getpid()), sys.executable, str(ENTRY)]
    command += ["serve", "--on", ",".join(map(str, descriptors))]
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=environment, pass_fds=descriptors)  # noqa: S603 - our own entry

    running = {start(): time.monotonic() for _ in range(workers)}
    owed: list[float] = []
    while not stopping:
        time.sleep(0.2)
        for process, since in list(running.items()):
            if process.poll() is not None:
                del running[process]
                lived = time.monotonic() - since
                pause = 0.0 if lived > 10 else 2.0
                log.error("a gateway process ended; starting another", extra={"exit": process.returncode})
                owed.append(time.monotonic() + pause)
        for due in [due for due in owed if due <= time.monotonic()]:
            owed.remove(due)
            running[start()] = time.monotonic()
    for process in running:
        process.terminate()
    deadline = time.monotonic() + _STOP_WITHIN
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
    return 0


def _spare_the_collector() -> None:
    """What is loaded by now (modules, the knowledge base) lives as long as the process; looking through it again and
    again took a quarter of a turn's time. What a turn makes is freed by reference counting, nearly all of it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def _allow_open_files() -> None:
    """Every open socket is a file; take as many as the system grants."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def inherited(descriptors: str) -> list[socket.socket]:
    """The listening sockets a supervisor passed down."""
    return [socket.socket(fileno=int(number)) for number in descriptors.split(",")]
