"""`run.py COMMAND` as an operator types it: beside a running gateway, without one, and after one was killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.tickets.workdays import Calendar
from gateway.storage.embedded import EmbeddedStores
from tests.running import ROOT, RunningGateway

GOOD = "编号,问题,相似问题,答案,单位\nqx-1,奇想亭几点开门？,奇想亭开放时间,奇想亭早上六点开门。,市城管局\n"
BAD = "问题,答案\n怎么办理奇想证？,到窗口办理。\n没有答案的问题,\n"


def run(data_dir: Path, *arguments: str, cwd: Path = ROOT, **settings: str) -> subprocess.CompletedProcess[str]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *arguments],
        cwd=cwd,
        env={**keep, "HOTLINE_DATA_DIR": str(data_dir), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    running = RunningGateway(tmp_path_factory.mktemp("commands") / "data", workers=2)
    running.start()
    yield running
    assert running.stop() == 0


def _ask(gateway: RunningGateway, text: str) -> str:
    """What the bot answers a new visitor of the chat page."""

    def call(path: str, body: object, token: str = "") -> dict[str, object]:
        request = urllib.request.Request(gateway.url + path, json.dumps(body).encode() if body is not None else None)
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=5) as answer:
            found: dict[str, object] = json.load(answer)
        return found

    token = str(call("/api/v1/sessions", {})["token"])
    call("/api/v1/messages", {"client_id": "c1", "text": text}, token)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        told = json.dumps(call("/api/v1/messages?after=0", None, token), ensure_ascii=False)
        if told.count('"seq"') >= 2:
            return told
        time.sleep(0.1)
    raise AssertionError("no answer")


def test_an_import_beside_a_running_gateway_is_answered_by_it(gateway: RunningGateway, tmp_path: Path) -> None:
    (tmp_path / "kb.csv").write_text(GOOD)
    done = run(gateway.data_dir, "kb", "import", str(tmp_path / "kb.csv"))
    assert (done.returncode, done.stdout) == (0, "共 1 行：新增 1，修改 0，删除 0，没有变化 0\n")
    found = run(gateway.data_dir, "kb", "search", "奇想亭什么时候开门", "-k", "1")
    assert found.returncode == 0
    assert "1. [qx-1] 奇想亭几点开门？（市城管局" in found.stdout
    deadline = time.monotonic() + 10
    while "六点开门" not in _ask(gateway, "奇想亭几点开门？"):
        assert time.monotonic() < deadline, "the running gateway did not take the import up"
        time.sleep(0.3)
    out = run(gateway.data_dir, "kb", "export", str(tmp_path / "out.csv"))
    assert out.returncode == 0
    assert "奇想亭早上六点开门" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")


def test_a_file_with_bad_rows_is_told_and_refused(gateway: RunningGateway, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(BAD)
    done = run(gateway.data_dir, "kb", "import", str(tmp_path / "bad.csv"))
    assert done.returncode == 1
    assert "第 3 行，答案：没有填" in done.stderr
    assert "没有写入任何内容" in done.stdout
    assert "奇想证" not in run(gateway.data_dir, "kb", "search", "怎么办理奇想证？").stdout


def test_units_beside_a_running_gateway(gateway: RunningGateway, tmp_path: Path) -> None:
    listed = run(gateway.data_dir, "units", "list")
    assert (listed.returncode, "[town-humen] 虎门（镇街" in listed.stdout) == (0, True), (
        "a demonstration has the sample"
    )
    own = tmp_path / "units.jsonl"
    own.write_text('{"id": "town-humen", "name": "奇想镇", "short": "奇想", "kind": "town"}\n', encoding="utf-8")
    done = run(gateway.data_dir, "units", "import", str(own))
    assert (done.returncode, done.stdout) == (0, "共 1 个单位：新增 0，修改 1，没有变化 0\n")
    out = run(gateway.data_dir, "units", "export", str(tmp_path / "out.jsonl"))
    assert out.returncode == 0
    assert own.read_text("utf-8") in (tmp_path / "out.jsonl").read_text("utf-8")


def test_looking_beside_a_running_gateway_changes_nothing(gateway: RunningGateway) -> None:
    doctor = run(gateway.data_dir, "doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "Everything needed is there." in doctor.stdout
    checked = run(gateway.data_dir, "indexes", "--check")
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.endswith("nothing differs that this database could keep\n")
    assert gateway.ready()


def test_a_notice_reaches_every_process_of_the_gateway(gateway: RunningGateway) -> None:
    deadline = time.monotonic() + 10
    while (done := run(gateway.data_dir, "notice", "今晚维护")).stdout != "Told through 2 gateway processes.\n":
        assert time.monotonic() < deadline, done
    assert done.returncode == 0


def test_all_of_it_without_a_gateway(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / "kb.csv").write_text(GOOD)
    (tmp_path / "bad.csv").write_text(BAD)
    checked = run(data, "indexes", "--check")
    assert (checked.returncode, "messages: collection is missing" in checked.stdout) == (1, True)
    assert run(data, "indexes").stdout.endswith("applied\n")
    assert run(data, "indexes", "--check").returncode == 0
    assert run(data, "kb", "import", str(tmp_path / "bad.csv")).returncode == 1
    assert run(data, "kb", "import", str(tmp_path / "kb.csv")).returncode == 0
    assert "[qx-1]" in run(data, "kb", "search", "奇想亭几点开门").stdout
    notice = run(data, "notice", "今晚维护")
    assert (notice.returncode, notice.stderr) == (1, "No gateway is running, so nobody was told.\n")
    assert run(data, "doctor").returncode == 0
    assert not (data / "stores.json").exists()


def test_after_a_killed_gateway_its_address_misleads_nobody(tmp_path: Path) -> None:
    gateway = RunningGateway(tmp_path / "data")
    gateway.start()
    gateway.kill()
    assert (tmp_path / "data" / "stores.json").exists()
    began = time.monotonic()
    found = run(gateway.data_dir, "kb", "search", "社保卡丢了怎么补办？")
    assert found.returncode == 0
    assert "[rs-001]" in found.stdout
    assert time.monotonic() - began < 30
    assert not (tmp_path / "data" / "stores.json").exists()


def test_a_command_waits_for_a_gateway_that_is_starting(tmp_path: Path) -> None:
    """The data directory is taken and the address not written down yet, or still a killed run's."""
    holder = """
import sys, time
from gateway.storage.embedded import EmbeddedStores
class Slow(EmbeddedStores):
    def _write_card(self):
        print("held", flush=True)
        time.sleep(2)
        super()._write_card()
with Slow(sys.argv[1]):
    sys.stdin.read()
"""
    data = tmp_path / "data"
    data.mkdir()
    (data / "stores.json").write_text('["mongodb://127.0.0.1:1/", "unix:///nowhere"]')
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(data)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as starting:
        assert starting.stdout is not None
        assert starting.stdout.readline() == b"held\n"
        done = run(data, "indexes", HOTLINE_START_TIMEOUT="20s")
        assert (done.returncode, done.stdout[-8:]) == (0, "applied\n")
        starting.communicate(timeout=30)


