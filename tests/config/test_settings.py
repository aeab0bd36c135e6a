"""Settings: one precedence, everything wrong named at once, secrets never repeated."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from config import settings
from config.settings import FILE, Settings, SettingsError, load
from gateway.core.queue import Hours


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(settings.os.environ):
        if name.startswith("HOTLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_nothing_configured_is_demo_mode_with_embedded_stores_and_no_channel() -> None:
    found = load()
    assert (found.demo_mode, found.embedded, found.wechat.configured, found.sms.configured) == (
        True,
        True,
        False,
        False,
    )


def test_the_environment_wins_over_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HOTLINE_PORT=8001\nHOTLINE_WEB__SESSION_LIFETIME=2d\n")
    assert load().port == 8001
    monkeypatch.setenv("HOTLINE_PORT", "8002")
    found = load()
    assert (found.port, found.web.session_lifetime) == (8002, 2 * 86400)
    assert load(port=8003).port == 8003


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("15m", 900), ("2h", 7200), ("1d", 86400), ("1.5h", 5400), ("7", 7)]
)
def test_durations(monkeypatch: pytest.MonkeyPatch, text: str, seconds: float) -> None:
    monkeypatch.setenv("HOTLINE_STORE_TIMEOUT", text)
    if text.isdigit():
        with pytest.raises(SettingsError, match="30s, 15m, 2h or 1d"):
            load()
    else:
        assert load().store_timeout == seconds


def test_everything_wrong_is_named_at_once_and_no_value_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "HOTLINE_PORT": "99999",
        "HOTLINE_WECHAT__TOKN": "s3cret-value",
        "HOTLINE_WECHAT__AES_KEY": "s3cret-value",
        "HOTLINE_STORE_TIMEOUT": "soon",
        "HOTLINE_NONSENSE": "s3cret-value",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load()
    told = str(refused.value)
    for name in ("HOTLINE_PORT", "HOTLINE_WECHAT__TOKN", "HOTLINE_STORE_TIMEOUT", "HOTLINE_NONSENSE"):
        assert name in told
    assert "s3cret-value" not in told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"HOTLINE_WECHAT__APP_ID": "wx1"}, "belong together"),
        (
            {"HOTLINE_WECHAT__APP_ID": "wx1", "HOTLINE_WECHAT__TOKEN": "t", "HOTLINE_WECHAT__MODE": "safe"},
            "needs aes_key",
        ),
        ({"HOTLINE_WECHAT__AES_KEY": "short"}, "43"),
        ({"HOTLINE_SECRET_KEY": "short"}, "at least 8 characters"),
        ({"HOTLINE_PUBLIC_URL": "https://a.example/path"}, "public_url"),
        ({"HOTLINE_WEBHOOKS__NETWORKS": '["10.20.0.1/16"]'}, "HOTLINE_WEBHOOKS__NETWORKS.*networks are written"),
        ({"HOTLINE_PEOPLE__HOURS": "25:00-99:99"}, "HOTLINE_PEOPLE__HOURS.*00:00 to 23:59"),
        ({"HOTLINE_PEOPLE__HOURS": "08:30-24:00"}, "00:00 to 23:59"),
        ({"HOTLINE_PEOPLE__DAYS": "5-2"}, "HOTLINE_PEOPLE__DAYS.*earlier to the later"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], told: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=told):
        load()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 1


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_WECHAT__APP_ID", "wx1")
    monkeypatch.setenv("HOTLINE_WECHAT__TOKEN", "s3cret-value")
    assert "s3cret-value" not in repr(load())


def test_the_generated_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    found = load(data_dir=tmp_path / "data")
    key = found.signing_key()
    assert len(key) >= 32
    assert load(data_dir=tmp_path / "data").signing_key() == key
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("hours", ["00:00-23:59", "22:00-06:00", "08:30-08:30"])
@pytest.mark.parametrize("days", ["1-5", "6", "7-7"])
def test_hours_and_days_the_queue_can_read(monkeypatch: pytest.MonkeyPatch, hours: str, days: str) -> None:
    monkeypatch.setenv("HOTLINE_PEOPLE__HOURS", hours)
    monkeypatch.setenv("HOTLINE_PEOPLE__DAYS", days)
    found = load().people
    assert Hours.parse(found.hours, found.days).days


@pytest.mark.parametrize("left", ["", "  \n", "half-written"])
def test_a_key_that_is_not_whole_is_refused(tmp_path: Path, left: str) -> None:
    (tmp_path / "secret.key").write_text(left)
    with pytest.raises(SettingsError, match=r"secret\.key: no whole key"):
        load(data_dir=tmp_path).signing_key()


def test_a_key_that_could_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A full disk, played by a limit on the size of files; in a process of its own, which the limit is for."""
    program = """
import resource, signal, sys
from config.settings import SettingsError, load
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
found = load(data_dir=sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
try:
    found.signing_key()
except SettingsError as error:
    assert "cannot be kept" in str(error), error
else:
    sys.exit("a key was written")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert len(found.signing_key()) >= 32
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=settings.ROOT, check=True, timeout=60)
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    program = "import sys; from config.settings import load; print(load(data_dir=sys.argv[1]).signing_key().decode())"
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=settings.ROOT, stdout=subprocess.PIPE)
        for _ in range(6)
    ]
    keys = {process.communicate(timeout=60)[0] for process in started}
    assert len(keys) == 1
    assert len(keys.pop()) >= 32
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def _keys(section: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in section.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _keys(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


@pytest.mark.parametrize(
    "wrong", ["a", "a:", ":GOOD", "a:AAAA", "a b:GOOD", "a:GOOD,a:GOOD", "a:GOOD,", "0:GOOD", "ä:GOOD", "a:GOOD!"]
)
def test_keys_for_data_that_are_not_right(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    good = base64.b64encode(b"k" * 32).decode()
    monkeypatch.setenv("HOTLINE_DATA_KEYS", wrong.replace("GOOD", good))
    with pytest.raises(SettingsError, match="data_keys: ") as refused:
        load()
    assert good not in str(refused.value)


def test_keys_for_data_the_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().keys_for_data() == ()
    old, new = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))
    monkeypatch.setenv("HOTLINE_DATA_KEYS", f"2026b:{new}, 2026a:{old}")
    assert load().keys_for_data() == (("2026b", b"n" * 32), ("2026a", b"o" * 32))


@pytest.mark.parametrize(
    ("username", "password", "told"),
    [("admin", "", "belong together"), ("", "s3cret-value", "belong together"), ("张三", "s3cret-value", "letters")],
)
def test_an_administrator_that_is_not_whole(
    monkeypatch: pytest.MonkeyPatch, username: str, password: str, told: str
) -> None:
    monkeypatch.setenv("HOTLINE_ADMIN__USERNAME", username)
    monkeypatch.setenv("HOTLINE_ADMIN__PASSWORD", password)
    with pytest.raises(SettingsError, match=told) as refused:
        load()
    assert "s3cret-value" not in str(refused.value)


def test_the_file_explains_every_key_with_its_default() -> None:
    """hotline.toml, uncommented, is the defaults and names every key."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    section, documented = "", {}
    for line in lines:
        if found := re.fullmatch(r"\[([\w.]+)\].*", line):
            section = found[1] + "."
        elif found := re.match(r"# (\w+) = (.+?)\s+# \S|# (\w+) = (\S+)$", line):
            documented[section + (found[1] or found[3])] = (found[2] or found[4]).strip()
    known = set(_keys(Settings))
    assert set(documented) == known
    shown = load()
    for key, text in documented.items():
        value: object = shown
        for part in key.split("."):
            value = getattr(value, part)
        if hasattr(value, "get_secret_value"):
            value = value.get_secret_value()
        if key == "demo":
            continue
        if re.fullmatch(r'"[\d.]+[smhd]"', text) and not isinstance(value, str):
            unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-2]]
            assert float(text[1:-2]) * unit == value, key
        elif text == "[]":
            assert value == (), key
        elif text.startswith("{"):
            assert tomllib.loads(f"value = {text}")["value"] == value, key
        elif isinstance(value, float):
            assert float(text) == value, key
        else:
            assert text.strip('"') == str(value), key


def test_each_store_is_embedded_unless_its_address_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_MONGO_URL", "mongodb://a")
    assert load().embedded
    assert not load().demo_mode
    monkeypatch.setenv("HOTLINE_REDIS_URL", "redis://a")
    assert not load().embedded


@pytest.mark.parametrize("wrong", ["0wd", "0s", "5", "five", "1 wd", "-1wd"])
def test_a_limit_of_tickets_that_is_none_is_named(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_TICKETS__SIGN", wrong)
    with pytest.raises(SettingsError) as refused:
        load()
    assert any("HOTLINE_TICKETS__SIGN" in problem for problem in refused.value.problems)


def test_limits_of_tickets_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_TICKETS__FINISH__HELP", "30s")
    assert load().tickets.finish.help == "30s"
