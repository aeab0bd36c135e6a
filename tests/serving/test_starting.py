"""`run.py serve` that cannot start says why in words, with the exit code an operator's unit file can tell apart."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.storage.embedded import EmbeddedStores
from tests.running import ROOT, RunningGateway
from tests.storage.wire import Wire

KEY = "k" * 32


def run(
    arguments: Sequence[str], data_dir: Path, *, pass_fds: Sequence[int] = (), **settings: str
) -> subprocess.CompletedProcess[str]:
    """`run.py` to its end, in an environment without other HOTLINE_ settings."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    environment = {**keep, "HOTLINE_DATA_DIR": str(data_dir), "HOTLINE_PORT": "0", "HOTLINE_START_TIMEOUT": "3s"}
    done = subprocess.run(
        [sys.executable, "run.py", *arguments],
        cwd=ROOT,
        env={**environment, **settings},
        pass_fds=pass_fds,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_short_key_is_refused_before_anything_starts(tmp_path: Path, workers: str) -> None:
    done = run(["serve", "--workers", workers], tmp_path / "data", HOTLINE_SECRET_KEY="short")
    assert (done.returncode, "at least 8 characters" in done.stderr) == (2, True)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_kept_key_that_is_not_whole_is_refused(tmp_path: Path, workers: str) -> None:
    (tmp_path / "secret.key").write_text("half")
    done = run(["serve", "--workers", workers], tmp_path)
    assert (done.returncode, "secret.key: no whole key" in done.stderr) == (2, True)


@pytest.mark.parametrize("workers", ["0", "-1", "two"])
def test_a_number_of_workers_below_one_is_refused(tmp_path: Path, workers: str) -> None:
    done = run(["serve", f"--workers={workers}"], tmp_path)
    assert (done.returncode, "not a number from 1 up" in done.stderr) == (2, True)


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(["serve"], tmp_path, HOTLINE_PORT=str(port))
    assert done.returncode == 3
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Address already in use" in done.stderr


def test_a_data_directory_in_use_is_told(tmp_path: Path) -> None:
    with EmbeddedStores(tmp_path):
        done = run(["serve"], tmp_path)
    assert done.returncode == 3
    assert f"in use by process {os.getpid()}. Stop it, or choose another with HOTLINE_DATA_DIR." in done.stderr


def test_a_data_directory_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(["serve"], tmp_path / "file", HOTLINE_SECRET_KEY=KEY)
    assert (done.returncode, "cannot be used" in done.stderr) == (3, True)


@pytest.mark.parametrize("command", ["serve", "worker", "indexes", "seed"])
def test_stores_that_are_away_are_told(tmp_path: Path, command: str) -> None:
    away = {
        "HOTLINE_MONGO_URL": "mongodb://127.0.0.1:1/?directConnection=true",
        "HOTLINE_REDIS_URL": "redis://127.0.0.1:1",
    }
    done = run([command], tmp_path, HOTLINE_SECRET_KEY=KEY, HOTLINE_START_TIMEOUT="1s", **away)
    assert done.returncode == 3
    assert "the stores did not answer" in done.stderr.lower()


def _no_reading(command: str, reply: dict[str, Any]) -> None:
    """As a server answers a user who may not read this database; it still answers a ping."""
    if command == "find":
        reply.clear()
        reply.update(ok=0.0, code=13, codeName="Unauthorized", errmsg="not authorized")


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize("command", [["serve"], ["worker"], ["serve", "--on"]], ids=" ".join)
async def test_stores_that_answer_and_then_refuse_are_told(
    tmp_path: Path, mongo_url: str, redis_url: str, command: list[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        if command[-1] == "--on":
            command = [*command, str(listening.fileno())]
        async with Wire(mongo_url) as wire:
            wire.change = _no_reading
            urls = {"HOTLINE_MONGO_URL": wire.url, "HOTLINE_REDIS_URL": redis_url}
            done = await asyncio.to_thread(
                run,
                command,
                tmp_path,
                pass_fds=[listening.fileno()],
                HOTLINE_MONGO_DATABASE=f"test_{secrets.token_hex(6)}",
                HOTLINE_SECRET_KEY=KEY,
                **urls,
            )
    assert done.returncode == 3
    assert "the stores did not answer" in done.stderr
    assert "not authorized" in done.stderr


@pytest.mark.parametrize("workers", [1, 2])
def test_a_connection_that_stays_open_does_not_keep_the_gateway_from_ending(tmp_path: Path, workers: int) -> None:
    gateway = RunningGateway(tmp_path / "data", workers=workers)
    gateway.start()
    with socket.create_connection(("127.0.0.1", gateway.port)) as held:
        held.sendall(b"POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
        assert urllib.request.urlopen(f"{gateway.url}/healthz", timeout=5).status == 200
        assert gateway.stop() == 0
    assert "Traceback" not in gateway.log()
    assert not (tmp_path / "data" / "stores.json").exists()


def test_the_stores_may_be_gone_when_the_gateway_ends(tmp_path: Path) -> None:
    with EmbeddedStores(tmp_path / "stores") as servers:
        urls = {"HOTLINE_MONGO_URL": servers.mongo_url, "HOTLINE_REDIS_URL": servers.redis_url}
        gateway = RunningGateway(tmp_path / "data", {**urls, "HOTLINE_SECRET_KEY": KEY})
        gateway.start()
        servers.kill("mongo")
        servers.kill("redis")
        assert gateway.stop() == 0
    assert "Traceback" not in gateway.log()


_AT = """
import os, runpy, signal, sys
number, file, name = int(sys.argv[1]), sys.argv[2], sys.argv[3]
def look(frame, event, _):
    code = frame.f_code
    if event == "call" and code.co_name == name and code.co_filename.endswith(file):
        sys.setprofile(None)
        os.kill(os.getpid(), number)
sys.setprofile(look)
sys.argv = ["run.py"]
runpy.run_path("run.py", run_name="__main__")
"""


@contextlib.contextmanager
def starting(data_dir: Path, program: Sequence[str] = ("run.py",)) -> Iterator[subprocess.Popen[str]]:
    """`run.py` in a process group of its own, of which nothing is left behind."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    settings = {"HOTLINE_DATA_DIR": str(data_dir), "HOTLINE_PORT": "0"}
    with subprocess.Popen(
        [sys.executable, *program],
        cwd=ROOT,
        env={**keep, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


ENDS = pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)], ids=["INT", "TERM"])


@ENDS
def test_a_signal_at_the_start_is_no_traceback(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with starting(tmp_path) as process:
        while not (tmp_path / "lock").exists():
            assert process.poll() is None
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("file", "name", "number", "code"),
    [
        ("gateway/configured.py", "<module>", signal.SIGINT, 130),
        # Python drops what is raised in a finalizer
        ("redis/client.py", "__del__", signal.SIGINT, 130),
        ("redis/client.py", "__del__", signal.SIGTERM, 0),
        # an interrupt here came out as another error
        ("threading.py", "_acquire_restore", signal.SIGINT, 130),
        ("gateway/demo.py", "_answers", signal.SIGINT, 130),
        ("gateway/preparing.py", "_first_administrator", signal.SIGINT, 130),
        ("gateway/preparing.py", "_first_administrator", signal.SIGTERM, 0),
    ],
)
def test_a_signal_is_heard_wherever_the_start_is(
    tmp_path: Path, file: str, name: str, number: signal.Signals, code: int
) -> None:
    with starting(tmp_path, ["-c", _AT, str(int(number)), file, name]) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert not any(word in said for word in ("Traceback", "ignored", '"serving"')), said
    assert not (tmp_path / "stores.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_gateway_starts_is_heard_when_it_has_started(tmp_path: Path, number: signal.Signals) -> None:
    with starting(tmp_path, ["-c", _AT, str(int(number)), "gateway/app.py", "start"]) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "stopping" in said
    assert "Traceback" not in said
