"""The supervisor of several gateway processes: it replaces what ends, and knows when that is of no use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway import serving
from gateway.ending import Ending
from gateway.serving import supervise
from gateway.storage import child


def _program(body: str, folder: Path) -> list[str]:
    """Leaves a file named by its process id in the folder, then does what the body says."""
    start = f"import os, sys, time; open(os.path.join({str(folder)!r}, str(os.getpid())), 'w').close(); "
    return [sys.executable, "-S", "-c", start + body]


def _soon(act: Callable[[], object], when: Callable[[], bool]) -> threading.Thread:
    def wait() -> None:
        deadline = time.monotonic() + 20
        while not when() and time.monotonic() < deadline:
            time.sleep(0.02)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("code", [2, 3])
def test_a_worker_that_says_it_cannot_work_ends_all(
    tmp_path: Path, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    # the first to start waits, the second ends with the code
    body = f"first = len(os.listdir({str(tmp_path)!r})) == 1; time.sleep(60 if first else 0.3); sys.exit({code})"
    began = time.monotonic()
    with Ending() as ending:
        assert supervise(_program(body, tmp_path), 2, ending) == code
    assert time.monotonic() - began < 10
    pids = [int(path.name) for path in tmp_path.iterdir()]
    assert len(pids) == 2
    assert not any(map(_alive, pids))
    assert "for the reason it gave" in caplog.text


def test_workers_that_keep_ending_are_given_up_after_growing_pauses(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    began = time.monotonic()
    with Ending() as ending:
        assert supervise(_program("sys.exit(1)", tmp_path), 1, ending, pause=0.05) == 1
    assert len(list(tmp_path.iterdir())) == serving.GIVE_UP_AFTER
    assert time.monotonic() - began > 0.05 * (2 ** (serving.GIVE_UP_AFTER - 1) - 1)
    waits = [record.in_seconds for record in caplog.records if hasattr(record, "in_seconds")]
    assert waits == [0.05 * 2**n for n in range(serving.GIVE_UP_AFTER - 1)]
    assert "giving up" in caplog.text


def test_one_that_has_worked_is_replaced_at_once_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "QUICK", 0.0)  # every life is long enough
    enough = serving.GIVE_UP_AFTER + 3
    me = os.getpid()
    waiting = _soon(lambda: os.kill(me, signal.SIGTERM), lambda: len(list(tmp_path.iterdir())) >= enough)
    with Ending() as ending:
        assert supervise(_program("sys.exit(1)", tmp_path), 1, ending, pause=60) == 0
    waiting.join()
    assert len(list(tmp_path.iterdir())) >= enough


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_workers_in_order(tmp_path: Path, name: signal.Signals) -> None:
    before = signal.getsignal(name)
    me = os.getpid()
    waiting = _soon(lambda: os.kill(me, name), lambda: len(list(tmp_path.iterdir())) == 3)
    with Ending() as ending:
        assert supervise(_program("time.sleep(60)", tmp_path), 3, ending) == 0
    waiting.join()
    assert not any(_alive(int(path.name)) for path in tmp_path.iterdir())
    assert signal.getsignal(name) == before


def test_an_interrupt_typed_while_a_child_is_loading_is_its_parents(capfd: pytest.CaptureFixture[str]) -> None:
    loading = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('goes on')"
    command = [sys.executable, child.__file__, str(os.getpid()), sys.executable, "-c", loading]
    assert subprocess.run(command, check=False).returncode == 0
    assert capfd.readouterr() == ("goes on\n", "")
