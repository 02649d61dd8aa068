"""Who is measured: each started as its own documentation says, all on one library and with as many processes."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import ROOT

# A user's Bookplate has what bin/run installs, and nothing of what the others need.
USERS_PYTHON = ROOT / ".venv" / "bin" / "python"
BENCH_BIN = Path(sys.executable).parent
THREADS = "4"

UVICORN = ("uvicorn", "--port", "{port}", "--workers", "{processes}", "--log-level", "warning", "--no-access-log")
GUNICORN = ("gunicorn", "--bind", "127.0.0.1:{port}", "--workers", "{processes}", "--log-level", "warning")
GTHREAD = (*GUNICORN, "--worker-class", "gthread", "--threads", THREADS)
GRANIAN = ("granian", "--port", "{port}", "--workers", "{processes}", "--log-level", "warning", "--interface")
SERVE = (str(USERS_PYTHON), "manage.py", "serve", "--port", "{port}")

BOOKPLATE = "bench.contenders.bookplate_server"
DRF = "bench.contenders.drf.server"
SETTINGS = {"DJANGO_SETTINGS_MODULE": "bench.contenders.bookplate_settings"}
LASTING, BRIEF = ({**SETTINGS, "BENCH_CONNECTIONS": kind} for kind in ("lasting", "brief"))
# Without these a token would end, or the limit on wrong passwords count, in the middle of a run.
PATIENT = {"BOOKPLATE_ACCESS_SECONDS": "86400"}


@dataclass(frozen=True)
class Dialect:
    """How one asks for what is not asked alike everywhere.

    `{half}` is half the number of books, `{cursor}` Bookplate's own for that place.
    """

    next_page: str = "/api/books/?limit=100&offset={half}"
    by_title: str = "/api/books/?limit=100&ordering=title"
    search: str = "/api/books/?limit=20&search={query}"


@dataclass(frozen=True)
class Contender:
    name: str
    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    dialect: Dialect = Dialect()
    is_bookplate: bool = False
    ready: str = "/api/books/?limit=1"
    """What it answers with 200 as soon as it is there."""
    patience: int = 1
    """How many times as long as others it is measured, because its answers take long."""
    most_books: int = 1_000_000_000
    """No larger library is asked of it, for want of time."""

    def arguments(self, port: int, processes: int) -> list[str]:
        program, *options = (part.format(port=port, processes=processes) for part in self.command)
        if self.command == SERVE and processes > 1:
            options += ["--workers", str(processes)]
        return [str(BENCH_BIN / program), *options]


def _bookplate(name: str, title: str, command: tuple[str, ...], environment: Mapping[str, str] = LASTING) -> Contender:
    dialect = Dialect(next_page="/api/books/?limit=100&after={cursor}")
    return Contender(name, title, command, {**PATIENT, **environment}, dialect, is_bookplate=True)


def _drf(name: str, title: str, command: tuple[str, ...]) -> Contender:
    return Contender(name, title, command, dialect=Dialect(by_title="/api/books/?limit=100&ordering=title_key,id"))


ITSELF = _bookplate("bookplate", "Bookplate", SERVE, {})
FLOOR = "floor"
FASTAPI = "fastapi"
DRF_ASGI = "drf-asgi"

CONTENDERS = [
    ITSELF,
    Contender(
        FLOOR,
        "the floor: bare ASGI, SQL, orjson",
        (*UVICORN, "bench.contenders.floor:app"),
        dialect=Dialect(next_page="/api/books/?limit=100&after={half}"),
    ),
    Contender(FASTAPI, "FastAPI + SQLAlchemy + Pydantic", (*UVICORN, "bench.contenders.fastapi_app:app")),
    _drf(DRF_ASGI, "REST framework on Django's ASGI handler", (*UVICORN, f"{DRF}:asgi")),
    _drf("drf-gunicorn", "REST framework on gunicorn", (*GUNICORN, f"{DRF}:wsgi")),
    _drf("drf-gthread", f"REST framework on gunicorn, {THREADS} threads", (*GTHREAD, f"{DRF}:wsgi")),
]

# The same views, middleware and settings, behind each way there is to serve them; one line adds another.
SERVERS = [
    ITSELF,
    _bookplate("standard", "config/asgi.py, uvicorn[standard]", (*UVICORN, "bookplate.config.asgi:application"), {}),
    _bookplate("django-asgi", "Django's ASGI handler, uvicorn", (*UVICORN, f"{BOOKPLATE}:asgi"), BRIEF),
    _bookplate("a2wsgi", "a2wsgi, uvicorn", (*UVICORN, f"{BOOKPLATE}:a2wsgi")),
    _bookplate("granian-wsgi", "granian, WSGI", (*GRANIAN, "wsgi", "--blocking-threads", THREADS, f"{BOOKPLATE}:wsgi")),
    _bookplate("granian-asgi", "granian, ASGI", (*GRANIAN, "asgi", f"{BOOKPLATE}:asgi"), BRIEF),
    _bookplate("gunicorn", f"gunicorn, {THREADS} threads", (*GTHREAD, f"{BOOKPLATE}:wsgi")),
]

# Finding books. Calibre-Web has a SQLite file of its own, whatever the others keep theirs in; its page of 20 is what
# its readers get, and one from 100,000 books takes seconds.
CALIBRE_WEB = Contender(
    "calibre-web",
    "Calibre-Web",
    ("python", "-m", "bench.contenders.calibre_web", "{port}"),
    dialect=Dialect(search="/search/stored?query={query}"),
    ready="/search",
    patience=6,
    most_books=100_000,
)
SEARCHERS = [ITSELF, CALIBRE_WEB]
