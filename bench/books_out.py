"""`python -m bench.books_out [FORMAT…]`: how fast the library of the settings is written down, and in how much memory.

A process of its own, because settings are read once, from the environment. Promised: as fast as books come in at least,
6,000 a second, in memory that does not grow with the library.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookplate.config.settings")
django.setup()

from bookplate.catalog.exporting.entries import Selection  # noqa: E402
from bookplate.catalog.exporting.formats import FORMATS, Format  # noqa: E402
from bookplate.catalog.models import Book  # noqa: E402

MB = 1_000_000


def measured(form: Format) -> dict[str, Any]:
    """Books and bytes a second, and by how much the process grew from after the first books to the last."""
    began, size, first = time.monotonic(), 0, 0
    entries = Selection(by_operator=True).entries(with_marc=form.with_marc)
    for piece in form.write(entries):
        size += len(piece)
        first = first or (_resident() if size > MB else 0)
    seconds = time.monotonic() - began
    books = Book.objects.count()
    return {
        "format": form.name,
        "books": books,
        "books_a_second": round(books / seconds),
        "mb": round(size / MB, 1),
        "grown_mb": round((_resident() - first) / MB, 1) if first else None,
    }


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    for name in sys.argv[1:] or FORMATS:
        sys.stdout.write(json.dumps(measured(FORMATS[name])) + "\n")