def test_a_holder_that_never_says_where_it_is_is_named(tmp_path: Path) -> None:
    with EmbeddedStores(tmp_path):
        (tmp_path / "stores.json").unlink()
        done = run(tmp_path, "kb", "search", "x", HOTLINE_START_TIMEOUT="1s")
    assert (done.returncode, f"in use by process {os.getpid()}" in done.stderr) == (3, True)


def test_a_worker_takes_no_gateways_place(tmp_path: Path) -> None:
    done = run(tmp_path, "worker", HOTLINE_START_TIMEOUT="1s", HOTLINE_SECRET_KEY="k" * 32)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"No gateway runs on the data directory {tmp_path}" in done.stderr
    assert not (tmp_path / "lock").exists()


def test_a_worker_waits_for_a_gateway_that_was_killed(tmp_path: Path) -> None:
    """It finds the dead one's address, where nobody is, and must not be there first."""
    gateway = RunningGateway(tmp_path / "data")
    gateway.start()
    gateway.kill()
    keep = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "run.py", "worker"],
            cwd=ROOT,
            env={**keep, "HOTLINE_DATA_DIR": str(gateway.data_dir), "HOTLINE_LOG__FORMAT": "json"},
            stderr=log,
        )
    try:
        deadline = time.monotonic() + 30
        while "a store went away" not in (tmp_path / "worker.log").read_text():
            assert time.monotonic() < deadline, "the worker does not look for the stores"
            time.sleep(0.05)
        gateway.start()
        while '"working"' not in (tmp_path / "worker.log").read_text():
            assert time.monotonic() < deadline + 30, (tmp_path / "worker.log").read_text()
            time.sleep(0.05)
    finally:
        worker.terminate()
        ended = worker.wait(20)
        gateway.stop()
    assert ended == 0


def test_doctor_names_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("half")
    done = run(tmp_path, "doctor", HOTLINE_DEMO="false")
    assert done.returncode == 1
    assert "no whole key" in done.stdout
    assert "HOTLINE_PUBLIC_URL is not set" in done.stdout
    assert done.stdout.endswith("2 missing.\n")


def test_the_demo_knows_this_year_and_the_next(gateway: RunningGateway) -> None:
    assert "`run.py calendar set YEAR FILE`" not in gateway.log()
    for year in (datetime.now(UTC).year, datetime.now(UTC).year + 1):
        shown = run(gateway.data_dir, "calendar", "show", str(year)).stdout
        assert ("已公布，共" in shown) != ("没有公布，自己设置 7 天，共" in shown), shown
        assert ("示例" in shown) == ("没有公布" in shown), "named as what it is"


def test_a_year_without_workdays_is_told_ahead(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    ahead = Calendar().unknown_ahead(now)
    gateway = RunningGateway(tmp_path, {"HOTLINE_DEMO": "false"})
    gateway.start()
    assert gateway.stop() == 0
    assert gateway.log().count("`run.py calendar set YEAR FILE`") == (ahead is not None), "once, at the start"
    told = run(tmp_path, "doctor")
    assert (told.returncode, f"nobody knows {ahead}" in told.stdout) == (0, ahead is not None), "no reason to refuse"
    for year in (now.year, now.year + 1):
        days = tmp_path / "days.txt"
        days.write_text(f"{year}-01-01 holiday 元旦\n", encoding="utf-8")
        done = run(tmp_path, "calendar", "set", str(year), str(days))
        assert (done.returncode, "自己设置 1 天" in done.stdout) == (0, True), done.stderr
        assert run(tmp_path, "calendar", "show", str(year)).stdout == done.stdout
    assert "known for as long as limits reach" in run(tmp_path, "doctor").stdout


def test_the_menu_is_checked_from_anywhere(tmp_path: Path) -> None:
    done = run(tmp_path, "wechat", "menu", "--check", cwd=tmp_path)
    assert (done.returncode, "within WeChat's limits" in done.stdout) == (0, True)
    (tmp_path / "menu.json").write_text('{"button": []}')
    refused = run(tmp_path, "wechat", "menu", "menu.json", "--check", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "menu.json" in refused.stderr
    off = run(tmp_path, "wechat", "menu", cwd=tmp_path)
    assert (off.returncode, "HOTLINE_WECHAT__APP_ID" in off.stderr) == (2, True)
