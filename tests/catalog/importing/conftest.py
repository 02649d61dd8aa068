"""Bringing small files in, and MARC records made to measure."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from bookplate.catalog.importing import intake, pipeline
from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book
from tests.servers import ROOT

Bring = Callable[..., Import]
Counts = tuple[int, int, int, int, int]


@pytest.fixture(autouse=True)
def uploads(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return tmp_path / "uploads"


@pytest.fixture
def receive(db: None) -> Bring:
    def receive(content: bytes | str, name: str = "list.csv", *, dry_run: bool = False) -> Import:
        raw = content.encode() if isinstance(content, str) else content
        return intake.receive(io.BytesIO(raw), name, by=None, dry_run=dry_run)

    return receive


@pytest.fixture
def bring(receive: Bring) -> Bring:
    def bring(content: bytes | str, name: str = "list.csv", *, dry_run: bool = False) -> Import:
        return pipeline.run(receive(content, name, dry_run=dry_run))

    return bring


def killed_until_done(script: str, folder: Path) -> str:
    """What `script` says when it ends at last; until then it kills itself, and is run again on the same library."""
    environment = {**os.environ, "BOOKPLATE_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "bookplate.config.settings"}
    environment.pop("DATABASE_URL", None)
    for _ in range(10):
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            break
        assert (done.returncode, done.stderr) == (-9, "")
    return done.stdout


def counts(job: Import) -> Counts:
    """Read, created, updated, unchanged, failed."""
    return job.read, job.created, job.updated, job.unchanged, job.failed


def failures(job: Import) -> list[tuple[int, str, str]]:
    return list(job.failures.values_list("position", "field", "reason"))


def the_book() -> tuple[str, str, int | None, str | None]:
    book = Book.objects.get()
    return book.title, book.author, book.published_year, book.isbn


def titles() -> list[str]:
    return list(Book.objects.order_by("id").values_list("title", flat=True))


def marc(*fields: tuple[str, str], leader: str = "cam a", encoding: str = "utf-8") -> bytes:
    """A record; a field is ("245", "10$aTitle /$cWho") or ("008", "control data")."""
    directory, data = b"", b""
    for tag, text in fields:
        raw = text.replace("$", "\x1f").encode(encoding) + b"\x1e"
        directory += f"{tag}{len(raw):04}{len(data):05}".encode()
        data += raw
    base = 24 + len(directory) + 1
    length = base + len(data) + 1
    return f"{length:05}{leader}22{base:05} a 4500".encode() + directory + b"\x1e" + data + b"\x1d"


def simple_marc(title: str, isbn: str = "", year: str = "1998") -> bytes:
    number = [("020", f"  $a{isbn}")] if isbn else []
    return marc(
        ("001", "1"),
        ("008", f"120829s{year}    nyu      bk   001 0 eng  "),
        *number,
        ("100", "1 $aLe Guin, Ursula K.,$d1929-"),
        ("245", f"10$a{title} /$cUrsula K. Le Guin."),
    )
