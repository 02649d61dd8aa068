"""Real servers for the tests: each private, on a free port of 127.0.0.1, in a temp folder, gone with its `with` block.

`python -m tests.servers sqlite postgres` prints the Debian packages that these need and that are missing.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from tests.databases import is_database, on_the_server, server_of
from tests.turns import locked

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = Path("/usr/bin/chromium")
SQLITE_FILE = "bookplate.sqlite3"
START_SECONDS = 60
STOP_SECONDS = 15


class ServerStartError(Exception):
    """A private server could not be started; the text has its own words."""


class PrivateServer(ABC):
    """What the servers have in common: a port, a folder, and an end that comes even when the start fails."""

    def __init__(self) -> None:
        self.port = free_port()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(TemporaryDirectory(prefix="bookplate-", ignore_cleanup_errors=True)))
            stack.callback(self.stop)
            self.start()
            self._end = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end.close()

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...


class PostgresServer(PrivateServer):
    """PostgreSQL with a superuser `app`; `durable` makes it write to the disk as a real one does."""

    def __init__(self, *, durable: bool = False, settings: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.url = f"postgres://app@127.0.0.1:{self.port}/postgres"
        durability = dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "on" if durable else "off")
        # Statistics that come by themselves, now and then, would change a plan in the middle of a test.
        self._settings = durability | {"autovacuum": "on" if durable else "off"} | dict(settings or {})

    def start(self) -> None:
        """Also starts it again, on the same port with the same data, after a `stop`."""
        if not (self.folder / "data").exists():
            self._make()
        # No Unix socket: its path would have to be short, and nothing here needs one.
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200"
        settings = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        self._run("pg_ctl", "-w", "-l", f"{self.folder}/log", "-o", f"{options} {settings}", "start")

    def stop(self) -> None:
        if (self.folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def _make(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "-U", "app", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*as_postgres(), str(postgres_bin() / program), "-D", f"{self.folder}/data", *arguments]
        # Output goes to a file: the server inherits it and would hold a pipe open for ever.
        with (self.folder / "commands").open("a+") as output:
            code = subprocess.run(command, cwd=self.folder, stdout=output, stderr=output, check=False).returncode
        if code:
            raise ServerStartError(f"{program} failed:\n" + read(self.folder / "commands") + read(self.folder / "log"))


class ChildServer(PrivateServer):
    """A server that is a child process of its own group, so that Ctrl-C in the terminal leaves it to its `with`."""

    process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> Sequence[str]: ...

    @abstractmethod
    def is_ready(self) -> bool: ...

    def environment(self) -> Mapping[str, str]:
        return os.environ

    def start(self) -> None:
        """Also starts it again, on the same port, after a `stop` or a `kill`."""
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                self.command(), cwd=ROOT, env=self.environment(), start_new_session=True, stdout=output, stderr=output
            )
        wait_until(lambda: self.is_ready() or not self.is_running())
        if not self.is_running() or not self.is_ready():
            raise ServerStartError(f"{type(self).__name__} did not get ready:\n{self.output()}")

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """As a supervisor does: SIGTERM, and SIGKILL to whoever is left after a while."""
        if self.process and self.is_running():
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the server and all its children at once, as when the power fails."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def output(self) -> str:
        return read(self.folder / "output")


class RedisServer(ChildServer):
    """Redis that keeps nothing on the disk."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str]:
        nothing_kept = ("--save", "", "--appendonly", "no")
        return (
            "redis-server",
            "--bind",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--dir",
            str(self.folder),
            *nothing_kept,
        )

    def is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


# Who is asked about books: no server of ours asks somebody on the internet.
NOBODY = {"BOOKPLATE_METADATA": "none"}


