"""The embedded servers: started, stopped, killed and found again; data kept; nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from gateway.core.ports import StoreUnavailable
from gateway.storage.embedded import EmbeddedStoreError, EmbeddedStores
from gateway.storage.mongo import MongoStore
from gateway.storage.redis import RedisConnection

ROOT = Path(__file__).resolve().parents[2]

# starts the servers, says where they are, and waits to be killed
PARENT = """
import sys, time
from gateway.storage.embedded import EmbeddedStores
stores = EmbeddedStores(sys.argv[1])
print(*stores.start(), stores.pid("mongo"), stores.pid("redis"), flush=True)
time.sleep(600)
"""


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _wait_for(condition: Any, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.gen_test(timeout=60)
async def test_data_is_kept_from_run_to_run(tmp_path: Path) -> None:
    document = {"_id": "a", "version": 1, "text": "一线"}
    for run in range(2):
        with EmbeddedStores(tmp_path) as servers:
            store, redis = MongoStore(servers.mongo_url, "kept"), RedisConnection(servers.redis_url, "kept:")
            assert await store.insert("things", document) == (run == 0)
            assert await store.get("things", "a") == document
            assert await redis.execute("INCR", "kept:runs") == run + 1
            await store.close()
            await redis.close()
            pids = [servers.pid("mongo"), servers.pid("redis")]
        assert not any(pid and _alive(pid) for pid in pids)


def test_a_second_run_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with EmbeddedStores(tmp_path) as servers:
        with pytest.raises(EmbeddedStoreError, match=rf"in use by process {os.getpid()}"):
            EmbeddedStores(tmp_path).start()
        with pytest.raises(EmbeddedStoreError, match="running already"):
            servers.start()
    with EmbeddedStores(tmp_path):
        pass


def test_a_deep_data_directory_is_no_obstacle(tmp_path: Path) -> None:
    with EmbeddedStores(tmp_path / ("deep" * 20) / ("数据 dir" * 5)) as servers:
        assert servers.pid("redis") is not None


def test_the_servers_end_with_a_killed_parent_and_the_next_start_works(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        *_, mongo, redis = parent.stdout.readline().split()
        assert _alive(int(mongo))
        assert _alive(int(redis))
        parent.send_signal(signal.SIGKILL)
    _wait_for(lambda: not _alive(int(mongo)) and not _alive(int(redis)))
    with EmbeddedStores(tmp_path):
        pass


@pytest.mark.parametrize("folder", ["near", "deep" * 30])
def test_the_servers_are_where_a_killed_run_had_them(tmp_path: Path, folder: str) -> None:
    """Workers that used them find them again."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        mongo_url, redis_url, *_ = parent.stdout.readline().split()
        parent.send_signal(signal.SIGKILL)
    with EmbeddedStores(tmp_path / folder) as servers:
        assert (servers.mongo_url, servers.redis_url) == (mongo_url, redis_url)


def test_a_port_that_a_stranger_took_meanwhile_is_his(tmp_path: Path) -> None:
    with EmbeddedStores(tmp_path) as servers:
        before = servers.mongo_url
    port = int((tmp_path / "mongo" / "port").read_text())
    with socket.create_server(("127.0.0.1", port)), EmbeddedStores(tmp_path) as servers:
        assert servers.mongo_url != before


@pytest.mark.parametrize("what", ["open to others", "a link"])
def test_a_socket_directory_that_is_not_ours_alone_is_not_used(tmp_path: Path, what: str) -> None:
    data = tmp_path / ("deep" * 30)
    with EmbeddedStores(data) as servers:
        place = Path(unquote(servers.redis_url.removeprefix("unix://"))).parent
    if what == "a link":
        place.symlink_to(tmp_path)
    else:
        place.mkdir()
        place.chmod(0o777)
    try:
        with EmbeddedStores(data) as servers:
            assert str(place) not in servers.redis_url
    finally:
        place.unlink() if what == "a link" else place.rmdir()


