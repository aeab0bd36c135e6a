"""Running the gateway: the embedded stores, one or several processes on one port, an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from tornado.netutil import bind_sockets

from config.settings import Settings
from gateway import demo
from gateway.app import Gateway
from gateway.core.health import StoresMissing
from gateway.core.ports import StoreUnavailable
from gateway.ending import Ending
from gateway.preparing import prepare
from gateway.storage import child
from gateway.storage.embedded import DataDirectoryInUse, EmbeddedStoreError, EmbeddedStores
from gateway.storage.selfcheck import UnfitStore

log = logging.getLogger("hotline.serve")

ENTRY = Path(__file__).resolve().parent.parent / "run.py"
CANNOT = 3  # the exit code for what the machine does not grant: the address, the stores
QUICK = 10.0  # seconds
GIVE_UP_AFTER = 6
_STOP_WITHIN = 15.0


@contextmanager
def stores(
    settings: Settings, *, join: bool = False, check: Callable[[], None] = lambda: None
) -> Iterator[tuple[str, str]]:
    """(mongo_url, redis_url). When one of them is not set, embedded servers are started and kept until the end of the
    block.

    join: when another process runs the embedded servers of this data directory, or is about to, use them. check: asked
    again and again while our own start; what it raises ends that.
    Raises `EmbeddedStoreError`.
    """
    given = settings.mongo_url.get_secret_value(), settings.redis_url.get_secret_value()
    if all(given):
        yield given
        return
    embedded = EmbeddedStores(settings.data_dir)
    urls = _started_or_joined(embedded, settings.start_timeout) if join else embedded.start(check=check)
    try:
        yield given[0] or urls[0], given[1] or urls[1]
    finally:
        embedded.stop()  # nothing, when they are another's


def gateways_stores(settings: Settings, ending: Ending) -> tuple[str, str]:
    """(mongo_url, redis_url) of the gateway beside us. Embedded servers are its own: who took them in its place would
    keep it from starting again, and would take them along when it ends. Waits for a gateway that is starting.

    Raises `EmbeddedStoreError` when none has been started for this data directory.
    """
    given = settings.mongo_url.get_secret_value(), settings.redis_url.get_secret_value()
    if all(given):
        return given
    embedded = EmbeddedStores(settings.data_dir)
    deadline = time.monotonic() + settings.start_timeout
    # what a killed gateway left written down holds when it is back
    while (urls := embedded.running_elsewhere()) is None:
        ending.check()
        if time.monotonic() > deadline:
            raise EmbeddedStoreError(
                f"No gateway runs on the data directory {settings.data_dir}. Start one with `run.py serve`, or set "
                "HOTLINE_MONGO_URL and HOTLINE_REDIS_URL."
            )
        time.sleep(0.1)
    return given[0] or urls[0], given[1] or urls[1]


def _started_or_joined(embedded: EmbeddedStores, within: float) -> tuple[str, str]:
    deadline = time.monotonic() + within
    while True:
        try:
            return embedded.start()
        except DataDirectoryInUse:
            if urls := embedded.running_elsewhere():
                return urls
            if time.monotonic() > deadline:
                raise
        # its servers are starting or ending
        time.sleep(0.1)


def serve(settings: Settings, workers: int, ending: Ending) -> int:
    """Serve until an end is asked for; the exit code. Several workers share one listening socket.

    0 after an orderly end, 1 when the workers keep ending, 3 when the address or the stores cannot be had.
    Raises `SettingsError` for a key that is not whole, `EmbeddedStoreError`, and what `Ending.check` does when the end
    is asked for before a gateway starts."""
    ending.check()
    _allow_open_files()
    settings.signing_key()
    try:
        sockets = bind_sockets(settings.port, settings.host)
    except OSError as error:
        log.error(
            "cannot listen here; choose another with HOTLINE_HOST and HOTLINE_PORT, or end what listens already",
            extra={"address": f"{settings.host}:{settings.port}", "cause": str(error)},
        )
        return CANNOT
    host, port = sockets[0].getsockname()[:2]
    with (
        stores(settings, check=ending.check) as (mongo_url, redis_url),
        demo.platforms(settings, port, ending) as served,
    ):
        try:
            ending.run(prepare(served, mongo_url, redis_url))
        except (StoresMissing, StoreUnavailable) as error:
            log.error("the stores did not answer", extra={"cause": str(error)})
            return CANNOT
        except UnfitStore as error:
            log.error("this database cannot be used", extra={"cause": str(error)})
            return CANNOT
        log.info("open the chat page in a browser", extra={"url": f"http://{host}:{port}/", "workers": workers})
        if served.simulator_url:
            log.info("or try WeChat and SMS on two phones", extra={"url": f"http://{host}:{port}/simulator"})
        if workers == 1:
            return run_serving(served, mongo_url, redis_url, sockets, ending)
        return _serve_with_workers(served, mongo_url, redis_url, sockets, workers=workers, ending=ending)


def run_serving(
    settings: Settings, mongo_url: str, redis_url: str, sockets: Sequence[socket.socket], ending: Ending
) -> int:
    """One gateway process on sockets that listen already; the exit code, 0 or 3."""
    return on_a_fast_loop(lambda stop: _serve_on(settings, mongo_url, redis_url, sockets, stop), ending)


def on_a_fast_loop(work: Callable[[asyncio.Event], Coroutine[Any, Any, int]], ending: Ending) -> int:
    """The whole work of a process, which is to end when the event is set; the exit code. A signal while it starts is
    heard when it has started."""
    ending.check()
    loop, stop = uvloop.new_event_loop(), asyncio.Event()

    def hear() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)

    with ending.heard_by(hear), asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(work(stop))


async def _serve_on(
    settings: Settings, mongo_url: str, redis_url: str, sockets: Sequence[socket.socket], stop: asyncio.Event
) -> int:
    async with started(settings, mongo_url, redis_url) as gateway:
        if gateway is None:
            return CANNOT
        server = gateway.server()
        server.add_sockets(sockets)
        log.info("serving", extra={"pid": os.getpid()})
        await stop.wait()
        log.info("stopping", extra={"pid": os.getpid()})
        server.stop()
        await gateway.close()
        # a connection that does not close ends with the process
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.close_all_connections(), 5.0)
    return 0


@asynccontextmanager
async def started(settings: Settings, mongo_url: str, redis_url: str) -> AsyncIterator[Gateway | None]:
    """A gateway at work, which the caller closes; none, and the reason in the log, when the stores did not answer."""
    gateway = Gateway(settings, mongo_url, redis_url)
    try:
        await gateway.start()
    except (StoresMissing, StoreUnavailable) as error:
        log.error("the stores did not answer", extra={"cause": str(error)})
        await gateway.close()
        yield None
        return
    _spare_the_collector()
    yield gateway


def _serve_with_workers(
    settings: Settings,
    mongo_url: str,
    redis_url: str,
    sockets: Sequence[socket.socket],
    *,
    workers: int,
    ending: Ending,
) -> int:
    descriptors = [one.fileno() for one in sockets]
    environment = {
        **os.environ,
        "HOTLINE_MONGO_URL": mongo_url,
        "HOTLINE_REDIS_URL": redis_url,
        "HOTLINE_SECRET_KEY": settings.signing_key().decode(),
        "HOTLINE_DEMO": "true" if settings.demo_mode else "false",
        "HOTLINE_DATA_DIR": str(settings.data_dir),
        **demo.as_environment(settings),
    }
    # a worker that outlived us would keep the port, and the stores it needs end with us
    command = [sys.executable, child.__file__, str(os.getpid()), sys.executable, str(ENTRY)]
    command += ["serve", "--on", ",".join(map(str, descriptors))]
    return supervise(command, workers, ending, environment=environment, descriptors=descriptors)


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    due: float = 0.0
    quick_ends: int = 0  # in a row


def supervise(
    command: Sequence[str],
    workers: int,
    ending: Ending,
    *,
    environment: Mapping[str, str] | None = None,
    descriptors: Sequence[int] = (),
    pause: float = 1.0,
) -> int:
    """Run `command` in `workers` processes until an end is asked for; the exit code.

    A process that ends is replaced: at once when it has lived for `QUICK` seconds, else after `pause` seconds, doubled
    each time. It stops all when one ends with 2 or 3 (wrong settings, no stores: another would fare no better), whose
    code it returns, or when one has ended quickly `GIVE_UP_AFTER` times in a row, with 1."""
    running = [_Worker() for _ in range(workers)]
    stopping = False

    def stop() -> None:
        nonlocal stopping
        stopping = True

    def look_after(worker: _Worker) -> int | None:
        now = time.monotonic()
        if worker.process is None:
            if now >= worker.due:
                worker.process = subprocess.Popen(command, env=environment, pass_fds=descriptors)  # noqa: S603 - our own
                worker.since = now
            return None
        code = worker.process.poll()
        if code is None:
            return None
        worker.process = None
        worker.quick_ends = worker.quick_ends + 1 if now - worker.since < QUICK else 0
        if code in {2, CANNOT}:
            log.error("a gateway process cannot work, for the reason it gave; stopping all", extra={"exit": code})
            return code
        if worker.quick_ends >= GIVE_UP_AFTER:
            log.error("a gateway process keeps ending; giving up", extra={"exit": code, "times": worker.quick_ends})
            return 1
        wait = pause * 2 ** (worker.quick_ends - 1) if worker.quick_ends else 0.0
        worker.due = now + wait
        log.error("a gateway process ended; starting another", extra={"exit": code, "in_seconds": wait})
        return None

    with ending.heard_by(stop):
        try:
            while not stopping:
                for worker in running:
                    code = look_after(worker)
                    if code is not None:
                        return code
                time.sleep(0.1)
            return 0
        finally:
            _end([worker.process for worker in running if worker.process is not None])


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + _STOP_WITHIN
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


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
