"""`run.py user` and `run.py keys` as an operator types them, and the first administrator."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import pty
import re
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.people import ROLES, Account
from gateway.core.people.accounts import TOTP
from gateway.core.vault import Key, Vault
from gateway.storage.embedded import EmbeddedStores
from gateway.storage.mongo import MongoStore
from run import ROLES as OFFERED
from tests.running import ROOT, RunningGateway

PASSWORD = "一个足够长的密码 42"
NEW = "换了一个新的密码 77"


def _environment(data_dir: Path, settings: Mapping[str, str]) -> dict[str, str]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    return {**keep, "HOTLINE_DATA_DIR": str(data_dir), **settings}


def run(data_dir: Path, *arguments: str, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """given: what comes on standard input."""
    done = subprocess.run(
        [sys.executable, "run.py", *arguments],
        cwd=ROOT,
        env=_environment(data_dir, settings),
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def _call(gateway: RunningGateway, path: str, body: object = None, token: str = "") -> tuple[int, dict[str, object]]:
    """On a connection of its own, which any of the processes may take."""
    request = urllib.request.Request(
        f"{gateway.url}/api/v1/desk{path}", json.dumps(body).encode() if body is not None else None
    )
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def _sign_in(gateway: RunningGateway, username: str, password: str) -> tuple[int, str]:
    status, body = _call(gateway, "/session", {"username": username, "password": password})
    return status, str(body.get("token", ""))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    settings = {"HOTLINE_ADMIN__USERNAME": "Root", "HOTLINE_ADMIN__PASSWORD": PASSWORD}
    running = RunningGateway(tmp_path_factory.mktemp("users") / "data", settings, workers=2)
    running.start()
    yield running
    assert running.stop() == 0
    for secret in (PASSWORD, NEW, "$argon2"):
        assert secret not in running.log()


def test_the_configured_administrator_signs_in_in_any_process(gateway: RunningGateway) -> None:
    status, token = _sign_in(gateway, "root", PASSWORD)
    assert status == 201
    found = [_call(gateway, "/session", token=token) for _ in range(10)]
    assert {(status, body["must_change_password"]) for status, body in found} == {(200, False)}


def test_somebody_added_signs_in_and_disabled_is_out_in_every_process(gateway: RunningGateway) -> None:
    added = run(
        gateway.data_dir, "user", "add", "li.na", "--role", "agent", "--role", "knowledge_editor", given=f"{PASSWORD}\n"
    )
    assert (added.returncode, added.stdout) == (0, "li.na can sign in, and changes the password when they first do.\n")
    status, token = _sign_in(gateway, "li.na", PASSWORD)
    assert status == 201
    assert _call(gateway, "/people", token=token)[0] == 403
    done = run(gateway.data_dir, "user", "disable", "li.na", "--reason", "离岗")
    assert done.returncode == 0
    assert {_call(gateway, "/session", token=token)[0] for _ in range(20)} == {401}
    assert _sign_in(gateway, "li.na", PASSWORD)[0] == 403
    assert run(gateway.data_dir, "user", "enable", "li.na").returncode == 0
    changed = run(gateway.data_dir, "user", "passwd", "li.na", "--lasting", "--without-codes", given=NEW)
    assert (changed.returncode, changed.stdout) == (0, "li.na has a new password, all sessions have ended.\n")
    status, token = _sign_in(gateway, "li.na", NEW)
    assert (status, _call(gateway, "/session", token=token)[1]["must_change_password"]) == (201, False)
    listed = run(gateway.data_dir, "user", "list").stdout
    assert re.search(r"^li\.na  li\.na  agent, knowledge_editor  last signed in \d{4}-", listed, re.MULTILINE)
    assert listed.endswith("2 accounts\n")


def test_a_pause_is_listed_and_ended(gateway: RunningGateway) -> None:
    run(gateway.data_dir, "user", "add", "wang.wei", "--role", "agent", "--lasting", given=PASSWORD)
    for _ in range(5):
        assert _sign_in(gateway, "wang.wei", "x")[0] == 401
    assert _sign_in(gateway, "wang.wei", PASSWORD)[0] == 429
    assert re.search(r"^wang\.wei .* waits until ", run(gateway.data_dir, "user", "list").stdout, re.MULTILINE)
    assert run(gateway.data_dir, "user", "unlock", "wang.wei").returncode == 0
    assert _sign_in(gateway, "wang.wei", PASSWORD)[0] == 201


@pytest.mark.parametrize(
    ("arguments", "given", "told"),
    [
        (["add", "root", "--role", "agent"], PASSWORD, "已经有这个账号了"),
        (["add", "chen", "--role", "agent"], "", "密码要有"),
        (["add", "chen", "--role", "agent"], "short", "密码要有"),
        (["add", "chen", "--role", "unit_clerk"], PASSWORD, "单位的角色要写明单位"),
        (["add", "chen", "--role", "unit_clerk", "--unit", "nowhere"], PASSWORD, "没有这个单位"),
        (["add", "chen", "--role", "agent", "--role", "administrator"], PASSWORD, "系统管理员不能"),
        (["passwd", "nobody"], PASSWORD, "没有这个账号"),
        (["disable", "nobody", "--reason", "x"], "", "没有这个账号"),
        (["unlock", "nobody"], "", "没有这个账号"),
    ],
)
def test_what_is_refused(gateway: RunningGateway, arguments: list[str], given: str, told: str) -> None:
    done = run(gateway.data_dir, "user", *arguments, given=given)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr


@pytest.mark.parametrize("more", [["--password", PASSWORD], [PASSWORD], ["--role", "mayor"]])
def test_a_password_is_no_argument_and_roles_are_known(tmp_path: Path, more: list[str]) -> None:
    assert run(tmp_path, "user", "add", "chen", "--role", "agent", *more).returncode == 2
    assert OFFERED == ROLES


@pytest.mark.parametrize(("again", "code"), [(PASSWORD, 0), (NEW, 1)])
def test_on_a_terminal_the_password_is_asked_for_twice_and_not_shown(
    gateway: RunningGateway, again: str, code: int
) -> None:
    username = f"t{secrets.token_hex(4)}"
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "run.py", "user", "add", username, "--role", "agent"],
        cwd=ROOT,
        env=_environment(gateway.data_dir, {}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    for asked, typed in ((b"Password: ", PASSWORD), (b"Again: ", again)):
        while asked not in shown:
            shown += os.read(terminal, 1024)
        os.write(terminal, f"{typed}\n".encode())
    try:
        while True:
            shown += os.read(terminal, 1024)
    except OSError:  # the other end has gone
        pass
    os.close(terminal)
    assert process.wait(30) == code, shown.decode()
    assert PASSWORD not in shown.decode()
    assert ("differ" in shown.decode()) == (code == 1)


class Serving:
    """`run.py serve` whose standard output and log are kept apart."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "run.py", "serve", "--port", "0"],
            cwd=ROOT,
            env=_environment(data_dir, {"HOTLINE_LOG__FORMAT": "json", **settings}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log = ""

    def ended(self) -> list[str]:
        """Once it serves it is stopped; the passwords it showed."""
        assert self._process.stderr is not None
        while '"serving"' not in self.log:
            self.log += (line := self._process.stderr.readline())
            assert line, self.log
        self._process.terminate()
        shown, rest = self._process.communicate(timeout=60)
        self.log += rest
        return re.findall(r"password: +(\S+)", shown)


class TestTheFirst:
    def test_it_is_shown_once_and_never_in_the_log(self, tmp_path: Path) -> None:
        first, second = (serving := Serving(tmp_path)).ended(), (again := Serving(tmp_path)).ended()
        (password,) = first
        assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", password)
        assert second == []
        assert password not in serving.log + again.log
        listed = run(tmp_path, "user", "list").stdout
        assert listed.splitlines()[0] == "admin  admin  administrator  never signed in  must change the password"

    @pytest.mark.timeout(180)
    def test_processes_that_start_together_make_one(
        self, embedded: EmbeddedStores, key_prefix: str, tmp_path: Path
    ) -> None:
        name = key_prefix.strip(":").replace(":", "_")
        settings = {
            "HOTLINE_MONGO_URL": embedded.mongo_url,
            "HOTLINE_REDIS_URL": embedded.redis_url,
            "HOTLINE_MONGO_DATABASE": name,
            "HOTLINE_REDIS_PREFIX": name,
            "HOTLINE_SECRET_KEY": "k" * 32,
        }
        started = [Serving(tmp_path / f"data{number}", **settings) for number in range(3)]
        shown = [one.ended() for one in started]
        (password,) = [one for passwords in shown for one in passwords]
        assert all(password not in one.log for one in started)
        assert run(tmp_path, "user", "list", **settings).stdout.endswith("\n1 accounts\n")


@pytest.mark.timeout(180)
@pytest.mark.gen_test(timeout=150)
async def test_new_keys_though_the_command_is_killed_midway(
    store: MongoStore, mongo_url: str, redis_url: str, tmp_path: Path
) -> None:
    old, new = Key("2026a", secrets.token_bytes(32)), Key("2026b", secrets.token_bytes(32))
    before, after, count = Vault([old]), Vault([new]), 3000
    accounts = [
        Account(
            id=f"p{number:04d}",
            name="x",
            roles=("agent",),
            password="x",
            totp=before.seal(f"secret {number}", TOTP),
            created_at=datetime.now(UTC),
        ).document()
        for number in range(count)
    ]
    for start in range(0, count, 500):
        await store.insert_many("accounts", accounts[start : start + 500])

    def keys(*these: Key) -> str:
        return ",".join(f"{key.id}:{base64.b64encode(key.secret).decode()}" for key in these)

    settings = {
        "HOTLINE_MONGO_URL": mongo_url,
        "HOTLINE_REDIS_URL": redis_url,
        "HOTLINE_MONGO_DATABASE": store.database.name,
        "HOTLINE_SECRET_KEY": "k" * 32,
        "HOTLINE_DATA_KEYS": keys(new, old),
    }

    def killed_midway() -> str:
        command = [sys.executable, "run.py", "keys", "rotate"]
        environment = _environment(tmp_path, settings)
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            shown = b""
            while b"600 read" not in shown:
                shown += (some := os.read(process.stdout.fileno(), 1024))
                assert some, shown
            process.kill()
        return shown.decode()

    async def under_the_new_key() -> int:
        documents = [document for id in range(count) for document in [await store.get("accounts", f"p{id:04d}")]]
        both = Vault([new, old])
        assert [both.open(document["totp"], TOTP) for document in documents if document] == [
            f"secret {number}" for number in range(count)
        ]
        return sum(document["totp"].startswith("v1.2026b.") for document in documents if document)

    def rotate(*more: str, **other: str) -> tuple[int, str]:
        done = run(tmp_path, "keys", "rotate", *more, **{**settings, **other})
        return done.returncode, done.stdout.splitlines()[-1]

    await asyncio.to_thread(killed_midway)
    assert 600 <= await under_the_new_key() < count
    assert (await asyncio.to_thread(rotate, "--check"))[0] == 1
    done = await asyncio.to_thread(rotate)
    assert done == (0, "Everything read is under the newest key. Run it once more, to find what was written meanwhile.")
    assert await under_the_new_key() == count
    last = await asyncio.to_thread(rotate)
    assert last == (0, "Everything is under the newest key. The older ones can be taken out.")
    document = await store.get("accounts", "p0007")
    assert document is not None
    assert after.open(document["totp"], TOTP) == "secret 7"
    lost = await asyncio.to_thread(lambda: rotate(HOTLINE_DATA_KEYS=keys(old)))
    assert lost[0] == 1
