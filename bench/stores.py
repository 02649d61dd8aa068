"""Libraries of every size on both databases, made once and kept in `bench/.cache`."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from bench import calibre
from bench.say import Problem, say
from tests.servers import ROOT, PostgresServer, ServerStartError, is_setting

CACHE = ROOT / "bench" / ".cache"
MADE_BY = ["bench/words.py", "bench/library.py", "bench/calibre.py"]
# What one gives a server of this size of machine; the libraries fit into memory as they do there.
POSTGRES = {
    "shared_buffers": "512MB",
    "effective_cache_size": "4GB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
}


@dataclass(frozen=True)
class Library:
    store: str
    """`sqlite` or `postgres`."""
    size: int
    data: Path
    """The folder that Bookplate keeps its files in."""
    postgres_url: str = ""

    @property
    def url(self) -> str:
        """As `dj-database-url` writes it."""
        return self.postgres_url or f"sqlite:///{self.data}/bookplate.sqlite3"

    @property
    def calibre(self) -> Path:
        """The folder with the same books as Calibre keeps them."""
        return self.data.parent / f"calibre-{self.size}"

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not is_setting(name)}
        settings = {"BOOKPLATE_DATA": str(self.data), "DATABASE_URL": self.postgres_url}
        ours = {"BENCH_DATABASE": self.url, "BENCH_CALIBRE": str(self.calibre)}
        return {**inherited, **settings, **ours, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


class KeptPostgres(PostgresServer):
    """Unlike those of the tests it stays: a million books take minutes to bring in."""

    def __init__(self, folder: Path) -> None:
        super().__init__(durable=True, settings=POSTGRES)
        self.folder = folder

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        with suppress(ServerStartError):  # one that a killed run left behind, or only its file
            self.stop()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def url_of(self, database: str) -> str:
        return self.url.removesuffix("postgres") + database


class Shelf:
    """Where the libraries are kept; made and handed out one at a time."""

    def __init__(self, postgres: KeptPostgres | None, folder: Path) -> None:
        self.postgres, self.folder = postgres, folder

    def library(self, store: str, size: int) -> Library:
        sqlite = self._sqlite(size)
        return sqlite if store == "sqlite" else self._postgres(size, sqlite)

    def empty(self, store: str) -> Library:
        """One that nothing is in yet, not even tables."""
        data = self.folder / f"empty-{store}"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        if store == "sqlite":
            return Library(store, 0, data)
        assert self.postgres  # noqa: S101  (asked for with `stores`)
        _new_database(self.postgres.url, "empty")
        return Library(store, 0, data, self.postgres.url_of("empty"))

    def calibre(self, size: int) -> Path:
        """The same books for Calibre-Web."""
        library = self._sqlite(size)
        if not (made := library.calibre / "made").exists():
            say(f"Making Calibre's library of {size:,} books …")
            calibre.write(library.data / "bookplate.sqlite3", library.calibre)
            made.touch()
        return library.calibre

    def _sqlite(self, size: int) -> Library:
        library = Library("sqlite", size, self.folder / f"sqlite-{size}")
        if not _is_made(library):
            say(f"Making a library of {size:,} books …")
            shutil.rmtree(library.data, ignore_errors=True)
            _make(library, str(size))
        return library

    def _postgres(self, size: int, source: Library) -> Library:
        assert self.postgres  # noqa: S101  (asked for with `stores`)
        name = f"books_{size}"
        library = Library("postgres", size, self.folder / f"postgres-{size}", self.postgres.url_of(name))
        if not _is_made(library):
            say(f"Copying {size:,} books to PostgreSQL …")
            _new_database(self.postgres.url, name)
            _make(library, f"{source.data}/bookplate.sqlite3")
        return library


@contextmanager
def shelf(stores: list[str]) -> Iterator[Shelf]:
    folder = CACHE / _version()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(), _postgres(folder, "postgres" in stores) as postgres:
        for old in CACHE.iterdir():
            if old.is_dir() and old != folder:
                shutil.rmtree(old)  # made for tables that are no more
        yield Shelf(postgres, folder)


@contextmanager
def _postgres(folder: Path, wanted: bool) -> Iterator[KeptPostgres | None]:
    if not wanted:
        yield None
        return
    with KeptPostgres(folder / "postgres") as server:
        yield server


@contextmanager
def _alone() -> Iterator[None]:
    """Two runs would measure each other."""
    with (CACHE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem("Another bench/run is going on here. Wait until it has ended.") from None
        yield


def _version() -> str:
    """Changes when what is in a library would: with the tables, or with what fills them."""
    sources = [ROOT / name for name in MADE_BY] + sorted((ROOT / "bookplate").glob("*/migrations/*.py"))
    text = "\n".join(f"{path.relative_to(ROOT)}\n{path.read_text()}" for path in sources)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _is_made(library: Library) -> bool:
    return (library.data / "made").exists()


def _make(library: Library, source: str) -> None:
    library.data.mkdir(parents=True, exist_ok=True)
    _run(library.environment(), source)
    (library.data / "made").touch()


def _run(environment: Mapping[str, str], source: str) -> None:
    command = [sys.executable, "-m", "bench.make_library", source]
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        raise Problem("The library could not be made; its own words are above.")


def _new_database(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')