class BookplateServer(ChildServer):
    """`manage.py serve` as a process; two with one `data` (or one `database_url` and one key) share a library.

    A new library is a copy of one that was made before, for making it takes longer than most tests; `fresh` lets the
    server make it, and a `data` that is there already is taken as it is.
    """

    def __init__(
        self,
        *,
        data: Path | None = None,
        database_url: str | None = None,
        redis_url: str | None = None,
        demo: bool = False,
        fresh: bool = False,
        env: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._data = data
        self._arguments = arguments
        self._settings = {"DATABASE_URL": database_url or "", "REDIS_URL": redis_url or "", **(env or {})}
        self._demo, self._fresh = demo, fresh
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}/ws/"

    @property
    def data(self) -> Path:
        return self._data or self.folder / "data"

    def command(self) -> Sequence[str]:
        demo = ("--demo",) if self._demo else ()
        return (sys.executable, str(ROOT / "manage.py"), "serve", "--port", str(self.port), *demo, *self._arguments)

    def environment(self) -> Mapping[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not is_setting(name)}
        return {**inherited, "PYTHONUNBUFFERED": "1", "BOOKPLATE_DATA": str(self.data), **NOBODY, **self._settings}

    def start(self) -> None:
        if not self._fresh and not self.data.exists():
            self._copy_prepared()
        super().start()

    def remove_events_before(self, number: int) -> None:
        """As when they are past their time."""
        self._shell(f"from bookplate.core.models import Event; Event.objects.filter(pk__lt={number}).expire()")

    def record(self, number: int) -> None:
        """So many events for everybody at once, as from an import."""
        self._shell(
            "from bookplate.core.events import Note, record_all; from bookplate.core.models import Audience; "
            f"record_all([Note('book.added', (Audience.PUBLIC, None), book=1)] * {number})"
        )

    def _shell(self, code: str) -> None:
        command = (sys.executable, str(ROOT / "manage.py"), "shell", "-c", code)
        subprocess.run(command, env=self.environment(), check=True, capture_output=True)

    def _copy_prepared(self) -> None:
        self.data.mkdir(parents=True)
        if url := self._settings["DATABASE_URL"]:
            on_the_server(url, "DROP DATABASE {name}")
            on_the_server(url, "CREATE DATABASE {name} TEMPLATE " + name_of_prepared(server_of(url), self._demo))
        else:
            shutil.copy(file_of_prepared(self._demo), self.data)

    def is_ready(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz/ready")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


@cache
def file_of_prepared(demo: bool) -> Path:
    """A new library, or the demo, on SQLite; made once in a run of the tests, by the first who wants it."""
    made = folder_of_run() / name_of_library(demo)
    with one_at_a_time():
        if not made.exists():
            unfinished = made.with_suffix(".unfinished")
            with BookplateServer(demo=demo, fresh=True, data=unfinished):
                pass
            unfinished.rename(made)
    return made / SQLITE_FILE


@cache
def name_of_prepared(server: str, demo: bool) -> str:
    """The same as a database of the PostgreSQL at this address."""
    name = name_of_library(demo)
    with one_at_a_time():
        if not is_database(f"{server}/{name}"):
            url = f"{server}/unfinished"
            on_the_server(url, "DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # of a start that failed
            on_the_server(url, "CREATE DATABASE {name}")
            with BookplateServer(demo=demo, fresh=True, database_url=url):
                pass
            on_the_server(url, "ALTER DATABASE {name} RENAME TO " + name)
    return name


def name_of_library(demo: bool) -> str:
    return "demo" if demo else "new"


def folder_of_run() -> Path:
    """Common to all processes that run tests."""
    data = Path(os.environ["BOOKPLATE_DATA"])
    return data.parent if "PYTEST_XDIST_WORKER" in os.environ else data


def one_at_a_time() -> AbstractContextManager[None]:
    """Of the processes of a run; the others wait."""
    folder_of_run().mkdir(parents=True, exist_ok=True)
    return locked(folder_of_run() / "making", fcntl.LOCK_EX)


def children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False)
    return [int(number) for number in listed.stdout.split()]


def command_of(pid: int) -> str:
    """How it was begun; nothing where it has ended meanwhile."""
    done = subprocess.run(["ps", "-p", str(pid), "-ww", "-o", "args="], capture_output=True, text=True, check=False)
    return done.stdout


def is_setting(name: str) -> bool:
    """Whether an environment variable is one of Bookplate's settings, which no test may inherit."""
    return name in ("DATABASE_URL", "REDIS_URL") or (
        name.startswith("BOOKPLATE_") and name not in ("BOOKPLATE_TEST_DATA", "BOOKPLATE_PYTHON")
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    """Returns when `condition` holds, or `seconds` later."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def as_postgres() -> Sequence[str]:
    """PostgreSQL refuses to run as root; Debian's package brings a user for it."""
    drop_root = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
    return drop_root if os.geteuid() == 0 else ()


def postgres_bin() -> Path:
    """The folder with `initdb` and `pg_ctl`: Debian's newest, then what `pg_config` says, then the PATH."""
    for folder in (*debians_postgres(), *configured_postgres(), *map(Path, os.get_exec_path())):
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise ServerStartError("PostgreSQL's initdb and pg_ctl are not here; install Debian's package postgresql.")


def debians_postgres() -> list[Path]:
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(folders, key=lambda folder: float(folder.parent.name), reverse=True)


def configured_postgres() -> list[Path]:
    if not shutil.which("pg_config"):
        return []
    told = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
    return [Path(told.stdout.strip())] if told.returncode == 0 else []


def missing_packages(stores: Sequence[str]) -> list[str]:
    there = {
        "postgresql": "postgres" not in stores or has_postgres(),
        "redis-server": shutil.which("redis-server") is not None,
        "chromium": CHROMIUM.exists(),
    }
    return [package for package, is_there in there.items() if not is_there]


def has_postgres() -> bool:
    try:
        return postgres_bin().exists()
    except ServerStartError:
        return False


if __name__ == "__main__":
    sys.stdout.write(" ".join(missing_packages(sys.argv[1:])))
