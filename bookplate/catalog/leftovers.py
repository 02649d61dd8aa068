"""Files that nobody needs any more: of uploads and covers that were cut off, and of what is gone from the database."""

import shutil
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from django.conf import settings

from bookplate.catalog.duplicates.models import Merge
from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book

# Whatever is younger may be at work: it is on the disk before the database knows of it.
AGE = 24 * 60 * 60


def tidy() -> int:
    """Remove them; how many files, and folders of imports."""
    gone = list(chain(_cut_off(), _imports(), _covers()))
    for path in gone:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return len(gone)


def _cut_off() -> Iterator[Path]:
    """What was still arriving when its process ended."""
    return _old(chain(_files("imports", "arriving-*"), _files("covers", "*/arriving-*")))


def _imports() -> Iterator[Path]:
    here = set(Import.objects.values_list("pk", flat=True))
    return _old(path for path in _files("imports", "*") if path.name.isdigit() and int(path.name) not in here)


def _covers() -> Iterator[Path]:
    """Of covers that no book has, and none would have again if a merge were undone."""
    merged = Merge.objects.in_force().values_list("values__kept__cover", "values__merged__cover")
    kept = set(chain(*merged))
    # In sixteen parts, as no index leads to a cover, and all names at once would fill memory.
    for digit in "0123456789abcdef":
        shown = kept | set(Book.objects.filter(cover__startswith=digit).values_list("cover", flat=True))
        yield from _old(path for path in _files("covers", f"{digit}*/*-*.jpg") if _name(path) not in shown)


def _name(path: Path) -> str:
    return path.name.partition("-")[0]


def _files(folder: str, pattern: str) -> Iterator[Path]:
    return (Path(settings.MEDIA_ROOT) / folder).glob(pattern)


def _old(paths: Iterable[Path]) -> Iterator[Path]:
    until = time.time() - AGE
    return (path for path in paths if path.exists() and path.stat().st_mtime < until)
