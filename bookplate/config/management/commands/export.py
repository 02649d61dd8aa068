"""`export FILE`: write the library down, or what a search finds of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from bookplate.catalog.exporting.entries import Selection
from bookplate.catalog.exporting.formats import FORMATS, Format
from bookplate.catalog.filters import Filters

STDOUT = Path("-")
SUFFIXES = {form.suffix: form for form in FORMATS.values()}


class Command(BaseCommand):
    help = "Write all books with all their copies to a file, or what a search finds; the library may stay open."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, help=f"what to write to; it ends with {', '.join(SUFFIXES)}; - is the standard output"
        )
        parser.add_argument("--format", choices=FORMATS, help="what to write, where the name of the file does not say")
        parser.add_argument("--search", default="", help="only what this finds")

    def handle(self, *, file: Path, format: str | None, search: str, **options: Any) -> None:
        form = FORMATS[format] if format else _format_of(file)
        selection = Selection(Filters(search=search), by_operator=True)
        try:
            with _opened(file) as into:
                number = _write(form, selection, into)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        if file != STDOUT:
            self.stdout.write(f"{number:,} book{' is' if number == 1 else 's are'} in {file}.")


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """A file is there whole or stays as it was; what is none (a pipe, a device) is written to as it is."""
    if file == STDOUT or (file.exists() and not file.is_file()):
        with open(sys.stdout.fileno() if file == STDOUT else file, "wb", closefd=file != STDOUT) as into:
            yield into
        return
    whole = file.resolve()
    part = whole.with_name(f"{whole.name}.part")
    try:
        with part.open("wb") as into:
            yield into
        part.replace(whole)
    finally:
        part.unlink(missing_ok=True)


def _write(form: Format, selection: Selection, into: BinaryIO) -> int:
    """With a bar on stderr where that is a terminal; how many books there were."""
    numbers = count(1)
    with tqdm(
        selection.entries(with_marc=form.with_marc), unit=" books", unit_scale=True, leave=False, disable=None
    ) as bar:
        into.writelines(form.write(entry for entry, _ in zip(bar, numbers, strict=False)))
    return next(numbers) - 1


def _format_of(file: Path) -> Format:
    if form := SUFFIXES.get(file.suffix.lower()):
        return form
    raise CommandError(f"The name {file.name} does not say which format is wanted. Add --format {'|'.join(FORMATS)}.")