def test_a_forked_worker_that_ends_leaves_the_servers_running(tmp_path: Path) -> None:
    program = """
import os, sys
from gateway.storage.embedded import EmbeddedStores
stores = EmbeddedStores(sys.argv[1])
stores.start()
if os.fork() == 0:
    sys.exit(0)
os.wait()
for server in stores._servers.values():
    assert server.process.poll() is None
    server.ping()
stores.stop()
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, check=True, timeout=60)


def test_a_server_left_behind_is_stopped_first(tmp_path: Path) -> None:
    with EmbeddedStores(tmp_path) as servers:
        command = servers._servers["redis"].command
    left = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    (tmp_path / "redis" / "server.pid").write_text(str(left.pid))
    # a pid file that names a stranger harms nobody
    (tmp_path / "mongo" / "server.pid").write_text(str(os.getpid()))
    (tmp_path / "mongo" / "engine.pid").write_text(str(os.getpid()))
    with EmbeddedStores(tmp_path) as servers:
        assert left.wait(10) is not None
        assert servers.pid("redis") != left.pid


def test_a_server_that_ends_by_itself_is_started_again(tmp_path: Path) -> None:
    with EmbeddedStores(tmp_path) as servers:
        before = servers.pid("redis")
        assert before is not None
        os.kill(before, signal.SIGKILL)
        _wait_for(lambda: servers.pid("redis") not in {None, before})
        servers.restart("redis")


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    # nx cannot open a database where a folder is in the way
    (tmp_path / "mongo" / "admin.db").mkdir(parents=True)
    with pytest.raises(EmbeddedStoreError, match=r"mongo server ended.*server\.log"):
        EmbeddedStores(tmp_path).start()
    (tmp_path / "mongo" / "admin.db").rmdir()
    with EmbeddedStores(tmp_path):
        pass


@pytest.mark.gen_test(timeout=90)
async def test_every_acknowledged_write_survives_a_kill(own_embedded: EmbeddedStores) -> None:
    store = MongoStore(own_embedded.mongo_url, "durable", timeout=3)
    inserted: set[str] = set()
    versions: dict[str, int] = {}
    unsure = 0
    stop = asyncio.Event()
    for n in range(20):
        await store.insert("moving", {"_id": f"m{n}", "version": 1})

    async def insert(worker: int) -> None:
        nonlocal unsure
        number = 0
        while not stop.is_set():
            number += 1
            id = f"{worker}-{number}"
            try:
                assert await store.insert("things", {"_id": id, "version": 1, "text": "请问社保卡丢了怎么办" * 5})
                inserted.add(id)
            except StoreUnavailable:
                unsure += 1
                await asyncio.sleep(0.05)

    async def replace(n: int) -> None:
        document = {"_id": f"m{n}", "version": 1}
        while not stop.is_set():
            try:
                assert await store.replace("moving", document)
                versions[f"m{n}"] = document["version"]
            except StoreUnavailable:
                await asyncio.sleep(0.05)
                current = await _again(store, f"m{n}")
                assert current["version"] in {document["version"], document["version"] + 1}
                document = current

    workers = [asyncio.ensure_future(insert(worker)) for worker in range(20)]
    workers += [asyncio.ensure_future(replace(n)) for n in range(20)]
    for _ in range(3):
        await asyncio.sleep(0.6)
        await asyncio.to_thread(own_embedded.kill, "mongo")
        await asyncio.sleep(0.2)
        await asyncio.to_thread(own_embedded.restart, "mongo")
    await asyncio.sleep(0.5)
    stop.set()
    await asyncio.gather(*workers)

    assert len(inserted) > 300
    ids = sorted(inserted)
    found = 0
    for start in range(0, len(ids), 1000):
        found += len(await store.get_many("things", ids[start : start + 1000]))
    assert found == len(ids)
    for id, version in versions.items():
        kept = await store.get("moving", id)
        assert kept is not None
        assert kept["version"] == version
    await store.close()


async def _again(store: MongoStore, id: str) -> dict[str, Any]:
    while True:
        try:
            document = await store.get("moving", id)
        except StoreUnavailable:
            continue
        assert document is not None
        return document


@pytest.mark.gen_test(timeout=60)
async def test_a_store_that_is_away_is_said_so_in_time_and_comes_back(own_embedded: EmbeddedStores) -> None:
    store = MongoStore(own_embedded.mongo_url, "away", timeout=0.5)
    assert await store.insert("things", {"_id": "a", "version": 1})
    own_embedded.kill("mongo")
    calls: list[Any] = [
        store.insert("things", {"_id": "b", "version": 1}),
        store.replace("things", {"_id": "a", "version": 1}),
        store.get("things", "a"),
        store.get_many("things", ["a", "b"]),
        store.find("things", {}),
        store.increment("counters", "c", "n"),
        store.delete("things", ["a"]),
        store.put_blob("f", b"x", "text/plain", {}),
        store.get_blob("507f1f77bcf86cd799439011"),
        store.ping(),
    ]
    began = time.monotonic()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * len(calls)
    assert time.monotonic() - began < 2.5
    await asyncio.to_thread(own_embedded.restart, "mongo")
    deadline = time.monotonic() + 5
    while True:
        try:
            await store.ping()
            break
        except StoreUnavailable:
            assert time.monotonic() < deadline
    assert await store.get("things", "a") == {"_id": "a", "version": 1}
    await store.close()


@pytest.mark.gen_test(timeout=60)
async def test_a_store_that_hangs_is_given_up_in_time(own_embedded: EmbeddedStores) -> None:
    store = MongoStore(own_embedded.mongo_url, "hangs", timeout=0.5)
    await store.insert("things", {"_id": "a", "version": 1})
    pid = own_embedded.pid("mongo")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        calls: list[Any] = [store.insert("things", {"_id": str(n), "version": 1}) for n in range(250)]
        calls += [store.increment("counters", str(n), "value") for n in range(50)]
        outcomes = await asyncio.gather(*calls, store.find("things", {}), store.ping(), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
        assert time.monotonic() - began < 2.5
    finally:
        os.kill(pid, signal.SIGCONT)
    await asyncio.sleep(1)
    assert await store.get("things", "a") == {"_id": "a", "version": 1}
    await store.close()


@pytest.mark.gen_test(timeout=60)
async def test_a_full_queue_is_said_at_once(own_embedded: EmbeddedStores) -> None:
    store = MongoStore(own_embedded.mongo_url, "full", timeout=1, max_batch=10, max_queue=50)
    await store.insert("things", {"_id": "a", "version": 1})
    pid = own_embedded.pid("mongo")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        writes = [asyncio.ensure_future(store.insert("things", {"_id": str(n), "version": 1})) for n in range(100)]
        await asyncio.sleep(0.1)
        refused = [write for write in writes if write.done()]
        assert 40 <= len(refused) <= 60
        with pytest.raises(StoreUnavailable, match="does not keep up"):
            refused[0].result()
    finally:
        os.kill(pid, signal.SIGCONT)
    await asyncio.gather(*writes, return_exceptions=True)
    await store.close()
